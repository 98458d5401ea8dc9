"""References by consensus: the answer on which the attempts of a prompt agree, and how likely it is right.

After Dawid and Skene (1979), who estimated the reliability of observers and the truth together, in turns. Differences: prompts, not models, differ most in
how often they are answered right (:mod:`logmine.references.agreement`); identical answers of one model count less each time, since a model that agrees
with itself shows what it believes, not what is right; prompts whose right answer is known tell how far agreement can be trusted in their task; and the
probability is calibrated on tasks whose truth is known, by a logistic curve (Platt, 1999).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from logmine.references.agreement import Hypotheses, Votes, every_hypothesis, posterior, weigh_hypotheses
from logmine.schemas import digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Given = tuple[str | None, str]  # model, canonical answer

MAX_PROMPTS: Final = 300  # from which the chances of a task are learned; more do not change them by more than their noise
PRIOR_ANSWERS: Final = 5.0  # behind the reliability of a model
MIN_RELIABILITY: Final = 0.5  # times that of the task
MAX_RELIABILITY: Final = 2.0
SHIFTS: Final = np.linspace(-3, 3, 121)  # of the logit of a task's confidences
LEAST: Final = 1e-3  # probability that is told from 0, and from 1


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is assumed of every task. ``benchmarks/evidence.py`` fits these, and says how they do on sources left out.

    Attributes
    ----------
    repeat_exponent
        The n-th identical answer of one model counts ``1 / n ** repeat_exponent``.
    n_rounds
        Turns of estimating the reliability of models and the right answers; with 1, all models count alike.
    intercept, slope
        Of the logistic curve from the logit of the posterior to the confidence.
    task_spread
        Standard deviation of the intercepts of tasks, in logits: how fast known answers move the confidence of their task.
    free_text
        Factor on the confidence where one model alone was asked and nothing bounds what it may repeat (``exact``).
    """

    repeat_exponent: float = 0.5
    n_rounds: int = 4
    intercept: float = 0.26
    slope: float = 0.65
    task_spread: float = 1.0
    free_text: float = 0.5


FITTED: Final = Assumptions()


def find_consensus(
    answers: Mapping[str, Sequence[Given]],
    *,
    grader: str,
    agreement_between: float,
    known: Mapping[str, str] | None = None,
    assumptions: Assumptions = FITTED,
) -> dict[str, tuple[str, float]]:
    """Return the most likely right answer of each prompt of a task, with the probability that it is right.

    Parameters
    ----------
    answers
        (model, canonical answer) of the attempts that could be read, by prompt.
    grader
        The grader whose answers these are.
    agreement_between
        Chance that answers to two different prompts are equal: a small answer space makes wrong answers collide.
    known
        Right answers, canonical, of prompts of this task.
    assumptions
        What is assumed of every task.

    Returns
    -------
    dict
        By prompt with at least one answer: the answer and its probability in [0, 1].

    Examples
    --------
    >>> votes = {str(n): [("a", "4"), ("b", "4"), ("c", "4"), ("d", "5")] for n in range(9)}
    >>> found = find_consensus(votes | {"x": [("a", "1"), ("b", "2")]}, grader="numeric", agreement_between=0.0)
    >>> found["0"][0], found["0"][1] > 0.75 > found["x"][1]
    ('4', True)
    """
    given = {prompt: sorted(own, key=str) for prompt, own in sorted(answers.items()) if own}
    known = {prompt: right for prompt, right in sorted((known or {}).items()) if prompt in given}
    reliability, hypotheses = learn(given, agreement_between, known, assumptions)
    leaders: dict[str, tuple[str, float]] = {}
    for prompt, own in given.items():
        shares = posterior(weigh_votes(own, reliability, assumptions.repeat_exponent), hypotheses)
        leader = min(shares, key=lambda answer: (-shares[answer], answer))
        leaders[prompt] = (leader, _logit(shares[leader]) * assumptions.slope + assumptions.intercept)
    shift = task_shift([(leaders[prompt][1], leaders[prompt][0] == right) for prompt, right in known.items()], assumptions.task_spread)
    factors = {prompt: assumptions.free_text if grader == "exact" and len(dict(own)) == 1 else 1.0 for prompt, own in given.items()}
    return {prompt: (leader, factors[prompt] / (1 + math.exp(-logit - shift))) for prompt, (leader, logit) in leaders.items()}


