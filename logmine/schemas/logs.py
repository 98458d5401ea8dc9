"""Tables of the log: its objects, its records, and what became of those that are no part of a prompt."""

from __future__ import annotations

from typing import Final

import polars as pl

from logmine.schemas.types import KEY_VALUES, TIME

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
        "body_digest": pl.String,  # xxh3-128 of the response body as logged and the request's settings: tells calls of one prompt apart
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
