"""Pairs of vectors that are alike, without comparing all pairs.

An inverted file (Sivic and Zisserman 2003; SemDeDup, Abbas et al. 2023, https://arxiv.org/abs/2303.09540, compares within one cell alone):
spherical k-means cuts the vectors into about as many cells as a cell has members, each vector is listed in its :data:`PROBES` nearest
cells, and vectors that share a cell are compared. On one thread throughout: sums over several add up in another order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Pairs = tuple[NDArray[np.int64], NDArray[np.float32]]
    Keep = Callable[[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]], NDArray[np.bool_]]

PROBES: Final = 4
EXACT_ROWS: Final = 2_048  # up to so many all pairs are compared
ROUNDS: Final = 6  # of k-means
FITTED_PER_CELL: Final = 48  # vectors that decide where the centers lie
ROWS_AT_ONCE: Final = 2_048


def alike_pairs(vectors: NDArray[np.float32], groups: NDArray[np.int64], *, threshold: float, keep: Keep | None = None) -> Pairs:
    """Return pairs of one group with a cosine similarity of at least ``threshold``.

    Parameters
    ----------
    vectors
        Unit rows of shape (n, d), in an order that does not depend on that of the input.
    groups
        Only rows of one group are compared; int64 of shape (n,).
    threshold
        Cosine similarity.
    keep
        Tells for rows, other rows and their similarities which pairs count; all when None.

    Returns
    -------
    tuple
        Rows, int64 of shape (m, 2), first < second, sorted; and their similarities, float32 of shape (m,). All pairs of groups of up to
        :data:`EXACT_ROWS`; of larger ones those that share a cell.
    """
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    keys, scores = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.float32)]
    with threadpool_limits(limits=1):
        for members in np.split(order, starts[1:]) if len(order) else []:
            for rows in _compared(vectors, members):
                low, high, score = _pairs_within(vectors, np.sort(rows), threshold)
                kept = keep(low, high, score) if keep else np.ones(len(low), dtype=bool)
                keys.append(low[kept] * len(vectors) + high[kept])
                scores.append(score[kept])
    flat, first = np.unique(np.concatenate(keys), return_index=True)
    return np.stack(np.divmod(flat, max(len(vectors), 1)), axis=1), np.concatenate(scores)[first]


def centered(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return unit rows around the mean of all: what all texts have in common tells none from another. A row at the mean becomes zero."""
    moved = vectors - vectors.mean(axis=0, dtype=np.float64).astype(np.float32) if len(vectors) > 1 else vectors
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.where(lengths > 1e-6, moved / np.maximum(lengths, 1e-6), 0).astype(np.float32)


def _compared(vectors: NDArray[np.float32], members: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield the rows that are compared with one another: all, or those of each cell."""
    if len(members) <= EXACT_ROWS:
        yield members
        return
    centers = _centers(vectors, members)
    cells = np.concatenate(
        [_nearest(vectors[members[first : first + ROWS_AT_ONCE]], centers) for first in range(0, len(members), ROWS_AT_ONCE)]
    )
    owners = np.repeat(members, cells.shape[1])
    order = np.argsort(cells.ravel(), kind="stable")
    bounds = np.cumsum(np.bincount(cells.ravel(), minlength=len(centers)))[:-1]
    yield from np.split(owners[order], bounds)


def _centers(vectors: NDArray[np.float32], members: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the centers of cells, found on evenly spaced members."""
    n_cells = int(np.sqrt(len(members)))
    sample = vectors[members[np.linspace(0, len(members) - 1, min(len(members), n_cells * FITTED_PER_CELL)).astype(np.int64)]]
    centers = sample[np.linspace(0, len(sample) - 1, n_cells).astype(np.int64)]
    for _ in range(ROUNDS):
        nearest = np.argmax(sample @ centers.T, axis=1)
        order = np.argsort(nearest, kind="stable")
        found, starts = np.unique(nearest[order], return_index=True)
        sums = np.add.reduceat(sample[order], starts, axis=0)
        centers[found] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
    return centers


def _nearest(rows: NDArray[np.float32], centers: NDArray[np.float32]) -> NDArray[np.int64]:
    n_cells = min(PROBES, len(centers))
    return np.argpartition(-(rows @ centers.T), n_cells - 1, axis=1)[:, :n_cells]


def _pairs_within(
    vectors: NDArray[np.float32], rows: NDArray[np.int64], threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Return all pairs of ``rows`` (ascending) that are alike, the lower row first."""
    low, high, scores = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.float32)]
    block = vectors[rows]
    for first in range(0, len(rows), ROWS_AT_ONCE):
        found = block[first : first + ROWS_AT_ONCE] @ block[first:].T
        one, other = np.nonzero(found >= threshold)
        above = one < other
        one, other = one[above], other[above]
        low.append(rows[first + one])
        high.append(rows[first + other])
        scores.append(found[one, other])
    return np.concatenate(low), np.concatenate(high), np.concatenate(scores)
