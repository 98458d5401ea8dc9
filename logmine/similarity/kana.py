"""Slips in Japanese and Chinese, where words are neither spelled nor set apart.

A wrong, missing or doubled letter of a syllabary is a slip, unless it makes one word of another: in katakana (:mod:`logmine.similarity.katakana`), or in
hiragana, where the dictionary then reads another word of the same kind in its place. Ideographs stand for meanings: one for another is another word, and so is one
more where it is an affix; another one that is missing, or two in the wrong order, are slips.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from logmine.encoders import vocabulary
from logmine.similarity.ipadic import read_as_other_words
from logmine.similarity.katakana import is_katakana_slip

if TYPE_CHECKING:
    from collections.abc import Callable

_KATAKANA: Final = re.compile(r"[\u30a1-\u30fa\u30fc]*")
_IDEOGRAPH: Final = re.compile(r"[\u3400-\u9fff々]")
_AROUND: Final = 8  # characters that are looked at before and behind a slip
_AFFIXES: Final = frozenset(
    "大小新旧古今前後元現全半副準正反再最超極約総各毎諸無不非未多高低長短重軽左右上下内外東西南北男女老若初終先次主"
    "人語国者県市都府区町村島山川駅家用製式的性化率度量数額費代料金員系型形力学業店館院校室所場社線車機器"
    "手部科医士師書品物券証課党会戦法論史画像"
)
_CHOICES: Final = (
    frozenset("るた"),
    frozenset("れせ"),
)  # one wrong letter that is right in another form: 見る, 見た; 食べられる, 食べさせる


def is_cjk_slip(one: str, other: str, *, is_used: Callable[[str, str], bool]) -> bool:
    """Tell whether two runs of Japanese or Chinese, one edit apart, are one text with a slip.

    Parameters
    ----------
    one, other
        The runs.
    is_used
        Whether a word in katakana is used too often, beside another, to be a misspelling of it.

    Examples
    --------
    >>> def same(one, other):
    ...     return is_cjk_slip(one, other, is_used=lambda word, beside: False)
    >>> same("注文をキャンセルしたい", "注文をキンャセルしたい"), same("イランの首都", "イラクの首都"), same("父が貸した本", "父に貸した本")
    (True, False, False)
    """
    start = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    room = min(len(one), len(other)) - start
    n_tail = next((n for n in range(room) if one[-1 - n] != other[-1 - n]), room)
    ends = len(one) - n_tail, len(other) - n_tail
    cut, others = one[start : ends[0]], other[start : ends[1]]
    if _KATAKANA.fullmatch(cut + others):
        return is_katakana_slip(_run(one, start, ends[0]), _run(other, start, ends[1]), is_used=is_used)
    n_ideographs = len(_IDEOGRAPH.findall(cut + others))
    if n_ideographs == 0:
        letters = frozenset(cut + others)
        return letters not in _CHOICES and not read_as_other_words(_around(one, start, ends[0]), _around(other, start, ends[1]))
    if n_ideographs < len(cut + others):
        return True
    if len(cut) != len(others):
        shorter = min(one, other, key=len)
        return not set(cut + others) & _AFFIXES or not (_is_in_long_piece(shorter, start) or _is_in_long_piece(shorter, start - 1))
    return len(cut) > 1 and not {cut, others} <= vocabulary.log_probabilities().keys()


def _around(text: str, start: int, end: int) -> str:
    return text[max(0, start - _AROUND) : end + _AROUND]


def _run(text: str, start: int, end: int) -> str:
    """Return the run of katakana around a place."""
    while start and _KATAKANA.fullmatch(text[start - 1]):
        start -= 1
    while end < len(text) and _KATAKANA.fullmatch(text[end]):
        end += 1
    return text[start:end]


def _is_in_long_piece(text: str, place: int) -> bool:
    first, end = _piece_at(text, place)
    return end - first > 1


def _piece_at(text: str, place: int) -> tuple[int, int]:
    """Return the ends of the piece at ``place``, looked at with what stands around it; an empty one beyond the ends of the text."""
    end = first = max(0, place - _AROUND)
    for piece in vocabulary.pieces_of(text[first : max(0, place + _AROUND)]):
        first, end = end, end + len(piece)
        if first <= place < end:
            return first, end
    return end, end
