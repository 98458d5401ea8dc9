"""Every table that crosses the border of a room, declared once. Read this file first.

Upper-case names are :class:`polars.Schema` constants, one a table; :data:`TABLES` finds them by the name under which
the pipeline keeps them. Allowed types at a border are the plain ones that every engine takes: String,
Int64, Float64, Boolean, Datetime[us, UTC], List, Struct. Lengths are in characters, times are UTC, ids are
lower-case hex of BLAKE2b.

Chat messages and tools are JSON text in OpenAI's form, not nested columns: a tool call's arguments, a schema's key
order or ``1.0`` must come out as they went in, and an Arrow struct cannot promise that.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from logmine.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from polars.datatypes import DataTypeClass

TIME: Final = pl.Datetime("us", "UTC")
KEY_VALUES: Final = pl.List(pl.Struct({"key": pl.String, "value": pl.String}))

RUN_KEY: Final = "logmine_run"
"""requestMetadata key of attempts that ``logmine rollout`` asked for."""

DROP_REASONS: Final = (
    "object_vanished",  # an object that was listed, and gone when it was read
    "unreadable_object",  # an object that cannot be decompressed
    "unreadable",  # a line that is not JSON
    "too_large",  # an object, record or nesting beyond the limits
    "not_a_record",  # JSON, but no invocation log record
    "unread_shape",  # a chat body of a shape that logmine does not read yet; detail names it
    "failed_call",  # the call failed; detail holds errorCode
    "body_not_delivered",  # neither body nor path: delivery of text was off, or no bucket for large data
    "body_unresolved",  # the body was moved to data/ and is not there, or lies outside the source
    "not_chat",  # embedding, rerank, image, video, token counting; detail names which
    "not_selected",  # outside what was asked for: since, until, model, operation, identity, where
    "redelivered",  # the same record once more; kept_instead names the first
)
"""Why a record did not become part of a prompt."""

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
    "multi_turn",  # in range, but the target takes single turns
    "not_kept",  # measured, but the expression given with --keep says no
    "over_budget",  # in range, but the stratum's share of the budget was full
)
"""What became of a prompt: ``selected``, or the first reason why not."""

#: One row an object of the source. Key: ``object``.
OBJECTS: Final = pl.Schema(
    {
        "object": pl.String,  # key from AWSLogs/ on, else relative to the source
        "address": pl.String,  # absolute path or s3://bucket/key
        "endpoint_url": pl.String,  # of the S3 server, null for AWS or files
        "size_bytes": pl.Int64,
        "etag": pl.String,
    }
)

#: What reading an object gave. Key: ``object``.
OBJECTS_READ: Final = pl.Schema(
    {
        "object": pl.String,
        "n_records": pl.Int64,  # = its rows in invocations + its rows in dropped
        "json_bytes": pl.Int64,  # after decompression
    }
)

#: One row a log record of any kind. Key: ``object``, ``line``.
INVOCATIONS: Final = pl.Schema(
    {
        "request_id": pl.String,
        "object": pl.String,
        "line": pl.Int64,  # from 1, of the object
        "invoked_at": TIME,  # null when the record carries no readable time
        "account_id": pl.String,
        "region": pl.String,
        "operation": pl.String,
        "model_id": pl.String,  # as logged
        "base_model": pl.String,  # without region prefix, profile or ARN; the body's model where the id names none
        "identity": pl.String,  # ARN of the caller
        "inference_region": pl.String,
        "metadata": KEY_VALUES,  # requestMetadata, sorted by key
        "error_code": pl.String,
        "shape": pl.String,  # family of the body: converse, anthropic_messages, nova, openai_chat, …
        "hint_disagrees": pl.Boolean,  # operation or modelId name another family than the shape
        "unusable": pl.String,  # a drop reason, null for a readable chat invocation
        "unusable_detail": pl.String,
        "messages": pl.String,  # JSON: OpenAI chat messages, system first
        "tools": pl.String,  # JSON: OpenAI tools, null without
        "n_media": pl.Int64,  # images, documents, audio, video in the messages
        "completion": pl.String,  # text of the answer without reasoning, null when none was delivered
        "reasoning": pl.String,
        "completion_tool_calls": pl.String,  # JSON: OpenAI tool_calls, null without
        "stop_reason": pl.String,  # stop, length, tool_calls, content_filter, null when unknown
        "guardrail_intervened": pl.Boolean,
        "stream_incomplete": pl.Boolean,  # the stream lacks its final event
        "temperature": pl.Float64,
        "max_output_tokens": pl.Int64,
        "input_tokens": pl.Int64,  # the whole prompt, cached tokens included
        "output_tokens": pl.Int64,
        "cache_read_tokens": pl.Int64,
        "cache_write_tokens": pl.Int64,
        "reasoning_tokens": pl.Int64,
        "latency_ms": pl.Int64,
        "body_digest": pl.String,  # BLAKE2b-128 of the response body as logged and the request's settings: tells calls of one prompt apart
    }
)

#: One row a record that did not become part of a prompt. Key: ``object``, ``line``.
DROPPED: Final = pl.Schema(
    {
        "request_id": pl.String,  # null when unreadable
        "stage": pl.String,
        "reason": pl.String,  # one of DROP_REASONS
        "detail": pl.String,
        "kept_instead": pl.String,  # request_id
        "object": pl.String,
        "line": pl.Int64,  # 0: the object as a whole
    }
)

#: One row a readable chat invocation, canonical. Key: ``object``, ``line``.
CALLS: Final = pl.Schema(
    {
        "request_id": pl.String,
        "object": pl.String,
        "line": pl.Int64,
        "invoked_at": TIME,
        "prompt_id": pl.String,
        "thread_key": pl.String,  # system and opening turn: all calls of a conversation share it
        "prefix_ids": pl.List(pl.String),  # id of the prompt cut after each message, the whole last
        "messages": pl.String,  # JSON, canonical text
        "tools": pl.String,  # JSON, canonical
        "n_media": pl.Int64,
        "base_model": pl.String,
        "role": pl.String,  # of the caller, without session name
        "metadata": KEY_VALUES,
        "completion": pl.String,
        "tool_calls": pl.String,  # JSON
        "stop_reason": pl.String,
        "guardrail_intervened": pl.Boolean,
        "stream_incomplete": pl.Boolean,
        "temperature": pl.Float64,
        "max_output_tokens": pl.Int64,
        "input_tokens": pl.Int64,
        "output_tokens": pl.Int64,
        "body_digest": pl.String,
    }
)

#: One row a distinct canonical prompt. Key: ``prompt_id``.
PROMPTS: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "thread_key": pl.String,
        "request_ids": pl.List(pl.String),  # of this prompt and of the turns that it stands for
        "messages": pl.String,
        "tools": pl.String,
        "system": pl.String,  # text of the system messages, null without
        "system_id": pl.String,  # of its text, numbers aside
        "user_text": pl.String,  # text of the last user turn, null without
        "role": pl.String,  # most frequent caller
        "n_user_turns": pl.Int64,
        "has_history": pl.Boolean,  # an assistant or tool turn stands before the end
        "n_media": pl.Int64,
        "prompt_tokens": pl.Int64,  # as logged, else estimated
        "is_too_long": pl.Boolean,  # over max_prompt_tokens
        "language": pl.String,  # ISO 639-1, null when unsure
        "metadata": KEY_VALUES,  # keys that every call of the prompt carries with one value
        "invoked_first": TIME,
        "invoked_last": TIME,
        "signs_against": pl.Int64,  # failed tools, corrections and questions once more right after its answers, ratings down
        "signs_for": pl.Int64,  # ratings up
    }
)

#: One row an answer. Key: ``prompt_id``, ``request_id``, ``body_digest``: two records may share a request id.
COMPLETIONS: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "request_id": pl.String,
        "base_model": pl.String,
        "completion": pl.String,
        "tool_calls": pl.String,
        "temperature": pl.Float64,
        "max_output_tokens": pl.Int64,
        "output_tokens": pl.Int64,
        "invoked_at": TIME,
        "metadata": KEY_VALUES,  # of this call
        "body_digest": pl.String,
        "unusable": pl.String,  # truncated, blocked, no_answer, redelivered, repeated; null for an attempt
    }
)

#: Texts of system prompts with their counts. Key: ``system_id``.
SYSTEMS: Final = pl.Schema({"system_id": pl.String, "system": pl.String, "n_prompts": pl.Int64})

#: Prompts placed in a scope: what is surely shared by an application. Key: ``prompt_id``.
SCOPED: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "scope_id": pl.String,  # of caller role, system prompt and tool set
        "role": pl.String,
        "system_id": pl.String,  # null without
        "tool_names": pl.String,  # sorted, joined with a comma
        "body": pl.String,  # what follows the system prompt: the text in which skeletons are looked for
        "history_id": pl.String,  # of what else the model saw: earlier turns, tool parameters, numbers of the system prompt; null for none
        "metadata": KEY_VALUES,
        "invoked_first": TIME,
        "n_requests": pl.Int64,
    }
)

#: Each prompt's task as found, slots and identity. Key: ``prompt_id``.
PLACED: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "task_id": pl.String,  # of FOUND_TASKS
        "slot_text": pl.String,  # the text without the skeleton of its task
        "match_text": pl.String,  # the text as compared: case, white space, volatile parts and frames aside
        "guard": pl.String,  # signature of the answer-bearing parts
        "identity_id": pl.String,  # prompt_id of the earliest prompt that it is one with
        "leakage_keys": pl.List(pl.String),  # prompts that share one must not be parted by the split
        "question_id": pl.String,  # of what is asked about long shared passages, null for a prompt without
        "invoked_first": TIME,
        "n_requests": pl.Int64,
    }
)

#: One row a task as found: an application or one of its templates. Key: ``task_id``.
FOUND_TASKS: Final = pl.Schema(
    {
        "task_id": pl.String,
        "name": pl.String,  # not yet unique
        "role": pl.String,
        "system_id": pl.String,  # null where prompts share none
        "skeleton": pl.String,  # shared lines, slots as …
        "tool_names": pl.String,
        "metadata": KEY_VALUES,  # what at least half of its prompts carry
        "n_prompts": pl.Int64,
        "n_requests": pl.Int64,
        "invoked_first": TIME,
    }
)

#: What the user's ``[[task]]`` blocks say of each task as found. Key: ``found_id``.
RULINGS: Final = pl.Schema(
    {
        "found_id": pl.String,
        "task_id": pl.String,  # of TASKS: several found ones that a block names are one
        "block": pl.Int64,  # number of the block from 1, null without; so are the others
        "grader": pl.String,
        "spec": pl.String,  # JSON
    }
)

#: Each prompt's task, settled. Key: ``prompt_id``.
MEMBERS: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "task_id": pl.String,  # of TASKS
        "identity_id": pl.String,
        "leakage_keys": pl.List(pl.String),
    }
)

#: One row a task, the user's word included. Key: ``task_id``.
TASKS: Final = pl.Schema(
    {
        "task_id": pl.String,
        "name": pl.String,  # unique
        "role": pl.String,
        "system_id": pl.String,  # null where prompts share none
        "skeleton": pl.String,  # shared lines, slots as …
        "tool_names": pl.String,
        "n_prompts": pl.Int64,
        "n_requests": pl.Int64,
        "block": pl.Int64,  # number of the [[task]] block that names it, from 1; null without
        "decision": pl.String,  # keep, drop, judge: the user's; null without
        "rubric": pl.String,  # by which a judge scores; null without
    }
)

#: Prompts that are not kept for themselves. Key: ``prompt_id``.
DUPLICATES: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "kept_instead": pl.String,  # prompt_id, itself never a duplicate
        "kind": pl.String,  # exact, near, semantic
        "score": pl.Float64,  # Jaccard or cosine similarity with what was kept instead when it was found, in [0, 1]
    }
)

#: The same before meanings are compared: exact and near. Key: ``prompt_id``.
NEAR_DUPLICATES: Final = pl.Schema(dict(DUPLICATES))

#: What semantic duplicates share beside a vector. Key: ``prompt_id``.
MEANINGS: Final = pl.Schema(
    {
        "prompt_id": pl.String,  # not a near duplicate
        "match_key": pl.String,  # of task, guard, names, words with an opposite; null for a text that a vector does not show whole
        "numbers_key": pl.String,  # of the digits, empty for none
        "invoked_first": TIME,
        "n_requests": pl.Int64,  # of its duplicates so far too
    }
)

#: Prompts of any task that ask nearly the same, or the same in another language: leakage keys. Key: ``prompt_id``, ``key``.
KIN: Final = pl.Schema({"prompt_id": pl.String, "key": pl.String})

#: Texts to encode, each once. Key: ``text_id``.
TEXTS: Final = pl.Schema({"text_id": pl.String, "text": pl.String, "prompt_id": pl.String})

#: Unit vectors. Key: ``text_id``.
VECTORS: Final = pl.Schema({"text_id": pl.String, "vector": pl.List(pl.Float64)})

#: One row a topic. Key: ``topic_id``.
TOPICS: Final = pl.Schema(
    {
        "topic_id": pl.String,
        "name": pl.String,
        "theme": pl.String,  # name of the group of topics that it belongs to, null where topics are few
        "n_prompts": pl.Int64,
        "n_callers": pl.Int64,  # distinct roles or users among its prompts and their duplicates
    }
)

#: Each kept prompt's topic. Key: ``prompt_id``.
TOPIC_OF: Final = pl.Schema({"prompt_id": pl.String, "topic_id": pl.String})

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
        "unusable": pl.String,  # as in COMPLETIONS
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
UNUSED: Final = pl.Schema({"row": pl.Int64, "reason": pl.String})  # no_such_prompt, ambiguous, no_attempt, contradictory

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

TABLES: Final[dict[str, pl.Schema]] = {name.lower(): value for name, value in globals().items() if isinstance(value, pl.Schema)}

KEYS: Final[dict[str, tuple[str, ...]]] = {
    "objects": ("object", "address"),
    "objects_read": ("object",),
    "invocations": ("object", "line"),
    "dropped": ("object", "line", "stage"),
    "calls": ("object", "line"),
    "completions": ("prompt_id", "invoked_at", "request_id", "body_digest"),
    "systems": ("system_id",),
    "found_tasks": ("task_id",),
    "rulings": ("found_id",),
    "tasks": ("task_id",),
    "texts": ("text_id", "prompt_id"),
    "vectors": ("text_id",),
    "topics": ("topic_id",),
    "graders": ("task_id",),
    "attempts": ("prompt_id", "request_id", "body_digest"),
    "priors": ("task_id",),
    "candidates": ("prompt_id", "source_id"),
    "requests": ("prompt_id", "source_id"),
    "needs": ("need", "prompt_id"),
    "outcomes": ("row",),
    "matches": ("row", "prompt_id", "request_id", "body_digest"),
    "given": ("row", "prompt_id"),
    "unused": ("row", "reason"),
    "verdicts": ("prompt_id", "request_id", "body_digest"),
    "kin": ("prompt_id", "key"),
}
"""Columns that order a table's rows; ``prompt_id`` where a table is not named here."""


