"""Converse and ConverseStream: one shape for all models of Amazon Bedrock.

ConverseStream is logged as one aggregated object; the events of the wire are read too. Source:
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and ``..._ConverseStream.html``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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
from logmine.logs.fields import Json, count_in, json_text, number_in, object_in, objects_in, text_in

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEDIA: Final = ("image", "document", "video", "audio")
_SILENT: Final = ("cachePoint", "reasoningContent", "toolUse", "toolResult")
_EVENT_KEYS: Final = frozenset(["messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"])


def asks(body: Json) -> bool:
    """Return whether ``body`` has messages of blocks and no setting that only Nova takes."""
    settings = object_in(body.get("inferenceConfig"))
    is_nova = "schemaVersion" in body or "reasoningConfig" in body or "max_new_tokens" in settings or "topK" in settings
    return not is_nova and has_messages(body)


def has_messages(body: Json) -> bool:
    """Return whether messages hold blocks that are told apart by their keys, not by a type."""
    turns = body.get("messages")
    return isinstance(turns, list) and all(isinstance(turn, dict) and _has_blocks(turn.get("content")) for turn in turns)


def _has_blocks(content: object) -> bool:
    return isinstance(content, list) and all(isinstance(block, dict) and "type" not in block for block in content)


def answers(body: Json) -> bool:
    """Return whether ``body`` is a response or an event of its stream."""
    return isinstance(object_in(body.get("output")).get("message"), dict) or not _EVENT_KEYS.isdisjoint(body)


def read_request(body: Json) -> Request:
    """Read a request body."""
    system, n_media = texts_of_blocks(body.get("system"))
    messages = system_messages(join_parts(system))
    for turn in objects_in(body.get("messages")):
        n_media += _read_turn(turn, messages)
    config = object_in(body.get("inferenceConfig"))
    limit = next((config[key] for key in ("maxTokens", "max_new_tokens", "maxNewTokens") if key in config), None)
    return Request(messages, read_tools(body.get("toolConfig")), n_media, number_in(config.get("temperature")), count_in(limit))


def _read_turn(turn: Json, messages: list[Json]) -> int:
    """Append the messages of one turn: results of tools first, then what was said."""
    role = text_in(turn.get("role")) or "user"
    content = turn.get("content")
    if isinstance(content, str):
        messages.append(message(role, content))
        return 0
    texts, n_media = texts_of_blocks(content)
    blocks = objects_in(content)
    results = [object_in(block["toolResult"]) for block in blocks if "toolResult" in block]
    for result in results:
        result_texts, n_result_media = texts_of_blocks(result.get("content"))
        messages.append(tool_message(text_in(result.get("toolUseId")) or "", join_parts(result_texts)))
        n_media += n_result_media
    if role == "assistant":
        messages.append(assistant_message(join_parts(texts), tool_calls_of_blocks(blocks)))
    elif texts or not results:
        messages.append(message(role, join_parts(texts)))
    return n_media


def texts_of_blocks(content: object) -> tuple[list[str], int]:
    """Return the text parts of content blocks, markers for media among them, and the number of media."""
    if isinstance(content, str):
        return [content], 0
    texts: list[str] = []
    n_media = 0
    for block in objects_in(content):
        text, is_media = _text_of_block(block)
        n_media += is_media
        if text is not None:
            texts.append(text)
    return texts, n_media


def _text_of_block(block: Json) -> tuple[str | None, bool]:
    if isinstance(block.get("text"), str):
        return block["text"], False
    if "guardContent" in block:
        guarded = object_in(block["guardContent"])
        return _text_of_block(guarded if "image" in guarded else {"text": object_in(guarded.get("text")).get("text", "")})
    for kind in _MEDIA:
        if kind in block:
            return media_marker(kind, text_in(object_in(block[kind]).get("format"))), True
    if "json" in block:
        return json_text(block["json"]), False
    for kind in ("citationsContent", "searchResult"):
        if kind in block:
            return join_parts(texts_of_blocks(object_in(block[kind]).get("content"))[0]), False
    if any(key in block for key in _SILENT):
        return None, False
    return media_marker(next(iter(block), "empty")), True  # never pass over what we do not know


def tool_calls_of_blocks(blocks: Sequence[Json]) -> list[Json]:
    """Return the tool calls of an assistant's content blocks."""
    uses = [object_in(block["toolUse"]) for block in blocks if "toolUse" in block]
    return [tool_call(text_in(use.get("toolUseId")) or "", text_in(use.get("name")) or "", use.get("input")) for use in uses]


