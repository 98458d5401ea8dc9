"""Bodies of ChatCompletions, whole or as chunks, and of the same models through InvokeModel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .converse import pieces, stop_of
from .draw import hex_id

if TYPE_CHECKING:
    from .traffic import Call

FINISH_REASONS = {"tool": "tool_calls", "cut": "length", "done": "stop"}


def request(call: Call) -> dict[str, Any]:
    """Return the body; the applications that use these models call no tools."""
    body: dict[str, Any] = {
        "model": call.model.model_id,
        "messages": [{"role": "system", "content": call.prompt.system}, *_messages(call)],
        "max_completion_tokens" if call.shape != "chat_invoke" else "max_tokens": call.app.max_tokens,
        "temperature": call.temperature,
    }
    if call.shape == "chat_stream":
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body


def response(call: Call) -> dict[str, Any]:
    message = {"content": _content(call), "refusal": None, "role": "assistant"}
    choice = {"finish_reason": FINISH_REASONS[stop_of(call)], "index": 0, "logprobs": None, "message": message}
    return {"choices": [choice], **_envelope(call, "chat.completion"), "usage": _usage(call)}


def chunks(call: Call) -> list[dict[str, Any]]:
    """Return the chunks of a stream: an opening one without text, the text, an empty one that ends it, the usage."""
    deltas: list[dict[str, Any]] = [{"content": "", "role": "assistant", "refusal": None}]
    deltas += [{"content": piece} for piece in pieces(_content(call), call.request_id)]
    envelope = {**_envelope(call, "chat.completion.chunk"), "usage": None}
    found = [{"choices": [{"delta": delta, "finish_reason": None, "index": 0}], **envelope} for delta in deltas]
    found.append({"choices": [{"delta": {}, "finish_reason": FINISH_REASONS[stop_of(call)], "index": 0}], **envelope})
    return [*found, {"choices": [], **envelope, "usage": _usage(call)}]


def _messages(call: Call) -> list[dict[str, Any]]:
    return [{"role": message["role"], "content": message["content"]} for message in call.messages]


def _content(call: Call) -> str:
    """Return the text; gpt-oss thinks inside of it, and may be cut off before it has answered."""
    if "gpt-oss" not in call.model.model_id or not call.reply.thought:
        return call.reply.text
    return f"<reasoning>{call.reply.thought}" if call.truncated else f"<reasoning>{call.reply.thought}</reasoning>{call.reply.text}"


def _envelope(call: Call, kind: str) -> dict[str, Any]:
    return {
        "created": int(call.at.timestamp()),
        "id": f"chatcmpl-{hex_id(24, call.request_id, 'completion')}",
        "model": call.model.model_id,
        "object": kind,
        "service_tier": "default",
    }


def _usage(call: Call) -> dict[str, Any]:
    whole = call.tokens_in + call.tokens_cached
    usage: dict[str, Any] = {"completion_tokens": call.tokens_out, "prompt_tokens": whole, "total_tokens": whole + call.tokens_out}
    return {**usage, "prompt_tokens_details": {"cached_tokens": call.tokens_cached}} if call.tokens_cached else usage
