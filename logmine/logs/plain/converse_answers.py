"""What answers in plain bodies of Converse, ConverseStream and Nova: one response, or the events of a stream that amount to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, field

from logmine.logs.chat import Count, Metrics, join_parts, tool_call
from logmine.logs.plain.values import ABSENT, Marked, Never, encode

if TYPE_CHECKING:
    from logmine.logs.fields import Json


class ToolUse(Struct, gc=False, rename="camel"):
    """A tool call, in a request or an answer."""

    tool_use_id: str = ""
    name: str = ""
    input: Any = None


class _ReasoningText(Struct, gc=False, rename="camel"):
    text: str | None = None


class _Reasoning(Struct, gc=False, rename="camel"):
    reasoning_text: _ReasoningText | None = None
    text: str | None = None


class _AnswerBlock(Struct, gc=False, rename="camel", forbid_unknown_fields=True):
    text: str | UnsetType = UNSET
    tool_use: ToolUse | UnsetType = UNSET
    reasoning_content: _Reasoning | UnsetType = UNSET


class _Answer(Struct, gc=False, rename="camel"):
    content: list[_AnswerBlock]


class _Output(Struct, gc=False, rename="camel"):
    message: _Answer


class _Usage(Struct, gc=False, rename="camel"):
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_read_input_tokens: Count | UnsetType | None = UNSET
    cache_read_input_token_count: Count | None = None
    cache_write_input_tokens: Count | UnsetType | None = UNSET
    cache_write_input_token_count: Count | None = None


class _Latency(Struct, gc=False, rename="camel"):
    latency_ms: Count | None = None


class Response(Marked, gc=False, rename="camel", kw_only=True):
    """A response body."""

    output: _Output
    stop_reason: str | None = None
    usage: _Usage | None = None
    latency: _Latency | UnsetType | None = field(default=UNSET, name="metrics")
    model: str | None = None
    message: Never = 0
    metadata: Never = 0


class _Delta(Struct, gc=False, frozen=True, forbid_unknown_fields=True):
    text: str
    p: Raw = ABSENT  # padding


class _BlockDelta(Struct, gc=False, frozen=True):
    delta: _Delta


class _Stop(Struct, gc=False, rename="camel"):
    stop_reason: str | None = None


class _Metadata(Struct, gc=False, rename="camel"):
    usage: _Usage | None = None
    metrics: _Latency | None = None
    trace: dict[str, Never] | None = None


_NO_DELTA: Final = _BlockDelta(_Delta(""))


class Event(Struct, gc=False, rename="camel", forbid_unknown_fields=True):
    """An event; that of a tool, whose input comes in pieces, is not plain."""

    content_block_delta: _BlockDelta = _NO_DELTA
    content_block_stop: Raw = ABSENT
    message_start: Raw = ABSENT
    message_stop: _Stop | UnsetType = UNSET
    metadata: _Metadata | UnsetType = UNSET
    guardrail_action: Literal["NONE"] | None = field(default=None, name="amazon-bedrock-guardrailAction")
    metrics: Metrics | None = field(default=None, name="amazon-bedrock-invocationMetrics")


_Said: TypeAlias = tuple[str | None, str | None, bytes | None]
_NO_BLOCK: Final = _AnswerBlock()
NO_USAGE: Final = _Usage()

decode_response: Final = msgspec.json.Decoder(Response | list[Event]).decode
"""Decode a response body, or that of a stream."""


def said(answered: Response) -> _Said:
    """Return text, reasoning and tool calls, the last as JSON, of a response; no text where a block is empty."""
    blocks = answered.output.message.content
    block = blocks[0] if len(blocks) == 1 else _NO_BLOCK
    if block.text is not UNSET and block.tool_use is UNSET and block.reasoning_content is UNSET:
        return block.text, None, None
    return _said_in_blocks(blocks)


def _said_in_blocks(blocks: list[_AnswerBlock]) -> _Said:
    if any(block.text is UNSET and block.tool_use is UNSET and block.reasoning_content is UNSET for block in blocks):
        return None, None, None
    thoughts = [_thought(block.reasoning_content) for block in blocks if block.reasoning_content is not UNSET]
    calls = calls_of([block.tool_use for block in blocks])
    text = join_parts([block.text for block in blocks if block.text is not UNSET])
    return text, join_parts([thought for thought in thoughts if thought]) or None, encode(calls) if calls else None


def _thought(content: _Reasoning) -> str | None:
    return (content.reasoning_text.text if content.reasoning_text else None) or content.text


def calls_of(uses: list[ToolUse | UnsetType]) -> list[Json]:
    """Return the tool calls of blocks, by what each has of one."""
    return [tool_call(use.tool_use_id, use.name, use.input) for use in uses if use is not UNSET]


def response_of(events: list[Event]) -> tuple[Response, bool]:
    """Return the response that the events of a stream amount to, and whether its end is among them.

    A new text block may begin at every piece: pieces that follow one another are one text.
    """
    text = "".join([event.content_block_delta.delta.text for event in events])
    response = Response(output=_Output(_Answer([_AnswerBlock(text)])), metrics=events[-1].metrics)
    is_complete = False
    for event in [event for event in events if event.content_block_delta is _NO_DELTA]:
        if event.message_stop is not UNSET:
            response.stop_reason = event.message_stop.stop_reason
            is_complete = True
        elif event.metadata is not UNSET:
            response.usage = event.metadata.usage
            response.latency = event.metadata.metrics
    return response, is_complete
