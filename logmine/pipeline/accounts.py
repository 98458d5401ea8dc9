"""The account of every stage at which records or prompts may go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from logmine.ledger import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logmine.runners.local import LocalRunner


def account_entries(runner: LocalRunner) -> Iterator[Entry]:
    """Yield the account of every stage at which records or prompts may go."""
    dropped = runner.frame("dropped", ("stage", "reason", "line", "object"))
    by_stage = {str(stage): frame for (stage,), frame in dropped.filter(pl.col("line") > 0).group_by("stage")}
    n_invocations, n_calls = (sum(shard.n_rows for shard in runner.tables[name]) for name in ("invocations", "calls"))
    n_records = int(runner.frame("objects_read", ("object", "n_records"))["n_records"].sum())
    decisions = runner.frame("decisions", ("prompt_id", "request_ids", "decision"))
    n_told = int(decisions["request_ids"].list.len().sum())
    n_gathered = int(runner.frame("prompts", ("prompt_id", "request_ids"))["request_ids"].list.len().sum())
    yield Entry("decode", "records", n_records, n_invocations, _reasons(by_stage.get("decode")))
    yield Entry("canonicalize", "records", n_invocations, n_calls, _reasons(by_stage.get("canonicalize")))
    yield Entry("gather_attempts", "records", n_calls, n_gathered, _reasons(by_stage.get("gather_attempts")))
    yield Entry("tell_decisions", "records", n_gathered, n_told)
    n_prompts = sum(shard.n_rows for shard in runner.tables["prompts"])
    n_exact = runner.frame("duplicates", ("prompt_id", "kind")).filter(pl.col("kind") == "exact").height
    yield Entry("find_duplicates", "prompts", n_prompts, decisions.height, {"exact_duplicate": n_exact})
    fates = count_reasons(decisions["decision"])
    fates.pop("selected", None)
    yield Entry("choose", "prompts", decisions.height, sum(shard.n_rows for shard in runner.tables["dataset"]), fates)


def _reasons(dropped: pl.DataFrame | None) -> dict[str, int]:
    return {} if dropped is None else count_reasons(dropped["reason"])


def count_reasons(reasons: pl.Series) -> dict[str, int]:
    """Return how often each of ``reasons`` occurs, by name."""
    return dict(sorted(reasons.value_counts().iter_rows()))
