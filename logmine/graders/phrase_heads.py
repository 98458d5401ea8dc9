"""Finds where a phrase that states an answer may begin, so that its pattern is tried there alone.

The pattern has a dozen beginnings, and tried at every character it costs more than all else that a grader does. A phrase begins at one of a few words,
or at most six characters before one, at the beginning of a line; the words are found by plain search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

#: In lower case, as the alternatives of the pattern begin.
_WORDS: Final = ("answer", "reponse", "antwort", "ergebnis", "respuesta", "resposta", "risposta", "jibu")
_OTHER_WORDS: Final = (
    "答え", "答", "正解", "正答", "解答", "回答", "結論", "正确选项", "正確選項", "正确的选项", "本题选", "應選", "应选",
    "réponse", "lösung", "ответ", "정답", "답",
)  # fmt: skip
#: Words that count before a noun, one character apart.
_ADJECTIVES: Final = ("final", "correct", "right", "best", "my", "closest")
_NOUNS: Final = ("choice", "option", "result")
#: Words before which a line may hold marks, and what follows them.
_AFTER_MARKS: Final = ("final", "overall", "end")
_COUNTED: Final = (" result", " solution", " total", " count", " value", " number")
_MAX_MARKS: Final = 6
#: Letters that equal an ASCII letter where case is ignored, though not by lower(): dotless ı, İ, ſ, the Kelvin and Ångström signs.
_ODD_LETTERS: Final = ("ı", "İ", "ſ", "K", "Å")


def find_phrases(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield what ``pattern.finditer(text)`` yields, for a pattern each of whose alternatives begins as told above."""
    lowered = text.lower()
    if not text.isascii() and (len(lowered) != len(text) or any(letter in text for letter in _ODD_LETTERS)):
        yield from pattern.finditer(text)
        return
    end = 0
    for start in sorted(_starts(lowered)):
        match = pattern.match(text, start) if start >= end else None
        if match is not None:
            yield match
            end = match.end()


def _starts(lowered: str) -> set[int]:
    words = _WORDS if lowered.isascii() else _WORDS + _OTHER_WORDS
    found = {at for word in words if word in lowered for at in _places(lowered, word)}
    if any(noun in lowered for noun in _NOUNS):
        found.update(at for word in _ADJECTIVES for at in _places(lowered, word) if lowered.startswith(_NOUNS, at + len(word) + 1))
    for word in _AFTER_MARKS:
        for at in _places(lowered, word):
            if lowered.startswith(_COUNTED, at + len(word)):
                found.update(line for line in range(max(0, at - _MAX_MARKS), at + 1) if not line or lowered[line - 1] == "\n")
    return found


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)
