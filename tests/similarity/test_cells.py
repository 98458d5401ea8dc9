import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.similarity.cells import EXACT_ROWS, alike_pairs, centered


def clouds(n_clouds, n_each, *, noise, seed=0, d=32):
    """Unit rows: clouds of ``n_each`` vectors around random centers."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(rng.normal(size=(n_clouds, d)), n_each, axis=0) + noise * rng.normal(size=(n_clouds * n_each, d))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def all_pairs(vectors, groups, threshold):
    """The slow twin."""
    one, other = np.nonzero(np.triu(vectors @ vectors.T >= threshold, 1) & (groups[:, None] == groups[None, :]))
    return set(zip(one.tolist(), other.tolist(), strict=True))


@given(st.integers(0, 10_000), st.integers(1, 4), st.sampled_from([0.0, 0.5, 0.9]))
def test_small_groups_are_compared_whole(seed, n_groups, threshold):
    vectors = clouds(8, 5, noise=0.4, seed=seed)
    groups = np.random.default_rng(seed).integers(0, n_groups, len(vectors))
    pairs, scores = alike_pairs(vectors, groups, threshold=threshold)
    assert set(map(tuple, pairs.tolist())) == all_pairs(vectors, groups, threshold)
    assert (scores >= threshold).all()


def test_cells_miss_hardly_a_pair_of_a_large_group():
    vectors = clouds(EXACT_ROWS, 2, noise=0.2)
    real = all_pairs(vectors, np.zeros(len(vectors)), 0.9)
    pairs, scores = alike_pairs(vectors, np.zeros(len(vectors), dtype=np.int64), threshold=0.9)
    found = set(map(tuple, pairs.tolist()))
    assert found <= real
    assert len(found) >= 0.995 * len(real)
    assert pairs.tolist() == sorted(pairs.tolist())
    assert scores == pytest.approx((vectors[pairs[:, 0]] * vectors[pairs[:, 1]]).sum(axis=1), abs=1e-5)


def test_keep_decides_about_pairs():
    vectors = clouds(1, 6, noise=0.0)
    pairs, _ = alike_pairs(vectors, np.zeros(6, dtype=np.int64), threshold=0.9, keep=lambda one, other, _: (one + other) % 2 == 1)
    assert {(a + b) % 2 for a, b in pairs.tolist()} == {1}


def test_no_rows_give_no_pairs():
    pairs, scores = alike_pairs(np.empty((0, 1), dtype=np.float32), np.empty(0, dtype=np.int64), threshold=0.9)
    assert (pairs.shape, scores.shape) == ((0, 2), (0,))


def test_what_all_share_is_taken_out_and_the_mean_is_zero():
    around = centered(np.array([[1, 1, 0], [1, -1, 0], [1, 0, 0]], dtype=np.float32))
    assert around.tolist() == [[0, 1, 0], [0, -1, 0], [0, 0, 0]]
    assert centered(np.array([[0, 2]], dtype=np.float32)).tolist() == [[0, 1]]
