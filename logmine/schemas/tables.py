"""All tables by the name under which the pipeline keeps them, and what holds for each: its key, its declared form."""

from __future__ import annotations

from functools import cache
from typing import Final

import polars as pl
import pyarrow as pa

from logmine.errors import SchemaError
from logmine.schemas import difficulty, logs, prompts, references, selection, similarity, tasks, topics
from logmine.schemas.types import arrow_type

ROOMS: Final = (logs, prompts, tasks, similarity, topics, references, difficulty, selection)

TABLES: Final[dict[str, pl.Schema]] = {
    name.lower(): value for room in ROOMS for name, value in vars(room).items() if isinstance(value, pl.Schema)
}

KEYS: Final[dict[str, tuple[str, ...]]] = {
    "objects": ("object", "address"),
    "objects_read": ("object",),
    "invocations": ("object", "line"),
    "dropped": ("object", "line", "stage"),
    "calls": ("object", "line"),
    "completions": ("prompt_id", "invoked_at", "request_id", "body_digest"),
    "systems": ("system_id",),
    "found_tasks": ("task_id",),
    "rulings": ("found_id",),
    "tasks": ("task_id",),
    "texts": ("text_id", "prompt_id"),
    "vectors": ("text_id",),
    "topics": ("topic_id",),
    "graders": ("task_id",),
    "attempts": ("prompt_id", "request_id", "body_digest"),
    "priors": ("task_id",),
    "candidates": ("prompt_id", "source_id"),
    "requests": ("prompt_id", "source_id"),
    "needs": ("need", "prompt_id"),
    "outcomes": ("row",),
    "matches": ("row", "prompt_id", "request_id", "body_digest"),
    "given": ("row", "prompt_id"),
    "unused": ("row", "reason"),
    "verdicts": ("prompt_id", "request_id", "body_digest"),
    "kin": ("prompt_id", "key"),
}
"""Columns that order a table's rows; ``prompt_id`` where a table is not named here."""


def sort_key(table: str) -> tuple[str, ...]:
    """Return the columns by which the rows of ``table`` are ordered."""
    return KEYS.get(table, ("prompt_id",))


def require(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return ``frame`` with exactly the declared columns of ``table``, in their order.

    A column without any value may come with the type Null; it takes the declared type.

    Raises
    ------
    SchemaError
        If a column is missing or has another type.
    """
    schema = TABLES[table]
    found = frame.schema
    wrong = {
        name: found.get(name)
        for name, dtype in schema.items()
        if found.get(name) != dtype and not (name in found and found[name] == pl.Null)
    }
    if wrong:
        listed = "\n".join(f"  {name}: expected {schema[name]}, found {dtype or 'no such column'}" for name, dtype in wrong.items())
        raise SchemaError(f"the table {table} does not have its declared columns:\n{listed}\nThis is a bug in logmine; please report it.")
    return frame.select(pl.col(name).cast(dtype) if found[name] == pl.Null else pl.col(name) for name, dtype in schema.items())


def empty(table: str) -> pl.DataFrame:
    """Return ``table`` without rows."""
    return pl.DataFrame(schema=TABLES[table])


@cache
def arrow_schema(table: str) -> pa.Schema:  # pyright: ignore[reportUnknownParameterType] - pyarrow has no types
    """Return the Arrow schema in which ``table`` is stored: utf8 rather than large or view strings."""
    return pa.schema([pa.field(name, arrow_type(dtype)) for name, dtype in TABLES[table].items()])
