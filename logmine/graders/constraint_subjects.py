"""Reads instructions about words and letters: must appear, must not appear, must appear so many times.

The logic is one for languages that put spaces between words; a :class:`Vocabulary` holds the phrases of each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .constraint_clauses import Clause, Constraint, bounds, denied, number_of, quoted_list, relation_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEXT_BARE: Final = re.compile(r"\s?,\s(?:and\s|or\s|et\s|ou\s)?|\s(?:and|or|nor|et|ou|ni)\s", re.IGNORECASE)
_LIST_GAP: Final = re.compile(r"[^.\n\"“«'‘`:;]{0,40}[:(]?\s?(?=[\"“«'‘`])")
_DEFINITE: Final = re.compile(
    r"\b(?:the|these|this|those|following|le|les|ces|ce|du|des|suivants?)(?:\s(?:key|single|exact|two|three|deux|trois))?\s?\Z",
    re.IGNORECASE,
)
_OF_LETTERS: Final = re.compile(r"capital|upper|lower|letters?\b|majuscul|minuscul|lettres?\b", re.IGNORECASE)
_MAX_BARE: Final = 8


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The phrases of one language; all patterns run on masked text, but for the bare ones."""

    subject: re.Pattern[str]  # "the word", "these keywords:", "the letter"
    bare: re.Pattern[str]  # a word without quotation marks
    bare_letter: re.Pattern[str]
    times: re.Pattern[str]  # "at least 3 times"
    negative_before: re.Pattern[str]
    negative_after: re.Pattern[str]
    positive_before: re.Pattern[str]
    positive_after: re.Pattern[str]
    elsewhere: re.Pattern[str]  # what is said of the words is where they stand, not that they do
    bare_include: re.Pattern[str]  # include "…", without "the word"
    numbers: dict[str, int]


@dataclass(frozen=True, slots=True)
class Subject:
    """The words, or the letter, of which a clause says something."""

    start: int
    end: int
    words: list[str]
    is_letter: bool


def subject_constraints(clause: Clause, vocabulary: Vocabulary) -> Iterator[Constraint]:
    """Yield what a clause says of the words and letters that it names."""
    if clause.masked.rstrip().endswith("?") and not re.match(r"\W*(?:can|could|would|please|pou)", clause.masked, re.IGNORECASE):
        return
    subjects = _subjects(clause, vocabulary)
    ends = [0, *(subject.end for subject in subjects)]
    starts = [*(subject.start for subject in subjects[1:]), len(clause.masked)]
    used = -1
    for subject, begin, end in zip(subjects, ends, starts, strict=False):
        before, after = clause.masked[begin : subject.start], clause.masked[subject.end : end]
        times = vocabulary.times.search(after)
        at = subject.end
        if times is None and begin != used:
            times, at = vocabulary.times.search(before), begin
        if times is not None:
            used = subject.end if at == subject.end else used
            yield from _repeated(subject, times, vocabulary, denial=before + after[: times.start() if at == subject.end else 0])
        elif not vocabulary.elsewhere.search(before) and not re.match(r"\s?(?:with|par)\b", after):
            yield from _present(subject, before, after, vocabulary)


def _subjects(clause: Clause, vocabulary: Vocabulary) -> list[Subject]:
    subjects: list[Subject] = []
    for match in vocabulary.subject.finditer(clause.masked):
        if subjects and match.start() < subjects[-1].end:
            continue
        is_letter = match["letter"] is not None
        found = _letter(clause, match.end(), vocabulary) if is_letter else _words(clause, match.end(), match["words"], vocabulary)
        if found is not None:
            subjects.append(Subject(match.start(), found[1], found[0], is_letter))
    if not subjects and (match := vocabulary.bare_include.search(clause.masked)) is not None:
        words, end = quoted_list(clause.text, match.end())
        subjects += [Subject(match.end(), end, words, is_letter=False)] if words else []
    return subjects


def _letter(clause: Clause, at: int, vocabulary: Vocabulary) -> tuple[list[str], int] | None:
    match = vocabulary.bare_letter.match(clause.text, at)
    return ([match[1]], match.end()) if match is not None else None


def _words(clause: Clause, at: int, said: str, vocabulary: Vocabulary) -> tuple[list[str], int] | None:
    gap = _LIST_GAP.match(clause.masked, at)
    close = gap is not None and not vocabulary.elsewhere.search(gap[0]) and not _OF_LETTERS.search(gap[0])
    for start in (at, gap.end() if gap and close else at):
        words, end = quoted_list(clause.text, start)
        if words:
            return words, end
    named = ":" in clause.masked[at - 2 : at] or _DEFINITE.search(clause.masked[: at - len(said) - 1].rstrip(" :(") + " ")
    return _bare_words(clause, at, vocabulary, many=said.casefold().endswith("s")) if named else None


def _bare_words(clause: Clause, at: int, vocabulary: Vocabulary, *, many: bool) -> tuple[list[str], int] | None:
    words: list[str] = []
    end = at
    while len(words) < (_MAX_BARE if many else 1) and (match := vocabulary.bare.match(clause.masked, at)) is not None:
        words.append(match[0])
        end = at = match.end()
        following = _NEXT_BARE.match(clause.masked, at)
        if following is None:
            break
        at = following.end()
    return (words, end) if words else None


def _repeated(subject: Subject, times: re.Match[str], vocabulary: Vocabulary, *, denial: str) -> Iterator[Constraint]:
    number = number_of(times["n"] or times["n1"], vocabulary.numbers)
    if number is None or number > 10_000:
        return
    relation = relation_of(times)
    limits = bounds(relation, number)
    if relation in {"ge", "gt"} and vocabulary.negative_before.search(denial):
        limits = denied(limits)
    kind = "letter" if subject.is_letter else "word"
    if limits:
        yield from ({"kind": kind, kind: word.casefold() if subject.is_letter else word, **limits} for word in subject.words)


def _present(subject: Subject, before: str, after: str, vocabulary: Vocabulary) -> Iterator[Constraint]:
    negative = vocabulary.negative_before.search(before) or vocabulary.negative_after.search(after)
    positive = vocabulary.positive_before.search(before) or vocabulary.positive_after.search(after)
    if negative:
        if subject.is_letter:
            yield {"kind": "avoids_characters", "characters": "".join(subject.words).casefold()}
        else:
            yield {"kind": "avoids", "words": subject.words}
    elif positive and not subject.is_letter:
        yield {"kind": "contains", "words": subject.words}
