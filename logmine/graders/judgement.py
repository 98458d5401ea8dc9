"""The vocabulary of grading: what a grader says about one completion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Verdict = Literal["correct", "incorrect", "abstain"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a grader found, and the answer that it read, for a person to check.

    ``abstain`` is never folded into ``incorrect``: the first says that the grader could not tell, the
    second that the model was wrong.
    """

    verdict: Verdict
    answer: str | None  # canonical, as read from the completion
    score: float | None  # in [0, 1]; None on abstain
    reason: str | None = None  # of an abstention, where more is known than that no answer could be read


class GraderModule(Protocol):
    """The functions that every grader's module has; ``spec`` is the parsed spec, already checked."""

    def check(self, spec: Mapping[str, Any]) -> None:
        """Raise ValueError when the spec is malformed."""
        ...

    def extract(self, text: str | None, tool_calls: Sequence[Mapping[str, Any]], spec: Mapping[str, Any]) -> str | None:
        """Read the canonical answer of a completion, None when it cannot be read."""
        ...

    def canonical(self, answer: str, spec: Mapping[str, Any]) -> str | None:
        """Bring an answer written by a person into canonical form, None when it cannot be an answer."""
        ...

    def agrees(self, found: str, wanted: str, spec: Mapping[str, Any]) -> Judgement:
        """Judge one canonical answer against another."""
        ...

    def render(self, answer: str, spec: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
        """State an answer in a plain way: text and OpenAI tool calls."""
        ...


def abstention(answer: str | None = None) -> Judgement:
    """Say that nothing can be said."""
    return Judgement("abstain", answer, None)


def by_equality(found: str, wanted: str) -> Judgement:
    """Judge by equality of canonical strings."""
    return Judgement("correct", found, 1.0) if found == wanted else Judgement("incorrect", found, 0.0)
