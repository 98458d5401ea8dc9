"""Plain bodies of Anthropic Claude, Messages API: text, uses of tools and their results, thinking in answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta, Raw, Struct, field

from logmine.logs.chat import (
    NO_METRICS,
    Chat,
    Count,
    assistant_message,
    join_parts,
    tool_call,
    tool_message,
)
from logmine.logs.families import anthropic_messages as family
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
    is_empty,
    joined,
    read_once,
    text_of,
)

if TYPE_CHECKING:
    from logmine.logs.fields import Json


class _Text(Struct, gc=False):
    type: Literal["text"]
    text: Raw


class _Block(Struct, gc=False):
    type: Literal["text", "tool_use", "tool_result"]
    text: Raw = ABSENT
    id: str | None = None
    name: str | None = None
    input: Any = None
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


class _AnswerBlock(Struct, gc=False):
    type: Literal["text", "tool_use", "thinking"]
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: Any = None
    citations: Never | None = None


class _Usage(Struct, gc=False):
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None


class _Response(Marked, gc=False, kw_only=True):
    type: Literal["message"]
    content: list[_AnswerBlock]
    stop_reason: str | None = None
    usage: _Usage | None = None
    model: str | None = None
    message: Never = 0
    metadata: Never = 0


class _Start(Struct, gc=False):
    usage: _Usage | None = None
    model: str | None = None


class _Delta(Struct, gc=False):
    text: str | None = None
    partial_json: str | None = None
    thinking: str | None = None
    stop_reason: str | None = None
    citation: Never = 0


class _Event(Marked, gc=False, kw_only=True):
    type: Literal[
        "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop", "ping"
    ]
    index: Count = 0
    message: _Start | None = None
    content_block: _AnswerBlock | None = None
    delta: _Delta | None = None
    usage: _Usage | None = None
    model: Never = 0
    metadata: Never = 0


_NO_USAGE: Final = _Usage()
_NO_DELTA: Final = _Delta()
_decode_texts: Final = msgspec.json.Decoder(list[_Text]).decode
_decode_blocks: Final = msgspec.json.Decoder(Annotated[list[_Block], Meta(min_length=1)]).decode
_decode_response: Final = msgspec.json.Decoder(_Response | list[_Event]).decode
_read_tools: Final = read_once(family._read_tools)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - one reading of tools


def read(asked: PlainRequest, response: bytes | memoryview | Raw, _hints: tuple[str, ...], *, is_tidy: bool) -> Chat | None:
    """Return the chat of two plain bodies, None where the response is not plain."""
    answered = _decode_response(response)
    if answered.__class__ is _Response:
        chat = _chat(asked, answered.content, answered.stop_reason, answered.usage or _NO_USAGE, is_tidy=is_tidy)
        chat.model = answered.model or asked.model
        chat.metrics = answered.metrics or NO_METRICS
        return chat
    if not answered or any([event.message is not None for event in answered[1:]]):  # noqa: C419 - a list is faster
        return None
    stream = _in_order(answered) or _by_index(answered)
    chat = _chat(asked, stream.blocks, stream.stop, stream.usage, is_tidy=is_tidy)
    start = answered[0].message
    chat.model = (start.model if start else None) or asked.model
    chat.metrics = answered[-1].metrics or NO_METRICS
    chat.is_complete = stream.is_complete
    return chat


def _chat(asked: PlainRequest, blocks: list[_AnswerBlock], stop: str | None, usage: _Usage, *, is_tidy: bool) -> Chat:
    reasoning = tool_calls = None
    if len(blocks) == 1 and blocks[0].type == "text":
        text = blocks[0].text or ""
    else:
        text = join_parts([block.text for block in blocks if block.type == "text" and block.text is not None])
        reasoning = join_parts([block.thinking for block in blocks if block.type == "thinking" and block.thinking]) or None
        calls = _tool_calls(blocks)
        tool_calls = encode(calls) if calls else None
    return Chat(
        family.FAMILY,
        _messages(asked, is_tidy=is_tidy),
        _read_tools(asked.tools),
        asked.temperature,
        asked.max_tokens,
        None,
        NO_METRICS,
        text,
        reasoning,
        tool_calls,
        stop,
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_input_tokens,
        usage.cache_creation_input_tokens,
    )


def _messages(asked: PlainRequest, *, is_tidy: bool) -> bytes:
    system = _text(asked.system, is_tidy=is_tidy)
    messages: list[Any] = [] if is_empty(system) else [Message("system", system)]
    for turn in asked.messages:
        first = memoryview(turn.content)[0]
        if first == BRACKET:
            _read_blocks(turn, messages, is_tidy=is_tidy)
            continue
        if first != QUOTE or not is_tidy:
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
    texts = [block.text for block in blocks if block.type == "text"]
    if len(texts) == len(blocks):
        turn.content = joined(texts, is_tidy=is_tidy)
        messages.append(turn)
        return
    results = [block for block in blocks if block.type == "tool_result"]
    messages.extend([tool_message(block.tool_use_id or "", _text(block.content, is_tidy=is_tidy)) for block in results])
    if turn.role == "assistant":
        messages.append(assistant_message(joined(texts, is_tidy=is_tidy), _tool_calls(blocks)))
    elif texts or not results:
        messages.append(Message(turn.role, joined(texts, is_tidy=is_tidy)))


def _tool_calls(blocks: list[_Block] | list[_AnswerBlock]) -> list[Json]:
    return [tool_call(block.id or "", block.name or "", block.input) for block in blocks if block.type == "tool_use"]


class _Stream(NamedTuple):
    """What the events of a stream amount to."""

    blocks: list[_AnswerBlock]
    stop: str | None
    usage: _Usage
    is_complete: bool


_ONE_TEXT: Final = (["message_start", "content_block_start"], ["content_block_stop", "message_delta", "message_stop"])


def _in_order(events: list[_Event]) -> _Stream | None:
    """Read a stream of one text block whose events are all there, as most are; None for any other."""
    start, end = events[:2], events[-3:]
    if [event.type for event in start] != _ONE_TEXT[0] or [event.type for event in end] != _ONE_TEXT[1]:
        return None
    block, delta = start[1].content_block, end[1].delta or _NO_DELTA
    if block is None or block.type != "text":
        return None
    pieces = [
        event.delta.text for event in events[2:-3] if event.delta is not None and event.type == "content_block_delta" and not event.index
    ]
    if len(pieces) != len(events) - 5 or None in pieces or start[1].index:
        return None
    block.text = (block.text or "") + "".join(pieces)  # pyright: ignore[reportArgumentType, reportCallIssue] - none is None
    return _Stream([block], delta.stop_reason or None, _merged(_started(start[0].message), end[1].usage), is_complete=True)


def _by_index(events: list[_Event]) -> _Stream:
    """Read the events of any stream: blocks by their index, the pieces of each joined."""
    blocks: dict[int, _AnswerBlock] = {}
    pieces: dict[int, list[str]] = {}
    usage, stop, is_complete = _Usage(), None, False
    for event in events:
        kind = event.type
        if kind == "content_block_delta":
            if event.index not in blocks:
                blocks[event.index], pieces[event.index] = _AnswerBlock("text"), []  # its start was lost
            delta = event.delta or _NO_DELTA
            piece = delta.text if delta.text is not None else delta.partial_json if delta.partial_json is not None else delta.thinking
            if piece is not None:
                pieces[event.index].append(piece)
        elif kind == "content_block_start":
            blocks[event.index], pieces[event.index] = event.content_block or _AnswerBlock("text"), []
        elif kind == "message_start":
            usage = _started(event.message)
        elif kind == "message_delta":
            usage = _merged(usage, event.usage)
            stop = (event.delta or _NO_DELTA).stop_reason or stop
        elif kind == "message_stop":
            is_complete = True
    return _Stream([_closed(blocks[index], "".join(pieces[index])) for index in sorted(blocks)], stop, usage, is_complete)


def _started(start: _Start | None) -> _Usage:
    """Return the counts with which a stream begins; that of the output is provisional: the last event has the count."""
    usage = start.usage if start else None
    return _Usage(usage.input_tokens, None, usage.cache_read_input_tokens, usage.cache_creation_input_tokens) if usage else _Usage()


def _merged(usage: _Usage, later: _Usage | None) -> _Usage:
    if later is None:
        return usage
    return _Usage(*(getattr(usage if getattr(later, name) is None else later, name) for name in _Usage.__struct_fields__))


def _closed(block: _AnswerBlock, pieces: str) -> _AnswerBlock:
    """Put the pieces of a block in their place; the input of a tool stays the JSON text that arrived, cut or not."""
    if block.type == "tool_use":
        block.input = pieces or block.input
    elif block.type == "thinking":
        block.thinking = (block.thinking or "") + pieces
    else:
        block.text = (block.text or "") + pieces
    return block
