"""Plain bodies of Anthropic Claude, Messages API: text, uses of tools and their results, thinking in answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Raw, Struct, field

from logmine.logs.chat import (
    Chat,
    Count,
    assistant_message,
    join_parts,
    tool_call,
    tool_message,
)
from logmine.logs.families import anthropic_messages as family
from logmine.logs.plain.anthropic_answers import Block, answer_of
from logmine.logs.plain.values import (
    ABSENT,
    BRACKET,
    NO_TEXT,
    NULL,
    Message,
    Never,
    Number,
    encode,
    first_byte,
    is_empty,
    joined,
    read_once,
    text_of,
)

if TYPE_CHECKING:
    from logmine.logs.fields import Json


class _Text(Struct, gc=False, tag_field="type", tag="text"):
    text: Raw


class _ToolUse(Struct, gc=False, tag_field="type", tag="tool_use"):
    id: str | None = None
    name: str | None = None
    input: Any = None


class _ToolResult(Struct, gc=False, tag_field="type", tag="tool_result"):
    tool_use_id: str | None = None
    content: Raw = ABSENT


class _Turn(Struct, gc=False):
    """A turn; one whose content is a text is a canonical message as it stands."""

    role: Literal["user", "assistant"]
    content: Raw


class PlainRequest(Struct, gc=False, kw_only=True):
    """A request body."""

    anthropic_version: str
    messages: Annotated[list[_Turn], Meta(min_length=1)]
    system: Raw = ABSENT
    tools: Raw = ABSENT
    max_tokens: Count | None = None
    temperature: Number | None = None
    model: str | None = None
    inference_config: Never = field(default=0, name="inferenceConfig")
    input: Never = 0
    message: Never = 0
    input_text: Never = field(default=0, name="inputText")
    prompt: Never = 0


_decode_texts: Final = msgspec.json.Decoder(list[_Text]).decode
_decode_blocks: Final = msgspec.json.Decoder(Annotated[list[_Text | _ToolUse | _ToolResult], Meta(min_length=1)]).decode
_read_tools: Final = read_once(family._read_tools)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - one reading of tools


def read(asked: PlainRequest, response: bytes | memoryview | Raw, _hints: tuple[str, ...], *, is_tidy: bool) -> Chat | None:
    """Return the chat of two plain bodies, None where the response is not plain."""
    answer = answer_of(response, is_tidy=is_tidy)
    if answer is None:
        return None
    text, reasoning, tool_calls = _said(answer.blocks)
    usage = answer.usage
    return Chat(
        family.FAMILY,
        _messages(asked, is_tidy=is_tidy),
        _read_tools(asked.tools),
        asked.temperature,
        asked.max_tokens,
        answer.model or asked.model,
        answer.metrics,
        text,
        reasoning,
        tool_calls,
        answer.stop,
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_input_tokens,
        usage.cache_creation_input_tokens,
        is_complete=answer.is_complete,
    )


def _said(blocks: list[Block]) -> tuple[str, str | None, bytes | None]:
    """Return text, reasoning and tool calls, the last as JSON."""
    if len(blocks) == 1 and blocks[0].type == "text":
        return blocks[0].text or "", None, None
    text = join_parts([block.text for block in blocks if block.type == "text" and block.text is not None])
    thoughts = join_parts([block.thinking for block in blocks if block.type == "thinking" and block.thinking])
    calls = [tool_call(block.id or "", block.name or "", block.input) for block in blocks if block.type == "tool_use"]
    return text, thoughts or None, encode(calls) if calls else None


def _messages(asked: PlainRequest, *, is_tidy: bool) -> bytes:
    system = asked.system
    text = NO_TEXT if system is ABSENT else _text(system, is_tidy=is_tidy)
    messages: list[Any] = [] if is_empty(text) else [Message("system", text)]
    for turn in asked.messages:
        if memoryview(turn.content)[0] == BRACKET:
            _read_blocks(turn, messages, is_tidy=is_tidy)
        else:
            turn.content = text_of(turn.content, is_tidy=is_tidy)
            messages.append(turn)
    return encode(messages)


def _text(content: Raw, *, is_tidy: bool) -> Raw:
    """Return the text of content that is a string or holds texts alone; none is no text."""
    first = first_byte(content)
    if first == BRACKET:
        return joined([block.text for block in _decode_texts(content)], is_tidy=is_tidy)
    return NO_TEXT if first == NULL else text_of(content, is_tidy=is_tidy)


def _read_blocks(turn: _Turn, messages: list[Any], *, is_tidy: bool) -> None:
    """Append the messages of one turn: results of tools first, then what was said."""
    blocks = _decode_blocks(turn.content)
    texts: list[Raw] = []
    calls: list[Json] = []
    n_before = len(messages)
    for block in blocks:
        if block.__class__ is _Text:
            texts.append(block.text)
        elif block.__class__ is _ToolResult:
            messages.append(tool_message(block.tool_use_id or "", _text(block.content, is_tidy=is_tidy)))
        else:
            calls.append(tool_call(block.id or "", block.name or "", block.input))
    if len(texts) == len(blocks):
        turn.content = joined(texts, is_tidy=is_tidy)
        messages.append(turn)
    elif turn.role == "assistant":
        messages.append(assistant_message(joined(texts, is_tidy=is_tidy), calls))
    elif texts or len(messages) == n_before:
        messages.append(Message(turn.role, joined(texts, is_tidy=is_tidy)))
