"""Tables of verdicts and pass rates."""

from __future__ import annotations

from typing import Final

import polars as pl

#: One row a judged attempt. Key: ``prompt_id``, ``request_id``, ``body_digest``.
VERDICTS: Final = pl.Schema(
    {
        "prompt_id": pl.String,  # of the kept prompt
        "request_id": pl.String,
        "base_model": pl.String,
        "body_digest": pl.String,
        "verdict": pl.String,  # correct, incorrect, abstain
        "reward": pl.Float64,  # in [0, 1], as the reward function or the user gives it; null on abstain
        "answer": pl.String,  # as extracted, null where the user gave the reward
        "origin": pl.String,  # grader, outcomes
    }
)

#: Counts of verdicts. Key: ``prompt_id``. *Own* attempts are those of the base model, all of them where none is named.
TALLIES: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "task_id": pl.String,
        "n_attempts": pl.Int64,  # own, judged correct or incorrect
        "n_correct": pl.Int64,
        "n_abstained": pl.Int64,
        "mean_reward": pl.Float64,  # of own attempts, in [0, 1]
        "std_reward": pl.Float64,  # of the sample, null under two attempts
        "is_graded": pl.Boolean,  # whether a reward lies between 0 and 1
        "n_other": pl.Int64,  # attempts of other models
        "n_other_correct": pl.Int64,
        "other_reward": pl.Float64,  # sum of their rewards
    }
)

#: Beta distributions of the pass rates of a task's prompts, before any attempt. Key: ``task_id``.
PRIORS: Final = pl.Schema(
    {
        "task_id": pl.String,
        "alpha": pl.Float64,
        "beta": pl.Float64,
        "other_weight": pl.Float64,  # of another model's attempt, as a part of an own one
        "n_prompts": pl.Int64,  # to which it was fitted
    }
)

#: Baseline difficulty: one row a prompt that a grader could check or that was judged. Key: ``prompt_id``.
DIFFICULTY: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "n_attempts": pl.Int64,
        "n_correct": pl.Int64,
        "n_abstained": pl.Int64,
        "pass_rate": pl.Float64,
        "pass_rate_low": pl.Float64,
        "pass_rate_high": pl.Float64,
        "band": pl.String,  # too_hard, in_range, too_easy, unknown
        "band_evidence": pl.String,  # measured, estimated, pooled; null when unknown for want of attempts
        "mean_reward": pl.Float64,
        "std_reward": pl.Float64,
        "n_other": pl.Int64,  # attempts of other models than the base model
        "n_other_correct": pl.Int64,
        "prior_alpha": pl.Float64,  # of the task, before any attempt
        "prior_beta": pl.Float64,
        "alpha": pl.Float64,  # Beta posterior of the pass rate, other models' attempts included where there are too few own ones
        "beta": pl.Float64,
        "band_mass": pl.Float64,  # share of the posterior inside the band
        "useful_group": pl.Float64,  # chance that a group of rollouts holds both outcomes
    }
)
