"""Checks the instructions that a prompt states: lengths, counts, formats, casing, words, language, beginning and end.

The spec lists them, ``{"constraints": [{"kind": "words", "min": 400}, …]}``, as :func:`find_constraints` reads them from a prompt;
the answer is always ``satisfied``. Kinds that count (:data:`constraint_counts.COUNTERS`) take inclusive ``min`` and ``max``.

Such a grader knows form, not sense: a completion that only echoes the prompt or repeats itself is never correct, but one
that follows every instruction and says nothing is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from .constraint_checks import CHECKS, holds
from .constraint_counts import COUNTERS
from .constraint_witness import write_witness
from .final_answer import without_reasoning
from .judgement import Judgement, abstention
from .literals import json_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["agrees", "canonical", "check", "extract", "find_constraints", "render"]

SATISFIED: Final = "satisfied"
MAX_CHARS: Final = 100_000  # of a completion; what is longer is cut, so that the worst case stays bounded

_PARAMETERS: Final[dict[str, dict[str, type]]] = {
    "paragraphs": {}, "sections": {"mark": str}, "word": {"word": str}, "letter": {"letter": str}, "own_words": {"prompt": list},
    "contains": {"words": list}, "avoids": {"words": list}, "avoids_characters": {"characters": str}, "title": {"open": str, "close": str},
    "postscript": {"marker": str}, "responses": {"separator": str}, "one_of": {"options": list}, "starts_with": {"text": str},
    "ends_with": {"text": str}, "repeats": {"text": str}, "paragraph_start": {"n": int, "word": str}, "language": {"language": str},
    "sentence_ending": {"ending": str},
}  # fmt: skip
_PADDED_CHARS: Final = 500
_DISTINCT_FRACTION: Final = 0.01  # of the places of a text that begin a run of three characters not seen before


def find_constraints(prompt_text: str) -> list[dict[str, Any]]:
    """Read the checkable instructions that a prompt states: :func:`constraint_phrases.find_constraints`.

    The phrases of three languages are compiled with the first call: a reward Lambda, which never makes one, starts without them.
    """
    from . import constraint_phrases  # noqa: PLC0415 - see above

    return constraint_phrases.find_constraints(prompt_text)


def check(spec: Mapping[str, Any]) -> None:
    """Require known kinds with their parameters."""
    constraints = spec.get("constraints")
    if not isinstance(constraints, list) or not all(isinstance(one, dict) for one in constraints):
        raise ValueError('constraints: spec["constraints"] must list objects, such as {"kind": "words", "min": 400}')
    for constraint in constraints:
        fault = _fault(constraint)
        if fault:
            raise ValueError(f"constraints: {fault} in a constraint of kind {constraint.get('kind')!r}")


def extract(text: str | None, tool_calls: Sequence[Mapping[str, Any]], spec: Mapping[str, Any]) -> str | None:
    """Say which instructions a completion breaks: ``satisfied``, or ``violated: `` with their kinds.

    None for an empty completion, and where no instruction is surely broken but one can be read in two ways.
    """
    del tool_calls
    text = without_reasoning(text or "").strip()[:MAX_CHARS]
    constraints = spec.get("constraints", [])
    if not text or not constraints:
        return None
    if _is_padded(text):
        return "violated: " + ", ".join(constraint["kind"] for constraint in constraints)
    verdicts = [holds(constraint, text) for constraint in constraints]
    broken = [constraint["kind"] for constraint, verdict in zip(constraints, verdicts, strict=True) if verdict is False]
    if broken:
        return "violated: " + ", ".join(broken)
    return None if None in verdicts else SATISFIED


def canonical(answer: str, spec: Mapping[str, Any]) -> str | None:
    """Accept ``satisfied``, where a text that satisfies all can be written; there is no other answer."""
    if answer.strip().casefold() != SATISFIED or not spec.get("constraints"):
        return None
    return SATISFIED if _witness(json_text(spec)) is not None else None


def agrees(found: str, wanted: str, spec: Mapping[str, Any]) -> Judgement:
    """Judge by the instructions broken; the score is the share that is not."""
    if found == wanted == SATISFIED:
        return Judgement("correct", found, 1.0)
    if not found.startswith("violated: "):
        return abstention(found)
    return Judgement("incorrect", found, 1 - len(found.split(", ")) / len(spec["constraints"]))


def render(answer: str, spec: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Write a text that satisfies all instructions; an empty one where none can be written."""
    del answer
    return _witness(json_text(spec)) or "", []


@lru_cache(maxsize=4096)
def _witness(spec_text: str) -> str | None:
    """Write a text that satisfies a spec, and check that it does."""
    from json import loads  # noqa: PLC0415 - the spec is JSON text only to be a key of the cache

    spec = loads(spec_text)
    return next((text for text in write_witness(spec["constraints"]) if extract(text, (), spec) == SATISFIED), None)


def _fault(constraint: Mapping[str, Any]) -> str | None:
    kind = constraint.get("kind")
    if kind not in COUNTERS and kind not in CHECKS:
        return f"unknown kind; the kinds are {', '.join(sorted([*COUNTERS, *CHECKS]))};"
    for name, expected in _PARAMETERS.get(kind, {}).items():
        value = constraint.get(name)
        if not isinstance(value, expected) or not value or (expected is list and not all(isinstance(word, str) and word for word in value)):
            return f"{name} must be a filled {expected.__name__}"
    if any(not isinstance(constraint.get(name, 0), int) for name in ("min", "max")):
        return "min and max must be whole numbers"
    counts = kind in COUNTERS or kind == "responses"
    return "neither min nor max" if counts and not {"min", "max"} & set(constraint) else None


def _is_padded(text: str) -> bool:
    """Say whether a text does little but repeat itself."""
    start = text[:5_000]
    return len(start) >= _PADDED_CHARS and len(set(zip(start, start[1:], start[2:], strict=False))) < _DISTINCT_FRACTION * len(start)
