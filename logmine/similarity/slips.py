"""Whether two words that are one slip of the keyboard apart are one word, misspelled, or two words.

*Iran* and *Iraq* differ by as little as *Iran* and *Irna*. What tells them apart is the argument of the noisy channel (Kernighan, Church
and Gale 1990, https://aclanthology.org/C90-2036): a misspelling is seldom a word of its own. A word is one when a dictionary has it
(English: that of pyspellchecker; other languages: the vocabulary of the embedded encoder), or when several prompts of the task use it,
and not just as often as a common word gets misspelled. Where both are words they are taken for what they are, but for function words:
one of them cannot stand where a word of another class stands, so that *the* for *he* is a slip. Where neither is a word, two names are
two names.

Japanese and Chinese are not spelled: a wrong letter of a syllabary is a slip, another ideograph is another word.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from logmine.encoders import vocabulary
from logmine.similarity.words import CJK, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MIN_TEXTS: Final = 3  # of a task that use a word, before it counts as one
MAX_MISSPELLED: Final = 0.05  # of a word's occurrences: as often may a misspelling of it be found
MIN_MARGIN: Final = 3.0  # nats by which a word must be more probable than what it was misspelled to, where no dictionary has it
_MIN_ENGLISH: Final = 0.5  # of the words of two texts, before they are read with the English dictionary

_CLASSES: Final = (
    "in on at by to of for with from into onto upon about over under off up down out through between among during against per via",
    "i you he she it we they me him her us them my your his its our their mine yours hers ours theirs myself yourself",
    "the an this that these those",
    "and or but nor if so as than because while although though unless since",
    "is are was were be been being am do does did done has have had having can could will would shall should may might must",
    "who what when where why how which whose whom",
)
_CLASS_OF: Final = {word: place for place, words in enumerate(_CLASSES) for word in words.split()}

_KATAKANA: Final = re.compile(r"[\u30a1-\u30fa\u30fc]*")
_IDEOGRAPH: Final = re.compile(r"[\u3400-\u9fff々]")
_LONG: Final = frozenset("ーッィェァォュャョ")  # written or left out: サーバ, サーバー
# Ideographs that make another word of a word before or behind which they stand.
_AFFIXES: Final = frozenset(
    "大小新旧古今前後元現全半副準正反再最超極約総各毎諸無不非未多高低長短重軽左右上下内外東西南北男女老若初終先次本主"
    "人語国者県市都府区町村島山川駅家用製式的性化率度量数額費代料金員長系型形力学業店館院校室所場会社線車機器品物書式法税点"
)


class Usage:
    """Which words the prompts of one task use, counted when first asked for.

    Parameters
    ----------
    texts
        The distinct texts of the whole task, as they are compared.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = texts

    @cached_property
    def n_texts(self) -> Counter[str]:
        """Return in how many texts each word stands."""
        return Counter(word for text in self._texts for word in set(words_of(text)))

    def is_used(self, word: str, *, beside: str) -> bool:
        """Tell whether ``word`` is used often enough not to be a misspelling of ``beside``."""
        return self.n_texts[word] >= max(MIN_TEXTS, MAX_MISSPELLED * self.n_texts[beside])


def is_misspelling(one: str, other: str, *, usage: Usage, names: frozenset[str], english: bool) -> bool:
    """Tell whether ``one`` and ``other``, one slip apart, are one word.

    Parameters
    ----------
    one, other
        Words of two texts, without case; of Japanese and Chinese, what stands between two marks.
    usage
        Of their task.
    names
        Words of both texts that are written with a capital inside a sentence, without case.
    english
        Whether the texts are.
    """
    if CJK.search(one + other):
        return _is_cjk_slip(one, other, usage)
    if len(one) == len(other) == 1:
        return False
    if _CLASS_OF.get(one) != _CLASS_OF.get(other) or _spelling(one) == _spelling(other):
        return True
    one_is, other_is = _is_word(one, english=english), _is_word(other, english=english)
    one_is = one_is or (one in names and one in vocabulary.names()) or usage.is_used(one, beside=other)
    other_is = other_is or (other in names and other in vocabulary.names()) or usage.is_used(other, beside=one)
    if one_is or other_is:
        return not (one_is and other_is)
    if one in names and other in names:
        return False
    return abs(_log_probability(one) - _log_probability(other)) >= MIN_MARGIN


