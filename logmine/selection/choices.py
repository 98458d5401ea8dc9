"""The choice among prompts: the first reason against each, then the budget, stratum by stratum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from logmine.errors import UsageError
from logmine.schemas import CHOICES
from logmine.selection.keep import compile_filter
from logmine.selection.leakage import leakage_groups, side_of

if TYPE_CHECKING:
    from logmine.config import SelectionConfig


AGREED = ("consensus", "rollouts")  # origins of references that are what attempts agree on


def choose(  # noqa: PLR0917 - one table each, in the order of its Stage
    prompts: pl.DataFrame,
    members: pl.DataFrame,
    duplicates: pl.DataFrame,
    topic_of: pl.DataFrame,
    tasks: pl.DataFrame,
    references: pl.DataFrame,
    difficulty: pl.DataFrame,
    kin: pl.DataFrame,
    *,
    config: SelectionConfig,
) -> dict[str, pl.DataFrame]:
    """Decide on every prompt, and on which side of the split the chosen ones lie.

    Parameters
    ----------
    prompts, members, duplicates, topic_of, tasks, references, difficulty, kin
        Whole tables, without their texts.

    Returns
    -------
    dict
        ``choices``: one row a prompt that is not an exact duplicate of another.

    Raises
    ------
    UsageError
        If ``only_tasks`` names a task that does not exist, or ``keep`` is no filter.
    """
    rows = (
        prompts.join(members.select("prompt_id", "task_id", "leakage_keys"), on="prompt_id")
        .join(duplicates, on="prompt_id", how="left")
        .join(topic_of, on="prompt_id", how="left")
        .join(references, on="prompt_id", how="left")
        .join(difficulty, on="prompt_id", how="left")
        .join(tasks.select("task_id", ruled="decision", task="name"), on="task_id", how="left")
        .sort("prompt_id")
    )
    rows = rows.with_columns(leakage_group=leakage_groups(rows, _leakage_keys(rows, kin))).filter(pl.col("kind").fill_null("") != "exact")
    wanted = wanted_tasks(tasks, config.only_tasks)
    rows = rows.with_columns(decision=_first_reason(wanted, config))
    rows = _within_budget(_with_easy_ones(rows, config), config.max_rows)
    sides = pl.Series(side_of(rows["leakage_group"].to_list(), eval_fraction=config.eval_fraction, salt=config.split_salt), dtype=pl.String)
    rows = rows.with_columns(split=pl.when(pl.col("decision") == "selected").then(sides))
    return {"choices": rows.select(CHOICES.names())}


def _leakage_keys(rows: pl.DataFrame, kin: pl.DataFrame) -> pl.DataFrame:
    own = rows.select("prompt_id", key=pl.col("leakage_keys")).explode("key").drop_nulls("key")
    conversations = rows.select("prompt_id", key=pl.col("thread_key"))
    duplicates = rows.drop_nulls("kept_instead")
    kept = pl.concat(
        [
            duplicates.select("prompt_id", key=pl.col("kept_instead")),
            duplicates.select(pl.col("kept_instead").alias("prompt_id"), key=pl.col("kept_instead")),
        ]
    )
    return pl.concat([own, conversations, kept, kin])


def wanted_tasks(tasks: pl.DataFrame, only: tuple[str, ...], *, flag: str = "--task") -> list[str]:
    """Return the ids of the tasks that ``only`` names, by name or id; of all when it is empty.

    Raises
    ------
    UsageError
        If it names a task that does not exist.
    """
    if not only:
        return tasks["task_id"].to_list()
    found = tasks.filter(pl.col("task_id").is_in(only) | pl.col("name").is_in(only))
    known = set(found["task_id"]) | set(found["name"])
    if missing := sorted(set(only) - known):
        listed = "\n".join(f"  {name}" for name in sorted(tasks["name"]))
        raise UsageError(f"{flag} {missing[0]!r}: no such task. The tasks of these logs:\n{listed}")
    return found["task_id"].to_list()


def _first_reason(wanted: list[str], config: SelectionConfig) -> pl.Expr:
    """Return the first reason against a prompt, ``selected`` where there is none."""
    by_band = [(pl.col("band") == "too_hard", "too_hard"), (pl.col("band") == "too_easy", "too_easy")]
    has_grader = pl.col("grader").fill_null("judge") != "judge"
    reasons = [
        (pl.col("n_user_turns") == 0, "no_user_turn"),
        (pl.col("n_media") > 0, "has_media"),
        (pl.col("is_too_long"), "too_long"),
        (~pl.col("task_id").is_in(wanted), "not_requested"),
        (pl.col("ruled") == "drop", "task_dropped"),
        (pl.col("kind") == "near", "near_duplicate"),
        (pl.col("kind") == "semantic", "semantic_duplicate"),
        (~has_grader & (pl.col("n_attempts") > 0), "no_grader"),
        (pl.col("grader").is_null(), "not_checkable"),
        (pl.col("grader") == "judge", "judge"),
        (pl.col("conflict") == "prompt", "answer_leaks"),
        (pl.col("conflict") == "anything", "weak_reference"),
        (pl.col("conflict").is_not_null(), "reference_conflict"),
        (pl.col("origin").is_null(), "no_reference"),
        (pl.col("band").is_null() | (pl.col("band") == "unknown"), "unknown_band"),
        (pl.col("band_evidence") == "estimated", "estimated_band"),
        *(by_band if config.keep is None else [(~compile_filter(config.keep), "not_kept")]),
        (_is_doubtful(config), "doubtful_reference"),
        (_in_history(config), "multi_turn"),
    ]
    decision = pl.lit("selected")
    for condition, reason in reversed(reasons):
        decision = pl.when(condition.fill_null(value=False)).then(pl.lit(reason)).otherwise(decision)
    return decision


def _is_doubtful(config: SelectionConfig) -> pl.Expr:
    """Say whether a reference on which attempts agree is not sure enough to train with; what a prompt or its user tells is not doubted here.

    A wrong reference falsifies one figure where it rates; where it trains it is rewarded in every group, and the right answer never. At three in four,
    one that is wrong may cost three times what one that is right brings.
    """
    return pl.col("origin").is_in(AGREED) & (pl.col("confidence") < config.min_train_confidence)


def _in_history(config: SelectionConfig) -> pl.Expr:
    """Say whether a prompt has earlier turns, where those are not asked for."""
    return pl.lit(value=False) if config.multi_turn else pl.col("has_history") | (pl.col("n_user_turns") > 1)


def _with_easy_ones(rows: pl.DataFrame, config: SelectionConfig) -> pl.DataFrame:
    """Select as many prompts that are too easy as make up their share, those first whose groups are useful most often.

    Some easy prompts keep answers short (arXiv 2511.01937).
    """
    n_selected = int((rows["decision"] == "selected").sum())
    n_easy = round(min(n_selected, config.max_rows) * config.easy_fraction / (1 - config.easy_fraction))
    easy = rows.filter((pl.col("decision") == "too_easy") & ~_is_doubtful(config) & ~_in_history(config))
    chosen = easy.sort("useful_group", "prompt_id", descending=[True, False], nulls_last=True).head(n_easy)["prompt_id"].to_list()
    is_chosen = pl.col("prompt_id").is_in(chosen)
    return rows.with_columns(decision=pl.when(is_chosen).then(pl.lit("selected")).otherwise("decision"))


def _within_budget(rows: pl.DataFrame, max_rows: int) -> pl.DataFrame:
    """Give each stratum (task, topic, half of the band) its proportional share of the budget, drawn by prompt id."""
    n_selected = (rows["decision"] == "selected").sum()
    if n_selected <= max_rows:
        return rows
    stratum = ["task_id", "topic_id", pl.col("pass_rate") < 0.5]
    chosen = rows.filter(pl.col("decision") == "selected").sort("prompt_id")
    place = (pl.int_range(pl.len()).over(stratum) + 0.5) / pl.len().over(stratum)
    over = chosen.with_columns(place=place).sort("place", "prompt_id").slice(max_rows).select("prompt_id", over=pl.lit(value=True))
    marked = rows.join(over, on="prompt_id", how="left")
    return marked.with_columns(decision=pl.when(pl.col("over")).then(pl.lit("over_budget")).otherwise("decision")).drop("over")
