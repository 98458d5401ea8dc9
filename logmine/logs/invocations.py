"""One record becomes one row of INVOCATIONS: the envelope, the canonical chat, or the reason why there is none."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from logmine.logs.chat import STOP_REASONS, Answer, Chat, Metrics, Usage, split_reasoning
from logmine.logs.envelopes import Input, Output
from logmine.logs.families import family_of_request, family_of_response, hinted_families
from logmine.logs.fields import Json, count_in, list_in, object_in, objects_in, text_in
from logmine.logs.json_values import UnreadableJsonError, read_json
from logmine.logs.non_chat import kind_by_model, kind_by_operation, kind_by_shape
from logmine.logs.plain import read_plain
from logmine.model_ids import base_model
from logmine.schemas import INVOCATIONS

if TYPE_CHECKING:
    from logmine.logs.bodies import Body
    from logmine.logs.envelopes import Envelope

_GUARDRAIL_ACTIONS: Final = frozenset(("BLOCKED", "ANONYMIZED", "INTERVENED", "GUARDRAIL_INTERVENED"))
_GUARDRAIL_MARK: Final = "amazon-bedrock-guardrailAction"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_NO_INPUT, _NO_OUTPUT = Input(), Output()
_encode = msgspec.json.Encoder().encode


class Unusable(NamedTuple):
    """Why a record is no readable chat invocation: a drop reason and its detail."""

    reason: str
    detail: str | None


Row = tuple[Any, ...]
"""The values of one row of INVOCATIONS, in the order of its columns: built for every record, so without names."""

_N_CHAT_COLUMNS: Final = len(INVOCATIONS) - list(INVOCATIONS).index("messages") - 1  # between unusable_detail and body_digest


def row(envelope: Envelope, request_body: Body, response_body: Body, *, name: str | None = None, line: int | None = None) -> Row:
    """Return the row of one invocation.

    Parameters
    ----------
    envelope
        The record.
    request_body, response_body
        Its bodies, those that had been moved to ``data/`` too.
    name, line
        The object and the line of the record.

    Returns
    -------
    tuple
        A value for each column of :data:`logmine.schemas.INVOCATIONS`, in their order. ``invoked_at`` is in microseconds since 1970,
        ``metadata`` the pairs sorted, JSON is UTF-8 in bytes.
    """
    hints = hinted_families(envelope.operation, envelope.model_id)
    read = _read_chat(envelope, request_body, response_body, hints)
    digest = _digest(request_body.data, response_body.data)
    if isinstance(read, Unusable):
        about = _of_envelope(envelope, name, line, None)
        return (*about, None, None, read.reason, read.detail, *(None,) * _N_CHAT_COLUMNS, digest)
    about = _of_envelope(envelope, name, line, read.model)
    disagrees = bool(hints) and read.family.name not in hints
    return (*about, read.family.name, disagrees, None, read.detail, *_of_chat(envelope, read), digest)


def _of_envelope(envelope: Envelope, name: str | None, line: int | None, model: str | None) -> Row:
    """Return the columns from ``request_id`` to ``error_code``; ``model`` counts where the envelope names none."""
    metadata = envelope.request_metadata
    base = base_model(envelope.model_id) if envelope.model_id else None
    return (
        envelope.request_id,
        name,
        line,
        _time_us(envelope.timestamp),
        envelope.account_id,
        envelope.region,
        envelope.operation,
        envelope.model_id,
        base_model(model) if base is None and model else base,
        envelope.identity.arn if envelope.identity else None,
        envelope.inference_region,
        sorted(metadata.items()) if metadata else (),
        envelope.error_code,
    )


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
        return ((at.replace(tzinfo=UTC) if at.tzinfo is None else at) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return None


def _digest(request: bytes | memoryview | None, response: bytes | memoryview | None) -> str | None:
    if request is None and response is None:
        return None
    state = hashlib.blake2b(b"" if request is None else request, digest_size=16)
    state.update((0 if request is None else len(request)).to_bytes(8, "big"))
    state.update(b"" if response is None else response)
    return state.hexdigest()


def _read_chat(envelope: Envelope, request_body: Body, response_body: Body, hints: tuple[str, ...]) -> Chat | Unusable:
    if envelope.error_code is not None:
        return Unusable("failed_call", envelope.error_code)
    kind = kind_by_operation(envelope.operation)
    if kind is None and request_body.data is None:
        kind = kind_by_model(envelope.model_id)
    if kind is not None:
        return Unusable("not_chat", kind)
    if request_body.data is None:
        return Unusable(request_body.problem or "body_not_delivered", request_body.detail)
    if response_body.data is not None:
        chat = read_plain(request_body.data, response_body.data, hints)
        if chat is not None:
            return chat
    try:
        request = _body_value(request_body.data)
    except UnreadableJsonError:
        return Unusable("unread_shape", "request: not JSON")
    try:
        return _chat_of(request, _response_value(response_body.data), envelope.model_id, hints)
    except RecursionError:  # brackets in strings can hide a depth from the limit
        return Unusable("too_large", "nested too deep")


def _body_value(data: bytes | memoryview) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of a body; exports through Athena or Spark hold it as text once more."""
    value = read_json(data)
    return read_json(value.encode()) if isinstance(value, str) else value


