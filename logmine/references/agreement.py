"""How answers to the prompts of one task come about, as hypotheses under which the votes of a prompt have a likelihood.

Prompts differ in how often they are answered right: the share is drawn per prompt from a Beta distribution, and some prompts nobody answers right. Wrong
answers collide: each repeats an earlier wrong answer with a chance that grows with how often that one was given, as guests join tables in the Chinese
restaurant process (Aldous, 1985), and new ones meet by chance where the space of answers is small. Prompts differ in this too: one tempts most who fail it
into the same wrong answer, at another each goes astray on his own. What these chances are in a task is not fitted to one
point but averaged over a grid, each point weighed by how well it explains all prompts of the task: a few prompts settle little, and the average says so.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import betaln, gammaln, logsumexp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Votes = dict[str, float]  # weight by canonical answer

MEANS: Final = (0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9)  # of the share of right answers, where anybody is right
SIZES: Final = (1.0, 2.0, 4.0, 8.0)  # pseudo-answers behind it
NOVELTIES: Final = (0.3, 0.6, 1.2, 2.5, 5.0, 10.0, 20.0)  # concentration of wrong answers: high where they rarely collide
TEMPTATIONS: Final = (
    (0.25, 0.25),
    (1.0, 0.5),
    (4.0, 0.25),
)  # concentration at a prompt over that of its task, and how many prompts have it
NOBODY: Final = (0.05, 0.15, 0.3)  # share of prompts that nobody answers right
MAX_BY_CHANCE: Final = 0.5
NEGLIGIBLE: Final = 1e-3  # of the weight of the best point of the grid


@dataclass(frozen=True, slots=True)
class Hypotheses:
    """Points of the grid with their weights, which sum to 1.

    Attributes
    ----------
    right, wrong
        Parameters of the Beta distribution of a prompt's share of right answers, shape (points,).
    novelty
        Concentration of the process that wrong answers follow.
    nobody
        Chance that nobody answers a prompt right.
    weights
        How likely each point is for this task.
    by_chance
        Chance that answers to two different prompts are equal, in [0, 0.5].
    """

    right: Floats
    wrong: Floats
    novelty: Floats
    nobody: Floats
    weights: Floats
    by_chance: float


def every_hypothesis(agreement_between: float) -> Hypotheses:
    """Return the whole grid, each point as likely as the others."""
    points = np.array(list(itertools.product(MEANS, SIZES, NOVELTIES, NOBODY)))
    mean, size, novelty, nobody = points.T
    even = np.full(len(points), 1 / len(points))
    return Hypotheses(mean * size, (1 - mean) * size, novelty, nobody, even, min(MAX_BY_CHANCE, max(0.0, agreement_between)))


def log_likelihoods(weights: Floats, given: Hypotheses) -> Floats:
    """Return the logarithm of how likely the votes of a prompt are, and that one answer is right, or none.

    Parameters
    ----------
    weights
        Of each answer, shape (answers,), each above 0.
    given
        The points of the grid.

    Returns
    -------
    ndarray
        Shape (answers + 1, points): a row an answer that may be right, the last for "nobody is right".
    """
    column = weights[:, None]
    others = weights.sum() - column
    is_right = np.log1p(-given.nobody) + betaln(given.right + column, given.wrong + others) - betaln(given.right, given.wrong)
    chances = [_log_collisions(weights, factor * given.novelty, given.by_chance) + np.log(share) for factor, share in TEMPTATIONS]
    return np.vstack([is_right, np.log(given.nobody)]) + np.asarray(logsumexp(np.array(chances), axis=0))


def _log_collisions(weights: Floats, novelty: Floats, by_chance: float) -> Floats:
    """Return the logarithm of how likely wrong answers collide as they do, if one answer, or none, is right: shape (answers + 1, points)."""
    met = novelty * by_chance
    tables = np.log(novelty) + gammaln(weights[:, None] + met) - gammaln(1 + met)
    wrong = weights.sum() - np.append(weights, 0.0)[:, None]
    return tables.sum(axis=0) - np.vstack([tables, np.zeros_like(novelty)]) + gammaln(novelty) - gammaln(novelty + wrong)


def weigh_hypotheses(given: Hypotheses, task: Iterable[Votes], known: Mapping[int, str]) -> Hypotheses:
    """Weigh the points of the grid by how likely they make the votes of a task; negligible ones go.

    Parameters
    ----------
    given
        The whole grid.
    task
        Votes, prompt by prompt.
    known
        The right answer of some prompts by their place in ``task``; it need not be among the votes.
    """
    evidence = np.log(given.weights)
    patterns: Counter[tuple[float, ...]] = Counter()  # prompts whose votes are alike are weighed once
    for place, votes in enumerate(task):
        if place in known:
            rows = log_likelihoods(np.array(list(votes.values())), given)
            evidence = evidence + rows[list(votes).index(right) if (right := known[place]) in votes else -1]
        else:
            patterns[tuple(sorted(votes.values()))] += 1
    for pattern, count in sorted(patterns.items()):
        evidence = evidence + count * np.asarray(logsumexp(log_likelihoods(np.array(pattern), given), axis=0))
    weights = np.exp(evidence - evidence.max())
    kept = weights >= NEGLIGIBLE
    shares = weights[kept] / weights[kept].sum()
    return Hypotheses(given.right[kept], given.wrong[kept], given.novelty[kept], given.nobody[kept], shares, given.by_chance)


def posterior(votes: Votes, given: Hypotheses) -> dict[str, float]:
    """Return the probability of being right of each answer; what is missing to 1 is that of "nobody is right"."""
    rows = log_likelihoods(np.array(list(votes.values())), given)
    shares = np.exp(rows - np.asarray(logsumexp(rows, axis=0))) @ given.weights
    return {answer: float(share) for answer, share in zip(votes, shares, strict=False)}
