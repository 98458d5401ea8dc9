"""Whether two words in katakana, one edit apart, are one word.

Words borrowed from other languages are spelled by ear, so they are misspelled as English words are, and the same argument tells a slip from another
word (:mod:`logmine.similarity.slips`): it is seldom a word of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logmine.encoders import vocabulary
from logmine.similarity.ipadic import is_katakana_word

if TYPE_CHECKING:
    from collections.abc import Callable

MIN_MARGIN: Final = 12.0  # nats by which a word must be more probable than what it was misspelled to, where the dictionary has neither
MIN_SPELLED: Final = (
    4  # letters without long marks, from which a long mark more or less, or a small letter for a large one, is the same word
)
_LONG: Final = "ー"
_LARGE: Final = str.maketrans("ァィゥェォャュョッ", "アイウエオヤユヨツ")


def is_katakana_slip(one: str, other: str, *, is_used: Callable[[str, str], bool]) -> bool:
    """Tell whether two runs of katakana, one edit apart, are one word.

    Parameters
    ----------
    one, other
        The runs.
    is_used
        Whether a word is used too often, beside another, to be a misspelling of it.

    Examples
    --------
    >>> def same(one, other):
    ...     return is_katakana_slip(one, other, is_used=lambda word, beside: False)
    >>> same("パスワード", "パスワート"), same("サーバ", "サーバー"), same("ランプ", "トランプ")
    (True, True, False)
    """
    if one.rstrip(_LONG) == other.rstrip(_LONG):
        return True
    spelled = _spelled(one)
    if spelled == _spelled(other) and len(spelled) >= MIN_SPELLED:
        return True
    are_words = is_katakana_word(one) or is_used(one, other), is_katakana_word(other) or is_used(other, one)
    if any(are_words):
        return not all(are_words)
    return abs(vocabulary.log_probability(one) - vocabulary.log_probability(other)) >= MIN_MARGIN


def _spelled(word: str) -> str:
    """Return ``word`` in large letters, without long marks: コンピュータ and コンピューター, ウェブ and ウエブ."""
    return word.replace(_LONG, "").translate(_LARGE)
