"""Whether two texts that share most of their characters say the same.

Among texts that are alike, a word that was replaced, added or left out is what changes the answer: *greater* for *smaller*, one name for
another, the *largest* cities. No threshold on characters sees that. So a near duplicate has the same words in the same order, but for
misspelled ones, spaces that were forgotten or added, and articles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array

from logmine.similarity.edits import one_slip_apart
from logmine.similarity.minhash import code_points

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

MAX_SLIPS: Final = 4  # more misspelled words are other words
_LETTERS: Final = 64  # into which all letters are thrown when they are counted
_ARTICLE_CHARS: Final = 3  # of the longest
ARTICLES: Final = frozenset({"a", "an", "the", "i"})  # and a pronoun of one letter; the last word of a text is none, as in vitamin A
_COUNTED_AT_ONCE: Final = 65_536  # pairs

# How many words of either side are taken together, where spaces were forgotten, added or moved; and with a slip besides.
_SPACED: Final = ((2, 1), (1, 2), (2, 2), (3, 1), (1, 3))
_SLIPPED: Final = ((1, 1), (2, 1), (1, 2))


class Letters:
    """How often each letter stands in texts: what decides at once about nearly all pairs of prompts of one template.

    Parameters
    ----------
    words
        Of all texts.
    """

    def __init__(self, words: list[list[str]]) -> None:
        self._counts = np.zeros((len(words), _LETTERS), dtype=np.int32)
        self._n_articles = np.array([sum(word in ARTICLES for word in found) for found in words], dtype=np.int32)
        for place, found in enumerate(words):
            self._counts[place] = np.bincount(code_points("".join(found)) % _LETTERS, minlength=_LETTERS)

    def are_shared(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell for each pair of places whether the texts have the same letters but for :data:`MAX_SLIPS` slips and for articles.

        A slip changes the counts of two letters at most, and a forgotten space none. A pair for which this is false says something else.
        """
        shared = np.empty(len(left), dtype=bool)
        for first in range(0, len(left), _COUNTED_AT_ONCE):
            part = slice(first, first + _COUNTED_AT_ONCE)
            n_changed = np.abs(self._counts[left[part]] - self._counts[right[part]]).sum(axis=1)
            n_articles = np.abs(self._n_articles[left[part]] - self._n_articles[right[part]])
            shared[part] = n_changed <= 2 * MAX_SLIPS + _ARTICLE_CHARS * n_articles
        return shared


def share_their_words(words: list[list[str]], pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell for each pair whether all but a few of the words of one text are in the other.

    A few are twice :data:`MAX_SLIPS`: a slip in a space touches two words.

    A pair for which this is false says something else. Counting words in bulk takes a fiftieth of the time of reading them pair by pair, and
    among thousands of prompts that share most of their text it tells most pairs apart.

    Parameters
    ----------
    words
        Of all texts.
    pairs
        Positions in ``words``, int64 of shape (n, 2).
    """
    used, places = np.unique(pairs, return_inverse=True)
    matrix = _word_matrix([words[place] for place in used.tolist()])
    n_words = np.diff(matrix.indptr)
    left, right = places.reshape(-1, 2).T
    n_shared = np.zeros(len(pairs), dtype=np.int64)
    for first in range(0, len(pairs), _COUNTED_AT_ONCE):
        part = slice(first, first + _COUNTED_AT_ONCE)
        n_shared[part] = np.asarray(matrix[left[part]].multiply(matrix[right[part]]).sum(axis=1))
    return np.minimum(n_words[left], n_words[right]) - n_shared <= 2 * MAX_SLIPS


def _word_matrix(texts: Iterable[Sequence[str]]) -> csr_array:
    """Return which words each text has: one row a text, one column a word, 1 where it has it."""
    vocabulary: dict[str, int] = {}
    columns: list[int] = []
    ends = [0]
    for words in texts:
        columns.extend(vocabulary.setdefault(word, len(vocabulary)) for word in dict.fromkeys(words))
        ends.append(len(columns))
    shape = (len(ends) - 1, max(len(vocabulary), 1))
    return csr_array((np.ones(len(columns), dtype=np.int64), np.array(columns, dtype=np.int64), np.array(ends)), shape=shape)


def say_the_same(one: Sequence[str], other: Sequence[str], *, is_misspelling: Callable[[str, str], bool]) -> bool:
    """Tell whether two texts have the same words in the same order, but for slips, spaces and articles.

    Parameters
    ----------
    one, other
        Their words.
    is_misspelling
        Whether two words that are one slip apart are one word.

    Examples
    --------
    >>> from logmine.similarity.words import words_of
    >>> def same(one, other):
    ...     return say_the_same(words_of(one), words_of(other), is_misspelling=lambda a, b: True)
    >>> same("which number is greater", "which number is smaller"), same("a check list", "checklist")
    (False, True)
    >>> same("please reset my password", "please reset my pasword"), same("paris or rome", "rome or paris")
    (True, False)
    """
    here = there = n_slips = 0
    while here < len(one) or there < len(other):
        if here < len(one) and there < len(other) and one[here] == other[there]:
            here, there = here + 1, there + 1
            continue
        step = _step(one, other, here, there, is_misspelling)
        if step is None:
            return False
        here, there, n_slips = here + step[0], there + step[1], n_slips + step[2]
    return n_slips <= MAX_SLIPS


def _step(
    one: Sequence[str], other: Sequence[str], here: int, there: int, is_misspelling: Callable[[str, str], bool]
) -> tuple[int, int, int] | None:
    """Return how many words of each text say the same next, and whether by a slip; None if they do not."""
    for n, m in _SPACED:
        if _joined(one, here, n) == _joined(other, there, m) != "":
            return n, m, 0
    for n, m in _SLIPPED:
        left, right = _joined(one, here, n), _joined(other, there, m)
        if left and right and one_slip_apart(left, right):
            spaced = " ".join(one[here : here + n]), " ".join(other[there : there + m])
            if is_misspelling(*spaced):
                return n, m, 1
    if here < len(one) - 1 and one[here] in ARTICLES:
        return 1, 0, 0
    if there < len(other) - 1 and other[there] in ARTICLES:
        return 0, 1, 0
    return None


def _joined(words: Sequence[str], first: int, n: int) -> str:
    """Return ``n`` words without spaces, nothing if there are fewer."""
    return "".join(words[first : first + n]) if first + n <= len(words) else ""
