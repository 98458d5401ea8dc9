"""Tables of the choice: decisions, the dataset, and what the prompts that were left out need."""

from __future__ import annotations

from typing import Final

import polars as pl

from logmine.schemas.types import TIME

DECISIONS_MADE: Final = (
    "selected",
    "no_user_turn",  # nothing that a user asked
    "has_media",  # an image, document, audio or video in the prompt
    "too_long",  # over max_prompt_tokens
    "not_requested",  # another task than those named with --task
    "task_dropped",  # its [[task]] block says drop
    "near_duplicate",  # kept_instead names the prompt kept in its place
    "semantic_duplicate",
    "no_grader",  # rated by the rewards that the user gave, and no grader to train with
    "not_checkable",  # no grader fits the task
    "judge",  # subjective: for RLAIF
    "answer_leaks",  # the prompt itself states its reference as the answer
    "weak_reference",  # texts that answer nothing satisfy it: it measures, and must not reward
    "reference_conflict",  # what says the answer says two things; see the column conflict of references
    "no_reference",  # checkable, but nothing to compare with
    "unknown_band",  # too few judged attempts
    "estimated_band",  # only other models' attempts: rollouts of the base model would settle it
    "too_hard",
    "too_easy",
    "doubtful_reference",  # in range by a reference on which attempts agree: sure enough to rate with, not to train with
    "multi_turn",  # in range, but the target takes single turns
    "not_kept",  # measured, but the expression given with --keep says no
    "over_budget",  # in range, but the stratum's share of the budget was full
)
"""What became of a prompt: ``selected``, or the first reason why not."""

#: The requests of each prompt under the prompt that it is one with. Key: ``prompt_id``, ``source_id``.
REQUESTS: Final = pl.Schema(
    {
        "prompt_id": pl.String,  # the identity
        "source_id": pl.String,  # the prompt itself
        "request_ids": pl.List(pl.String),
        "invoked_first": TIME,
        "invoked_last": TIME,
        "signs_against": pl.Int64,
        "signs_for": pl.Int64,
    }
)

#: The choice: decision, leakage group and side of the split. Key: ``prompt_id``.
CHOICES: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "task_id": pl.String,
        "decision": pl.String,
        "split": pl.String,
        "leakage_group": pl.String,
        "kept_instead": pl.String,
    }
)

#: The whole story of a prompt: an output. Key: ``prompt_id``.
DECISIONS: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "request_ids": pl.List(pl.String),
        "task_id": pl.String,
        "topic_id": pl.String,
        "grader": pl.String,
        "reference_answer": pl.String,
        "reference_origin": pl.String,
        "reference_confidence": pl.Float64,
        "n_attempts": pl.Int64,
        "n_correct": pl.Int64,
        "pass_rate": pl.Float64,
        "pass_rate_low": pl.Float64,
        "pass_rate_high": pl.Float64,
        "band": pl.String,
        "band_evidence": pl.String,
        "decision": pl.String,  # one of DECISIONS_MADE
        "split": pl.String,  # train, eval, null
        "leakage_group": pl.String,
        "kept_instead": pl.String,
        "language": pl.String,
        "invoked_first": TIME,
        "invoked_last": TIME,
        "mean_reward": pl.Float64,
        "std_reward": pl.Float64,
        "alpha": pl.Float64,  # Beta posterior of the pass rate
        "beta": pl.Float64,
        "useful_group": pl.Float64,  # chance that a group of group_size rollouts holds both outcomes
        "conflict": pl.String,  # of references: who disagrees
        "signs_against": pl.Int64,  # in conversations and ratings, of the whole row's requests; never a reference
        "signs_for": pl.Int64,
    }
)

#: What is written for the trainer. Key: ``prompt_id``.
DATASET: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "split": pl.String,
        "messages": pl.String,
        "tools": pl.String,
        "reference_answer": pl.String,
        "task_id": pl.String,
        "topic_id": pl.String,
        "pass_rate": pl.Float64,
        "band_evidence": pl.String,
        "language": pl.String,
    }
)

#: What is written for a judge: as DATASET, with the grader ``judge`` and its rubric in the reference answer. Key: ``prompt_id``.
JUDGED: Final = pl.Schema(DATASET)

#: Prompts that are not written yet, and what they lack. Key: ``need``, ``prompt_id``.
NEEDS: Final = pl.Schema(
    {
        "need": pl.String,  # rollouts, references, sft
        "prompt_id": pl.String,
        "messages": pl.String,
        "tools": pl.String,
        "grader": pl.String,
        "reference_answer": pl.String,
        "task_id": pl.String,
        "task_prompts": pl.Int64,  # prompts of the same task with the same need
        "prompt_tokens": pl.Int64,
        "temperature": pl.Float64,  # with which the application asks most often, null when it leaves it to the model
        "max_output_tokens": pl.Int64,
        "n_attempts": pl.Int64,  # own, judged; for references: usable, as none is judged
        "n_correct": pl.Int64,
        "n_other": pl.Int64,
        "n_other_correct": pl.Int64,
        "prior_alpha": pl.Float64,
        "prior_beta": pl.Float64,
        "alpha": pl.Float64,
        "beta": pl.Float64,
        "band_mass": pl.Float64,
        "signs_against": pl.Int64,  # as in DECISIONS
        "signs_for": pl.Int64,
        "value": pl.Float64,  # by which rows are ordered: expected prompts in range per call (rollouts), in the task (references)
        "completion": pl.String,  # sft: a right answer that the logs hold, null without
        "completion_tool_calls": pl.String,  # JSON
        "completion_model": pl.String,  # whose it is
        "wrong_answers": pl.String,  # sft: agree, scatter; null where it cannot be told
        "is_known_elsewhere": pl.Boolean,  # sft: whether another model answered right
        "failure": pl.String,  # sft: knowledge, reasoning; null where it cannot be told
    }
)
