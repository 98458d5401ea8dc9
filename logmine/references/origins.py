"""References of each prompt: from the user's outcomes, else from metadata, else by consensus."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from logmine.graders import GRADER_NAMES, canonical, extract, grade, render
from logmine.model_ids import without_models
from logmine.references.confirmed import confirmed_of
from logmine.references.conflicts import ANYTHING, BY_PROMPT, Given, disagreement, given_by_prompt, is_earned_by_anything, stated_answers
from logmine.references.consensus import FITTED, Assumptions, find_consensus
from logmine.references.metadata import written_values
from logmine.references.rules import rule_references
from logmine.references.specs import Attempt, merged_spec, read_attempts, specs_by_prompt, with_labels
from logmine.schemas import OPINIONS, REFERENCES, RUN_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from logmine.config import ReferencesConfig

Answers = dict[str, list[tuple[str | None, str]]]  # model and canonical answer of each attempt that could be read, by prompt
CONSTRAINTS_CONFIDENCE = 0.7  # share of unseen prompts of which every constraint was read, and none wrong (M-IFEval, half held out)
NO_CALL = "[]"  # the answer of ``tool_call`` when no tool is to be called
NOBODY_RIGHT = ""  # no grader reads it: what is known of a prompt when a person says only that its answer is wrong
_IS_ROLLOUT = pl.col("metadata").list.eval(pl.element().struct.field("key") == RUN_KEY).list.any().fill_null(value=False)
ORIGIN = 3  # place in a row of references
MIN_CONTRADICTING = 20  # answers of which none is what metadata says, before a key that was found by its name is not believed


@dataclass(frozen=True, slots=True)
class Opinion:
    """The answer on which the attempts of a prompt agree most, how sure it is, and who gave it."""

    grader: str
    spec: str
    answer: str
    confidence: float
    n_answers: int
    n_agreeing: int
    models: list[str]


def find_references(
    candidates: pl.DataFrame,
    attempts: pl.DataFrame,
    graders: pl.DataFrame,
    outcomes: pl.DataFrame,
    confirmed: pl.DataFrame,
    *,
    config: ReferencesConfig,
    assumptions: Assumptions = FITTED,
) -> dict[str, pl.DataFrame]:
    """Find the reference answer of each prompt of checkable tasks.

    Parameters
    ----------
    candidates, attempts
        All rows of any number of whole tasks.
    graders, outcomes, confirmed
        Whole tables.
    assumptions
        On which consensus rests.

    Returns
    -------
    dict
        ``references``: one row a kept prompt of the tasks given; the answer null where none was found. A reference that
        does not grade itself correct is none. Where what says the answer says two things, or the prompt itself states it, there is none, and
        ``conflict`` tells who disagrees. Where the user gave an answer that the grader cannot read, there is none either:
        :func:`logmine.references.count_outcomes` counts it. ``opinions``: the answers on which attempts agree, sure or
        not, of prompts whose answer nobody told.
    """
    chosen = {row["task_id"]: row for row in graders.iter_rows(named=True)}
    rows: list[tuple[Any, ...]] = []
    opinions: list[tuple[Any, ...]] = []
    for (task_id,), own in sorted(candidates.group_by("task_id"), key=lambda pair: str(pair[0])):
        usable = attempts.filter((pl.col("task_id") == task_id) & pl.col("unusable").is_null())
        rollouts = _rollouts(usable)
        told = (outcomes, confirmed_of(own, confirmed))
        for row, opinion in _task_references(own, usable, chosen[str(task_id)], *told, config=config, assumptions=assumptions):
            if opinion is None or row[ORIGIN] != "consensus":
                rows.append((*row, None))
            else:
                rows.append((*row[:ORIGIN], _agreed_origin(opinion, rollouts.get(row[0], ())), *row[ORIGIN + 1 :], opinion.models))
            if opinion:
                opinions.append((row[0], task_id, *astuple(opinion)))
    return {
        "references": pl.DataFrame(rows, schema=REFERENCES, orient="row"),
        "opinions": pl.DataFrame(opinions, schema=OPINIONS, orient="row"),
    }


def _rollouts(attempts: pl.DataFrame) -> Mapping[str, Sequence[Attempt]]:
    """Return the attempts that ``logmine rollout`` bought, by prompt."""
    bought: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in read_attempts(attempts.filter(_IS_ROLLOUT)):
        bought[attempt.prompt_id].append(attempt)
    return bought


def _agreed_origin(opinion: Opinion, rollouts: Sequence[Attempt]) -> str:
    """Return ``rollouts`` where at least half of the attempts that agree were bought, else ``consensus``."""
    voters = [one for one in rollouts if one.base_model in opinion.models]
    n_bought = sum(extract(opinion.grader, opinion.spec, one.text, one.tool_calls) == opinion.answer for one in voters)
    return "rollouts" if 2 * n_bought >= opinion.n_agreeing else "consensus"


def _task_references(
    candidates: pl.DataFrame,
    attempts: pl.DataFrame,
    inferred: Mapping[str, Any],
    outcomes: pl.DataFrame,
    confirmed: Mapping[str, str | None],
    *,
    config: ReferencesConfig,
    assumptions: Assumptions,
) -> Iterator[tuple[tuple[Any, ...], Opinion | None]]:
    """Yield the reference of each prompt, with the opinion of its attempts where nobody told the answer."""
    grader, spec = inferred["grader"], inferred["spec"] or "{}"
    prompts = candidates["prompt_id"].unique().sort().to_list()
    given = {prompt: [Given(None, right, None)] for prompt, right in confirmed.items() if right} | given_by_prompt(candidates, outcomes)
    denied = {prompt: NOBODY_RIGHT for prompt in confirmed if prompt not in given}
    if grader == "label":
        spec = with_labels(spec, [one.answer for own in given.values() for one in own if one.grader in (None, "label")])
    specs = dict.fromkeys(prompts, spec) | {prompt: merged_spec(own, spec) for prompt, own in specs_by_prompt(grader, candidates).items()}
    if grader == "rule":
        told = {prompt: own[0].answer for prompt, own in given.items() if own[0].grader in (None, grader)}
        examples = read_attempts(without_models(attempts, config.exclude_models).sort("prompt_id", "request_id"))
        values = {prompt: own[0] for prompt, own in written_values(candidates, config).items() if len(own) == 1}
        yield from (((*row, None), None) for row in rule_references(specs, told, values, examples))
        return
    believed: Mapping[str, Sequence[str]] = {}
    opinions: Mapping[str, Opinion] = {}
    if grader in GRADER_NAMES and grader != "constraints":
        answers = read_answers(without_models(attempts, config.exclude_models), grader, specs)
        believed = _believed(written_values(candidates, config), answers, grader, specs, config=config)
        known = _known(believed, given, grader, specs) | denied
        opinions = _opinions(answers, inferred, known, specs, config=config, assumptions=assumptions)
    found: list[tuple[Any, ...]] = []
    for prompt in prompts:
        if own := given.get(prompt):
            found.append(_from_outcome(prompt, own[0], grader, specs[prompt], candidates))
        elif grader == "constraints":
            found.append(_from_prompt(prompt, specs[prompt]))
        else:
            opinion = opinions.get(prompt) if prompt not in denied else None
            agreed = opinion if opinion and opinion.confidence >= config.min_consensus_confidence else None
            found.append(_from_logs(prompt, grader, specs[prompt], metadata=believed.get(prompt, ()), agreed=agreed))
    told = {*given, *denied, *believed}
    for row in _without_conflicts(found, candidates, given, believed, specs=specs):
        yield row, opinions.get(row[0]) if row[0] not in told else None


def _without_conflicts(
    found: Sequence[tuple[Any, ...]],
    candidates: pl.DataFrame,
    given: Mapping[str, Sequence[Given]],
    written: Mapping[str, Sequence[str]],
    *,
    specs: Mapping[str, str],
) -> Iterator[tuple[Any, ...]]:
    """Yield whole rows: no reference where sources disagree, or where the prompt states the answer; marked where anything earns it."""
    own_texts = candidates.drop_nulls("user_text").filter(pl.col("source_id") == pl.col("prompt_id"))
    texts = dict(own_texts.select("prompt_id", "user_text").sort("prompt_id").iter_rows())
    answers = {row[0]: msgspec.json.decode(row[2]) for row in found if row[2] is not None and row[1] not in ("constraints", "tool_call")}
    graders = sorted({answer["grader"] for answer in answers.values()})
    stated: dict[str, str] = {}
    for grader in graders:
        own = {prompt: text for prompt, text in texts.items() if prompt in answers and answers[prompt]["grader"] == grader}
        stated |= stated_answers(own, grader, {prompt: answers[prompt]["spec"] for prompt in own})
    for prompt, grader, reference, origin, confidence in found:
        who = disagreement(given.get(prompt, ()), written.get(prompt, ()), grader, specs[prompt]) if grader in GRADER_NAMES else None
        if who is None and prompt in stated and stated[prompt] == answers[prompt]["answer"]:
            who = BY_PROMPT
        if who is None and reference is not None and is_earned_by_anything(msgspec.json.decode(reference), texts.get(prompt, "")):
            yield (prompt, grader, reference, origin, confidence, ANYTHING)  # it still tells how often the instructions are followed
        else:
            yield (prompt, grader, reference, origin, confidence, None) if who is None else (prompt, grader, None, None, None, who)


def read_answers(attempts: pl.DataFrame, grader: str, specs: Mapping[str, str]) -> Answers:
    """Return model and canonical answer of the attempts that can be read, by prompt."""
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
    values: Mapping[str, Sequence[str]], answers: Answers, grader: str, specs: Mapping[str, str], *, config: ReferencesConfig
) -> Mapping[str, Sequence[str]]:
    """Return ``values``, or nothing when their key was only found by its name and many answers never once agree with it."""
    matches = [
        canonical(grader, specs[prompt], value) == found
        for prompt, own in values.items()
        for value in own
        for _, found in answers.get(prompt, ())
    ]
    return {} if not config.reference_keys and len(matches) >= MIN_CONTRADICTING and not any(matches) else values


def _known(
    written: Mapping[str, Sequence[str]], given: Mapping[str, Sequence[Given]], grader: str, specs: Mapping[str, str]
) -> dict[str, str]:
    """Return the right answers of prompts that metadata or the user tells, canonical, where all who tell one tell the same."""
    known: dict[str, str] = {}
    for prompt in sorted(specs):
        told = [one.answer for one in given.get(prompt, ()) if one.grader in (None, grader)] + list(written.get(prompt, ()))
        forms = {form for answer in told if (form := canonical(grader, specs[prompt], answer)) is not None}
        if len(forms) == 1:
            known[prompt] = forms.pop()
    return known


def _opinions(
    answers: Answers,
    inferred: Mapping[str, Any],
    known: Mapping[str, str],
    specs: Mapping[str, str],
    *,
    config: ReferencesConfig,
    assumptions: Assumptions,
) -> dict[str, Opinion]:
    """Return the consensus of each prompt with enough answers, however sure; prompts with fewer still tell of the task.

    That no tool is to be called is no consensus: any text would be right.
    """
    between = inferred["agreement_between"] or 0.0
    found = find_consensus(answers, grader=inferred["grader"], agreement_between=between, known=known, assumptions=assumptions)
    return {
        prompt: _opinion(inferred["grader"], specs[prompt], *best, answers[prompt])
        for prompt, best in found.items()
        if len(answers[prompt]) >= config.min_consensus_attempts and best[0] != NO_CALL
    }


def _opinion(grader: str, spec: str, answer: str, confidence: float, answers: Sequence[tuple[str | None, str]]) -> Opinion:
    agreeing = [model for model, given in answers if given == answer]
    return Opinion(
        grader, spec, answer, confidence, len(answers), len(agreeing), sorted({model for model in agreeing if model is not None})
    )


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


def _from_logs(prompt_id: str, grader: str | None, spec: str, *, metadata: Sequence[str], agreed: Opinion | None) -> tuple[Any, ...]:
    """Return the reference that a prompt's metadata holds, else that on which its answers agree."""
    readable = [reference for value in metadata if grader is not None and (reference := _checked(grader, value, spec))]
    if readable:
        return (prompt_id, grader, readable[0], "metadata", 1.0)
    if grader is not None and agreed is not None and (reference := _checked(grader, agreed.answer, spec)):
        return (prompt_id, grader, reference, "consensus", agreed.confidence)
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
