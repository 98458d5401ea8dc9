"""Bodies of a record: in it, or moved to ``data/`` because they are large.

A path in a log line is written by whoever wrote the line. It is followed only inside the source of the log object itself: in S3 the
same bucket and prefix, on disk the same folder after links are resolved, found by the part of its key from ``AWSLogs/`` on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from logmine.logs.addresses import object_key
from logmine.logs.json_values import is_nested_beyond
from logmine.logs.reading import unpack
from logmine.logs.stores import S3, Wanted, fetch, is_inside, split_s3

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Raw

    from logmine.config import LogsConfig
    from logmine.logs.compression import Content
    from logmine.logs.envelopes import Envelope

_BOM: Final = b"\xef\xbb\xbf"


class Body(NamedTuple):
    """The JSON text of a body, or why there is none: a drop reason with its detail."""

    data: bytes | memoryview | None = None  # of a body in the record a view: it is large
    problem: str | None = None
    detail: str | None = None


class Place(NamedTuple):
    """Where a log object lies."""

    object: str
    address: str
    endpoint_url: str | None

    @property
    def root(self) -> str:
        """The address up to ``AWSLogs/``, or up to what names the object within its source."""
        return self.address.removesuffix(self.object)


def bodies_of(envelopes: Sequence[Envelope], place: Place, config: LogsConfig) -> list[tuple[Body, Body]]:
    """Return request and response body of each record; those that were moved are fetched together."""
    paths = [path for envelope in envelopes for path in _moved_paths(envelope)]
    moved = _fetch_moved(sorted(set(paths)), place, config) if paths else {}
    return [(_request(envelope, moved), _response(envelope, moved)) for envelope in envelopes]


def _moved_paths(envelope: Envelope) -> list[str]:
    paths: list[str] = []
    if envelope.input and envelope.input.input_body_s3_path and not _inline(envelope.input.input_body_json):
        paths.append(envelope.input.input_body_s3_path)
    if envelope.output and envelope.output.output_body_s3_path and not _inline(envelope.output.output_body_json):
        paths.append(envelope.output.output_body_s3_path)
    return paths


def _inline(raw: Raw) -> memoryview | None:
    data = memoryview(raw)
    return data if data and (len(data) != 4 or bytes(data) != b"null") else None


def _request(envelope: Envelope, moved: dict[str, Body]) -> Body:
    part = envelope.input
    return _body(part.input_body_json, part.input_body_s3_path, moved) if part else Body()


def _response(envelope: Envelope, moved: dict[str, Body]) -> Body:
    part = envelope.output
    return _body(part.output_body_json, part.output_body_s3_path, moved) if part else Body()


def _body(raw: Raw, path: str | None, moved: dict[str, Body]) -> Body:
    data = _inline(raw)
    if data is not None:
        return Body(data)
    return moved[path] if path else Body()


def _fetch_moved(paths: list[str], place: Place, config: LogsConfig) -> dict[str, Body]:
    known = {path: Wanted(address, place.endpoint_url) for path in paths if (address := _address(path, place)) is not None}
    found = {path: Body(None, "body_unresolved", "outside the source") for path in paths}
    for (path, wanted), fetched in zip(known.items(), fetch(list(known.values())), strict=True):
        proven, content = unpack(wanted, fetched, config.max_record_bytes)
        found[path] = Body(None, "body_unresolved", proven.problem) if proven.problem else _unpacked(content, config)
    return found


def _address(path: str, place: Place) -> str | None:
    """Return the address at which the body at ``path`` is to be read, or None where that lies outside.

    It is looked for under the root of the object that names it, by its key from ``AWSLogs/`` on: so a copied bucket or prefix keeps its
    bodies, and a forged path cannot lead into another bucket.
    """
    if not path.startswith(S3) or "\0" in path:
        return None
    _, key = split_s3(path)
    if place.address.startswith(S3):
        return None if ".." in key.split("/") else place.root + object_key(key)
    root = Path(place.root)
    beside = Path(place.address).parent / "data" / key.rsplit("/", 1)[-1]
    for candidate in (root / object_key(key), beside):
        if is_inside(candidate, root) and candidate.is_file():
            return str(candidate.resolve())
    candidate = root / object_key(key)
    return str(candidate) if is_inside(candidate, root) else None


def _unpacked(content: Content, config: LogsConfig) -> Body:
    if content.problem == "too_large" or is_nested_beyond(content.data, config.max_nesting):
        return Body(None, "too_large", content.detail or f"nested deeper than {config.max_nesting}")
    if content.problem:
        return Body(None, "body_unresolved", content.detail)
    return Body(content.data.removeprefix(_BOM).strip())