def are_english(words: Sequence[str]) -> bool:
    """Tell whether most of ``words`` are in the English dictionary."""
    return sum(_is_word(word, english=True) for word in words) >= _MIN_ENGLISH * len(words)


@lru_cache(maxsize=65_536)
def _is_word(word: str, *, english: bool) -> bool:
    if english:
        return word in _english()
    return vocabulary.BEGIN + word in vocabulary.log_probabilities()


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    from spellchecker import SpellChecker  # noqa: PLC0415 - reads its dictionary in a fifth of a second

    return frozenset(SpellChecker("en", distance=1).word_frequency.keys())


def _log_probability(word: str) -> float:
    return vocabulary.log_probability(vocabulary.BEGIN + word)


def _spelling(word: str) -> str:
    """Return ``word`` as spelled in America: colour, centre, organise, travelled, catalogue."""
    if len(word) < 5:
        return word
    american = re.sub(r"our(?=$|s$|ed$|ing$|ite|able)", "or", word)
    american = re.sub(r"(?<=[a-z]{3})(is|ys)(?=e$|es$|ed$|er$|ing$|ation)", lambda found: found.group()[0] + "z", american)
    american = re.sub(r"(?<=[tbh])re(?=s?$)", "er", american)
    return re.sub(r"ogue(?=s?$)", "og", re.sub(r"ll(?=ed$|ing$|er$)", "l", american))


def _is_cjk_slip(one: str, other: str, usage: Usage) -> bool:
    start = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    room = min(len(one), len(other)) - start
    n_tail = next((n for n in range(room) if one[-1 - n] != other[-1 - n]), room)
    ends = len(one) - n_tail, len(other) - n_tail
    cut, others = one[start : ends[0]], other[start : ends[1]]
    changed = cut + others
    if set(changed) <= _LONG:
        return True
    if _KATAKANA.fullmatch(changed):
        words = _run(one, start, ends[0]), _run(other, start, ends[1])
        if len(cut) == len(others) == 1:  # Iran and Iraq are such a pair
            return _one_is_used(*words, usage)
        return not all(map(_is_katakana_word, words))
    if len(_IDEOGRAPH.findall(changed)) < len(changed):
        return len(cut) != len(others) or not (_in_long_piece(one, start) and _in_long_piece(other, start))
    if len(cut) == len(others):
        return len(cut) > 1 and not {cut, others} <= vocabulary.log_probabilities().keys()
    return not set(changed) & _AFFIXES


def _run(text: str, start: int, end: int) -> str:
    """Return the run of katakana around a place."""
    while start and _KATAKANA.fullmatch(text[start - 1]):
        start -= 1
    return text[start:end] + str(_KATAKANA.match(text[end:] or " ")[0])  # type: ignore[index]


def _one_is_used(one: str, other: str, usage: Usage) -> bool:
    return usage.n_texts[one] != usage.n_texts[other] and (
        usage.is_used(one, beside=other) != usage.is_used(other, beside=one) and min(usage.n_texts[one], usage.n_texts[other]) <= 1
    )


def _is_katakana_word(word: str) -> bool:
    return all(len(piece) > 1 for piece in vocabulary.pieces_of(word))


def _in_long_piece(text: str, place: int) -> bool:
    """Tell whether the character at ``place`` belongs to a piece of several, looked at with what stands around it."""
    first = max(0, place - 8)
    end = first
    for piece in vocabulary.pieces_of(text[first : place + 8]):
        end += len(piece)
        if end > place:
            return len(piece) > 1
    return False
