"""Words of Japanese, as the dictionary IPADIC has them, which comes with Janome (https://github.com/mocobeta/janome)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from janome.tokenizer import Token, Tokenizer

MIN_PART: Final = 3  # characters of each word of a compound in katakana: nearly everything falls into parts of two
_KNOWN: Final = "SYS_DICT"
_NOUN: Final = "名詞"
_IDEOGRAPH: Final = re.compile(r"[\u3400-\u9fff々]")


class Word(NamedTuple):
    """A word of a text: as written, its part of speech, and whether the dictionary has it."""

    written: str
    part_of_speech: str
    is_known: bool


@lru_cache(maxsize=4096)
def words_in(text: str) -> tuple[Word, ...]:
    """Return the words of ``text`` in the most probable reading.

    Examples
    --------
    >>> [word.written for word in words_in("庭がある家")]
    ['庭', 'が', 'ある', '家']
    """
    tokens = cast("Iterator[Token]", _tokenizer().tokenize(text))
    return tuple(Word(token.surface, token.part_of_speech.split(",")[0], token.node_type == _KNOWN) for token in tokens)


def is_katakana_word(run: str) -> bool:
    """Tell whether the dictionary has ``run``, or all the words that it is made of."""
    words = words_in(run)
    return all(word.is_known and (len(words) == 1 or len(word.written) >= MIN_PART) for word in words)


def read_as_other_words(one: str, other: str) -> bool:
    """Tell whether two texts differ in one word, which has another word of its kind in its place.

    Of words of two lengths only nouns without an ideograph are told apart: 届け先 and 届先 are one, and a verb that lost a letter is misspelled.

    Examples
    --------
    >>> read_as_other_words("庭がある家", "庭がいる家"), read_as_other_words("庭がある家", "庭がろる家")
    (True, False)
    """
    here, there = words_in(one), words_in(other)
    changed = [(a, b) for a, b in zip(here, there, strict=False) if a.written != b.written]
    if len(here) != len(there) or len(changed) != 1:
        return False
    [(a, b)] = changed
    if len(a.written) != len(b.written) and (a.part_of_speech != _NOUN or _IDEOGRAPH.search(a.written + b.written)):
        return False
    return a.is_known and b.is_known and a.part_of_speech == b.part_of_speech


@lru_cache(maxsize=1)
def _tokenizer() -> Tokenizer:
    from janome.tokenizer import Tokenizer  # noqa: PLC0415 - reads its dictionary in a sixth of a second

    return Tokenizer()
