"""From the bytes of an object to its records, in whatever container they came.

Bedrock writes one record a line; people hand over much else: JSON arrays, pretty-printed or concatenated objects, and exports of
CloudWatch Logs, which wrap each record as the text of an event
(https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html, ``API_GetQueryResults``,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html). Lines are tried first; a line
that is no whole value is read as the beginning of a longer one.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from logmine.logs.envelopes import Record, decode_envelope, envelope_of, is_record
from logmine.logs.json_values import UNDECODED, UnreadableJsonError, is_nested_beyond, read_json
from logmine.logs.wrappers import unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logmine.config import LogsConfig
    from logmine.logs.plain import PlainRows

_MAX_WRAPS: Final = 6
_FIRST_WINDOW_BYTES: Final = 65_536
_EXPORT_STAMP: Final = re.compile(rb"\s*\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\s+(?=[\[{])")
_SEPARATORS: Final = b" \t\r\n,]\x1e"
_scan = json.JSONDecoder().raw_decode


class Refused(NamedTuple):
    """A line, or a part of one, that is no record: the drop reason and its detail."""

    reason: str
    detail: str | None = None


PLAIN: Final = "plain"
"""Stands for records of plain bodies, which :class:`logmine.logs.plain.PlainRows` keeps."""

Found: TypeAlias = "Record | Refused | Literal['plain']"


def records(data: bytes, config: LogsConfig, plain: PlainRows) -> Iterator[tuple[int, Found]]:
    """Yield every record of an object with its line, in order; for plain ones that stand together, the line of the last.

    Lines count from 1 and rise strictly: of several records on one line, each takes the next number. Blank lines
    count, and hold no record. Where ``plain`` is full when its records are yielded, they have to be taken.
    """
    data = _as_utf8(data)
    start = line = last = behind = 0
    while start < len(data):
        if behind <= start:
            before = last
            start, line, last = plain.read_lines(data, start, line, last)
            is_full = plain.is_full
            if last > before:
                yield last, PLAIN
            if is_full or start == len(data):
                continue
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        begin, start, line = max(start, behind), end + 1, line + 1
        if begin >= end:  # blank, or within a value that began on a line before
            continue
        text = data[begin:end]
        record = None if _is_beyond_limits(text, config) else _record(text)
        if record is not None:
            last = max(line, last + 1)
            yield last, record
            continue
        for position, found in _from_odd_line(data, begin, end, config, plain):
            behind = position
            if found is not None:
                last = max(line, last + 1)
                if found is PLAIN:
                    plain.keep(last)
                yield last, found


def _as_utf8(data: bytes) -> bytes:
    """Return ``data`` without a byte order mark; PowerShell writes UTF-16."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def _record(text: bytes) -> Record | None:
    """Return the record that ``text`` is, None where it is none or a field of it has an odd type."""
    try:
        envelope = decode_envelope(text)
    except UNDECODED:
        return None
    return Record(envelope, len(text)) if is_record(envelope) else None


def _from_odd_line(data: bytes, start: int, end: int, config: LogsConfig, plain: PlainRows) -> Iterator[tuple[int, Found | None]]:
    """Yield what begins on a line, each with the position behind it; the last position is where to go on."""
    stamp = _EXPORT_STAMP.match(data, start, end)
    position = stamp.end() if stamp else start
    next_line = min(end + 1, len(data))
    while (position := _skip_separators(data, position, end)) < end:
        rest = data[position:end]
        stop = _end_of_value(data, position, config) if rest[:1] in (b"{", b"[", b'"') else None
        if stop is None and rest[:1] == b"[" and not is_nested_beyond(rest, config.max_nesting):
            position += 1  # a damaged array: its elements one by one
            continue
        if stop is None:
            yield next_line, _scalar(rest, config)
            return
        for found in _unwrapped(data[position:stop], config, plain, 0):
            yield stop, found
        position = stop
        if stop > end:
            yield stop, None
            return
    yield next_line, None


def _skip_separators(data: bytes, position: int, end: int) -> int:
    while position < end and data[position] in _SEPARATORS:
        position += 1
    return position


def _end_of_value(data: bytes, start: int, config: LogsConfig) -> int | None:
    """Return where the JSON value that begins at ``start`` ends, or None if there is none.

    A window that doubles until the value fits keeps the cost of a broken line at that of the line.
    """
    size = _FIRST_WINDOW_BYTES
    while True:
        window = data[start : start + size].decode("utf-8", "surrogateescape")
        try:
            _, stop = _scan(window)
        except json.JSONDecodeError as error:
            is_cut = error.msg.startswith("Unterminated string") or error.pos >= len(window) - 16
            if not is_cut or start + size >= len(data) or size > config.max_object_bytes:
                return None
            size *= 2
        except (RecursionError, ValueError):  # nested too deep, or a number of too many digits
            return None
        else:
            return start + len(window[:stop].encode("utf-8", "surrogateescape"))


def _scalar(text: bytes, config: LogsConfig) -> Refused:
    """Return why the rest of a line is no record, which begins neither an object nor an array that ends."""
    try:
        value = read_json(text)
    except UnreadableJsonError:
        return _why_unreadable(text, config)
    return Refused("not_a_record", f"JSON {type(value).__name__}")


def _why_unreadable(text: bytes, config: LogsConfig) -> Refused:
    if len(text) > config.max_record_bytes:
        return Refused("too_large", f"record of more than {config.max_record_bytes} bytes")
    if is_nested_beyond(text, config.max_nesting):
        return Refused("too_large", f"nested deeper than {config.max_nesting}")
    return Refused("unreadable", f"{len(text)} bytes that are not JSON")


def _unwrapped(text: bytes, config: LogsConfig, plain: PlainRows, n_wraps: int) -> Iterator[Found]:
    """Yield the records of one JSON value: itself, or those that it wraps."""
    if plain.reads(text):
        yield PLAIN
        return
    record = None if text[:1] == b"[" else _record(text)
    if record is not None:
        yield _within_limits(text, record, config)
        return
    try:
        inner = unwrap(text) if n_wraps < _MAX_WRAPS else None
        if inner is None:
            yield _leniently(text, config)
            return
    except (UnreadableJsonError, RecursionError):
        yield _why_unreadable(text, config)
        return
    for part in inner:
        yield from _unwrapped(part, config, plain, n_wraps + 1)


def _within_limits(text: bytes, record: Record, config: LogsConfig) -> Record | Refused:
    return _why_unreadable(text, config) if _is_beyond_limits(text, config) else record


def _is_beyond_limits(text: bytes, config: LogsConfig) -> bool:
    return len(text) > config.max_record_bytes or is_nested_beyond(text, config.max_nesting)


def _leniently(text: bytes, config: LogsConfig) -> Record | Refused:
    """Read a value that wraps nothing: a record with odd fields or text, or something else."""
    if _is_beyond_limits(text, config):
        return _why_unreadable(text, config)
    value = read_json(text)
    if not isinstance(value, dict):
        return Refused("not_a_record", f"JSON {type(value).__name__}")
    envelope = envelope_of(value)
    return Record(envelope, len(text)) if is_record(envelope) else Refused("not_a_record", f"keys: {', '.join(sorted(value)[:8])}"[:200])
