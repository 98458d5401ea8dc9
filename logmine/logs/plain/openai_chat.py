"""Plain bodies of OpenAI's chat completions: text, tool calls and their results, reasoning in answers; chunks of a stream."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

from logmine.logs.chat import (
    NO_METRICS,
    Chat,
    Count,
    assistant_message,
    join_parts,
    tool_call,
    tool_message,
)
from logmine.logs.families import openai_chat as family
from logmine.logs.fields import Json, objects_in
from logmine.logs.plain.values import (
    ABSENT,
    BRACKET,
    NO_TEXT,
    NULL,
    Marked,
    Message,
    Never,
    Number,
    encode,
    first_byte,
    joined,
    read_once,
    text_of,
)


class _Part(Struct, gc=False):
    type: Literal["text"]
    text: Raw
    source: Never = 0


class _AnswerPart(Struct, gc=False):
    type: Literal["text"]
    text: str
    source: Never = 0


class _Function(Struct, gc=False):
    name: str = ""
    arguments: Any = None


class _Call(Struct, gc=False):
    function: _Function
    id: str = ""


class _Turn(Struct, gc=False, kw_only=True):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Raw = ABSENT
    tool_calls: list[_Call] | None = None
    tool_call_id: str | None = None
    name: str | None = None
    function_call: Never | None = None


class PlainRequest(Struct, gc=False, kw_only=True):
    """A request body."""

    messages: Annotated[list[_Turn], Meta(min_length=1)]
    tools: Raw = ABSENT
    max_completion_tokens: Count | UnsetType | None = UNSET
    max_tokens: Count | None = None
    temperature: Number | None = None
    model: str | None = None
    functions: Never = 0
    system: Never = 0
    anthropic_version: Never = 0
    anthropic_beta: Never = 0
    input: Never = 0
    message: Never = 0
    input_text: Never = field(default=0, name="inputText")
    prompt: Never = 0


class _PromptDetails(Struct, gc=False):
    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None


class _OutputDetails(Struct, gc=False):
    reasoning_tokens: Count | None = None


class _Usage(Struct, gc=False):
    prompt_tokens: Count
    completion_tokens: Count | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _OutputDetails | None = None


class _Answered(Struct, gc=False, kw_only=True):
    content: str | list[_AnswerPart] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[_Call] | None = None
    function_call: Never | None = None


class _Choice(Struct, gc=False):
    message: _Answered
    finish_reason: str | None = None
    stop_reason: str | None = None


class _Response(Marked, gc=False, kw_only=True):
    choices: Annotated[list[_Choice], Meta(min_length=1)]
    usage: _Usage | None = None
    model: str | None = None
    type: Never = 0
    message: Never = 0
    metadata: Never | None = None


class _Delta(Struct, gc=False):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: Never | None = None  # cut in pieces


class _ChunkChoice(Struct, gc=False):
    delta: _Delta
    index: Count | None = None
    finish_reason: str | None = None
    stop_reason: str | None = None
    message: Never = 0


class _Chunk(Marked, gc=False, kw_only=True):
    object: Literal["chat.completion.chunk"]
    choices: list[_ChunkChoice]
    usage: _Usage | None = None
    model: str | None = None
    type: Never = 0
    message: Never = 0
    metadata: Never | None = None


_decode_parts: Final = msgspec.json.Decoder(Annotated[list[_Part], Meta(min_length=1)]).decode
_decode_response: Final = msgspec.json.Decoder(_Response | list[_Chunk]).decode


def _read_entries(tools: Any) -> list[Json]:  # noqa: ANN401 - any JSON value
    entries = objects_in(tools)
    if any("function" not in entry or "input_schema" in entry for entry in entries):
        raise msgspec.ValidationError("tools of another family are not plain")
    return family.read_tools(entries)


_read_tools: Final = read_once(_read_entries)


def read(asked: PlainRequest, response: bytes | memoryview | Raw, _hints: tuple[str, ...], *, is_tidy: bool) -> Chat | None:
    """Return the chat of two plain bodies, None where the response is not plain."""
    answered = _decode_response(response)
    if not answered:
        return None
    messages = encode([_message(turn, is_tidy=is_tidy) for turn in asked.messages])
    limit = asked.max_tokens if asked.max_completion_tokens is UNSET else asked.max_completion_tokens
    chat = Chat(family.FAMILY, messages, _read_tools(asked.tools), asked.temperature, limit)
    if answered.__class__ is _Response:
        _answer(chat, answered)
        first = last = answered
    else:
        _join_chunks(chat, answered)
        first, last = answered[0], answered[-1]
    chat.model = first.model or asked.model
    chat.metrics = last.metrics or NO_METRICS
    return chat


def _message(turn: _Turn, *, is_tidy: bool) -> Json | Message:
    role = turn.role
    text = _text(turn.content, is_tidy=is_tidy)
    if role == "assistant" and turn.tool_calls:
        return assistant_message(text, _tool_calls(turn.tool_calls))
    if role == "tool":
        return tool_message(turn.tool_call_id or turn.name or "", text)
    return Message("system" if role == "developer" else role, text)


def _text(content: Raw, *, is_tidy: bool) -> Raw:
    first = first_byte(content)
    if first == BRACKET:
        return joined([part.text for part in _decode_parts(content)], is_tidy=is_tidy)
    return NO_TEXT if first == NULL else text_of(content, is_tidy=is_tidy)


def _tool_calls(calls: list[_Call] | None) -> list[Json]:
    return [tool_call(call.id, call.function.name, call.function.arguments) for call in calls or ()]


def _answer(chat: Chat, answered: _Response) -> None:
    choice = answered.choices[0]
    turn = choice.message
    calls = _tool_calls(turn.tool_calls)
    text = turn.content if isinstance(turn.content, str) else join_parts([part.text for part in turn.content or ()])
    chat.text = text or turn.refusal or ""
    chat.reasoning = turn.reasoning_content or turn.reasoning or None
    chat.tool_calls = encode(calls) if calls else None
    chat.stop = choice.finish_reason or choice.stop_reason
    _count(chat, answered.usage)


def _count(chat: Chat, usage: _Usage | None) -> None:
    if usage is None:
        return
    chat.input_tokens = usage.prompt_tokens
    chat.output_tokens = usage.completion_tokens
    if usage.prompt_tokens_details:
        chat.cache_read_tokens = usage.prompt_tokens_details.cached_tokens
        chat.cache_write_tokens = usage.prompt_tokens_details.cache_write_tokens
    if usage.completion_tokens_details:
        chat.reasoning_tokens = usage.completion_tokens_details.reasoning_tokens


def _join_chunks(chat: Chat, chunks: list[_Chunk]) -> None:
    """Read the chunks of a stream, of several choices the first; the usage comes in a last chunk without choices."""
    choices = [choice for chunk in chunks for choice in chunk.choices if not choice.index]
    deltas = [choice.delta for choice in choices]
    stops = [stop for choice in choices if (stop := choice.finish_reason or choice.stop_reason)]
    usages = [chunk.usage for chunk in chunks if chunk.usage is not None]
    chat.text = "".join([delta.content for delta in deltas if delta.content])
    chat.reasoning = "".join([thought for delta in deltas if (thought := delta.reasoning_content or delta.reasoning)]) or None
    chat.stop = stops[-1] if stops else None
    chat.is_complete = bool(stops)
    _count(chat, usages[-1] if usages else None)