def read_tools(config: object) -> list[Json]:
    """Return the tools of a ``toolConfig``."""
    tools: list[Json] = []
    for entry in objects_in(object_in(config).get("tools")):
        spec = object_in(entry.get("toolSpec") or entry.get("systemTool"))
        if name := text_in(spec.get("name")):
            tools.append(tool(name, text_in(spec.get("description")), object_in(spec.get("inputSchema")).get("json")))
    return tools


def read_response(body: Json) -> Answer:
    """Read a response body."""
    blocks = objects_in(object_in(object_in(body.get("output")).get("message")).get("content"))
    texts, _ = texts_of_blocks(blocks)
    return Answer(
        text=join_parts(texts),
        reasoning=_reasoning(blocks),
        tool_calls=tool_calls_of_blocks(blocks),
        stop=text_in(body.get("stopReason")),
        usage=read_usage(body.get("usage")),
        latency_ms=count_in(object_in(body.get("metrics")).get("latencyMs")),
    )


def _reasoning(blocks: list[Json]) -> str | None:
    contents = [object_in(block["reasoningContent"]) for block in blocks if "reasoningContent" in block]
    texts = [text_in(object_in(content.get("reasoningText")).get("text")) or text_in(content.get("text")) for content in contents]
    return join_parts([text for text in texts if text]) or None


def read_usage(usage: object) -> Usage:
    """Read a ``usage`` object; Converse and Nova name the cached tokens differently."""
    counts = object_in(usage)
    return Usage(
        input_tokens=count_in(counts.get("inputTokens")),
        output_tokens=count_in(counts.get("outputTokens")),
        cache_read_tokens=count_in(counts.get("cacheReadInputTokens", counts.get("cacheReadInputTokenCount"))),
        cache_write_tokens=count_in(counts.get("cacheWriteInputTokens", counts.get("cacheWriteInputTokenCount"))),
    )


def read_events(events: list[Json]) -> Answer:
    """Read the events of a stream. A new text block may begin at every piece: pieces that follow one another are one text."""
    answer = Answer(is_complete=False)
    texts: list[list[str]] = []
    thoughts: list[str] = []
    calls: list[tuple[Json, list[str]]] = []
    last = ""
    for event in events:
        if "contentBlockStart" in event:
            use = object_in(object_in(object_in(event["contentBlockStart"]).get("start")).get("toolUse"))
            if use:
                calls.append((use, []))
                last = "tool"
        elif "contentBlockDelta" in event:
            delta = object_in(object_in(event["contentBlockDelta"]).get("delta"))
            last = _add_delta(delta, last, texts, thoughts, calls)
        elif "messageStop" in event:
            answer.stop = text_in(object_in(event["messageStop"]).get("stopReason"))
            answer.is_complete = True
        elif "metadata" in event:
            metadata = object_in(event["metadata"])
            answer.usage = read_usage(metadata.get("usage"))
            answer.latency_ms = count_in(object_in(metadata.get("metrics")).get("latencyMs"))
    answer.text = join_parts("".join(pieces) for pieces in texts)
    answer.reasoning = "".join(thoughts) or None
    answer.tool_calls = [
        tool_call(text_in(use.get("toolUseId")) or "", text_in(use.get("name")) or "", "".join(pieces) or "{}") for use, pieces in calls
    ]
    return answer


def _add_delta(delta: Json, last: str, texts: list[list[str]], thoughts: list[str], calls: list[tuple[Json, list[str]]]) -> str:
    """Add one piece to the text, reasoning or tool call to which it belongs; return which."""
    if isinstance(delta.get("text"), str):
        if last != "text":
            texts.append([])
        texts[-1].append(delta["text"])
        return "text"
    if "reasoningContent" in delta:
        content = object_in(delta["reasoningContent"])
        thoughts.append(text_in(content.get("text")) or text_in(object_in(content.get("reasoningText")).get("text")) or "")
        return "reasoning"
    if "toolUse" in delta and calls:
        calls[-1][1].append(text_in(object_in(delta["toolUse"]).get("input")) or "")
        return "tool"
    return last


FAMILY: Final = Family("converse", asks, read_request, answers, read_response, read_events, counts_cached=False)
