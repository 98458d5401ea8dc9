"""Plain bodies of Anthropic Claude, Messages API: text, uses of tools and their results, thinking in answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta, Raw, Struct, field

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
from logmine.logs.families import anthropic_messages as family
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


class _Event(Marked, gc=False, kw_only=True, tag_field="type"):
    """An event of a stream; the most frequent one has a type of its own, of as few fields as can be."""

    model: Never = 0
    metadata: Never = 0


class _MessageStart(_Event, gc=False, kw_only=True, tag="message_start"):
    message: _Start | None = None


class _Later(_Event, gc=False, kw_only=True):
    message: Never = 0


class _BlockStart(_Later, gc=False, kw_only=True, tag="content_block_start"):
    index: Count = 0
    content_block: _AnswerBlock | None = None


class _TextBlock(Struct, gc=False, forbid_unknown_fields=True):
    type: Literal["text"]
    text: str


class _TextStart(_Later, gc=False, kw_only=True, tag="content_block_start"):
    """The start of a block of text that holds all of it: behind its text, no key can take what belongs to it."""

    content_block: _TextBlock
    index: Count = 0


class _Delta(Struct, gc=False):
    text: str | None = None
    partial_json: str | None = None
    thinking: str | None = None
    citation: Never = 0


class _BlockDelta(Struct, gc=False, tag_field="type", tag="content_block_delta", forbid_unknown_fields=True):
    delta: _Delta
    index: Count = 0


class _BlockStop(_Later, gc=False, kw_only=True, tag="content_block_stop"):
    pass


class _Stop(Struct, gc=False):
    stop_reason: str | None = None


class _MessageDelta(_Later, gc=False, kw_only=True, tag="message_delta"):
    delta: _Stop | None = None
    usage: _Usage | None = None


class _MessageStop(_Later, gc=False, kw_only=True, tag="message_stop"):
    pass


class _Ping(_Later, gc=False, kw_only=True, tag="ping"):
    pass


_AnyEvent: TypeAlias = _MessageStart | _BlockStart | _BlockDelta | _BlockStop | _MessageDelta | _MessageStop | _Ping
_NO_USAGE: Final = _Usage()
_NO_STOP: Final = _Stop()
_decode_texts: Final = msgspec.json.Decoder(list[_Text]).decode
_decode_blocks: Final = msgspec.json.Decoder(Annotated[list[_Text | _ToolUse | _ToolResult], Meta(min_length=1)]).decode
_START_OF_TEXT: Final = b'"content_block":{"type":"text","text":"'
_STOP_OF_BLOCK: Final = b'{"type":"content_block_stop"'
_BETWEEN_PIECES: Final = b'"}},{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"'
_decode_text_events: Final = msgspec.json.Decoder(
    list[_MessageStart | _TextStart | _BlockStop | _MessageDelta | _MessageStop | _Ping]
).decode
_IN_ORDER: Final = [_MessageStart, _TextStart, _BlockStop, _MessageDelta, _MessageStop]
_decode_response: Final = msgspec.json.Decoder(_Response | list[_AnyEvent]).decode
_read_tools: Final = read_once(family._read_tools)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - one reading of tools


def read(asked: PlainRequest, response: bytes | memoryview | Raw, _hints: tuple[str, ...], *, is_tidy: bool) -> Chat | None:
    """Return the chat of two plain bodies, None where the response is not plain."""
    stream = _read_text_alone(bytes(response)) if is_tidy and memoryview(response)[0] == BRACKET else None
    if stream is None:
        answered = _decode_response(response)
        if answered.__class__ is _Response:
            chat = _chat(asked, answered.content, answered.stop_reason, answered.usage or _NO_USAGE, is_tidy=is_tidy)
            chat.model = answered.model or asked.model
            chat.metrics = answered.metrics or NO_METRICS
            return chat
        if not answered or any([event.__class__ is _MessageStart for event in answered[1:]]):  # noqa: C419 - a list is faster
            return None
        stream = _by_index(answered)
    chat = _chat(asked, stream.blocks, stream.stop, stream.usage, is_tidy=is_tidy)
    chat.model = stream.model or asked.model
    chat.metrics = stream.metrics
    chat.is_complete = stream.is_complete
    return chat


def _chat(asked: PlainRequest, blocks: list[_AnswerBlock], stop: str | None, usage: _Usage, *, is_tidy: bool) -> Chat:
    reasoning = tool_calls = None
    if len(blocks) == 1 and blocks[0].type == "text":
        text = blocks[0].text or ""
    else:
        text = join_parts([block.text for block in blocks if block.type == "text" and block.text is not None])
        reasoning = join_parts([block.thinking for block in blocks if block.type == "thinking" and block.thinking]) or None
        calls = [tool_call(block.id or "", block.name or "", block.input) for block in blocks if block.type == "tool_use"]
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


class _Stream(NamedTuple):
    """What the events of a stream amount to."""

    blocks: list[_AnswerBlock]
    stop: str | None
    usage: _Usage
    model: str | None
    metrics: Metrics
    is_complete: bool


def _read_text_alone(response: bytes) -> _Stream | None:
    """Read a stream of one text block whose events are all there, as most are; None for any other.

    What stands between two pieces of its text, or its start and the first, is taken out, so that the block starts with all of it. It cannot
    stand within a string, whose quotation marks are escaped; and where it stood behind anything but a piece of this text, the block has a
    key that a block of text has not, or what remains is no such stream.
    """
    first, *pieces = response.split(_BETWEEN_PIECES)
    if not first.endswith(_START_OF_TEXT) or _STOP_OF_BLOCK not in pieces[-1]:
        return None  # a piece stands before the block or behind it
    try:
        events: list[Any] = _decode_text_events(b"".join((first, *pieces)))  # faster than to replace
    except msgspec.ValidationError:
        return None
    if [event.__class__ for event in events] != _IN_ORDER or events[1].index:
        return None
    start, opened, _, told, ended = events
    block = _AnswerBlock("text", opened.content_block.text)
    stop = told.delta.stop_reason if told.delta else None
    model = start.message.model if start.message else None
    return _Stream(
        [block], stop or None, _merged(_started(start.message), told.usage), model, ended.metrics or NO_METRICS, is_complete=True
    )


def _by_index(events: list[_AnyEvent]) -> _Stream:
    """Read the events of any stream: blocks by their index, the pieces of each joined."""
    blocks: dict[int, _AnswerBlock] = {}
    pieces: dict[int, list[str]] = {}
    usage, stop, is_complete = _Usage(), None, False
    for event in events:
        if isinstance(event, _BlockDelta):
            if event.index not in blocks:
                blocks[event.index], pieces[event.index] = _AnswerBlock("text"), []  # its start was lost
            delta = event.delta
            piece = delta.text if delta.text is not None else delta.partial_json if delta.partial_json is not None else delta.thinking
            if piece is not None:
                pieces[event.index].append(piece)
        elif isinstance(event, _BlockStart):
            blocks[event.index], pieces[event.index] = event.content_block or _AnswerBlock("text"), []
        elif isinstance(event, _MessageStart):
            usage = _started(event.message)
        elif isinstance(event, _MessageDelta):
            usage = _merged(usage, event.usage)
            stop = (event.delta or _NO_STOP).stop_reason or stop
        elif isinstance(event, _MessageStop):
            is_complete = True
    first, last = events[0], events[-1]
    model = first.message.model if isinstance(first, _MessageStart) and first.message else None
    metrics = (last.metrics if isinstance(last, _Event) else None) or NO_METRICS
    return _Stream([_closed(blocks[index], "".join(pieces[index])) for index in sorted(blocks)], stop, usage, model, metrics, is_complete)


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
