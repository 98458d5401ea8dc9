"""How many prompts each band would keep, from what an earlier build measured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from logmine.bands import PRESETS
from logmine.difficulty.rates import bands_of

if TYPE_CHECKING:
    from logmine.bands import Band
    from logmine.config import DifficultyConfig

JUDGED_BY_BAND = ("selected", "too_hard", "too_easy", "not_kept", "over_budget")
"""Decisions that only the band, the filter or the budget made."""


def count_survivors(decisions: pl.DataFrame, config: DifficultyConfig) -> list[tuple[Band, int]]:
    """Return each preset, and the band that is set where it is none of them, with the prompts that lie in it.

    Parameters
    ----------
    decisions
        The whole table of a build; prompts that are left out for another reason than their difficulty do not count.
    """
    rows = decisions.filter(
        pl.col("decision").is_in(JUDGED_BY_BAND) & (pl.col("band_evidence") != "estimated") & (pl.col("n_attempts") >= config.min_attempts)
    )
    rows = rows.with_columns(is_graded=(pl.col("mean_reward") - pl.col("pass_rate")).abs() > 0)
    measured = np.ones(rows.height, dtype=bool)
    settings = [replace(config, band=name, min_pass_rate=None, max_pass_rate=None, band_ends=None) for name in PRESETS]
    if config.resolved_band not in PRESETS.values():
        settings.append(config)
    return [(own.resolved_band, int((bands_of(rows, measured, own) == "in_range").sum())) for own in settings]
