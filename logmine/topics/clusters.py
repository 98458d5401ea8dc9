"""Clusters of unit vectors, and how many there are.

Spherical k-means: k-means over unit vectors, whose squared distance is twice one minus their cosine similarity (Dhillon and
Modha 2001, https://doi.org/10.1023/A:1007612920971). The number of clusters is the one with the best mean silhouette
(Rousseeuw 1987, https://doi.org/10.1016/0377-0427(87)90125-7) over cosine distances.

On one thread throughout: sums over several add up in another order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_VECTORS: Final = 6  # fewer are one cluster
MAX_FITTED: Final = 20_000  # vectors that decide where the centers lie; the others join the nearest
MAX_COMPARED: Final = 2_000  # vectors over which silhouettes are computed
GROWTH: Final = 1.2  # from one number of clusters that is tried to the next
MIN_PER_CLUSTER: Final = 3
ASSIGNED_AT_ONCE: Final = 8_192
SEED: Final = 0
N_INIT: Any = 3  # its annotation in scikit-learn knows 'auto' only


def cluster(vectors: NDArray[np.float32], *, max_clusters: int) -> NDArray[np.int64]:
    """Return the cluster of each vector, int64 of shape (n,), numbered from 0.

    Parameters
    ----------
    vectors
        Unit rows of shape (n, d). The first are taken as a sample of all: their order must be a random one, such as that of
        digests.
    max_clusters
        Most clusters that are tried.
    """
    with threadpool_limits(limits=1):
        sample = vectors[:MAX_FITTED]
        center = sample.mean(axis=0, dtype=np.float64).astype(np.float32)
        fitted = _units(sample - center)
        k = best_k(fitted[:MAX_COMPARED], max_clusters=min(max_clusters, len(fitted) // MIN_PER_CLUSTER))
        if k == 1:
            return np.zeros(len(vectors), dtype=np.int64)
        centers = _units(_fit(fitted, k).cluster_centers_)
        parts = (vectors[first : first + ASSIGNED_AT_ONCE] for first in range(0, len(vectors), ASSIGNED_AT_ONCE))
        return np.concatenate([(_units(part - center) @ centers.T).argmax(axis=1) for part in parts]).astype(np.int64)


def best_k(vectors: NDArray[np.float32], *, max_clusters: int) -> int:
    """Return the number of clusters with the best silhouette, the smallest of equals; 1 for too few or equal vectors."""
    if len(vectors) < MIN_VECTORS or not vectors.any():
        return 1
    distances = np.clip(1 - vectors @ vectors.T, 0, 2)
    np.fill_diagonal(distances, 0)
    scores = {k: _silhouette(vectors, distances, k) for k in tried(max_clusters)}
    return max(scores, key=lambda k: (scores[k], -k), default=1)


def tried(max_clusters: int) -> list[int]:
    """Return the numbers of clusters to try: each one at first, then ever further apart, ``max_clusters`` last.

    Examples
    --------
    >>> tried(20)
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 19, 20]
    """
    grid: list[int] = []
    k = 2
    while k < max_clusters:
        grid.append(k)
        k = max(k + 1, int(k * GROWTH))
    return [*grid, max_clusters] if max_clusters > 1 else []


def _silhouette(vectors: NDArray[np.float32], distances: NDArray[np.float32], k: int) -> float:
    labels: NDArray[np.int32] = np.asarray(_fit(vectors, k).labels_)
    n_found = len(np.unique(labels))
    if not 1 < n_found < len(vectors):
        return -1.0
    return round(float(silhouette_score(distances, labels, metric="precomputed")), 6)


def _fit(vectors: NDArray[np.float32], k: int) -> KMeans:
    return KMeans(n_clusters=k, n_init=N_INIT, random_state=SEED).fit(vectors)


def _units(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows of length 1; a row that is all but zero becomes zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths > 1e-6, vectors / np.maximum(lengths, 1e-6), 0).astype(np.float32)
