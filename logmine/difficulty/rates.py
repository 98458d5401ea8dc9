"""Pass rates, intervals and bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import betainc, betaincinv

from logmine.model_ids import same_base_model
from logmine.schemas import DIFFICULTY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logmine.config import DifficultyConfig

PRIOR = 0.5  # Jeffreys
INTERVAL_MASS = 0.9
OTHER_MODEL_WEIGHT = 0.5  # of another model's attempt, in an estimate


def rate_prompts(verdicts: pl.DataFrame, *, config: DifficultyConfig) -> dict[str, pl.DataFrame]:
    """Rate each prompt that was judged at least once.

    With ``base_model``, only its attempts count as ``n_attempts`` and measure a rate; where they are too few, the others' give an
    estimate of the band. Without it all models are pooled. Abstentions count neither way.

    Parameters
    ----------
    verdicts
        All :data:`logmine.schemas.VERDICTS` of any number of whole prompts.

    Returns
    -------
    dict
        ``difficulty``: :data:`logmine.schemas.DIFFICULTY`. ``pass_rate`` is the plain ratio; the interval holds the
        central 90 % of the posterior under Jeffreys' prior (Brown, Cai and DasGupta 2001).
    """
    is_own = _is_own(verdicts["base_model"], config.base_model)
    counts = (
        verdicts.with_columns(own=is_own)
        .group_by("prompt_id")
        .agg(
            n_attempts=_count("own", pl.col("verdict") != "abstain"),
            n_correct=_count("own", pl.col("verdict") == "correct"),
            n_abstained=_count("own", pl.col("verdict") == "abstain"),
            n_other=_count("other", pl.col("verdict") != "abstain"),
            n_other_correct=_count("other", pl.col("verdict") == "correct"),
        )
        .sort("prompt_id")
    )
    own = counts.select("n_correct", "n_attempts").to_numpy().astype(np.float64)
    other = counts.select("n_other_correct", "n_other").to_numpy().astype(np.float64) * OTHER_MODEL_WEIGHT
    measured = own[:, 1] >= config.min_attempts
    estimated = ~measured & (counts["n_other"].to_numpy() + own[:, 1] >= config.min_attempts)
    n_correct, n_attempts = (np.where(estimated, own[:, column] + other[:, column], own[:, column]) for column in (0, 1))
    low, high = posterior_interval(n_correct, n_attempts)
    bands = np.where(measured | estimated, bands_of(n_correct, n_attempts, config), "unknown")
    evidence = np.where(measured, "pooled" if config.base_model is None else "measured", np.where(estimated, "estimated", ""))
    rated = counts.with_columns(
        pass_rate=pl.when(pl.col("n_attempts") > 0).then(pl.col("n_correct") / pl.col("n_attempts")),
        pass_rate_low=low,
        pass_rate_high=high,
        band=pl.Series(bands.tolist(), dtype=pl.String),
        band_evidence=pl.Series(evidence.tolist(), dtype=pl.String).replace("", None),
    )
    return {"difficulty": rated.select(DIFFICULTY.names())}


def _is_own(models: pl.Series, base_model: str | None) -> pl.Series:
    if base_model is None:
        return pl.Series([True] * len(models), dtype=pl.Boolean)
    same = {model: model is not None and same_base_model(model, base_model) for model in models.unique()}
    return pl.Series([same[model] for model in models], dtype=pl.Boolean)


def _count(whose: str, condition: pl.Expr) -> pl.Expr:
    mine = pl.col("own") if whose == "own" else ~pl.col("own")
    return (mine & condition).sum().cast(pl.Int64)


def posterior_interval(n_correct: NDArray[np.float64], n_attempts: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of the central 90 % of the Beta posterior of each pass rate, shape (prompts,).

    Where no attempt succeeded the lower end is 0, where none failed the upper end is 1 (so do Brown, Cai and DasGupta),
    so that the interval holds the pass rate itself.
    """
    tail = (1 - INTERVAL_MASS) / 2
    right, wrong = n_correct + PRIOR, n_attempts - n_correct + PRIOR
    low, high = betaincinv(right, wrong, tail), betaincinv(right, wrong, 1 - tail)
    return np.where(n_correct == 0, 0.0, low), np.where(n_correct == n_attempts, 1.0, high)


def bands_of(n_correct: NDArray[np.float64], n_attempts: NDArray[np.float64], config: DifficultyConfig) -> NDArray[np.str_]:
    """Return ``in_range`` where enough of the posterior lies inside the band, else the side on which more of it lies."""
    right, wrong = n_correct + PRIOR, n_attempts - n_correct + PRIOR
    below = betainc(right, wrong, config.min_pass_rate)
    above = 1.0 - betainc(right, wrong, config.max_pass_rate)
    inside = 1.0 - below - above
    return np.where(inside >= config.min_band_mass, "in_range", np.where(below >= above, "too_hard", "too_easy"))
