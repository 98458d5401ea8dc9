"""Baseline difficulty: verdicts on logged attempts, pass rates with intervals, bands.

Stages: :func:`judge_attempts` and :func:`count_verdicts` (reduce by prompt), :func:`fit_priors` (gather of counts),
:func:`rate_prompts` (reduce by prompt). :func:`count_survivors` counts what each band would keep.
"""

from logmine.difficulty.priors import fit_priors
from logmine.difficulty.rates import rate_prompts
from logmine.difficulty.survivors import count_survivors
from logmine.difficulty.tallies import count_verdicts
from logmine.difficulty.verdicts import judge_attempts

__all__ = ["count_survivors", "count_verdicts", "fit_priors", "judge_attempts", "rate_prompts"]
