"""Families of bodies, one module each, and the one table that finds a body's family.

The shape of request and response decides. Where a request fits several families, the response chooses among them; where
it does not either, the operation and the model id do. They are hints: in published logs a body of one family stands
under the model id of another.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from logmine.logs.families import (
    ai21_jurassic,
    anthropic_messages,
    anthropic_text,
    cohere_chat,
    cohere_command,
    converse,
    llama,
    mistral_text,
    nova,
    openai_chat,
    openai_responses,
    text_completion,
    titan_text,
)
from logmine.model_ids import provider

if TYPE_CHECKING:
    from logmine.logs.chat import Family
    from logmine.logs.fields import Json

FAMILIES: Final = {  # by the key that holds what was asked; of several that fit, the first without further evidence
    "messages": (nova.FAMILY, converse.FAMILY, openai_chat.FAMILY, anthropic_messages.FAMILY),
    "input": (openai_responses.FAMILY,),
    "message": (cohere_chat.FAMILY,),
    "inputText": (titan_text.FAMILY,),
    "prompt": (
        text_completion.FAMILY,
        anthropic_text.FAMILY,
        llama.FAMILY,
        ai21_jurassic.FAMILY,
        cohere_command.FAMILY,
        mistral_text.FAMILY,
    ),
}

_BY_OPERATION: Final = {
    "Converse": ("converse",),
    "ConverseStream": ("converse",),
    "ChatCompletions": ("openai_chat",),
    "Responses": ("openai_responses",),
}
_BY_PROVIDER: Final = {
    "ai21": ("openai_chat", "ai21_jurassic"),
    "amazon": ("nova", "titan_text"),
    "anthropic": ("anthropic_messages", "anthropic_text"),
    "cohere": ("cohere_chat", "cohere_command", "openai_chat"),
    "deepseek": ("openai_chat", "text_completion"),
    "meta": ("llama",),
    "mistral": ("openai_chat", "mistral_text"),
    **dict.fromkeys(
        ("google", "minimax", "moonshot", "moonshotai", "nvidia", "openai", "qwen", "writer", "zai"), ("openai_chat", "text_completion")
    ),
}


@lru_cache(maxsize=1024)
def hinted_families(operation: str | None, model_id: str | None) -> tuple[str, ...]:
    """Return the names of the families that the operation, or else the model id, leads to expect; empty without a hint."""
    if operation in _BY_OPERATION:
        return _BY_OPERATION[operation]
    return _BY_PROVIDER.get(provider(model_id) or "", ()) if model_id else ()


def family_of_request(request: Json, response: Json, hints: tuple[str, ...]) -> Family | None:
    """Return the family of ``request``, or None where no family reads it.

    Parameters
    ----------
    request
        The request body.
    response
        The response body, or an event of its stream; empty without one. It only chooses among families that the request fits.
    hints
        From :func:`hinted_families`.
    """
    fitting = [family for key, families in FAMILIES.items() if key in request for family in families if family.asks(request)]
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    answering = [family for family in fitting if family.answers(response)] if response else []
    hinted = [family for family in answering or fitting if family.name in hints]
    return (hinted or answering or fitting)[0]


def family_of_response(response: Json, asked: Family) -> Family | None:
    """Return the family of ``response``: that of its request if it fits, else the first that does, else None."""
    if asked.answers(response):
        return asked
    return next((family for families in FAMILIES.values() for family in families if family.answers(response)), None)
