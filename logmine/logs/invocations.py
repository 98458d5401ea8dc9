"""One record becomes one call: the envelope, the canonical chat, or the reason why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec import Struct

from logmine.logs.chat import NO_CHAT, Chat, Metrics, chat_of, digest_of
from logmine.logs.envelopes import Envelope  # noqa: TC001 - msgspec reads it
from logmine.logs.families import family_of_request, family_of_response, hinted_families
from logmine.logs.fields import Json, count_in, list_in, object_in, objects_in, text_in
from logmine.logs.json_values import UnreadableJsonError, read_json
from logmine.logs.non_chat import kind_by_model, kind_by_operation, kind_by_shape

if TYPE_CHECKING:
    from logmine.logs.bodies import Body

_GUARDRAIL_ACTIONS: Final = frozenset(("BLOCKED", "ANONYMIZED", "INTERVENED", "GUARDRAIL_INTERVENED"))
_GUARDRAIL_MARK: Final = "amazon-bedrock-guardrailAction"


class Unusable(NamedTuple):
    """Why a record is no readable chat invocation: a drop reason and its detail."""

    reason: str
    detail: str | None


class Call(Struct, gc=False):
    """A record, read: what becomes one row of INVOCATIONS."""

    object: str
    line: int
    envelope: Envelope
    chat: Chat  # NO_CHAT where it is none
    digest: str | None  # :func:`logmine.logs.chat.digest_of`, None without a body
    unusable: Unusable | None = None


def read_call(name: str, line: int, envelope: Envelope, request_body: Body, response_body: Body) -> Call:
    """Read the bodies of a record of the object ``name``, those that had been moved to ``data/`` too."""
    read = _read_chat(envelope, request_body, response_body, hinted_families(envelope.operation, envelope.model_id))
    chat, unusable = (read, None) if isinstance(read, Chat) else (NO_CHAT, read)
    has_body = request_body.data is not None or response_body.data is not None
    return Call(name, line, envelope, chat, digest_of(response_body.data, chat) if has_body else None, unusable)


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
    model, metrics = _model_of(sampled, request), _metrics(bodies[-1])
    return chat_of(asked, asked.read_request(request), answer, detail=detail, model=model, metrics=metrics, is_guarded=is_guarded)


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
