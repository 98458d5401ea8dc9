"""The short way for plain bodies: the shapes that most calls have, decoded into declared types and nothing else.

A body is plain where every key that could change how it is read is absent, and every value has its declared type. For any other the
reader gives None, and ``families`` reads it; where both read a body, they agree. One module a family, named as there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logmine.logs.json_values import UNDECODED, UnreadableJsonError
from logmine.logs.plain import anthropic_messages, converse, openai_chat

if TYPE_CHECKING:
    from collections.abc import Callable

    from logmine.logs.chat import Chat

PLAIN: Final[dict[str, Callable[[bytes, bytes, tuple[str, ...]], Chat | None]]] = {  # by the name of the family
    "anthropic_messages": anthropic_messages.read,
    "converse": converse.read,
    "nova": converse.read,
    "openai_chat": openai_chat.read,
}


def read_plain(request: bytes, response: bytes, hints: tuple[str, ...]) -> Chat | None:
    """Return the chat of two plain bodies, None where one of them is not plain.

    Parameters
    ----------
    request, response
        The bodies as logged.
    hints
        From :func:`logmine.logs.families.hinted_families`: they choose the reader that is tried.
    """
    reader = next((PLAIN[name] for name in hints or ("anthropic_messages",) if name in PLAIN), None)
    if reader is None:
        return None
    try:
        return reader(request, response, hints)
    except (*UNDECODED, UnreadableJsonError):
        return None
