"""What answers in plain bodies of Anthropic's Messages API: one response, or the events of a stream that amount to one."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Raw, Struct

from logmine.logs.chat import NO_METRICS, Count, Metrics
from logmine.logs.plain.values import BRACKET, Marked, Never, encode


class Block(Struct, gc=False):
    """A block of an answer; ``input`` of a tool call is a value, or JSON text as it arrived."""

    type: Literal["text", "tool_use", "thinking"]
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: Any = None
    citations: Never | None = None


class Usage(Struct, gc=False):
    """Counts of tokens, those of the cache apart."""

    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None


class _Response(Marked, gc=False, kw_only=True):
    type: Literal["message"]
    content: list[Block]
    stop_reason: str | None = None
    usage: Usage | None = None
    model: str | None = None
    message: Never = 0
    metadata: Never = 0


class _Start(Struct, gc=False):
    usage: Usage | None = None
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
    content_block: Block | None = None


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
    usage: Usage | None = None


class _MessageStop(_Later, gc=False, kw_only=True, tag="message_stop"):
    pass


class _Ping(_Later, gc=False, kw_only=True, tag="ping"):
    pass


class Answer(Struct, gc=False):
    """What a response, or the events of a stream, amount to."""

    blocks: list[Block]
    stop: str | None
    usage: Usage
    model: str | None
    metrics: Metrics
    is_complete: bool = True


_AnyEvent: TypeAlias = _MessageStart | _BlockStart | _BlockDelta | _BlockStop | _MessageDelta | _MessageStop | _Ping
_NO_USAGE: Final = Usage()
_NO_STOP: Final = _Stop()
_START_OF_TEXT: Final = b',"content_block":{"type":"text","text":"'
_STOP_OF_BLOCK: Final = b'}},{"type":"content_block_stop"'
_BETWEEN_PIECES: Final = b'"}},{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"'
_decode_text_events: Final = msgspec.json.Decoder(
    list[_MessageStart | _TextStart | _BlockStop | _MessageDelta | _MessageStop | _Ping]
).decode
_IN_ORDER: Final = [_MessageStart, _TextStart, _BlockStop, _MessageDelta, _MessageStop]
_decode_response: Final = msgspec.json.Decoder(_Response | list[_AnyEvent]).decode


def answer_of(response: bytes | memoryview | Raw, *, is_tidy: bool) -> Answer | None:
    """Return what a response body says, None where it is not plain.

    Raises
    ------
    msgspec.DecodeError
        If it is not plain, too.
    """
    if is_tidy and memoryview(response)[0] == BRACKET and (answer := _text_alone(bytes(response))) is not None:
        return answer
    answered = _decode_response(response)
    if answered.__class__ is _Response:
        usage, metrics = answered.usage or _NO_USAGE, answered.metrics or NO_METRICS
        return Answer(answered.content, answered.stop_reason, usage, answered.model, metrics)
    if not answered or any([event.__class__ is _MessageStart for event in answered[1:]]):  # noqa: C419 - a list is faster
        return None
    return _by_index(answered)


def _text_alone(response: bytes) -> Answer | None:
    """Read a stream of one text block whose events are all there, as most are; None for any other.

    What stands between two pieces of its text is taken out, so that the block starts with all of it. It cannot stand within a string, whose
    quotation marks are escaped; that it stood behind nothing but a piece of this text is seen by where the text begins and ends.
    """
    first, *pieces = response.split(_BETWEEN_PIECES)
    if not first.endswith(_START_OF_TEXT) or _STOP_OF_BLOCK not in pieces[-1]:
        return None  # a piece stands before the block or behind it
    whole = b"".join((first, *pieces))  # faster than to replace
    try:
        events: list[Any] = _decode_text_events(whole)
    except msgspec.ValidationError:
        return None
    if [event.__class__ for event in events] != _IN_ORDER or events[1].index:
        return None
    written = encode(events[1].content_block.text)
    end = len(first) - 1 + len(written)
    if end <= len(whole) - len(pieces[-1]) or not whole.startswith(_STOP_OF_BLOCK, end) or not whole.startswith(written, len(first) - 1):
        return None
    start, opened, _, told, ended = events
    block = Block("text", opened.content_block.text)
    stop = told.delta.stop_reason if told.delta else None
    model = start.message.model if start.message else None
    return Answer([block], stop or None, _merged(_started(start.message), told.usage), model, ended.metrics or NO_METRICS, is_complete=True)


def _by_index(events: list[_AnyEvent]) -> Answer:
    """Read the events of any stream: blocks by their index, the pieces of each joined."""
    blocks: dict[int, Block] = {}
    pieces: dict[int, list[str]] = {}
    usage, stop, is_complete = Usage(), None, False
    for event in events:
        if isinstance(event, _BlockDelta):
            if event.index not in blocks:
                blocks[event.index], pieces[event.index] = Block("text"), []  # its start was lost
            delta = event.delta
            piece = delta.text if delta.text is not None else delta.partial_json if delta.partial_json is not None else delta.thinking
            if piece is not None:
                pieces[event.index].append(piece)
        elif isinstance(event, _BlockStart):
            blocks[event.index], pieces[event.index] = event.content_block or Block("text"), []
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
    return Answer([_closed(blocks[index], "".join(pieces[index])) for index in sorted(blocks)], stop, usage, model, metrics, is_complete)


def _started(start: _Start | None) -> Usage:
    """Return the counts with which a stream begins; that of the output is provisional: the last event has the count."""
    usage = start.usage if start else None
    return Usage(usage.input_tokens, None, usage.cache_read_input_tokens, usage.cache_creation_input_tokens) if usage else Usage()


def _merged(usage: Usage, later: Usage | None) -> Usage:
    if later is None:
        return usage
    return Usage(*(getattr(usage if getattr(later, name) is None else later, name) for name in Usage.__struct_fields__))


def _closed(block: Block, pieces: str) -> Block:
    """Put the pieces of a block in their place; the input of a tool stays the JSON text that arrived, cut or not."""
    if block.type == "tool_use":
        block.input = pieces or block.input
    elif block.type == "thinking":
        block.thinking = (block.thinking or "") + pieces
    else:
        block.text = (block.text or "") + pieces
    return block
