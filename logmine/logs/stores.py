"""Where objects lie: local files, and S3 through :mod:`logmine.logs.s3`. The bytes of an object are those of its listing.

An object that has gone since is data; one that has changed, or may not be read, is an error: :func:`logmine.logs.s3.get_object` says why.
"""

from __future__ import annotations

import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from logmine.errors import AccessError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from logmine.logs.selecting import Look

S3: Final = "s3://"
MAX_CONNECTIONS: Final = 16


class Listed(NamedTuple):
    """An object of a source."""

    key: str  # of the bucket, or relative to the folder
    address: str
    size_bytes: int
    etag: str


class Wanted(NamedTuple):
    """An object to read, with what the listing says of it; None where it was not listed."""

    address: str
    endpoint_url: str | None
    size_bytes: int | None = None
    etag: str | None = None


class Fetched(NamedTuple):
    """The bytes of an object, or why there are none."""

    data: bytes
    problem: str | None = None
    etag: str = ""


def split_s3(address: str) -> tuple[str, str]:
    """Return bucket and key of an ``s3://`` address."""
    bucket, _, key = address.removeprefix(S3).partition("/")
    return bucket, key


def list_all(_: str) -> Look:
    """Say of any folder that all below it is listed."""
    return "list"


def list_folder(folder: Path, *, look: Callable[[str], Look] = list_all) -> Iterator[Listed]:
    """Yield every file below ``folder``; the address is that of the file itself, where a link leads to it.

    ``look`` says what to do with a folder, by its path with a slash behind.
    """
    try:
        root = folder.resolve(strict=True)
        for parent, names, files in os.walk(root, onerror=_refuse):
            names[:] = sorted(name for name in names if look(f"{parent}/{name}/") != "skip")
            key = Path(parent).relative_to(root).as_posix()
            prefix = "" if key == "." else f"{key}/"
            for name in sorted(files):
                yield from _listed(os.path.join(parent, name), prefix + name)  # noqa: PTH118 - 100,000 Path objects take seconds
    except PermissionError as error:
        raise AccessError(f"{error.filename}: no permission to read it. Grant read access to the files below {folder}.") from error


def _listed(path: str, key: str) -> Iterator[Listed]:
    """Yield the file at ``path``; nothing for a link that leads nowhere, a pipe or a device."""
    found = os.lstat(path)
    if stat.S_ISLNK(found.st_mode):
        if Path(path).is_file():
            yield _listed_file(Path(path).resolve(), key)
    elif stat.S_ISREG(found.st_mode):
        yield Listed(key, path, found.st_size, _file_etag(found))


def _refuse(error: OSError) -> None:
    raise error


def list_file(path: Path) -> Listed:
    """Return the one file of a source."""
    return _listed_file(path.resolve(), path.name)


def _listed_file(path: Path, key: str) -> Listed:
    found = path.stat()
    return Listed(key, str(path), found.st_size, _file_etag(found))


def _file_etag(found: os.stat_result) -> str:
    return hashlib.blake2b(f"{found.st_mtime_ns} {found.st_size}".encode(), digest_size=16).hexdigest()


def is_inside(path: Path, root: Path) -> bool:
    """Return whether ``path``, links resolved, lies below ``root``."""
    return path.resolve().is_relative_to(root.resolve())


def list_bucket(bucket: str, prefix: str, endpoint_url: str | None, *, look: Callable[[str], Look] = list_all) -> Iterator[Listed]:
    """Yield every object of ``bucket`` below ``prefix``, without the empty ones that stand for folders.

    ``look`` says what to do with a folder, by its key with a slash behind.

    Raises
    ------
    AccessError
        Without credentials, or without ``s3:ListBucket``.
    SourceError
        If the bucket does not exist or the server does not answer.
    """
    from logmine.logs import s3  # noqa: PLC0415 - heavy, and files do not need it

    place = s3.Bucket(bucket, endpoint_url)
    listed = s3.list_keys(place, prefix) if look is list_all else s3.list_tree(place, prefix, look)
    for key, size_bytes, etag in listed:
        if size_bytes or "." in key.rsplit("/", 1)[-1]:
            yield Listed(key, f"{S3}{bucket}/{key}", size_bytes, etag)


def fetch(wanted: Sequence[Wanted]) -> list[Fetched]:
    """Return the bytes of objects in their order; S3 is asked in parallel. Errors are those of :func:`fetch_one`."""
    if len(wanted) < 2 or not any(one.address.startswith(S3) for one in wanted):
        return [fetch_one(one) for one in wanted]
    with ThreadPoolExecutor(min(MAX_CONNECTIONS, len(wanted))) as pool:
        return list(pool.map(fetch_one, wanted))


def fetch_one(wanted: Wanted) -> Fetched:
    """Return the bytes of an object.

    Raises
    ------
    AccessError
        If it may not be read; the message names the permission.
    SourceError
        If it has changed since it was listed, cannot be read, or its server does not answer.
    """
    return _get(wanted) if wanted.address.startswith(S3) else _read_file(wanted)


def _get(wanted: Wanted) -> Fetched:
    from logmine.logs import s3  # noqa: PLC0415 - heavy, and files do not need it

    bucket, key = split_s3(wanted.address)
    found = s3.get_object(s3.Bucket(bucket, wanted.endpoint_url), key, size_bytes=wanted.size_bytes, etag=wanted.etag or None)
    return Fetched(b"", "not found") if found is None else Fetched(found.data, None, found.etag or "")


def _read_file(wanted: Wanted) -> Fetched:
    path = Path(wanted.address)
    try:
        with path.open("rb") as file:
            data = file.read()
            etag = _file_etag(os.fstat(file.fileno()))
    except FileNotFoundError:
        return Fetched(b"", "not found")
    except PermissionError as error:
        raise AccessError(f"{path}: no permission to read it. Grant read access to the file.") from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}. Mend that, then run the same command again.") from error
    if (wanted.etag and etag != wanted.etag) or (wanted.size_bytes is not None and len(data) != wanted.size_bytes):
        raise SourceError(f"{path}: changed since it was listed. When nothing writes to it any more, run the same command again.")
    return Fetched(data, None, etag)
