"""When a prompt has been asked enough, and which prompt to ask next.

A prompt is settled once no way of asking on lowers the chance of a wrong band by as much as its calls cost: the Bayes rule of sequential
decisions (Arrow, Blackwell and Girshick 1949, "Bayes and minimax solutions of sequential decision problems"), worked out backwards from the last
attempt. Most prompts are clear after the fewest attempts that a band needs; what they save goes in part to those in doubt.

The order is that of the Gittins index (Gittins 1979, "Bandit processes and dynamic allocation indices"): the largest ratio, over all
rules of stopping, of the chance to find the prompt in range to the calls that it takes. A prompt whose first attempts all fail falls behind
those that are still open, and comes back when nothing better is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from logmine.posteriors import masses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logmine.bands import Band

CALL_COST: Final = 0.015  # wrong bands that a further call must be expected to avoid
SETTLED_WORTH: Final = (
    0.03  # prompts in range that a settled band is worth, whichever it is: what was begun is ended where little is lacking
)
IN_RANGE, TOO_HARD, TOO_EASY = range(3)
#: Prices of a call, in prompts in range: an index is the highest price at which a prompt is still worth a call.
PRICES: Final = np.geomspace(1e-4, 1.0, 240)


@dataclass(frozen=True, slots=True)
class BandRule:
    """What the build calls in range, and how often a prompt may be asked.

    Attributes
    ----------
    band
        The band.
    min_band_mass
        Share of the posterior that must lie inside, in [0, 1].
    min_attempts
        Attempts below which the band is unknown.
    max_attempts
        Attempts at which a prompt is settled in any case.
    group_size
        Rollouts a prompt in training; decides what a band without its ends means.
    """

    band: Band
    min_band_mass: float
    min_attempts: int
    max_attempts: int
    group_size: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do after each outcome of the next attempts; arrays of shape (right + 1, wrong + 1).

    Attributes
    ----------
    settled
        Whether no more attempts are asked.
    index
        Prompts in range to expect of a call, at best; 0 where settled.
    n_calls
        Calls until settled, expected.
    in_range
        Chance of ending in range.
    bands
        The band at present: 0 in range, 1 too hard, 2 too easy.
    """

    settled: NDArray[np.bool_]
    index: NDArray[np.float64]
    n_calls: NDArray[np.float64]
    in_range: NDArray[np.float64]
    bands: NDArray[np.int64]


@lru_cache(maxsize=20_000)
def plan_attempts(measured: tuple[float, float], belief: tuple[float, float], n_attempts: int, rule: BandRule) -> Plan:
    """Plan the attempts of one prompt.

    Parameters
    ----------
    measured
        Beta parameters of its pass rate as the build will measure it: prior and attempts of the model.
    belief
        The same with all that is known, such as attempts of other models: what the next attempt is foretold by.
    n_attempts
        Judged attempts of the model so far.
    rule
        Of the build.
    """
    n_more = max(0, rule.max_attempts - n_attempts)
    right, wrong = np.meshgrid(np.arange(n_more + 1.0), np.arange(n_more + 1.0), indexing="ij")
    bands = band_of(measured[0] + right, measured[1] + wrong, rule)
    success = (belief[0] + right) / (belief[0] + belief[1] + right + wrong)
    below, above = masses(belief[0] + right, belief[1] + wrong, rule.band, rule.group_size)
    right_chance = np.choose(bands, [1.0 - below - above, below, above])
    must_ask = n_attempts + right + wrong < rule.min_attempts
    onward = _foretell(right_chance[..., None], success, n_more, settled=None, gain=-CALL_COST, must_go=must_ask)[..., 0]
    settled = (~must_ask & (onward <= right_chance)) | (right + wrong >= n_more)
    ends = np.stack([np.zeros(bands.shape), bands == IN_RANGE], axis=-1)
    followed = _foretell(ends, success, n_more, settled=settled, gain=np.array([1.0, 0.0]))
    gains = ends[..., 1:] + SETTLED_WORTH
    worth = _foretell(gains.repeat(PRICES.size, -1), success, n_more, settled=settled, gain=-PRICES, floor=0.0)
    index = np.where(settled, 0.0, PRICES[np.maximum(0, (worth > 0).sum(axis=-1) - 1)])
    return Plan(settled, index, followed[..., 0], followed[..., 1], bands)


def band_of(alpha: NDArray[np.floating[Any]], beta: NDArray[np.floating[Any]], rule: BandRule) -> NDArray[np.int64]:
    """Return the band of each Beta posterior as a build tells it: 0 in range, 1 too hard, 2 too easy."""
    below, above = masses(alpha, beta, rule.band, rule.group_size)
    inside = 1.0 - below - above >= rule.min_band_mass
    return np.where(inside, IN_RANGE, np.where(below >= above, TOO_HARD, TOO_EASY))


def _foretell(
    ends: NDArray[np.float64],
    success: NDArray[np.float64],
    n_more: int,
    *,
    settled: NDArray[np.bool_] | None,
    gain: NDArray[np.float64] | float,
    floor: float | None = None,
    must_go: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """Return what to expect from each outcome on, backwards from the last attempt.

    Parameters
    ----------
    ends
        What an outcome is worth where one stops.
    success
        Chance that the next attempt succeeds.
    n_more
        Attempts that may follow.
    settled
        Where one stops; None for the best choice, except where one ``must_go`` on.
    gain
        What each call adds.
    floor
        What one may give up for.
    """
    expected = ends.copy()
    for n_made in range(n_more - 1, -1, -1):
        right = np.arange(n_made + 1)
        here = (right, n_made - right)
        chance = success[here][:, None]
        onward = chance * expected[right + 1, here[1]] + (1 - chance) * expected[right, here[1] + 1] + gain
        if floor is not None:
            onward = np.maximum(onward, floor)
        if settled is not None:
            expected[here] = np.where(settled[here][:, None], ends[here], onward)
        elif must_go is not None:
            expected[here] = np.where(must_go[here][:, None], onward, np.maximum(onward, ends[here]))
    return expected
