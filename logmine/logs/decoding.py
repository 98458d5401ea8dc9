"""Decoding of a batch of objects: the stage of this room, a pure function of the objects' bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from logmine.logs.bodies import bodies_of, home_of
from logmine.logs.compression import decompress
from logmine.logs.envelopes import Envelope
from logmine.logs.invocations import row
from logmine.logs.records import Refused, records
from logmine.logs.stores import fetch
from logmine.schemas import DROPPED, INVOCATIONS, OBJECTS_READ, sort_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logmine.config import LogsConfig
    from logmine.logs.stores import Fetched

_OBJECTS_AT_ONCE = 32


class _Rows(NamedTuple):
    invocations: list[dict[str, Any]]
    dropped: list[dict[str, Any]]
    objects_read: list[dict[str, Any]]


def decode(objects: pl.DataFrame, *, config: LogsConfig) -> dict[str, pl.DataFrame]:
    """Read the records of ``objects``.

    Parameters
    ----------
    objects
        Rows of :data:`logmine.schemas.OBJECTS`.
    config
        Limits beyond which an object or record is not read.

    Returns
    -------
    dict of polars.DataFrame
        ``invocations``: a row for every log record. ``unusable`` is null for a chat whose request was read, also where its response is
        missing or has an unknown shape; then ``completion`` is null. ``dropped``: a row for every line that is no record,
        and one with line 0 for an object that is damaged or too large. ``objects_read``: for each object ``n_records``, which equals
        its rows in ``invocations`` and its rows in ``dropped`` with a line.

    Raises
    ------
    AccessError
        If an object may not be read.
    SourceError
        If the server of an object does not answer.
    """
    rows = _Rows([], [], [])
    for key, address, endpoint_url, fetched in _fetched(objects):
        _read_object(key, address, endpoint_url, fetched, config, rows)
    return {
        "invocations": _table(rows.invocations, INVOCATIONS, "invocations"),
        "dropped": _table(rows.dropped, DROPPED, "dropped"),
        "objects_read": _table(rows.objects_read, OBJECTS_READ, "objects_read"),
    }


def _fetched(objects: pl.DataFrame) -> Iterator[tuple[str, str, str | None, Fetched]]:
    """Yield the objects with their bytes; a few at once are held in memory."""
    ordered = objects.select("object", "address", "endpoint_url").sort("object", "address").rows()
    for start in range(0, len(ordered), _OBJECTS_AT_ONCE):
        batch = ordered[start : start + _OBJECTS_AT_ONCE]
        for (key, address, endpoint_url), found in zip(batch, fetch([entry[1:] for entry in batch]), strict=True):
            yield key, address, endpoint_url, found


def _read_object(key: str, address: str, endpoint_url: str | None, fetched: Fetched, config: LogsConfig, rows: _Rows) -> None:
    content = decompress(fetched.data, config.max_object_bytes)
    if fetched.problem or content.problem:
        reason, detail = content.problem or "unreadable_object", fetched.problem or content.detail
        rows.dropped.append(_dropped(key, 0, reason, detail))
    found = list(records(content.data, config))
    kept = [(line, record) for line, record in found if isinstance(record, Envelope)]
    bodies = bodies_of([envelope for _, envelope in kept], home_of(address, key, endpoint_url), config)
    for (line, envelope), (request, response) in zip(kept, bodies, strict=True):
        rows.invocations.append(row(envelope, request, response) | {"object": key, "line": line})
    rows.dropped.extend(_dropped(key, line, found.reason, found.detail) for line, found in found if isinstance(found, Refused))
    rows.objects_read.append({"object": key, "n_records": len(found), "json_bytes": len(content.data)})


def _dropped(key: str, line: int, reason: str, detail: str | None) -> dict[str, Any]:
    return {"stage": "decode", "reason": reason, "detail": detail, "object": key, "line": line}


def _table(rows: list[dict[str, Any]], schema: pl.Schema, name: str) -> pl.DataFrame:
    """Return rows as a table, columns that a row lacks null."""
    columns = {column: pl.Series(column, [row.get(column) for row in rows], dtype=dtype) for column, dtype in schema.items()}
    return pl.DataFrame(columns).sort(sort_key(name))
