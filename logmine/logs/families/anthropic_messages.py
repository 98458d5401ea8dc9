"""Anthropic Claude, Messages API.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html.
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
    system_messages,
    tool,
    tool_call,
    tool_message,
)
from logmine.logs.fields import Json, count_in, list_in, number_in, object_in, objects_in, text_in

_MEDIA: Final = ("image", "document", "container_upload", "video", "audio")
_SILENT: Final = ("thinking", "redacted_thinking", "tool_use", "tool_result", "server_tool_use")
_EVENT_TYPES: Final = frozenset(
    ["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop", "ping"]
)


def asks(body: Json) -> bool:
    """Return whether ``body`` carries Anthropic's version, or messages that may be Anthropic's and have no mark of another."""
    turns = body.get("messages")
    if not isinstance(turns, list) or "inferenceConfig" in body:
        return False
    if "anthropic_version" in body or "anthropic_beta" in body:
        return True
    has_functions = any("function" in entry for entry in objects_in(body.get("tools")))
    return not has_functions and all(
        turn.get("role") in ("user", "assistant") and _is_content(turn.get("content")) for turn in objects_in(turns)
    )


def _is_content(content: object) -> bool:
    return isinstance(content, str) or all("type" in block and "image_url" not in block for block in objects_in(content))


def answers(body: Json) -> bool:
    """Return whether ``body`` is a message or an event of its stream."""
    if body.get("type") == "message":
        return isinstance(body.get("content"), list)
    return text_in(body.get("type")) in _EVENT_TYPES


def read_request(body: Json) -> Request:
    """Read a request body."""
    system, n_media = _texts_of_blocks(body.get("system"))
    messages = system_messages(join_parts(system))
    for turn in objects_in(body.get("messages")):
        n_media += _read_turn(turn, messages)
    limit = count_in(body.get("max_tokens"))
    return Request(messages, read_tools(body.get("tools")), n_media, number_in(body.get("temperature")), limit)


def _read_turn(turn: Json, messages: list[Json]) -> int:
    """Append the messages of one turn: results of tools first, then what was said."""
    role = text_in(turn.get("role")) or "user"
    texts, n_media = _texts_of_blocks(turn.get("content"))
    blocks = objects_in(turn.get("content"))
    results = [block for block in blocks if block.get("type") == "tool_result"]
    for result in results:
        result_texts, n_result_media = _texts_of_blocks(result.get("content"))
        messages.append(tool_message(text_in(result.get("tool_use_id")) or "", join_parts(result_texts)))
        n_media += n_result_media
    if role == "assistant":
        messages.append(assistant_message(join_parts(texts), _tool_calls(blocks)))
    elif texts or not results:
        messages.append(message(role, join_parts(texts)))
    return n_media


def _texts_of_blocks(content: object) -> tuple[list[str], int]:
    """Return the text parts of content, markers for media among them, and the number of media."""
    if isinstance(content, str):
        return [content], 0
    texts: list[str] = []
    n_media = 0
    for block in list_in(content):
        text, is_media = (block, False) if isinstance(block, str) else _text_of_block(object_in(block))
        n_media += is_media
        if text is not None:
            texts.append(text)
    return texts, n_media


def _text_of_block(block: Json) -> tuple[str | None, bool]:
    kind = text_in(block.get("type")) or "text"
    if kind == "text":
        return text_in(block.get("text")), False
    if kind in _MEDIA:
        source = object_in(block.get("source"))
        if source.get("type") == "text":
            return media_marker(kind, "txt"), True
        return media_marker(kind, (text_in(source.get("media_type")) or "").rpartition("/")[2] or None), True
    if kind == "search_result":
        return join_parts(_texts_of_blocks(block.get("content"))[0]), False
    if kind in _SILENT:
        return None, False
    return media_marker(kind), True  # never pass over what we do not know


def _tool_calls(blocks: list[Json]) -> list[Json]:
    uses = [block for block in blocks if block.get("type") == "tool_use"]
    return [tool_call(text_in(use.get("id")) or "", text_in(use.get("name")) or "", use.get("input")) for use in uses]


def read_tools(tools: object) -> list[Json]:
    """Return tool definitions; those that run at the server have a type and no schema."""
    found = [(text_in(entry.get("name")) or text_in(entry.get("type")), entry) for entry in objects_in(tools)]
    return [tool(name, text_in(entry.get("description")), entry.get("input_schema")) for name, entry in found if name]


def read_response(body: Json) -> Answer:
    """Read a response body. One that a guardrail replaced has neither usage nor stop reason."""
    blocks = objects_in(body.get("content"))
    thoughts = [text_in(block.get("thinking")) or "" for block in blocks if block.get("type") == "thinking"]
    return Answer(
        text=_joined_texts(blocks),
        reasoning=join_parts([thought for thought in thoughts if thought]) or None,
        tool_calls=_tool_calls(blocks),
        stop=text_in(body.get("stop_reason")),
        usage=_read_usage(object_in(body.get("usage"))),
    )


def _joined_texts(blocks: list[Json]) -> str:
    """Join texts: an answer with citations is one text, cut at every citation. What tools of the server found is not said."""
    texts, _ = _texts_of_blocks([block for block in blocks if block.get("type", "text") == "text"])
    return "".join(texts) if any(block.get("citations") for block in blocks) else join_parts(texts)


def _read_usage(usage: Json) -> Usage:
    return Usage(
        input_tokens=count_in(usage.get("input_tokens")),
        output_tokens=count_in(usage.get("output_tokens")),
        cache_read_tokens=count_in(usage.get("cache_read_input_tokens")),
        cache_write_tokens=count_in(usage.get("cache_creation_input_tokens")),
    )


@dataclass(slots=True)
class _Stream:
    """Content blocks by index, with the pieces that arrived for them."""

    blocks: dict[int, Json] = field(default_factory=dict)
    pieces: dict[int, list[str]] = field(default_factory=dict)
    usage: Json = field(default_factory=dict)
    stop: str | None = None
    is_complete: bool = False


def read_events(events: list[Json]) -> Answer:
    """Read the events of a stream: blocks by their index, the pieces of each joined."""
    stream = _Stream()
    for event in events:
        _take(stream, event)
    blocks = [_closed(stream.blocks[index], "".join(stream.pieces[index])) for index in sorted(stream.blocks)]
    answer = read_response({"content": blocks, "stop_reason": stream.stop, "usage": stream.usage})
    answer.is_complete = stream.is_complete
    return answer


def _take(stream: _Stream, event: Json) -> None:
    kind = event.get("type")
    if kind == "message_start":
        counts = object_in(object_in(event.get("message")).get("usage"))
        stream.usage |= {key: count for key, count in counts.items() if key != "output_tokens"}  # provisional: the last event has the count
    elif kind == "content_block_start":
        index = count_in(event.get("index")) or 0
        stream.blocks[index] = dict(object_in(event.get("content_block")))
        stream.pieces[index] = []
    elif kind == "content_block_delta":
        _take_delta(stream, count_in(event.get("index")) or 0, object_in(event.get("delta")))
    elif kind == "message_delta":
        stream.usage |= {key: count for key, count in object_in(event.get("usage")).items() if count is not None}
        stream.stop = text_in(object_in(event.get("delta")).get("stop_reason")) or stream.stop
    elif kind == "message_stop":
        stream.is_complete = True


def _take_delta(stream: _Stream, index: int, delta: Json) -> None:
    piece = next((delta[key] for key in ("text", "partial_json", "thinking") if isinstance(delta.get(key), str)), None)
    if index not in stream.blocks:
        stream.blocks[index] = {"type": "text"}  # its start was lost
        stream.pieces[index] = []
    if piece is not None:
        stream.pieces[index].append(piece)
    if "citation" in delta:
        stream.blocks[index]["citations"] = [delta["citation"]]


def _closed(block: Json, pieces: str) -> Json:
    """Return a block as the whole response would hold it; the input of a tool stays the JSON text that arrived, cut or not."""
    if block.get("type") == "tool_use":
        return block | {"input": pieces} if pieces else block
    key = "thinking" if block.get("type") == "thinking" else "text"
    return block | {key: (text_in(block.get(key)) or "") + pieces}


FAMILY: Final = Family("anthropic_messages", asks, read_request, answers, read_response, read_events, counts_cached=False)
