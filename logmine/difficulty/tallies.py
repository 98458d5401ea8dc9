"""Verdicts, counted prompt by prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from logmine.model_ids import same_base_model
from logmine.schemas import TALLIES

if TYPE_CHECKING:
    from logmine.config import DifficultyConfig


def count_verdicts(verdicts: pl.DataFrame, members: pl.DataFrame, *, config: DifficultyConfig) -> dict[str, pl.DataFrame]:
    """Count the verdicts on each prompt: own attempts, those of the base model, apart from those of other models.

    Without a base model all attempts are own. Abstentions count neither way.

    Parameters
    ----------
    verdicts, members
        All rows of any number of whole prompts; of ``members`` the ids.

    Returns
    -------
    dict
        ``tallies``: :data:`logmine.schemas.TALLIES`.
    """
    own, judged = pl.col("own"), pl.col("reward").is_not_null()
    rewards = pl.col("reward").filter(own & judged)
    counted = (
        verdicts.with_columns(own=_is_own(verdicts["base_model"], config.base_model))
        .group_by("prompt_id")
        .agg(
            n_attempts=_count(own & judged),
            n_correct=_count(own & (pl.col("verdict") == "correct")),
            n_abstained=_count(own & ~judged),
            mean_reward=rewards.sort().mean(),
            std_reward=rewards.sort().std(),
            is_graded=((pl.col("reward") > 0) & (pl.col("reward") < 1)).any(),
            n_other=_count(~own & judged),
            n_other_correct=_count(~own & (pl.col("verdict") == "correct")),
            other_reward=pl.col("reward").filter(~own & judged).sort().sum(),
        )
    )
    return {"tallies": counted.join(members.select("prompt_id", "task_id"), on="prompt_id").select(TALLIES.names())}


def _is_own(models: pl.Series, base_model: str | None) -> pl.Series:
    if base_model is None:
        return pl.Series([True] * len(models), dtype=pl.Boolean)
    same = {model: model is not None and same_base_model(model, base_model) for model in models.unique()}
    return pl.Series([same[model] for model in models], dtype=pl.Boolean)


def _count(condition: pl.Expr) -> pl.Expr:
    return condition.sum().cast(pl.Int64)
