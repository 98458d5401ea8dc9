"""Whether two texts that share most of their characters say something else.

Among texts that are alike, a replaced word is what changes the answer: *greater* for *smaller*, *even* for *odd*, one name for
another. No threshold on characters sees that, so a pair with a replaced word is never a near duplicate. Misspelled words, words
that only one side has and moved words are no replacement.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from logmine.similarity.edits import one_slip_apart

if TYPE_CHECKING:
    from collections.abc import Iterable

# Scripts without spaces are read as runs of kanji, of katakana and of hiragana.
_WORD: Final = re.compile(r"[\u3400-\u9fff々]+|[\u30a1-\u30fa\u30fc]+|[\u3041-\u3096]+|[^\W_\u3041-\u30ff\u3400-\u9fff々]+")
_MAX_SLIPS: Final = 32


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
    of_one, of_other = _WORD.findall(one), _WORD.findall(other)
    left, right = _without(of_one, of_other), _without(of_other, of_one)
    if not left or not right:
        return False
    if len(left) > _MAX_SLIPS and len(right) > _MAX_SLIPS:
        return True
    joined_left, joined_right = "".join(left), "".join(right)
    if joined_left == joined_right or one_slip_apart(joined_left, joined_right):
        return False
    return _unpaired(left, right)


def _without(words: Iterable[str], others: Iterable[str]) -> list[str]:
    """Return ``words`` in their order, less one for each equal one of ``others``."""
    spare = Counter(others)
    kept: list[str] = []
    for word in words:
        if spare[word]:
            spare[word] -= 1
        else:
            kept.append(word)
    return kept


def _unpaired(left: Iterable[str], right: list[str]) -> bool:
    """Tell whether both sides have a word left after each was paired with a misspelling of it."""
    rest = list(right)
    n_left = 0
    for word in left:
        slip = next((other for other in rest if one_slip_apart(word, other)), None)
        if slip is None:
            n_left += 1
        else:
            rest.remove(slip)
    return bool(n_left and rest)
