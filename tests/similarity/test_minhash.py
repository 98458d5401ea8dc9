import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.similarity.duplicates import _n_shingles, jaccard
from logmine.similarity.edits import MAX_CHARS, MIN_CHARS, one_slip_apart, slip_pairs
from logmine.similarity.minhash import NEIGHBORS, candidate_pairs, signatures

TEXT = "Please tell me how many days it takes to ship a parcel from the warehouse in Hamburg to a customer in Lisbon by road."


def one_group(texts):
    return np.zeros(len(texts), dtype=np.int64)


@pytest.mark.parametrize("cut", [5, 20, 45])
def test_signatures_estimate_the_jaccard_similarity(cut):
    one, other = TEXT * 3, (TEXT * 3)[: -3 * cut] + "".join(random.Random(cut).choices("abcdefgh ", k=3 * cut))
    rows = signatures([one, other])
    assert (rows[0] == rows[1]).mean() == pytest.approx(jaccard()(one, other), abs=0.15)


def test_a_signature_does_not_depend_on_the_texts_beside_it():
    texts = ["", "a", "four", "five5", "日本", TEXT, TEXT[:40]]
    together = signatures(texts)
    assert np.array_equal(together, np.vstack([signatures([text]) for text in texts]))
    assert len(np.unique(together, axis=0)) == len(texts)


def test_large_buckets_are_not_cut_off():
    texts = [TEXT] * (20 * NEIGHBORS)
    pairs = candidate_pairs(signatures(texts), one_group(texts), n_shingles=_n_shingles(texts), threshold=0.7)
    assert set(pairs.ravel().tolist()) == set(range(len(texts)))
    assert (pairs[:, 0] < pairs[:, 1]).all()


def test_groups_are_kept_apart():
    assert len(candidate_pairs(signatures([TEXT] * 4), np.array([0, 1, 2, 3]), n_shingles=_n_shingles([TEXT] * 4), threshold=0.7)) == 0


@given(st.lists(st.text(alphabet="abc", min_size=MIN_CHARS - 1, max_size=MIN_CHARS + 3), max_size=12, unique=True))
def test_all_slips_are_found_or_joined(texts):
    found = {(a, b) for a, b in slip_pairs(texts, one_group(texts)).tolist()}
    real = {
        (a, b)
        for a, b in itertools.combinations(range(len(texts)), 2)
        if one_slip_apart(texts[a], texts[b]) and min(len(texts[a]), len(texts[b])) >= MIN_CHARS
    }
    assert found <= real
    assert linked(found, len(texts)) == linked(real, len(texts))


def linked(pairs, n):
    """Number of the component that each of n texts is in: the smallest of its members."""
    labels = list(range(n))
    for a, b in pairs:
        old, new = max(labels[a], labels[b]), min(labels[a], labels[b])
        labels = [new if label == old else label for label in labels]
    return labels


def test_only_short_texts_are_looked_at_for_slips():
    texts = [
        "x" * MAX_CHARS,
        "x" * (MAX_CHARS - 1),
        "y" * (MAX_CHARS + 1),
        "y" * MAX_CHARS,
        "a" * (MIN_CHARS - 1),
        "a" * (MIN_CHARS - 2) + "b",
    ]
    assert slip_pairs(texts, one_group(texts)).tolist() == [[0, 1]]
