"""Which grader fits a task, from the distribution of its outputs.

An extractor fits when it reads most completions, when answers to one prompt agree far more often than answers to
different prompts, or when what it reads matches references that the logs carry. One completion proves nothing; a task does. Where
no prompt was answered twice, the form of the outputs must speak: a number or a text that happens to end a line of prose is no answer.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
import polars as pl

from logmine.graders import GRADER_NAMES, canonical, extract
from logmine.graders.constraints import find_constraints
from logmine.graders.final_answer import last_statement, tidy
from logmine.graders.literals import read_whole
from logmine.model_ids import without_models
from logmine.references.metadata import reference_values
from logmine.references.rules import try_rule
from logmine.references.specs import Attempt, Spec, merged_spec, propose_specs, read_attempts, specs_by_prompt
from logmine.schemas import GRADERS, RUN_KEY, digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from logmine.config import ReferencesConfig

MAX_ATTEMPTS = 3000  # per task; more do not change a share by more than its noise
MAX_ATTEMPTS_PER_PROMPT = 64  # so that no prompt speaks for its task alone
MAX_BARE_CHARS = 40  # of an output that is a number and little else, or a text that nothing marks as an answer
N_SPLITS = 3  # of the prompts in halves, for stability
MIN_STABILITY_PROMPTS = 8

_CALL = re.compile(r"[\w.]+\(.*\)")
_RESULT = re.compile(r"=[^=\d\n]{0,4}?(-?\d++(?:\.\d++)?)(?!\s*[-+*/])")  # not the first number of a longer right side
PREFERENCE = {"tool_call": 0.06, "choice": 0.05, "json_fields": 0.04, "label": 0.03, "math": 0.03, "numeric": 0.02, "exact": 0.0}
"""Breaks near ties: the more a grader's form says, the less likely it fits by chance."""


FIGURES = ("coverage", "agreement_within", "agreement_between", "reference_match", "explicit", "lift")


MAX_CONSTRAINT_PROMPTS = 200  # that are looked through for constraints

