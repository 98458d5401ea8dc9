"""Whether two words that are one slip of the keyboard apart are one word, misspelled, or two words.

*Iran* and *Iraq* differ by as little as *Iran* and *Irna*. What tells them apart is the argument of the noisy channel (Kernighan, Church
and Gale 1990, https://aclanthology.org/C90-2036): a misspelling is seldom a word of its own. A word is one when a dictionary has it
(English: that of pyspellchecker; other languages: the vocabulary of the embedded encoder), or when several prompts of the task use it,
and not just as often as a common word gets misspelled. Where both are words they are taken for what they are, however rare one of them is, but for
function words: one of them cannot stand where a word of another class stands, so that *the* for *he* is a slip; and but for a word of two letters, of which
the dictionary has nearly all, that is a thousand times as rare. Where neither is a word, two names are two names.

Japanese and Chinese are not spelled: a wrong letter of a syllabary is a slip, another ideograph is another word.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from logmine.encoders import vocabulary
from logmine.similarity.kana import is_cjk_slip
from logmine.similarity.words import CJK, names_in, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MIN_TEXTS: Final = 3  # of a task that use a word, before it counts as one
MAX_MISSPELLED: Final = 0.05  # of a word's occurrences: as often may a misspelling of it be found
MIN_TASK: Final = 20  # texts of a task, before a word can be rare in it
MIN_RARE: Final = 3  # rare words that two texts share, before one is taken for a copy of the other
MIN_RATIO: Final = 1_000  # of the frequencies of two words of the dictionary, from which the rarer one is a slip where it has two letters
MIN_MARGIN: Final = 3.0  # nats by which a word must be more probable than what it was misspelled to, where no dictionary has it
_KATAKANA: Final = re.compile(r"[\u30a1-\u30fa\u30fc]{2,}")
_MIN_ENGLISH: Final = 0.5  # of the words of two texts, before they are read with the English dictionary

_CLASSES: Final = (  # words of one class stand in the same places
    (
        "in on at by to of for with from into onto upon about over under off up down out through between among during against per via "
        "and or but nor if so as than because while although though unless since"
    ),
    "i you he she it we they me him her us them mine yours hers ours theirs myself yourself",
    "the an any this that these those there my your his her its our their",
    "is are was were be been being am do does did done has have had having can could will would shall should may might must",
    "who what when where why how which whose whom",
)
_CLASS_OF: Final = {word: place for place, words in enumerate(_CLASSES) for word in words.split()}


class Usage:
    """Which words the prompts of one task use, counted when first asked for.

    Parameters
    ----------
    texts
        The distinct texts of the whole task, as they are compared.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    @cached_property
    def n_texts(self) -> Counter[str]:
        """Return in how many texts each word stands, and each run of katakana in a text that sets no words apart."""
        return Counter(word for text in self._texts for word in {*words_of(text), *_KATAKANA.findall(text)})

    def is_used(self, word: str, *, beside: str) -> bool:
        """Tell whether ``word`` is used often enough not to be a misspelling of ``beside``."""
        return self.n_texts[word] >= max(MIN_TEXTS, MAX_MISSPELLED * self.n_texts[beside])

    def are_copies(self, one: Sequence[str], other: Sequence[str]) -> bool:
        """Tell whether two texts of the task share several words that no other text has: more than a template gives them."""
        if len(self._texts) < MIN_TASK:
            return False
        return sum(self.n_texts[word] <= 2 for word in set(one) & set(other)) >= MIN_RARE


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of two texts of one task.

    Attributes
    ----------
    usage
        Of their task.
    words
        Their words.
    written
        The texts as written.
    """

    usage: Usage
    words: tuple[Sequence[str], Sequence[str]]
    written: tuple[str, str]

    @cached_property
    def names(self) -> frozenset[str]:
        """Words that either has with a capital inside a sentence, without case."""
        return names_in(self.written[0]) | names_in(self.written[1])

    @cached_property
    def is_english(self) -> bool:
        """Whether most of the words are in the English dictionary."""
        words = [*self.words[0], *self.words[1]]
        return sum(word in _english() for word in words) >= _MIN_ENGLISH * len(words)

    @cached_property
    def are_copies(self) -> bool:
        """Whether the texts share more than a template."""
        return self.usage.are_copies(*self.words)

    def is_word(self, word: str, *, beside: str) -> bool:
        """Tell whether ``word`` is one of its own, not a misspelling of ``beside``."""
        if _is_listed(word, english=self.is_english) or self.usage.is_used(word, beside=beside):
            return True
        return word in self.names and word in vocabulary.names()


def is_misspelling(one: str, other: str, *, evidence: Evidence) -> bool:
    """Tell whether ``one`` and ``other``, one slip apart, are one word.

    Parameters
    ----------
    one, other
        Words of two texts, without case; of Japanese and Chinese, what stands between two marks. Either may be two words, between
        which the slip may have fallen.
    evidence
        What is known of the texts.
    """
    if CJK.search(one + other):
        return is_cjk_slip(
            one.replace(" ", ""), other.replace(" ", ""), is_used=lambda word, beside: evidence.usage.is_used(word, beside=beside)
        )
    if " " in one or " " in other:
        return not evidence.is_word(max(one, other, key=lambda text: text.count(" ") == 0), beside="")
    if len(one) == len(other) == 1:
        return False
    if _CLASS_OF.get(one) != _CLASS_OF.get(other) or _spelling(one) == _spelling(other):
        return True
    are_words = evidence.is_word(one, beside=other), evidence.is_word(other, beside=one)
    if all(are_words):
        return (
            evidence.is_english
            and evidence.names.isdisjoint({one, other})
            and {one, other} <= _english().keys()
            and _are_unlike(one, other)
        )
    if any(are_words):
        return True
    if evidence.are_copies:
        return True
    return not {one, other} <= evidence.names and abs(_log_probability(one) - _log_probability(other)) >= MIN_MARGIN


def _is_listed(word: str, *, english: bool) -> bool:
    return word in _english() if english else vocabulary.BEGIN + word in vocabulary.log_probabilities()


def _are_unlike(one: str, other: str) -> bool:
    """Tell whether a word of two letters is so much rarer than the other that it is taken for a misspelling of it."""
    (rarer, word), (commoner, _) = sorted((_english()[word], word) for word in (one, other))
    return len(word) <= 2 and commoner >= MIN_RATIO * rarer


@lru_cache(maxsize=1)
def _english() -> Mapping[str, int]:
    from spellchecker import SpellChecker  # noqa: PLC0415 - reads its dictionary in a fifth of a second

    return dict(SpellChecker("en", distance=1).word_frequency.items())


def _log_probability(word: str) -> float:
    return vocabulary.log_probability(vocabulary.BEGIN + word)


def _spelling(word: str) -> str:
    """Return ``word`` as spelled in America: colour, centre, organise, travelled, catalogue."""
    if len(word) < 5:
        return word
    american = re.sub(r"(?<=[aeiou].)our(?=$|s$|ed$|ing$|ite|able)|(?<=ghb)our", "or", word)
    american = re.sub(r"(?<=[a-z]{3})(is|ys)(?=e$|es$|ed$|er$|ing$|ation)", lambda found: found.group()[0] + "z", american)
    american = re.sub(r"(?<=[th]|(?<!m)b)re(?=s?$)", "er", american)
    return re.sub(r"ogue(?=s?$)", "og", re.sub(r"(?<=[aeiou])(\w*[aeo])ll(?=ed$|ing$|er$)", r"\1l", american))
