"""What a stage is: a function from tables to tables, and what it needs to see at once.

``map``
    any slice of the rows of its inputs;
``reduce``
    all rows that share a key, in one call (several keys may come together);
``gather``
    everything: so it must be small (ids, vectors, counts), and it names the columns that it reads.

A pipeline is a list of stages: data, not control flow. Who runs it, and where, is a runner's business
(:mod:`logmine.runners`); the same functions give the same tables under every runner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import polars as pl

from logmine.errors import SchemaError
from logmine.schemas import arrow_schema, require, sort_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from logmine.config import Config

Tables = dict[str, pl.DataFrame]
ArrowTable: TypeAlias = Any  # pyarrow.Table; pyarrow has no types
Made = dict[str, pl.DataFrame | ArrowTable]
"""Tables as a function makes them: frames, or Arrow tables that have their declared form and order already and are stored as they are."""


@dataclass(frozen=True, slots=True)
class Read:
    """One input of a stage.

    Attributes
    ----------
    table
        Name of the table in :data:`logmine.schemas.TABLES`.
    columns
        The columns that the stage reads; all when None.
    whole
        Whether every call sees the whole table, beside its slice or keys. Such a table must be small.
    """

    table: str
    columns: tuple[str, ...] | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A function from tables to tables, and how its input may be cut.

    Attributes
    ----------
    name
        Unique in a pipeline; names the folder of its results.
    function
        Called as ``function(*frames, config=section)``, frames in the order of ``reads``; gives a frame or Arrow table by table name.
        It must not depend on the order of rows, and must live in an importable module. One that would hold too much may yield such dicts
        instead: the rows of its tables, part by part, as Arrow tables.
    reads, writes
        Tables taken and given.
    section
        The section of the configuration that it depends on, None for none.
    beside
        Further sections, each given by its own name.
    key
        For ``reduce``: a column of every input that is not whole; hex digests, since it is cut by its first digits.
    remembers
        Whether the function also takes ``memory``, a folder that outlives the run, for what need not be worked out twice. Its results
        must be the same without.
    """

    name: str
    kind: Literal["map", "reduce", "gather"]
    function: Callable[..., Made | Iterator[Made]]
    reads: tuple[Read, ...]
    writes: tuple[str, ...]
    section: str | None = None
    key: str | None = None
    remembers: bool = False
    beside: tuple[str, ...] = ()

    @property
    def sections(self) -> tuple[str, ...]:
        """Every section of the configuration that it depends on."""
        return (*((self.section,) if self.section else ()), *self.beside)

    def call(self, frames: Mapping[str, pl.DataFrame], config: Config, *, memory: Path | None = None) -> Tables:
        """Run the function on ``frames`` and give its tables as frames; otherwise as :meth:`make`."""
        parts: dict[str, list[pl.DataFrame]] = {}
        for made in self.make(frames, config, memory=memory):
            for name, table in made.items():
                parts.setdefault(name, []).append(_as_frame(table))
        return {name: pl.concat(tables) for name, tables in parts.items()}

    def make(self, frames: Mapping[str, pl.DataFrame], config: Config, *, memory: Path | None = None) -> Iterable[Made]:
        """Run the function on ``frames`` and give its tables in declared form and order of rows, part by part.

        ``memory`` is the folder of a stage that remembers. No part is held here while the next one is made.

        Raises
        ------
        SchemaError
            If a table lacks declared columns.
        """
        ordered = [frames[read.table] for read in self.reads]
        settings = {"config": getattr(config, self.section)} if self.section else {}
        settings |= {name: getattr(config, name) for name in self.beside}
        remembered = {"memory": memory} if self.remembers else {}
        given = self.function(*ordered, **settings, **remembered)
        if isinstance(given, dict):
            return [{table: _declared(given[table], table) for table in self.writes}]
        return map(_declared_part, given)


def _declared_part(part: Made) -> Made:
    return {table: _declared(made, table) for table, made in part.items()}


def _declared(made: pl.DataFrame | ArrowTable, table: str) -> pl.DataFrame | ArrowTable:
    if isinstance(made, pl.DataFrame):
        return require(made, table).sort(sort_key(table), maintain_order=True)
    if made.schema.equals(arrow_schema(table)):
        return made
    raise SchemaError(
        f"the table {table} came as {made.schema}, not with its declared columns. This is a bug in logmine; please report it."
    )


def _as_frame(made: pl.DataFrame | ArrowTable) -> pl.DataFrame:
    return made if isinstance(made, pl.DataFrame) else pl.DataFrame(pl.from_arrow(made))
