"""OpenAI's chat bodies: the ChatCompletions operation, and InvokeModel of every model that speaks them.

gpt-oss, Qwen, Kimi, GLM, MiniMax, Gemma, Writer Palmyra, AI21 Jamba, Mistral chat and Pixtral, DeepSeek chat. Mistral's and
DeepSeek's streams carry ``message`` where OpenAI's carry ``delta``, and ``stop_reason`` where they carry ``finish_reason``.
Source: https://platform.openai.com/docs/api-reference/chat.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from logmine.logs.chat import (
    Answer,
    Family,
    Request,
    Usage,
    assistant_message,
    join_parts,
    media_marker,
    message,
    tool,
    tool_call,
    tool_message,
)
from logmine.logs.fields import Json, count_in, list_in, number_in, object_in, objects_in, text_in

ROLES: Final = {"developer": "system", "function": "tool"}
_MEDIA: Final = {
    "image_url": "image",
    "image": "image",
    "input_image": "image",
    "input_audio": "audio",
    "audio_url": "audio",
    "video_url": "video",
    "video": "video",
    "file": "document",
    "input_file": "document",
    "document_url": "document",
}
_TEXTS: Final = ("text", "input_text", "output_text", "refusal")


def asks(body: Json) -> bool:
    """Return whether ``body`` has messages whose content is text or typed parts, without a mark of Anthropic's."""
    turns = body.get("messages")
    if not isinstance(turns, list) or "anthropic_version" in body or "system" in body:
        return False
    has_schemas = any("input_schema" in entry for entry in objects_in(body.get("tools")))
    return not has_schemas and all(isinstance(turn, dict) and _is_content(turn.get("content")) for turn in turns)


def _is_content(content: object) -> bool:
    if isinstance(content, list):
        return all(isinstance(part, str) or (isinstance(part, dict) and _is_part(part)) for part in content)
    return content is None or isinstance(content, str)


def _is_part(part: Json) -> bool:
    return "type" in part and "source" not in part and part["type"] not in ("tool_use", "tool_result", "thinking", "redacted_thinking")


def answers(body: Json) -> bool:
    """Return whether ``body`` is a chat completion or a chunk of its stream."""
    choices = objects_in(body.get("choices"))
    if any("message" in choice or "delta" in choice for choice in choices):
        return True
    return str(body.get("object", "")).startswith("chat.completion")


def read_request(body: Json) -> Request:
    """Read a request body."""
    request = Request(temperature=number_in(body.get("temperature")))
    request.max_output_tokens = count_in(next((body[key] for key in ("max_completion_tokens", "max_tokens") if key in body), None))
    for turn in objects_in(body.get("messages")):
        texts, n_media = texts_of_parts(turn.get("content"))
        request.n_media += n_media
        request.messages.append(_message(turn, join_parts(texts)))
    functions = [{"function": entry} for entry in objects_in(body.get("functions"))]
    request.tools = read_tools(objects_in(body.get("tools")) or functions)
    return request


def _message(turn: Json, content: str) -> Json:
    role = text_in(turn.get("role")) or "user"
    role = ROLES.get(role, role)
    if role == "assistant":
        return assistant_message(content, read_tool_calls(turn))
    if role == "tool":
        return tool_message(text_in(turn.get("tool_call_id")) or text_in(turn.get("name")) or "", content)
    return message(role, content)


def texts_of_parts(content: object) -> tuple[list[str], int]:
    """Return the text parts of content, markers for media among them, and the number of media."""
    if isinstance(content, str):
        return [content], 0
    texts: list[str] = []
    n_media = 0
    for part in list_in(content):
        text, is_media = (part, False) if isinstance(part, str) else _text_of_part(object_in(part))
        n_media += is_media
        if text is not None:
            texts.append(text)
    return texts, n_media


def _text_of_part(part: Json) -> tuple[str | None, bool]:
    kind = text_in(part.get("type")) or "text"
    if kind in _TEXTS:
        return text_in(part.get("refusal" if kind == "refusal" else "text")), False
    if kind in ("thinking", "reasoning"):
        return None, False
    return media_marker(_MEDIA.get(kind, kind), _media_form(part)), True  # an unknown part is never passed over


def _media_form(part: Json) -> str | None:
    """Return the format of a media part, from its data URL or its ``format`` key."""
    for value in part.values():
        inner = object_in(value)
        url = value if isinstance(value, str) else text_in(inner.get("url")) or text_in(inner.get("file_data")) or ""
        if url.startswith("data:"):
            return url[5:].partition(";")[0].rpartition("/")[2] or None
        if form := text_in(inner.get("format")):
            return form
    return None


