"""Matches the final answer of a completion with a pattern: the reference answer is the pattern, and it must match all of the answer.

Only RE2 (``google-re2``) runs a pattern that a user wrote, since its time is linear in the text; Python's own engine may need
exponential time and is never used for one. Where RE2 is missing, or refuses the pattern, nothing is judged.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from . import exact
from .judgement import Judgement, abstention
from .regex_example import propose_examples

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_PATTERN_CHARS: Final = 2_000
_MAX_ENGINE_BYTES: Final = 8 * 1024 * 1024


def check(spec: Mapping[str, Any]) -> None:
    """Require ``example``, where there is one, to be the text of an answer that matches."""
    if not isinstance(spec.get("example", ""), str):
        raise ValueError('regex: spec["example"] must be the text of an answer that the pattern matches')  # noqa: TRY004 - every fault of a spec is one error


def extract(text: str | None, tool_calls: Sequence[Mapping[str, Any]], spec: Mapping[str, Any]) -> str | None:
    """Read the final answer as the exact grader does: what is stated, or a whole output that is one line."""
    return exact.extract(text, tool_calls, spec)


def canonical(answer: str, spec: Mapping[str, Any]) -> str | None:
    """Accept a pattern that RE2 compiles and that matches an answer that can be written for it: the spec's example, or one that the pattern suggests."""
    return answer if _example(answer, spec.get("example", "")) is not None else None


def agrees(found: str, wanted: str, spec: Mapping[str, Any]) -> Judgement:
    """Match the whole answer."""
    del spec
    pattern = _compiled(wanted)
    if pattern is None:
        return abstention(found)
    matches = pattern.fullmatch(found) is not None
    return Judgement("correct" if matches else "incorrect", found, float(matches))


def render(answer: str, spec: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """State an answer that matches."""
    return exact.render(_example(answer, spec.get("example", "")) or answer, {})


def is_installed() -> bool:
    """Say whether RE2 can be imported."""
    return _engine() is not None


@lru_cache(maxsize=1)
def _engine() -> Any:  # noqa: ANN401 - a module without types
    """Import RE2: the only seam to it. A Lambda has it only where it is bundled."""
    try:
        return importlib.import_module("re2")
    except ImportError:
        return None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:  # noqa: ANN401 - RE2's pattern has no type
    engine = _engine()
    if engine is None or not pattern or len(pattern) > MAX_PATTERN_CHARS:
        return None
    options = engine.Options()
    options.log_errors = False
    options.max_mem = _MAX_ENGINE_BYTES
    try:
        return engine.compile(pattern, options)
    except engine.error:  # refused: look-around, back references, too large
        return None


@lru_cache(maxsize=1024)
def _example(pattern: str, given: str) -> str | None:
    """Give an answer that the pattern matches, by RE2, and that reads back as itself."""
    compiled = _compiled(pattern)
    if compiled is None:
        return None
    for answer in dict.fromkeys((given, pattern, *propose_examples(pattern))):
        form = exact.canonical(answer, {}) if answer else None
        if form is not None and compiled.fullmatch(form) is not None:
            return form
    return None
