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
    assistant_message,
    join_parts,
    tool_call,
    tool_message,
)
from logmine.logs.families import converse, nova
from logmine.logs.fields import Json, json_text
from logmine.logs.plain.values import (
    ABSENT,
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
    nova_max_tokens: Count | UnsetType = field(default=UNSET, name="max_new_tokens")
    max_new_tokens: Count | UnsetType = UNSET
    temperature: Number | None = None
    top_k: Raw = ABSENT


class PlainRequest(Struct, gc=False, rename="camel", kw_only=True):
    """A request body."""

    messages: Annotated[list[_Turn], Meta(min_length=1)]
    system: list[_Text] | None = None
    inference_config: _Settings | None = None
    tool_config: Raw = ABSENT
    schema_version: Raw = ABSENT
    reasoning_config: Raw = ABSENT
    additional_model_request_fields: Raw = ABSENT
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


class _Delta(Struct, gc=False, rename="camel", forbid_unknown_fields=True):
    text: str
    p: Raw = ABSENT  # padding


class _BlockDelta(Struct, gc=False, rename="camel"):
    delta: _Delta


class _Stop(Struct, gc=False, rename="camel"):
    stop_reason: str | None = None


class _Metadata(Struct, gc=False, rename="camel"):
    usage: _Usage | None = None
    metrics: _Latency | None = None
    trace: dict[str, Never] | None = None


class _Event(Marked, gc=False, rename="camel", kw_only=True, forbid_unknown_fields=True):
    message_start: Raw = ABSENT
    content_block_start: Never = 0  # of a tool, whose input comes in pieces
    content_block_delta: _BlockDelta | UnsetType = UNSET
    content_block_stop: Raw = ABSENT
    message_stop: _Stop | UnsetType = UNSET
    metadata: _Metadata | UnsetType = UNSET


_NO_USAGE: Final = _Usage()
_NO_SETTINGS: Final = _Settings()
_decode_response: Final = msgspec.json.Decoder(_Response | list[_Event]).decode
_read_tools: Final = read_once(converse.read_tools)


def read(asked: PlainRequest, response: bytes | memoryview | Raw, hints: tuple[str, ...], *, is_tidy: bool) -> Chat | None:
    """Return the chat of two plain bodies, None where one of them is not plain."""
    answered = _decode_response(response)
    family = _family(asked, answered, hints)
    messages = None if family is None else _messages(asked, is_tidy=is_tidy)
    if messages is None:
        return None
    settings = asked.inference_config or _NO_SETTINGS
    limit = next((count for count in (settings.max_tokens, settings.nova_max_tokens, settings.max_new_tokens) if count is not UNSET), None)
    chat = Chat(family, messages, _read_tools(asked.tool_config), settings.temperature, limit, asked.model)
    if answered.__class__ is _Response:
        return _answered(chat, answered)
    return _streamed(chat, answered)


def _family(asked: PlainRequest, answered: _Response | list[_Event], hints: tuple[str, ...]) -> Family | None:
    """Return Nova or Converse by the keys that only one of them has, as :func:`logmine.logs.families.family_of_request` does."""
    config = asked.inference_config
    has_nova_settings = config is not None and (config.nova_max_tokens is not UNSET or config.top_k is not ABSENT)
    is_converse = asked.schema_version is ABSENT and asked.reasoning_config is ABSENT and not has_nova_settings
    is_nova = asked.additional_model_request_fields is ABSENT and asked.guardrail_config is ABSENT
    is_nova = is_nova and asked.performance_config is ABSENT and asked.prompt_variables is ABSENT
    if isinstance(answered, list):
        if not answered or answered[0].message_start is ABSENT:
            return None
        answers_nova = True
    else:
        answers_nova = answered.latency is UNSET
    if is_nova and is_converse:
        is_nova = answers_nova and ("nova" in hints or "converse" not in hints)
    if is_nova:
        return nova.FAMILY
    return converse.FAMILY if is_converse else None


def _messages(asked: PlainRequest, *, is_tidy: bool) -> bytes | None:
    """Return the messages as JSON, None where a block is empty."""
    system = asked.system or ()
    texts = [block.text for block in system if block.text is not ABSENT]
    if len(texts) != len(system) and any(block.text is ABSENT and block.cache_point is ABSENT for block in system):
        return None
    text = joined(texts, is_tidy=is_tidy)
    messages: list[Any] = [] if is_empty(text) else [Message("system", text)]
    for turn in asked.messages:
        blocks = turn.content
        block = blocks[0]
        if len(blocks) == 1 and block.tool_use is UNSET and block.tool_result is UNSET and block.text is not ABSENT:
            said = block.text if is_tidy and first_byte(block.text) == QUOTE else text_of(block.text, is_tidy=is_tidy)
            messages.append(Message(turn.role, said))
        elif not _read_blocks(turn.role, blocks, messages, is_tidy=is_tidy):
            return None
    return encode(messages)


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


def _answered(chat: Chat, answered: _Response) -> Chat | None:
    blocks = answered.output.message.content
    if len(blocks) == 1 and (text := blocks[0].text) is not UNSET and blocks[0].tool_use is UNSET and blocks[0].reasoning_content is UNSET:
        chat.text = text
    elif any(block.text is UNSET and block.tool_use is UNSET and block.reasoning_content is UNSET for block in blocks):
        return None
    else:
        thoughts = [_thought(block.reasoning_content) for block in blocks if block.reasoning_content is not UNSET]
        calls = _tool_calls(blocks)
        chat.text = join_parts([block.text for block in blocks if block.text is not UNSET])
        chat.reasoning = join_parts([thought for thought in thoughts if thought]) or None
        chat.tool_calls = encode(calls) if calls else None
    chat.stop = answered.stop_reason
    chat.latency_ms = answered.latency.latency_ms if answered.latency else None
    chat.model = answered.model or chat.model
    chat.metrics = answered.metrics or NO_METRICS
    _count(chat, answered.usage or _NO_USAGE)
    return chat


def _thought(content: _Reasoning) -> str | None:
    return (content.reasoning_text.text if content.reasoning_text else None) or content.text


def _count(chat: Chat, usage: _Usage) -> None:
    read, written = usage.cache_read_input_tokens, usage.cache_write_input_tokens
    chat.input_tokens = usage.input_tokens
    chat.output_tokens = usage.output_tokens
    chat.cache_read_tokens = usage.cache_read_input_token_count if read is UNSET else read
    chat.cache_write_tokens = usage.cache_write_input_token_count if written is UNSET else written


def _streamed(chat: Chat, events: list[_Event]) -> Chat:
    """Read the events of a stream. A new text block may begin at every piece: pieces that follow one another are one text."""
    deltas = [event.content_block_delta for event in events]
    chat.text = "".join([delta.delta.text for delta in deltas if delta is not UNSET])
    chat.is_complete = False
    for event in [event for event, delta in zip(events, deltas, strict=True) if delta is UNSET]:
        if event.message_stop is not UNSET:
            chat.stop = event.message_stop.stop_reason
            chat.is_complete = True
        elif event.metadata is not UNSET:
            _count(chat, event.metadata.usage or _NO_USAGE)
            chat.latency_ms = event.metadata.metrics.latency_ms if event.metadata.metrics else None
    chat.metrics = events[-1].metrics or NO_METRICS
    return chat
