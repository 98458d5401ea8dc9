"""Tables of calls in canonical form, the distinct prompts and their answers."""

from __future__ import annotations

from typing import Final

import polars as pl

from logmine.schemas.types import KEY_VALUES, TIME

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
