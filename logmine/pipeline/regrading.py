"""A build graded once more from its stored tables."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from logmine import manifest, references
from logmine.config import Config
from logmine.errors import SourceError
from logmine.folder import locked
from logmine.pipeline.builds import Build
from logmine.pipeline.outputs import write_outputs
from logmine.pipeline.runs import put_known
from logmine.pipeline.sources import silent
from logmine.pipeline.stages import STAGES
from logmine.runners.local import LocalRunner

if TYPE_CHECKING:
    from collections.abc import Callable

    from logmine.runners.local import Progress

REGRADED_FROM: Final = "pool_attempts"  # nothing before it depends on graders or references


def regrade(
    out: str | Path, *, outcomes: str | Path | None = None, workers: int = 1, report_progress: Callable[[Progress], None] | None = None
) -> Build:
    """Apply graders once more to the attempts that a build has stored, after a grader or reference changed; no log is read, no model asked.

    Parameters
    ----------
    out
        Folder of a build, with its ``work`` folder.
    outcomes
        Other reference answers than those of the build; the same when None.
    workers, report_progress
        As of :func:`logmine.build`.

    Raises
    ------
    SourceError
        If there is no build, or its stored tables are gone.
    """
    out = Path(out)
    before = manifest.read(out)
    if before is None:
        raise SourceError(f"{out}: no build of logmine. Build one first: logmine build SOURCE -o {out}")
    config = msgspec.convert(before["config"], type=Config)
    first = next(place for place, stage in enumerate(STAGES) if stage.name == REGRADED_FROM)
    stored = ["objects", "outcomes", "confirmed", *dict.fromkeys(table for stage in STAGES[:first] for table in stage.writes)]
    with locked(out) as work:
        runner = LocalRunner(work, config, workers=workers, report=report_progress or silent)
        if not runner.resume(stored):
            raise SourceError(
                f"{work}: the stored tables of this build are gone or damaged, and with them the attempts. "
                f"Build again from the logs: logmine build {' '.join(before['run']['sources'])} -o {out}"
            )
        if outcomes:
            put_known(runner, {"outcomes": references.read_outcomes(Path(outcomes), config.references)})
        runner.run(STAGES[first:])
        kept = {name: before["run"].get(name) for name in ("sources", "outcomes", "confirmed", "endpoint_url", "config_file")}
        run = kept | ({"outcomes": str(outcomes)} if outcomes else {}) | {"workers": workers, "host": platform.node()}
        made = write_outputs(runner, out, runner.frame("objects"), run | {"started_at": datetime.now(UTC).isoformat()})
        runner.keep_index()
    return Build(out, made)
