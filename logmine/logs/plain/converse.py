"""Plain bodies of Converse, ConverseStream and Nova: text, uses of tools and their results, reasoning in answers."""

from __future__ import annotations

from typing import Annotated, Any, Final, Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

from logmine.logs.chat import (
    NO_METRICS,
    Chat,
    Count,
    Family,
    assistant_message,
    join_parts,
    tool_message,
)
from logmine.logs.families import converse, nova
from logmine.logs.fields import json_text
from logmine.logs.plain.converse_answers import NO_USAGE, Response, ToolUse, calls_of, decode_response, response_of, said
from logmine.logs.plain.values import (
    ABSENT,
    NO_TEXT,
    QUOTE,
    Message,
    Never,
    Number,
    encode,
    joined,
    read_once,
)

T = TypeVar("T")
"""What a text of a request is read as: JSON as it stands where that is tidy, else the text, which is to be written anew."""


class _Text(Struct, Generic[T], gc=False, rename="camel", forbid_unknown_fields=True):
    text: T = ABSENT  # pyright: ignore[reportAssignmentType] - as below: stands for no text, whatever it is read as
    cache_point: Raw = ABSENT


class _ResultPart(Struct, Generic[T], gc=False, rename="camel", forbid_unknown_fields=True):
    text: T = ABSENT  # pyright: ignore[reportAssignmentType]
    json: Any = UNSET


class _ToolResult(Struct, Generic[T], gc=False, rename="camel"):
    content: list[_ResultPart[T]]
    tool_use_id: str = ""


class _Block(Struct, Generic[T], gc=False, rename="camel", forbid_unknown_fields=True):
    text: T = ABSENT  # pyright: ignore[reportAssignmentType]
    tool_use: ToolUse | UnsetType = UNSET
    tool_result: _ToolResult[T] | UnsetType = UNSET
    cache_point: Raw = ABSENT


class _Turn(Struct, Generic[T], gc=False, rename="camel"):
    role: Literal["user", "assistant"]
    content: Annotated[list[_Block[T]], Meta(min_length=1)]


class _Settings(Struct, gc=False, rename="camel"):
    max_tokens: Count | UnsetType = UNSET
    temperature: Number | None = None
    nova_max_tokens: Count | UnsetType = field(default=UNSET, name="max_new_tokens")
    max_new_tokens: Count | UnsetType = UNSET
    top_k: Raw = ABSENT


class PlainRequest(Struct, Generic[T], gc=False, rename="camel", kw_only=True):
    """A request body."""

    messages: Annotated[list[_Turn[T]], Meta(min_length=1)]
    system: list[_Text[T]] | None = None
    inference_config: _Settings | None = None
    additional_model_request_fields: Raw = ABSENT
    tool_config: Raw = ABSENT
    schema_version: Raw = ABSENT
    reasoning_config: Raw = ABSENT
    guardrail_config: Raw = ABSENT
    performance_config: Raw = ABSENT
    prompt_variables: Raw = ABSENT
    model: str | None = None
    anthropic_version: Never = field(default=0, name="anthropic_version")
    anthropic_beta: Never = field(default=0, name="anthropic_beta")
    input: Never = 0
    message: Never = 0
    input_text: Never = 0
    prompt: Never = 0


_NO_SETTINGS: Final = _Settings()
_read_tools: Final = read_once(converse.read_tools)


def read(asked: PlainRequest[Any], response: bytes | memoryview | Raw, hints: tuple[str, ...], *, is_tidy: bool) -> Chat | None:
    """Return the chat of two plain bodies, None where one of them is not plain."""
    answered = decode_response(response)
    if answered.__class__ is Response:
        return _chat(asked, answered, hints, is_tidy=is_tidy)
    if not answered or answered[0].message_start is ABSENT:
        return None
    whole, is_complete = response_of(answered)
    chat = _chat(asked, whole, hints, is_tidy=is_tidy, is_stream=True)
    if chat is not None:
        chat.is_complete = is_complete
    return chat


