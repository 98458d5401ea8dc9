"""Plain bodies of Meta Llama: a prompt, and the text that was generated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from logmine.logs.chat import NO_METRICS, Chat, Count
from logmine.logs.chat_templates import messages_of_prompt
from logmine.logs.families import llama as family
from logmine.logs.plain.values import Marked, Number, encode

if TYPE_CHECKING:
    from msgspec import Raw


class PlainRequest(Struct, gc=False, forbid_unknown_fields=True):
    """A request body; any other key could be that of another family whose request is a prompt."""

    prompt: str
    max_gen_len: Count | None = None
    temperature: Number | None = None
    top_p: Number | None = None


class _Response(Marked, gc=False, kw_only=True, forbid_unknown_fields=True):
    generation: str
    prompt_token_count: Count | None = None
    generation_token_count: Count | None = None
    stop_reason: str | None = None


_decode_response: Final = msgspec.json.Decoder(_Response).decode


def read(asked: PlainRequest, response: bytes | memoryview | Raw, _hints: tuple[str, ...], *, is_tidy: bool) -> Chat:  # noqa: ARG001 - all is decoded
    """Return the chat of two plain bodies."""
    answered = _decode_response(response)
    return Chat(
        family.FAMILY,
        encode(messages_of_prompt(asked.prompt)),
        None,
        asked.temperature,
        asked.max_gen_len,
        None,
        answered.metrics or NO_METRICS,
        answered.generation,
        None,
        None,
        answered.stop_reason,
        answered.prompt_token_count,
        answered.generation_token_count,
    )
