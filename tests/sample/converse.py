"""Bodies of Converse, ConverseStream (logged as one object) and Nova through InvokeModel, whole or as events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .draw import seeded

if TYPE_CHECKING:
    from .traffic import Call

STOP_REASONS = {"tool": "tool_use", "cut": "max_tokens", "done": "end_turn", "blocked": "guardrail_intervened"}
REFUSAL = "I cannot discuss this subject here. Is there something else that I can do for you?"


def stop_of(call: Call) -> str:
    """Return why the answer ended, in words that each family has its own for."""
    if call.blocked:
        return "blocked"
    if call.truncated:
        return "cut"
    return "tool" if call.reply.tool_calls else "done"


def pieces(text: str, *names: object) -> list[str]:
    """Return ``text`` as a stream delivers it: in pieces of uneven length."""
    rng, found, start = seeded("pieces", *names), [], 0
    while start < len(text):
        end = start + 12 + int(rng.random() * 50)
        found.append(text[start:end])
        start = end
    return found


def request(call: Call) -> dict[str, Any]:
    system: list[dict[str, Any]] = [{"text": call.prompt.system}]
    if call.app.cached_system and "claude" in call.model.model_id:
        system.append({"cachePoint": {"type": "default"}})
    body: dict[str, Any] = {
        "messages": _messages(call),
        "system": system,
        "inferenceConfig": {"maxTokens": call.app.max_tokens, "temperature": call.temperature},
    }
    if call.prompt.tools:
        tools = [
            {"name": tool["name"], "description": tool["description"], "inputSchema": {"json": tool["schema"]}}
            for tool in call.prompt.tools
        ]
        body["toolConfig"] = {"tools": [{"toolSpec": tool} for tool in tools]}
    return body


def nova_request(call: Call) -> dict[str, Any]:
    return {"schemaVersion": "messages-v1", **request(call)}


def response(call: Call) -> dict[str, Any]:
    body: dict[str, Any] = {
        "output": {"message": {"role": "assistant", "content": _content(call)}},
        "stopReason": STOP_REASONS[stop_of(call)],
        "metrics": {"latencyMs": 240 + 11 * call.tokens_out},
        "usage": {
            "inputTokens": call.tokens_in,
            "outputTokens": call.tokens_out,
            "totalTokens": call.tokens_in + call.tokens_out + call.tokens_cached,
        },
    }
    if call.app.cached_system:
        body["usage"] |= {"cacheReadInputTokens": call.tokens_cached, "cacheWriteInputTokens": 0}
    if call.blocked:
        body["trace"] = {"guardrail": {"modelOutput": [json.dumps({"text": call.reply.text})], "actionReason": "Guardrail blocked."}}
    return body


def nova_response(call: Call) -> dict[str, Any]:
    message = {"content": _content(call), "role": "assistant"}
    return {"output": {"message": message}, "stopReason": STOP_REASONS[stop_of(call)], "usage": _nova_usage(call)}


def nova_events(call: Call) -> list[dict[str, Any]]:
    """Return the events of a Nova stream; each piece of text has a block index of its own."""
    events: list[dict[str, Any]] = [{"messageStart": {"role": "assistant"}}]
    index = 0
    for block in _content(call):
        if "toolUse" in block:
            use = block["toolUse"]
            start = {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}}
            events.append({"contentBlockStart": {"start": start, "contentBlockIndex": index}})
            deltas = [{"toolUse": {"input": json.dumps(use["input"], ensure_ascii=False)}}]
        elif "reasoningContent" in block:
            deltas = [{"reasoningContent": block["reasoningContent"]["reasoningText"]}]
        else:
            deltas = [{"text": piece} for piece in pieces(block["text"], call.request_id)]
        for delta in deltas:
            events.append({"contentBlockDelta": {"delta": delta, "contentBlockIndex": index}})
            events.append({"contentBlockStop": {"contentBlockIndex": index}})
            index += 1
    events.append({"messageStop": {"stopReason": STOP_REASONS[stop_of(call)]}})
    metrics = {"inputTokenCount": 0, "outputTokenCount": 0, "invocationLatency": 300, "firstByteLatency": 180}
    return [*events, {"metadata": {"usage": _nova_usage(call), "metrics": {}, "trace": {}}, "amazon-bedrock-invocationMetrics": metrics}]


def _messages(call: Call) -> list[dict[str, Any]]:
    """Return the turns as Converse wants them: results of tools are said by the user."""
    turns = []
    for message in call.messages:
        blocks: list[dict[str, Any]] = [{"text": message["content"]}] if message["content"] and message["role"] != "tool" else []
        if message["role"] == "tool":
            found = {"json": json.loads(message["content"])}
            blocks = [{"toolResult": {"toolUseId": f"tooluse_{message['id']}", "content": [found], "status": "success"}}]
        blocks += [_tool_use(made) for made in message.get("tool_calls", ())]
        turns.append({"role": "assistant" if message["role"] == "assistant" else "user", "content": blocks})
    return turns


def _content(call: Call) -> list[dict[str, Any]]:
    if call.blocked:
        return [{"text": REFUSAL}]
    said, thought = call.reply.text, call.reply.thought
    blocks: list[dict[str, Any]] = []
    if thought and "nova-2" in call.model.model_id and call.prompt.kind in ("numeric", "choice"):
        blocks.append({"reasoningContent": {"reasoningText": {"text": thought}}})
    if thought and "nova-pro" in call.model.model_id and call.reply.tool_calls:
        said = f"<thinking>{thought}</thinking>\n{said}"
    if said or not call.reply.tool_calls:
        blocks.append({"text": said})
    return blocks + [_tool_use(made) for made in call.reply.tool_calls]


def _tool_use(made: dict[str, Any]) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": f"tooluse_{made['id']}", "name": made["name"], "input": made["arguments"]}}


def _nova_usage(call: Call) -> dict[str, int]:
    return {
        "inputTokens": call.tokens_in,
        "outputTokens": call.tokens_out,
        "totalTokens": call.tokens_in + call.tokens_out,
        "cacheReadInputTokenCount": call.tokens_cached,
        "cacheWriteInputTokenCount": 0,
    }
