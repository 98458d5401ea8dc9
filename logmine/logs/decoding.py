"""Decoding of a batch of objects: the stage of this room, a pure function of the objects' bytes."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa

from logmine.logs.bodies import Place, bodies_of
from logmine.logs.chat import NO_CHAT
from logmine.logs.columns import table_of
from logmine.logs.envelopes import Record
from logmine.logs.invocations import Call, read_call
from logmine.logs.plain import MAX_BYTES, MAX_ROWS, PlainRows
from logmine.logs.plain.columns import table_of_plain
from logmine.logs.reading import read_ahead, unpack
from logmine.logs.records import PLAIN, Refused, records
from logmine.logs.selecting import mark_unselected, selects
from logmine.logs.stores import Wanted
from logmine.schemas import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from logmine.config import LogsConfig
    from logmine.logs.compression import Content
    from logmine.logs.stores import Fetched


@dataclass(slots=True)
class _Read:
    """What has been read, ordered by object and line; invocations since the last table."""

    config: LogsConfig
    plain: PlainRows
    place: Place = Place("", "", None)  # noqa: RUF009 - immutable
    calls: list[Call] = field(default_factory=list)  # those that are not plain
    places: list[int] = field(default_factory=list)  # of them among the rows of ``plain``; none where that reads nothing
    unread: list[int] = field(default_factory=list)  # those of them whose bodies are still to be read
    n_bytes: int = 0  # of their records
    n_not_plain: int = 0  # records and what is none, from the first on
    dropped: list[tuple[object, ...]] = field(default_factory=list)
    objects_read: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def is_enough(self) -> bool:
        """Whether it should become a table: columns hold calls in less memory than objects do."""
        return max(self.plain.n_rows, len(self.calls)) >= MAX_ROWS or self.plain.n_bytes + self.n_bytes >= MAX_BYTES

    @property
    def n_read(self) -> int:
        """Number of lines that were read."""
        return self.plain.n_read + self.n_not_plain


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
    read = _Read(config, PlainRows(config))
    with _without_collector():
        for place, wanted, fetched in _fetched(objects):
            for table in _read_object(place, *unpack(wanted, fetched, config.max_object_bytes), read):
                yield {"invocations": table}
        invocations = _taken(read)
    yield {
        "invocations": invocations,
        "dropped": _table("dropped", read.dropped),
        "objects_read": _table("objects_read", read.objects_read),
    }


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
    read = _Read(config, PlainRows(config))
    tables = list(_read_lines(read.place, data, read))
    return to_frame(pa.concat_tables([*tables, _taken(read)]))


def _fetched(objects: pl.DataFrame) -> Iterator[tuple[Place, Wanted, Fetched]]:
    """Yield the objects with their bytes, the next ones on their way."""
    ordered = sorted(objects.select("object", "address", "endpoint_url", "size_bytes", "etag").rows(), key=lambda entry: entry[:2])
    places = [Place(*entry[:3]) for entry in ordered]
    wanted = [Wanted(*entry[1:]) for entry in ordered]
    return zip(places, wanted, read_ahead(wanted), strict=True)


def _read_object(place: Place, fetched: Fetched, content: Content, read: _Read) -> Iterator[pa.Table]:  # pyright: ignore[reportUnknownParameterType]
    """Read an object, and yield the tables that become full."""
    if fetched.problem:
        read.dropped.append(_dropped(place, 0, Refused("object_vanished", fetched.problem)))
    elif content.problem:
        read.dropped.append(_dropped(place, 0, Refused(content.problem, content.detail)))
    n_before = read.n_read
    yield from _read_lines(place, content.data, read)
    read.objects_read.append((place.object, read.n_read - n_before, len(content.data)))


def _read_lines(place: Place, data: bytes, read: _Read) -> Iterator[pa.Table]:  # pyright: ignore[reportUnknownParameterType]
    read.place = place
    read.plain.begin(place.object)
    for line, found in records(data, read.config, read.plain):
        if found is not PLAIN:
            read.n_not_plain += 1
        if isinstance(found, Refused):
            read.dropped.append(_dropped(place, line, found))
        elif isinstance(found, Record):
            read.unread.append(len(read.calls))
            if (row := read.plain.keep_place()) is not None:
                read.places.append(row)
            read.calls.append(Call(place.object, line, found.envelope, NO_CHAT, None))
            read.n_bytes += found.n_bytes
        if read.is_enough:
            yield _taken(read)
    _read_bodies(read)


def _read_bodies(read: _Read) -> None:
    """Read the bodies of the calls that are not plain; those that were moved are fetched together."""
    envelopes = [read.calls[index].envelope for index in read.unread]
    for index, bodies in zip(read.unread, bodies_of(envelopes, read.place, read.config), strict=True):
        call = read.calls[index]
        read.calls[index] = read_call(call.object, call.line, call.envelope, *bodies)
    read.unread.clear()


def _taken(read: _Read) -> pa.Table:  # pyright: ignore[reportUnknownParameterType]
    """Return the invocations that have been read as one table, and let go of them."""
    _read_bodies(read)
    plain, others = table_of_plain(read.plain.take()), table_of(read.calls)
    table = _in_places(plain, others, read.places) if read.places else plain if len(plain) else others
    read.calls.clear()
    read.places.clear()
    read.n_bytes = 0
    return mark_unselected(to_frame(table), read.config).to_arrow().cast(table.schema) if selects(read.config) else table


def _in_places(plain: pa.Table, others: pa.Table, places: list[int]) -> pa.Table:  # pyright: ignore[reportUnknownParameterType]
    """Return ``plain`` with ``others`` in the rows that are kept for them; the columns of which they have nothing, mostly the long texts, as they are."""
    order = np.arange(len(plain))
    order[places] = len(plain) + np.arange(len(others))
    rows = pa.array(order)
    columns = [
        kept if other.null_count == len(others) else pa.chunked_array([*kept.chunks, *other.chunks]).take(rows)
        for kept, other in zip(plain.columns, others.columns, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=plain.schema)


def _dropped(place: Place, line: int, refused: Refused) -> tuple[object, ...]:
    return None, "decode", refused.reason, refused.detail, None, place.object, line
