"""Slips in Japanese and Chinese, where words are neither spelled nor set apart.

A wrong, missing or doubled letter of a syllabary is a slip, unless the vocabulary holds both words. Ideographs stand for meanings: one for another is
another word, and so is one more where it is an affix; another one that is missing, or two in the wrong order, are slips.
"""

from __future__ import annotations

import re
from typing import Final

from logmine.encoders import vocabulary

_KATAKANA: Final = re.compile(r"[\u30a1-\u30fa\u30fc]*")
_IDEOGRAPH: Final = re.compile(r"[\u3400-\u9fff々]")
_LONG: Final = "ー"  # may be left out at the end of a word: サーバ, サーバー
MIN_MARGIN: Final = 12.0  # nats by which a word in katakana must be more probable than what it was misspelled to
_AROUND: Final = 8  # characters that are looked at before and behind a slip
_AFFIXES: Final = frozenset(
    "大小新旧古今前後元現全半副準正反再最超極約総各毎諸無不非未多高低長短重軽左右上下内外東西南北男女老若初終先次主"
    "人語国者県市都府区町村島山川駅家用製式的性化率度量数額費代料金員系型形力学業店館院校室所場社線車機器"
)


def is_cjk_slip(one: str, other: str) -> bool:
    """Tell whether two runs of Japanese or Chinese, one edit apart, are one text with a slip.

    Examples
    --------
    >>> is_cjk_slip("注文をキャンセルしたい", "注文をキンャセルしたい"), is_cjk_slip("イランの首都", "イラクの首都")
    (True, False)
    """
    start = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    room = min(len(one), len(other)) - start
    n_tail = next((n for n in range(room) if one[-1 - n] != other[-1 - n]), room)
    ends = len(one) - n_tail, len(other) - n_tail
    cut, others = one[start : ends[0]], other[start : ends[1]]
    changed = cut + others
    if _KATAKANA.fullmatch(changed):
        return _is_katakana_slip(cut, others, _run(one, start, ends[0]), _run(other, start, ends[1]))
    n_ideographs = len(_IDEOGRAPH.findall(changed))
    if n_ideographs < len(changed):
        word = _word_at(one, start)
        return n_ideographs > 0 or not len(cut) == len(others) == 1 or word is None or word != _word_at(other, start)
    if len(cut) != len(others):
        shorter = min(one, other, key=len)
        return not set(changed) & _AFFIXES or not (_is_in_long_piece(shorter, start) or _is_in_long_piece(shorter, start - 1))
    return len(cut) > 1 and not {cut, others} <= vocabulary.log_probabilities().keys()


def _is_katakana_slip(cut: str, others: str, one: str, other: str) -> bool:
    if one.rstrip(_LONG) == other.rstrip(_LONG):
        return True
    if len(cut) == len(others) == 1:  # as in Iran and Iraq
        return abs(vocabulary.log_probability(one) - vocabulary.log_probability(other)) >= MIN_MARGIN
    return not (_is_listed(one) and _is_listed(other))


def _run(text: str, start: int, end: int) -> str:
    """Return the run of katakana around a place."""
    while start and _KATAKANA.fullmatch(text[start - 1]):
        start -= 1
    while end < len(text) and _KATAKANA.fullmatch(text[end]):
        end += 1
    return text[start:end]


def _is_listed(word: str) -> bool:
    return all(len(piece) > 1 for piece in vocabulary.pieces_of(word))


def _word_at(text: str, place: int) -> tuple[int, int] | None:
    """Return the ends of the word of several letters at ``place``; None at a particle, and at an ending behind an ideograph."""
    first, end = _piece_at(text, place)
    return None if end - first < 2 or _IDEOGRAPH.search(text[max(0, first - 1) : end]) else (first, end)


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
