"""Types of the values in plain bodies, and what every response body or event of a stream may carry."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from msgspec import Meta, Raw, Struct, field

from logmine.logs.chat import Count, Metrics
from logmine.logs.json_values import read_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from logmine.logs.fields import Json

__all__ = ["ABSENT", "Count", "Marked", "Never", "Number", "read_once"]

Number: TypeAlias = Annotated[float, Meta(ge=-1e300, le=1e300)]

Never: TypeAlias = Annotated[int, Meta(gt=0, lt=0)]
"""The type of a key that a plain body does not have: no value passes."""

ABSENT: Final = Raw(b"")
_MAX_KEPT_BYTES: Final = 32_000


class Marked(Struct, gc=False, kw_only=True):
    """What Amazon Bedrock adds to a response, or to an event of a stream: plain where no guardrail acted and nothing was traced."""

    guardrail_action: Literal["NONE"] | None = field(default=None, name="amazon-bedrock-guardrailAction")
    metrics: Metrics | None = field(default=None, name="amazon-bedrock-invocationMetrics")
    bedrock_trace: Never = field(default=0, name="amazon-bedrock-trace")
    trace: Never = 0
    response: Never = 0


def read_once(read: Callable[[Any], list[Json]]) -> Callable[[Raw], list[Json]]:
    """Return a reader of definitions of tools, as JSON text, that keeps what it read: an application sends the same with every call.

    What it returns must not be changed.
    """

    @lru_cache(maxsize=128)
    def kept(data: bytes) -> list[Json]:
        return read(read_json(data))

    def of_text(raw: Raw) -> list[Json]:
        data = bytes(raw)
        if not data:
            return []
        return kept(data) if len(data) <= _MAX_KEPT_BYTES else read(read_json(data))

    return of_text
