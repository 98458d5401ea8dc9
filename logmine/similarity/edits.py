"""Pairs of short texts that are one slip of the keyboard apart.

One changed letter touches five shingles: much of a text of a few words, so that its Jaccard similarity says nothing. Up to
:data:`MAX_CHARS` such pairs are found exactly instead, by hashing each text with the place of the slip cut out, in the
manner of deletion neighborhoods (Bocek, Hunt and Stiller 2007; SymSpell). A slip is one character too many, too few or wrong,
or two neighbors swapped (Damerau 1964, https://doi.org/10.1145/363958.363994).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from logmine.similarity.minhash import code_points, mix64

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MIN_CHARS: Final = 4  # in fewer, a changed character is another word
MAX_CHARS: Final = 64  # beyond, one slip leaves a Jaccard similarity above 0.8

_BASE: Final = np.uint64(0x9E3779B97F4A7C15)
_SWAP: Final = np.uint64(1) << np.uint64(63)


def slip_pairs(texts: list[str], groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the pairs of short texts of one group that are one slip apart, int64 of shape (n, 2), first < second.

    Texts that differ in one character at one place are all paired with the first of them only, which joins them just the same.
    """
    n_chars = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    found = [pairs for length in range(MIN_CHARS, MAX_CHARS + 1) for pairs in _pairs_of_length(texts, groups, n_chars, length)]
    pairs = np.unique(np.sort(np.concatenate([np.empty((0, 2), dtype=np.int64), *found]), axis=1), axis=0)
    real = [groups[a] == groups[b] and one_slip_apart(texts[a], texts[b]) for a, b in pairs.tolist()]
    return pairs[np.array(real, dtype=bool)]


def one_slip_apart(one: str, other: str) -> bool:
    """Tell whether one insertion, deletion, substitution or swap of neighbors turns ``one`` into ``other``.

    A changed digit is another number, not a slip.

    Examples
    --------
    >>> one_slip_apart("reset my password", "reset my pasword"), one_slip_apart("form", "from")
    (True, True)
    >>> one_slip_apart("ab", "ba "), one_slip_apart("room 12", "room 13")
    (False, False)
    """
    return one != other and abs(len(one) - len(other)) <= 1 and _one_edit(*sorted((one, other), key=len)) and _digits(one) == _digits(other)


def _one_edit(shorter: str, longer: str) -> bool:
    start = next((place for place, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    if len(shorter) < len(longer):
        return shorter[start:] == longer[start + 1 :]
    if shorter[start + 1 :] == longer[start + 1 :]:
        return True
    return shorter[start : start + 2] == longer[start : start + 2][::-1] and shorter[start + 2 :] == longer[start + 2 :]


def _digits(text: str) -> list[str]:
    return [character for character in text if character.isdigit()]


def _pairs_of_length(texts: list[str], groups: NDArray[np.int64], n_chars: NDArray[np.int64], length: int) -> Iterator[NDArray[np.int64]]:
    """Yield candidates among texts of ``length`` characters, and between them and those of one less."""
    rows = np.flatnonzero(n_chars == length)
    if not len(rows):
        return
    codes = _codes(texts, rows)
    salts = mix64(groups[rows].astype(np.uint64) + np.uint64(1))[:, None]
    cut = _cut_hashes(codes, 1) + salts
    places = np.arange(length, dtype=np.uint64)
    yield _joined(mix64(cut ^ places), rows)
    yield _joined(mix64(_swap_hashes(codes) + salts), rows)
    shorter = np.flatnonzero(n_chars == length - 1)
    if len(shorter) and length > MIN_CHARS:
        whole = _prefix_hashes(_codes(texts, shorter))[:, -1] + mix64(groups[shorter].astype(np.uint64) + np.uint64(1))
        yield _matched(whole, shorter, cut, rows)


def _codes(texts: list[str], rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return scrambled code points of texts of one length, uint64 of shape (n, length)."""
    codes = code_points("".join(texts[row] for row in rows.tolist())).astype(np.uint64)
    return mix64(codes + np.uint64(1)).reshape(len(rows), -1)


def _prefix_hashes(codes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return polynomial hashes of the first 0, 1, …, length characters of each row."""
    hashes = np.zeros((codes.shape[0], codes.shape[1] + 1), dtype=np.uint64)
    for place in range(codes.shape[1]):
        hashes[:, place + 1] = hashes[:, place] * _BASE + codes[:, place]
    return hashes


def _cut_hashes(codes: NDArray[np.uint64], n_cut: int) -> NDArray[np.uint64]:
    """Return, for each place, the hash of the row without the ``n_cut`` characters from there on."""
    length = codes.shape[1]
    prefix = _prefix_hashes(codes)
    powers = _powers(length)
    places = np.arange(length - n_cut + 1)
    tails = prefix[:, -1:] - prefix[:, places + n_cut] * powers[length - n_cut - places]
    return prefix[:, places] * powers[length - n_cut - places] + tails


def _swap_hashes(codes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return, for each pair of neighbors, a hash that does not change when they are swapped."""
    low, high = np.minimum(codes[:, :-1], codes[:, 1:]), np.maximum(codes[:, :-1], codes[:, 1:])
    places = np.arange(codes.shape[1] - 1, dtype=np.uint64)
    return _cut_hashes(codes, 2) + mix64(low * _BASE + high) + mix64(places ^ _SWAP)


def _powers(n: int) -> NDArray[np.uint64]:
    powers = np.ones(n + 1, dtype=np.uint64)
    powers[1:] = _BASE
    return np.multiply.accumulate(powers)


def _joined(keys: NDArray[np.uint64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pair each row with the first row that shares one of its keys."""
    flat, owners = keys.ravel(), np.repeat(rows, keys.shape[1])
    order = np.lexsort((owners, flat))
    flat, owners = flat[order], owners[order]
    first = np.searchsorted(flat, flat)
    other = owners[first] != owners
    return np.stack([owners[first][other], owners[other]], axis=1)


def _matched(
    whole: NDArray[np.uint64], shorter: NDArray[np.int64], cut: NDArray[np.uint64], longer: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Pair each longer row with every shorter one that it becomes when one character is cut."""
    order = np.argsort(whole, kind="stable")
    ordered = whole[order]
    flat, owners = cut.ravel(), np.repeat(longer, cut.shape[1])
    place = np.minimum(np.searchsorted(ordered, flat), len(ordered) - 1)
    hit = ordered[place] == flat
    return np.stack([shorter[order[place[hit]]], owners[hit]], axis=1)
