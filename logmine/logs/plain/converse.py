"""Plain bodies of Converse, ConverseStream and Nova: text, uses of tools and their results, reasoning in answers."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

from logmine.logs.chat import (
    NO_METRICS,
    Chat,
    Count,
    Family,
    Metrics,
    assistant_message,
    join_parts,
    tool_call,
    tool_message,
)
from logmine.logs.families import converse, nova
from logmine.logs.fields import Json, json_text
from logmine.logs.plain.values import (
    ABSENT,
    NO_TEXT,
    QUOTE,
    Marked,
    Message,
    Never,
    Number,
    encode,
    joined,
    read_once,
    text_of,
)


class _Text(Struct, gc=False, rename="camel", forbid_unknown_fields=True):
    text: Raw = ABSENT
    cache_point: Raw = ABSENT


class _ResultPart(Struct, gc=False, rename="camel", forbid_unknown_fields=True):
    text: Raw = ABSENT
    json: Any = UNSET


class _ToolUse(Struct, gc=False, rename="camel"):
    tool_use_id: str = ""
    name: str = ""
    input: Any = None


class _ToolResult(Struct, gc=False, rename="camel"):
    content: list[_ResultPart]
    tool_use_id: str = ""


class _Block(Struct, gc=False, rename="camel", forbid_unknown_fields=True):
    text: Raw = ABSENT
    tool_use: _ToolUse | UnsetType = UNSET
    tool_result: _ToolResult | UnsetType = UNSET
    cache_point: Raw = ABSENT


class _Turn(Struct, gc=False, rename="camel"):
    role: Literal["user", "assistant"]
    content: Annotated[list[_Block], Meta(min_length=1)]


class _Settings(Struct, gc=False, rename="camel"):
    max_tokens: Count | UnsetType = UNSET
    temperature: Number | None = None
    nova_max_tokens: Count | UnsetType = field(default=UNSET, name="max_new_tokens")
    max_new_tokens: Count | UnsetType = UNSET
    top_k: Raw = ABSENT


class PlainRequest(Struct, gc=False, rename="camel", kw_only=True):
    """A request body."""

    messages: Annotated[list[_Turn], Meta(min_length=1)]
    system: list[_Text] | None = None
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


class _ReasoningText(Struct, gc=False, rename="camel"):
    text: str | None = None


class _Reasoning(Struct, gc=False, rename="camel"):
    reasoning_text: _ReasoningText | None = None
    text: str | None = None


class _AnswerBlock(Struct, gc=False, rename="camel", forbid_unknown_fields=True):
    text: str | UnsetType = UNSET
    tool_use: _ToolUse | UnsetType = UNSET
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


class _Response(Marked, gc=False, rename="camel", kw_only=True):
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


class _Event(Struct, gc=False, rename="camel", forbid_unknown_fields=True):
    """An event; that of a tool, whose input comes in pieces, is not plain."""

    content_block_delta: _BlockDelta = _NO_DELTA
    content_block_stop: Raw = ABSENT
    message_start: Raw = ABSENT
    message_stop: _Stop | UnsetType = UNSET
    metadata: _Metadata | UnsetType = UNSET
    guardrail_action: Literal["NONE"] | None = field(default=None, name="amazon-bedrock-guardrailAction")
    metrics: Metrics | None = field(default=None, name="amazon-bedrock-invocationMetrics")


_NO_BLOCK: Final = _AnswerBlock()
_NO_USAGE: Final = _Usage()
_NO_SETTINGS: Final = _Settings()
_decode_response: Final = msgspec.json.Decoder(_Response | list[_Event]).decode
_read_tools: Final = read_once(converse.read_tools)


def read(asked: PlainRequest, response: bytes | memoryview | Raw, hints: tuple[str, ...], *, is_tidy: bool) -> Chat | None:
    """Return the chat of two plain bodies, None where one of them is not plain."""
    answered = _decode_response(response)
    if answered.__class__ is _Response:
        return _chat(asked, answered, hints, is_tidy=is_tidy)
    if not answered or answered[0].message_start is ABSENT:
        return None
    whole, is_complete = _whole(answered)
    chat = _chat(asked, whole, hints, is_tidy=is_tidy, is_stream=True)
    if chat is not None:
        chat.is_complete = is_complete
    return chat


def _chat(asked: PlainRequest, answered: _Response, hints: tuple[str, ...], *, is_tidy: bool, is_stream: bool = False) -> Chat | None:
    family = _family(asked, hints, answers_nova=is_stream or answered.latency is UNSET)
    if family is None:
        return None
    blocks = answered.output.message.content
    block = blocks[0] if len(blocks) == 1 else _NO_BLOCK
    text, reasoning, tool_calls = block.text, None, None
    if text is UNSET or block.tool_use is not UNSET or block.reasoning_content is not UNSET:
        text, reasoning, tool_calls = _said(blocks)
    messages = _messages(asked, is_tidy=is_tidy)
    if text is None or messages is None:
        return None
    settings = asked.inference_config or _NO_SETTINGS
    usage = answered.usage or _NO_USAGE
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


def _family(asked: PlainRequest, hints: tuple[str, ...], *, answers_nova: bool) -> Family | None:
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


def _messages(asked: PlainRequest, *, is_tidy: bool) -> bytes | None:
    """Return the messages as JSON, None where a block is empty."""
    messages: list[Any] = []
    if asked.system:
        text = _system_text(asked.system, is_tidy=is_tidy)
        if text is None:
            return None
        if len(text) > len(NO_TEXT):
            messages.append(Message("system", text))
    for turn in asked.messages:
        blocks = turn.content
        block = blocks[0]
        text = block.text
        if len(blocks) == 1 and text is not ABSENT and block.tool_use is UNSET and block.tool_result is UNSET:
            messages.append(Message(turn.role, text if is_tidy and memoryview(text)[0] == QUOTE else text_of(text, is_tidy=is_tidy)))
        elif not _read_blocks(turn.role, blocks, messages, is_tidy=is_tidy):
            return None
    return encode(messages)


def _system_text(blocks: list[_Text], *, is_tidy: bool) -> Raw | None:
    if len(blocks) == 1 and blocks[0].text is not ABSENT:
        return text_of(blocks[0].text, is_tidy=is_tidy)
    if any(block.text is ABSENT and block.cache_point is ABSENT for block in blocks):
        return None
    return joined([block.text for block in blocks if block.text is not ABSENT], is_tidy=is_tidy)


def _read_blocks(role: str, blocks: list[_Block], messages: list[Any], *, is_tidy: bool) -> bool:
    """Append the messages of one turn: results of tools first, then what was said. False for a block that is empty."""
    texts: list[Raw] = []
    has_results = False
    for block in blocks:
        if block.text is not ABSENT:
            texts.append(block.text)
        elif block.tool_use is UNSET and block.tool_result is UNSET and block.cache_point is ABSENT:
            return False
        if block.tool_result is not UNSET:
            has_results = True
            parts = [_text_of_result(part) for part in block.tool_result.content]
            messages.append(tool_message(block.tool_result.tool_use_id, joined(parts, is_tidy=is_tidy)))
    if role == "assistant":
        messages.append(assistant_message(joined(texts, is_tidy=is_tidy), _tool_calls(blocks)))
    elif texts or not has_results:
        messages.append(Message(role, joined(texts, is_tidy=is_tidy)))
    return True


def _text_of_result(part: _ResultPart) -> Raw:
    if part.text is not ABSENT:
        return part.text
    if part.json is UNSET:
        raise msgspec.ValidationError("a result without text or JSON is not plain")
    return Raw(msgspec.json.encode(json_text(part.json)))


def _tool_calls(blocks: list[_Block] | list[_AnswerBlock]) -> list[Json]:
    uses = [block.tool_use for block in blocks if block.tool_use is not UNSET]
    return [tool_call(use.tool_use_id, use.name, use.input) for use in uses]


def _said(blocks: list[_AnswerBlock]) -> tuple[str | None, str | None, bytes | None]:
    """Return text, reasoning and tool calls of an answer in several blocks; no text where a block is empty."""
    if any(block.text is UNSET and block.tool_use is UNSET and block.reasoning_content is UNSET for block in blocks):
        return None, None, None
    thoughts = [_thought(block.reasoning_content) for block in blocks if block.reasoning_content is not UNSET]
    calls = _tool_calls(blocks)
    text = join_parts([block.text for block in blocks if block.text is not UNSET])
    return text, join_parts([thought for thought in thoughts if thought]) or None, encode(calls) if calls else None


def _thought(content: _Reasoning) -> str | None:
    return (content.reasoning_text.text if content.reasoning_text else None) or content.text


def _whole(events: list[_Event]) -> tuple[_Response, bool]:
    """Return the response that the events of a stream amount to, and whether its end is among them.

    A new text block may begin at every piece: pieces that follow one another are one text.
    """
    text = "".join([event.content_block_delta.delta.text for event in events])
    whole = _Response(output=_Output(_Answer([_AnswerBlock(text)])), metrics=events[-1].metrics)
    is_complete = False
    for event in [event for event in events if event.content_block_delta is _NO_DELTA]:
        if event.message_stop is not UNSET:
            whole.stop_reason = event.message_stop.stop_reason
            is_complete = True
        elif event.metadata is not UNSET:
            whole.usage = event.metadata.usage
            whole.latency = event.metadata.metrics
    return whole, is_complete