def _response_value(data: bytes | memoryview | None) -> Any:  # noqa: ANN401
    try:
        return None if data is None else _body_value(data)
    except UnreadableJsonError:
        return None


def _chat_of(request: object, response: object, model_id: str | None, hints: tuple[str, ...]) -> Chat | Unusable:
    if not isinstance(request, dict):
        return Unusable("unread_shape", f"request: JSON {type(request).__name__}")
    events = objects_in(response)
    sampled = events[0] if events else object_in(response)
    kind = kind_by_shape(request, sampled, model_id)
    if kind is not None:
        return Unusable("not_chat", kind)
    asked = family_of_request(request, sampled, hints)
    if asked is None:
        return Unusable("unread_shape", f"request keys: {_keys(request)}")
    answered = family_of_response(sampled, asked) if sampled else None
    detail = f"response keys: {_keys(sampled)}" if sampled and answered is None else None
    answer = None
    if answered is not None:
        answer = answered.read_events(events) if events else answered.read_response(sampled)
    bodies = events or [sampled]
    is_guarded = any(map(_is_marked, bodies))
    return Chat(asked, asked.read_request(request), answer, detail, _model_of(sampled, request), _metrics(bodies[-1]), is_guarded)


def _metrics(body: Json) -> Metrics:
    metrics = object_in(body.get("amazon-bedrock-invocationMetrics"))
    return Metrics(*(count_in(metrics.get(name)) for name in ("inputTokenCount", "outputTokenCount", "invocationLatency")))


def _model_of(response: Json, request: Json) -> str | None:
    holders = (response, object_in(response.get("message")), object_in(response.get("response")), request)
    return next((name for holder in holders if (name := text_in(holder.get("model")))), None)


def _keys(body: Json) -> str:
    return ",".join(sorted(body)[:12])[:200]


def _is_marked(body: Json) -> bool:
    """Return whether a response, or an event, says that a guardrail changed it."""
    if body.get(_GUARDRAIL_MARK) == "INTERVENED":
        return True
    traces = (body.get("trace"), body.get("amazon-bedrock-trace"), object_in(body.get("metadata")).get("trace"))
    return any(_acted(object_in(trace).get("guardrail")) for trace in traces if trace)


def _acted(trace: object) -> bool:
    if isinstance(trace, dict):
        return str(trace.get("action")) in _GUARDRAIL_ACTIONS or any(map(_acted, trace.values()))
    return any(map(_acted, list_in(trace)))


def _of_chat(envelope: Envelope, chat: Chat) -> Row:
    """Return the columns from ``messages`` to ``latency_ms``."""
    answer, request = chat.answer or Answer(), chat.request
    text, thoughts = split_reasoning(answer.text) if answer.text is not None else (None, None)
    is_guarded = chat.is_guarded or answer.stop == "guardrail_intervened"
    return (
        _encode(request.messages),
        _encode(request.tools) if request.tools else None,
        request.n_media,
        text,
        f"{answer.reasoning}\n{thoughts}" if answer.reasoning and thoughts else answer.reasoning or thoughts or None,
        _encode(answer.tool_calls) if answer.tool_calls else None,
        STOP_REASONS.get(answer.stop.lower()) if answer.stop else None,
        is_guarded,
        not answer.is_complete and not is_guarded,  # a guardrail ends a stream its own way
        request.temperature,
        request.max_output_tokens,
        *_tokens(envelope, chat, answer.usage),
        _first(answer.latency_ms, chat.metrics.invocation_latency),
    )


def _tokens(envelope: Envelope, chat: Chat, usage: Usage) -> Row:
    """Return the columns ``input_tokens``, which holds the cached ones always, ``output_tokens``, those of the cache, and ``reasoning_tokens``.

    Anthropic, Nova and Converse count cached tokens apart
    (https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html); OpenAI's operations count them in.
    """
    given, made = envelope.input or _NO_INPUT, envelope.output or _NO_OUTPUT
    prompt = _first(count_in(given.input_token_count), usage.input_tokens, chat.metrics.input_token_count)
    cache_read = _first(count_in(given.cache_read_input_token_count), usage.cache_read_tokens)
    cache_write = _first(count_in(given.cache_write_input_token_count), usage.cache_write_tokens)
    if prompt is not None and not chat.family.counts_cached:
        prompt += (cache_read or 0) + (cache_write or 0)
    output = _first(count_in(made.output_token_count), usage.output_tokens, chat.metrics.output_token_count)
    return prompt, output, cache_read, cache_write, usage.reasoning_tokens


def _first(*counts: int | None) -> int | None:
    for count in counts:
        if count is not None:
            return count
    return None
