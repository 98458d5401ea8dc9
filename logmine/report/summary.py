"""Figures of a build, from its tables: what the manifest holds, and the funnel and the card print."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from logmine.model_ids import without_models

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logmine.config import DifficultyConfig

NAMED_DETAIL = (
    pl.when(pl.col("reason").is_in(["failed_call", "not_chat", "unread_shape", "not_selected"]))
    .then(pl.format(": {}", "detail"))
    .fill_null("")
)
"""Details that name a kind rather than a single case."""


def summarize(
    decisions: pl.DataFrame,
    dropped: pl.DataFrame,
    tasks: pl.DataFrame,
    graders: pl.DataFrame,
    topics: pl.DataFrame,
    *,
    config: DifficultyConfig,
) -> dict[str, Any]:
    """Return counts of records and prompts by fate, and the tasks and topics with theirs.

    Parameters
    ----------
    decisions, dropped, tasks, graders, topics
        Whole tables, :mod:`logmine.schemas`; of ``decisions`` without texts.
    """
    selected = decisions.filter(pl.col("decision") == "selected")
    return {
        "records_dropped": _counts(dropped.select(label=pl.format("{}{}", "reason", NAMED_DETAIL))["label"]),
        "decisions": _counts(decisions["decision"]),
        "bands": _counts(decisions["band"]),
        "evidence": _counts(selected["band_evidence"].drop_nulls()),
        "reference_origins": _counts(selected["reference_origin"].drop_nulls()),
        "splits": _counts(selected["split"].drop_nulls()),
        "languages": _counts(selected["language"].fill_null("unknown")),
        "n_prompts_sent_once": int((decisions["request_ids"].list.len() == 1).sum()),
        "band": asdict(config.resolved_band) | {"words": config.resolved_band.words},
        "useful_groups": _useful_groups(decisions),
        "signs": {name: int((decisions[f"signs_{name}"] > 0).sum()) for name in ("against", "for")},
        "tasks": _tasks(decisions, tasks, graders),
        "topics": _topics(decisions, topics),
    }


def count_reference_models(references: pl.DataFrame, decisions: pl.DataFrame) -> dict[str, int]:
    """Return how many references by consensus of selected prompts each model's answers agree with, most first.

    Parameters
    ----------
    references, decisions
        Whole tables.
    """
    selected = decisions.filter(pl.col("decision") == "selected").select("prompt_id")
    return _counts(references.join(selected, on="prompt_id", how="semi")["models"].explode().drop_nulls())


def count_excluded(attempts: pl.DataFrame, excluded: Sequence[str]) -> dict[str, int]:
    """Return how many answers each model named with ``exclude_models`` has in the logs; none may mean that its id is misspelled.

    Parameters
    ----------
    attempts
        The column ``base_model``.
    """
    return {named: attempts.height - without_models(attempts, [named]).height for named in excluded}


def count_questions(placed: pl.DataFrame) -> dict[str, int]:
    """Count the prompts that ask a question about long shared passages, and those whose question others ask about other passages.

    Parameters
    ----------
    placed
        ``prompt_id``, ``identity_id`` and ``question_id`` of all prompts; those that are one count once.
    """
    asked = placed.drop_nulls("question_id").unique("identity_id")
    n_repeated = asked.filter(pl.len().over("question_id") > 1).height
    return {"about_passages": asked.height, "distinct": asked["question_id"].n_unique(), "asked_again": n_repeated}


def _counts(labels: pl.Series) -> dict[str, int]:
    counted = labels.alias("label").to_frame().group_by("label").len().sort(["len", "label"], descending=[True, False])
    return {str(label): int(count) for label, count in counted.iter_rows()}


def _useful_groups(decisions: pl.DataFrame) -> dict[str, Any]:
    """Return the chance that a group of rollouts holds both outcomes, averaged over the selected and over all checkable prompts."""
    checkable = decisions.drop_nulls("useful_group")
    means = {"selected": checkable.filter(pl.col("decision") == "selected"), "checkable": checkable}
    return {name: _mean(frame["useful_group"]) for name, frame in means.items()} | {"n_checkable": checkable.height}


def _mean(values: pl.Series) -> float | None:
    mean = values.sort().mean()
    return round(float(mean), 4) if isinstance(mean, float) else None


def _tasks(decisions: pl.DataFrame, tasks: pl.DataFrame, graders: pl.DataFrame) -> list[dict[str, Any]]:
    fates = decisions.group_by("task_id").agg(
        n_prompts=pl.len(),
        n_requests=pl.col("request_ids").list.len().sum(),
        n_with_reference=pl.col("reference_answer").is_not_null().sum(),
        n_in_range=(pl.col("band") == "in_range").sum(),
        n_selected=(pl.col("decision") == "selected").sum(),
        mean_pass_rate=pl.col("pass_rate").mean().round(4),
    )
    left_out = (
        decisions.filter(pl.col("decision") != "selected")
        .group_by("task_id", "decision")
        .len("n_left_out_as")
        .sort(["task_id", "n_left_out_as", "decision"], descending=[False, True, False])
        .unique("task_id", keep="first", maintain_order=True)
        .rename({"decision": "left_out_as"})
    )
    fates = fates.join(left_out, on="task_id", how="left")
    about = tasks.select("task_id", "name").join(graders.select("task_id", "grader", pl.col("coverage").round(4)), on="task_id", how="left")
    return about.join(fates, on="task_id").sort(["n_selected", "n_prompts", "task_id"], descending=[True, True, False]).to_dicts()


def _topics(decisions: pl.DataFrame, topics: pl.DataFrame) -> list[dict[str, Any]]:
    fates = decisions.drop_nulls("topic_id").group_by("topic_id").agg(n_selected=(pl.col("decision") == "selected").sum())
    return topics.join(fates, on="topic_id").sort(["n_prompts", "topic_id"], descending=[True, False]).to_dicts()
