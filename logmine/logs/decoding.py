"""Decoding of a batch of objects: the stage of this room, a pure function of the objects' bytes."""

from __future__ import annotations

from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl
import pyarrow as pa

from logmine.logs.bodies import Place, bodies_of
from logmine.logs.envelopes import Envelope
from logmine.logs.invocations import Row, row
from logmine.logs.reading import read_ahead, unpack
from logmine.logs.records import Refused, records
from logmine.logs.selecting import mark_unselected
from logmine.logs.stores import Wanted
from logmine.schemas import DROPPED, INVOCATIONS, KEY_VALUES, OBJECTS_READ, TIME, empty, sort_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logmine.config import LogsConfig
    from logmine.logs.compression import Content
    from logmine.logs.stores import Fetched


_RECORDS_AT_ONCE: Final = 250
_JSON: Final = frozenset(("messages", "tools", "completion_tool_calls"))


class _Rows(NamedTuple):
    tables: list[pl.DataFrame]  # of invocations: columns hold them in less memory than rows
    invocations: list[Row]  # since the last table
    dropped: list[tuple[object, ...]]
    objects_read: list[tuple[str, int, int]]


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
        and one with line 0 for an object that is damaged, too large, or gone since it was listed. ``objects_read``: for each object
        ``n_records``, which equals its rows in ``invocations`` and its rows in ``dropped`` with a line.

    Raises
    ------
    AccessError
        If an object may not be read.
    SourceError
        If an object has changed since it was listed, or its server does not answer.
    """
    rows = _Rows([], [], [], [])
    for place, wanted, fetched in _fetched(objects):
        _read_object(place, *unpack(wanted, fetched, config.max_object_bytes), config, rows)
    return {
        "invocations": mark_unselected(_joined([*rows.tables, _table_of_invocations(rows.invocations)]), config),
        "dropped": pl.DataFrame(rows.dropped, schema=DROPPED, orient="row").sort(sort_key("dropped")),
        "objects_read": pl.DataFrame(rows.objects_read, schema=OBJECTS_READ, orient="row").sort(sort_key("objects_read")),
    }


def _fetched(objects: pl.DataFrame) -> Iterator[tuple[Place, Wanted, Fetched]]:
    """Yield the objects with their bytes, the next ones on their way."""
    ordered = objects.sort("object", "address")
    places = [Place(*entry) for entry in ordered.select("object", "address", "endpoint_url").rows()]
    wanted = [Wanted(*entry) for entry in ordered.select("address", "endpoint_url", "size_bytes", "etag").rows()]
    return zip(places, wanted, read_ahead(wanted), strict=True)


def _read_object(place: Place, fetched: Fetched, content: Content, config: LogsConfig, rows: _Rows) -> None:
    found = records(content.data, config)
    n_records = 0
    while batch := list(islice(found, _RECORDS_AT_ONCE)):
        n_records += len(batch)
        kept = [(line, record) for line, record in batch if isinstance(record, Envelope)]
        bodies = bodies_of([envelope for _, envelope in kept], place, config)
        rows.invocations.extend(
            row(envelope, *pair, name=place.object, line=line) for (line, envelope), pair in zip(kept, bodies, strict=True)
        )
        if len(rows.invocations) >= _RECORDS_AT_ONCE:
            rows.tables.append(_table_of_invocations(rows.invocations))
            rows.invocations.clear()
        rows.dropped.extend(_dropped(place, line, record) for line, record in batch if isinstance(record, Refused))
    if fetched.problem:
        rows.dropped.append(_dropped(place, 0, Refused("object_vanished", fetched.problem)))
    elif content.problem:
        rows.dropped.append(_dropped(place, 0, Refused(content.problem, content.detail)))
    rows.objects_read.append((place.object, n_records, len(content.data)))


def _dropped(place: Place, line: int, refused: Refused) -> tuple[object, ...]:
    return None, "decode", refused.reason, refused.detail, None, place.object, line


def _table_of_invocations(rows: list[Row]) -> pl.DataFrame:
    if not rows:
        return empty("invocations")
    columns = zip(INVOCATIONS.items(), zip(*rows, strict=True), strict=True)
    return pl.DataFrame([_column(name, dtype, values) for (name, dtype), values in columns])


def _joined(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(tables).sort(sort_key("invocations"))


def _column(name: str, dtype: pl.DataType, values: Sequence[Any]) -> pl.Series:
    """Return a column; metadata goes through Arrow, which takes flat keys and values where polars would take a dict each."""
    if name == "metadata":
        return _metadata_column(values)
    if name in _JSON:
        return pl.Series(name, values, dtype=pl.Binary).cast(pl.String)
    return pl.Series(name, values, dtype=pl.Int64).cast(dtype) if dtype == TIME else pl.Series(name, values, dtype=dtype)


def _metadata_column(rows: Sequence[Sequence[tuple[str, str]]]) -> pl.Series:
    pairs = [pair for row_pairs in rows for pair in row_pairs]
    keys, values = pa.array([key for key, _ in pairs], pa.string()), pa.array([value for _, value in pairs], pa.string())
    offsets = pa.array(accumulate(map(len, rows), initial=0), pa.int32())
    lists = pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays([keys, values], ["key", "value"]))
    return pl.Series("metadata", lists, dtype=KEY_VALUES)
