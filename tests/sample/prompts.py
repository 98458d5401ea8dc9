"""What an application asks, and how its answers come about."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .draw import between, chance, seeded, shuffled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer of a model; ``answer`` is what it comes down to, for the truth file."""

    text: str = ""
    tool_calls: tuple[dict[str, Any], ...] = ()
    thought: str = ""
    answer: str | None = None


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """One question with its answers: ``say`` words either ``right`` or one of ``wrong``."""

    key: str
    kind: str
    system: str
    messages: tuple[dict[str, Any], ...]
    say: Callable[[Random, Any], Reply]
    right: Any = None
    wrong: tuple[Any, ...] = ()
    reference: str | None = None
    p_success: float = 1.0
    n_attempts: int = 1
    variants: tuple[str, ...] = ()
    tools: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
    conversation: str | None = None
    turn: int = 0


@dataclass(frozen=True, kw_only=True)
class Application:
    """A caller: one IAM role, its prompts, the models that it uses with their weights."""

    name: str
    role: str
    prompts: Sequence[Prompt]
    models: dict[str, float]
    max_tokens: int
    cached_system: bool = False
    nightly: bool = False
    p_metadata: float = 0.9


def texts(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "texts" / f"{name}.toml").read_text(encoding="utf-8"))


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def checkable(key: str, *, kind: str, text: str, wrong: Sequence[Any], attempts: tuple[int, int], **others: Any) -> Prompt:
    """Return a prompt with a hidden probability of success and its wrong answers in an order of their own.

    A few prompts mislead every model into the same mistake: consensus on them is wrong, as it is now and then in production.
    """
    rng = seeded("checkable", key)
    p_success, order = _p_success(rng), shuffled(rng, wrong)
    if chance(rng, 0.02):
        p_success, order = 0.15, order[:1]
    return Prompt(
        key=key,
        kind=kind,
        messages=(user(text),),
        p_success=p_success,
        wrong=tuple(order),
        n_attempts=between(rng, *attempts),
        **others,
    )


def _p_success(rng: Random) -> float:
    drawn, within = rng.random(), rng.random()
    for share, low, high in ((0.06, 0.0, 0.12), (0.12, 0.12, 0.3), (0.89, 0.45, 0.7), (0.95, 0.7, 0.9), (1.0, 0.9, 1.0)):
        if drawn < share:
            return low + within * (high - low)
    return 1.0
