"""Plain bodies of OpenAI's chat completions: text, tool calls and their results, reasoning in answers; chunks of a stream."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

from logmine.logs.chat import (
    NO_METRICS,
    Answer,
    Chat,
    Count,
    Request,
    Usage,
    assistant_message,
    join_parts,
    message,
    tool_call,
    tool_message,
)
from logmine.logs.families import openai_chat as family
from logmine.logs.fields import Json, objects_in
from logmine.logs.plain.values import ABSENT, BRACKET, NO_TEXT, NULL, Marked, Never, Number, encode, first_byte, joined, read_once, text_of


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
    if isinstance(answered, _Response):
        answer, last = _of_response(answered), answered
        model = answered.model
    elif answered:
        answer, last = _of_chunks(answered), answered[-1]
        model = answered[0].model
    else:
        return None
    return Chat(family.FAMILY, _request(asked, is_tidy=is_tidy), answer, None, model or asked.model, last.metrics or NO_METRICS)


def _request(asked: PlainRequest, *, is_tidy: bool) -> Request:
    messages = [_message(turn, is_tidy=is_tidy) for turn in asked.messages]
    limit = asked.max_tokens if asked.max_completion_tokens is UNSET else asked.max_completion_tokens
    return Request([], _read_tools(asked.tools), 0, asked.temperature, limit, encode(messages))


def _message(turn: _Turn, *, is_tidy: bool) -> Json:
    role = turn.role
    text = _text(turn.content, is_tidy=is_tidy)
    if role == "assistant":
        return assistant_message(text, _tool_calls(turn.tool_calls))
    if role == "tool":
        return tool_message(turn.tool_call_id or turn.name or "", text)
    return message("system" if role == "developer" else role, text)


def _text(content: Raw, *, is_tidy: bool) -> Raw:
    first = first_byte(content)
    if first == BRACKET:
        return joined([part.text for part in _decode_parts(content)], is_tidy=is_tidy)
    return NO_TEXT if first == NULL else text_of(content, is_tidy=is_tidy)


def _tool_calls(calls: list[_Call] | None) -> list[Json]:
    return [tool_call(call.id, call.function.name, call.function.arguments) for call in calls or ()]


def _of_response(answered: _Response) -> Answer:
    choice = answered.choices[0]
    turn = choice.message
    text = turn.content if isinstance(turn.content, str) else join_parts([part.text for part in turn.content or ()])
    return Answer(
        text=text or turn.refusal or "",
        reasoning=turn.reasoning_content or turn.reasoning or None,
        tool_calls=_tool_calls(turn.tool_calls),
        stop=choice.finish_reason or choice.stop_reason,
        usage=_usage(answered.usage),
    )


def _usage(usage: _Usage | None) -> Usage:
    if usage is None:
        return Usage()
    prompt, output = usage.prompt_tokens_details or _PromptDetails(), usage.completion_tokens_details or _OutputDetails()
    return Usage(usage.prompt_tokens, usage.completion_tokens, prompt.cached_tokens, prompt.cache_write_tokens, output.reasoning_tokens)


def _of_chunks(chunks: list[_Chunk]) -> Answer:
    """Read the chunks of a stream; the usage comes in a last chunk without choices."""
    texts: list[str] = []
    thoughts: list[str] = []
    stop: str | None = None
    usage: _Usage | None = None
    for chunk in chunks:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            if choice.index:
                continue  # of several choices the first
            delta = choice.delta
            if delta.content:
                texts.append(delta.content)
            if thought := delta.reasoning_content or delta.reasoning:
                thoughts.append(thought)
            stop = choice.finish_reason or choice.stop_reason or stop
    return Answer(text="".join(texts), reasoning="".join(thoughts) or None, stop=stop, usage=_usage(usage), is_complete=stop is not None)
