"""The ledger: for every stage, what came in is what went out and what was dropped, with reasons. It balances or the run fails."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from logmine.errors import LedgerError


@dataclass(frozen=True, slots=True)
class Entry:
    """The account of one stage.

    Attributes
    ----------
    stage
        Name of the stage.
    unit
        What is counted: records or prompts.
    n_in, n_out
        What the stage was given, and what it passed on.
    dropped
        Counts by reason.
    """

    stage: str
    unit: str
    n_in: int
    n_out: int
    dropped: dict[str, int] = field(default_factory=dict)

    @property
    def balance(self) -> int:
        """What is missing (above zero) or was counted twice (below zero)."""
        return self.n_in - self.n_out - sum(self.dropped.values())


def check(entries: list[Entry]) -> list[Entry]:
    """Return ``entries`` if every one balances and each stage takes what the one before passed on.

    Raises
    ------
    LedgerError
        If not; the message names the stage and the difference.
    """
    for entry in entries:
        if entry.balance:
            raise LedgerError(
                f"the ledger of {entry.stage} does not balance: {entry.n_in:,} {entry.unit} in, {entry.n_out:,} out, "
                f"{sum(entry.dropped.values()):,} dropped; {entry.balance:+,} unaccounted for.\n"
                "Nothing was written. This is a bug in logmine; please report it with this message."
            )
    for before, after in itertools.pairwise(entries):
        if before.unit == after.unit and before.n_out != after.n_in:
            raise LedgerError(
                f"{before.stage} passed on {before.n_out:,} {before.unit}, but {after.stage} was given {after.n_in:,}. Nothing was written."
            )
    return entries
