"""The short way for plain bodies: the shapes that most calls have, decoded into declared types and nothing else.

A body is plain where every key that could change how it is read is absent, and every value has its declared type. For any other the
reader gives None, and ``families`` reads it; where both read a body, they agree. One module a family, named as there.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from logmine.logs.json_values import UNDECODED, UnreadableJsonError
from logmine.logs.plain import anthropic_messages, converse, openai_chat

if TYPE_CHECKING:
    from collections.abc import Callable

    from logmine.logs.chat import Chat

    Text: TypeAlias = bytes | memoryview
    Reader: TypeAlias = Callable[[Text, Text, tuple[str, ...]], Chat | None]

PLAIN: Final[dict[str, Reader]] = {  # by the name of the family
    "anthropic_messages": anthropic_messages.read,
    "converse": converse.read,
    "nova": converse.read,
    "openai_chat": openai_chat.read,
}


def read_plain(request: Text, response: Text, hints: tuple[str, ...]) -> Chat | None:
    """Return the chat of two plain bodies, None where one of them is not plain.

    Parameters
    ----------
    request, response
        The bodies as logged.
    hints
        From :func:`logmine.logs.families.hinted_families`: they choose the reader that is tried.
    """
    reader = _reader(hints)
    if reader is None:
        return None
    try:
        return reader(request, response, hints)
    except (*UNDECODED, UnreadableJsonError):
        return None


@lru_cache(maxsize=256)
def _reader(hints: tuple[str, ...]) -> Reader | None:
    """Return the reader of the family that is hinted at; an id that names no model hides Anthropic's more often than others."""
    return next((PLAIN[name] for name in hints or ("anthropic_messages",) if name in PLAIN), None)
