"""Bodies of a record: in it, or moved to ``data/`` because they are large.

A path in a log line is written by whoever wrote the line. It is followed only inside the source of the log object itself: in S3 the
same bucket and prefix, on disk the same folder after links are resolved, found by the part of its key from ``AWSLogs/`` on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from logmine.errors import AccessError
from logmine.logs.addresses import object_key
from logmine.logs.compression import decompress
from logmine.logs.json_values import is_nested_beyond
from logmine.logs.stores import S3, fetch, is_inside, split_s3

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Raw

    from logmine.config import LogsConfig
    from logmine.logs.envelopes import Envelope

_BOM: Final = b"\xef\xbb\xbf"


class Body(NamedTuple):
    """The JSON text of a body, or why there is none: a drop reason with its detail."""

    data: bytes | None = None
    problem: str | None = None
    detail: str | None = None


class Home(NamedTuple):
    """Where the log object lies, of which the bodies are looked for."""

    address: str
    root: str  # the address up to AWSLogs/, or up to the object's own key
    endpoint_url: str | None


def home_of(address: str, key: str, endpoint_url: str | None) -> Home:
    """Return where the bodies of the object at ``address`` may lie."""
    return Home(address, address.removesuffix(key), endpoint_url)


def bodies_of(envelopes: Sequence[Envelope], home: Home, config: LogsConfig) -> list[tuple[Body, Body]]:
    """Return request and response body of each record; those that were moved are fetched together."""
    paths = [path for envelope in envelopes for path in _moved_paths(envelope)]
    moved = _fetch_moved(sorted(set(paths)), home, config) if paths else {}
    return [(_request(envelope, moved), _response(envelope, moved)) for envelope in envelopes]


def _moved_paths(envelope: Envelope) -> list[str]:
    paths: list[str] = []
    if envelope.input and envelope.input.input_body_s3_path and not _inline(envelope.input.input_body_json):
        paths.append(envelope.input.input_body_s3_path)
    if envelope.output and envelope.output.output_body_s3_path and not _inline(envelope.output.output_body_json):
        paths.append(envelope.output.output_body_s3_path)
    return paths


def _inline(raw: Raw) -> bytes | None:
    data = bytes(raw)
    return data if data and data != b"null" else None


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


def _fetch_moved(paths: list[str], home: Home, config: LogsConfig) -> dict[str, Body]:
    places = {path: place for path in paths if (place := _place(path, home)) is not None}
    found = {path: Body(None, "body_unresolved", "outside the source") for path in paths}
    try:
        fetched = fetch([(place, home.endpoint_url) for place in places.values()]) if places else []
    except AccessError:
        return found | {path: Body(None, "body_unresolved", "access denied") for path in places}
    for path, one in zip(places, fetched, strict=True):
        found[path] = Body(None, "body_unresolved", one.problem) if one.problem else _unpacked(one.data, config)
    return found


def _place(path: str, home: Home) -> str | None:
    """Return the address at which the body at ``path`` is to be read, or None where that lies outside."""
    if not path.startswith(S3) or "\0" in path:
        return None
    _, key = split_s3(path)
    if home.address.startswith(S3):
        is_own = path.startswith(home.root) and ".." not in key.split("/")
        return path if is_own else None
    root = Path(home.root)
    beside = Path(home.address).parent / "data" / key.rsplit("/", 1)[-1]
    for candidate in (root / object_key(key), beside):
        if is_inside(candidate, root) and candidate.is_file():
            return str(candidate.resolve())
    candidate = root / object_key(key)
    return str(candidate) if is_inside(candidate, root) else None


def _unpacked(data: bytes, config: LogsConfig) -> Body:
    content = decompress(data, config.max_record_bytes)
    if content.problem == "too_large" or is_nested_beyond(content.data, config.max_nesting):
        return Body(None, "too_large", content.detail or f"nested deeper than {config.max_nesting}")
    if content.problem:
        return Body(None, "body_unresolved", content.detail)
    return Body(content.data.removeprefix(_BOM).strip())
