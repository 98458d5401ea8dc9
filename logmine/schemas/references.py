"""Tables of evidence: attempts pooled by prompt, the grader of each task, what the user knows, and the references."""

from __future__ import annotations

from typing import Final

import polars as pl

from logmine.schemas.types import KEY_VALUES, TIME

#: Answers, with the prompt under which they are pooled. Key: ``prompt_id``, ``request_id``, ``body_digest``.
ATTEMPTS: Final = pl.Schema(
    {
        "prompt_id": pl.String,  # the kept one of its duplicates
        "task_id": pl.String,
        "request_id": pl.String,
        "base_model": pl.String,
        "completion": pl.String,
        "tool_calls": pl.String,
        "temperature": pl.Float64,
        "max_output_tokens": pl.Int64,
        "invoked_at": TIME,
        "metadata": KEY_VALUES,
        "body_digest": pl.String,
        "unusable": pl.String,  # as in COMPLETIONS
    }
)

#: What a prompt itself says of its answer. Key: ``prompt_id``, ``source_id``.
CANDIDATES: Final = pl.Schema(
    {
        "prompt_id": pl.String,  # the kept one of its duplicates
        "source_id": pl.String,  # the prompt itself
        "task_id": pl.String,
        "options": pl.String,  # JSON: text by option mark, null without options
        "tools": pl.String,  # JSON: parameters by tool name, null without tools
        "user_text": pl.String,  # of the prompt itself, in which it may state constraints
        "metadata": KEY_VALUES,
        "request_ids": pl.List(pl.String),
    }
)

#: What the user knows: reference answers and rewards. Key: ``row``.
OUTCOMES: Final = pl.Schema(
    {
        "row": pl.Int64,  # of the file
        "prompt_id": pl.String,  # null where something else names the prompt
        "request_id": pl.String,
        "metadata_key": pl.String,  # of requestMetadata
        "metadata_value": pl.String,
        "grader": pl.String,  # null: as inferred for the task
        "answer": pl.String,  # null where only a reward is given
        "spec": pl.String,
        "reward": pl.Float64,  # in [0, 1]; null where only an answer is given
    }
)

#: What each row of the user may mean. Key: ``row``, ``prompt_id``, ``request_id``, ``body_digest``.
MATCHES: Final = pl.Schema(
    {
        "row": pl.Int64,
        "prompt_id": pl.String,  # the kept one of its duplicates
        "request_id": pl.String,  # null where the prompt has no answer
        "body_digest": pl.String,
        "unusable": pl.String,  # as in COMPLETIONS; another_turn: the request is an earlier turn of the prompt
    }
)

#: What the user says of a kept prompt, or of one attempt at it. Key: ``row``, ``prompt_id``.
GIVEN: Final = pl.Schema(
    {
        "row": pl.Int64,
        "prompt_id": pl.String,
        "request_id": pl.String,  # of the attempt that has the reward
        "body_digest": pl.String,
        "grader": pl.String,
        "answer": pl.String,
        "spec": pl.String,
        "reward": pl.Float64,
    }
)

#: Rows of the user that came to nothing. Key: ``row``.
UNUSED: Final = pl.Schema({"row": pl.Int64, "reason": pl.String})  # no_such_prompt, another_turn, ambiguous, no_attempt, contradictory

#: What a person said of answers on which attempts agree. Key: ``prompt_id``.
CONFIRMED: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "proposed": pl.String,  # the answer that was shown
        "answer": pl.String,  # the right one; null where the person only knows that the one shown is wrong
    }
)

#: Which check a task calls for, and the evidence. Key: ``task_id``.
GRADERS: Final = pl.Schema(
    {
        "task_id": pl.String,
        "grader": pl.String,  # null: not checkable; judge: subjective
        "spec": pl.String,  # JSON: options, schema; shared by the task's prompts
        "n_completions": pl.Int64,
        "coverage": pl.Float64,  # share of completions that the extractor reads
        "agreement_within": pl.Float64,  # chance that two answers to one prompt agree, null without repeats
        "agreement_between": pl.Float64,  # chance that answers to two prompts agree
        "evidence": pl.String,  # JSON: the same figures for every extractor that was tried
        "stability": pl.Float64,  # share of halves of its prompts that alone give the same grader, null with few prompts
    }
)

#: What to compare with. Key: ``prompt_id`` (after pooling).
REFERENCES: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "grader": pl.String,
        "reference_answer": pl.String,  # JSON {"grader", "answer", "spec"}: three strings; null without
        "origin": pl.String,  # metadata, outcomes, spec, consensus, rollouts
        "confidence": pl.Float64,  # in [0, 1]
        # who disagrees, such as "outcomes" or "metadata, outcomes"; "prompt": it states the answer; "anything": any text earns it; else null
        "conflict": pl.String,
        "models": pl.List(pl.String),  # whose answers agree with a reference by consensus; null otherwise
    }
)

#: The answer on which the attempts of a prompt agree most, of prompts whose answer nobody told. Key: ``prompt_id``.
OPINIONS: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "task_id": pl.String,
        "grader": pl.String,
        "spec": pl.String,
        "proposed": pl.String,
        "confidence": pl.Float64,  # in [0, 1], also below what a reference needs
        "n_answers": pl.Int64,  # attempts that could be read
        "n_agreeing": pl.Int64,
        "models": pl.List(pl.String),  # whose attempts agree
    }
)
