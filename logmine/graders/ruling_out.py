"""Completions of which no one answer can be read, and which surely do not give the answer that is wanted.

"86 glasses and 42 plates" is no number that could be compared, and yet it is not 128; a derivation that ends nowhere and never names
the right option did not choose it. Such a completion is incorrect; to abstain would take it for unreadable. Where the wanted answer
stands among several, or might be meant by what stands there, nothing is ruled out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from . import choice, label
from .final_answer import last_sentence, last_statement, tidy, without_markup
from .math_forms import read_form, value_of
from .math_polynomials import approximate
from .number_forms import as_fraction, find_numbers, may_be_thousands, plain_text, read_kanji

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

_LONG_CHARS: Final = 200  # a text at least this long, that states nothing, had room for its answer
_NEAR: Final = 0.01  # of a number: two that are nearer may be roundings of one
_NO_ANSWER: Final = re.compile(
    r"\b(?:can\s?not|can['’]t|unable|impossible|not possible|undetermined|indeterminate|undefined|not listed|not among|not provided|"
    r"(?:does|do|did)(?: not|n['’]t) exist|no (?:real |valid |such |unique |correct |finite )?(?:solutions?|answers?|minimum|maximum|values?|numbers?|options?|choices?)|"
    r"none of|infinite(?:ly)?|infinity|not enough|insufficient|unknown|unbounded)\b",
    re.IGNORECASE,
)
_NUMBER_WORD: Final = re.compile(
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety|hundred|thousand|million|dozen|half|third|quarter|twice|none|nothing|un|une|deux|trois|quatre|cinq|dix|ein|eine|eins|zwei|drei|vier|"
    r"fünf|zehn|uno|una|dos|tres|cuatro|cinco|diez|moja|mbili|tatu|kumi)\b",
    re.IGNORECASE,
)
# Quantities in several units of one measure are one number in a smaller unit: 1 hour 20 minutes.
_MEASURE: Final = re.compile(
    r"\b(?:hours?|hrs?|h|minutes?|mins?|seconds?|secs?|days?|weeks?|months?|years?|feet|foot|ft|inch(?:es)?|yards?|miles?|pounds?|lbs?|ounces?|oz|dollars?|cents?|"
    r"euros?|kg|kilograms?|grams?|g|km|kilometers?|meters?|m|cm|mm|liters?|l|ml|heures?|jours?|stunden?|minuten|tage|horas?|minutos?|días?)\b|時間|分|秒|円|メートル|小时|分钟",
    re.IGNORECASE,
)


def is_another_number(text: str, wanted: str, spec: Mapping[str, Any]) -> bool:
    """Say whether a completion states numbers, none of them the wanted one; another value; that there is none; or never names it at all."""
    del spec
    tidied = tidy(text)
    statement = last_statement(tidied) if tidied else None
    if statement is None:
        return len(tidied) >= _LONG_CHARS and not _may_name(tidied, wanted) and not _NUMBER_WORD.search(last_sentence(tidied))
    if statement.kind == "revision" or not statement.text:
        return False
    given = plain_text(without_markup(statement.text))
    if _may_name(tidied[statement.start :], wanted):
        return False
    if not re.search(r"\d", given):
        return wanted != "0" and bool(_NO_ANSWER.search(given)) and read_kanji(given.strip()) is None
    numbers = find_numbers(given)
    if numbers and all(number.value is not None for number in numbers):
        return len(set(_MEASURE.findall(given))) < 2 and not _NUMBER_WORD.search(given)
    return _has_another_value(statement.text, wanted)


def _may_name(text: str, wanted: str) -> bool:
    """Say whether the wanted number stands in a text, as a percentage, in other marks of thousands, or nearly."""
    number = as_fraction(wanted)
    same = {number, number * 100, number / 100, as_fraction(may_be_thousands(wanted) or wanted)}
    values = [(found, as_fraction(found)) for one in find_numbers(plain_text(text)) if (found := one.value) is not None]
    return any(value in same or as_fraction(may_be_thousands(found) or found) in same or _is_near(value, number) for found, value in values)


def _is_near(value: Fraction, number: Fraction) -> bool:
    """Say whether one of two numbers, not both whole, may be a rounding of the other."""
    return (value.denominator > 1 or number.denominator > 1) and abs(value - number) <= abs(number) * _rational(_NEAR)


def _rational(share: float) -> Fraction:
    return as_fraction(str(share))


def _has_another_value(stated: str, wanted: str) -> bool:
    """Say whether an expression without variables has a value that is not the wanted one."""
    form = read_form(stated)
    value = value_of(form) if form is not None else None
    size = approximate(value) if value is not None else None
    number = float(as_fraction(wanted))
    return size is not None and abs(size - number) > _NEAR * max(abs(number), abs(size))


def is_another_option(text: str, wanted: str, spec: Mapping[str, Any]) -> bool:
    """Say whether a completion names options, none of them the wanted one; says that none fits; or never names the wanted one at all."""
    options: Mapping[str, str] = spec.get("options", {})
    tidied = without_markup(tidy(text))
    statement = last_statement(tidied) if tidied else None
    own_text = options.get(wanted, "")
    if statement is None and len(tidied) >= _LONG_CHARS:
        return bool(own_text) and wanted not in choice.marks_named(tidied[-_LONG_CHARS:], spec) and not choice.holds_text(tidied, own_text)
    stated = tidied if statement is None else statement.text if statement.kind != "revision" else ""
    named = choice.marks_named(stated, spec)
    if wanted in named or choice.holds_text(stated, own_text):
        return False
    return bool(named) or bool(_NO_ANSWER.search(stated) and not _NO_ANSWER.search(own_text))


def is_another_label(text: str, wanted: str, spec: Mapping[str, Any]) -> bool:
    """Say whether a completion gives as its label something that is none of the set: another label, or a refusal."""
    del wanted
    return bool(spec.get("labels")) and label.gives_unknown_label(text, spec)
