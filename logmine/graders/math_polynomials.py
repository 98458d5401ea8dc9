"""Exact polynomials over the rationals in variables, π, e, i and square roots of square-free integers.

A root is named by its radicand in digits, ``"3"`` for √3. Such roots are linearly independent over the rationals, so that equal
polynomials have equal terms. What grows beyond the limits is not computed.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Final

Monomial = tuple[tuple[str, int], ...]
Polynomial = dict[Monomial, Fraction]

_MAX_DIGITS: Final = 60
_MAX_TERMS: Final = 60
_MAX_RADICAND: Final = 10**8


class UnreadableError(Exception):
    """The expression is not of this kind; never leaves the graders."""


def number_value(written: str) -> Polynomial:
    """Read a number in digits."""
    if len(written) > _MAX_DIGITS:
        raise UnreadableError
    value = Fraction(written)
    return {(): value} if value else {}


def as_integer(value: Polynomial) -> int | None:
    """Give the integer that a polynomial is; None for any other."""
    if not value:
        return 0
    factor = value.get(())
    return int(factor) if len(value) == 1 and factor is not None and factor.denominator == 1 else None


def added(one: Polynomial, other: Polynomial, sign: int) -> Polynomial:
    """Add ``sign`` times the second polynomial to the first."""
    total = dict(one)
    for monomial, factor in other.items():
        value = total.get(monomial, Fraction(0)) + sign * factor
        if value:
            total[monomial] = value
        else:
            total.pop(monomial, None)
    if len(total) > _MAX_TERMS:
        raise UnreadableError
    return total


def multiplied(one: Polynomial, other: Polynomial) -> Polynomial:
    """Multiply two polynomials."""
    total: Polynomial = {}
    for left, factor in one.items():
        for right, by in other.items():
            monomial, scale = _joined(left, right)
            total = added(total, {monomial: factor * by * scale}, 1)
    return total


def _joined(left: Monomial, right: Monomial) -> tuple[Monomial, Fraction]:
    """Multiply two monomials: roots join into one, i squared is minus one."""
    powers: dict[str, int] = {}
    radicand, scale = 1, Fraction(1)
    for name, power in (*left, *right):
        if name.isdigit():
            radicand *= int(name)
        else:
            powers[name] = powers.get(name, 0) + power
    if radicand > 1:
        outside, inside = _square_free(radicand)
        scale *= outside
        if inside > 1:
            powers[str(inside)] = 1
    if "i" in powers:
        turns = powers.pop("i") % 4
        scale *= -1 if turns in {2, 3} else 1
        if turns % 2:
            powers["i"] = 1
    return tuple(sorted((name, power) for name, power in powers.items() if power)), scale


def raised(base: Polynomial, power: int) -> Polynomial:
    """Raise a polynomial to a power of at least zero."""
    total: Polynomial = {(): Fraction(1)}
    for _ in range(power):
        total = multiplied(total, base)
        if any(len(str(factor)) > 4 * _MAX_DIGITS for factor in total.values()):
            raise UnreadableError
    return total


def inverse(value: Polynomial) -> Polynomial:
    """Invert a single term; 1/(a + b√c) by its conjugate; any other sum is no form of this kind."""
    if len(value) == 1:
        ((monomial, factor),) = value.items()
        roots = [int(name) for name, _ in monomial if name.isdigit()]
        rest = tuple((name, -power if name != "i" else power) for name, power in monomial if not name.isdigit())
        scale = Fraction(1) / factor
        scale *= -1 if any(name == "i" for name, _ in monomial) else 1
        root = ((str(roots[0]), 1),) if roots else ()
        return {tuple(sorted((*rest, *root))): scale / (roots[0] if roots else 1)}
    if len(value) == 2 and all(all(name.isdigit() or name == "i" for name, _ in monomial) for monomial in value):
        (first, factor), (second, by) = sorted(value.items(), key=lambda term: monomial_order(term[0]))
        conjugate: Polynomial = {first: factor, second: -by}
        norm = multiplied(value, conjugate)
        if set(norm) == {()}:
            return multiplied(conjugate, {(): 1 / norm[()]})
    raise UnreadableError


def root(value: Polynomial) -> Polynomial:
    """Take the square root of a rational number."""
    factor = value.get(())
    if not value:
        return {}
    if len(value) != 1 or factor is None or factor < 0 or factor.numerator * factor.denominator > _MAX_RADICAND:
        raise UnreadableError
    outside, inside = _square_free(factor.numerator * factor.denominator)
    return {((str(inside), 1),) if inside > 1 else (): Fraction(outside, factor.denominator)}


@lru_cache(maxsize=4096)
def _square_free(number: int) -> tuple[int, int]:
    """Write a number as a square times a square-free rest: 12 is (2, 3)."""
    if number > _MAX_RADICAND**2:
        raise UnreadableError
    outside, divisor = 1, 2
    while divisor * divisor <= number and divisor <= 10_000:
        while number % (divisor * divisor) == 0:
            number //= divisor * divisor
            outside *= divisor
        divisor += 1
    return outside, number


def approximate(value: Polynomial) -> float | None:
    """Give the number that a polynomial without variables is; None with variables, i or e in it."""
    total = 0.0
    for monomial, factor in value.items():
        if any(not (name.isdigit() or name == "\\pi") for name, _ in monomial):
            return None
        size = math.prod((math.sqrt(int(name)) if name.isdigit() else math.pi) ** power for name, power in monomial)
        total += float(factor) * size
    return total


def monomial_order(monomial: Monomial) -> tuple[int, Monomial]:
    """Order monomials: highest degree first, names in their order."""
    return (-sum(power for name, power in monomial if name.isalpha()), monomial)


def polynomial_text(value: Polynomial) -> str:
    """Write a form as LaTeX that reads back as itself."""
    if not value:
        return "0"
    terms = [_term_text(monomial, value[monomial]) for monomial in sorted(value, key=monomial_order)]
    return "".join(term if number == 0 or term.startswith("-") else f"+{term}" for number, term in enumerate(terms))


def _term_text(monomial: Monomial, factor: Fraction) -> str:
    names = " ".join(f"\\sqrt{{{name}}}" if name.isdigit() else name if power == 1 else f"{name}^{{{power}}}" for name, power in monomial)
    size, sign = abs(factor), "-" if factor < 0 else ""
    number = str(size) if size.denominator == 1 else f"\\frac{{{size.numerator}}}{{{size.denominator}}}"
    if names and size == 1:
        return f"{sign}{names}"
    return f"{sign}{number} {names}" if names else f"{sign}{number}"
