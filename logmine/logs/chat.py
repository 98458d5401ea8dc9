"""Chat in one form: what every family of bodies is read into.

Messages and tools are OpenAI's: a message has ``role`` and ``content``, always text; an assistant's may have
``tool_calls``; a tool's has ``tool_call_id``. Media stand in the text as a marker line such as ``[image: png]`` and are
counted, so that a prompt with an image is never taken for its text alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta, Raw, Struct, field
from xxhash import xxh3_128_hexdigest

from logmine.logs.fields import Json, json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


_encode = msgspec.json.Encoder().encode


class Request(Struct, gc=False):
    """A request body, read."""

    messages: list[Json] = []
    tools: list[Json] = []
    n_media: int = 0
    temperature: float | None = None
    max_output_tokens: int | None = None


class Usage(Struct, gc=False):
    """Token counts of a response body, as its family means them."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None


class Answer(Struct, gc=False):
    """A response body, read, from one object or from the events of a stream."""

    text: str | None = None
    reasoning: str | None = None
    tool_calls: list[Json] = []
    stop: str | None = None  # as the family writes it
    usage: Usage = field(default_factory=Usage)
    latency_ms: int | None = None
    is_complete: bool = True  # False: a stream without its final event


class Family(NamedTuple):
    """How bodies of one family are recognized and read: one a module of ``families``.

    ``asks`` and ``answers`` look at keys only; the readers take whatever passes them. ``answers`` gets an event of a
    stream as well as a whole response.
    """

    name: str
    asks: Callable[[Json], bool]
    read_request: Callable[[Json], Request]
    answers: Callable[[Json], bool]
    read_response: Callable[[Json], Answer]
    read_events: Callable[[list[Json]], Answer]
    counts_cached: bool = True  # inputTokenCount holds the whole prompt, cached tokens included


Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Metrics(Struct, gc=False, frozen=True, rename="camel"):
    """What Amazon Bedrock measured of an InvokeModel call, in a key of its own beside the last of the response."""

    input_token_count: Count | None = None
    output_token_count: Count | None = None
    invocation_latency: Count | None = None  # in milliseconds


NO_METRICS: Final = Metrics()


class Chat(Struct, gc=False):
    """The bodies of a readable chat invocation, read: one flat object, since there is one a record. Counts are as their family means them."""

    family: Family | None = None  # of the request
    messages: bytes | None = None  # JSON
    tools: bytes | None = None  # JSON, None without
    temperature: float | None = None
    max_output_tokens: int | None = None
    model: str | None = None  # as the bodies name it
    metrics: Metrics = NO_METRICS
    text: str | None = None  # None when no answer was delivered, or none that can be read
    reasoning: str | None = None
    tool_calls: bytes | None = None  # JSON, None without
    stop: str | None = None  # as the family writes it
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    latency_ms: int | None = None
    is_complete: bool = True  # False: a stream without its final event
    n_media: int = 0
    detail: str | None = None  # what could not be read of the response
    is_guarded: bool = False  # a guardrail left its mark


NO_CHAT: Final = Chat()
"""Stands in the columns for the chat of a record that is none: without a family, all of it is null."""

_NO_ANSWER: Final = Answer()


def chat_of(
    family: Family, request: Request, answer: Answer | None, *, detail: str | None, model: str | None, metrics: Metrics, is_guarded: bool
) -> Chat:
    """Return the chat of a request and its answer, None where none was delivered or none can be read."""
    said = answer or _NO_ANSWER
    usage = said.usage
    return Chat(
        family,
        _encode(request.messages),
        _encode(request.tools) if request.tools else None,
        request.temperature,
        request.max_output_tokens,
        model,
        metrics,
        said.text,
        said.reasoning,
        _encode(said.tool_calls) if said.tool_calls else None,
        said.stop,
        *(usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens, usage.reasoning_tokens),
        said.latency_ms,
        said.is_complete,
        request.n_media,
        detail,
        is_guarded,
    )


