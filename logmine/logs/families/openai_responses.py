"""OpenAI's Responses operation.

Source: https://platform.openai.com/docs/api-reference/responses. A stream's last event holds the whole response.
"""

from __future__ import annotations

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
    tool_call,
    tool_message,
)
from logmine.logs.families.openai_chat import ROLES, read_tools, texts_of_parts
from logmine.logs.fields import Json, count_in, json_text, list_in, number_in, object_in, objects_in, text_in

_FINAL_EVENTS: Final = ("response.completed", "response.incomplete", "response.failed")
_SILENT: Final = ("reasoning", "item_reference")


def asks(body: Json) -> bool:
    """Return whether ``body`` has an ``input`` of text or items, and no messages."""
    return isinstance(body.get("input"), str | list) and "messages" not in body and "input_type" not in body


def answers(body: Json) -> bool:
    """Return whether ``body`` is a response or an event of its stream."""
    return body.get("object") == "response" or str(body.get("type", "")).startswith("response.")


def read_request(body: Json) -> Request:
    """Read a request body. With ``previous_response_id`` the earlier turns are not in the log: a marker stands for them."""
    request = Request(system_messages(text_in(body.get("instructions"))), read_tools(objects_in(body.get("tools"))))
    if text_in(body.get("previous_response_id")):
        request.messages.append(message("user", media_marker("earlier turns")))
        request.n_media += 1
    given = body.get("input")
    entries = [message("user", given)] if isinstance(given, str) else objects_in(given)
    for entry in entries:
        request.n_media += _read_entry(entry, request.messages)
    request.temperature = number_in(body.get("temperature"))
    request.max_output_tokens = count_in(body.get("max_output_tokens"))
    return request


def _read_entry(entry: Json, messages: list[Json]) -> int:
    """Append what one entry of the input says; calls go with the assistant's text that they follow."""
    kind = text_in(entry.get("type")) or "message"
    if kind in _SILENT:
        return 0
    if kind == "message":
        texts, n_media = texts_of_parts(entry.get("content"))
        role = text_in(entry.get("role")) or "user"
        messages.append(message(ROLES.get(role, role), join_parts(texts)))
        return n_media
    if kind == "function_call":
        _add_call(_call(entry), messages)
        return 0
    if kind == "function_call_output":
        output = entry.get("output")
        texts, n_media = texts_of_parts(output) if isinstance(output, str | list) else ([json_text(output)], 0)
        messages.append(tool_message(text_in(entry.get("call_id")) or "", join_parts(texts)))
        return n_media
    messages.append(message("user", media_marker(kind)))
    return 1


def _add_call(call: Json, messages: list[Json]) -> None:
    if messages and messages[-1]["role"] == "assistant":
        last = messages.pop()
        messages.append(assistant_message(last["content"], [*list_in(last.get("tool_calls")), call]))
    else:
        messages.append(assistant_message("", [call]))


def _call(entry: Json) -> Json:
    return tool_call(text_in(entry.get("call_id")) or "", text_in(entry.get("name")) or "", entry.get("arguments"))


def read_response(body: Json) -> Answer:
    """Read a response body."""
    entries = objects_in(body.get("output"))
    texts = [text for entry in entries if entry.get("type") == "message" for text in texts_of_parts(entry.get("content"))[0]]
    calls = [_call(entry) for entry in entries if entry.get("type") == "function_call"]
    stop = text_in(object_in(body.get("incomplete_details")).get("reason")) or text_in(body.get("status"))
    return Answer(
        text=join_parts(texts),
        reasoning=_reasoning(entries),
        tool_calls=calls,
        stop="tool_calls" if calls and stop == "completed" else stop,
        usage=_read_usage(object_in(body.get("usage"))),
    )


def _reasoning(entries: list[Json]) -> str | None:
    thoughts = [entry for entry in entries if entry.get("type") == "reasoning"]
    parts = [part for thought in thoughts for key in ("summary", "content") for part in objects_in(thought.get(key))]
    return join_parts([text for part in parts if (text := text_in(part.get("text")))]) or None


def _read_usage(usage: Json) -> Usage:
    given, made = object_in(usage.get("input_tokens_details")), object_in(usage.get("output_tokens_details"))
    return Usage(
        input_tokens=count_in(usage.get("input_tokens")),
        output_tokens=count_in(usage.get("output_tokens")),
        cache_read_tokens=count_in(given.get("cached_tokens")),
        cache_write_tokens=count_in(given.get("cache_write_tokens")),
        reasoning_tokens=count_in(made.get("reasoning_tokens")),
    )


def read_events(events: list[Json]) -> Answer:
    """Read the events of a stream: the whole response of the last event, else the pieces that came."""
    ends = [event for event in events if event.get("type") in _FINAL_EVENTS]
    if ends:
        return read_response(object_in(ends[-1].get("response")))
    pieces = [text_in(event.get("delta")) or "" for event in events if event.get("type") == "response.output_text.delta"]
    return Answer(text="".join(pieces), is_complete=False)


FAMILY: Final = Family("openai_responses", asks, read_request, answers, read_response, read_events)
