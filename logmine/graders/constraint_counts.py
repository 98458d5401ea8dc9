"""Counts what instructions bound: words, sentences, paragraphs, list entries, characters, occurrences.

Where people count in two ways (is ``don't`` one word or two, is a heading a paragraph, does ``files`` use the word "file"),
both counts are given, the lower first: an instruction that one of them meets and the other breaks is not judged.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Count = tuple[int, int]

_WORD: Final = re.compile(r"\w+")
_SENTENCE_END: Final = re.compile(r"[.!?…]+[\"'”’)\]*_]*(?=\s|$)|[。！？!?]+[」』）)]*")
_ABBREVIATION: Final = re.compile(r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|e\.g|i\.e|No|M|MM|Mme|p\.ex|cf|env)\.(?=\s)")
_ENTRY_NUMBER: Final = re.compile(r"^[ \t]*\d{1,3}[.)．]\s", re.MULTILINE)
_BULLET: Final = re.compile(r"^(?P<indent>[ \t　]*)(?!(?:[-*_] ?){3,}$)(?:[-*+•◦▪●‣–][ \t]+|[・●■◆][ \t　]*)(?=[^\s・])", re.MULTILINE)
_NUMBERED: Final = re.compile(r"^(?P<indent>[ \t　]*)(?:\*\*)?(?:\d{1,3}[.)．、][ \t]|[①-⑳]|\(\d{1,3}\)[ \t])", re.MULTILINE)
_HEADING: Final = re.compile(r"\s*(?:#{1,6}\s[^\n]*|\*\*[^*\n]*\*\*:?|<<[^\n]*>>|『[^\n]*』|[-*_]{3,})\s*")
_EMPHASIS: Final = re.compile(
    r"(?<![*\w])(\*{1,3})(?=[^\s*])[^*\n]*[^\s*]\1(?!\*)|(?<![*\w])(\*{1,3})[^\s*]\2(?!\*)|《[^\s《》][^《》\n]*》"
)
_LOOSE_EMPHASIS: Final = re.compile(r"\*[^\n*]+\*|《[^《》\n]+》")
_PLACEHOLDER: Final = re.compile(r"\[[^\[\]\n]{1,80}\](?!\()")
_LOOSE_PLACEHOLDER: Final = re.compile(r"\[[^\[\]\n]*\]")
_CAPITAL_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_KANJI: Final = re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf々]")
_QUOTED_JA: Final = re.compile(r"「[^「」]*」|『[^『』]*』")
_NOUN_END: Final = re.compile(r"[\u4e00-\u9fff々ァ-ヺーA-Za-z0-9０-９％%][）)」』\"]*\Z")
# What Japanese predicates and particles of a sentence's end look like; other endings in hiragana may be nouns.
_PREDICATE_END: Final = re.compile(
    r"(?:[るたいだすくむうぬぶぐよねかなんせてでがをはにのもへと]|(?<![一二三四五六七八九ひと])つ)[）)」』\"]*\Z"
)
_HASHTAG: Final = re.compile(r"(?<![\w&#])#[^\W\d_]\w*")
_ACCENT_FREE: Final = {"œ": "oe", "æ": "ae"}


def count(kind: str, constraint: Mapping[str, Any], text: str) -> Count:
    """Count what ``kind`` counts, under both readings.

    Raises
    ------
    KeyError
        For a kind that is no count.
    """
    return COUNTERS[kind](text, constraint)


def _words(text: str, _: Mapping[str, Any]) -> Count:
    return _sorted(sum(1 for token in text.split() if _WORD.search(token)), len(_WORD.findall(text)))


def _sentences(text: str, _: Mapping[str, Any]) -> Count:
    """Count sentences, with lines that end without a full stop (headings, entries, verses) as none or as one each."""
    plain = _ENTRY_NUMBER.sub("", _ABBREVIATION.sub(" ", text))
    lines = [line for line in plain.splitlines() if _WORD.search(line)]
    ended = sum(sum(1 for _ in _SENTENCE_END.finditer(line.strip())) for line in lines)
    loose = sum(1 for line in lines if _WORD.search(_SENTENCE_END.split(line.strip())[-1]))
    return (ended, ended + loose) if ended else (min(loose, 1), loose)


def paragraphs(text: str, separator: str) -> list[str]:
    """Cut a text where its separator stands: blank lines, or a line or run of marks such as ``***``."""
    if separator != "\n\n":
        edge = re.escape(separator[0])
        return [part for part in re.split(rf"(?<!{edge}){re.escape(separator)}(?!{edge})", text) if part.strip()]
    return [part for part in re.split(r"\n[ \t　]*\n", text) if part.strip()]


def _paragraphs(text: str, constraint: Mapping[str, Any]) -> Count:
    parts = paragraphs(text, constraint.get("separator", "\n\n"))
    bare = sum(1 for part in parts if not _HEADING.fullmatch(part))
    return (bare if "separator" not in constraint else len(parts), len(parts))


def _lines(text: str, _: Mapping[str, Any]) -> Count:
    """Count lines; Japanese says "lines" for sentences as well, so both counts stand there."""
    lines = [line for line in text.splitlines() if _WORD.search(line)]
    n_sentences = len(re.findall(r"[。！？!?]+", text))
    counts = [sum(1 for line in lines if not _HEADING.fullmatch(line)), len(lines), *([n_sentences] if "。" in text else [])]
    return (min(counts), max(counts))


def _entries(pattern: re.Pattern[str]) -> Callable[[str, Mapping[str, Any]], Count]:
    def entries(text: str, _: Mapping[str, Any]) -> Count:
        indents = [len(match["indent"]) for match in pattern.finditer(text)]
        return (sum(1 for indent in indents if indent == min(indents)), len(indents))

    return entries


def _characters(text: str, _: Mapping[str, Any]) -> Count:
    return (sum(1 for character in text if not character.isspace()), len(text))


def _sections(text: str, constraint: Mapping[str, Any]) -> Count:
    mark = re.escape(constraint["mark"])
    ordinal = rf"第\s?[\d一二三四五六七八九十０-９]{{1,4}}\s?{mark}"
    form = ordinal if constraint.get("ordinal") else rf"{mark}\s?\d{{1,3}}(?!\d)"
    loose = ordinal if constraint.get("ordinal") else rf"{mark}\s?(?:\d{{1,3}}|[IVX]{{1,5}}\b|one|two|three|four|five)"
    at_start = re.findall(rf"^[^\w\n]{{0,8}}{form}", text, re.MULTILINE)
    # A mark in capitals is meant in capitals.
    return (len(at_start), len(re.findall(loose, text, re.NOFLAG if constraint["mark"].isupper() else re.IGNORECASE)))


def _capital_words(text: str, _: Mapping[str, Any]) -> Count:
    capitals = [word for word in _CAPITAL_WORD.findall(text) if word.isupper()]
    return (sum(1 for word in capitals if len(word) > 1), len(capitals))


def _noun_endings(text: str, _: Mapping[str, Any]) -> Count:
    """Count Japanese sentences that end in a noun (体言止め), by the script of their last character."""
    plain = _QUOTED_JA.sub("語", without_outer_quotes(text))
    ended = [part for line in plain.splitlines() for part in re.split(r"(?<=[。！？!?])", line.strip())]
    surely = sum(1 for part in ended if part[-1:] in "。！？!?" and _NOUN_END.search(part.rstrip("。！？!?")) and part.strip("。！？!?"))
    maybe = sum(1 for part in ended if part and _is_noun_like(part.rstrip("。！？!?*# ")))
    return (surely, max(maybe, surely))


def without_outer_quotes(text: str) -> str:
    """Take off the marks of a Japanese text that stands in 「」 as a whole."""
    text = text.strip()
    return text[1:-1] if text.startswith(("「", "『")) and text.endswith(("」", "』")) else text


def _is_noun_like(sentence: str) -> bool:
    return (
        _NOUN_END.search(sentence) is not None
        or sentence.endswith(("こと", "もの", "とき", "はず", "あと"))
        or not _PREDICATE_END.search(sentence)
    )


def _word(text: str, constraint: Mapping[str, Any]) -> Count:
    return occurrences(text, constraint["word"])


def occurrences(text: str, word: str) -> Count:
    """Count a word: as a word of its own, and as any part of a longer one.

    Japanese and Chinese have no spaces: there a word is its own where no character of its own script touches it.
    """
    text, word = unicodedata.normalize("NFC", text).casefold(), unicodedata.normalize("NFC", word).casefold()
    starts = [match.start() for match in re.finditer(re.escape(word), text)]
    own = sum(1 for at in starts if not (_touches(text, at - 1, word[0]) or _touches(text, at + len(word), word[-1])))
    return (own, len(starts))


def _touches(text: str, at: int, edge: str) -> bool:
    if not 0 <= at < len(text):
        return False
    return _script(text[at]) == _script(edge) != "" and _script(edge) != "hiragana"


def _script(character: str) -> str:
    if _KANJI.match(character):
        return "kanji"
    if "ァ" <= character <= "ヺ" or character == "ー":
        return "katakana"
    if "ぁ" <= character <= "ゖ":
        return "hiragana"
    return "word" if character.isalnum() or character == "_" else ""


def _letter(text: str, constraint: Mapping[str, Any]) -> Count:
    """Count a letter: as written, and with its accented and katakana forms; a capital is the same letter."""
    letter, text = constraint["letter"].casefold(), unicodedata.normalize("NFC", text).casefold()
    if "ぁ" <= letter <= "ゖ":
        return _sorted(text.count(letter), text.count(letter) + text.count(chr(ord(letter) + 96)))
    return _sorted(text.count(letter), without_accents(text).count(letter))


def without_accents(text: str) -> str:
    """Remove diacritics and open ligatures: ``é`` is ``e``, ``œ`` is ``oe``."""
    plain = "".join(_ACCENT_FREE.get(character, character) for character in text)
    return "".join(character for character in unicodedata.normalize("NFD", plain) if not unicodedata.combining(character))


def _sorted(one: int, other: int) -> Count:
    return (min(one, other), max(one, other))


def _found(strict: re.Pattern[str], loose: re.Pattern[str]) -> Callable[[str, Mapping[str, Any]], Count]:
    def found(text: str, _: Mapping[str, Any]) -> Count:
        return _sorted(sum(1 for _ in strict.finditer(text)), sum(1 for _ in loose.finditer(text)))

    return found


COUNTERS: Final[dict[str, Callable[[str, Mapping[str, Any]], Count]]] = {
    "words": _words,
    "sentences": _sentences,
    "paragraphs": _paragraphs,
    "lines": _lines,
    "bullets": _entries(_BULLET),
    "numbered_entries": _entries(_NUMBERED),
    "characters": _characters,
    "kanji": _found(_KANJI, _KANJI),
    "highlights": _found(_EMPHASIS, _LOOSE_EMPHASIS),
    "placeholders": _found(_PLACEHOLDER, _LOOSE_PLACEHOLDER),
    "sections": _sections,
    "capital_words": _capital_words,
    "noun_endings": _noun_endings,
    "hashtags": _found(_HASHTAG, _HASHTAG),
    "word": _word,
    "letter": _letter,
}
"""Counter by kind; each gives the lower and the higher count."""
