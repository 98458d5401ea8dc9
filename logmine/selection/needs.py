"""What other prompts lack: attempts of the base model, a reference, or supervised fine-tuning first; the most useful first."""

from __future__ import annotations

import polars as pl

from logmine.graders import GRADER_NAMES
from logmine.schemas import NEEDS

NEED_OF = {"unknown_band": "rollouts", "estimated_band": "rollouts", "no_reference": "references", "too_hard": "sft"}
"""What would change a decision."""


def compile_needs(  # noqa: PLR0917 - one table each, in the order of its Stage
    prompts: pl.DataFrame,
    decisions: pl.DataFrame,
    attempts: pl.DataFrame,
    verdicts: pl.DataFrame,
    difficulty: pl.DataFrame,
    choices: pl.DataFrame,
) -> dict[str, pl.DataFrame]:
    """Return the prompts that rollouts, references or supervised fine-tuning would make useful.

    Checks that logmine only names so far (``code_tests``) need nothing that could be given.

    Parameters
    ----------
    prompts, decisions, attempts, verdicts, difficulty
        All rows of any number of whole prompts.
    choices
        The whole table, of which the counts by task are taken.
    """
    need = pl.col("decision").replace_strict(NEED_OF, default=None, return_dtype=pl.String)
    counts = choices.with_columns(need=need).drop_nulls("need").group_by("task_id", "need").agg(task_prompts=pl.len().cast(pl.Int64))
    rated = difficulty.select("prompt_id", *(name for name in NEEDS if name in difficulty.columns and name not in decisions.columns))
    rows = (
        decisions.with_columns(need=need)
        .drop_nulls("need")
        .filter(pl.col("grader").is_in(GRADER_NAMES))
        .join(counts, on=["task_id", "need"])
        .join(prompts.select("prompt_id", "messages", "tools", "prompt_tokens"), on="prompt_id")
        .join(rated, on="prompt_id", how="left")
        .join(_parameters(attempts), on="prompt_id", how="left")
        .join(_right_answers(attempts, verdicts), on="prompt_id", how="left")
        .with_columns(pl.when(pl.col("need") == "sft").then(pl.col("completion", "completion_model")))
        .with_columns(failure=pl.lit(None, pl.String), value=_value())
    )
    return {"needs": rows.select(NEEDS.names())}


def _parameters(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return the inference parameters with which each prompt was asked most often, the smaller of equals."""
    return attempts.group_by("prompt_id").agg(
        pl.col(name).drop_nulls().mode().sort().first() for name in ("temperature", "max_output_tokens")
    )


def _right_answers(attempts: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Return the first right answer to each prompt, with whose it is."""
    keys = ["prompt_id", "request_id", "body_digest"]
    return (
        verdicts.filter(pl.col("verdict") == "correct")
        .join(attempts.select(*keys, "completion"), on=keys)
        .sort(keys)
        .group_by("prompt_id", maintain_order=True)
        .agg(pl.col("completion").first(), completion_model=pl.col("base_model").first())
    )


def _value() -> pl.Expr:
    """Return by which rows of a need are ordered: what a call, or work on the task, may be expected to bring."""
    chance = pl.col("band_mass").fill_null(0.0)
    return pl.when(pl.col("need") == "rollouts").then(chance).otherwise(pl.col("task_prompts") * chance)
