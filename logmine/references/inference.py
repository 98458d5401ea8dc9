"""Which grader fits a task, from the distribution of its outputs.

An extractor fits when it reads most completions, when answers to one prompt agree far more often than answers to
different prompts, or when what it reads matches references that the logs carry. One completion proves nothing; a task does.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from logmine.graders import canonical, extract
from logmine.references.metadata import reference_values
from logmine.references.specs import Attempt, Spec, propose_specs
from logmine.schemas import GRADERS, digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logmine.config import ReferencesConfig

MAX_ATTEMPTS = 3000  # per task; more do not change a share by more than its noise
MIN_COVERAGE = 0.5
MIN_COVERAGE_UNREPEATED = 0.7  # where no prompt was answered twice, agreement cannot speak
MIN_LIFT = 0.15
PREFERENCE = {"tool_call": 0.06, "choice": 0.05, "json_fields": 0.04, "label": 0.03, "numeric": 0.02, "exact": 0.0}
"""Breaks near ties of lift: the more a grader's form says, the less likely it fits by chance."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How well one extractor fits a task; shares in [0, 1]."""

    grader: str
    spec: str
    n_completions: int
    coverage: float
    agreement_within: float | None
    agreement_between: float
    reference_match: float | None

    @property
    def lift(self) -> float:
        """Coverage times agreement within prompts beyond that between prompts; halved where no prompt repeats."""
        within = 0.5 + 0.5 * self.agreement_between if self.agreement_within is None else self.agreement_within
        return self.coverage * max(within - self.agreement_between, self.reference_match or 0.0)

    @property
    def fits(self) -> bool:
        """Whether the extractor may be the task's grader."""
        least = MIN_COVERAGE if self.agreement_within is not None or self.reference_match else MIN_COVERAGE_UNREPEATED
        return self.coverage >= least and self.lift >= MIN_LIFT


def infer_graders(candidates: pl.DataFrame, attempts: pl.DataFrame, *, config: ReferencesConfig) -> dict[str, pl.DataFrame]:
    """Choose the grader of each task, ``judge`` for free text, null where no completion was seen.

    Parameters
    ----------
    candidates, attempts
        All rows of any number of whole tasks.
    """
    rows = [
        _infer(str(task_id), own, attempts.filter(pl.col("task_id") == task_id), config)
        for (task_id,), own in sorted(candidates.group_by("task_id"), key=lambda pair: str(pair[0]))
    ]
    return {"graders": pl.DataFrame(rows, schema=GRADERS, orient="row")}


def _infer(task_id: str, candidates: pl.DataFrame, attempts: pl.DataFrame, config: ReferencesConfig) -> tuple[Any, ...]:
    usable = _sample(attempts.filter(pl.col("unusable").is_null() | (pl.col("unusable") == "repeated")))
    references = reference_values(candidates, config)
    tried = [
        weigh(spec, usable, references)
        for spec in propose_specs(usable, candidates, references=list(references.values()))
    ]
    best = max((one for one in tried if one.fits), key=lambda one: (one.lift + PREFERENCE[one.grader], one.grader), default=None)
    evidence = msgspec.json.encode([_figures(one) for one in tried]).decode()
    if best is None:
        return (task_id, "judge" if usable else None, None, len(usable), 0.0, None, 0.0, evidence)
    return (task_id, best.grader, best.spec, len(usable), best.coverage, best.agreement_within, best.agreement_between, evidence)


def _sample(attempts: pl.DataFrame) -> list[Attempt]:
    """Return at most :data:`MAX_ATTEMPTS` attempts, drawn by digest, so that the draw does not depend on order."""
    rows = attempts.select("prompt_id", "request_id", "base_model", "completion", "tool_calls").rows()
    if len(rows) > MAX_ATTEMPTS:
        rows = sorted(rows, key=lambda row: digest([str(row[0]), str(row[1])]))[:MAX_ATTEMPTS]
    return [Attempt(prompt, request, model, text or "", msgspec.json.decode(calls) if calls else []) for prompt, request, model, text, calls in rows]


def weigh(spec: Spec, attempts: Sequence[Attempt], references: dict[str, str]) -> Evidence:
    """Measure how well the extractor of ``spec`` fits ``attempts``, and ``references`` by prompt id where there are any."""
    answers: dict[str, list[str]] = defaultdict(list)
    for attempt in attempts:
        answer = extract(spec.grader, spec.of(attempt.prompt_id), attempt.text, attempt.tool_calls)
        if answer is not None:
            answers[attempt.prompt_id].append(answer)
    n_read = sum(map(len, answers.values()))
    return Evidence(
        spec.grader,
        spec.shared,
        len(attempts),
        n_read / len(attempts) if attempts else 0.0,
        agreement_within(answers.values()),
        agreement_between(answers.values()),
        _reference_match(spec, answers, references),
    )


def agreement_within(groups: Iterable[Sequence[str]]) -> float | None:
    """Return the chance that two different answers to one prompt are equal, averaged over prompts; None without repeats."""
    shares = [
        sum(math.comb(count, 2) for count in Counter(group).values()) / math.comb(len(group), 2) for group in groups if len(group) > 1
    ]
    return sum(shares) / len(shares) if shares else None


def agreement_between(groups: Iterable[Sequence[str]]) -> float:
    """Return the chance that answers to two different prompts are equal, prompts weighed alike; 0 for a single prompt."""
    totals: Counter[str] = Counter()
    own, n_groups = 0.0, 0
    for group in groups:
        shares = {answer: count / len(group) for answer, count in Counter(group).items()}
        totals.update(shares)  # type: ignore[arg-type]
        own += sum(share * share for share in shares.values())
        n_groups += 1
    if n_groups < 2:
        return 0.0
    return max(0.0, (sum(total * total for total in totals.values()) - own) / (n_groups * (n_groups - 1)))


def _reference_match(spec: Spec, answers: dict[str, list[str]], references: dict[str, str]) -> float | None:
    matches: list[float] = []
    for prompt_id, value in sorted(references.items()):
        if given := answers.get(prompt_id):
            wanted = canonical(spec.grader, spec.of(prompt_id), value)
            matches.append(sum(answer == wanted for answer in given) / len(given))
    return sum(matches) / len(matches) if len(matches) >= 3 else None


def _figures(evidence: Evidence) -> dict[str, Any]:
    rounded = {
        name: None if value is None else round(value, 4)
        for name, value in (
            ("coverage", evidence.coverage),
            ("agreement_within", evidence.agreement_within),
            ("agreement_between", evidence.agreement_between),
            ("reference_match", evidence.reference_match),
            ("lift", evidence.lift),
        )
    }
    return {"grader": evidence.grader, "fits": evidence.fits, **rounded}
