"""Cohere Command R and R+.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-cohere-command-r-plus.html.
"""

from __future__ import annotations

from typing import Final

from logmine.logs.chat import Answer, Family, Request, assistant_message, message, system_messages, tool, tool_call, tool_message
from logmine.logs.families.prompt_body import join_answers
from logmine.logs.fields import Json, count_in, json_text, number_in, object_in, objects_in, text_in

_ROLES: Final = {"CHATBOT": "assistant", "SYSTEM": "system", "TOOL": "tool"}


def asks(body: Json) -> bool:
    """Return whether ``body`` has one message, apart from its history."""
    return isinstance(body.get("message"), str)


def answers(body: Json) -> bool:
    """Return whether ``body`` is a response or an event of its stream."""
    return "event_type" in body or "generation_id" in body or ("response_id" in body and "text" in body)


def read_request(body: Json) -> Request:
    """Read a request body; documents to ground the answer on stand before the question."""
    messages = system_messages(text_in(body.get("preamble")))
    messages += [_past(turn) for turn in objects_in(body.get("chat_history"))]
    documents = [message("user", json_text(document)) for document in objects_in(body.get("documents"))]
    results = [_result(result) for result in objects_in(body.get("tool_results"))]
    said = text_in(body.get("message")) or ""
    messages += [*documents, *([message("user", said)] if said or not results else []), *results]
    tools = [_tool(entry) for entry in objects_in(body.get("tools"))]
    return Request(messages, tools, 0, number_in(body.get("temperature")), count_in(body.get("max_tokens")))


def _past(turn: Json) -> Json:
    role = _ROLES.get(str(turn.get("role")).upper(), "user")
    if role == "assistant":
        return assistant_message(text_in(turn.get("message")) or "", _tool_calls(turn))
    if role == "tool":
        return tool_message("", json_text(turn.get("tool_results")))
    return message(role, text_in(turn.get("message")) or "")


def _result(result: Json) -> Json:
    name = text_in(object_in(result.get("call")).get("name")) or ""
    return tool_message(name, json_text(result.get("outputs")))


def _tool(entry: Json) -> Json:
    """Return a tool; parameters are declared one by one, each with a Python type."""
    declared = {name: object_in(value) for name, value in object_in(entry.get("parameter_definitions")).items()}
    properties = {
        name: {key: value[key] for key in ("type", "description") if isinstance(value.get(key), str)} for name, value in declared.items()
    }
    schema: Json = {"type": "object", "properties": properties}
    if required := [name for name, value in declared.items() if value.get("required") is True]:
        schema["required"] = required
    return tool(text_in(entry.get("name")) or "", text_in(entry.get("description")), schema)


def _tool_calls(body: Json) -> list[Json]:
    return [tool_call("", text_in(call.get("name")) or "", call.get("parameters")) for call in objects_in(body.get("tool_calls"))]


def read_response(body: Json) -> Answer:
    """Read a response body. Its ``chat_history`` repeats the new turn and is not read."""
    return Answer(text=text_in(body.get("text")) or "", tool_calls=_tool_calls(body), stop=text_in(body.get("finish_reason")))


def read_events(events: list[Json]) -> Answer:
    """Read the events of a stream; the last holds the whole response."""
    ends = [event for event in events if event.get("event_type") == "stream-end" or event.get("is_finished") is True]
    whole = object_in(ends[-1].get("response")) if ends else {}
    answer = join_answers([Answer(text=text_in(event.get("text"))) for event in events if event.get("event_type") == "text-generation"])
    answer.text = text_in(whole.get("text")) or answer.text
    answer.tool_calls = _tool_calls(whole)
    answer.stop = text_in(ends[-1].get("finish_reason")) or text_in(whole.get("finish_reason")) if ends else None
    answer.is_complete = bool(ends)
    return answer


FAMILY: Final = Family("cohere_chat", asks, read_request, answers, read_response, read_events)
