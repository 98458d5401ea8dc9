"""Plain bodies of Converse, ConverseStream and Nova: text, uses of tools and their results, reasoning in answers."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from logmine.logs.chat import (
    Answer,
    Chat,
    Family,
    Metrics,
    Request,
    Usage,
    assistant_message,
    join_parts,
    message,
    system_messages,
    tool_call,
    tool_message,
)
from logmine.logs.families import converse, nova
from logmine.logs.fields import Json, json_text
from logmine.logs.plain.values import ABSENT, Count, Marked, Never, Number, read_once


class _Text(Struct, gc=False, forbid_unknown_fields=True):
    text: str | UnsetType = UNSET
    cachePoint: Raw = ABSENT


class _ResultPart(Struct, gc=False, forbid_unknown_fields=True):
    text: str | UnsetType = UNSET
    json: Any = UNSET


class _ToolUse(Struct, gc=False):
    toolUseId: str = ""
    name: str = ""
    input: Any = None


class _ToolResult(Struct, gc=False):
    content: list[_ResultPart]
    toolUseId: str = ""


class _Block(Struct, gc=False, forbid_unknown_fields=True):
    text: str | UnsetType = UNSET
    toolUse: _ToolUse | UnsetType = UNSET
    toolResult: _ToolResult | UnsetType = UNSET
    cachePoint: Raw = ABSENT


class _Turn(Struct, gc=False):
    role: Literal["user", "assistant"]
    content: Annotated[list[_Block], Meta(min_length=1)]


class _Settings(Struct, gc=False):
    maxTokens: Count | UnsetType = UNSET
    max_new_tokens: Count | UnsetType = UNSET
    maxNewTokens: Count | UnsetType = UNSET
    temperature: Number | None = None
    topK: Raw = ABSENT


class _Request(Struct, gc=False, kw_only=True):
    messages: Annotated[list[_Turn], Meta(min_length=1)]
    system: list[_Text] | None = None
    inferenceConfig: _Settings | None = None
    toolConfig: Raw = ABSENT
    schemaVersion: Raw = ABSENT
    reasoningConfig: Raw = ABSENT
    additionalModelRequestFields: Raw = ABSENT
    guardrailConfig: Raw = ABSENT
    performanceConfig: Raw = ABSENT
    promptVariables: Raw = ABSENT
    model: str | None = None
    anthropic_version: Never = 0
    anthropic_beta: Never = 0
    input: Never = 0
    message: Never = 0
    inputText: Never = 0
    prompt: Never = 0


class _ReasoningText(Struct, gc=False):
    text: str | None = None


class _Reasoning(Struct, gc=False):
    reasoningText: _ReasoningText | None = None
    text: str | None = None


class _AnswerBlock(Struct, gc=False, forbid_unknown_fields=True):
    text: str | UnsetType = UNSET
    toolUse: _ToolUse | UnsetType = UNSET
    reasoningContent: _Reasoning | UnsetType = UNSET


class _Answer(Struct, gc=False):
    content: list[_AnswerBlock]


class _Output(Struct, gc=False):
    message: _Answer


class _Usage(Struct, gc=False):
    inputTokens: Count | None = None
    outputTokens: Count | None = None
    cacheReadInputTokens: Count | None | UnsetType = UNSET
    cacheReadInputTokenCount: Count | None = None
    cacheWriteInputTokens: Count | None | UnsetType = UNSET
    cacheWriteInputTokenCount: Count | None = None


class _Latency(Struct, gc=False):
    latencyMs: Count | None = None


class _Response(Marked, gc=False, kw_only=True):
    output: _Output
    stopReason: str | None = None
    usage: _Usage | None = None
    latency: _Latency | None | UnsetType = msgspec.field(default=UNSET, name="metrics")
    model: str | None = None
    message: Never = 0
    metadata: Never = 0


class _Delta(Struct, gc=False, forbid_unknown_fields=True):
    text: str
    p: Raw = ABSENT  # padding


class _BlockDelta(Struct, gc=False):
    delta: _Delta


class _Stop(Struct, gc=False):
    stopReason: str | None = None


class _Metadata(Struct, gc=False):
    usage: _Usage | None = None
    metrics: _Latency | None = None
    trace: dict[str, Never] | None = None


class _Event(Marked, gc=False, kw_only=True, forbid_unknown_fields=True):
    messageStart: Raw = ABSENT
    contentBlockStart: Never = 0  # of a tool, whose input comes in pieces
    contentBlockDelta: _BlockDelta | UnsetType = UNSET
    contentBlockStop: Raw = ABSENT
    messageStop: _Stop | UnsetType = UNSET
    metadata: _Metadata | UnsetType = UNSET


_decode_request: Final = msgspec.json.Decoder(_Request).decode
_decode_response: Final = msgspec.json.Decoder(_Response | list[_Event]).decode
_read_tools: Final = read_once(converse.read_tools)


def read(request: bytes, response: bytes, hints: tuple[str, ...]) -> Chat | None:
    """Return the chat of two plain bodies, None where one of them is not plain."""
    asked = _decode_request(request)
    answered = _decode_response(response)
    family = _family(asked, answered, hints)
    if family is None:
        return None
    read_request = _request(asked)
    if isinstance(answered, list):
        answer, model, metrics = _of_events(answered), None, answered[-1].metrics
    else:
        answer, model, metrics = _of_response(answered), answered.model, answered.metrics
    if read_request is None or answer is None:
        return None
    return Chat(family, read_request, answer, None, model or asked.model, metrics=metrics or Metrics())


def _family(asked: _Request, answered: _Response | list[_Event], hints: tuple[str, ...]) -> Family | None:
    """Return Nova or Converse by the keys that only one of them has, as :func:`logmine.logs.families.family_of_request` does."""
    config = asked.inferenceConfig
    has_nova_settings = config is not None and (config.max_new_tokens is not UNSET or config.topK is not ABSENT)
    is_converse = asked.schemaVersion is ABSENT and asked.reasoningConfig is ABSENT and not has_nova_settings
    is_nova = all(
        key is ABSENT
        for key in (asked.additionalModelRequestFields, asked.guardrailConfig, asked.performanceConfig, asked.promptVariables)
    )
    if isinstance(answered, list):
        if not answered or answered[0].messageStart is ABSENT:
            return None
        answers_nova = True
    else:
        answers_nova = answered.latency is UNSET
    if is_nova and is_converse:
        is_nova = answers_nova and ("nova" in hints or "converse" not in hints)
    if is_nova:
        return nova.FAMILY
    return converse.FAMILY if is_converse else None


def _request(asked: _Request) -> Request | None:
    system = asked.system or ()
    if any(block.text is UNSET and block.cachePoint is ABSENT for block in system):
        return None
    messages = system_messages(join_parts([block.text for block in system if block.text is not UNSET]))
    for turn in asked.messages:
        blocks = turn.content
        if len(blocks) == 1 and blocks[0].text is not UNSET and blocks[0].toolUse is UNSET and blocks[0].toolResult is UNSET:
            messages.append(message(turn.role, blocks[0].text))
        elif not _read_blocks(turn.role, blocks, messages):
            return None
    config = asked.inferenceConfig or _Settings()
    limits = (config.maxTokens, config.max_new_tokens, config.maxNewTokens)
    limit = next((count for count in limits if count is not UNSET), None)
    return Request(messages, _read_tools(asked.toolConfig), 0, config.temperature, limit)


def _read_blocks(role: str, blocks: list[_Block], messages: list[Json]) -> bool:
    """Append the messages of one turn: results of tools first, then what was said. False for a block that is empty."""
    texts: list[str] = []
    has_results = False
    for block in blocks:
        if block.text is not UNSET:
            texts.append(block.text)
        elif block.toolUse is UNSET and block.toolResult is UNSET and block.cachePoint is ABSENT:
            return False
        if block.toolResult is not UNSET:
            has_results = True
            parts = [_text_of_result(part) for part in block.toolResult.content]
            messages.append(tool_message(block.toolResult.toolUseId, join_parts(parts)))
    if role == "assistant":
        messages.append(assistant_message(join_parts(texts), _tool_calls(blocks)))
    elif texts or not has_results:
        messages.append(message(role, join_parts(texts)))
    return True


def _text_of_result(part: _ResultPart) -> str:
    if part.text is not UNSET:
        return part.text
    if part.json is UNSET:
        raise msgspec.ValidationError("a result without text or JSON is not plain")
    return json_text(part.json)


def _tool_calls(blocks: list[_Block] | list[_AnswerBlock]) -> list[Json]:
    uses = [block.toolUse for block in blocks if block.toolUse is not UNSET]
    return [tool_call(use.toolUseId, use.name, use.input) for use in uses]


def _of_response(answered: _Response) -> Answer | None:
    blocks = answered.output.message.content
    if any(block.text is UNSET and block.toolUse is UNSET and block.reasoningContent is UNSET for block in blocks):
        return None
    thoughts = [_thought(block.reasoningContent) for block in blocks if block.reasoningContent is not UNSET]
    return Answer(
        text=join_parts([block.text for block in blocks if block.text is not UNSET]),
        reasoning=join_parts([thought for thought in thoughts if thought]) or None,
        tool_calls=_tool_calls(blocks),
        stop=answered.stopReason,
        usage=_usage(answered.usage),
        latency_ms=answered.latency.latencyMs if answered.latency else None,
    )


def _thought(content: _Reasoning) -> str | None:
    return (content.reasoningText.text if content.reasoningText else None) or content.text


def _usage(usage: _Usage | None) -> Usage:
    if usage is None:
        return Usage()
    read, written = usage.cacheReadInputTokens, usage.cacheWriteInputTokens
    return Usage(
        usage.inputTokens,
        usage.outputTokens,
        usage.cacheReadInputTokenCount if read is UNSET else read,
        usage.cacheWriteInputTokenCount if written is UNSET else written,
    )


def _of_events(events: list[_Event]) -> Answer:
    """Read the events of a stream. A new text block may begin at every piece: pieces that follow one another are one text."""
    answer = Answer(is_complete=False)
    pieces: list[str] = []
    for event in events:
        if event.contentBlockDelta is not UNSET:
            pieces.append(event.contentBlockDelta.delta.text)
        elif event.messageStop is not UNSET:
            answer.stop = event.messageStop.stopReason
            answer.is_complete = True
        elif event.metadata is not UNSET:
            answer.usage = _usage(event.metadata.usage)
            answer.latency_ms = event.metadata.metrics.latencyMs if event.metadata.metrics else None
    answer.text = "".join(pieces)
    return answer
