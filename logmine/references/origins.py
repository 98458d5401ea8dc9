"""References of each prompt: from the user's outcomes, else from metadata, else by consensus."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from logmine.graders import canonical, extract, grade, render
from logmine.references.consensus import find_consensus
from logmine.references.metadata import reference_values
from logmine.references.specs import Attempt, declared_tools, listed_options
from logmine.schemas import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from logmine.config import ReferencesConfig

Given = tuple[str | None, str, str | None]  # grader, answer, spec


def find_references(
    candidates: pl.DataFrame, attempts: pl.DataFrame, graders: pl.DataFrame, outcomes: pl.DataFrame, *, config: ReferencesConfig
) -> dict[str, pl.DataFrame]:
    """Find the reference answer of each prompt of checkable tasks.

    Parameters
    ----------
    candidates, attempts
        All rows of any number of whole tasks.
    graders, outcomes
        Whole tables.

    Returns
    -------
    dict
        ``references``: one row a kept prompt of the tasks given; the answer null where none was found. A reference that
        does not grade itself correct is none.
    """
    chosen = {row["task_id"]: row for row in graders.iter_rows(named=True)}
    rows: list[tuple[Any, ...]] = []
    for (task_id,), own in sorted(candidates.group_by("task_id"), key=lambda pair: str(pair[0])):
        usable = attempts.filter((pl.col("task_id") == task_id) & pl.col("unusable").is_null())
        rows.extend(_task_references(own, usable, chosen[str(task_id)], outcomes, config))
    return {"references": pl.DataFrame(rows, schema=REFERENCES, orient="row")}


def _task_references(
    candidates: pl.DataFrame, attempts: pl.DataFrame, inferred: Mapping[str, Any], outcomes: pl.DataFrame, config: ReferencesConfig
) -> list[tuple[Any, ...]]:
    candidates = candidates.sort("prompt_id", "source_id")
    grader, spec = inferred["grader"], inferred["spec"] or "{}"
    prompts = candidates["prompt_id"].unique(maintain_order=True).to_list()
    specs = dict.fromkeys(prompts, spec) | _specs_by_prompt(grader, candidates)
    given = _given_by_prompt(candidates, outcomes)
    metadata = reference_values(candidates, config)
    agreed = _agreed(attempts, specs, inferred, config) if grader not in (None, "judge") else {}
    return [_reference(prompt, grader, specs[prompt], given.get(prompt), metadata.get(prompt), agreed.get(prompt)) for prompt in prompts]


def _agreed(
    attempts: pl.DataFrame, specs: Mapping[str, str], inferred: Mapping[str, Any], config: ReferencesConfig
) -> dict[str, tuple[str, float]]:
    """Return the consensus of each prompt with enough answers and confidence; prompts with fewer still tell of the task."""
    answers: dict[str, list[tuple[str | None, str]]] = defaultdict(list)
    for attempt in _attempts(attempts):
        answer = extract(inferred["grader"], specs[attempt.prompt_id], attempt.text, attempt.tool_calls)
        if answer is not None:
            answers[attempt.prompt_id].append((attempt.base_model, answer))
    found = find_consensus(answers, grader=inferred["grader"], agreement_between=inferred["agreement_between"] or 0.0)
    return {
        prompt: best
        for prompt, best in found.items()
        if len(answers[prompt]) >= config.min_consensus_attempts and best[1] >= config.min_consensus_confidence
    }


def _reference(
    prompt_id: str, grader: str | None, spec: str, given: Given | None, metadata: str | None, agreed: tuple[str, float] | None
) -> tuple[Any, ...]:
    """Return the reference of a prompt: what the user gave, else what its metadata holds, else what its answers agree on."""
    if given is not None:
        own_grader, answer, own_spec = given[0] or grader, given[1], given[2] or spec
        if own_grader not in (None, "judge") and (reference := _checked(own_grader, answer, own_spec)):
            return (prompt_id, own_grader, reference, "outcomes", 1.0)
    if grader not in (None, "judge"):
        if metadata is not None and (reference := _checked(grader, metadata, spec)):
            return (prompt_id, grader, reference, "metadata", 1.0)
        if agreed is not None and (reference := _checked(grader, agreed[0], spec)):
            return (prompt_id, grader, reference, "consensus", agreed[1])
    return (prompt_id, grader, None, None, None)


def _checked(grader: str, answer: str, spec: str) -> str | None:
    """Return the reference as JSON text, None when the answer is none for this grader or does not grade itself correct."""
    normal = canonical(grader, spec, answer)
    if normal is None:
        return None
    reference = {"grader": grader, "answer": normal, "spec": spec}
    if grade(reference, *render(reference)).verdict != "correct":
        return None
    return msgspec.json.encode(reference).decode()


def _specs_by_prompt(grader: str | None, candidates: pl.DataFrame) -> Mapping[str, str]:
    if grader == "choice":
        return listed_options(candidates)
    return declared_tools(candidates) if grader == "tool_call" else {}


def _given_by_prompt(candidates: pl.DataFrame, outcomes: pl.DataFrame) -> dict[str, Given]:
    """Return the user's answer by kept prompt; an answer to the prompt itself wins over one to a duplicate or request."""
    by_prompt = {row["prompt_id"]: row for row in outcomes.drop_nulls("prompt_id").iter_rows(named=True)}
    by_request = {row["request_id"]: row for row in outcomes.drop_nulls("request_id").iter_rows(named=True)}
    given: dict[str, Given] = {}
    for prompt_id, source_id, request_ids in candidates.select("prompt_id", "source_id", "request_ids").iter_rows():
        named = [prompt_id, source_id]
        row = next((by_prompt[name] for name in named if name in by_prompt), None) or next((by_request[name] for name in request_ids if name in by_request), None)
        if row is not None and (prompt_id not in given or source_id == prompt_id):
            given[prompt_id] = (row["grader"], row["answer"], row["spec"])
    return given


def _attempts(attempts: pl.DataFrame) -> Iterator[Attempt]:
    wanted = ("prompt_id", "request_id", "base_model", "completion", "tool_calls")
    for prompt_id, request_id, model, text, calls in attempts.sort("prompt_id", "request_id").select(wanted).iter_rows():
        yield Attempt(prompt_id, request_id, model, text or "", msgspec.json.decode(calls) if calls else [])
