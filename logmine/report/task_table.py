"""The tasks of a corpus with the evidence for their graders: what ``logmine tasks`` shows and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from logmine.graders import GRADER_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER = ("task", "prompts", "distinct", "calls", "grader", "read", "within", "between", "stable", "decision")
EXTRACTOR_HEADER = ("grader", "read", "stated as such", "within", "between", "matches metadata", "lift", "fits")
DECISION_OF = {None: "not checkable", "judge": "judge", "code_tests": "not checkable yet"}


def describe_tasks(tasks: pl.DataFrame, graders: pl.DataFrame, members: pl.DataFrame, systems: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the tasks with their evidence, largest first.

    Parameters
    ----------
    tasks, graders, members, systems
        Whole tables, :mod:`logmine.schemas`.

    Returns
    -------
    list of dict
        The columns of ``tasks``; ``n_identities``: prompts that are not one with another; ``system``; ``grader``, ``spec``, the figures of
        ``graders``, with ``extractors`` in place of ``evidence``, and ``n_read`` of the grader; ``decision`` and ``is_ruled``, whether it is
        the user's.
    """
    distinct = members.group_by("task_id").agg(n_identities=pl.col("identity_id").n_unique().cast(pl.Int64))
    rows = (
        tasks.join(graders, on="task_id", how="left")
        .join(distinct, on="task_id", how="left")
        .join(systems.select("system_id", "system"), on="system_id", how="left")
        .sort(["n_prompts", "task_id"], descending=[True, False])
    )
    return [_described(row) for row in rows.iter_rows(named=True)]


def _described(row: dict[str, Any]) -> dict[str, Any]:
    extractors: list[dict[str, Any]] = msgspec.json.decode(row.pop("evidence") or "[]")
    own = [one for one in extractors if one["grader"] == row["grader"]]
    ruled = row["decision"]
    return row | {
        "extractors": sorted(extractors, key=lambda one: (-one["lift"], one["grader"])),
        "n_read": own[-1]["n_read"] if own else 0,
        "decision": ruled or DECISION_OF.get(row["grader"], "keep"),
        "is_ruled": row["block"] is not None,
    }


def task_cells(task: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells of a task under :data:`HEADER`."""
    is_read = task["grader"] in GRADER_NAMES and task["grader"] != "constraints"
    has_answers = is_read and task["grader"] != "rule"
    figures = (task["agreement_within"], task["agreement_between"]) if has_answers else (None, None)
    return (
        task["name"],
        *(f"{task[name]:,}" for name in ("n_prompts", "n_identities", "n_requests")),
        task["grader"] or "none",
        f"{task['n_read']:,}/{task['n_completions']:,}" if is_read else "",
        *(_share(value) for value in (*figures, task["stability"])),
        task["decision"] + (" (yours)" if task["is_ruled"] else ""),
    )


def extractor_cells(extractor: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells of an extractor that was tried, under :data:`EXTRACTOR_HEADER`."""
    shares = ("explicit", "agreement_within", "agreement_between", "reference_match", "lift")
    return (
        extractor["grader"],
        f"{extractor['n_read']:,} ({_share(extractor['coverage'])})",
        *(_share(extractor[name]) for name in shares),
        "yes" if extractor["fits"] else "no",
    )


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
