"""Pairs of texts that probably share most of their shingles, without comparing all pairs.

One-permutation MinHash (Li, Owen and Zhang 2012, https://arxiv.org/abs/1208.1259), empty bins filled by rotation
(Shrivastava and Li 2014, https://arxiv.org/abs/1406.4784), cut into bands for locality-sensitive hashing. A shingle is five
successive characters, in every script; a shorter text is one shingle.

With 32 bands of 4 values, two texts of Jaccard similarity 0.7 share a band with probability 0.9998, of 0.5 with 0.87.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

SHINGLE_CHARS: Final = 5
BINS: Final = 128
ROWS_PER_BAND: Final = 4
BATCH: Final = 2048  # texts whose shingles are held at once

# In a bucket of up to one more text than this all pairs are compared. In a larger one each text is compared with the bucket's
# first and with this many neighbors in the order of the next band: linear in the bucket, and pairs that are truly alike share
# many bands and are next to each other in some.
NEIGHBORS: Final = 6

# A pair whose signatures put it this many standard deviations below the threshold is not looked at again. A signature of
# n shingles is a poll of min(n, BINS) of them.
DEVIATIONS: Final = 3.5

_EMPTY: Final = np.uint32(0xFFFFFFFF)


def mix32(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Scramble 32-bit values: the finalizer of MurmurHash3 (Appleby, public domain)."""
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))


def mix64(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64-bit values: the finalizer of SplitMix64 (Steele, Lea and Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of ``text``."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def signatures(texts: Sequence[str]) -> NDArray[np.uint32]:
    """Return a MinHash signature a text, uint32 of shape (n, BINS).

    The share of equal values in two rows estimates the Jaccard similarity of the texts' sets of shingles.
    """
    out = np.empty((len(texts), BINS), dtype=np.uint32)
    for first in range(0, len(texts), BATCH):
        batch = texts[first : first + BATCH]
        hashes, n_shingles = _shingle_hashes(batch)
        out[first : first + BATCH] = _densified(_bin_minima(hashes, n_shingles))
    return out


def _shingle_hashes(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the hashes of all shingles, text after text, and how many each text has."""
    padded = [text.ljust(SHINGLE_CHARS, "\0") for text in texts]
    codes = code_points("".join(padded))
    n_windows = len(codes) - SHINGLE_CHARS + 1
    hashes = np.zeros(n_windows, dtype=np.uint32)
    for offset in range(SHINGLE_CHARS):
        hashes = mix32(hashes * np.uint32(0x01000193) ^ codes[offset : offset + n_windows] * np.uint32(0x9E3779B1))
    n_chars = np.fromiter(map(len, padded), dtype=np.int64, count=len(padded))
    n_shingles = n_chars - SHINGLE_CHARS + 1
    # Windows that begin in one text and end in the next are no shingles.
    inside = np.arange(int(n_shingles.sum())) + np.repeat(np.arange(len(texts)) * (SHINGLE_CHARS - 1), n_shingles)
    return hashes[inside], n_shingles


def _bin_minima(hashes: NDArray[np.uint32], n_shingles: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Throw each hash into the bin that its top bits name, and keep each bin's smallest."""
    minima = np.full(len(n_shingles) * BINS, _EMPTY, dtype=np.uint32)
    bins = (hashes >> np.uint32(32 - (BINS.bit_length() - 1))).astype(np.int64)
    np.minimum.at(minima, np.repeat(np.arange(len(n_shingles)) * BINS, n_shingles) + bins, hashes)
    return minima.reshape(-1, BINS)


def _densified(minima: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Fill empty bins from the right, marking how far the value was carried."""
    empty = minima == _EMPTY
    step = 1
    while empty.any() and step < BINS:
        lent = np.roll(minima, -step, axis=1) * np.uint32(0x9E3779B1) + np.uint32(step)
        fill = empty & ~np.roll(empty, -step, axis=1)
        minima = np.where(fill, lent, minima)
        empty &= ~fill
        step *= 2
    return minima


def candidate_pairs(
    rows: NDArray[np.uint32], groups: NDArray[np.int64], *, n_shingles: NDArray[np.int64], threshold: float
) -> NDArray[np.int64]:
    """Return pairs of rows that may be at least ``threshold`` alike, int64 of shape (n, 2), sorted, first < second.

    Parameters
    ----------
    rows
        Signatures.
    groups
        Only rows of one group are paired: the group is part of every band's key.
    n_shingles
        Of each text.
    threshold
        Jaccard similarity.
    """
    margins = DEVIATIONS * np.sqrt(threshold * (1 - threshold) / np.minimum(n_shingles, BINS))
    keys = _band_keys(rows, groups)
    found = [np.empty(0, dtype=np.int64)]
    for band in range(len(keys)):
        for pairs in _bucket_pairs(keys[band], keys[(band + 1) % len(keys)]):
            low, high = np.sort(pairs, axis=1).T
            floors = threshold - np.maximum(margins[low], margins[high])
            keep = (groups[low] == groups[high]) & (_estimates(rows, low, high) >= floors)
            found.append(low[keep] * len(rows) + high[keep])
    low, high = np.divmod(np.unique(np.concatenate(found)), max(len(rows), 1))
    return np.stack([low, high], axis=1)


def _band_keys(rows: NDArray[np.uint32], groups: NDArray[np.int64]) -> NDArray[np.uint64]:
    salt = mix64(groups.astype(np.uint64) + np.uint64(1))
    keys = np.empty((BINS // ROWS_PER_BAND, len(rows)), dtype=np.uint64)
    for band in range(keys.shape[0]):
        key = salt + np.uint64(band)
        for column in range(band * ROWS_PER_BAND, (band + 1) * ROWS_PER_BAND):
            key = mix64(key ^ rows[:, column].astype(np.uint64))
        keys[band] = key
    return keys


def _bucket_pairs(keys: NDArray[np.uint64], order_within: NDArray[np.uint64]) -> Iterator[NDArray[np.int64]]:
    """Yield pairs of rows with equal keys: each with its next neighbors, then each with the first of its bucket."""
    order = np.lexsort((np.arange(len(keys)), order_within, keys))
    ordered = keys[order]
    for distance in range(1, min(NEIGHBORS, len(keys) - 1) + 1):
        same = np.flatnonzero(ordered[:-distance] == ordered[distance:])
        if not len(same):
            return
        yield np.stack([order[same], order[same + distance]], axis=1)
    first = np.searchsorted(ordered, ordered)
    far = np.flatnonzero(np.arange(len(keys)) - first > NEIGHBORS)
    yield np.stack([order[first[far]], order[far]], axis=1)


def _estimates(rows: NDArray[np.uint32], low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share of equal values in each pair of signatures."""
    shares = np.empty(len(low), dtype=np.float64)
    for first in range(0, len(low), BATCH * 16):
        part = slice(first, first + BATCH * 16)
        shares[part] = (rows[low[part]] == rows[high[part]]).mean(axis=1)
    return shares