def read_tool_calls(turn: Json) -> list[Json]:
    """Return the tool calls of an assistant's message, the older ``function_call`` among them."""
    calls = objects_in(turn.get("tool_calls"))
    if not calls and isinstance(turn.get("function_call"), dict):
        calls = [{"id": "", "function": turn["function_call"]}]
    named = [(text_in(call.get("id")) or "", object_in(call.get("function"))) for call in calls]
    return [tool_call(call_id, text_in(function.get("name")) or "", function.get("arguments")) for call_id, function in named]


def read_tools(tools: list[Json]) -> list[Json]:
    """Return tool definitions, nested under ``function`` or flat."""
    found: list[Json] = []
    for entry in tools:
        function = object_in(entry.get("function")) or entry
        if name := text_in(function.get("name")) or text_in(entry.get("type")):
            found.append(tool(name, text_in(function.get("description")), function.get("parameters")))
    return found


def read_response(body: Json) -> Answer:
    """Read a response body; of several choices the first."""
    choice = next(iter(objects_in(body.get("choices"))), {})
    turn = object_in(choice.get("message"))
    texts, _ = texts_of_parts(turn.get("content"))
    return Answer(
        text=join_parts(texts) or text_in(turn.get("refusal")) or "",
        reasoning=_reasoning(turn) or None,
        tool_calls=read_tool_calls(turn),
        stop=text_in(choice.get("finish_reason")) or text_in(choice.get("stop_reason")),
        usage=read_usage(body.get("usage")),
    )


def _reasoning(turn: Json) -> str:
    return text_in(turn.get("reasoning_content")) or text_in(turn.get("reasoning")) or ""


def read_usage(usage: object) -> Usage:
    """Read a ``usage`` object; the prompt's count holds the cached tokens, the output's the reasoning."""
    counts = object_in(usage)
    prompt, output = object_in(counts.get("prompt_tokens_details")), object_in(counts.get("completion_tokens_details"))
    return Usage(
        input_tokens=count_in(counts.get("prompt_tokens")),
        output_tokens=count_in(counts.get("completion_tokens")),
        cache_read_tokens=count_in(prompt.get("cached_tokens")),
        cache_write_tokens=count_in(prompt.get("cache_write_tokens")),
        reasoning_tokens=count_in(output.get("reasoning_tokens")),
    )


@dataclass(slots=True)
class _Stream:
    """What arrived of the first choice; tool calls by their index."""

    texts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    calls: dict[int, Json] = field(default_factory=dict)
    stop: str | None = None
    usage: object = None


def read_events(events: list[Json]) -> Answer:
    """Read the chunks of a stream; the usage comes in a last chunk without choices."""
    stream = _Stream()
    for event in events:
        stream.usage = event.get("usage") or stream.usage
        for choice in objects_in(event.get("choices")):
            if not choice.get("index"):
                _take(stream, choice)
    calls = [stream.calls[index] for index in sorted(stream.calls)]
    return Answer(
        text="".join(stream.texts),
        reasoning="".join(stream.thoughts) or None,
        tool_calls=[tool_call(call["id"], call["name"], "".join(call["pieces"]) or "{}") for call in calls],
        stop=stream.stop,
        usage=read_usage(stream.usage),
        is_complete=stream.stop is not None,
    )


def _take(stream: _Stream, choice: Json) -> None:
    delta = object_in(choice.get("delta")) or object_in(choice.get("message"))
    stream.texts.extend(texts_of_parts(delta.get("content"))[0])
    stream.thoughts.append(_reasoning(delta))
    for position, piece in enumerate(objects_in(delta.get("tool_calls"))):
        index = count_in(piece.get("index"))
        call = stream.calls.setdefault(position if index is None else index, {"id": "", "name": "", "pieces": []})
        function = object_in(piece.get("function"))
        call["id"] = text_in(piece.get("id")) or call["id"]
        call["name"] = text_in(function.get("name")) or call["name"]
        call["pieces"].append(text_in(function.get("arguments")) or "")
    stream.stop = text_in(choice.get("finish_reason")) or text_in(choice.get("stop_reason")) or stream.stop


FAMILY: Final = Family("openai_chat", asks, read_request, answers, read_response, read_events)
