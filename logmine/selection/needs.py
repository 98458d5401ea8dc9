"""What other prompts lack: attempts of the base model, a reference, or supervised fine-tuning first; the most useful first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from logmine.graders import GRADER_NAMES
from logmine.schemas import NEEDS
from logmine.selection.failures import best_answers, explain_failures

if TYPE_CHECKING:
    from logmine.config import DifficultyConfig, ReferencesConfig

NEED_OF = {
    "unknown_band": "rollouts",
    "estimated_band": "rollouts",
    "no_reference": "references",
    "doubtful_reference": "references",
    "too_hard": "sft",
}
"""What would change a decision."""

ABOUT_FAILURE = ("completion", "completion_tool_calls", "completion_model", "wrong_answers", "is_known_elsewhere", "failure")


def compile_needs(  # noqa: PLR0917 - one table each, in the order of its Stage
    prompts: pl.DataFrame,
    decisions: pl.DataFrame,
    attempts: pl.DataFrame,
    verdicts: pl.DataFrame,
    difficulty: pl.DataFrame,
    choices: pl.DataFrame,
    *,
    config: DifficultyConfig,
    references: ReferencesConfig,
) -> dict[str, pl.DataFrame]:
    """Return the prompts that rollouts, references or supervised fine-tuning would make useful.

    Checks that logmine only names so far (``code_tests``) need nothing that could be given.

    Parameters
    ----------
    prompts, decisions, attempts, verdicts, difficulty
        All rows of any number of whole prompts.
    choices
        The whole table, of which the counts by task are taken.
    references
        Names the models whose answers are none to train on.
    """
    need = pl.col("decision").replace_strict(NEED_OF, default=None, return_dtype=pl.String)
    counts = choices.with_columns(need=need).drop_nulls("need").group_by("task_id", "need").agg(task_prompts=pl.len().cast(pl.Int64))
    decisions = decisions.drop("alpha", "beta")
    rated = difficulty.select("prompt_id", *(name for name in NEEDS if name in difficulty.columns and name not in decisions.columns))
    answers = best_answers(attempts, verdicts, config.base_model, exclude_models=references.exclude_models)
    rows = (
        decisions.with_columns(need=need)
        .drop_nulls("need")
        .filter(pl.col("grader").is_in(GRADER_NAMES))
        .join(counts, on=["task_id", "need"])
        .join(prompts.select("prompt_id", "messages", "tools", "prompt_tokens"), on="prompt_id")
        .join(rated, on="prompt_id", how="left")
        .join(_parameters(attempts), on="prompt_id", how="left")
        .join(answers, on="prompt_id", how="left")
        .join(explain_failures(verdicts, decisions.select("prompt_id", "grader"), config.base_model), on="prompt_id", how="left")
        .with_columns(pl.when(pl.col("need") == "sft").then(pl.col(ABOUT_FAILURE)))
        .with_columns(value=_value(config))
        .with_columns(_attempts_so_far())
    )
    return {"needs": rows.select(NEEDS.names())}


def _parameters(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return the inference parameters with which each prompt was asked most often, the smaller of equals, and its usable answers."""
    return attempts.group_by("prompt_id").agg(
        *(pl.col(name).drop_nulls().mode().sort().first() for name in ("temperature", "max_output_tokens")),
        n_usable=pl.col("unusable").is_null().sum().cast(pl.Int64),
    )


def _attempts_so_far() -> pl.Expr:
    """Return the attempts behind a need; where a reference is missing none is judged, and those count that one would judge."""
    return pl.when(pl.col("need") == "references").then(pl.col("n_usable").fill_null(0)).otherwise("n_attempts").alias("n_attempts")


def _value(config: DifficultyConfig) -> pl.Expr:
    """Return by which rows of a need are ordered.

    For rollouts, the prompts in range that a call may be expected to settle: the chance of being in range over the calls still lacking.
    For the others, the prompts of the task that may be expected in range; a band that rewards have told is certain.
    """
    lacking = pl.max_horizontal(pl.lit(1), config.min_attempts - pl.col("n_attempts"))
    is_told = (pl.col("band") == "in_range") & (pl.col("band_evidence") != "estimated")
    chance = pl.when(is_told).then(1.0).otherwise(pl.col("band_mass").fill_null(0.0))
    per_call = pl.col("band_mass").fill_null(0.0) / lacking
    return pl.when(pl.col("need") == "rollouts").then(per_call).otherwise(pl.col("task_prompts") * chance)
