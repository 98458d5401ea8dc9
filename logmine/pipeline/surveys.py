"""What can be asked of sources before a build: what lies there, and which tasks."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from logmine import references, report, selection, tasks
from logmine.config import Config
from logmine.folder import locked, require_own
from logmine.pipeline.runs import open_run, require_invocations
from logmine.pipeline.sources import list_sources
from logmine.pipeline.stages import STAGES, stages_giving

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logmine.runners.local import LocalRunner, Progress


def inspect(
    sources: str | Sequence[str],
    *,
    config: Config | None = None,
    endpoint_url: str | None = None,
    workers: int = 1,
    report_progress: Callable[[Progress], None] | None = None,
) -> dict[str, Any]:
    """Count what lies in ``sources``, as :func:`logmine.report.inspect_tables` describes; parameters and errors as of :func:`logmine.build`."""
    config = config or Config()
    sources = [sources] if isinstance(sources, str) else sources
    objects = list_sources(sources, config=config, endpoint_url=endpoint_url, report_progress=report_progress)
    with tempfile.TemporaryDirectory(prefix="logmine-") as work:
        runner = open_run(Path(work), config, objects, workers=workers, report_progress=report_progress)
        runner.run([stage for stage in STAGES if stage.name in ("decode", "canonicalize")])
        paths = {name: [shard.path for shard in runner.tables[name]] for name in ("invocations", "calls", "dropped")}
        return report.inspect_tables(paths["invocations"], paths["calls"], paths["dropped"])


def survey_tasks(
    sources: str | Sequence[str],
    *,
    out: str | Path | None = None,
    config: Config | None = None,
    n_examples: int = 0,
    endpoint_url: str | None = None,
    workers: int = 1,
    report_progress: Callable[[Progress], None] | None = None,
) -> list[dict[str, Any]]:
    """Find the tasks in ``sources``, and the grader of each with its evidence; other parameters and errors as of :func:`logmine.build`.

    Parameters
    ----------
    out
        Folder of a build, of which finished stages are used and in which new ones are kept; None keeps nothing.
    n_examples
        Completions for and against the grader of each of ``config.selection.only_tasks``, all tasks when it is empty.

    Returns
    -------
    list of dict
        As :func:`logmine.report.describe_tasks` gives them, where asked for with ``examples``.
    """
    config = config or Config()
    tasks.check_blocks(config.task)
    if out is not None:
        require_own(Path(out))
    sources = [sources] if isinstance(sources, str) else sources
    objects = list_sources(sources, config=config, endpoint_url=endpoint_url, report_progress=report_progress)
    with locked(Path(out)) if out is not None else tempfile.TemporaryDirectory(prefix="logmine-") as work:
        runner = open_run(Path(work), config, objects, workers=workers, report_progress=report_progress)
        runner.run(stages_giving({"graders"}))
        require_invocations(runner, objects)
        found = report.describe_tasks(*(runner.frame(name) for name in ("tasks", "graders", "members", "systems")))
        wanted = selection.wanted_tasks(runner.frame("tasks"), config.selection.only_tasks)
        found = [task for task in found if task["task_id"] in wanted]
        return [task | {"examples": _examples(runner, task, n_examples)} for task in found] if n_examples else found


def _examples(runner: LocalRunner, task: dict[str, Any], n_examples: int) -> list[dict[str, Any]]:
    candidates, attempts = (runner.frame(name).filter(pl.col("task_id") == task["task_id"]) for name in ("candidates", "attempts"))
    return [asdict(example) for example in references.find_examples(candidates, attempts, task, n_examples=n_examples)]