def sort_key(table: str) -> tuple[str, ...]:
    """Return the columns by which the rows of ``table`` are ordered."""
    return KEYS.get(table, ("prompt_id",))


def require(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return ``frame`` with exactly the declared columns of ``table``, in their order.

    A column without any value may come with the type Null; it takes the declared type.

    Raises
    ------
    SchemaError
        If a column is missing or has another type.
    """
    schema = TABLES[table]
    found = frame.schema
    wrong = {
        name: found.get(name)
        for name, dtype in schema.items()
        if found.get(name) != dtype and not (name in found and found[name] == pl.Null)
    }
    if wrong:
        listed = "\n".join(f"  {name}: expected {schema[name]}, found {dtype or 'no such column'}" for name, dtype in wrong.items())
        raise SchemaError(f"the table {table} does not have its declared columns:\n{listed}\nThis is a bug in logmine; please report it.")
    return frame.select(pl.col(name).cast(dtype) if found[name] == pl.Null else pl.col(name) for name, dtype in schema.items())


def empty(table: str) -> pl.DataFrame:
    """Return ``table`` without rows."""
    return pl.DataFrame(schema=TABLES[table])


def arrow_schema(table: str) -> pa.Schema:  # pyright: ignore[reportUnknownParameterType] - pyarrow has no types
    """Return the Arrow schema in which ``table`` is stored: utf8 rather than large or view strings."""
    return pa.schema([pa.field(name, _arrow_type(dtype)) for name, dtype in TABLES[table].items()])


def _arrow_type(dtype: pl.DataType | DataTypeClass) -> pa.DataType:  # pyright: ignore[reportUnknownParameterType]
    if isinstance(dtype, pl.List):
        return pa.list_(_arrow_type(dtype.inner))
    if isinstance(dtype, pl.Struct):
        return pa.struct([pa.field(field.name, _arrow_type(field.dtype)) for field in dtype.fields])
    if isinstance(dtype, pl.Datetime):
        return pa.timestamp("us", "UTC")
    plain = {pl.String: pa.string(), pl.Int64: pa.int64(), pl.Float64: pa.float64(), pl.Boolean: pa.bool_()}
    for candidate, arrow in plain.items():
        if dtype == candidate:
            return arrow
    raise SchemaError(f"the type {dtype} is not allowed at the border of a room")


def digest(parts: Iterable[str]) -> str:
    """Return the BLAKE2b-128 hex digest of ``parts``, told apart by their lengths.

    Examples
    --------
    >>> digest(["ab", "c"]) == digest(["a", "bc"])
    False
    """
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return state.hexdigest()
