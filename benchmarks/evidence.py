"""What is inferred from logs alone, on sources that the thresholds have not seen, and on views of a corpus that are more like production.

    python benchmarks/evidence.py [--corpus ../shared/corpus] [--no-views]

Leave one source out: for each source of a labelled corpus, everything that was fitted is fitted again without it (and without sources that share a task with
it), and the figures of that source are printed.
Fitted are the thresholds of inference (:class:`logmine.references.evidence.Thresholds`), the assumptions of consensus
(:class:`logmine.references.consensus.Assumptions`) and the confidence that a reference needs. How:

1. Each threshold in turn, twice over, takes the value of its grid with which most prompts of the other sources get an acceptable grader, open ones none, all
   sources weighed alike; of values that do as well, the middle one.
2. For each way of discounting a model's agreement with itself, a logistic curve (weighed by the root of each source's size) maps the logit of the posterior to
   whether the leading answer is right; the least mean loss decides.
3. The least confidence is the smallest of a grid at which at least 92.5 % of the references by consensus of the other sources are right.

Tasks are those of one build with the logs of all sources: which prompts form a task rests on nothing fitted. Then three views of the corpus
(``views.py`` beside it) are built with the defaults and scored by ``score.py``: every prompt sent once, no metadata, one caller for all.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import labelled
import numpy as np
import polars as pl
from scipy.optimize import minimize

from logmine.config import ReferencesConfig
from logmine.graders import canonical, grade
from logmine.references.consensus import Assumptions, find_consensus
from logmine.references.evidence import Evidence, Thresholds
from logmine.references.inference import best_of, code_fraction, stating_fraction
from logmine.references.metadata import reference_values
from logmine.references.origins import find_references, read_answers
from logmine.references.specs import merged_spec, read_attempts, specs_by_prompt
from logmine.schemas import GRADERS, empty

ACCEPTED = {"choice": "mcq", "json_fields": "json", "constraints": "ifeval", "math": "numeric"}
GRIDS = {
    "min_coverage": (0.3, 0.4, 0.5, 0.6, 0.7),
    "min_coverage_unrepeated": (0.5, 0.6, 0.7, 0.8, 0.9),
    "min_explicit": (0.3, 0.4, 0.5, 0.6, 0.7),
    "min_lift": (0.05, 0.1, 0.15, 0.2, 0.3),
    "min_code": (0.4, 0.5, 0.6, 0.7, 0.8),
    "min_stating": (0.4, 0.5, 0.6, 0.7, 0.8),
}
REPEAT_EXPONENTS = (0.3, 0.5, 0.75, 1.0)
CONFIDENCES = tuple(np.arange(0.5, 0.96, 0.01).round(2).tolist())
MIN_RIGHT = 0.925
MIN_ATTEMPTS = 4
VIEWS = ("singletons", "no-metadata", "no-role")
SHOWN = (
    "grader_accuracy", "judge_kept_out", "task_ari", "reference_precision", "reference_coverage", "pass_rate_mae", "n_rated",
    "in_range_precision", "in_range_recall",
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    """A task of the build, with what fitting needs and the sources of its prompts."""

    sources: frozenset[str]
    candidates: pl.DataFrame
    attempts: pl.DataFrame
    row: dict[str, Any]
    tried: list[Evidence]
    code: float
    stating: float
    truth: dict[str, dict[str, Any]]


def main() -> None:
    """Print the figures of every source left out, then those of the views."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=labelled.CORPUS)
    parser.add_argument("--no-views", action="store_true", help="leave the three harder views out")
    parser.add_argument("--work", type=Path, help="folder of the stages of an earlier build of the corpus, instead of a new one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = options.work or labelled.build(options.corpus, Path(scratch) / "out")
        leave_one_out(read_tasks(work, options.corpus))
    if not options.no_views:
        print_views(options.corpus)


def read_tasks(work: Path, corpus: Path) -> list[Task]:
    """Read the tasks of a build, without those of multi-turn agents, whose labels say nothing of single answers."""
    truth = labelled.truth_of_prompts(work, corpus)
    candidates, attempts, graders = (labelled.table(work, name) for name in ("candidates", "attempts", "graders"))
    tasks: list[Task] = []
    for row in graders.sort("task_id").iter_rows(named=True):
        own = candidates.filter(pl.col("task_id") == row["task_id"])
        known = {prompt: truth[prompt] for prompt in sorted(set(own["prompt_id"])) if prompt in truth}
        sources = Counter(prompt["source"] for prompt in known.values())
        if not sources or "tau_airline" in sources:
            continue
        usable = attempts.filter((pl.col("task_id") == row["task_id"]) & pl.col("unusable").is_null())
        answers = list(read_attempts(usable.sort("prompt_id", "request_id").head(3000)))
        tried = [evidence(figures, row) for figures in json.loads(row["evidence"])]
        tasks.append(Task(frozenset(sources), own, usable, row, tried, code_fraction(answers), stating_fraction(own), known))
    return tasks


def evidence(figures: dict[str, Any], row: dict[str, Any]) -> Evidence:
    """Return the figures of one extractor, as the build keeps them."""
    spec = row["spec"] if figures["grader"] == row["grader"] else "{}"
    names = ("coverage", "agreement_within", "agreement_between", "reference_match", "explicit")
    return Evidence(figures["grader"], spec, row["n_completions"], figures["n_read"], *(figures[name] for name in names))


def decided(task: Task, thresholds: Thresholds) -> str:
    """Return the grader that a task gets under some thresholds."""
    best = best_of(task.tried, thresholds)
    if best is not None:
        return best.grader
    return "code_tests" if task.code >= thresholds.min_code else "constraints" if task.stating >= thresholds.min_stating else "judge"


def is_acceptable(grader: str, prompt: dict[str, Any]) -> bool:
    """Say whether a grader is one that the truth accepts for a prompt; for an open one, none."""
    if prompt["verifier"] == "judge":
        return grader == "judge"
    return ACCEPTED.get(grader, grader) in prompt["acceptable_verifiers"]


def accuracy(tasks: list[Task], thresholds: Thresholds) -> dict[str, float]:
    """Return the share of each source's prompts whose grader is acceptable; rules that only their author knows are left aside."""
    right: defaultdict[str, list[bool]] = defaultdict(list)
    for task in tasks:
        grader = decided(task, thresholds)
        for prompt in task.truth.values():
            if prompt["verifier"] != "rule":
                right[prompt["source"]].append(is_acceptable(grader, prompt))
    return {source: sum(own) / len(own) for source, own in sorted(right.items())}


def fit_thresholds(tasks: list[Task]) -> Thresholds:
    """Fit the thresholds of inference, one after the other and twice over."""
    fitted = Thresholds()
    for name, grid in (*GRIDS.items(), *GRIDS.items()):
        scores = [sum(accuracy(tasks, replace(fitted, **{name: value})).values()) for value in grid]
        best = [value for value, score in zip(grid, scores, strict=True) if score >= max(scores) - 1e-9]
        fitted = replace(fitted, **{name: best[len(best) // 2]})
    return fitted


@dataclass(frozen=True)
class Leader:
    """The leading answer of a prompt: sources that share its task, its own, its confidence, and whether it is right."""

    sources: frozenset[str]
    source: str
    confidence: float
    is_right: bool

    @property
    def logit(self) -> float:
        """Of the confidence, away from certainty."""
        share = min(1 - 1e-3, max(1e-3, self.confidence))
        return math.log(share / (1 - share))


def specs_of(task: Task) -> dict[str, str]:
    """Return the specification of each prompt of a task."""
    shared = task.row["spec"] or "{}"
    own = specs_by_prompt(task.row["grader"], task.candidates)
    return dict.fromkeys(task.truth, shared) | {prompt: merged_spec(spec, shared) for prompt, spec in own.items()}


def leaders(tasks: list[Task], assumptions: Assumptions) -> list[Leader]:
    """Return the leaders of prompts that a vote would decide: enough answers, and no reference in metadata."""
    found: list[Leader] = []
    for task in tasks:
        grader, specs = task.row["grader"], specs_of(task)
        if grader in (None, "judge", "constraints", "code_tests", "rule"):
            continue
        answers = read_answers(task.attempts, grader, specs)
        written = reference_values(task.candidates, ReferencesConfig())
        known = {prompt: form for prompt, value in written.items() if (form := canonical(grader, specs[prompt], value)) is not None}
        between = task.row["agreement_between"] or 0.0
        given = find_consensus(answers, grader=grader, agreement_between=between, known=known, assumptions=assumptions)
        for prompt, (answer, share) in sorted(given.items()):
            truth = task.truth.get(prompt)
            if truth is not None and prompt not in known and len(answers[prompt]) >= MIN_ATTEMPTS and has_one_answer(grader, truth):
                found.append(Leader(task.sources, truth["source"], share, answer == true_form(grader, specs[prompt], truth)))
    return found


def plain(repeat_exponent: float) -> Assumptions:
    """Return assumptions under which the confidence is the posterior itself."""
    return Assumptions(repeat_exponent=repeat_exponent, intercept=0.0, slope=1.0, task_spread=1e-6, free_text=1.0)


def has_one_answer(grader: str, truth: dict[str, Any]) -> bool:
    """Say whether a leading answer can be compared with the truth: not where only a rule of the author tells what is right."""
    return truth["verifier"] != "rule" and is_acceptable(grader, truth)


def true_form(grader: str, spec: str, truth: dict[str, Any]) -> str | None:
    """Return the true reference in canonical form; a label that the logs never show stays as it is written."""
    return canonical(grader, spec, truth["reference_answer"]) or truth["reference_answer"]


def fit_curve(known: list[Leader]) -> tuple[float, float, float]:
    """Return intercept and slope of the logistic curve, and its mean loss."""
    sizes = Counter(leader.source for leader in known)
    weights = np.array([1 / math.sqrt(sizes[leader.source]) for leader in known])
    weights *= len(known) / weights.sum()
    logits, right = np.array([leader.logit for leader in known]), np.array([float(leader.is_right) for leader in known])

    def loss(curve: np.ndarray) -> float:
        moved = curve[0] + curve[1] * logits
        return float((weights * (np.logaddexp(0, moved) - right * moved)).sum() + (curve[1] - 1) ** 2)

    fitted = minimize(loss, np.array([0.0, 1.0]), method="BFGS")
    return float(fitted.x[0]), float(fitted.x[1]), float(fitted.fun) / len(known)


def fit_consensus(tasks: list[Task], posteriors: dict[float, list[Leader]]) -> tuple[Assumptions, float]:
    """Fit the assumptions of consensus, then the least confidence, on some tasks; ``posteriors`` holds their leaders by exponent."""
    curves: list[tuple[float, float, float, float]] = []
    for exponent, known in posteriors.items():
        intercept, slope, loss = fit_curve(known)
        curves.append((loss, exponent, intercept, slope))
    _, exponent, intercept, slope = min(curves)
    fitted = Assumptions(repeat_exponent=exponent, intercept=round(intercept, 2), slope=round(slope, 2))
    return fitted, least_confidence(leaders(tasks, fitted))


def least_confidence(known: list[Leader]) -> float:
    """Return the smallest confidence of the grid at which enough references would be right, the greatest where none is."""
    for confidence in CONFIDENCES:
        kept = [leader.is_right for leader in known if leader.confidence >= confidence]
        if kept and sum(kept) >= MIN_RIGHT * len(kept):
            return confidence
    return CONFIDENCES[-1]


def leave_one_out(tasks: list[Task]) -> None:
    """Print a line a source, with what was fitted without it, and the totals."""
    by_exponent = {exponent: leaders(tasks, plain(exponent)) for exponent in REPEAT_EXPONENTS}
    every, confidence = fit_consensus(tasks, by_exponent)
    print(f"fitted on all sources: {fit_thresholds(tasks)}\n{every}, from {confidence}\n")
    print("fitted without each source, figures of that source:")
    print(f"{'source':22}{'grader':>8}{'given':>7}{'right':>7}{'of':>6}{'rated':>7}{'error':>8}{'in range: right/given/true':>28}  fitted")
    by_source: dict[str, Counter[str]] = {}
    for together in groups(tasks):
        own, others = ([task for task in tasks if bool(task.sources & together) == inside] for inside in (True, False))
        posteriors = {exponent: [one for one in every if not one.sources & together] for exponent, every in by_exponent.items()}
        thresholds, (assumptions, confidence) = fit_thresholds(others), fit_consensus(others, posteriors)
        changed = {name: getattr(thresholds, name) for name in GRIDS if getattr(thresholds, name) != getattr(Thresholds(), name)}
        curve = f"{assumptions.repeat_exponent} {assumptions.intercept:+.2f} {assumptions.slope:.2f} from {confidence:.2f}"
        counts = figures_of(own, thresholds, assumptions, confidence)
        by_source |= counts
        print("\n".join(f"{line(name, one)}  {curve} {changed or ''}" for name, one in counts.items()), flush=True)
    print(line("all", sum(by_source.values(), Counter())))
    for title, part, whole in (("graders", "grader_right", "gradable"), ("references", "right", "given")):
        shares = {name: counts[part] / counts[whole] for name, counts in by_source.items() if counts[whole]}
        worst = min(shares, key=lambda name: (shares[name], name))
        print(f"worst source, {title}: {worst}, {shares[worst]:.3f} right")


def groups(tasks: list[Task]) -> list[frozenset[str]]:
    """Return sources that must be left out together, since they share a task."""
    found: list[frozenset[str]] = []
    for task in tasks:
        joined = task.sources.union(*(one for one in found if one & task.sources))
        found = [one for one in found if not one & joined] + [joined]
    return sorted(found, key=sorted)


def line(source: str, counts: Counter[str]) -> str:
    """Return the figures of a source as one line."""
    grader = f"{counts['grader_right'] / counts['gradable']:.3f}" if counts["gradable"] else "-"
    error = f"{counts['error_millionths'] / 1e6 / counts['rated']:.4f}" if counts["rated"] else "-"
    in_range = f"{counts['hit']}/{counts['called']}/{counts['wanted']}"
    return f"{source:22}{grader:>8}{counts['given']:>7}{counts['right']:>7}{counts['references']:>6}{counts['rated']:>7}{error:>8}{in_range:>28}"


def figures_of(tasks: list[Task], thresholds: Thresholds, assumptions: Assumptions, confidence: float) -> dict[str, Counter[str]]:
    """Return the counts of each source in tasks left out, under what was fitted without them."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    config = ReferencesConfig(min_consensus_confidence=confidence)
    for task in tasks:
        grader = decided(task, thresholds)
        # Where other thresholds choose another extractor, its specification is not at hand: no reference then.
        row = task.row if grader == task.row["grader"] else {**task.row, "grader": None, "spec": None}
        graders = pl.DataFrame([row], schema=GRADERS)
        found = find_references(
            task.candidates, task.attempts, graders, empty("outcomes"), empty("confirmed"), config=config, assumptions=assumptions
        )["references"]
        references = {one["prompt_id"]: one["reference_answer"] for one in found.iter_rows(named=True)}
        rates = pass_rates(task.attempts, references)
        for prompt, truth in task.truth.items():
            count_prompt(counts[truth["source"]], truth, grader, references.get(prompt), rates.get(prompt))
    return dict(sorted(counts.items()))


def pass_rates(attempts: pl.DataFrame, references: dict[str, str | None]) -> dict[str, float]:
    """Return the plain ratio of right answers among those judged, of prompts with enough of them."""
    verdicts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for attempt in read_attempts(attempts):
        reference = references.get(attempt.prompt_id)
        if reference is not None:
            verdicts[attempt.prompt_id][grade(json.loads(reference), attempt.text, attempt.tool_calls).verdict] += 1
    judged = {prompt: own["correct"] + own["incorrect"] for prompt, own in verdicts.items()}
    return {prompt: own["correct"] / judged[prompt] for prompt, own in verdicts.items() if judged[prompt] >= MIN_ATTEMPTS}


def count_prompt(counts: Counter[str], truth: dict[str, Any], grader: str, reference: str | None, rate: float | None) -> None:
    """Count what a prompt tells: its grader, its reference, its pass rate."""
    if truth["verifier"] == "rule":
        return
    counts["gradable"] += 1
    counts["grader_right"] += is_acceptable(grader, truth)
    if truth["verifier"] not in ("judge", "code_tests", "ifeval"):
        counts["references"] += 1
        if reference is not None:
            counts["given"] += 1
            read = json.loads(reference)
            counts["right"] += read["answer"] == true_form(read["grader"], read["spec"], truth)
    true_rate = truth["corpus_pass_rate"]
    if true_rate is None or truth["corpus_n"] < MIN_ATTEMPTS or truth["verifier"] == "judge":
        return
    counts["wanted"] += 0.2 <= true_rate <= 0.8
    if rate is not None:
        counts["rated"] += 1
        counts["error_millionths"] += round(1e6 * abs(rate - true_rate))
        counts["called"] += 0.2 <= rate <= 0.8
        counts["hit"] += 0.2 <= rate <= 0.8 and 0.2 <= true_rate <= 0.8


def print_views(corpus: Path) -> None:
    """Build each view with the defaults and print its figures."""
    print(f"\n{'view':14}" + "".join(f"{name:>21}" for name in SHOWN))
    with tempfile.TemporaryDirectory() as scratch:
        for view in VIEWS:
            place = Path(scratch) / view
            subprocess.run([sys.executable, corpus / "views.py", corpus, view, place], check=True, capture_output=True)
            labelled.build(place, Path(scratch) / f"{view}-out")
            scores = labelled.score(place, Path(scratch) / f"{view}-out", by=corpus / "score.py")
            print(f"{view:14}" + "".join(f"{scores[name]:>21.3f}" for name in SHOWN), flush=True)


if __name__ == "__main__":
    main()
