"""Leakage keys: prompts that share one ask the same thing, in other words or another language, and must not be parted."""

from __future__ import annotations

import re
import unicodedata

from logmine.schemas import digest

MIN_NUMBERS = 3
MIN_NAMES = 2
MIN_QUESTION_CHARS = 40

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<=[^\W\d_] |[,;] )[A-Z][^\W\d_]+")  # a capitalized word inside a sentence
_FUNCTION_LINE = re.compile(r"^(?:[ \t]*(?:def|class|function|fn|func|public|private|static)\b.*|(?: {2,}|\t)[ \t]*\S.*)$", re.MULTILINE)
_DEFINITION = re.compile(r"^[ \t]*(?:def|class|function|fn|func|public|private|static)\b", re.MULTILINE)


def leakage_keys(slot_text: str) -> list[str]:
    """Return the keys of a prompt's own text, its template left out.

    An equal multiset of three or more numbers (a translated or rephrased problem keeps its numbers), fewer numbers with the same
    two or more names (kept by translations too), the same function body (asked about in another way), and the same
    longest line (the same question under another template).

    Examples
    --------
    >>> one, other = leakage_keys("Add 3, 14 and 1,000."), leakage_keys("足す: 1000, 3, 14")
    >>> one == other
    True
    """
    plain = unicodedata.normalize("NFKC", slot_text)
    keys: list[str] = []
    numbers = sorted(found.replace(",", "") for found in _NUMBER.findall(plain))
    if len(numbers) >= MIN_NUMBERS:
        keys.append(digest(["numbers", *numbers]))
    names = sorted(set(_NAME.findall(plain)))
    if numbers and len(names) >= MIN_NAMES:
        keys.append(digest(["names", *names, *numbers]))
    if _DEFINITION.search(plain):
        keys.append(digest(["code", *(line.strip() for line in _FUNCTION_LINE.findall(plain))]))
    longest = max(plain.casefold().split("\n"), key=len)
    words = " ".join(re.findall(r"\w+", longest))
    if len(words) >= MIN_QUESTION_CHARS:
        keys.append(digest(["question", words]))
    return keys
