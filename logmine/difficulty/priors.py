"""What is known of a prompt's pass rate before any attempt at it: Beta distributions fitted to each task, by empirical Bayes.

Counts of right answers are beta-binomial (Griffiths 1973, whose maximum-likelihood fit this is). A task with few prompts shrinks
to the whole corpus, and that to Jeffreys' prior: mean and size have normal distributions around those of the larger, on the scale
of log-odds and logarithm (Gelman et al., Bayesian Data Analysis, chapter 5). Two things that such a fit does not know bound it:

- Where the reference is the consensus of the attempts themselves, prompts with few right answers have none. Such prompts would make every
  task look easy, so nothing is fitted to them.
- A prior never says more than one attempt does (the unit information of Kass and Wasserman 1995), since the prompts of a
  task need not be alike.

Attempts of other models than the base model enter with a power (Ibrahim and Chen 2000), which is fitted with the rest (Gravestock
and Held 2017).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.optimize import minimize
from scipy.special import betaln, expit, logit

from logmine.schemas import PRIORS, empty

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEAN_SPREAD = 1.0  # standard deviation of tasks' mean pass rates around that of the corpus, in log-odds
SIZE_SPREAD = 0.7  # of the logarithm of tasks' sizes alpha + beta around that of the corpus
JEFFREYS = (0.0, 0.0)  # log-odds of the mean, log of the size: Beta(1/2, 1/2)
JEFFREYS_SPREAD = (1.5, 1.0)
DEFAULT_PRIOR = (0.5, 0.5)  # Jeffreys' prior itself: alpha, beta
CORPUS = ""  # in place of the id of a task
MAX_SIZE = 1.0  # of a prior, in attempts
AGREED = ("consensus", "rollouts")  # origins of references that are what attempts agree on
OTHER_WEIGHT = 0.25  # of another model's attempt, where no data tell
OTHER_WEIGHT_SPREAD = 1.0  # in log-odds
MAX_OTHER_PROMPTS = 8.0  # that prompts which only other models tried may count for in the fit of a task
MAX_OTHER_ATTEMPTS = 8.0  # that all attempts of other models at one prompt may count for
LOG_ODDS_LIMITS, LOG_SIZE_LIMITS = (-6.0, 6.0), (-3.0, math.log(200.0))
DIGITS = 9  # of the results: what lies beyond them is the optimizer's


@dataclass(frozen=True, slots=True)
class Counts:
    """Distinct outcomes of prompts, each with how many prompts had it; arrays of one length."""

    right: NDArray[np.float64]
    attempts: NDArray[np.float64]
    other_right: NDArray[np.float64]
    other_attempts: NDArray[np.float64]
    prompts: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shape:
    """A Beta distribution by the log-odds of its mean and the logarithm of its size alpha + beta."""

    log_odds: float
    log_size: float

    @property
    def parameters(self) -> tuple[float, float]:
        """Alpha and beta."""
        mean, size = float(expit(self.log_odds)), math.exp(self.log_size)
        return mean * size, (1 - mean) * size


def fit_priors(tallies: pl.DataFrame, references: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Fit the distribution of pass rates of each task's prompts, and of the whole corpus.

    Parameters
    ----------
    tallies, references
        Whole tables; of ``references`` the origins.

    Returns
    -------
    dict
        ``priors``: one row a task that tells of itself, and one with an empty ``task_id``: the corpus, for the others. None where nothing
        was judged.
    """
    if tallies.is_empty():
        return {"priors": empty("priors")}
    agreed = references.filter(pl.col("origin").is_in(AGREED)).select("prompt_id")
    tallies = tallies.join(agreed, on="prompt_id", how="anti")
    corpus = _counts(tallies)
    weight = _other_weight(corpus)
    overall = _fit(corpus, around=Shape(*JEFFREYS), spread=JEFFREYS_SPREAD, weight=weight)
    rows = [(CORPUS, *_rounded(overall), round(weight, DIGITS), _n_prompts(tallies))]
    for (task_id,), own in sorted(tallies.group_by("task_id"), key=lambda pair: str(pair[0])):
        fitted = _fit(_counts(own), around=overall, spread=(MEAN_SPREAD, SIZE_SPREAD), weight=weight)
        rows.append((str(task_id), *_rounded(fitted), round(weight, DIGITS), _n_prompts(own)))
    return {"priors": pl.DataFrame(rows, schema=PRIORS, orient="row")}


