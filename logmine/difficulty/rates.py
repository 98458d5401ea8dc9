"""Pass rates, intervals and bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from logmine.difficulty.priors import CORPUS, DEFAULT_PRIOR, OTHER_WEIGHT, other_attempts
from logmine.posteriors import band_mass, credible_interval, masses, useful_group
from logmine.schemas import DIFFICULTY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logmine.config import DifficultyConfig


EVEN = 0.5
SAME_RATE = 1e-12


def rate_prompts(
    tallies: pl.DataFrame, references: pl.DataFrame, members: pl.DataFrame, priors: pl.DataFrame, *, config: DifficultyConfig
) -> dict[str, pl.DataFrame]:
    """Rate each prompt that a grader could check, or that was judged.

    With ``base_model``, only its attempts count as ``n_attempts`` and measure a rate; where they are too few, the others' give an
    estimate of the band. Without it all models are pooled.

    Parameters
    ----------
    tallies, references, members
        All rows of any number of whole prompts; of ``members`` the ids.
    priors
        The whole table.

    Returns
    -------
    dict
        ``difficulty``: :data:`logmine.schemas.DIFFICULTY`. ``pass_rate`` is the plain ratio; the interval holds the central 90 % of
        the posterior, whose prior is that of the task. Where no attempt succeeded it begins at 0, where none failed it ends at 1 (so do
        Brown, Cai and DasGupta 2001), so that it holds a pass rate that was measured. Where more attempts could not be judged
        than could, the band is unknown.
    """
    rows = _rows(tallies, references, members, priors)
    n_attempts = rows["n_attempts"].to_numpy()
    measured = (n_attempts >= config.min_attempts) & (n_attempts >= rows["n_abstained"].to_numpy())
    estimated = (n_attempts < config.min_attempts) & (rows["n_other"].to_numpy() + n_attempts >= config.min_attempts)
    alpha, beta = _posterior(rows, with_others=~measured)
    low, high = _interval(rows, alpha, beta)
    rows = rows.with_columns(alpha=alpha, beta=beta)
    bands = np.where(measured | estimated, bands_of(rows, measured, config), "unknown")
    evidence = np.where(measured, "pooled" if config.base_model is None else "measured", np.where(estimated, "estimated", ""))
    rated = rows.with_columns(
        pass_rate=pl.when(pl.col("n_attempts") > 0).then(pl.col("n_correct") / pl.col("n_attempts")),
        pass_rate_low=pl.Series(low).fill_nan(None),
        pass_rate_high=pl.Series(high).fill_nan(None),
        band=pl.Series(bands.tolist(), dtype=pl.String),
        band_evidence=pl.Series(evidence.tolist(), dtype=pl.String).replace("", None),
        band_mass=band_mass(alpha, beta, config.resolved_band, config.group_size),
        useful_group=useful_group(alpha, beta, config.group_size),
    )
    return {"difficulty": rated.select(DIFFICULTY.names())}


def _rows(tallies: pl.DataFrame, references: pl.DataFrame, members: pl.DataFrame, priors: pl.DataFrame) -> pl.DataFrame:
    """Return every prompt that could be rated, with its counts, 0 where nothing was judged, and the prior of its task."""
    checkable = references.filter(pl.col("grader").is_not_null() & (pl.col("grader") != "judge")).select("prompt_id")
    prompts = pl.concat([checkable, tallies.select("prompt_id")]).unique("prompt_id").sort("prompt_id")
    shapes = priors.select("task_id", "other_weight", prior_alpha="alpha", prior_beta="beta")
    overall = {"prior_alpha": DEFAULT_PRIOR[0], "prior_beta": DEFAULT_PRIOR[1], "other_weight": OTHER_WEIGHT}
    overall |= shapes.filter(pl.col("task_id") == CORPUS).drop("task_id").row(0, named=True) if shapes.height else {}
    return (
        prompts.join(members.select("prompt_id", "task_id"), on="prompt_id", maintain_order="left")
        .join(tallies.drop("task_id"), on="prompt_id", how="left", maintain_order="left")
        .join(shapes, on="task_id", how="left", maintain_order="left")
        .with_columns(pl.col(name).fill_null(value) for name, value in overall.items())
        .with_columns(pl.col("n_attempts", "n_correct", "n_abstained", "n_other", "n_other_correct").fill_null(0))
        .with_columns(pl.col("other_reward").fill_null(0.0), pl.col("is_graded").fill_null(value=False))
    )


def _posterior(rows: pl.DataFrame, *, with_others: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the Beta posterior of each prompt; a graded reward counts as that share of a success."""
    n_attempts, n_other, other_right = (rows[name].cast(pl.Float64).to_numpy() for name in ("n_attempts", "n_other", "other_reward"))
    right = rows["mean_reward"].fill_null(0.0).to_numpy() * n_attempts
    other_right, n_other = other_attempts(other_right, n_other, rows["other_weight"].to_numpy())
    alpha = rows["prior_alpha"].to_numpy() + right + np.where(with_others, other_right, 0.0)
    beta = rows["prior_beta"].to_numpy() + n_attempts - right + np.where(with_others, n_other - other_right, 0.0)
    return alpha, beta


def _interval(rows: pl.DataFrame, alpha: NDArray[np.float64], beta: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of the interval of each posterior, none where nothing was judged at all."""
    low, high = credible_interval(alpha, beta, rows["n_abstained"].to_numpy())
    n_attempts, right = rows["n_attempts"].to_numpy(), rows["mean_reward"].fill_null(0.5).to_numpy()
    low, high = np.where((n_attempts > 0) & (right == 0), 0.0, low), np.where((n_attempts > 0) & (right == 1), 1.0, high)
    is_judged = n_attempts + rows["n_other"].to_numpy() > 0
    return np.where(is_judged, low, np.nan), np.where(is_judged, high, np.nan)


def _teaches(rows: pl.DataFrame, config: DifficultyConfig) -> NDArray[np.bool_]:
    """Return False where graded rewards hardly vary: their mean says nothing of what a trainer could learn from them."""
    flat = pl.col("is_graded") & (pl.col("std_reward") < config.min_reward_std)
    return rows.select(~flat.fill_null(value=False)).to_series().to_numpy()


def bands_of(rows: pl.DataFrame, measured: NDArray[np.bool_], config: DifficultyConfig) -> NDArray[np.str_]:
    """Return ``in_range`` where enough of the posterior lies inside the band, else the side on which more of it lies.

    Of a measured rate that equals an end of the band, half of the posterior lies on either side, however many the attempts: there the
    end decides, inclusive or exclusive, unless more than half is asked for.

    Parameters
    ----------
    rows
        ``alpha``, ``beta``, ``mean_reward``, ``std_reward`` and ``is_graded`` of each prompt.
    measured
        Which of them have enough attempts of their own.
    """
    band, rates = config.resolved_band, rows["mean_reward"].fill_null(np.nan).to_numpy()
    below, above = masses(rows["alpha"].to_numpy(), rows["beta"].to_numpy(), band, config.group_size)
    inside = 1.0 - below - above >= config.min_band_mass
    if config.min_band_mass <= EVEN:
        for end, is_included in ((band.low, band.includes_low), (band.high, band.includes_high)):
            inside = np.where(measured & (np.abs(rates - end) < SAME_RATE), is_included, inside)
    return np.where(inside & _teaches(rows, config), "in_range", np.where(below >= above, "too_hard", "too_easy"))
