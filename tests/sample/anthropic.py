"""Bodies of Anthropic Messages through InvokeModel, whole or as events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .converse import REFUSAL, pieces, stop_of
from .draw import hex_id

if TYPE_CHECKING:
    from .traffic import Call

MODEL = "claude-haiku-4-5-20251001"
STOP_REASONS = {"tool": "tool_use", "cut": "max_tokens", "done": "end_turn", "blocked": "end_turn"}


def request(call: Call) -> dict[str, Any]:
    body: dict[str, Any] = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": call.app.max_tokens,
        "temperature": call.temperature,
        "system": call.prompt.system,
        "messages": _messages(call),
    }
    if call.app.cached_system:
        body["system"] = [{"type": "text", "text": call.prompt.system, "cache_control": {"type": "ephemeral"}}]
    if _thinks(call):
        body |= {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": call.app.max_tokens + 1024, "temperature": 1.0}
    if call.prompt.tools:
        body["tools"] = [
            {"name": tool["name"], "description": tool["description"], "input_schema": tool["schema"]} for tool in call.prompt.tools
        ]
    return body


def response(call: Call) -> dict[str, Any]:
    if call.blocked:
        content = [{"type": "text", "text": REFUSAL}]
        return {"type": "message", "role": "assistant", "content": content, "amazon-bedrock-guardrailAction": "INTERVENED"}
    return {**_opening(call), "content": _content(call), "stop_reason": STOP_REASONS[stop_of(call)], "usage": _usage(call)}


def events(call: Call) -> list[dict[str, Any]]:
    """Return the events of a stream; only its guardrail keys tell that an answer was blocked."""
    opening = {**_opening(call), "usage": {**_usage(call), "output_tokens": 1}}
    found: list[dict[str, Any]] = [{"type": "message_start", "message": opening}]
    for index, block in enumerate([{"type": "text", "text": REFUSAL}] if call.blocked else _content(call)):
        empty, deltas = _deltas(block, call.request_id)
        found.append({"type": "content_block_start", "index": index, "content_block": empty})
        found += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        found.append({"type": "content_block_stop", "index": index})
    delta = {"stop_reason": STOP_REASONS[stop_of(call)], "stop_sequence": None}
    found.append({"type": "message_delta", "delta": delta, "usage": {"output_tokens": call.tokens_out}})
    metrics = {"inputTokenCount": call.tokens_in, "outputTokenCount": call.tokens_out, "invocationLatency": 900, "firstByteLatency": 310}
    last: dict[str, Any] = {"type": "message_stop", "amazon-bedrock-invocationMetrics": metrics}
    return [*found, {**last, "amazon-bedrock-guardrailAction": "INTERVENED"} if call.blocked else last]


def _deltas(block: dict[str, Any], request_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    if block["type"] == "text":
        return {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces(block["text"], request_id)]
    if block["type"] == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": block["thinking"]}, {"type": "signature_delta", "signature": block["signature"]}]
        return {"type": "thinking", "thinking": "", "signature": ""}, deltas
    written = json.dumps(block["input"], ensure_ascii=False)
    return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in ("", *pieces(written, request_id))]


def _messages(call: Call) -> list[dict[str, Any]]:
    turns = []
    for message in call.messages:
        if message["role"] == "tool":
            result = {"type": "tool_result", "tool_use_id": f"toolu_bdrk_{message['id']}", "content": message["content"]}
            turns.append({"role": "user", "content": [result]})
        elif message["role"] == "user" and call.shape == "anthropic":
            turns.append({"role": "user", "content": message["content"]})
        else:
            text = [{"type": "text", "text": message["content"]}] if message["content"] else []
            turns.append({"role": message["role"], "content": text + [_tool_use(made) for made in message.get("tool_calls", ())]})
    return turns


def _content(call: Call) -> list[dict[str, Any]]:
    thought = (
        [{"type": "thinking", "thinking": call.reply.thought, "signature": hex_id(24, call.request_id, "signature")}]
        if _thinks(call)
        else []
    )
    text = [{"type": "text", "text": call.reply.text}] if call.reply.text else []
    return thought + text + [_tool_use(made) for made in call.reply.tool_calls]


def _tool_use(made: dict[str, Any]) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"toolu_bdrk_{made['id']}", "name": made["name"], "input": made["arguments"]}


def _thinks(call: Call) -> bool:
    return bool(call.reply.thought) and call.prompt.kind == "numeric" and not call.app.cached_system


def _opening(call: Call) -> dict[str, Any]:
    return {
        "model": MODEL,
        "id": f"msg_bdrk_{hex_id(24, call.request_id, 'message')}",
        "type": "message",
        "role": "assistant",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _usage(call: Call) -> dict[str, Any]:
    return {
        "input_tokens": call.tokens_in,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": call.tokens_cached,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": call.tokens_out,
    }
