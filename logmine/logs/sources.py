"""Which objects of the given sources are read: the listing, without a look inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from logmine.errors import AccessError, SourceError
from logmine.logs.addresses import may_hold_records, object_key
from logmine.logs.stores import S3, Listed, list_all, list_bucket, list_file, list_folder, split_s3
from logmine.schemas import OBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from logmine.logs.selecting import Look, Window

REPORTED_AT_ONCE: Final = 1000
_EXPECTED: Final = "Expected names such as AWSLogs/<account>/BedrockModelInvocationLogs/<region>/…/<time>_<hex>.json.gz"


def list_objects(
    sources: Sequence[str],
    *,
    endpoint_url: str | None = None,
    window: Window | None = None,
    report: Callable[[int], None] | None = None,
) -> pl.DataFrame:
    """List the objects of ``sources`` that may hold log records.

    Parameters
    ----------
    sources
        Folders, files, or ``s3://bucket/prefix``. They may overlap: no object is listed twice.
    endpoint_url
        Of an S3 server other than AWS, such as ``http://localhost:9000``.
    window
        The time that is wanted: folders whose date says that they lie outside are not listed.
    report
        Called with the number of objects found so far, for each thousand.

    Returns
    -------
    polars.DataFrame
        :data:`logmine.schemas.OBJECTS`, sorted by ``object``, ``address``. Bodies that Bedrock moved to ``data/`` and its
        permission checks are not listed.

    Raises
    ------
    SourceError
        If a source does not exist, is empty, or holds no name that a log object may have.
    AccessError
        If credentials or permissions are missing.
    """
    found: dict[str, _Found] = {}
    for source in sources:
        for entry in _found_in(source, endpoint_url, window):
            found.setdefault(entry.address, entry)
            if report is not None and not len(found) % REPORTED_AT_ONCE:
                report(len(found))
    rows = [(key, entry.address, entry.endpoint_url, entry.size_bytes, entry.etag) for key, entry in _with_unique_keys(found.values())]
    return pl.DataFrame(rows, schema=OBJECTS, orient="row").sort("object", "address")


class _Found(NamedTuple):
    key: str
    address: str
    endpoint_url: str | None
    size_bytes: int
    etag: str


def _found_in(source: str, endpoint_url: str | None, window: Window | None) -> Iterator[_Found]:
    is_s3 = source.startswith(S3)
    prefix = split_s3(source)[1] if is_s3 else ""
    skipped: list[str] = []
    n_listed = n_kept = 0
    for entry in _listed(source, endpoint_url, _looking(window, skipped)):
        n_listed += 1
        key = _key(entry, prefix)
        if may_hold_records(key):
            n_kept += 1
            yield _Found(key, entry.address, endpoint_url if is_s3 else None, entry.size_bytes, entry.etag)
    if not n_listed and not skipped:
        raise SourceError(f"{source}: empty. Give the folder or prefix under which AWSLogs/ lies, or wait for the first delivery.")
    if not n_kept and not skipped:
        raise SourceError(f"{source}: {n_listed} objects, none of which can hold log records. {_EXPECTED}.")


def _looking(window: Window | None, skipped: list[str]) -> Callable[[str], Look]:
    """Return what says what to do with a folder; those that are skipped are noted in ``skipped``."""
    if window is None:
        return list_all

    def look(folder: str) -> Look:
        said = window.look(folder)
        if said == "skip":
            skipped.append(folder)
        return said

    return look


def _key(entry: Listed, prefix: str) -> str:
    """Return the provenance key: from AWSLogs/ on, which may stand above the source's own folder."""
    whole = object_key(entry.address)
    return whole if whole.startswith("AWSLogs/") else object_key(entry.key, prefix=prefix)


def _with_unique_keys(found: Iterable[_Found]) -> Iterator[tuple[str, _Found]]:
    """Yield objects with a key of their own.

    Below ``AWSLogs/`` one key is one object, of which the first copy is read. Other files of one name, from two folders, take as much of
    their address in front as tells them apart.
    """
    groups: dict[str, list[_Found]] = {}
    for entry in sorted(found, key=lambda entry: entry.address):
        groups.setdefault(entry.key, []).append(entry)
    for key, entries in groups.items():
        if len(entries) == 1 or key.startswith("AWSLogs/"):
            yield key, entries[0]
        else:
            yield from zip(_distinct_ends([entry.address for entry in entries]), entries, strict=True)


def _distinct_ends(addresses: list[str]) -> list[str]:
    split = [address.split("/") for address in addresses]
    for n_parts in range(1, max(map(len, split)) + 1):
        ends = ["/".join(parts[-n_parts:]) for parts in split]
        if len(set(ends)) == len(ends):
            return ends
    return addresses


def _listed(source: str, endpoint_url: str | None, look: Callable[[str], Look]) -> Iterator[Listed]:
    if source.startswith(S3):
        bucket, prefix = split_s3(source)
        if not bucket:
            raise SourceError(f"{source}: no bucket. Write s3://bucket/prefix.")
        return list_bucket(bucket, prefix, endpoint_url, look=look)
    if "://" in source:
        raise SourceError(f"{source}: unknown kind of source. Give a folder, a file, or s3://bucket/prefix.")
    return _listed_locally(source, look)


def _listed_locally(source: str, look: Callable[[str], Look]) -> Iterator[Listed]:
    path = Path(source)
    try:
        if path.is_dir():
            return list_folder(path, look=look)
        if path.exists():
            return iter([list_file(path)])
    except PermissionError as error:
        raise AccessError(f"{source}: no permission to read it. Grant read access to it.") from error
    raise SourceError(f"{source}: no such file or folder. Check the path; S3 sources are written s3://bucket/prefix.")
