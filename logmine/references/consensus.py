"""References by consensus: the answer on which the attempts of a prompt agree, and how likely it is right.

After Dawid and Skene (1979), who estimated the reliability of observers and the truth together by expectation-maximization.
Differences: prompts, not models, differ most in how often they are answered right, so the share of right answers is drawn per prompt
(Beta-binomial) with a prior fitted to the task; "nobody is right" is among the hypotheses; and identical answers of one model
count less each time, since a model that agrees with itself shows what it believes, not what is right.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaln

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

Votes = dict[str, float]  # weight by canonical answer

N_ROUNDS = 25
NOBODY = 0.15  # share of prompts that nobody answers right; agreement alone cannot tell it, so it is not fitted
LEAST_COLLISION = 0.05  # of wrong answers: models share their training data, and so some errors
PRIOR_WRONG = 10.0  # pseudo-answers behind the collision rate
FREE_TEXT = 0.5  # factor on one model's agreement with itself where nothing bounds what it may repeat (``exact``)


@dataclass(frozen=True, slots=True)
class TaskModel:
    """How answers to the prompts of one task come about.

    Attributes
    ----------
    right, wrong
        Parameters of the Beta distribution of a prompt's share of right answers, where anybody is right.
    collision
        Chance that a wrong answer repeats an earlier wrong answer to the same prompt.
    """

    right: float
    wrong: float
    collision: float


def find_consensus(
    answers: Mapping[str, Sequence[tuple[str | None, str]]], *, grader: str, agreement_between: float
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
    given = {prompt: own for prompt, own in sorted(answers.items()) if own}
    votes = {prompt: weigh_votes(own) for prompt, own in given.items()}
    model = fit_model(list(votes.values()), agreement_between)
    found: dict[str, tuple[str, float]] = {}
    for prompt, own in votes.items():
        shares = posterior(own, model)
        leader = min(shares, key=lambda answer: (-shares[answer], answer))
        alone = grader == "exact" and len({name for name, _ in given[prompt]}) == 1
        found[prompt] = (leader, shares[leader] * (FREE_TEXT if alone else 1.0))
    return found


def weigh_votes(given: Sequence[tuple[str | None, str]]) -> Votes:
    """Return the weight of each answer: the n-th identical answer of one model counts 1/n.

    Examples
    --------
    >>> weigh_votes([("a", "4"), ("a", "4"), ("b", "4"), ("b", "5")])
    {'4': 2.5, '5': 1.0}
    """
    weights: Counter[str] = Counter()
    for (_, answer), count in sorted(Counter(given).items(), key=str):
        weights[answer] += sum(1 / n for n in range(1, count + 1))  # type: ignore[assignment]
    return dict(sorted(weights.items()))


def fit_model(votes: Sequence[Votes], agreement_between: float) -> TaskModel:
    """Fit the model of a task: collisions among answers that do not lead, then the share of right answers by EM."""
    model = TaskModel(2.0, 1.0, collision_rate(votes, max(LEAST_COLLISION, agreement_between)))
    for _ in range(N_ROUNDS if votes else 0):
        expected = [posterior(own, model) for own in votes]
        somebody = np.array([sum(shares.values()) for shares in expected])
        right = np.array([sum(shares[answer] * own[answer] for answer in own) for own, shares in zip(votes, expected, strict=True)])
        totals = np.array([sum(own.values()) for own in votes])
        model = TaskModel(*_beta_by_moments(right / totals / np.maximum(somebody, 1e-9), somebody), model.collision)
    return model


def collision_rate(votes: Sequence[Votes], least: float) -> float:
    """Return how often an answer that does not lead repeats an earlier one; at least ``least``, at most 0.9."""
    trailing = [sorted(own.values())[:-1] for own in votes]
    repeats = sum(max(0.0, weight - 1) for weights in trailing for weight in weights)
    rate = (least * PRIOR_WRONG + repeats) / (PRIOR_WRONG + sum(sum(weights) for weights in trailing))
    return min(0.9, max(least, rate))


def _beta_by_moments(shares: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float]:
    """Return Beta parameters with the weighted mean and spread of ``shares``, kept within 0.5 to 20 pseudo-answers each."""
    mean = (2.0 + float(shares @ weights)) / (3.0 + float(weights.sum()))
    variance = (1 / 18 * 3.0 + float((shares - mean) ** 2 @ weights)) / (3.0 + float(weights.sum()))
    size = max(1.0, mean * (1 - mean) / max(variance, 1e-6) - 1)
    return tuple(min(20.0, max(0.5, value)) for value in (mean * size, (1 - mean) * size))  # type: ignore[return-value]


def posterior(votes: Votes, model: TaskModel) -> dict[str, float]:
    """Return the probability of being right of each answer; what is missing to 1 is that of "nobody is right"."""
    total = sum(votes.values())
    log_collision, log_novel = math.log(model.collision), math.log(1 - model.collision)

    def log_wrong(answers: Sequence[float]) -> float:
        return sum(max(0.0, weight - 1) * log_collision + min(1.0, weight) * log_novel for weight in answers)

    scores = {
        answer: math.log(1 - NOBODY)
        + float(betaln(model.right + weight, model.wrong + total - weight) - betaln(model.right, model.wrong))
        + log_wrong([other for name, other in votes.items() if name != answer])
        for answer, weight in votes.items()
    }
    nobody = math.log(NOBODY) + log_wrong(list(votes.values()))
    top = max(nobody, *scores.values())
    mass = math.exp(nobody - top) + sum(math.exp(score - top) for score in scores.values())
    return {answer: math.exp(score - top) / mass for answer, score in scores.items()}
