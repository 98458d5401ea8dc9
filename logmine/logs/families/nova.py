"""Amazon Nova through InvokeModel (``messages-v1``): Converse's blocks with settings of its own.

Request and response are read as Converse's; only some keys tell the two apart, so where they are missing the operation decides.
Source: https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logmine.logs.chat import Family
from logmine.logs.families import converse

if TYPE_CHECKING:
    from logmine.logs.fields import Json

_CONVERSE_KEYS: Final = frozenset(("additionalModelRequestFields", "guardrailConfig", "performanceConfig", "promptVariables"))


def asks(body: Json) -> bool:
    """Return whether ``body`` has Converse's messages and no setting that only Converse takes."""
    return _CONVERSE_KEYS.isdisjoint(body) and converse.has_messages(body)


def answers(body: Json) -> bool:
    """Return whether ``body`` is a response, which has no metrics, or an event of its stream."""
    return "metrics" not in body and converse.answers(body)


FAMILY: Final = Family("nova", asks, converse.read_request, answers, converse.read_response, converse.read_events, counts_cached=False)
