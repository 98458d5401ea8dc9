r"""Reads mathematical answers, in LaTeX or plain, into exact canonical forms: polynomials over the rationals in roots, π, e, i and variables.

Square roots of different square-free integers are linearly independent over the rationals, so that two expressions of this kind
are equal exactly where their forms are: ``\frac{2}{\sqrt{2}}`` and ``\sqrt{2}``. What is not of this kind (functions, matrices,
quotients of polynomials) has no form and is left to a computer algebra system.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

from .math_polynomials import (
    Polynomial,
    UnreadableError,
    added,
    as_integer,
    inverse,
    monomial_order,
    multiplied,
    number_value,
    polynomial_text,
    raised,
    root,
)

Kind = Literal["value", "set", "tuple", "equation", "words"]

_MAX_CHARS: Final = 500
_MAX_POWER: Final = 30
_MAX_DEPTH: Final = 30

_TOKEN: Final = re.compile(
    r"\s*+(?:(?P<number>\d++(?:\.\d++)?|\.\d++)|(?P<command>\\[a-zA-Z]++)|(?P<letter>[a-zA-Z])|(?P<mark>[-+*/^(){}=_]))"
)
_DROPPED: Final = (
    (re.compile(r"\\(?:left|right|bigg?|Bigg?|displaystyle|limits|quad|qquad)(?![a-zA-Z])|\\[,;:!> ]|~|\$|\\[()\[\]](?![a-zA-Z])"), " "),
    (re.compile(r"\^\s?(?:\{\s?\\circ\s?\}|\\circ(?![a-zA-Z]))|°|\\degree(?![a-zA-Z])"), " "),
    (re.compile(r"\\[dtc]frac(?![a-zA-Z])"), r"\\frac"),
    (re.compile(r"\\(?:times|cdot|ast)(?![a-zA-Z])|[×·⋅∗]"), "*"),
    (re.compile(r"\\div(?![a-zA-Z])|÷"), "/"),
    (re.compile(r"[−–‐]"), "-"),
    (re.compile(r"\*\*"), "^"),
    (re.compile(r"(?<![\w.\\])(\d+(?:\.\d+)?|\.\d+)[eE]([-+]?\d{1,3})(?![\w.])"), r"\1*10^{\2}"),  # 7e2: nobody writes 14e so
    (re.compile(r"π"), r"\\pi "),
    (re.compile(r"∞"), r"\\infty "),
    (re.compile(r"√\s?\(([^()]{1,60})\)|√\s?(\d{1,12}|[a-z])"), r"\\sqrt{\1\2}"),
    (re.compile(r"(?<![\\\w])sqrt\s?\(([^()]{1,60})\)"), r"\\sqrt{\1}"),
    (re.compile(r"(?<![\\\w])pi\b"), r"\\pi "),
    (re.compile(r"(?<=\d)\{,\}(?=\d{3}(?!\d))"), ""),
    (re.compile(r"\\(?:mathrm|mathbf|mathit|operatorname)\s?\{([^{}]{0,60})\}"), r"\1"),
)
_UNIT: Final = re.compile(r"(?<=[\d}\s])\\(?:text|mbox)\s?\{[^{}]{0,60}\}(?:\^\{?[23]\}?)?")
_TEXT: Final = re.compile(r"\\(?:text|mbox|textbf)\s?\{([^{}]{0,200})\}")
_BOLD: Final = re.compile(r"^(\*\*?)([^*]+)\1[ .]?$")  # around the whole; elsewhere two stars are a power
_LEADING: Final = re.compile(r"^(?:[ ;:=]|\.{2,}|\.(?!\d))+")  # not the point of .5
_THOUSANDS: Final = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_ASSIGNMENT: Final = re.compile(r"\s*(?:[a-zA-Z](?:_\{?\w{1,3}\}?)?|[a-zA-Z]\([a-zA-Z]\))\s*(?:=|\\in(?![a-zA-Z]))\s*")
_LETTER_RUN: Final = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z]{3,}")
_WORDS: Final = re.compile(r"[^\W\d_]{2,}(?:[\s-][^\W\d_]+){0,4}")


@dataclass(frozen=True, slots=True)
class Form:
    """What a mathematical answer is, canonically: equal forms are equal answers, and different ones of one language differ."""

    kind: Kind
    text: str


def plain_latex(written: str) -> str:
    r"""Rewrite what LaTeX allows to be written in many ways in one way; units in ``\text`` behind a number and degrees fall away."""
    text = _BOLD.sub(r"\2", written.strip()[:_MAX_CHARS])
    for pattern, plain in _DROPPED:
        text = pattern.sub(plain, text)
    text = _TEXT.sub(r" \1 ", _UNIT.sub(" ", text))
    text = _LEADING.sub("", " ".join(text.split()).rstrip(" .;:"))
    return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text


@lru_cache(maxsize=8192)
def read_form(written: str) -> Form | None:
    r"""Read an answer: a value, a tuple or interval, a set or list, an equation, or plain words; None for anything else.

    Examples
    --------
    >>> read_form(r"\dfrac{2}{\sqrt{2}}").text
    '\\sqrt{2}'
    >>> read_form("x = 3, 1") == read_form(r"\{1, 3\}")
    True
    """
    if len(written) > _MAX_CHARS:
        return None
    text = plain_latex(written)
    if not text:
        return None
    if _WORDS.fullmatch(text):
        return Form("words", " ".join(text.casefold().split()))
    if _LETTER_RUN.search(re.sub(r"\band\b|\bor\b", "", text)):
        return None
    try:
        return _read(text)
    except UnreadableError:
        return None


def value_of(form: Form) -> Polynomial | None:
    """Give the exact value of a form of one; None for every other form and for infinity; a percent sign is left aside."""
    try:
        return _expression(form.text.removesuffix("\\%")) if form.kind == "value" else None
    except UnreadableError:
        return None


def _read(text: str) -> Form:
    unions = re.split(r"\\cup(?![a-zA-Z])|∪", text)
    if len(unions) > 1:
        parts = sorted(_read_one(part.strip()).text for part in unions)
        return Form("set", r" \cup ".join(parts))
    return _read_one(text)


def _read_one(text: str) -> Form:
    assignment = _ASSIGNMENT.match(text)
    if assignment is not None and text.count("=") <= 1:
        text = text[assignment.end() :]
    opening, closing = text[:1], text[-1:]
    if text.startswith("\\{") and text.endswith("\\}"):
        return _set(_split(text[2:-2]))
    parts = _split(text[1:-1]) if opening and opening in "([" and closing in ")]" and closing else []
    if len(parts) > 1 and _balanced(text[1:-1]):
        if len(parts) > 2 and opening + closing in {"[)", "(]"}:
            raise UnreadableError
        return Form("tuple", f"{opening}{', '.join(_value_text(part) for part in parts)}{closing}")
    listed = _split(text)
    if len(listed) > 1:
        return _set([_ASSIGNMENT.sub("", part, count=1) for part in listed])
    if "\\pm" in text:
        return _set([text.replace("\\pm", "+"), text.replace("\\pm", "-")])
    if text.count("=") == 1:
        return _equation(text)
    return Form("value", _value_text(text))


def _balanced(text: str) -> bool:
    depth = 0
    for mark in text:
        depth += (mark in "([{") - (mark in ")]}")
        if depth < 0:
            return False
    return depth == 0


def _split(text: str) -> list[str]:
    """Cut at commas and semicolons outside of brackets; the word "and" counts as one."""
    parts, depth, start = list[str](), 0, 0
    text = re.sub(r",?\s(?:and|or)\s", ", ", text)
    if re.search(r"\d,0\d", text):
        raise UnreadableError  # 1,06: a list, or a decimal comma
    for at, mark in enumerate(text):
        depth += (mark in "([{") - (mark in ")]}")
        if mark in ",;" and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def _set(parts: list[str]) -> Form:
    members = sorted({_member_text(part.strip()) for part in parts})
    return Form("value", members[0]) if len(members) == 1 else Form("set", f"\\{{{', '.join(members)}\\}}")


def _member_text(text: str) -> str:
    if text[:1] in {"(", "["} and len(_split(text[1:-1])) > 1:
        return _read_one(text).text
    if "\\pm" in text:
        raise UnreadableError
    return _value_text(text)


def _value_text(text: str) -> str:
    text = text.strip()
    infinite = re.fullmatch(r"([-+]?)\s?\\infty", text)
    if infinite is not None:
        return f"{'-' if infinite[1] == '-' else ''}\\infty"
    if re.fullmatch(r"[-+]?\s?(?:\d+(?:\.\d+)?|\.\d+)\s?\\?%", text):
        return polynomial_text(_expression(text.rstrip("%\\ "))) + "\\%"
    return polynomial_text(_expression(text))


def _equation(text: str) -> Form:
    left, right = (_expression(side) for side in text.split("="))
    moved = added(left, right, -1)
    if not any(name.isalpha() for monomial in moved for name, _ in monomial):
        raise UnreadableError
    leading = moved[min(moved, key=monomial_order)]
    return Form("equation", polynomial_text({monomial: factor / leading for monomial, factor in moved.items()}) + " = 0")


def _expression(text: str) -> Polynomial:
    reader = _Reader(text)
    found = reader.sum(0)
    if reader.at < len(text) and text[reader.at :].strip():
        raise UnreadableError
    return found


class _Reader:
    """A recursive descent over one expression; ``at`` is where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> re.Match[str] | None:
        return _TOKEN.match(self.text, self.at)

    def take(self, mark: str) -> bool:
        token = self.peek()
        if token is None or token["mark"] != mark:
            return False
        self.at = token.end()
        return True

    def sum(self, depth: int) -> Polynomial:
        if depth > _MAX_DEPTH:
            raise UnreadableError
        negative = self.take("-") or (self.take("+") and False)
        total = added({}, self.product(depth), -1 if negative else 1)
        while True:
            if self.take("+"):
                total = added(total, self.product(depth), 1)
            elif self.take("-"):
                total = added(total, self.product(depth), -1)
            else:
                return total

    def product(self, depth: int) -> Polynomial:
        total = self.power(depth)
        while (token := self.peek()) is not None:
            if token["mark"] in {"*", "/"}:
                self.at = token.end()
                negative = self.take("-")
                factor = self.power(depth)
                factor = added({}, factor, -1) if negative else factor
                total = multiplied(total, factor if token["mark"] == "*" else inverse(factor))
            elif token["number"] and self.text[self.at - 1 : self.at].isdigit():
                raise UnreadableError
            elif token["number"] or token["letter"] or token["command"] or token["mark"] in {"(", "{"}:
                total = self.mixed(total, token, depth)
            else:
                return total
        return total

    def mixed(self, total: Polynomial, token: re.Match[str], depth: int) -> Polynomial:
        r"""Multiply by a factor without a sign between; ``2\frac{1}{3}`` may be a mixed number, and two numbers are no product."""
        digits = self.text[: self.at].rstrip()[-1:].isdigit()
        if digits and (token["number"] or token["command"] == "\\frac"):
            raise UnreadableError
        return multiplied(total, self.power(depth))

    def power(self, depth: int) -> Polynomial:
        base = self.atom(depth)
        if not self.take("^"):
            return base
        exponent = self.group(depth) if (token := self.peek()) is not None and token["mark"] == "{" else self.atom(depth)
        value = as_integer(exponent)
        if value is None or abs(value) > _MAX_POWER:
            raise UnreadableError
        return raised(base if value >= 0 else inverse(base), abs(value))

    def atom(self, depth: int) -> Polynomial:
        token = self.peek()
        if token is None:
            raise UnreadableError
        if token["mark"] == "{":
            return self.group(depth)
        if token["mark"] == "(":
            self.at = token.end()
            inside = self.sum(depth + 1)
            if not self.take(")"):
                raise UnreadableError
            return inside
        self.at = token.end()
        if token["number"]:
            return number_value(token["number"])
        if token["letter"]:
            return {((token["letter"], 1),): Fraction(1)} if token["letter"] != "i" else {(("i", 1),): Fraction(1)}
        if token["command"]:
            return self.command(token["command"], depth)
        raise UnreadableError

    def command(self, name: str, depth: int) -> Polynomial:
        if name == "\\pi":
            return {(("\\pi", 1),): Fraction(1)}
        if name == "\\frac":
            above = self.argument(depth)
            return multiplied(above, inverse(self.argument(depth)))
        if name == "\\sqrt":
            return root(self.argument(depth))
        raise UnreadableError

    def argument(self, depth: int) -> Polynomial:
        r"""Read ``{…}``, or the single digit or letter of ``\frac12``."""
        token = self.peek()
        if token is not None and token["mark"] == "{":
            return self.group(depth)
        if token is None or not (token["number"] or token["letter"]):
            raise UnreadableError
        start = token.start("number") if token["number"] else token.start("letter")
        self.at = start + 1
        return number_value(self.text[start]) if token["number"] else {((token["letter"], 1),): Fraction(1)}

    def group(self, depth: int) -> Polynomial:
        if not self.take("{"):
            raise UnreadableError
        inside = self.sum(depth + 1)
        if not self.take("}"):
            raise UnreadableError
        return inside
