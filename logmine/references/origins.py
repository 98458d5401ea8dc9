"""References of each prompt: from the user's outcomes, else from metadata, else by consensus."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from logmine.graders import GRADER_NAMES, canonical, extract, grade, render
from logmine.references.consensus import FITTED, Assumptions, find_consensus
from logmine.references.metadata import reference_values
from logmine.references.rules import rule_references
from logmine.references.specs import merged_spec, read_attempts, specs_by_prompt, with_labels
from logmine.schemas import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from logmine.config import ReferencesConfig

Answers = dict[str, list[tuple[str | None, str]]]  # model and canonical answer of each attempt that could be read, by prompt
CONSTRAINTS_CONFIDENCE = 0.7  # share of unseen prompts of which every constraint was read, and none wrong (M-IFEval, half held out)
NO_CALL = "[]"  # the answer of ``tool_call`` when no tool is to be called
MIN_CONTRADICTING = 20  # answers of which none is what metadata says, before a key that was found by its name is not believed


@dataclass(frozen=True, slots=True)
class Given:
    """An answer of the user; grader and spec null: as inferred."""

    grader: str | None
    answer: str
    spec: str | None


def find_references(
    candidates: pl.DataFrame,
    attempts: pl.DataFrame,
    graders: pl.DataFrame,
    outcomes: pl.DataFrame,
    *,
    config: ReferencesConfig,
    assumptions: Assumptions = FITTED,
) -> dict[str, pl.DataFrame]:
    """Find the reference answer of each prompt of checkable tasks.

    Parameters
    ----------
    candidates, attempts
        All rows of any number of whole tasks.
    graders, outcomes
        Whole tables.
    assumptions
        On which consensus rests.

    Returns
    -------
    dict
        ``references``: one row a kept prompt of the tasks given; the answer null where none was found. A reference that
        does not grade itself correct is none. Where the user gave an answer that the grader cannot read, there is none either:
        :func:`unused_outcomes` names it.
    """
    chosen = {row["task_id"]: row for row in graders.iter_rows(named=True)}
    rows: list[tuple[Any, ...]] = []
    for (task_id,), own in sorted(candidates.group_by("task_id"), key=lambda pair: str(pair[0])):
        usable = attempts.filter((pl.col("task_id") == task_id) & pl.col("unusable").is_null())
        rows.extend(_task_references(own, usable, chosen[str(task_id)], outcomes, config=config, assumptions=assumptions))
    found = pl.DataFrame(rows, schema={name: kind for name, kind in REFERENCES.items() if name != "conflict"}, orient="row")
    return {"references": found.with_columns(conflict=pl.lit(None, pl.String))}


def unused_outcomes(outcomes: pl.DataFrame, candidates: pl.DataFrame, references: pl.DataFrame) -> pl.DataFrame:
    """Return the answers of the user that became no reference, with why.

    Parameters
    ----------
    outcomes, candidates, references
        Whole tables.

    Returns
    -------
    DataFrame
        Rows of ``outcomes`` with ``reason``: ``no_such_prompt``, or ``not_readable``, when no grader fits the task or
        the grader cannot read the answer.
    """
    ids = pl.concat_list("source_id", "request_ids")
    kept_by_id = candidates.select("prompt_id", id=ids).explode("id").group_by("id").agg(kept=pl.col("prompt_id").min())
    from_outcomes = references.filter(pl.col("origin") == "outcomes").select(kept="prompt_id", is_used=pl.lit(value=True))
    return (
        outcomes.with_columns(id=pl.coalesce("prompt_id", "request_id"))
        .join(kept_by_id, on="id", how="left", maintain_order="left")
        .join(from_outcomes, on="kept", how="left", maintain_order="left")
        .filter(pl.col("is_used").is_null())
        .with_columns(reason=pl.when(pl.col("kept").is_null()).then(pl.lit("no_such_prompt")).otherwise(pl.lit("not_readable")))
        .select(*outcomes.columns, "reason")
    )


def _task_references(
    candidates: pl.DataFrame,
    attempts: pl.DataFrame,
    inferred: Mapping[str, Any],
    outcomes: pl.DataFrame,
    *,
    config: ReferencesConfig,
    assumptions: Assumptions,
) -> Iterator[tuple[Any, ...]]:
    grader, spec = inferred["grader"], inferred["spec"] or "{}"
    prompts = candidates["prompt_id"].unique().sort().to_list()
    given = _given_by_prompt(candidates, outcomes)
    if grader == "label":
        spec = with_labels(spec, [own.answer for own in given.values() if own.grader in (None, "label")])
    metadata: Mapping[str, str] = {}
    agreed: Mapping[str, tuple[str, float]] = {}
    specs = dict.fromkeys(prompts, spec) | {prompt: merged_spec(own, spec) for prompt, own in specs_by_prompt(grader, candidates).items()}
    if grader == "rule":
        told = {prompt: own.answer for prompt, own in given.items() if own.grader in (None, grader)}
        examples = read_attempts(attempts.sort("prompt_id", "request_id"))
        yield from rule_references(specs, told, reference_values(candidates, config), examples)
        return
    if grader in GRADER_NAMES and grader != "constraints":
        answers = _read_answers(attempts, grader, specs)
        metadata = _believed(reference_values(candidates, config), answers, grader, specs, config=config)
        known = _known(metadata, given, grader, specs)
        agreed = _agreed(answers, inferred, known, config=config, assumptions=assumptions)
    for prompt in prompts:
        if (own := given.get(prompt)) is not None:
            yield _from_outcome(prompt, own, grader, specs[prompt], candidates)
        elif grader == "constraints":
            yield _from_prompt(prompt, specs[prompt])
        else:
            yield _from_logs(prompt, grader, specs[prompt], metadata=metadata.get(prompt), agreed=agreed.get(prompt))


def _read_answers(attempts: pl.DataFrame, grader: str, specs: Mapping[str, str]) -> Answers:
    answers: Answers = defaultdict(list)
    for attempt in read_attempts(attempts.sort("prompt_id", "request_id")):
        spec, calls = specs[attempt.prompt_id], attempt.tool_calls
        answer = extract(grader, spec, attempt.text, calls) if calls else _read_text(grader, spec, attempt.text)
        if answer is not None:
            answers[attempt.prompt_id].append((attempt.base_model, answer))
    return answers


@lru_cache(maxsize=1024)  # models repeat themselves, and a prompt's answers come one after the other
def _read_text(grader: str, spec: str, text: str) -> str | None:
    return extract(grader, spec, text)


def _believed(
    values: Mapping[str, str], answers: Answers, grader: str, specs: Mapping[str, str], *, config: ReferencesConfig
) -> Mapping[str, str]:
    """Return ``values``, or nothing when their key was only found by its name and many answers never once agree with it."""
    matches = [canonical(grader, specs[prompt], value) == found for prompt, value in values.items() for _, found in answers.get(prompt, ())]
    return {} if not config.reference_keys and len(matches) >= MIN_CONTRADICTING and not any(matches) else values


def _known(metadata: Mapping[str, str], given: Mapping[str, Given], grader: str, specs: Mapping[str, str]) -> dict[str, str]:
    """Return the right answers of prompts that metadata or the user tells, canonical, for this grader; what it cannot read is unknown."""
    told = dict(metadata) | {prompt: own.answer for prompt, own in given.items() if own.grader in (None, grader) and prompt in specs}
    return {prompt: right for prompt, answer in sorted(told.items()) if (right := canonical(grader, specs[prompt], answer)) is not None}


def _agreed(
    answers: Answers, inferred: Mapping[str, Any], known: Mapping[str, str], *, config: ReferencesConfig, assumptions: Assumptions
) -> dict[str, tuple[str, float]]:
    """Return the consensus of each prompt with enough answers and confidence; prompts with fewer still tell of the task.

    That no tool is to be called is no consensus: any text would be right.
    """
    between = inferred["agreement_between"] or 0.0
    found = find_consensus(answers, grader=inferred["grader"], agreement_between=between, known=known, assumptions=assumptions)
    return {
        prompt: best
        for prompt, best in found.items()
        if len(answers[prompt]) >= config.min_consensus_attempts and best[1] >= config.min_consensus_confidence and best[0] != NO_CALL
    }


def _from_outcome(prompt_id: str, given: Given, grader: str | None, spec: str, candidates: pl.DataFrame) -> tuple[Any, ...]:
    """Return the reference that the user gave, none when its grader cannot read it: nothing else may take its place."""
    own_grader = given.grader or grader
    if own_grader not in GRADER_NAMES:
        return (prompt_id, grader, None, None, None)
    if own_grader != grader:
        spec = specs_by_prompt(own_grader, candidates).get(prompt_id, "{}")
    reference = _checked(own_grader, given.answer, given.spec or spec)
    return (prompt_id, own_grader, reference, "outcomes", 1.0) if reference else (prompt_id, grader, None, None, None)


def _from_prompt(prompt_id: str, spec: str) -> tuple[Any, ...]:
    """Return the reference that a prompt itself holds: the constraints that it states."""
    reference = _checked("constraints", "satisfied", spec) if spec != "{}" else None
    return (
        (prompt_id, "constraints", reference, "spec", CONSTRAINTS_CONFIDENCE) if reference else (prompt_id, "constraints", None, None, None)
    )


def _from_logs(prompt_id: str, grader: str | None, spec: str, *, metadata: str | None, agreed: tuple[str, float] | None) -> tuple[Any, ...]:
    """Return the reference that a prompt's metadata holds, else that on which its answers agree."""
    if grader is not None and metadata is not None and (reference := _checked(grader, metadata, spec)):
        return (prompt_id, grader, reference, "metadata", 1.0)
    if grader is not None and agreed is not None and (reference := _checked(grader, agreed[0], spec)):
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


def _given_by_prompt(candidates: pl.DataFrame, outcomes: pl.DataFrame) -> dict[str, Given]:
    """Return the user's answer by kept prompt; an answer to the prompt itself wins over one to a duplicate or request."""
    if outcomes.is_empty():
        return {}
    by_prompt = {row["prompt_id"]: row for row in outcomes.drop_nulls("prompt_id").iter_rows(named=True)}
    by_request = {row["request_id"]: row for row in outcomes.drop_nulls("request_id").iter_rows(named=True)}
    given: dict[str, Given] = {}
    ordered = candidates.select("prompt_id", "source_id", "request_ids").sort("prompt_id", "source_id")
    for prompt_id, source_id, request_ids in ordered.iter_rows():
        row = by_prompt.get(source_id) or next((by_request[name] for name in request_ids if name in by_request), None)
        if row is not None and (prompt_id not in given or source_id == prompt_id):
            given[prompt_id] = Given(row["grader"], row["answer"], row["spec"])
    return given
