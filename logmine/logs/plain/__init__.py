"""The short way for plain bodies: the shapes that most calls have, decoded into declared types and nothing else.

A body is plain where every key that could change how it is read is absent, and every value has its declared type. For any other the
reader gives None, and ``families`` reads it; where both read a body, they agree. One module a family, named as
there; of Anthropic and Converse, answers are read in one of their own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from msgspec import Raw

from logmine.logs.chat import Chat, digest_of
from logmine.logs.envelopes import ABSENT, Envelope, Record, is_record
from logmine.logs.families import hinted_families
from logmine.logs.json_values import UNDECODED, UnreadableJsonError
from logmine.logs.non_chat import kind_by_operation
from logmine.logs.plain import anthropic_messages, converse, llama, openai_chat

if TYPE_CHECKING:
    from collections.abc import Callable


_OPERATION: Final = b'"operation":"'
_MODEL: Final = b'"modelId":"'
_HEAD_BYTES: Final = 1024
_NEAR_BYTES: Final = 64
_NOT_PLAIN: Final = (*UNDECODED, UnreadableJsonError)


class Reader(NamedTuple):
    """How plain bodies of one family are read; ``read`` raises what :data:`_NOT_PLAIN` names for bodies that are not."""

    decode_record: Callable[[bytes | memoryview], Envelope[Any]]
    decode_untidy_record: Callable[[bytes | memoryview], Envelope[Any]]
    decode_request: Callable[[bytes | memoryview], Any]
    read: Callable[..., Chat | None]  # request, response, hints, is_tidy


def _reader(request: Any, read: Callable[..., Chat | None], untidy_request: Any = None) -> Reader:  # noqa: ANN401 - types
    untidy = untidy_request or request
    decode_record, decode_untidy = (msgspec.json.Decoder(Envelope[body]).decode for body in (request, untidy))
    return Reader(decode_record, decode_untidy, msgspec.json.Decoder(untidy).decode, read)


_CONVERSE: Final = _reader(converse.PlainRequest[Raw], converse.read, converse.PlainRequest[str])
PLAIN: Final[dict[str, Reader]] = {  # by the name of the family
    "anthropic_messages": _reader(anthropic_messages.PlainRequest, anthropic_messages.read),
    "converse": _CONVERSE,
    "nova": _CONVERSE,
    "llama": _reader(llama.PlainRequest, llama.read),
    "openai_chat": _reader(openai_chat.PlainRequest, openai_chat.read),
}


def read_plain_record(data: bytes, begin: int, end: int, *, is_tidy: bool) -> Record | None:
    """Return a record with the chat of its two plain bodies, in one reading; None for any other.

    Parameters
    ----------
    data, begin, end
        Where the JSON text of the record stands.
    is_tidy
        Whether its strings stand there as :func:`msgspec.json.encode` writes them, and all of it is UTF-8.
    """
    reader = _likely_reader(data, begin)
    if reader is None:
        return None
    try:
        decode = reader.decode_record if is_tidy else reader.decode_untidy_record
        envelope = decode(memoryview(data)[begin:end])  # no copy
        given, made = envelope.input, envelope.output
        if given is None or made is None or envelope.error_code is not None or not is_record(envelope):
            return None
        request, response = given.input_body_json, made.output_body_json
        settled, hints = _reader_for(envelope.operation, envelope.model_id)
        if request is ABSENT or response is ABSENT or settled is not reader:
            return None  # another operation or model may stand further back
        chat = reader.read(request, response, hints, is_tidy=is_tidy)
    except _NOT_PLAIN:
        return None
    if chat is None:
        return None
    given.input_body_json = made.output_body_json = ABSENT
    return Record(envelope, end - begin, chat, digest_of(response, chat))


def _likely_reader(data: bytes, begin: int) -> Reader | None:
    """Return the reader that operation and model near the beginning of a record lead to; a guess: the truth is not yet read.

    As a rule the one stands right before the other, and both are the same in many records.
    """
    stop = begin + _HEAD_BYTES  # perhaps in the next record: what is guessed so is found out
    start = data.find(_OPERATION, begin, stop)
    model = data.find(_MODEL, start, start + _NEAR_BYTES) if start >= 0 else -1
    if model < 0:
        head = data[begin:stop]
        return _reader_named(_early(head, _OPERATION), _early(head, _MODEL))
    return _reader_within(data[start : data.find(b'"', model + len(_MODEL)) + 1])


@lru_cache(maxsize=1024)
def _reader_within(part: bytes) -> Reader | None:
    return _reader_named(_early(part, _OPERATION), _early(part, _MODEL))


def _early(text: bytes, key: bytes) -> bytes:
    """Return what stands behind ``key``, up to a quotation mark; nothing where either is missing."""
    start = text.find(key) + len(key)
    return text[start : max(text.find(b'"', start), start)] if start >= len(key) else b""


@lru_cache(maxsize=1024)
def _reader_named(operation: bytes, model_id: bytes) -> Reader | None:
    return _reader_for(operation.decode("utf-8", "replace") or None, model_id.decode("utf-8", "replace") or None)[0]


@lru_cache(maxsize=1024)
def _reader_for(operation: str | None, model_id: str | None) -> tuple[Reader | None, tuple[str, ...]]:
    """Return the reader that operation and model lead to, and the families that they hint at."""
    hints = hinted_families(operation, model_id)
    return None if kind_by_operation(operation) else _hinted(hints), hints


def _hinted(hints: tuple[str, ...]) -> Reader | None:
    """Return the reader of the family that is hinted at; an id that names no model hides Anthropic's more often than others."""
    return next((PLAIN[name] for name in hints or ("anthropic_messages",) if name in PLAIN), None)


def read_plain(request: bytes | memoryview, response: bytes | memoryview, hints: tuple[str, ...]) -> Chat | None:
    """Return the chat of two plain bodies, None where one of them is not plain.

    Parameters
    ----------
    request, response
        The bodies as logged.
    hints
        From :func:`logmine.logs.families.hinted_families`: they choose the reader that is tried.
    """
    reader = _hinted(hints)
    if reader is None:
        return None
    try:
        return reader.read(reader.decode_request(request), response, hints, is_tidy=False)
    except _NOT_PLAIN:
        return None
