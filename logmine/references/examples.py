"""Completions that speak for a task's grader, and against it: for a person to look at."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from logmine.graders import GRADER_NAMES, extract, grade
from logmine.references.specs import merged_spec, read_attempts, specs_by_prompt
from logmine.schemas import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logmine.references.specs import Attempt

Side = Literal["for", "against"]


@dataclass(frozen=True, slots=True)
class Example:
    """A completion, and what its grader's extractor makes of it.

    Attributes
    ----------
    side
        Whether it speaks for the grader.
    why
        ``agrees``: another answer to the prompt is the same; ``alone``: there is no other; ``differs``: no other is the
        same; ``accepted``, ``rejected``: by the user's rule; ``unread``: no answer could be read.
    answer
        As read; None for none.
    text
        The completion, or its tool calls.
    """

    side: Side
    why: Literal["agrees", "alone", "differs", "accepted", "rejected", "unread"]
    prompt_id: str
    request_id: str
    answer: str | None
    text: str


def find_examples(candidates: pl.DataFrame, attempts: pl.DataFrame, inferred: Mapping[str, Any], *, n_examples: int) -> list[Example]:
    """Return up to ``n_examples`` completions for and as many against the grader of a task, each of another prompt.

    Parameters
    ----------
    candidates, attempts
        All rows of the task.
    inferred
        Its row of :data:`logmine.schemas.GRADERS`.
    n_examples
        Of each side; drawn by digest, so that the same logs show the same ones.
    """
    usable = list(read_attempts(attempts.filter(pl.col("unusable").is_null()).sort("prompt_id", "request_id")))
    judged = list(_judged(usable, candidates, inferred))
    judged.sort(key=lambda one: (one.why != "unread", digest(["example", one.request_id])))
    return [one for side in ("for", "against") for one in _of_different_prompts([one for one in judged if one.side == side], n_examples)]


def _judged(attempts: list[Attempt], candidates: pl.DataFrame, inferred: Mapping[str, Any]) -> list[Example]:
    grader, shared = inferred["grader"], inferred["spec"] or "{}"
    if grader not in GRADER_NAMES:  # nothing is read: every completion speaks against an extractor
        return [_example(attempt, None, Counter()) for attempt in attempts]
    if grader == "rule":
        return _asked(attempts, candidates, shared)
    specs = {prompt: merged_spec(own, shared) for prompt, own in specs_by_prompt(grader, candidates).items()}
    read = [extract(grader, specs.get(attempt.prompt_id, shared), attempt.text, attempt.tool_calls) for attempt in attempts]
    given: dict[str, Counter[str]] = defaultdict(Counter)
    for attempt, answer in zip(attempts, read, strict=True):
        if answer is not None:
            given[attempt.prompt_id][answer] += 1
    return [_example(attempt, answer, given[attempt.prompt_id]) for attempt, answer in zip(attempts, read, strict=True)]


def _asked(attempts: list[Attempt], candidates: pl.DataFrame, shared: str) -> list[Example]:
    """Return what the user's rule says of completions, without a reference answer."""
    specs = {prompt: merged_spec(own, shared) for prompt, own in specs_by_prompt("rule", candidates).items()}
    asked: list[Example] = []
    for attempt in attempts:
        reference = {"grader": "rule", "answer": "", "spec": specs.get(attempt.prompt_id, shared)}
        judgement = grade(reference, attempt.text, attempt.tool_calls)
        why = "accepted" if judgement.verdict == "correct" else "rejected" if judgement.verdict == "incorrect" else "unread"
        side: Side = "for" if why == "accepted" else "against"
        asked.append(Example(side, why, attempt.prompt_id, attempt.request_id, judgement.answer, attempt.text))
    return asked


def _example(attempt: Attempt, answer: str | None, given: Counter[str]) -> Example:
    shown = attempt.text or " ".join(f"{call.get('function', {}).get('name')}(…)" for call in attempt.tool_calls)
    if answer is None:
        return Example("against", "unread", attempt.prompt_id, attempt.request_id, None, shown)
    if given[answer] > 1:
        return Example("for", "agrees", attempt.prompt_id, attempt.request_id, answer, shown)
    if given.total() == 1:
        return Example("for", "alone", attempt.prompt_id, attempt.request_id, answer, shown)
    return Example("against", "differs", attempt.prompt_id, attempt.request_id, answer, shown)


def _of_different_prompts(examples: list[Example], limit: int) -> list[Example]:
    first = {example.prompt_id: example for example in reversed(examples)}
    return [example for example in examples if first[example.prompt_id] is example][:limit]
