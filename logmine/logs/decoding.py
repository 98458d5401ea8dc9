"""Decoding of a batch of objects: the stage of this room, a pure function of the objects' bytes."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pyarrow as pa

from logmine.logs.bodies import Place, bodies_of
from logmine.logs.chat import NO_CHAT
from logmine.logs.columns import table_of
from logmine.logs.invocations import Call, read_call
from logmine.logs.reading import read_ahead, unpack
from logmine.logs.records import Refused, records
from logmine.logs.selecting import mark_unselected, selects
from logmine.logs.stores import Wanted
from logmine.schemas import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from logmine.config import LogsConfig
    from logmine.logs.compression import Content
    from logmine.logs.stores import Fetched


_RECORDS_AT_ONCE: Final = 1000
_BYTES_AT_ONCE: Final = 8_000_000
_TABLES_AT_ONCE: Final = 2  # of those records: a smaller part would cost more in Parquet than it spares in memory


@dataclass(slots=True)
class _Read:
    """What has been read so far, ordered by object and line."""

    invocations: list[pa.Table] = field(default_factory=list)  # columns hold calls in less memory than objects do
    calls: list[Call] = field(default_factory=list)  # since the last of those
    dropped: list[tuple[object, ...]] = field(default_factory=list)
    objects_read: list[tuple[str, int, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Batch:
    """Some lines of one object, read."""

    calls: list[Call] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)  # of ``calls`` those whose bodies are still to be read
    dropped: list[tuple[object, ...]] = field(default_factory=list)
    n_bytes: int = 0


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
    return {name: to_frame(table) for name, table in decode_to_arrow(objects, config=config).items()}


def to_frame(table: pa.Table) -> pl.DataFrame:  # pyright: ignore[reportUnknownParameterType] - pyarrow has no types
    """Return an Arrow table as a frame."""
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table never becomes a series
    return frame


def decode_to_arrow(objects: pl.DataFrame, *, config: LogsConfig) -> dict[str, pa.Table]:  # pyright: ignore[reportUnknownParameterType]
    """Return what :func:`decode` returns as Arrow tables."""
    parts = list(decode_in_parts(objects, config=config))
    return parts[-1] | {"invocations": pa.concat_tables(part["invocations"] for part in parts)}


def decode_in_parts(objects: pl.DataFrame, *, config: LogsConfig) -> Iterator[dict[str, pa.Table]]:  # pyright: ignore[reportUnknownParameterType]
    """Yield what :func:`decode` returns as Arrow tables, which go to Parquet as they are: invocations as they come, the others with the last of them."""
    read = _Read()
    with _without_collector():
        for place, wanted, fetched in _fetched(objects):
            _read_object(place, *unpack(wanted, fetched, config.max_object_bytes), config, read)
            if len(read.invocations) >= _TABLES_AT_ONCE:
                yield {"invocations": _taken(read)}
        _to_columns(read, config)
    yield {
        "invocations": _taken(read),
        "dropped": _table("dropped", read.dropped),
        "objects_read": _table("objects_read", read.objects_read),
    }


def _taken(read: _Read) -> pa.Table:  # pyright: ignore[reportUnknownParameterType]
    """Return the invocations that have been read as one table, and let go of them."""
    invocations, read.invocations = read.invocations, []
    return pa.concat_tables(invocations or [arrow_schema("invocations").empty_table()])


def _table(name: str, rows: Sequence[tuple[Any, ...]]) -> pa.Table:  # pyright: ignore[reportUnknownParameterType]
    """Return rows, which are few, as an Arrow table; their order is that of the objects, which is that of both tables."""
    schema = arrow_schema(name)
    columns = zip(*rows, strict=True) if rows else [[] for _ in schema]
    return pa.Table.from_arrays([pa.array(column, part.type) for column, part in zip(columns, schema, strict=True)], schema=schema)


@contextmanager
def _without_collector() -> Generator[None]:
    """Pause the collector of reference cycles: records make none, and each of its passes would visit all that is imported."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read_records(data: bytes, *, config: LogsConfig) -> pl.DataFrame:
    """Return the invocations of records that lie in memory, one a line, as :func:`decode` returns those of an object; bodies lie inline."""
    batches = _batches(data, Place("", "", None), config)
    return to_frame(table_of([call for batch in batches for call in batch.calls]))


def _fetched(objects: pl.DataFrame) -> Iterator[tuple[Place, Wanted, Fetched]]:
    """Yield the objects with their bytes, the next ones on their way."""
    ordered = sorted(objects.select("object", "address", "endpoint_url", "size_bytes", "etag").rows(), key=lambda entry: entry[:2])
    places = [Place(*entry[:3]) for entry in ordered]
    wanted = [Wanted(*entry[1:]) for entry in ordered]
    return zip(places, wanted, read_ahead(wanted), strict=True)


def _read_object(place: Place, fetched: Fetched, content: Content, config: LogsConfig, read: _Read) -> None:
    n_records, first = 0, len(read.dropped)  # line 0 is the first of an object
    for batch in _batches(content.data, place, config):
        n_records += len(batch.calls) + len(batch.dropped)
        read.calls += batch.calls
        read.dropped += batch.dropped
        if len(read.calls) >= _RECORDS_AT_ONCE or batch.n_bytes > _BYTES_AT_ONCE:
            _to_columns(read, config)
    if fetched.problem:
        read.dropped.insert(first, _dropped(place, 0, Refused("object_vanished", fetched.problem)))
    elif content.problem:
        read.dropped.insert(first, _dropped(place, 0, Refused(content.problem, content.detail)))
    read.objects_read.append((place.object, n_records, len(content.data)))


def _to_columns(read: _Read, config: LogsConfig) -> None:
    if read.calls:
        table = table_of(read.calls)
        read.invocations.append(mark_unselected(to_frame(table), config).to_arrow().cast(table.schema) if selects(config) else table)
        read.calls.clear()


def _batches(data: bytes, place: Place, config: LogsConfig) -> Iterator[_Batch]:
    """Yield what the lines of an object become, some hundred at a time, fewer where they are large.

    A record becomes its call as soon as it is found, and is let go: no later pass goes over all of a batch, which is more than caches hold.
    """
    batch = _Batch()
    calls, name = batch.calls, place.object
    for line, record in records(data, config):
        if isinstance(record, Refused):
            batch.dropped.append(_dropped(place, line, record))
        elif record.chat is not None:
            calls.append(Call(name, line, record.envelope, record.chat, record.digest))
        else:
            batch.unread.append(len(calls))
            calls.append(Call(name, line, record.envelope, NO_CHAT, None))
        batch.n_bytes += record.n_bytes
        if len(calls) + len(batch.dropped) == _RECORDS_AT_ONCE or batch.n_bytes > _BYTES_AT_ONCE:
            yield _read_bodies(batch, place, config)
            batch = _Batch()
            calls = batch.calls
    if calls or batch.dropped:
        yield _read_bodies(batch, place, config)


def _read_bodies(batch: _Batch, place: Place, config: LogsConfig) -> _Batch:
    """Read the calls whose bodies were not plain; moved bodies of the batch are fetched together."""
    envelopes = [batch.calls[index].envelope for index in batch.unread]
    for index, bodies in zip(batch.unread, bodies_of(envelopes, place, config), strict=True):
        call = batch.calls[index]
        batch.calls[index] = read_call(call.object, call.line, call.envelope, *bodies)
    return batch


def _dropped(place: Place, line: int, refused: Refused) -> tuple[object, ...]:
    return None, "decode", refused.reason, refused.detail, None, place.object, line