def _n_prompts(tallies: pl.DataFrame) -> int:
    return tallies.filter(pl.col("n_attempts") + pl.col("n_other") > 0).height


def _rounded(shape: Shape) -> tuple[float, float]:
    alpha, beta = Shape(shape.log_odds, min(shape.log_size, math.log(MAX_SIZE))).parameters
    return round(alpha, DIGITS), round(beta, DIGITS)


def _counts(tallies: pl.DataFrame) -> Counts:
    columns = ["right", "n_attempts", "other_reward", "n_other"]
    patterns = (
        tallies.with_columns(right=pl.col("mean_reward").fill_null(0.0) * pl.col("n_attempts"))
        .with_columns(pl.col("right", "other_reward").round(DIGITS))
        .group_by(columns)
        .agg(prompts=pl.len())
        .sort(columns)
    )
    return Counts(*(patterns[name].cast(pl.Float64).to_numpy() for name in [*columns, "prompts"]))


def other_attempts(
    right: NDArray[np.float64], attempts: NDArray[np.float64], weight: NDArray[np.float64] | float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return right answers and attempts of other models as they count: each for ``weight``, all together bounded."""
    factor = np.minimum(weight, MAX_OTHER_ATTEMPTS / np.maximum(attempts, 1.0))
    return right * factor, attempts * factor


def _log_likelihood(
    right: NDArray[np.float64], attempts: NDArray[np.float64], alpha: NDArray[np.float64] | float, beta: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """Return the beta-binomial log-likelihood of each outcome, up to a constant of the data."""
    return betaln(alpha + right, beta + attempts - right) - betaln(alpha, beta)


def _fit(counts: Counts, *, around: Shape, spread: tuple[float, float], weight: float) -> Shape:
    """Return the likeliest distribution of own pass rates; prompts that only other models tried help while there is little else."""
    only_others = (counts.attempts == 0) & (counts.other_attempts > 0)
    n_only_others = max(1.0, float(counts.prompts[only_others].sum()))
    right, attempts = np.where(only_others, counts.other_right, counts.right), np.where(only_others, counts.other_attempts, counts.attempts)
    prompts = counts.prompts * np.where(only_others, weight * min(1.0, MAX_OTHER_PROMPTS / n_only_others), 1.0)

    def loss(point: NDArray[np.float64]) -> float:
        alpha, beta = Shape(*point).parameters
        penalty = ((point[0] - around.log_odds) / spread[0]) ** 2 + ((point[1] - around.log_size) / spread[1]) ** 2
        return 0.5 * penalty - float(_log_likelihood(right, attempts, alpha, beta) @ prompts)

    found = minimize(loss, np.array([around.log_odds, around.log_size]), method="L-BFGS-B", bounds=[LOG_ODDS_LIMITS, LOG_SIZE_LIMITS])
    return Shape(*map(float, found.x))


def _other_weight(counts: Counts) -> float:
    """Return which part of an own attempt another model's is worth: how far it foretells the own where both tried a prompt."""
    both = (counts.attempts > 0) & (counts.other_attempts > 0)
    if not both.any():
        return OTHER_WEIGHT
    right, attempts, prompts = counts.right[both], counts.attempts[both], counts.prompts[both]

    def loss(point: NDArray[np.float64]) -> float:
        alpha, beta = Shape(point[0], point[1]).parameters
        other_right, others = other_attempts(counts.other_right[both], counts.other_attempts[both], float(expit(point[2])))
        penalty = (
            ((point[0] - JEFFREYS[0]) / JEFFREYS_SPREAD[0]) ** 2
            + ((point[1] - JEFFREYS[1]) / JEFFREYS_SPREAD[1]) ** 2
            + ((point[2] - float(logit(OTHER_WEIGHT))) / OTHER_WEIGHT_SPREAD) ** 2
        )
        return 0.5 * penalty - float(_log_likelihood(right, attempts, alpha + other_right, beta + others - other_right) @ prompts)

    start = np.array([*JEFFREYS, float(logit(OTHER_WEIGHT))])
    found = minimize(loss, start, method="L-BFGS-B", bounds=[LOG_ODDS_LIMITS, LOG_SIZE_LIMITS, (-4.0, 2.0)])
    return float(expit(found.x[2]))