def learn(
    answers: Mapping[str, Sequence[Given]], agreement_between: float, known: Mapping[str, str], assumptions: Assumptions
) -> tuple[dict[str | None, float], Hypotheses]:
    """Learn from a task how reliable its models are, relative to the task, and how its answers come about."""
    drawn = sorted(answers, key=lambda prompt: (prompt not in known, digest(["consensus", prompt])))[:MAX_PROMPTS]
    known_places = {place: known[prompt] for place, prompt in enumerate(drawn) if prompt in known}
    given = [answers[prompt] for prompt in drawn]
    grid = every_hypothesis(agreement_between)
    reliability: dict[str | None, float] = {}
    hypotheses = grid
    for turn in range(assumptions.n_rounds):
        task = [weigh_votes(own, reliability, assumptions.repeat_exponent) for own in given]
        hypotheses = weigh_hypotheses(grid, task, known_places)
        if turn + 1 < assumptions.n_rounds:
            rights = [
                {known_places[place]: 1.0} if place in known_places else posterior(votes, hypotheses) for place, votes in enumerate(task)
            ]
            reliability = weigh_models(given, rights)
    return reliability, hypotheses


def weigh_models(answers: Sequence[Sequence[Given]], rights: Sequence[Mapping[str, float]]) -> dict[str | None, float]:
    """Return how often each model is expected to be right, over the same for all; 0.5 to 2, near 1 for a model seen a few times."""
    n_right: defaultdict[str | None, float] = defaultdict(float)
    n_given: Counter[str | None] = Counter()
    for own, right in zip(answers, rights, strict=True):
        for model, answer in own:
            n_right[model] += right.get(answer, 0.0)
            n_given[model] += 1
    overall = max(0.02, math.fsum(n_right.values()) / max(1, n_given.total()))
    shares = {model: (n_right[model] + PRIOR_ANSWERS * overall) / (count + PRIOR_ANSWERS) for model, count in n_given.items()}
    return {model: min(MAX_RELIABILITY, max(MIN_RELIABILITY, share / overall)) for model, share in shares.items()}


def weigh_votes(given: Sequence[Given], reliability: Mapping[str | None, float], repeat_exponent: float) -> Votes:
    """Return the weight of each answer: by the reliability of its model, the n-th identical answer of one model less.

    Examples
    --------
    >>> weigh_votes([("a", "4"), ("a", "4"), ("b", "4"), ("b", "5")], {}, 1.0)
    {'4': 2.5, '5': 1.0}
    """
    weights: defaultdict[str, float] = defaultdict(float)
    for (model, answer), count in sorted(Counter(given).items(), key=str):
        weights[answer] += reliability.get(model, 1.0) * math.fsum(n**-repeat_exponent for n in range(1, count + 1))
    return dict(sorted(weights.items()))


def task_shift(leaders: Sequence[tuple[float, bool]], spread: float) -> float:
    """Return by how much the logits of a task must be moved, given how often its leaders are right; 0 where nothing is known.

    Parameters
    ----------
    leaders
        Logit of the confidence, and whether the leading answer is right, of each prompt whose answer is known.
    spread
        Standard deviation of the shift over tasks.
    """
    logits = np.array([logit if is_right else -logit for logit, is_right in leaders])
    signs = np.array([1.0 if is_right else -1.0 for _, is_right in leaders])
    moved = logits[:, None] + signs[:, None] * SHIFTS
    likely = -np.logaddexp(0.0, -moved).sum(axis=0) - SHIFTS**2 / (2 * spread**2)
    return float(SHIFTS[int(np.argmax(likely))])


def _logit(share: float) -> float:
    share = min(1 - LEAST, max(LEAST, share))
    return math.log(share / (1 - share))
