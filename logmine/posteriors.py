"""Beta posteriors of pass rates: intervals, the share inside a band, the chance of a rollout group with both outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc, betaincc, betaincinv, betaln

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from logmine.bands import Band

INTERVAL_MASS = 0.9


def credible_interval(alpha: ArrayLike, beta: ArrayLike, n_abstained: ArrayLike = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of the central 90 % of each Beta(``alpha``, ``beta``).

    What could not be judged may have been wrong, as it will be in training: the lower end counts ``n_abstained`` as failures
    (the worst case of Manski 1989), the upper end leaves them out.

    Examples
    --------
    >>> [end.round(3).tolist() for end in credible_interval([4.5, 4.5], [4.5, 4.5], [0, 4])]
    [[0.239, 0.151], [0.761, 0.761]]
    """
    tail = (1 - INTERVAL_MASS) / 2
    wrong = np.asarray(beta, dtype=np.float64)
    return betaincinv(alpha, wrong + np.asarray(n_abstained), tail), betaincinv(alpha, wrong, 1 - tail)


def chance_of_no_success(alpha: ArrayLike, beta: ArrayLike, n_rollouts: int) -> NDArray[np.float64]:
    """Return the chance that none of ``n_rollouts`` succeeds, the pass rate drawn from Beta(``alpha``, ``beta``)."""
    right, wrong = np.asarray(alpha, dtype=np.float64), np.asarray(beta, dtype=np.float64)
    return np.exp(betaln(right, wrong + n_rollouts) - betaln(right, wrong))


def useful_group(alpha: ArrayLike, beta: ArrayLike, group_size: int) -> NDArray[np.float64]:
    """Return the chance that a group of rollouts holds both outcomes: 1 - p^k - (1 - p)^k, over p from Beta(``alpha``, ``beta``).

    Only such a group has an advantage that is not zero, and so a gradient (DAPO, arXiv 2503.14476).

    Examples
    --------
    >>> useful_group([1.0, 50.0], [1.0, 50.0], 8).round(3).tolist()
    [0.778, 0.99]
    """
    return 1.0 - chance_of_no_success(alpha, beta, group_size) - chance_of_no_success(beta, alpha, group_size)


def masses(alpha: ArrayLike, beta: ArrayLike, band: Band, group_size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of each Beta(``alpha``, ``beta``) below ``band`` and that above it; the rest lies inside.

    A Beta distribution has no mass on 0 or 1 themselves, so a band that excludes them excludes what looks so in training: that
    none, or all, of a group of rollouts succeed.
    """
    right, wrong = np.asarray(alpha, dtype=np.float64), np.asarray(beta, dtype=np.float64)
    below, above = betainc(right, wrong, band.low), betaincc(right, wrong, band.high)
    if band.low == 0 and not band.includes_low:
        below = chance_of_no_success(right, wrong, group_size)
    if band.high == 1 and not band.includes_high:
        above = chance_of_no_success(wrong, right, group_size)
    return below, above


def band_mass(alpha: ArrayLike, beta: ArrayLike, band: Band, group_size: int) -> NDArray[np.float64]:
    """Return the share of each Beta(``alpha``, ``beta``) inside ``band``; see :func:`masses`."""
    below, above = masses(alpha, beta, band, group_size)
    return np.clip(1.0 - below - above, 0.0, 1.0)
