"""The filter expression of ``--keep``: comparisons of columns and constants, joined by and, or, not; parsed, never run as code.

Python's own parser gives the tree, and only the nodes named here mean anything::

    0 < pass_rate < 1 and n_attempts >= 8
    grader in ["numeric", "math"] and not language == "ja"
"""

from __future__ import annotations

import ast
import difflib
import operator
from functools import reduce
from typing import TYPE_CHECKING, Final

import polars as pl

from logmine.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS: Final = (
    "n_attempts", "n_correct", "pass_rate", "pass_rate_low", "pass_rate_high", "mean_reward", "std_reward", "useful_group", "band_mass",
    "confidence", "prompt_tokens",
)  # fmt: skip
TEXTS: Final = ("band", "band_evidence", "grader", "origin", "language", "task")
COLUMNS: Final = NUMBERS + TEXTS
COMPARISONS: Final[dict[type[ast.cmpop], Callable[[pl.Expr, pl.Expr], pl.Expr]]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
MAX_CHARS: Final = 2000
Kind = str  # number, text


def compile_filter(text: str) -> pl.Expr:
    """Return the expression as one of polars; a prompt that lacks a value which it compares is not kept.

    Raises
    ------
    UsageError
        If it is no such expression; the message points at the place.

    Examples
    --------
    >>> rows = pl.DataFrame({"pass_rate": [0.0, 0.5, None], "n_attempts": [8, 8, 0]})
    >>> rows.filter(compile_filter("0 < pass_rate < 1 and n_attempts >= 8"))["pass_rate"].to_list()
    [0.5]
    """
    try:
        tree = ast.parse(text[:MAX_CHARS], mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _refusal(text, getattr(error, "offset", 1) or 1, "this is no expression") from error
    try:
        return _condition(text, tree.body).fill_null(value=False)
    except RecursionError as error:
        raise UsageError("--keep: the expression is nested too deeply. Write it with fewer parentheses.") from error


def _condition(text: str, node: ast.expr) -> pl.Expr:
    """Return what is true or false of a prompt."""
    match node:
        case ast.BoolOp(op=op, values=values):
            parts = [_condition(text, value) for value in values]
            return reduce(operator.and_ if isinstance(op, ast.And) else operator.or_, parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ~_condition(text, operand)
        case ast.Compare(left=left, ops=ops, comparators=rest):
            pairs = zip([left, *rest], ops, rest, strict=False)
            return reduce(operator.and_, [_comparison(text, one, op, other) for one, op, other in pairs])
        case _:
            raise _refusal(text, node.col_offset + 1, "expected a comparison, such as pass_rate > 0")


def _comparison(text: str, left: ast.expr, op: ast.cmpop, right: ast.expr) -> pl.Expr:
    value, kind = _value(text, left)
    if isinstance(op, (ast.In, ast.NotIn)):
        inside = value.is_in(_members(text, right, kind))
        return inside if isinstance(op, ast.In) else ~inside
    if type(op) not in COMPARISONS:
        raise _refusal(text, right.col_offset + 1, "only <, <=, >, >=, ==, !=, in and not in compare here")
    other, other_kind = _value(text, right)
    if kind != other_kind:
        raise _refusal(text, right.col_offset + 1, f"a {kind} is compared with a {other_kind}")
    return COMPARISONS[type(op)](value, other)


def _members(text: str, node: ast.expr, kind: Kind) -> list[float | str]:
    if not isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        raise _refusal(text, node.col_offset + 1, 'expected a list, such as ["numeric", "math"]')
    return [_constant(text, member, kind) for member in node.elts]


def _constant(text: str, node: ast.expr, kind: Kind) -> float | str:
    value = node.value if isinstance(node, ast.Constant) else None
    fits = isinstance(value, str) if kind == "text" else isinstance(value, (int, float)) and not isinstance(value, bool)
    if not fits or not isinstance(value, (int, float, str)):
        raise _refusal(text, node.col_offset + 1, f"expected a {kind}")
    return value


def _value(text: str, node: ast.expr) -> tuple[pl.Expr, Kind]:
    """Return a column or a constant, with what it is."""
    match node:
        case ast.Name(id=name) if name in COLUMNS:
            return pl.col(name), "number" if name in NUMBERS else "text"
        case ast.Name(id=name):
            close = difflib.get_close_matches(name, COLUMNS, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(COLUMNS)}"
            raise _refusal(text, node.col_offset + 1, f"unknown name {name}; {hint}")
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)) if not isinstance(number, bool):
            return pl.lit(-number), "number"
        case ast.Constant(value=str() as word):
            return pl.lit(word), "text"
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return pl.lit(number), "number"
        case _:
            raise _refusal(text, node.col_offset + 1, "expected a name, a number or a text in quotes")


def _refusal(text: str, column: int, what: str) -> UsageError:
    return UsageError(
        f"--keep, column {column}: {what}{'' if what.endswith('?') else '.'}\n  {text}\n  {' ' * (column - 1)}^\n"
        "Write comparisons joined by and, or, not, such as: 0 < pass_rate < 1 and n_attempts >= 8"
    )
