"""What tasks leave: a folder of Parquet files, one a table, that is there in whole or not at all, with the digests of its files."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from xxhash import xxh3_128

from logmine.schemas import TABLES, arrow_schema, sort_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from logmine.stages import ArrowTable, Made

ROWS_AT_ONCE = 2048
LONG_BYTES = 100  # of a text, on average over its column
DONE = "task.json"


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a table: a Parquet file, and the fingerprint of the task that wrote it."""

    path: Path
    fingerprint: str
    n_rows: int

    @property
    def stored_bytes(self) -> int:
        """Size of the file."""
        return self.path.stat().st_size


def commit(directory: Path, parts: Iterable[Made]) -> None:
    """Write tables, given part by part, as one folder that is there in whole or not at all."""
    if is_done(directory):
        return
    partial = directory.with_name(f".{directory.name}.{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    n_rows = _write(partial, parts)
    about = {table: {"n_rows": count, "xxh3_128": _digest(partial / f"{table}.parquet")} for table, count in n_rows.items()}
    (partial / DONE).write_text(json.dumps(about), encoding="utf-8")
    shutil.rmtree(directory, ignore_errors=True)
    partial.rename(directory)


def _write(directory: Path, parts: Iterable[Made]) -> Counter[str]:
    """Write the parts of tables as they come, and return the number of rows of each table."""
    n_rows: Counter[str] = Counter()
    writers: dict[str, pq.ParquetWriter] = {}
    with ExitStack() as files:
        for part in parts:
            for table in part.keys() - writers.keys():
                writers[table] = files.enter_context(_writer(directory / f"{table}.parquet", table, part[table]))
            n_rows.update({table: _add(writers[table], rows) for table, rows in part.items()})
            part.clear()  # it is not to be held while the next one is made
    return n_rows


def _writer(path: Path, table: str, rows: pl.DataFrame | ArrowTable) -> pq.ParquetWriter:
    """Open a file for a table of which ``rows`` are the first.

    Long texts are worth zstd; for the many columns of short values its set-up costs more than it saves, as dictionaries of long texts do, and
    of numbers.
    """
    schema = arrow_schema(table)
    long = _long_columns(rows)
    leaves = {leaf: field for field in schema for leaf in _leaves(field, "")}
    options: dict[str, Any] = {
        "compression": {leaf: "zstd" if leaf in long else "snappy" for leaf in leaves},
        "compression_level": dict.fromkeys(long, 1),
        "use_dictionary": [leaf for leaf, field in leaves.items() if leaf not in long and not pa.types.is_primitive(field.type)],
        "data_page_version": "2.0",  # which compresses the values alone, without the counts of nulls before them
        "write_statistics": False,
        "store_schema": False,
    }
    return pq.ParquetWriter(path, schema, **options)


def _add(writer: pq.ParquetWriter, rows: pl.DataFrame | ArrowTable) -> int:
    """Write rows, and return how many; those of a frame a few at a time: their texts are not held once more in the form in which they are stored."""
    if isinstance(rows, pl.DataFrame):
        for part in rows.iter_slices(ROWS_AT_ONCE) if rows.height else [rows]:
            writer.write_table(part.to_arrow().cast(writer.schema))
    else:
        writer.write_table(rows)
    return len(rows)


def _long_columns(rows: pl.DataFrame | ArrowTable) -> set[str]:
    """Return the names of the columns whose texts are long."""
    if isinstance(rows, pl.DataFrame):
        sizes = rows.select(pl.col(pl.String).str.len_bytes().sum()).rows(named=True)[0]
    else:
        sizes = {name: rows[name].nbytes for name in rows.column_names if pa.types.is_string(rows.schema.field(name).type)}
    return {name for name, n_bytes in sizes.items() if n_bytes > LONG_BYTES * len(rows)}


def _leaves(field: pa.Field, above: str) -> list[str]:  # pyright: ignore[reportUnknownParameterType] - pyarrow has no types
    """Return the names under which Parquet keeps the values of a field."""
    name = above + field.name
    if pa.types.is_list(field.type):
        return _leaves(field.type.value_field.with_name("element"), f"{name}.list.")
    if pa.types.is_struct(field.type):
        return [leaf for part in field.type for leaf in _leaves(part, f"{name}.")]
    return [name]


def is_done(directory: Path) -> bool:
    """Whether a result is there, every file as it was written: a disk or a person may have changed it since."""
    try:
        about = json.loads((directory / DONE).read_text(encoding="utf-8"))
        return all(_digest(directory / f"{table}.parquet") == found.get("xxh3_128") for table, found in about.items())
    except (FileNotFoundError, ValueError):
        return False


def _digest(path: Path) -> str:
    """Return the XXH3 of a file: it tells damage as a cryptographic digest does, in a tenth of the time."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, xxh3_128).hexdigest()


def count_rows(directory: Path) -> dict[str, int]:
    """Return the number of rows of each table of a result."""
    about = json.loads((directory / DONE).read_text(encoding="utf-8"))
    return {table: found["n_rows"] for table, found in about.items()}


def read(shards: Sequence[Shard], table: str, columns: tuple[str, ...] | None, key: str | None, partition: tuple[int, int]) -> pl.DataFrame:
    """Read the rows of a partition from ``shards``, ordered by the table's key."""
    order = [name for name in sort_key(table) if columns is None or name in columns]
    if not shards:
        return pl.DataFrame(schema={name: TABLES[table][name] for name in columns or TABLES[table]})
    frame = pl.scan_parquet([shard.path for shard in shards], glob=False)
    index, n_partitions = partition
    if key is not None and n_partitions > 1:
        frame = frame.filter(pl.col(key).str.slice(0, 4).str.to_integer(base=16) % n_partitions == index)
    return frame.select(columns or list(TABLES[table])).sort(order, maintain_order=True).collect()
