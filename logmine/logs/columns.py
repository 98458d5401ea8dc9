"""Calls become the columns of INVOCATIONS, each column for some hundred calls at once, as Arrow keeps and Parquet stores them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logmine.logs.chat import STOP_REASONS, split_reasoning
from logmine.logs.envelopes import Input, Output
from logmine.logs.families import hinted_families
from logmine.model_ids import base_model
from logmine.schemas import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logmine.logs.chat import Chat
    from logmine.logs.envelopes import Envelope
    from logmine.logs.invocations import Call

    Column = Any  # pyarrow.Array; pyarrow has no types
    Columns = dict[str, Column]

compute: Any = pc  # its functions are made when it is loaded
INVOCATIONS: Final = arrow_schema("invocations")
_TIME: Final = INVOCATIONS.field("invoked_at").type
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_1: Final = pa.scalar(datetime(1, 1, 1, tzinfo=UTC), _TIME)
_MICROSECOND: Final = timedelta(microseconds=1)
_MAX_SUMMAND: Final = 2**61  # three of these fit 64 bits
_NO_INPUT: Final[Input[Any]] = Input()
_NO_OUTPUT: Final = Output()


def table_of(calls: Sequence[Call]) -> pa.Table:  # pyright: ignore[reportUnknownParameterType]
    """Return calls as rows of INVOCATIONS, in their order."""
    envelopes = [call.envelope for call in calls]
    chats = [call.chat for call in calls]
    columns = (
        _of_envelopes(envelopes)
        | {
            "object": _texts([call.object for call in calls]),
            "line": _counts([call.line for call in calls]),
            "body_digest": _texts([call.digest for call in calls]),
            "unusable": _texts([call.unusable.reason if call.unusable else None for call in calls]),
            "unusable_detail": _texts([call.unusable.detail if call.unusable else call.chat.detail for call in calls]),
        }
        | _of_families(envelopes, chats)
        | _of_requests(chats)
        | _of_answers(chats)
        | _of_counts(envelopes, chats)
    )
    return pa.Table.from_arrays([columns[name] for name in INVOCATIONS.names], schema=INVOCATIONS)


def _texts(values: Sequence[str | None]) -> Column:
    return pa.array(values, pa.string())


def _counts(values: Sequence[int | None]) -> Column:
    return pa.array(values, pa.int64())


def _json(values: Sequence[bytes | None]) -> Column:
    """Return JSON texts, which are known to be UTF-8, copied once."""
    parts = [value or b"" for value in values]
    ends = np.zeros(len(parts) + 1, dtype=np.int32)
    np.cumsum(np.fromiter(map(len, parts), dtype=np.int32, count=len(parts)), out=ends[1:])
    is_there = pa.array([value is not None for value in values], pa.bool_()).buffers()[1] if None in values else None
    return pa.StringArray.from_buffers(len(parts), pa.py_buffer(ends), pa.py_buffer(b"".join(parts)), is_there)


def _of_envelopes(envelopes: Sequence[Envelope[Any]]) -> Columns:
    """Return the columns that need no body."""
    return {
        "request_id": _texts([envelope.request_id for envelope in envelopes]),
        "invoked_at": _times([envelope.timestamp for envelope in envelopes]),
        "account_id": _texts([envelope.account_id for envelope in envelopes]),
        "region": _texts([envelope.region for envelope in envelopes]),
        "operation": _texts([envelope.operation for envelope in envelopes]),
        "model_id": _texts([envelope.model_id for envelope in envelopes]),
        "identity": _texts([envelope.identity.arn if envelope.identity else None for envelope in envelopes]),
        "inference_region": _texts([envelope.inference_region for envelope in envelopes]),
        "metadata": _pairs([envelope.request_metadata for envelope in envelopes]),
        "error_code": _texts([envelope.error_code for envelope in envelopes]),
    }


def _times(stamps: Sequence[str | float | None]) -> Column:
    """Return times; Arrow reads the stamps that Bedrock writes, all at once, and takes no others."""
    try:
        times = pa.array(stamps, pa.string()).cast(_TIME)
        if not compute.any(compute.less(times, _YEAR_1)).as_py():
            return times
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        pass
    return pa.array([_time_us(stamp) for stamp in stamps], pa.int64()).cast(_TIME)


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


def _pairs(rows: Sequence[dict[str, str] | None]) -> Column:
    """Return requestMetadata, sorted by key."""
    keys: list[str] = []
    values: list[str] = []
    ends = [0]
    for row in rows:
        if row:
            row = row if _is_sorted(tuple(row)) else dict(sorted(row.items()))  # noqa: PLW2901 - the same row, in its order
            keys += row
            values += row.values()
        ends.append(len(keys))
    pairs = pa.StructArray.from_arrays([_texts(keys), _texts(values)], fields=list(INVOCATIONS.field("metadata").type.value_type))
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), pairs, type=INVOCATIONS.field("metadata").type)


@lru_cache(maxsize=1024)
def _is_sorted(keys: tuple[str, ...]) -> bool:
    return sorted(keys) == list(keys)


def _of_families(envelopes: Sequence[Envelope[Any]], chats: Sequence[Chat]) -> Columns:
    shapes = [chat.family.name if chat.family else None for chat in chats]
    known = [
        _known(envelope.operation, envelope.model_id, chat.model, shape)
        for envelope, chat, shape in zip(envelopes, chats, shapes, strict=True)
    ]
    return {
        "base_model": _texts([model for model, _ in known]),
        "hint_disagrees": pa.array([disagrees for _, disagrees in known], pa.bool_()),
        "shape": _texts(shapes),
    }


@lru_cache(maxsize=4096)
def _known(operation: str | None, model_id: str | None, model: str | None, shape: str | None) -> tuple[str | None, bool | None]:
    """Return the base model that the envelope names, else the bodies' ``model``, and whether the envelope leads to expect another shape."""
    base = base_model(model_id) if model_id else None
    hints = hinted_families(operation, model_id)
    disagrees = None if shape is None else bool(hints) and shape not in hints
    return base_model(model) if base is None and model else base, disagrees


