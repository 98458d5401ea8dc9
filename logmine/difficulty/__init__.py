"""Baseline difficulty: verdicts on logged attempts, pass rates with intervals, bands.

Stages: :func:`judge_attempts` and :func:`rate_prompts` (reduce by prompt).
"""

from logmine.difficulty.rates import rate_prompts
from logmine.difficulty.verdicts import judge_attempts

__all__ = ["judge_attempts", "rate_prompts"]
