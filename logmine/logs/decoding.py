"""Decoding of a batch of objects: the stage of this room, a pure function of the objects' bytes."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl
import pyarrow as pa

from logmine.logs.bodies import Place, bodies_of
from logmine.logs.compression import decompress
from logmine.logs.envelopes import Envelope
from logmine.logs.invocations import row
from logmine.logs.records import Refused, records
from logmine.logs.selecting import mark_unselected
from logmine.logs.stores import fetch
from logmine.schemas import DROPPED, INVOCATIONS, KEY_VALUES, OBJECTS_READ, TIME, empty, sort_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logmine.config import LogsConfig
    from logmine.logs.stores import Fetched

_OBJECTS_AT_ONCE: Final = 32


class _Rows(NamedTuple):
    invocations: list[tuple[Any, ...]]
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
    for place, fetched in _fetched(objects):
        _read_object(place, fetched, config, rows)
    return {
        "invocations": mark_unselected(_table_of_invocations(rows.invocations), config),
        "dropped": pl.DataFrame(rows.dropped, schema=DROPPED, orient="row").sort(sort_key("dropped")),
        "objects_read": pl.DataFrame(rows.objects_read, schema=OBJECTS_READ, orient="row").sort(sort_key("objects_read")),
    }


def _fetched(objects: pl.DataFrame) -> Iterator[tuple[Place, Fetched]]:
    """Yield the objects with their bytes; a few at once are held in memory."""
    ordered = [Place(*entry) for entry in objects.select("object", "address", "endpoint_url").sort("object", "address").rows()]
    for start in range(0, len(ordered), _OBJECTS_AT_ONCE):
        batch = ordered[start : start + _OBJECTS_AT_ONCE]
        yield from zip(batch, fetch([(place.address, place.endpoint_url) for place in batch]), strict=True)


def _read_object(place: Place, fetched: Fetched, config: LogsConfig, rows: _Rows) -> None:
    content = decompress(fetched.data, config.max_object_bytes)
    found = list(records(content.data, config))
    kept = [(line, record) for line, record in found if isinstance(record, Envelope)]
    bodies = bodies_of([envelope for _, envelope in kept], place, config)
    for (line, envelope), (request, response) in zip(kept, bodies, strict=True):
        read = row(envelope, request, response)
        read["object"], read["line"] = place.object, line
        rows.invocations.append(tuple(read.values()))  # a tuple of texts and numbers costs the garbage collector nothing
    if fetched.problem or content.problem:
        rows.dropped.append(_dropped(place, 0, Refused(content.problem or "unreadable_object", fetched.problem or content.detail)))
    rows.dropped.extend(_dropped(place, line, record) for line, record in found if isinstance(record, Refused))
    rows.objects_read.append((place.object, len(found), len(content.data)))


def _dropped(place: Place, line: int, refused: Refused) -> tuple[object, ...]:
    return None, "decode", refused.reason, refused.detail, None, place.object, line


def _table_of_invocations(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    if not rows:
        return empty("invocations")
    columns = zip(INVOCATIONS.items(), zip(*rows, strict=True), strict=True)
    table = pl.DataFrame([_column(name, dtype, values) for (name, dtype), values in columns])
    return table.sort(sort_key("invocations"))


def _column(name: str, dtype: pl.DataType, values: Sequence[Any]) -> pl.Series:
    """Return a column; metadata goes through Arrow, which takes flat keys and values where polars would take a dict each."""
    if name == "metadata":
        return _metadata_column(values)
    return pl.Series(name, values, dtype=pl.Int64).cast(dtype) if dtype == TIME else pl.Series(name, values, dtype=dtype)


def _metadata_column(rows: Sequence[Sequence[tuple[str, str]]]) -> pl.Series:
    pairs = [pair for row_pairs in rows for pair in row_pairs]
    keys, values = pa.array([key for key, _ in pairs], pa.string()), pa.array([value for _, value in pairs], pa.string())
    offsets = pa.array(accumulate(map(len, rows), initial=0), pa.int32())
    lists = pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays([keys, values], ["key", "value"]))
    return pl.Series("metadata", lists, dtype=KEY_VALUES)
