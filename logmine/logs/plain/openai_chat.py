"""Plain bodies of OpenAI's chat completions: text, tool calls and their results, reasoning in answers; chunks of a stream."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

from logmine.logs.chat import (
    NO_METRICS,
    Chat,
    Count,
    Metrics,
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
    QUOTE,
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
    prompt_tokens: Count | None
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


class _Delta(Struct, gc=False, frozen=True):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: Never | None = None  # cut in pieces


class _ChunkChoice(Struct, gc=False, frozen=True, kw_only=True):
    index: Literal[0] | None = None
    delta: _Delta
    finish_reason: str | None = None
    stop_reason: str | None = None
    message: Never = 0


_NO_CHOICE: Final = _ChunkChoice(delta=_Delta())


class _Choices(Struct, gc=False, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The array of the choices of a chunk: one, or none beside the usage."""

    first: _ChunkChoice = _NO_CHOICE


class _Chunk(Struct, gc=False, kw_only=True):
    """A chunk, without the keys that say nothing where its choice is plain: a stream has many, and each key costs once a chunk."""

    model: str | None = None
    choices: _Choices
    usage: _Usage | None = None
    guardrail_action: Literal["NONE"] | None = field(default=None, name="amazon-bedrock-guardrailAction")
    metrics: Metrics | None = field(default=None, name="amazon-bedrock-invocationMetrics")
    bedrock_trace: Never = field(default=0, name="amazon-bedrock-trace")
    trace: Never = 0
    metadata: Never | None = None


_NO_USAGE: Final = _Usage(None)
_NO_PROMPT_DETAILS: Final = _PromptDetails()
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
    if answered.__class__ is _Response:
        return _chat(asked, answered, is_tidy=is_tidy)
    if not answered or answered[0].choices.first is _NO_CHOICE or not answered[0].model:
        return None  # the first chunk tells the family, and the model
    chat = _chat(asked, _whole(answered), is_tidy=is_tidy)
    chat.is_complete = chat.stop is not None
    return chat


def _chat(asked: PlainRequest, answered: _Response, *, is_tidy: bool) -> Chat:
    choice = answered.choices[0]
    turn = choice.message
    text = turn.content if isinstance(turn.content, str) else join_parts([part.text for part in turn.content or ()])
    usage = answered.usage or _NO_USAGE
    prompt, output = usage.prompt_tokens_details or _NO_PROMPT_DETAILS, usage.completion_tokens_details
    return Chat(
        family.FAMILY,
        _messages(asked.messages, is_tidy=is_tidy),
        None if asked.tools is ABSENT else _read_tools(asked.tools),
        asked.temperature,
        asked.max_tokens if asked.max_completion_tokens is UNSET else asked.max_completion_tokens,
        answered.model or asked.model,
        answered.metrics or NO_METRICS,
        text or turn.refusal or "",
        turn.reasoning_content or turn.reasoning or None,
        encode(_tool_calls(turn.tool_calls)) if turn.tool_calls else None,
        choice.finish_reason or choice.stop_reason,
        usage.prompt_tokens,
        usage.completion_tokens,
        prompt.cached_tokens,
        prompt.cache_write_tokens,
        output.reasoning_tokens if output else None,
    )


def _messages(turns: list[_Turn], *, is_tidy: bool) -> bytes:
    messages: list[Any] = []
    for turn in turns:
        role, text = turn.role, turn.content
        if not is_tidy or memoryview(text)[0] != QUOTE:
            text = _text(text, is_tidy=is_tidy)
        if role == "tool":
            messages.append(tool_message(turn.tool_call_id or turn.name or "", text))
        elif role == "assistant" and turn.tool_calls:
            messages.append(assistant_message(text, _tool_calls(turn.tool_calls)))
        else:
            messages.append(Message("system" if role == "developer" else role, text))
    return encode(messages)


def _text(content: Raw, *, is_tidy: bool) -> Raw:
    first = first_byte(content)
    if first == BRACKET:
        return joined([part.text for part in _decode_parts(content)], is_tidy=is_tidy)
    return NO_TEXT if first == NULL else text_of(content, is_tidy=is_tidy)


def _tool_calls(calls: list[_Call]) -> list[Json]:
    return [tool_call(call.id, call.function.name, call.function.arguments) for call in calls]


def _whole(chunks: list[_Chunk]) -> _Response:
    """Return the response that the chunks of a stream amount to; the usage comes in a last chunk without choices."""
    deltas = [chunk.choices.first.delta for chunk in chunks]
    text = "".join([delta.content for delta in deltas if delta.content])
    thoughts = [thought for delta in deltas if (thought := delta.reasoning_content or delta.reasoning)]
    said = _Answered(content=text, reasoning="".join(thoughts))
    choices = [_Choice(said, _last_stop(chunks))]
    return _Response(choices=choices, usage=_last_usage(chunks), model=chunks[0].model, metrics=chunks[-1].metrics)


def _last_stop(chunks: list[_Chunk]) -> str | None:
    for chunk in reversed(chunks):  # as a rule the last or the one before
        choice = chunk.choices.first
        if stop := choice.finish_reason or choice.stop_reason:
            return stop
    return None


def _last_usage(chunks: list[_Chunk]) -> _Usage | None:
    for chunk in reversed(chunks):
        if chunk.usage is not None:
            return chunk.usage
    return None
