"""Whether two texts that share most of their characters say something else.

Among texts that are alike, a replaced word is what changes the answer: *greater* for *smaller*, *even* for *odd*, one name for
another. No threshold on characters sees that, so a pair with a replaced word is never a near duplicate. Misspelled words, words
that only one side has and moved words are no replacement.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array

from logmine.similarity.edits import one_slip_apart

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from numpy.typing import NDArray

# Scripts without spaces are read as runs of kanji, of katakana and of hiragana.
_WORD: Final = re.compile(r"[\u3400-\u9fff々]+|[\u30a1-\u30fa\u30fc]+|[\u3041-\u3096]+|[^\W_\u3041-\u30ff\u3400-\u9fff々]+")

MAX_SLIPS: Final = 4  # more misspelled words are other words
_COUNTED_AT_ONCE: Final = 65_536  # pairs


def share_their_words(texts: list[str], pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell for each pair whether all but a few of the words of one text are in the other.

    A few are twice :data:`MAX_SLIPS`: a slip in a space touches two words.

    A pair for which this is false replaces a word. Counting words in bulk takes a fiftieth of the time of reading them pair by pair, and
    among thousands of prompts that share most of their text it tells most pairs apart.

    Parameters
    ----------
    texts
        All texts.
    pairs
        Positions in ``texts``, int64 of shape (n, 2).
    """
    used, places = np.unique(pairs, return_inverse=True)
    matrix = _word_matrix([texts[place] for place in used.tolist()])
    n_words = np.diff(matrix.indptr)
    left, right = places.reshape(-1, 2).T
    n_shared = np.zeros(len(pairs), dtype=np.int64)
    for first in range(0, len(pairs), _COUNTED_AT_ONCE):
        part = slice(first, first + _COUNTED_AT_ONCE)
        n_shared[part] = np.asarray(matrix[left[part]].multiply(matrix[right[part]]).sum(axis=1))
    return np.minimum(n_words[left], n_words[right]) - n_shared <= 2 * MAX_SLIPS


def _word_matrix(texts: Iterable[str]) -> csr_array:
    """Return which words each text has: one row a text, one column a word, 1 where it has it."""
    vocabulary: dict[str, int] = {}
    columns: list[int] = []
    ends = [0]
    for text in texts:
        columns.extend(vocabulary.setdefault(word, len(vocabulary)) for word in dict.fromkeys(_WORD.findall(text)))
        ends.append(len(columns))
    shape = (len(ends) - 1, max(len(vocabulary), 1))
    return csr_array((np.ones(len(columns), dtype=np.int64), np.array(columns, dtype=np.int64), np.array(ends)), shape=shape)


def replaces_a_word(one: str, other: str) -> bool:
    """Tell whether a word of ``one`` stands for another word in ``other``.

    Examples
    --------
    >>> replaces_a_word("which number is greater", "which number is smaller")
    True
    >>> replaces_a_word("please reset my password", "reset my pasword"), replaces_a_word("a check list", "a checklist")
    (False, False)
    """
    if one_slip_apart(one, other):
        return False
    of_one, of_other = dict.fromkeys(_WORD.findall(one)), dict.fromkeys(_WORD.findall(other))
    fewer, more = sorted((_without(of_one, of_other), _without(of_other, of_one)), key=len)
    joined, others_joined = "".join(fewer), "".join(more)
    if joined == others_joined or one_slip_apart(joined, others_joined):
        return False
    return len(fewer) > MAX_SLIPS or not _misspelled(fewer, more)


def _without(words: Iterable[str], others: Container[str]) -> list[str]:
    return [word for word in words if word not in others]


def _misspelled(fewer: Iterable[str], more: Iterable[str]) -> bool:
    """Tell whether each of ``fewer`` is a misspelling of another one of ``more``; the rest of ``more`` was added."""
    rest = list(more)
    for word in fewer:
        meant = next((other for other in rest if one_slip_apart(word, other)), None)
        if meant is None:
            return False
        rest.remove(meant)
    return True
