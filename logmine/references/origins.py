"""References of each prompt: from the user's outcomes, else from metadata, else by consensus."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from logmine.graders import canonical, extract, grade, render
from logmine.references.consensus import consensus
from logmine.references.metadata import reference_values
from logmine.references.specs import Attempt, declared_tools, listed_options
from logmine.schemas import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    chosen = {task: (grader, spec or "{}") for task, grader, spec in graders.select("task_id", "grader", "spec").iter_rows()}
    rows: list[tuple[Any, ...]] = []
    for (task_id,), own in sorted(candidates.group_by("task_id"), key=lambda pair: str(pair[0])):
        grader, spec = chosen[str(task_id)]
        usable = attempts.filter((pl.col("task_id") == task_id) & pl.col("unusable").is_null())
        rows.extend(_task_references(own, usable, grader, spec, outcomes, config))
    return {"references": pl.DataFrame(rows, schema=REFERENCES, orient="row")}


def _task_references(
    candidates: pl.DataFrame, attempts: pl.DataFrame, grader: str | None, spec: str, outcomes: pl.DataFrame, config: ReferencesConfig
) -> list[tuple[Any, ...]]:
    candidates = candidates.sort("prompt_id", "source_id")
    specs = _specs_by_prompt(grader, candidates)
    given = _given_by_prompt(candidates, outcomes)
    metadata = reference_values(candidates, config)
    answers = _attempts_by_prompt(attempts)
    rows: list[tuple[Any, ...]] = []
    for prompt_id in candidates["prompt_id"].unique(maintain_order=True):
        own_spec = specs.get(prompt_id, spec)
        rows.append(_reference(prompt_id, grader, own_spec, given.get(prompt_id), metadata.get(prompt_id), answers.get(prompt_id, ()), config))
    return rows


def _reference(
    prompt_id: str,
    grader: str | None,
    spec: str,
    given: Given | None,
    metadata: str | None,
    attempts: Sequence[Attempt],
    config: ReferencesConfig,
) -> tuple[Any, ...]:
    if given is not None:
        own_grader, answer, own_spec = given[0] or grader, given[1], given[2] or spec
        if own_grader not in (None, "judge") and (reference := _checked(own_grader, answer, own_spec)):
            return (prompt_id, own_grader, reference, "outcomes", 1.0)
    if grader in (None, "judge"):
        return (prompt_id, grader, None, None, None)
    if metadata is not None and (reference := _checked(grader, metadata, spec)):
        return (prompt_id, grader, reference, "metadata", 1.0)
    read = [(one.base_model, answer) for one in attempts if (answer := extract(grader, spec, one.text, one.tool_calls)) is not None]
    found = consensus(read, grader=grader, min_attempts=config.min_consensus_attempts)
    if found and found[1] >= config.min_consensus_confidence and (reference := _checked(grader, found[0], spec)):
        return (prompt_id, grader, reference, "consensus", found[1])
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


def _attempts_by_prompt(attempts: pl.DataFrame) -> dict[str, list[Attempt]]:
    found: dict[str, list[Attempt]] = defaultdict(list)
    for prompt_id, request_id, model, text, calls in attempts.select("prompt_id", "request_id", "base_model", "completion", "tool_calls").iter_rows():
        found[prompt_id].append(Attempt(prompt_id, request_id, model, text or "", msgspec.json.decode(calls) if calls else []))
    return found
