"""Calls become the columns of INVOCATIONS, each column for some hundred calls at once, as Arrow keeps and Parquet stores them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
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
_MAX_SUMMAND: Final = pa.scalar(2**61)  # three of these fit 64 bits
_NO_INPUT: Final = Input()
_NO_OUTPUT: Final = Output()
_NO_COUNT: Final = pa.scalar(None, pa.int64())
_ZERO: Final = pa.scalar(0)
_NO_PAIRS: Final[dict[str, str]] = {}


def table_of(calls: Sequence[Call]) -> pa.Table:  # pyright: ignore[reportUnknownParameterType]
    """Return calls as rows of INVOCATIONS, in their order."""
    envelopes = [call.envelope for call in calls]
    chats = [call.chat for call in calls]
    kinds = kinds_of(calls)
    columns = (
        kinds
        | _of_envelopes(envelopes)
        | {
            "line": _counts([call.line for call in calls]),
            "body_digest": _texts([call.digest for call in calls]),
        }
        | _of_requests(chats, kinds["is_chat"])
        | _of_answers(chats)
        | counts_of(*_counted(envelopes, chats), kinds=kinds)
    )
    return pa.Table.from_arrays([columns[name] for name in INVOCATIONS.names], schema=INVOCATIONS)


def kinds_of(calls: Sequence[Call]) -> Columns:
    """Return the columns that few things decide, the same in many calls: object and envelope, family, model, stop reason."""
    envelopes = [call.envelope for call in calls]
    chats = [call.chat for call in calls]
    return {
        "object": _texts([call.object for call in calls]),
        "account_id": _texts([envelope.account_id for envelope in envelopes]),
        "region": _texts([envelope.region for envelope in envelopes]),
        "operation": _texts([envelope.operation for envelope in envelopes]),
        "model_id": _texts([envelope.model_id for envelope in envelopes]),
        "inference_region": _texts([envelope.inference_region for envelope in envelopes]),
        "error_code": _texts([envelope.error_code for envelope in envelopes]),
        "unusable": _texts([call.unusable.reason if call.unusable else None for call in calls]),
        "unusable_detail": _texts([call.unusable.detail if call.unusable else call.chat.detail for call in calls]),
        "is_chat": _flags([chat.family is not None for chat in chats]),
        "counts_cached": _flags([chat.family is None or chat.family.counts_cached for chat in chats]),
        **_of_families(envelopes, chats),
        **_of_ends(chats),
    }


def _texts(values: Sequence[str | bytes | None]) -> Column:
    return pa.array(values, pa.string())


def _counts(values: Sequence[int | None]) -> Column:
    return pa.array(values, pa.int64())


def _flags(values: Sequence[bool | None]) -> Column:
    return pa.array(values, pa.bool_())


def _of_envelopes(envelopes: Sequence[Envelope]) -> Columns:
    """Return the columns that need no body and differ from call to call."""
    return {
        "request_id": _texts([envelope.request_id for envelope in envelopes]),
        "invoked_at": _times([envelope.timestamp for envelope in envelopes]),
        "identity": _texts([envelope.identity.arn if envelope.identity else None for envelope in envelopes]),
        "metadata": _pairs([envelope.request_metadata for envelope in envelopes]),
    }


def _times(stamps: Sequence[str | float | None]) -> Column:
    try:
        return times_of(pa.array(stamps, pa.string()))
    except pa.ArrowTypeError:
        return pa.array([_time_us(stamp) for stamp in stamps], pa.int64()).cast(_TIME)


def times_of(stamps: Column) -> Column:
    """Return the times of texts; Arrow reads the stamps that Bedrock writes, all at once, and takes no others."""
    try:
        times = stamps.cast(_TIME)
        if not compute.any(compute.less(times, _YEAR_1)).as_py():
            return times
    except pa.ArrowInvalid:
        pass
    return pa.array([_time_us(stamp) for stamp in stamps.to_pylist()], pa.int64()).cast(_TIME)


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
    ordered = [row or _NO_PAIRS for row in rows]
    if not all(map(_is_sorted, set(map(tuple, ordered)))):  # few sets of keys for many rows
        ordered = [dict(sorted(row.items())) for row in ordered]
    ends = np.zeros(len(ordered) + 1, dtype=np.int32)
    np.cumsum(np.fromiter(map(len, ordered), dtype=np.int32, count=len(ordered)), out=ends[1:])
    keys, values = _texts(list(chain.from_iterable(ordered))), _texts(list(chain.from_iterable(map(dict.values, ordered))))
    pairs = pa.StructArray.from_arrays([keys, values], fields=list(INVOCATIONS.field("metadata").type.value_type))
    return pa.ListArray.from_arrays(pa.array(ends), pairs, type=INVOCATIONS.field("metadata").type)


def _is_sorted(keys: tuple[str, ...]) -> bool:
    return sorted(keys) == list(keys)


def _of_families(envelopes: Sequence[Envelope], chats: Sequence[Chat]) -> Columns:
    shapes = [chat.family.name if chat.family else None for chat in chats]
    known = [
        _known(envelope.operation, envelope.model_id, chat.model, shape)
        for envelope, chat, shape in zip(envelopes, chats, shapes, strict=True)
    ]
    return {
        "base_model": _texts([model for model, _ in known]),
        "hint_disagrees": _flags([disagrees for _, disagrees in known]),
        "shape": _texts(shapes),
    }


@lru_cache(maxsize=4096)
def _known(operation: str | None, model_id: str | None, model: str | None, shape: str | None) -> tuple[str | None, bool | None]:
    """Return the base model that the envelope names, else the bodies' ``model``, and whether the envelope leads to expect another shape."""
    base = base_model(model_id) if model_id else None
    hints = hinted_families(operation, model_id)
    disagrees = None if shape is None else bool(hints) and shape not in hints
    return base_model(model) if base is None and model else base, disagrees


