"""Graders: each judges one completion against one reference, with nothing but the standard library.

Two have help behind one seam each, and judge less without it: ``math`` (math-verify) and ``regex`` (RE2).

The same files run while mining, inside the reward Lambda and in a local trainer, so that a completion gets the same verdict
in all three places. A grader reads a canonical answer from the completion and compares it with that of the reference;
what it cannot read, or could read in two ways, it does not judge.

Examples
--------
>>> reference = {"grader": "numeric", "answer": "1,060", "spec": ""}
>>> grade(reference, "28 + 1,032 = 1,060, so the answer is 1,060.0.").verdict
'correct'
>>> grade(reference, "I cannot say.").verdict
'abstain'
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from . import choice, constraints, exact, json_fields, label, math_answer, numeric, regex, rule, ruling_out, tool_call
from .judgement import GraderModule, Judgement, Verdict, abstention

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["GRADER_NAMES", "Judgement", "Verdict", "canonical", "extract", "grade", "render"]

_GRADERS: Final[dict[str, GraderModule]] = {
    "numeric": numeric,
    "choice": choice,
    "label": label,
    "json_fields": json_fields,
    "tool_call": tool_call,
    "exact": exact,
    "constraints": constraints,
    "math": math_answer,
    "regex": regex,
    "rule": rule,
}
GRADER_NAMES: Final = tuple(_GRADERS)
_RULES_OUT: Final[dict[str, Callable[[str, str, Mapping[str, Any]], bool]]] = {
    "numeric": ruling_out.is_another_number,
    "choice": ruling_out.is_another_option,
    "label": ruling_out.is_another_label,
}
"""Where no answer can be read: whether the completion surely does not give the reference's."""


def grade(reference: Mapping[str, str], text: str | None, tool_calls: Sequence[Mapping[str, Any]] = ()) -> Judgement:
    """Judge one completion against one reference.

    Parameters
    ----------
    reference
        Three strings: ``grader``, ``answer``, ``spec`` (JSON text, or empty).
    text
        The completion's text, None without.
    tool_calls
        The completion's tool calls in OpenAI's form.

    Returns
    -------
    Judgement
        ``abstain`` when the completion's answer cannot be read, or the reference's cannot; ``incorrect`` without an answer when
        none can be read and none of what stands there can be the reference's.

    Raises
    ------
    ValueError
        For an unknown grader or a malformed spec; never for a completion.
    """
    module, spec = _prepared(reference)
    found = module.extract(text, tool_calls, spec)
    wanted = _wanted(reference["grader"], reference["spec"], reference["answer"])
    if found is None and wanted is not None and text and _is_ruled_out(reference["grader"], text, wanted, spec):
        return Judgement("incorrect", None, 0.0)
    if found is None or wanted is None:
        return abstention(found)
    return module.agrees(found, wanted, spec)


def extract(grader: str, spec: str, text: str | None, tool_calls: Sequence[Mapping[str, Any]] = ()) -> str | None:
    """Read the canonical answer of a completion: equal answers give equal strings, None cannot be read.

    Raises
    ------
    ValueError
        For an unknown grader or a malformed spec.
    """
    return _module(grader).extract(text, tool_calls, _spec(grader, spec))


def canonical(grader: str, spec: str, answer: str) -> str | None:
    """Bring an answer written by a person, or found in metadata, into the form that :func:`extract` gives.

    Raises
    ------
    ValueError
        For an unknown grader or a malformed spec.
    """
    return _module(grader).canonical(answer, _spec(grader, spec))


def render(reference: Mapping[str, str]) -> tuple[str, list[dict[str, Any]]]:
    """Write a completion that states the reference in a plain way: its text and its tool calls.

    Raises
    ------
    ValueError
        For an unknown grader or a malformed spec.
    """
    module, spec = _prepared(reference)
    return module.render(reference["answer"], spec)


def _is_ruled_out(grader: str, text: str, wanted: str, spec: Mapping[str, Any]) -> bool:
    return grader in _RULES_OUT and _RULES_OUT[grader](text, wanted, spec)


def _prepared(reference: Mapping[str, str]) -> tuple[GraderModule, Mapping[str, Any]]:
    missing = [key for key in ("grader", "answer", "spec") if not isinstance(reference.get(key), str)]
    if missing:
        raise ValueError(f"a reference is three strings, grader, answer and spec; this one lacks {', '.join(missing)}")
    return _module(reference["grader"]), _spec(reference["grader"], reference["spec"])


def _module(grader: str) -> GraderModule:
    if grader not in _GRADERS:
        raise ValueError(f"unknown grader {grader!r}; the graders are {', '.join(GRADER_NAMES)}")
    return _GRADERS[grader]


@lru_cache(maxsize=4096)
def _wanted(grader: str, spec: str, answer: str) -> str | None:
    """Bring a reference into canonical form once for all completions of its prompt."""
    return _module(grader).canonical(answer, _spec(grader, spec))


@lru_cache(maxsize=1024)
def _spec(grader: str, text: str) -> Mapping[str, Any]:
    """Parse and check a spec; the parsed one is shared and never changed."""
    try:
        spec = json.loads(text) if text.strip() else {}
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{grader}: the spec is not JSON") from error
    if not isinstance(spec, dict):
        raise ValueError(f"{grader}: the spec must be a JSON object, not {type(spec).__name__}")  # noqa: TRY004 - every fault of a spec is one error
    _module(grader).check(spec)
    return spec
