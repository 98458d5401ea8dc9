"""Names of topics: the words that set each apart.

Class-based TF-IDF (Grootendorst 2022, https://arxiv.org/abs/2203.05794): a word's share of the words of a topic, times
log(1 + mean words of a topic / occurrences of the word in all topics). A word counts once a text, so that one text that repeats
itself does not name its topic.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from logmine.topics.stop_words import CHINESE_FUNCTION_WORDS, STOP_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_WORDS: Final = 4
MIN_WORDS: Final = 2  # of one script that name a topic whose texts are written in two
MIN_TASK_TEXTS: Final = 8  # fewer texts of a task show no skeleton
SKELETON_SHARE: Final = 0.6  # of a task's texts; a word that they share was written by the application
MAX_MEAN_SHARE: Final = 0.6  # a word that more of the texts of every topic have, on average, tells none apart
MIN_SHARE_OF_TOPIC: Final = 0.05  # a word of fewer of the topic's texts is an accident
NO_WORDS: Final = "(no words)"

_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff々"
_KATAKANA: Final = "\u30a1-\u30fa\u30fc"
_KANA: Final = "\u3041-\u3096"
_WORD: Final = re.compile(
    rf"[{_HAN}]{{2,}}|[{_KATAKANA}]{{2,}}|[^\W\d_{_HAN}{_KATAKANA}{_KANA}]+(?:['’-]?[^\W\d_{_HAN}{_KATAKANA}{_KANA}]+)*"
)
_CJK: Final = re.compile(f"[{_HAN}{_KATAKANA}]")
_MARKUP: Final = re.compile(r"\\[a-z]+|</?[a-z][^<>]*>|&[a-z]+;")  # of LaTeX and HTML: its names are no words
_MAX_HAN: Final = 4  # a longer run is a Chinese phrase: cut at function words, then read as overlapping pairs
_BETWEEN: Final = re.compile("|".join(CHINESE_FUNCTION_WORDS))


def name_topics(texts: Mapping[int, Sequence[tuple[str, str]]]) -> dict[int, str]:
    """Return a name for each topic, from its texts: its three or four most telling words.

    A word that most texts of a task have belongs to the skeleton of the task and names no topic, unless nothing else is left.

    Parameters
    ----------
    texts
        Of each topic, task and text.

    Examples
    --------
    >>> name_topics({0: [("shop", "Refund my order"), ("shop", "A refund for the late order")], 1: [("bus", "空港への電車"), ("bus", "空港のバス")]})
    {0: 'order, refund, late', 1: '空港, バス, 電車'}
    """
    read = {topic: [(task, words(text)) for task, text in members] for topic, members in texts.items()}
    skeletons = _skeletons(member for members in read.values() for member in members)
    counts = {topic: Counter(word for task, found in members for word in found - skeletons[task]) for topic, members in read.items()}
    for topic, members in read.items():
        counts[topic] = counts[topic] or Counter(word for _, found in members for word in found)
    totals = sum(counts.values(), Counter[str]())
    mean_words = totals.total() / max(len(texts), 1)
    shares = {word: sum(counts[topic][word] / len(texts[topic]) for topic in texts) / len(texts) for word in totals}
    names: dict[int, str] = {}
    for topic, found in counts.items():
        telling = {
            word: n * math.log1p(mean_words / totals[word])
            for word, n in found.items()
            if len(texts) == 1 or shares[word] <= MAX_MEAN_SHARE
        }
        ranked = sorted(_shared(telling, found, len(texts[topic])), key=lambda word: (-telling[word], word))
        names[topic] = ", ".join(_distinct(_of_one_script(ranked, [own for _, own in read[topic]]))) or NO_WORDS
    return names


def _shared(telling: Mapping[str, float], found: Mapping[str, int], n_texts: int) -> list[str]:
    """Return the words that enough of a topic's texts have; where none has, as in small talk, those that two have."""
    often = [word for word in telling if found[word] >= MIN_SHARE_OF_TOPIC * n_texts]
    return often or [word for word in telling if found[word] > 1]


def _of_one_script(ranked: Sequence[str], texts: Sequence[set[str]]) -> list[str]:
    """Return the words in the script in which most texts are written, where there are a few: a name in two scripts cannot be read."""
    is_cjk = {word: bool(_CJK.match(word)) for word in ranked}
    n_cjk = sum(sum(map(bool, map(_CJK.match, found))) * 2 > len(found) for found in texts)
    chosen = [word for word in ranked if is_cjk[word] == (2 * n_cjk > len(texts))]
    return chosen if len(chosen) >= MIN_WORDS else list(ranked)


def _skeletons(texts: Iterable[tuple[str, set[str]]]) -> dict[str, set[str]]:
    """Return for each task the words that most of its texts have; none where its texts are few."""
    n_texts: Counter[str] = Counter()
    having: dict[str, Counter[str]] = defaultdict(Counter)
    for task, found in texts:
        n_texts[task] += 1
        having[task].update(found)
    return {
        task: {word for word, n in having[task].items() if n_texts[task] >= MIN_TASK_TEXTS and n >= SKELETON_SHARE * n_texts[task]}
        for task in n_texts
    }


def words(text: str) -> set[str]:
    """Return the distinct words of ``text`` that carry meaning, in lower case.

    Japanese and Chinese are read as runs of kanji and of katakana; hiragana is grammar.

    Examples
    --------
    >>> sorted(words("How do I refund 2 tickets? 領収書をメールで送って"))
    ['refund', 'tickets', 'メール', '領収書']
    """
    plain = _MARKUP.sub(" ", unicodedata.normalize("NFKC", text).lower())
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