def digest_of(response: bytes | memoryview | Raw | None, chat: Chat) -> str:
    """Return what tells the calls of one prompt apart: xxh3-128 of the response body as logged and of the request's settings."""
    settings = settings_of(chat.temperature, chat.max_output_tokens)
    return xxh3_128_hexdigest(settings if response is None else b"".join((response, settings)))


@lru_cache(maxsize=4096)
def settings_of(temperature: float | None, max_output_tokens: int | None) -> bytes:
    """Return the settings of a request in the form in which :func:`digest_of` covers them."""
    return f"\0{temperature} {max_output_tokens}".encode()


STOP_REASONS: Final = {
    **dict.fromkeys(("end_turn", "stop", "stop_sequence", "finish", "finished", "complete", "completed", "endoftext", "eos"), "stop"),
    **dict.fromkeys(
        ("max_tokens", "length", "model_length", "max_output_tokens", "model_context_window_exceeded", "error_limit"), "length"
    ),
    **dict.fromkeys(("tool_use", "tool_calls", "tool_call", "function_call"), "tool_calls"),
    **dict.fromkeys(
        ("guardrail_intervened", "content_filtered", "content_filter", "error_toxic", "refusal", "safety", "guardrails"), "content_filter"
    ),
}
"""Stop reasons of all families, in lower case, and the closed set that they become."""

REASONING_TAGS: Final = ("reasoning", "thinking", "think")


def message(role: str, content: str | Raw) -> Json:
    """Return a message of ``role`` with text alone; the text may be JSON already, in this and the next two."""
    return {"role": role, "content": content}


def assistant_message(content: str | Raw, tool_calls: list[Json]) -> Json:
    """Return an assistant's message; the key ``tool_calls`` is there only with calls."""
    return {"role": "assistant", "content": content, "tool_calls": tool_calls} if tool_calls else message("assistant", content)


def tool_message(tool_call_id: str, content: str | Raw) -> Json:
    """Return the result of a tool call."""
    return {"role": "tool", "tool_call_id": tool_call_id, "content": content}


def tool_call(call_id: str, name: str, arguments: object) -> Json:
    """Return a tool call; ``arguments`` is JSON text already, or a value that becomes JSON text."""
    text = arguments if isinstance(arguments, str) else json_text({} if arguments is None else arguments)
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": text}}


def tool(name: str, description: str | None, parameters: object) -> Json:
    """Return the definition of a tool, without the keys that its caller left out."""
    function: Json = {"name": name}
    if description is not None:
        function["description"] = description
    if isinstance(parameters, dict):
        function["parameters"] = parameters
    return {"type": "function", "function": function}


def media_marker(kind: str, form: str | None = None) -> str:
    """Return the line that stands for a media part.

    Examples
    --------
    >>> media_marker("image", "png")
    '[image: png]'
    """
    return f"[{kind}: {form}]" if form else f"[{kind}]"


def join_parts(parts: Iterable[str]) -> str:
    """Join the text parts of one message, a line end between two."""
    return "\n".join(parts)


def system_messages(text: str | None) -> list[Json]:
    """Return the system message that holds ``text``, none without text."""
    return [message("system", text)] if text else []


def split_reasoning(text: str) -> tuple[str, str | None]:
    """Return ``text`` without the reasoning with which it begins in tags, and that reasoning.

    A tag that is never closed was cut off by the token limit: all of it is reasoning.

    Examples
    --------
    >>> split_reasoning("<reasoning>17 * 23 = 391.</reasoning>391")
    ('391', '17 * 23 = 391.')
    >>> split_reasoning("<b>391</b>")
    ('<b>391</b>', None)
    """
    if text and text[0] != "<" and not text[0].isspace():
        return text, None
    thoughts: list[str] = []
    rest = text
    while (tag := _opening_tag(rest)) is not None:
        thought, closing, after = rest.lstrip()[len(tag) + 2 :].partition(f"</{tag}>")
        thoughts.append(thought.strip())
        rest = after.lstrip() if closing else ""
    return (rest, "\n".join(thoughts)) if thoughts else (text, None)


def _opening_tag(text: str) -> str | None:
    start = text.lstrip()
    if not start.startswith("<"):
        return None
    return next((tag for tag in REASONING_TAGS if start.startswith(f"<{tag}>")), None)
