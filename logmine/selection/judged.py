"""Prompts for a judge: open-ended ones, of the tasks that the user names, in files of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import polars as pl

from logmine.errors import UsageError
from logmine.schemas import JUDGED
from logmine.selection.choices import wanted_tasks
from logmine.selection.leakage import side_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logmine.config import SelectionConfig

#: Until the user writes one: it quotes nothing of the logs, and the card says that it must be confirmed.
DEFAULT_RUBRIC: Final = (
    "Score how well the answer does what the prompt asks. 1: it does all that is asked, is correct, complete and to the point. "
    "0.5: it helps, with an error or a gap. 0: it is wrong, beside the question, empty, or only repeats the question."
)


def compile_judged(
    prompts: pl.DataFrame, decisions: pl.DataFrame, tasks: pl.DataFrame, *, config: SelectionConfig
) -> dict[str, pl.DataFrame]:
    """Return the rows of ``judge_tasks``: prompts that were left to a judge, with the rubric of their task.

    They are never among the checked rows. Sides of the split are those of the leakage groups, so that no group straddles both datasets.

    Parameters
    ----------
    prompts, decisions
        Tables by prompt.
    tasks
        The whole table, with names and rubrics.

    Raises
    ------
    UsageError
        If ``judge_tasks`` names a task that does not exist.
    """
    if not config.judge_tasks:
        return {"judged": pl.DataFrame(schema=JUDGED)}
    wanted = wanted_tasks(tasks, config.judge_tasks, flag="--judge")
    chosen = decisions.filter((pl.col("decision") == "judge") & pl.col("task_id").is_in(wanted)).drop(
        "language", "split", "reference_answer"
    )
    single = ~pl.col("has_history") & (pl.col("n_user_turns") == 1)
    rows = prompts.filter(single | config.multi_turn).select("prompt_id", "messages", "tools", "language").join(chosen, on="prompt_id")
    rubrics = {task: rubric or DEFAULT_RUBRIC for task, rubric in tasks.select("task_id", "rubric").iter_rows()}
    sides = side_of(rows["leakage_group"].to_list(), eval_fraction=config.eval_fraction, salt=config.split_salt)
    references = [json.dumps(judge_reference(rubrics[task])) for task in rows["task_id"]]
    made = rows.with_columns(
        split=pl.Series(sides, dtype=pl.String),
        reference_answer=pl.Series(references, dtype=pl.String),
        pass_rate=pl.lit(None, pl.Float64),
        band_evidence=pl.lit(None, pl.String),
    )
    return {"judged": made.select(JUDGED.names())}


def judge_reference(rubric: str) -> dict[str, str]:
    """Return the reference answer of a row for a judge: three strings, as of every row."""
    return {"grader": "judge", "answer": "", "spec": json.dumps({"rubric": rubric}, ensure_ascii=False)}


def require_judged(judged: pl.DataFrame, decisions: pl.DataFrame, tasks: pl.DataFrame, config: SelectionConfig) -> None:
    """Refuse a named task none of whose prompts is left to a judge.

    Raises
    ------
    UsageError
        Which names what became of the task's prompts.
    """
    for name in config.judge_tasks:
        (*ids,) = wanted_tasks(tasks, (name,), flag="--judge")
        if judged.filter(pl.col("task_id").is_in(ids)).is_empty():
            fates: Mapping[str, int] = dict(
                decisions.filter(pl.col("task_id").is_in(ids))["decision"].value_counts().sort("decision").iter_rows()
            )
            told = ", ".join(f"{count:,} {fate}" for fate, count in fates.items()) or "none"
            raise UsageError(
                f"--judge {name!r}: no prompt of this task can be written for a judge; its prompts: {told}.\n"
                'To judge what a program could check, write grader = "judge" in its [[task]] block; for conversations add --multi-turn.'
            )
