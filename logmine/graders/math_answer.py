r"""Compares the mathematical answer of a completion with a reference: exact forms first, a computer algebra system where they do not suffice.

The system is math-verify (the extra ``math``), which imports SymPy. It runs in a process of its own with limits of time and memory,
and is imported nowhere else: :func:`math_engine.verified` is the only seam. A Lambda can judge by it only where the package is
bundled with it; without the package, what the exact forms cannot tell is not judged.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from . import math_engine, numeric
from .final_answer import first_sentence, last_bold, last_sentence, last_statement, only_field, tidy, without_markup
from .judgement import Judgement, Verdict, abstention, by_equality
from .math_forms import Form, plain_latex, read_form, value_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .math_polynomials import Polynomial

MAX_ANSWER_CHARS: Final = 500
_SHORT_CHARS: Final = 200
_MATH: Final = re.compile(r"\$\$?([^$\n]{1,500})\$\$?|\\\(([^\n]{1,500}?)\\\)|\\\[\s*([^\n]{1,500}?)\s*\\\]")
_PROSE: Final = re.compile(r"(?<![\\a-zA-Z])[^\W\d_]{3,}\s+[^\W\d_]{2,}")
_ALTERNATIVE: Final = re.compile(r"\b(?:or|oder|ou|maybe|perhaps)\b|または|或", re.IGNORECASE)
_SYMBOLIC: Final = re.compile(r"\\[a-zA-Z]|[\^=+*/()\[\]{}|<>]")
_NUMBER_WORDS: Final = frozenset("zero one two three four five six seven eight nine ten eleven twelve infinity none no half".split())  # noqa: SIM905 - words
_MIN_WORD_CHARS: Final = 4  # a shorter one may be a product of variables


def check(spec: Mapping[str, Any]) -> None:
    """Accept any object: a mathematical answer needs no spec."""
    del spec


def extract(text: str | None, tool_calls: Sequence[Mapping[str, Any]], spec: Mapping[str, Any]) -> str | None:
    r"""Read the answer that a completion states, as canonical LaTeX.

    In this order: the last statement of an answer (``\boxed{…}`` among them); the only field of a JSON object; a short output; bold
    type or the only formula in the last sentence; a number as the numeric grader reads it. Words count only where they are stated.
    """
    del tool_calls, spec
    return _settled(_read(text)) if text else None


def canonical(answer: str, spec: Mapping[str, Any]) -> str | None:
    """Bring an answer into canonical form: exact where it is a polynomial in roots, π, e, i and variables, else tidied LaTeX."""
    del spec
    if not answer.strip() or len(answer) > MAX_ANSWER_CHARS:
        return None
    stated = last_statement(tidy(answer))
    return _settled(_read(answer) if stated is not None else _form_text(_formula(answer) or answer, words=True))


def agrees(found: str, wanted: str, spec: Mapping[str, Any]) -> Judgement:
    """Compare exact forms; ask the algebra system where one has none, or where a decimal may stand for an irrational number."""
    del spec
    if found == wanted:
        return by_equality(found, wanted)
    verdict = _by_forms(read_form(found), read_form(wanted))
    if verdict is None:
        equal = math_engine.verified(found, wanted)
        verdict = "abstain" if equal is None else "correct" if equal else "incorrect"
    if verdict == "abstain":
        return abstention(found)
    return Judgement(verdict, found, float(verdict == "correct"))


def render(answer: str, spec: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """State the answer in a box."""
    return _stated(canonical(answer, spec) or answer), []


def _stated(answer: str) -> str:
    return f"\\boxed{{{answer}}}"


def _settled(form: str | None) -> str | None:
    """Refuse what reads otherwise when it is stated again, by itself or in a box."""
    if form is None or len(form) > MAX_ANSWER_CHARS or _read(_stated(form)) != form:
        return None
    alone = _read(form)
    return form if alone in {form, None} and _form_text(form, words=True) == form else None


def _read(text: str) -> str | None:
    tidied = tidy(text)
    statement = last_statement(tidied) if tidied else None
    if statement is not None:
        if statement.kind == "revision":
            return None
        if statement.kind == "phrase":
            return _phrase(statement.text)
        return _form_text(_formula(statement.text) or statement.text, words=True) or _number_text(statement.text)
    if (only := only_field(tidied)) is not None:
        return _form_text(only, words=True)
    if len(tidied) <= _SHORT_CHARS and "\n" not in tidied and (form := _form_text(_formula(tidied) or tidied, words=False)) is not None:
        return form
    bold = last_bold(tidied)
    if bold is not None and (form := _form_text(_formula(bold) or bold, words=False)) is not None:
        return form
    return _phrase(last_sentence(tidied)) if tidied else None


def _phrase(sentence: str) -> str | None:
    """Read what follows "the answer is", or a last sentence: its only formula, all of it, or its number."""
    formulas = {plain_latex(next(filter(None, match.groups()))) for match in _MATH.finditer(sentence)}
    if formulas:
        open_choice = len(formulas) > 1 or _ALTERNATIVE.search(_MATH.sub(" ", sentence))
        return None if open_choice else _form_text(formulas.pop(), words=True)
    whole = _form_text(first_sentence(without_markup(sentence)), words=False)
    if whole is not None:
        return whole
    return _number_text(sentence)


def _number_text(span: str) -> str | None:
    """Read the only number of a span with words around it, as the numeric grader does."""
    number = numeric.extract(span, (), {})
    return _form_text(number.replace("%", "\\%"), words=False) if number is not None else None


def _formula(text: str) -> str | None:
    """Give the content of the only formula between dollar signs or the like; None with several, with none, or where the rest counts too."""
    found = [next(filter(None, match.groups())) for match in _MATH.finditer(text)]
    return found[0] if len(found) == 1 and not re.search(r"[\d=]", _MATH.sub(" ", text)) else None


def _form_text(written: str, *, words: bool) -> str | None:
    form = read_form(written.strip())
    if form is not None:
        return form.text if words or form.kind != "words" else None
    plain = plain_latex(written)
    if not plain or len(written) > MAX_ANSWER_CHARS or _PROSE.search(plain) or not _SYMBOLIC.search(plain):
        return None
    return plain if plain_latex(plain) == plain else None


def _by_forms(found: Form | None, wanted: Form | None) -> Verdict | None:
    """Judge by two forms that differ; None where they do not decide."""
    if found is None or wanted is None:
        return None
    kinds = {found.kind, wanted.kind}
    if kinds == {"value"}:
        return _by_values(found, wanted)
    if "words" in kinds:
        return _by_words(found, wanted)
    if "equation" in kinds and len(kinds) > 1:
        return "abstain"  # an equation and a value: the one may be solved by the other
    if kinds == {"value", "set"}:
        return "abstain" if _decimal_comma(found) == wanted.text or found.text == _decimal_comma(wanted) else "incorrect"
    return "incorrect" if len(kinds) == 1 else None


def _by_words(found: Form, wanted: Form) -> Verdict:
    words = [form.text for form in (found, wanted) if form.kind == "words"]
    doubtful = any(word in _NUMBER_WORDS or len(word) < _MIN_WORD_CHARS for word in words)
    return "abstain" if doubtful else "incorrect"


def _decimal_comma(form: Form) -> str | None:
    match = re.fullmatch(r"\\\{(\d+), (\d+)\\\}", form.text)
    read = read_form(f"{match[1]}.{match[2]}") if match else None
    return read.text if read else None


def _by_values(found: Form, wanted: Form) -> Verdict | None:
    one, other = value_of(found), value_of(wanted)
    if one is None or other is None:
        return "incorrect"  # infinity and a number
    if found.text.endswith("%") != wanted.text.endswith("%"):
        return "abstain" if _proportional(one, other) else "incorrect"
    if _letters(one) != _letters(other):
        return "abstain" if _numbers(one) == _numbers(other) else "incorrect"  # a unit, perhaps: 5 and 5 m
    if set(one) <= {()} and set(other) <= {()}:
        return _by_rationals(one.get((), Fraction(0)), other.get((), Fraction(0)))
    if set(one) <= {()} or set(other) <= {()}:
        return None  # an irrational number and what may be its decimal
    return "incorrect"


def _proportional(one: Polynomial, other: Polynomial) -> bool:
    return any({key: factor * scale for key, factor in one.items()} == other for scale in (1, 100, Fraction(1, 100)))


def _letters(value: Polynomial) -> set[str]:
    return {name for monomial in value for name, _ in monomial if name.isalpha() and name not in {"i", "e"}}


def _numbers(value: Polynomial) -> list[Fraction]:
    return sorted(value.values())


def _by_rationals(found: Fraction, wanted: Fraction) -> Verdict:
    """Abstain where a decimal is the rounding of a fraction that no decimal ends."""
    for decimal, fraction in ((found, wanted), (wanted, found)):
        places = _places(decimal)
        if _places(fraction) is None and places and abs(decimal - fraction) * 2 * 10**places <= 1:
            return "abstain"
    return "incorrect"


def _places(number: Fraction) -> int | None:
    """Count the decimal places of a number, None where no decimal ends."""
    return next((places for places in range(40) if 10**places % number.denominator == 0), None)