def _of_ends(chats: Sequence[Chat]) -> Columns:
    """Return why answers ended, and whether by themselves."""
    guarded = [chat.is_guarded or chat.stop == "guardrail_intervened" if chat.family else None for chat in chats]
    return {
        "stop_reason": _texts([STOP_REASONS.get(chat.stop.lower()) if chat.stop else None for chat in chats]),
        "guardrail_intervened": _flags(guarded),
        "stream_incomplete": _flags(  # a guardrail ends a stream its own way
            [None if is_guarded is None else not (chat.is_complete or is_guarded) for chat, is_guarded in zip(chats, guarded, strict=True)]
        ),
    }


def _of_requests(chats: Sequence[Chat], is_chat: Column) -> Columns:
    return {
        "messages": _texts([chat.messages for chat in chats]),
        "tools": _texts([chat.tools for chat in chats]),
        "n_media": _where(is_chat, _counts([chat.n_media for chat in chats])),
        "temperature": pa.array([chat.temperature for chat in chats], pa.float64()),
        "max_output_tokens": _counts([chat.max_output_tokens for chat in chats]),
    }


def _of_answers(chats: Sequence[Chat]) -> Columns:
    texts = [chat.text for chat in chats]
    thoughts = [chat.reasoning for chat in chats]
    for index, text in enumerate(texts):
        if text and not text[0].isalpha():  # as most texts begin; no tag does
            texts[index], thought = split_reasoning(text)
            thoughts[index] = _reasoning(thoughts[index], thought)
    return {
        "completion": _texts(texts),
        "reasoning": _texts([thought or None for thought in thoughts]),
        "completion_tool_calls": _texts([chat.tool_calls for chat in chats]),
        "latency_ms": compute.coalesce(
            _counts([chat.latency_ms for chat in chats]), _counts([chat.metrics.invocation_latency for chat in chats])
        ),
    }


def _reasoning(told: str | None, thoughts: str | None) -> str | None:
    return f"{told}\n{thoughts}" if told and thoughts else told or thoughts


def _counted(envelopes: Sequence[Envelope], chats: Sequence[Chat]) -> tuple[tuple[Column, ...], ...]:
    """Return the columns of counts that :func:`counts_of` takes."""
    given = [envelope.input or _NO_INPUT for envelope in envelopes]
    made = [envelope.output or _NO_OUTPUT for envelope in envelopes]
    prompt = ([part.input_token_count for part in given], [c.input_tokens for c in chats], [c.metrics.input_token_count for c in chats])
    output = ([part.output_token_count for part in made], [c.output_tokens for c in chats], [c.metrics.output_token_count for c in chats])
    read = ([part.cache_read_input_token_count for part in given], [c.cache_read_tokens for c in chats])
    written = ([part.cache_write_input_token_count for part in given], [c.cache_write_tokens for c in chats])
    return (
        tuple(map(_counts, prompt)),
        tuple(map(_counts, output)),
        tuple(map(_counts, read)),
        tuple(map(_counts, written)),
        (_counts([c.reasoning_tokens for c in chats]),),
    )


def counts_of(
    prompt: Sequence[Column],
    output: Sequence[Column],
    read: Sequence[Column],
    written: Sequence[Column],
    reasoning: Sequence[Column],
    *,
    kinds: Columns,
) -> Columns:
    """Return the counts of tokens, each the first that is known: as the envelope, the body, or Amazon Bedrock's metrics in it say.

    That of the prompt holds the cached ones always. Anthropic, Nova and Converse count cached tokens apart
    (https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html); OpenAI's operations count them in.
    """
    is_chat = kinds["is_chat"]
    of_prompt, of_output, of_read, of_written = (_where(is_chat, compute.coalesce(*columns)) for columns in (prompt, output, read, written))
    whole = _sum(of_prompt, compute.coalesce(of_read, _ZERO), compute.coalesce(of_written, _ZERO))
    return {
        "input_tokens": compute.if_else(kinds["counts_cached"], of_prompt, whole),
        "output_tokens": of_output,
        "cache_read_tokens": of_read,
        "cache_write_tokens": of_written,
        "reasoning_tokens": compute.coalesce(*reasoning),
    }


def _where(is_chat: Column, counts: Column) -> Column:
    """Return ``counts``, null for a call that is no chat."""
    return compute.if_else(is_chat, counts, _NO_COUNT)


def _sum(*columns: Column) -> Column:
    total, *others = (compute.min_element_wise(column, _MAX_SUMMAND, skip_nulls=False) for column in columns)
    for column in others:
        total = compute.add(total, column)
    return total
