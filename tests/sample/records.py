"""Log records: the envelope around the bodies of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import anthropic, converse, openai
from .traffic import OPENAI

if TYPE_CHECKING:
    from datetime import datetime

    from .traffic import Call

ACCOUNT = "123456789012"
OPERATIONS = {
    "converse": "Converse",
    "converse_stream": "ConverseStream",
    "nova": "InvokeModel",
    "nova_stream": "InvokeModelWithResponseStream",
    "anthropic": "InvokeModel",
    "anthropic_stream": "InvokeModelWithResponseStream",
    "chat": "ChatCompletions",
    "chat_stream": "ChatCompletions",
    "chat_invoke": "InvokeModel",
}
BODIES = {
    "converse": (converse.request, converse.response),
    "converse_stream": (converse.request, converse.response),
    "nova": (converse.nova_request, converse.nova_response),
    "nova_stream": (converse.nova_request, converse.nova_events),
    "anthropic": (anthropic.request, anthropic.response),
    "anthropic_stream": (anthropic.request, anthropic.events),
    "chat": (openai.request, openai.response),
    "chat_stream": (openai.request, openai.chunks),
    "chat_invoke": (openai.request, openai.response),
}


def record_of(call: Call) -> dict[str, Any]:
    """Return the record of ``call``, its keys in the order of records since August 2025."""
    return _envelope(call, call.request_id, call.at, {"input": _input(call), "output": _output(call)})


def failed(call: Call, *, request_id: str, at: datetime, error_code: str) -> dict[str, Any]:
    """Return the record of an earlier try of ``call`` that failed: it carries neither input nor output."""
    record = _envelope(call, request_id, at, {"errorCode": error_code})
    record.pop("inferenceRegion", None)
    return record


def bare(**fields: Any) -> dict[str, Any]:
    """Return a record with the keys that every record has."""
    return {"timestamp": None, "accountId": ACCOUNT, **fields, "schemaType": "ModelInvocationLog", "schemaVersion": "1.0"}


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def identity(role: str, session: str) -> dict[str, str]:
    return {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}"}


def _envelope(call: Call, request_id: str, at: datetime, bodies: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "timestamp": stamp(at),
        "region": call.model.region,
        "requestId": request_id,
        "operation": OPERATIONS[call.shape],
        "modelId": _model_id(call),
        **bodies,
        "identity": identity(call.app.role, call.session),
    }
    if call.metadata:
        fields["requestMetadata"] = call.metadata
    if call.profile and not call.blocked:
        fields["inferenceRegion"] = "us-east-2" if len(call.session) % 2 else "us-east-1"
    return bare(**fields)


def _model_id(call: Call) -> str:
    """Return the id as logged: Converse keeps the short id of a profile, InvokeModel expands it."""
    if not call.profile:
        return call.model.model_id
    short = call.model.model_id if call.model.model_id.startswith("us.") else f"us.{call.model.model_id}"
    if call.shape.startswith("converse"):
        return short
    return f"arn:aws:bedrock:{call.model.region}:{ACCOUNT}:inference-profile/{short}"


def _input(call: Call) -> dict[str, Any]:
    delivered = {} if call.note == "undelivered" else {"inputBodyJson": BODIES[call.shape][0](call)}
    found: dict[str, Any] = {"inputContentType": "application/json", **delivered}
    if call.blocked and call.shape.startswith("anthropic"):
        return found
    if call.shape in OPENAI:
        return {**found, "inputTokenCount": call.tokens_in + call.tokens_cached}
    found["inputTokenCount"] = call.tokens_in
    if call.shape.endswith("_stream"):
        found |= {"cacheReadInputTokenCount": call.tokens_cached, "cacheWriteInputTokenCount": 0}
    return found


def _output(call: Call) -> dict[str, Any]:
    delivered = {} if call.note == "undelivered" else {"outputBodyJson": BODIES[call.shape][1](call)}
    counted = {} if call.blocked and call.shape.startswith("anthropic") else {"outputTokenCount": call.tokens_out}
    return {"outputContentType": "application/json", **delivered, **counted}
