"""The answers on which attempts agree, with the prompts that they answer: for a person to confirm."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import msgspec
import polars as pl

from logmine.errors import SourceError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def read_opinions(build: Path) -> pl.DataFrame:
    """Return the opinions of a build: :data:`logmine.schemas.OPINIONS` with the name of the task and the texts of the prompt.

    Returns
    -------
    DataFrame
        With ``task``, ``system`` and ``prompt``, the last user turn.

    Raises
    ------
    SourceError
        If ``build`` holds no finished build, or its folder ``work`` was deleted.
    """
    if not (build / "manifest.json").is_file():
        raise SourceError(f"{build} holds no finished build: manifest.json is not there. Run logmine build with -o {build} first.")
    opinions, tasks = (_stored(build, stage, table) for stage, table in (("find_references", "opinions"), ("settle_tasks", "tasks")))
    prompts = _stored(build, "gather_attempts", "prompts").select("prompt_id", "system", prompt="user_text")
    named = opinions.join(tasks.select("task_id", task="name"), on="task_id", how="left").join(prompts, on="prompt_id", how="left")
    return named.collect().sort("prompt_id")


def _stored(build: Path, stage: str, table: str) -> pl.LazyFrame:
    paths = sorted((build / "work" / stage).glob(f"[!.]*/{table}.parquet"))
    if not paths:
        raise SourceError(
            f"{build}/work does not hold what the build found: it was deleted, or is older. Run the same logmine build again."
        )
    return pl.scan_parquet(paths, glob=False)


def opinions_of_task(opinions: pl.DataFrame, task: str | None) -> pl.DataFrame:
    """Return the opinions of the task named or, without a name, of the task that has most.

    Raises
    ------
    SourceError
        If there is none at all.
    UsageError
        If there is none of the task named.
    """
    if opinions.is_empty():
        raise SourceError(
            "no prompt of this build was answered often enough for attempts to agree. Fill in reference_answer in a copy of "
            "needs_references.jsonl instead, and build again with --outcomes and that copy."
        )
    counts = opinions.group_by("task").len().sort(["len", "task"], descending=[True, False])
    name = counts["task"][0] if task is None else task
    own = opinions.filter((pl.col("task") == name) | (pl.col("task_id") == name))
    if own.is_empty():
        listed = "\n".join(f"  {known}: {count:,} answers" for known, count in counts.iter_rows())
        raise UsageError(f"--task {name!r} has no answers to confirm. The tasks that have some:\n{listed}")
    return own


def build_command(build: Path, confirmed: Path) -> str:
    """Return the command that builds again with the answers that were confirmed."""
    sources = msgspec.json.decode((build / "manifest.json").read_bytes())["run"]["sources"]
    return f"logmine build {shlex.join(sources)} -o {shlex.quote(str(build))} --confirmed {shlex.quote(str(confirmed))}"
