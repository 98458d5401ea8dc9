"""How well an extractor fits a task: what it reads of the completions, and how far that agrees with itself and with references."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from logmine.graders import canonical, extract
from logmine.graders.final_answer import last_statement, tidy
from logmine.graders.literals import read_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logmine.references.specs import Attempt, Spec

MAX_BARE_CHARS = 40  # of an output that is a number and little else, or a text that nothing marks as an answer
_CALL = re.compile(r"[\w.]+\(.*\)")
_RESULT = re.compile(r"=[^=\d\n]{0,4}?(-?\d++(?:\.\d++)?)(?!\s*[-+*/])")  # not the first number of a longer right side
PREFERENCE = {"tool_call": 0.06, "choice": 0.05, "json_fields": 0.04, "label": 0.03, "math": 0.03, "numeric": 0.02, "exact": 0.0}
"""Breaks near ties: the more a grader's form says, the less likely it fits by chance."""

FIGURES = ("coverage", "agreement_within", "agreement_between", "reference_match", "explicit", "lift")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on figures speak; shares in [0, 1]. ``benchmarks/evidence.py`` fits these, and says how they do on sources left out.

    Attributes
    ----------
    min_coverage, min_coverage_unrepeated
        Of completions that an extractor reads; the second where no prompt was answered twice, since agreement cannot speak there.
    min_explicit
        Of completions that state their answer as such, where nothing else speaks for a number or a text.
    min_lift
        Coverage times agreement inside prompts beyond that between them.
    min_code, min_stating
        Of a task's answers that are code, of its prompts that state constraints.
    """

    min_coverage: float = 0.5
    min_coverage_unrepeated: float = 0.7
    min_explicit: float = 0.5
    min_lift: float = 0.15
    min_code: float = 0.6
    min_stating: float = 0.6


FITTED: Final = Thresholds()


@dataclass(frozen=True, slots=True)
class Evidence:
    """How well one extractor fits a task; shares in [0, 1]."""

    grader: str
    spec: str
    n_completions: int
    n_read: int
    coverage: float
    agreement_within: float | None
    agreement_between: float
    reference_match: float | None
    explicit: float  # share of completions that state the answer as such

    @property
    def lift(self) -> float:
        """Coverage times agreement within prompts beyond that between prompts; halved where no prompt repeats."""
        within = 0.5 + 0.5 * self.agreement_between if self.agreement_within is None else self.agreement_within
        return self.coverage * max(within - self.agreement_between, self.reference_match or 0.0)

    @property
    def has_spoken(self) -> bool:
        """Whether repeated prompts or references say how good the extractor is; else its form alone does."""
        return self.agreement_within is not None or bool(self.reference_match)

    @property
    def worth(self) -> float:
        """What extractors are compared by: the lift, or half the coverage where only form speaks.

        Few options agree between prompts by chance more often than texts do. Without repeats that is no reason to prefer the texts.
        """
        return (self.lift if self.has_spoken else 0.5 * self.coverage) + PREFERENCE[self.grader]

    def fits(self, thresholds: Thresholds = FITTED) -> bool:
        """Say whether the extractor may be the task's grader."""
        has_spoken = self.has_spoken
        least = thresholds.min_coverage if has_spoken else thresholds.min_coverage_unrepeated
        is_stated = has_spoken or self.explicit >= thresholds.min_explicit
        return self.coverage >= least and self.lift >= thresholds.min_lift and is_stated


@dataclass(frozen=True, slots=True)
class Reading:
    """What one extractor reads from the completions of a task, prompt by prompt."""

    spec: Spec
    answers: dict[str, list[str]]
    n_completions: Counter[str]
    n_explicit: Counter[str]  # that state the answer as such

    def among(self, prompts: set[str]) -> Reading:
        """Return what is read from ``prompts`` alone."""
        answers = {prompt: own for prompt, own in self.answers.items() if prompt in prompts}
        completions, explicit = (
            Counter({prompt: count for prompt, count in counts.items() if prompt in prompts})
            for counts in (self.n_completions, self.n_explicit)
        )
        return Reading(self.spec, answers, completions, explicit)


def weigh(spec: Spec, attempts: Sequence[Attempt], references: dict[str, str]) -> Evidence:
    """Measure how well the extractor of ``spec`` fits ``attempts``, and ``references`` by prompt id where there are any."""
    return evidence_of(read_all(spec, attempts), references)


def read_all(spec: Spec, attempts: Sequence[Attempt]) -> Reading:
    """Read the answers of ``attempts`` with the extractor of ``spec``.

    A text in which one model repeats itself word for word counts once where nothing marks it as an answer: at temperature 0
    any prose agrees with itself. A whole output is read as an exact text only where it is short: a sentence is no answer because it is in one line.
    """
    reading = Reading(spec, defaultdict(list), Counter(), Counter())
    seen: set[tuple[str, str | None, str]] = set()
    for attempt in attempts:
        answer = extract(spec.grader, spec.of(attempt.prompt_id), attempt.text, attempt.tool_calls)
        states = answer is not None and is_explicit(spec.grader, answer, attempt.text)
        if answer is not None and not states and spec.grader == "exact" and len(answer) > MAX_BARE_CHARS:
            answer = None
        said = (attempt.prompt_id, attempt.base_model, attempt.text)
        if answer is not None and not states and said in seen:
            continue
        seen.add(said)
        reading.n_completions[attempt.prompt_id] += 1
        if answer is not None:
            reading.answers[attempt.prompt_id].append(answer)
            reading.n_explicit[attempt.prompt_id] += states
    return reading


def evidence_of(reading: Reading, references: dict[str, str]) -> Evidence:
    """Return the figures of a reading; of ``references``, by prompt id, those of its prompts count."""
    n_completions = reading.n_completions.total()
    n_read = sum(map(len, reading.answers.values()))
    return Evidence(
        reading.spec.grader,
        reading.spec.shared,
        n_completions,
        n_read,
        n_read / n_completions if n_completions else 0.0,
        agreement_within(reading.answers.values()),
        agreement_between(reading.answers.values()),
        _reference_match(reading.spec, reading.answers, references),
        reading.n_explicit.total() / n_completions if n_completions else 0.0,
    )


def is_explicit(grader: str, answer: str, text: str) -> bool:
    """Return whether a completion gives the answer read from it as such; of graders with a form of their own it always does.

    A number is given as such when it is stated, stands alone, or is the result of an equation; a text when it is stated, or is
    a literal or a call.

    Examples
    --------
    >>> is_explicit("numeric", "20", "Rest first, then run for 20 minutes with a friend."), is_explicit("numeric", "20", "20 minutes")
    (False, True)
    >>> is_explicit("exact", "That sounds lovely!", "That sounds lovely!"), is_explicit("exact", "Oslo", "The answer is Oslo.")
    (False, True)
    """
    if grader not in ("numeric", "exact"):
        return True
    if last_statement(tidy(text)) is not None:
        return True
    if grader == "exact":
        return read_whole(answer) is not None or _CALL.fullmatch(answer) is not None
    results = _RESULT.findall(text.replace(",", ""))
    return len(tidy(text)) <= MAX_BARE_CHARS or answer.removesuffix("%") in results


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


def figures_of(evidence: Evidence) -> dict[str, Any]:
    """Return the figures of an extractor as they are kept with the task's grader: JSON values, shares to four places."""
    shares = {name: getattr(evidence, name) for name in FIGURES}
    rounded = {name: None if share is None else round(share, 4) for name, share in shares.items()}
    return {"grader": evidence.grader, "fits": evidence.fits(), "n_read": evidence.n_read, **rounded}
