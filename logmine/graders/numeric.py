"""Compares the number that a completion states as its answer with a reference number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from .final_answer import first_sentence, last_bold, last_sentence, last_statement, only_field, tidy, without_markup
from .judgement import Judgement, abstention, by_equality
from .number_forms import Number, as_fraction, find_numbers, may_be_thousands, plain_text, read_kanji

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHORT_CHARS: Final = 80
_EQUALS: Final = re.compile(r"[=≈≒＝]|\b(?:is equal to|equals|is approximately)\b")
# After the first number of a statement, words that only explain it: "9 hours, which is twice 4.5".
_EXPLANATION: Final = re.compile(
    r"[^\d\n]{0,60}?(?:[(;:—]|,\s?[a-zA-Z]|\b(?:because|since|which|as|so|after|if|when|per|in|for|with|from|out of)\b)"
)
_ALTERNATIVE: Final = re.compile(r"\b(?:or|and|to|maybe|perhaps|between|oder|und|ou|et|o|y|bis)\b|[~〜–±]|か|または|或", re.IGNORECASE)
_HEDGE: Final = re.compile(r"\b(?:between|either|at least|at most|more than|less than|up to|not|around \w+ or)\b", re.IGNORECASE)
_LETTERS: Final = re.compile(r"[^\W\d_]")
# Of which one number is only a part: a root, a power in a sum ("x^2 + 1"), a fraction or percentage in words ("五分の三", "百分之六十"), "负三".
_PART_OF_MORE: Final = re.compile(r"\\[a-zA-Z]|[√π]|[a-zA-Z]\s?\^\s?\{?\d+\}?\s?[-+*/]\s?\d|分[の之]|[负負]")
_FINISHED: Final = re.compile(r"[.!?。！？)\]}*`\"'$%]\s*$")


def check(spec: Mapping[str, Any]) -> None:
    """Accept any object: a number needs no spec."""
    del spec


def extract(text: str | None, tool_calls: Sequence[Mapping[str, Any]], spec: Mapping[str, Any]) -> str | None:
    """Read the number that a completion states as its answer.

    In this order: the last statement of an answer; the only field of a JSON object; a short output with one number; one number in bold in the last two lines;
    the last sentence, if it states one number, or an equation whose right side is one number. A last sentence
    that was cut off states nothing, and lines of bare numbers are a list, not an answer.
    """
    del tool_calls, spec
    if not text or not (tidied := tidy(text)):
        return None
    statement = last_statement(tidied)
    if statement is not None:
        return _read_last(statement.text) if statement.kind == "revision" else _read_stated(statement.text)
    if (only := only_field(tidied)) is not None:
        return _read_stated(only)
    if tidied.startswith(("{", "[", "```json")):
        return None
    if len(tidied) <= _SHORT_CHARS and last_sentence(tidied) == tidied:
        return _read_stated(tidied)
    bold = last_bold(tidied)
    if bold is not None and (value := _read_stated(bold)) is not None:
        return value
    return None if _is_bare_list(tidied) else _read_last(tidied)


def canonical(answer: str, spec: Mapping[str, Any]) -> str | None:
    """Bring a number as a person wrote it into canonical form; LaTeX that is no plain number gives None."""
    del spec
    if not answer.strip():
        return None
    return extract(answer, (), {}) if last_statement(tidy(answer)) is not None else _read_stated(answer)


def agrees(found: str, wanted: str, spec: Mapping[str, Any]) -> Judgement:
    """Compare exactly, as rational numbers; abstain where percent, thousands or rounding leave a doubt."""
    del spec
    if found == wanted:
        return by_equality(found, wanted)
    if found.isdecimal() and wanted.isdecimal():
        return Judgement("incorrect", found, 0.0)
    number, reference = as_fraction(found), as_fraction(wanted)
    if found.endswith("%") != wanted.endswith("%"):
        doubtful = number == reference or number == reference * 100 or number * 100 == reference
        return abstention(found) if doubtful else Judgement("incorrect", found, 0.0)
    if number == reference:
        return Judgement("correct", found, 1.0)
    if may_be_thousands(found) == wanted or found == may_be_thousands(wanted) or _is_rounding(found, wanted):
        return abstention(found)
    return Judgement("incorrect", found, 0.0)


def render(answer: str, spec: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """State the number in a sentence."""
    return f"The answer is {canonical(answer, spec) or answer}", []


def _read_stated(written: str) -> str | None:
    """Read a span that is said to be the answer: the right side of its last equation, or its only number."""
    sentence = first_sentence(without_markup(written.strip().split("\n\n", 1)[0]))
    span = plain_text(_EQUALS.split(sentence)[-1]).strip()
    if _PART_OF_MORE.search(span):
        return None
    numbers = find_numbers(span)
    if not numbers:
        return read_kanji(span) if not re.search(r"\d", span) else None
    if len({number.value for number in numbers}) == 1:
        return numbers[0].value if not _HEDGE.search(span[: numbers[0].start]) else None
    return _first_if_explained(span, numbers)


def _first_if_explained(span: str, numbers: list[Number]) -> str | None:
    first, second = numbers[0], numbers[1]
    between = span[first.end : second.start]
    if _LETTERS.search(span[: first.start]) or _ALTERNATIVE.search(between) or not _EXPLANATION.match(between):
        return None
    return first.value


def _read_last(text: str) -> str | None:
    """Read the last sentence of a text that announces no answer."""
    sentence = last_sentence(text)
    if not _FINISHED.search(text) and "\n" not in text and sentence != text and "=" not in sentence:
        return None
    if _EQUALS.search(sentence) or len(find_numbers(plain_text(without_markup(sentence)))) == 1:
        return _read_stated(sentence)
    return None


def _is_bare_list(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    return sum(not _LETTERS.search(line) and "=" not in line for line in lines[-2:]) > 1


def _is_rounding(found: str, wanted: str) -> bool:
    """Say whether a decimal is the rounding of a fraction that no decimal ends."""
    if "/" not in wanted or "." not in found:
        return False
    places = len(found.removesuffix("%").split(".")[1])
    return abs(as_fraction(found) - as_fraction(wanted)) * 2 * 10**places <= 1