_FENCED = re.compile(r"```[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
_CODE_LINE = re.compile(
    r"\s*(?:def|class|return|import|from|for|while|if|elif|else|try|except|with|assert|public|private|function|const|let|var|func|fn)\b.*[:;({)\]\w]$"
    r"|.*[;{}]$|\s*[\w.\[\]]+(?:,\s*[\w.\[\]]+)*\s*[-+*/]?=[^=].*|(?: {4}|\t).*[()\[\]=].*|\s*(?:#|//)\s.*|\s*(?:@|\"\"\").*"
)


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


def infer_graders(
    candidates: pl.DataFrame, attempts: pl.DataFrame, rulings: pl.DataFrame, *, config: ReferencesConfig
) -> dict[str, pl.DataFrame]:
    """Choose the grader of each task, ``judge`` for free text, null where no completion was seen; what the user rules wins.

    Parameters
    ----------
    candidates, attempts
        All rows of any number of whole tasks.
    rulings
        The whole table.
    """
    ruled = {row["task_id"]: row for row in rulings.drop_nulls("grader").iter_rows(named=True)}
    attempts = without_models(attempts, config.exclude_models)  # labels and fields, too, are what models put out
    rows = [
        _infer(str(task_id), own, attempts.filter(pl.col("task_id") == task_id), ruled.get(task_id), config)
        for (task_id,), own in sorted(candidates.group_by("task_id"), key=lambda pair: str(pair[0]))
    ]
    return {"graders": pl.DataFrame(rows, schema=GRADERS, orient="row")}


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


def _infer(
    task_id: str, candidates: pl.DataFrame, attempts: pl.DataFrame, ruled: Mapping[str, Any] | None, config: ReferencesConfig
) -> tuple[Any, ...]:
    usable = _sample(_as_logged(attempts.filter(pl.col("unusable").is_null() | (pl.col("unusable") == "repeated"))))
    references = reference_values(candidates, config)
    readings = [read_all(spec, usable) for spec in propose_specs(usable, candidates, references=list(references.values()))]
    tried = [evidence_of(reading, references) for reading in readings]
    stability = stability_of(readings, references)
    if ruled is not None and ruled["grader"] == "rule":
        tried_rule = try_rule(ruled["spec"], usable, candidates, references)
        n_judged = tried_rule["n_read"]
        evidence = msgspec.json.encode([*map(_figures, tried), tried_rule]).decode()
        return (task_id, "rule", ruled["spec"], len(usable), n_judged / max(1, len(usable)), None, 0.0, evidence, stability)
    if ruled is not None:
        return (*_as_ruled(task_id, ruled, tried, weigh_ruled(ruled, usable, candidates, references)), stability)
    best = best_of(tried)
    evidence = msgspec.json.encode([_figures(one) for one in tried]).decode()
    if best is None:
        return (task_id, _without_extractor(usable, candidates), None, len(usable), 0.0, None, 0.0, evidence, stability)
    figures = (best.coverage, best.agreement_within, best.agreement_between)
    return (task_id, best.grader, best.spec, len(usable), *figures, evidence, stability)


def best_of(tried: Sequence[Evidence], thresholds: Thresholds = FITTED) -> Evidence | None:
    """Return the extractor that fits best, None where none fits."""
    return max((one for one in tried if one.fits(thresholds)), key=lambda one: (one.worth, one.grader), default=None)


def stability_of(readings: Sequence[Reading], references: dict[str, str]) -> float | None:
    """Return the share of halves of a task's prompts from which alone the same extractor, or none, would be chosen.

    Returns
    -------
    float or None
        In [0, 1], from :data:`N_SPLITS` splits in two by digest; None with too few prompts for halves.
    """
    prompts = sorted({prompt for reading in readings for prompt in reading.n_completions})
    if len(prompts) < MIN_STABILITY_PROMPTS:
        return None
    whole = best_of([evidence_of(reading, references) for reading in readings])
    chosen: list[bool] = []
    for number in range(N_SPLITS):
        drawn = sorted(prompts, key=lambda prompt: digest(["half", str(number), prompt]))
        for half in (set(drawn[: len(drawn) // 2]), set(drawn[len(drawn) // 2 :])):
            best = best_of([evidence_of(reading.among(half), references) for reading in readings])
            chosen.append((best and best.grader) == (whole and whole.grader))
    return sum(chosen) / len(chosen)


def weigh_ruled(
    ruled: Mapping[str, Any], attempts: Sequence[Attempt], candidates: pl.DataFrame, references: dict[str, str]
) -> Evidence | None:
    """Measure the extractor that the user rules, with the specification that comes with it; None where no extractor belongs to it."""
    if ruled["grader"] not in GRADER_NAMES:
        return None
    if ruled["grader"] == "rule":
        return None
    by_prompt = specs_by_prompt(ruled["grader"], candidates)
    shared = ruled["spec"] or "{}"
    merged = {prompt: merged_spec(own, shared) for prompt, own in by_prompt.items()}
    return weigh(Spec(ruled["grader"], shared, merged), attempts, references)


def _as_ruled(task_id: str, ruled: Mapping[str, Any], tried: Sequence[Evidence], own: Evidence | None) -> tuple[Any, ...]:
    """Return the row of a task whose grader the user rules: a specification that he leaves out is the one that was found."""
    found = next((one for one in tried if one.grader == ruled["grader"]), own)
    chosen = own if ruled["spec"] else found
    evidence = msgspec.json.encode([_figures(one) for one in ([*tried, own] if own and own is chosen else tried)]).decode()
    if chosen is None:
        return (task_id, ruled["grader"], ruled["spec"], 0, 0.0, None, 0.0, evidence)
    figures = (chosen.n_completions, chosen.coverage, chosen.agreement_within, chosen.agreement_between)
    return (task_id, ruled["grader"], chosen.spec, *figures, evidence)


def _without_extractor(attempts: Sequence[Attempt], candidates: pl.DataFrame) -> str | None:
    """Return what a task calls for whose answers no extractor reads; None without answers.

    Tests where the answers are code; the constraints that prompts state where most state some; else a judge.
    """
    if not attempts:
        return None
    if code_fraction(attempts) >= FITTED.min_code:
        return "code_tests"
    return "constraints" if stating_fraction(candidates) >= FITTED.min_stating else "judge"


def code_fraction(attempts: Sequence[Attempt]) -> float:
    """Return the share of answers that are programs."""
    return sum(is_code(attempt.text) for attempt in attempts) / len(attempts) if attempts else 0.0


def stating_fraction(candidates: pl.DataFrame) -> float:
    """Return the share of prompts, of a fixed draw, that state constraints."""
    texts = (
        candidates.drop_nulls("user_text")
        .sort("prompt_id", "source_id")
        .unique("prompt_id", keep="first", maintain_order=True)["user_text"]
    )
    drawn = sorted(texts, key=lambda text: digest(["constraints", text]))[:MAX_CONSTRAINT_PROMPTS]
    return sum(bool(find_constraints(text)) for text in drawn) / len(drawn) if drawn else 0.0


def is_code(text: str) -> bool:
    r"""Whether ``text`` is a program: a fenced block with code in it, or mostly lines of code.

    Examples
    --------
    >>> is_code("def add(a, b):\n    return a + b"), is_code("First, add the two. Then return home.")
    (True, False)
    """
    blocks = _FENCED.findall(text)
    lines = [line for line in "\n".join(blocks or [text]).split("\n") if line.strip()]
    n_code = sum(_CODE_LINE.match(line) is not None for line in lines)
    return n_code > 0 and 2 * n_code >= len(lines)


def _as_logged(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return the answers that the application itself got; bought ones, which tell of a model and not of the task, where there are no others."""
    is_bought = pl.col("metadata").list.eval(pl.element().struct.field("key") == RUN_KEY).list.any().fill_null(value=False)
    logged = attempts.filter(~is_bought)
    return attempts if logged.is_empty() else logged


def _sample(attempts: pl.DataFrame) -> list[Attempt]:
    """Return at most :data:`MAX_ATTEMPTS` attempts in a fixed order, drawn prompt by prompt: an answer alone agrees with none."""
    drawn = {prompt: digest(["draw", prompt]) for prompt in attempts["prompt_id"].unique()}
    place = pl.int_range(pl.len()).over("prompt_id")
    capped = attempts.sort("prompt_id", "request_id").filter(place < MAX_ATTEMPTS_PER_PROMPT)
    chosen = capped.sort(pl.col("prompt_id").replace_strict(drawn, return_dtype=pl.String), maintain_order=True).head(MAX_ATTEMPTS)
    return list(read_attempts(chosen))


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


def _figures(evidence: Evidence) -> dict[str, Any]:
    shares = {name: getattr(evidence, name) for name in FIGURES}
    rounded = {name: None if share is None else round(share, 4) for name, share in shares.items()}
    return {"grader": evidence.grader, "fits": evidence.fits(), "n_read": evidence.n_read, **rounded}
