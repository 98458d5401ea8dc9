"""Request bodies: prompts in the two forms in which models are asked, so that the next build reads the same prompt out of them.

Sources: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and
https://platform.openai.com/docs/api-reference/chat/create.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logmine.rollouts.needs import Needed

Json = dict[str, Any]


def chat_body(need: Needed, *, model: str, temperature: float, max_output_tokens: int) -> Json:
    """Return the body of a chat completion."""
    body: Json = {"model": model, "messages": list(need.messages), "temperature": temperature, "max_tokens": max_output_tokens}
    return body | {"tools": list(need.tools)} if need.tools else body


def converse_body(need: Needed, *, temperature: float, max_output_tokens: int) -> Json:
    """Return the body of a Converse call, without model and metadata.

    A prompt that Converse cannot hold as it is (two system messages, a system message further on) comes out as another one: whoever
    asks compares ids.
    """
    body: Json = {"messages": _turns([one for one in need.messages if one["role"] != "system"])}
    if system := [{"text": one["content"]} for one in need.messages if one["role"] == "system"]:
        body["system"] = system
    body["inferenceConfig"] = {"maxTokens": max_output_tokens, "temperature": temperature}
    if need.tools:
        body["toolConfig"] = {"tools": [{"toolSpec": _tool_spec(tool["function"])} for tool in need.tools]}
    return body


def _turns(messages: Iterable[Json]) -> list[Json]:
    """Return Converse's turns; results of tools, and what the user says after them, are one turn."""
    turns: list[Json] = []
    results_before = False
    for message in messages:
        role = "assistant" if message["role"] == "assistant" else "user"
        blocks = list(_blocks(message))
        if results_before and role == "user":
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": role, "content": blocks})
        results_before = message["role"] == "tool"
    return turns


def _blocks(message: Json) -> Sequence[Json]:
    text = message.get("content") or ""
    if message["role"] == "tool":
        return [{"toolResult": {"toolUseId": message.get("tool_call_id") or "call_0", "content": [{"text": text}]}}]
    calls = [_tool_use(call) for call in message.get("tool_calls") or ()]
    return ([{"text": text}] if text or not calls else []) + calls


def _tool_use(call: Json) -> Json:
    function = call["function"]
    try:
        given = msgspec.json.decode(function["arguments"])
    except msgspec.DecodeError:
        given = {}
    return {"toolUse": {"toolUseId": call["id"], "name": function["name"], "input": given}}


def _tool_spec(function: Json) -> Json:
    spec: Json = {"name": function["name"], "inputSchema": {"json": function.get("parameters") or {}}}
    return spec | {"description": function["description"]} if "description" in function else spec
