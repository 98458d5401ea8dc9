"""Calls become the columns of INVOCATIONS, each column for some hundred calls at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
import polars as pl
import pyarrow as pa

from logmine.logs.chat import STOP_REASONS, Answer, Chat, split_reasoning
from logmine.logs.envelopes import Input, Output
from logmine.logs.families import hinted_families
from logmine.model_ids import base_model
from logmine.schemas import INVOCATIONS, KEY_VALUES, TIME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logmine.logs.envelopes import Envelope
    from logmine.logs.invocations import Call, Unusable

Columns = dict[str, "Sequence[Any]"]

_JSON: Final = frozenset(("messages", "tools", "completion_tool_calls"))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NO_ANSWER: Final = Answer()
_NO_INPUT: Final[Input[Any]] = Input()
_NO_OUTPUT: Final = Output()

_encode = msgspec.json.Encoder().encode


def frames_of(calls: Sequence[Call]) -> list[pl.DataFrame]:
    """Return calls as rows of :data:`logmine.schemas.INVOCATIONS`, in no order: a frame of those that were read, one of the others."""
    chats = [call for call in calls if isinstance(call.read, Chat)]
    others = [call for call in calls if not isinstance(call.read, Chat)]
    columns = [_of_envelopes(some) | read(some) for some, read in ((chats, _of_chats), (others, _of_unusable)) if some]
    return [pl.DataFrame([_series(key, dtype, part) for key, dtype in INVOCATIONS.items()]) for part in columns]


def _of_envelopes(calls: Sequence[Call]) -> Columns:
    """Return the columns that need no body, but the digest."""
    envelopes = [call.envelope for call in calls]
    return {
        "request_id": [envelope.request_id for envelope in envelopes],
        "object": [call.object for call in calls],
        "line": [call.line for call in calls],
        "invoked_at": [_time_us(envelope.timestamp) for envelope in envelopes],
        "account_id": [envelope.account_id for envelope in envelopes],
        "region": [envelope.region for envelope in envelopes],
        "operation": [envelope.operation for envelope in envelopes],
        "model_id": [envelope.model_id for envelope in envelopes],
        "base_model": [base_model(envelope.model_id) if envelope.model_id else None for envelope in envelopes],
        "identity": [envelope.identity.arn if envelope.identity else None for envelope in envelopes],
        "inference_region": [envelope.inference_region for envelope in envelopes],
        "metadata": [sorted(envelope.request_metadata.items()) if envelope.request_metadata else () for envelope in envelopes],
        "error_code": [envelope.error_code for envelope in envelopes],
        "body_digest": [call.digest for call in calls],
    }


@lru_cache(maxsize=1024)
def _time_us(stamp: str | float | None) -> int | None:
    """Return the microseconds since 1970 of a stamp: ISO 8601 in UTC or with an offset, or milliseconds."""
    try:
        if isinstance(stamp, int | float):
            at = _EPOCH + timedelta(milliseconds=stamp)
        elif stamp is None:
            return None
        else:
            at = datetime.fromisoformat(stamp)
        return ((at.replace(tzinfo=UTC) if at.tzinfo is None else at) - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return None


def _of_unusable(calls: Sequence[Call]) -> Columns:
    reads = [cast("Unusable", call.read) for call in calls]
    return {
        "unusable": [read.reason for read in reads],
        "unusable_detail": [read.detail for read in reads],
    }


def _of_chats(calls: Sequence[Call]) -> Columns:
    chats = [cast("Chat", call.read) for call in calls]
    envelopes = [call.envelope for call in calls]
    return (
        {
            "base_model": [_base_model(envelope.model_id, chat.model) for envelope, chat in zip(envelopes, chats, strict=True)],
            "shape": [chat.family.name for chat in chats],
            "hint_disagrees": [_disagrees(*pair) for pair in zip(envelopes, chats, strict=True)],
            "unusable_detail": [chat.detail for chat in chats],
        }
        | _of_requests(chats)
        | _of_answers(chats)
        | _tokens(envelopes, chats)
    )


@lru_cache(maxsize=4096)
def _base_model(model_id: str | None, model: str | None) -> str | None:
    """Return the base model that the envelope names, else the bodies' ``model``."""
    base = base_model(model_id) if model_id else None
    return base_model(model) if base is None and model else base


def _disagrees(envelope: Envelope[Any], chat: Chat) -> bool:
    hints = hinted_families(envelope.operation, envelope.model_id)
    return bool(hints) and chat.family.name not in hints


