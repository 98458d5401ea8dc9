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
from typing import TYPE_CHECKING, Literal

from logmine.schemas import require, sort_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import polars as pl

    from logmine.config import Config

Tables = dict[str, "pl.DataFrame"]


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
        Called as ``function(*frames, config=section)``, frames in the order of ``reads``; gives a frame by table name.
        It must not depend on the order of rows, and must live in an importable module.
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
    function: Callable[..., Tables]
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
        """Run the function on ``frames`` and give its tables in declared form and order of rows.

        ``memory`` is the folder of a stage that remembers.

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
        return {table: require(given[table], table).sort(sort_key(table), maintain_order=True) for table in self.writes}
