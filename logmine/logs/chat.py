"""Chat in one form: what every family of bodies is read into.

Messages and tools are OpenAI's: a message has ``role`` and ``content``, always text; an assistant's may have
``tool_calls``; a tool's has ``tool_call_id``. Media stand in the text as a marker line such as ``[image: png]`` and are
counted, so that a prompt with an image is never taken for its text alone.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, TypeAlias

from msgspec import Meta, Raw, Struct, field

from logmine.logs.fields import Json, json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Request(Struct, gc=False):
    """A request body, read."""

    messages: list[Json] = []
    tools: list[Json] | Raw = []  # or their JSON already
    n_media: int = 0
    temperature: float | None = None
    max_output_tokens: int | None = None
    messages_json: bytes | None = None  # in place of messages


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


class Metrics(Struct, gc=False, rename="camel"):
    """What Amazon Bedrock measured of an InvokeModel call, in a key of its own beside the last of the response."""

    input_token_count: Count | None = None
    output_token_count: Count | None = None
    invocation_latency: Count | None = None  # in milliseconds


NO_METRICS: Final = Metrics()


class Chat(Struct, gc=False):
    """The bodies of a readable chat invocation, read."""

    family: Family  # of the request
    request: Request
    answer: Answer | None  # None when none was delivered, or none that can be read
    detail: str | None  # what could not be read of the response
    model: str | None  # as the bodies name it
    metrics: Metrics
    is_guarded: bool = False  # a guardrail left its mark


def digest_of(response: bytes | memoryview | Raw | None, request: Request | None) -> str:
    """Return what tells the calls of one prompt apart: BLAKE2b-128 of the response body as logged and of the request's settings."""
    state = hashlib.blake2b(b"" if response is None else response, digest_size=16)
    if request is not None:
        state.update(_settings(request.temperature, request.max_output_tokens))
    return state.hexdigest()


@lru_cache(maxsize=4096)
def _settings(temperature: float | None, max_output_tokens: int | None) -> bytes:
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
