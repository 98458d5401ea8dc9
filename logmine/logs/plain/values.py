"""Types of the values in plain bodies, and what every response body or event of a stream may carry.

Texts of a request stay JSON as logged: what goes into ``messages`` is JSON again. Where that text is not what
:func:`msgspec.json.encode` would write (:mod:`logmine.logs.lines`), it is read and written anew.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Raw, Struct, field

from logmine.logs.chat import Metrics  # noqa: TC001 - msgspec reads it
from logmine.logs.json_values import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logmine.logs.fields import Json

Number: TypeAlias = Annotated[float, Meta(ge=-1e300, le=1e300)]

Never: TypeAlias = Annotated[int, Meta(gt=0, lt=0)]
"""The type of a key that a plain body does not have: no value passes."""

ABSENT: Final = Raw(b"null")
NO_TEXT: Final = Raw(b'""')
_MAX_KEPT_BYTES: Final = 32_000
QUOTE: Final = ord('"')
BRACKET: Final = ord("[")
NULL: Final = ord("n")

_decode_text = msgspec.json.Decoder(str).decode
encode = msgspec.json.Encoder().encode
_NO_STRING: Final = msgspec.ValidationError("a text that is no string is not plain")


class Marked(Struct, gc=False, kw_only=True):
    """What Amazon Bedrock adds to a response, or to an event of a stream: plain where no guardrail acted and nothing was traced."""

    guardrail_action: Literal["NONE"] | None = field(default=None, name="amazon-bedrock-guardrailAction")
    metrics: Metrics | None = field(default=None, name="amazon-bedrock-invocationMetrics")
    bedrock_trace: Never = field(default=0, name="amazon-bedrock-trace")
    trace: Never = 0
    response: Never = 0


class Message(Struct, gc=False):
    """A canonical message of text alone."""

    role: str
    content: Raw | str  # JSON already, or to be written


def first_byte(value: Raw) -> int:
    """Return the first byte of a JSON value."""
    return memoryview(value)[0]


def text_of(text: Raw, *, is_tidy: bool) -> Raw:
    """Return the JSON text of a string as :func:`msgspec.json.encode` writes it; ``is_tidy`` says that it is written so.

    Raises
    ------
    msgspec.ValidationError
        If it is not that of a string.
    """
    if memoryview(text)[0] != QUOTE:
        raise _NO_STRING
    return text if is_tidy else Raw(encode(_decode_text(text)))


def is_empty(text: Raw) -> bool:
    """Return whether the JSON text of a string is that of no character."""
    return len(text) == len(NO_TEXT)


def joined(texts: Sequence[Raw], *, is_tidy: bool) -> Raw:
    """Join texts, each as :func:`text_of`, a line end between two, as :func:`logmine.logs.chat.join_parts` joins strings."""
    if len(texts) == 1:
        return text_of(texts[0], is_tidy=is_tidy)
    if not texts:
        return NO_TEXT
    parts = [memoryview(text) for text in (texts if is_tidy else [text_of(text, is_tidy=False) for text in texts])]
    if any([part[0] != QUOTE for part in parts]):  # noqa: C419 - a list is faster
        raise _NO_STRING
    return Raw(b'"%b"' % b"\\n".join([part[1:-1] for part in parts]))


def read_once(read: Callable[[Any], list[Json]]) -> Callable[[Raw], bytes | None]:
    """Return a reader of definitions of tools, JSON to canonical JSON, that keeps what it read: an application sends the same each time."""

    @lru_cache(maxsize=128)
    def kept(data: bytes) -> bytes | None:
        tools = read(read_json(data))
        return encode(tools) if tools else None

    def of_text(raw: Raw) -> bytes | None:
        if raw is ABSENT:
            return None
        data = bytes(raw)
        return kept(data) if len(data) <= _MAX_KEPT_BYTES else kept.__wrapped__(data)

    return of_text