def _chat(asked: PlainRequest[Any], answered: Response, hints: tuple[str, ...], *, is_tidy: bool, is_stream: bool = False) -> Chat | None:
    family = _family(asked, hints, answers_nova=is_stream or answered.latency is UNSET)
    if family is None:
        return None
    text, reasoning, tool_calls = said(answered)
    messages = _messages(asked, is_tidy=is_tidy)
    if text is None or messages is None:
        return None
    settings = asked.inference_config or _NO_SETTINGS
    usage = answered.usage or NO_USAGE
    read, written = usage.cache_read_input_tokens, usage.cache_write_input_tokens
    return Chat(
        family,
        messages,
        None if asked.tool_config is ABSENT else _read_tools(asked.tool_config),
        settings.temperature,
        settings.max_tokens if settings.max_tokens is not UNSET else _rare_limit(settings),
        answered.model or asked.model,
        answered.metrics or NO_METRICS,
        text,
        reasoning,
        tool_calls,
        answered.stop_reason,
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_input_token_count if read is UNSET else read,
        usage.cache_write_input_token_count if written is UNSET else written,
        None,
        answered.latency.latency_ms if answered.latency else None,
    )


def _family(asked: PlainRequest[Any], hints: tuple[str, ...], *, answers_nova: bool) -> Family | None:
    """Return Nova or Converse by the keys that only one of them has, as :func:`logmine.logs.families.family_of_request` does."""
    config = asked.inference_config or _NO_SETTINGS
    is_converse = (
        asked.schema_version is ABSENT and config.nova_max_tokens is UNSET and asked.reasoning_config is ABSENT and config.top_k is ABSENT
    )
    is_nova = (
        asked.additional_model_request_fields is ABSENT
        and asked.guardrail_config is ABSENT
        and asked.performance_config is ABSENT
        and asked.prompt_variables is ABSENT
    )
    if is_nova and is_converse:
        is_nova = answers_nova and ("nova" in hints or "converse" not in hints)
    if is_nova:
        return nova.FAMILY
    return converse.FAMILY if is_converse else None


def _rare_limit(settings: _Settings) -> int | None:
    limit = settings.max_new_tokens if settings.nova_max_tokens is UNSET else settings.nova_max_tokens
    return None if limit is UNSET else limit


def _messages(asked: PlainRequest[Any], *, is_tidy: bool) -> bytes | None:
    """Return the messages as JSON, None where a block is empty, or what should be a text is none."""
    messages: list[Any] = []
    if asked.system:
        text = _system_text(asked.system, is_tidy=is_tidy)
        if text is None:
            return None
        if len(text) > (len(NO_TEXT) if is_tidy else 0):
            messages.append(Message("system", text))
    for turn in asked.messages:
        blocks = turn.content
        block = blocks[0]
        text = block.text
        if len(blocks) == 1 and text is not ABSENT and block.tool_use is UNSET and block.tool_result is UNSET:
            if is_tidy and memoryview(text)[0] != QUOTE:
                return None
            messages.append(Message(turn.role, text))
        elif not _read_blocks(turn.role, blocks, messages, is_tidy=is_tidy):
            return None
    return encode(messages)


def _system_text(blocks: list[_Text[Any]], *, is_tidy: bool) -> Raw | str | None:
    text = blocks[0].text
    if len(blocks) == 1 and text is not ABSENT:
        return None if is_tidy and memoryview(text)[0] != QUOTE else text
    if any(block.text is ABSENT and block.cache_point is ABSENT for block in blocks):
        return None
    return _joined([block.text for block in blocks if block.text is not ABSENT], is_tidy=is_tidy)


def _joined(texts: list[Any], *, is_tidy: bool) -> Raw | str:
    return joined(texts, is_tidy=True) if is_tidy else join_parts(texts)


def _read_blocks(role: str, blocks: list[_Block[Any]], messages: list[Any], *, is_tidy: bool) -> bool:
    """Append the messages of one turn: results of tools first, then what was said. False for a block that is empty."""
    texts: list[Any] = []
    has_results = False
    for block in blocks:
        if block.text is not ABSENT:
            texts.append(block.text)
        elif block.tool_use is UNSET and block.tool_result is UNSET and block.cache_point is ABSENT:
            return False
        if block.tool_result is not UNSET:
            has_results = True
            parts = [_text_of_result(part, is_tidy=is_tidy) for part in block.tool_result.content]
            messages.append(tool_message(block.tool_result.tool_use_id, _joined(parts, is_tidy=is_tidy)))
    if role == "assistant":
        messages.append(assistant_message(_joined(texts, is_tidy=is_tidy), calls_of([block.tool_use for block in blocks])))
    elif texts or not has_results:
        messages.append(Message(role, _joined(texts, is_tidy=is_tidy)))
    return True


def _text_of_result(part: _ResultPart[Any], *, is_tidy: bool) -> Raw | str:
    if part.text is not ABSENT:
        return part.text
    if part.json is UNSET:
        raise msgspec.ValidationError("a result without text or JSON is not plain")
    text = json_text(part.json)
    return Raw(encode(text)) if is_tidy else text
