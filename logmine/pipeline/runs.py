"""A run of stages over sources: opened with what it reads, and refused where that is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logmine import references
from logmine.errors import SourceError
from logmine.pipeline.accounts import count_reasons
from logmine.pipeline.sources import read_before, silent, slice_objects
from logmine.runners.local import LocalRunner, Progress
from logmine.schemas import digest, empty

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import polars as pl

    from logmine.config import Config


def open_run(
    work: Path, config: Config, objects: pl.DataFrame, *, workers: int, report_progress: Callable[[Progress], None] | None
) -> LocalRunner:
    """Return a runner in the folder ``work`` that holds the slices of ``objects`` (:data:`logmine.schemas.OBJECTS`)."""
    runner = LocalRunner(work, config, workers=workers, report=report_progress or silent)
    runner.put("objects", list(slice_objects(objects, read_before(work))))
    return runner


def read_known(outcomes: Path | None, confirmed: Path | None, config: Config) -> dict[str, pl.DataFrame]:
    """Return what the user knows of answers, read before anything runs: tables ``outcomes`` and ``confirmed``, empty without a file.

    Raises
    ------
    SourceError, UsageError
        If a file cannot be read as what it is given for.
    """
    return {
        "outcomes": references.read_outcomes(outcomes, config.references) if outcomes else empty("outcomes"),
        "confirmed": references.read_confirmed(confirmed) if confirmed else empty("confirmed"),
    }


def put_known(runner: LocalRunner, known: dict[str, pl.DataFrame]) -> None:
    """Give a run what the user knows."""
    for name, frame in known.items():
        runner.put(name, [(digest([name, frame.write_json()]), frame)])


def require_invocations(runner: LocalRunner, objects: pl.DataFrame) -> None:
    """Refuse input of which not one record is an invocation log: a dataset card of nothing would only hide the mistake.

    Raises
    ------
    SourceError
        If the table ``invocations`` is empty; the message counts what was found instead.
    """
    if any(shard.n_rows for shard in runner.tables["invocations"]):
        return
    reasons = ", ".join(
        f"{count:,} {reason}" for reason, count in count_reasons(runner.frame("dropped", ("reason", "object", "line"))["reason"]).items()
    )
    raise SourceError(
        f"no invocation log in {objects.height:,} objects, the first of them {objects['object'][0]}; found: {reasons or 'no record'}.\n"
        "Give the folder or prefix under which AWSLogs/ lies."
    )