def _of_requests(chats: Sequence[Chat]) -> Columns:
    return {
        "messages": _json([chat.messages for chat in chats]),
        "tools": _json([chat.tools for chat in chats]),
        "n_media": _counts([chat.n_media if chat.family else None for chat in chats]),
        "temperature": pa.array([chat.temperature for chat in chats], pa.float64()),
        "max_output_tokens": _counts([chat.max_output_tokens for chat in chats]),
    }


def _of_answers(chats: Sequence[Chat]) -> Columns:
    texts = [chat.text for chat in chats]
    thoughts = [chat.reasoning for chat in chats]
    for index, text in enumerate(texts):
        if text and (text[0] == "<" or text[0].isspace()):
            texts[index], thought = split_reasoning(text)
            thoughts[index] = _reasoning(thoughts[index], thought)
    guarded = [chat.is_guarded or chat.stop == "guardrail_intervened" if chat.family else None for chat in chats]
    return {
        "completion": _texts(texts),
        "reasoning": _texts([thought or None for thought in thoughts]),
        "completion_tool_calls": _json([chat.tool_calls for chat in chats]),
        "stop_reason": _texts([_stop_reason(chat.stop) for chat in chats]),
        "guardrail_intervened": pa.array(guarded, pa.bool_()),
        "stream_incomplete": pa.array(  # a guardrail ends a stream its own way
            [None if is_guarded is None else not (chat.is_complete or is_guarded) for chat, is_guarded in zip(chats, guarded, strict=True)],
            pa.bool_(),
        ),
        "latency_ms": _first([chat.latency_ms for chat in chats], [chat.metrics.invocation_latency for chat in chats]),
    }


def _reasoning(told: str | None, thoughts: str | None) -> str | None:
    return f"{told}\n{thoughts}" if told and thoughts else told or thoughts


@lru_cache(maxsize=1024)
def _stop_reason(stop: str | None) -> str | None:
    return STOP_REASONS.get(stop.lower()) if stop else None


def _of_counts(envelopes: Sequence[Envelope[Any]], chats: Sequence[Chat]) -> Columns:
    """Return the counts of tokens; that of the prompt holds the cached ones always.

    Anthropic, Nova and Converse count cached tokens apart
    (https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html); OpenAI's operations count them in.
    """
    given: list[Input[Any]] = [
        envelope.input or _NO_INPUT if chat.family else _NO_INPUT for envelope, chat in zip(envelopes, chats, strict=True)
    ]
    made = [envelope.output or _NO_OUTPUT if chat.family else _NO_OUTPUT for envelope, chat in zip(envelopes, chats, strict=True)]
    metrics = [chat.metrics for chat in chats]
    prompt = _first(
        [part.input_token_count for part in given], [chat.input_tokens for chat in chats], [one.input_token_count for one in metrics]
    )
    read = _first([part.cache_read_input_token_count for part in given], [chat.cache_read_tokens for chat in chats])
    written = _first([part.cache_write_input_token_count for part in given], [chat.cache_write_tokens for chat in chats])
    is_whole = pa.array([chat.family is None or chat.family.counts_cached for chat in chats], pa.bool_())
    output = _first(
        [part.output_token_count for part in made], [chat.output_tokens for chat in chats], [one.output_token_count for one in metrics]
    )
    return {
        "input_tokens": compute.if_else(is_whole, prompt, _sum(prompt, compute.fill_null(read, 0), compute.fill_null(written, 0))),
        "output_tokens": output,
        "cache_read_tokens": read,
        "cache_write_tokens": written,
        "reasoning_tokens": _counts([chat.reasoning_tokens for chat in chats]),
    }


def _first(*columns: Sequence[int | None]) -> Column:
    """Return the first count of each row that is there; later columns are looked at only where one is missing."""
    found = _counts(columns[0])
    for column in columns[1:]:
        if not found.null_count:
            break
        found = compute.coalesce(found, _counts(column))
    return found


def _sum(*columns: Column) -> Column:
    total, *others = (compute.if_else(compute.greater(column, _MAX_SUMMAND), _MAX_SUMMAND, column) for column in columns)
    for column in others:
        total = compute.add(total, column)
    return total