def _of_requests(chats: Sequence[Chat]) -> Columns:
    requests = [chat.request for chat in chats]
    return {
        "messages": [request.messages_json or _encode(request.messages) for request in requests],
        "tools": [_encode(request.tools) if request.tools else None for request in requests],
        "n_media": [request.n_media for request in requests],
        "temperature": [request.temperature for request in requests],
        "max_output_tokens": [request.max_output_tokens for request in requests],
    }


def _of_answers(chats: Sequence[Chat]) -> Columns:
    answers = [chat.answer or _NO_ANSWER for chat in chats]
    guarded = [chat.is_guarded or answer.stop == "guardrail_intervened" for chat, answer in zip(chats, answers, strict=True)]
    texts = [(None, None) if answer.text is None else split_reasoning(answer.text) for answer in answers]
    return {
        "completion": [text for text, _ in texts],
        "reasoning": [_reasoning(answer.reasoning, thoughts) for answer, (_, thoughts) in zip(answers, texts, strict=True)],
        "completion_tool_calls": [_encode(answer.tool_calls) if answer.tool_calls else None for answer in answers],
        "stop_reason": [STOP_REASONS.get(answer.stop.lower()) if answer.stop else None for answer in answers],
        "guardrail_intervened": guarded,
        "stream_incomplete": [  # a guardrail ends a stream its own way
            not answer.is_complete and not is_guarded for answer, is_guarded in zip(answers, guarded, strict=True)
        ],
        "latency_ms": [_first(answer.latency_ms, chat.metrics.invocation_latency) for chat, answer in zip(chats, answers, strict=True)],
    }


def _reasoning(told: str | None, thoughts: str | None) -> str | None:
    return f"{told}\n{thoughts}" if told and thoughts else told or thoughts or None


def _tokens(envelopes: Sequence[Envelope[Any]], chats: Sequence[Chat]) -> Columns:
    """Return the counts of tokens; that of the prompt holds the cached ones always.

    Anthropic, Nova and Converse count cached tokens apart
    (https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html); OpenAI's operations count them in.
    """
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
    return dict(zip(names, zip(*map(_tokens_of, envelopes, chats), strict=True), strict=True))


def _tokens_of(envelope: Envelope[Any], chat: Chat) -> tuple[int | None, ...]:
    given, made, metrics = envelope.input or _NO_INPUT, envelope.output or _NO_OUTPUT, chat.metrics
    usage = (chat.answer or _NO_ANSWER).usage
    prompt = _first(given.input_token_count, usage.input_tokens, metrics.input_token_count)
    cache_read = _first(given.cache_read_input_token_count, usage.cache_read_tokens)
    cache_write = _first(given.cache_write_input_token_count, usage.cache_write_tokens)
    if prompt is not None and not chat.family.counts_cached:
        prompt += (cache_read or 0) + (cache_write or 0)
    output = _first(made.output_token_count, usage.output_tokens, metrics.output_token_count)
    return prompt, output, cache_read, cache_write, usage.reasoning_tokens


def _first(*counts: int | None) -> int | None:
    for count in counts:
        if count is not None:
            return count
    return None


def _series(name: str, dtype: pl.DataType, columns: Columns) -> pl.Series:
    """Return a column; JSON and metadata go through Arrow, which takes them in one piece."""
    values = columns.get(name) or [None] * len(columns["line"])
    if name == "metadata":
        return pl.Series(name, _pairs(values), dtype=KEY_VALUES)
    if name in _JSON:
        return pl.Series(name, _texts(values))
    return pl.Series(name, values, dtype=pl.Int64).cast(dtype) if dtype == TIME else pl.Series(name, values, dtype=dtype)


def _texts(values: Iterable[bytes | None]) -> pa.Array:  # pyright: ignore[reportUnknownParameterType] - pyarrow has no types
    """Return texts that are known to be UTF-8, copied once."""
    is_there = pa.array([value is not None for value in values], pa.bool_())
    texts = [value or b"" for value in values]
    ends = pa.array(accumulate(map(len, texts), initial=0), pa.int64())
    return pa.LargeStringArray.from_buffers(len(texts), ends.buffers()[1], pa.py_buffer(b"".join(texts)), is_there.buffers()[1])


def _pairs(rows: Sequence[Sequence[tuple[str, str]]]) -> pa.Array:  # pyright: ignore[reportUnknownParameterType]
    pairs = [pair for row_pairs in rows for pair in row_pairs]
    keys, values = pa.array([key for key, _ in pairs], pa.string()), pa.array([value for _, value in pairs], pa.string())
    ends = pa.array(accumulate(map(len, rows), initial=0), pa.int32())
    return pa.ListArray.from_arrays(ends, pa.StructArray.from_arrays([keys, values], ["key", "value"]))
