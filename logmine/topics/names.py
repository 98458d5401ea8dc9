"""Names of topics: the words that set each apart.

Class-based TF-IDF (Grootendorst 2022, https://arxiv.org/abs/2203.05794): a word's share of the words of a topic, times
log(1 + mean words of a topic / occurrences of the word in all topics). A word counts once a text, so that one text that repeats
itself does not name its topic.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from logmine.topics.stop_words import CHINESE_FUNCTION_WORDS, STOP_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_WORDS: Final = 4
MAX_MEAN_SHARE: Final = 0.6  # a word that more of the texts of every topic have, on average, tells none apart
MIN_SHARE_OF_TOPIC: Final = 0.05  # a word of fewer of the topic's texts is an accident
NO_WORDS: Final = "(no words)"

_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff々"
_KATAKANA: Final = "\u30a1-\u30fa\u30fc"
_KANA: Final = "\u3041-\u3096"
_WORD: Final = re.compile(
    rf"[{_HAN}]{{2,}}|[{_KATAKANA}]{{2,}}|[^\W\d_{_HAN}{_KATAKANA}{_KANA}]+(?:['’-]?[^\W\d_{_HAN}{_KATAKANA}{_KANA}]+)*"
)
_MAX_HAN: Final = 4  # a longer run is a Chinese phrase: cut at function words, then read as overlapping pairs
_BETWEEN: Final = re.compile("|".join(CHINESE_FUNCTION_WORDS))


def name_topics(texts: Mapping[int, Sequence[str]]) -> dict[int, str]:
    """Return a name for each topic, from its texts: its three or four most telling words.

    Examples
    --------
    >>> name_topics({0: ["Refund my order", "A refund for the late order"], 1: ["空港への電車", "空港のバス"]})
    {0: 'order, refund, late', 1: '空港, バス, 電車'}
    """
    counts = {topic: Counter(word for text in members for word in words(text)) for topic, members in texts.items()}
    totals = sum(counts.values(), Counter[str]())
    shares = {word: sum(counts[topic][word] / len(texts[topic]) for topic in texts) / len(texts) for word in totals}
    mean_words = totals.total() / max(len(texts), 1)
    names: dict[int, str] = {}
    for topic, found in counts.items():
        telling = {
            word: n * math.log1p(mean_words / totals[word])
            for word, n in found.items()
            if len(texts) == 1 or shares[word] <= MAX_MEAN_SHARE
        }
        floor = MIN_SHARE_OF_TOPIC * len(texts[topic])
        ranked = sorted((word for word in telling if found[word] >= floor), key=lambda word: (-telling[word], word))
        names[topic] = ", ".join(_distinct(ranked)) or NO_WORDS
    return names


def words(text: str) -> set[str]:
    """Return the distinct words of ``text`` that carry meaning, in lower case.

    Japanese and Chinese are read as runs of kanji and of katakana; hiragana is grammar.

    Examples
    --------
    >>> sorted(words("How do I refund 2 tickets? 領収書をメールで送って"))
    ['refund', 'tickets', 'メール', '領収書']
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    found = {part for run in _WORD.findall(plain) for part in _parts(run)}
    return {word for word in found if len(word) > 1 and word not in STOP_WORDS and word.split("'")[0] not in STOP_WORDS}


def _parts(run: str) -> Iterable[str]:
    if not re.match(f"[{_HAN}]", run):
        return [run.replace("’", "'")]
    if len(run) <= _MAX_HAN:
        return [run]
    pieces = _BETWEEN.split(run)
    return (part for piece in pieces for part in ([piece] if len(piece) <= _MAX_HAN else map("".join, pairwise(piece))))


def _distinct(ranked: Sequence[str]) -> list[str]:
    """Return the first words, without those that are all but one of the others: plurals, compounds."""
    chosen: list[str] = []
    for word in ranked:
        if not any(word in other or other in word for other in chosen):
            chosen.append(word)
        if len(chosen) == MAX_WORDS:
            break
    return chosen
