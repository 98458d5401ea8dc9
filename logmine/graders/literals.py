"""Reads JSON, and what models write in its place: Python literals, single quotes, trailing commas, bare names.

The standard library's readers are not used: ``json`` refuses single quotes and recurses without a limit that
we choose, ``ast.literal_eval`` may exhaust the interpreter's stack on hostile text and warns about escapes. Numbers become
:class:`decimal.Decimal`, so that ``0.1`` stays what was written.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

MAX_DEPTH: Final = 40

_TOKEN: Final = re.compile(
    r"""\s*+(?:
      (?P<mark>[\[\]{}(),:])
    | (?P<string>"(?:[^"\\]|\\.)*+" | '(?:[^'\\]|\\.)*+')
    | (?P<number>[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d{1,2})?)(?![\w.])
    | (?P<name>[^\W\d][\w.\-]*+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_SIMPLE_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\\": "\\", "'": "'", '"': '"', "/": "/", "\n": ""}
_CONSTANTS: Final[dict[str, Any]] = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
_CLOSING: Final = {"[": "]", "{": "}", "(": ")"}
_MAX_TRIES: Final = 200  # at finding an object: each reads to the end at worst, and a text may be all braces
_MAX_DIGITS: Final = 400  # longer runs are no numbers that anybody compares


Value = Any
"""What a literal stands for: str, Decimal, bool, None, list, tuple, dict or Braces."""


class _UnreadableError(Exception):
    """The text is no literal; never leaves this module."""


@dataclass(frozen=True, slots=True)
class Braces:
    """A Python set literal: members without keys."""

    members: list[Value]


def read_literal(text: str, *, start: int = 0, bare_names: bool = False) -> tuple[Value, int] | None:
    """Read the literal at ``start`` and say where it ends.

    Parameters
    ----------
    text
        Any text.
    start
        Where the literal begins; white space before it is skipped.
    bare_names
        Take unquoted names as strings, as in ``{'name': search}``.

    Returns
    -------
    tuple or None
        The value (str, Decimal, bool, None, list, tuple, dict, Braces) and the offset after it; None when
        no literal stands there.
    """
    try:
        return _value(text, start, bare_names, 0)
    except _UnreadableError:
        return None


def read_whole(text: str, *, bare_names: bool = False) -> tuple[Value] | None:
    """Read a text that is one literal and nothing else; a tuple of one, since the literal may be None."""
    read = read_literal(text, bare_names=bare_names)
    if read is None or text[read[1] :].strip():
        return None
    return (read[0],)


def json_text(value: Value) -> str:
    """Write a value as compact JSON with sorted keys; equal values give equal texts, 1.0 and 1 among them."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_key_text(key)}:{json_text(value[key])}" for key in sorted(value, key=_key_text)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(json_text(member) for member in value) + "]"
    if isinstance(value, Braces):
        return "[" + ",".join(sorted(json_text(member) for member in value.members)) + "]"
    if isinstance(value, Decimal):
        return decimal_text(value)
    return json.dumps(value, ensure_ascii=False)


def decimal_text(number: Decimal) -> str:
    """Write a number without exponent or trailing zeros: ``1.50`` is ``1.5``, ``2E+3`` is ``2000``."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", "", "-"} else text


def find_objects(text: str, *, bare_names: bool = False) -> list[tuple[dict[str, Value], int, int]]:
    """Find the outermost JSON objects in a text, each with its start and end."""
    found: list[tuple[dict[str, Value], int, int]] = []
    at = text.find("{")
    tries = 0
    while at >= 0 and tries < _MAX_TRIES:
        tries += 1
        read = read_literal(text, start=at, bare_names=bare_names)
        if read is not None and isinstance(read[0], dict) and all(isinstance(key, str) for key in read[0]):
            found.append((read[0], at, read[1]))
            at = text.find("{", read[1])
        else:
            at = text.find("{", at + 1)
    return found


def _key_text(key: Value) -> str:
    written = json_text(key)
    return written if written.startswith('"') else json.dumps(written, ensure_ascii=False)


def _value(text: str, at: int, bare_names: bool, depth: int) -> tuple[Value, int]:  # noqa: FBT001 - passed down by one recursion only
    token = _next(text, at)
    if depth > MAX_DEPTH:
        raise _UnreadableError
    if token["mark"] is not None:
        opening = token["mark"]
        if opening not in _CLOSING:
            raise _UnreadableError
        return _bracketed(text, token.end(), opening, bare_names, depth + 1)
    if token["string"] is not None:
        return unescape(token["string"][1:-1]), token.end()
    if token["number"] is not None:
        return _number(token["number"]), token.end()
    name = token["name"]
    if name in _CONSTANTS:
        return _CONSTANTS[name], token.end()
    if bare_names:
        return name, token.end()
    raise _UnreadableError


def _next(text: str, at: int) -> re.Match[str]:
    token = _TOKEN.match(text, at)
    if token is None:
        raise _UnreadableError
    return token


def _number(written: str) -> Decimal:
    if len(written) > _MAX_DIGITS:
        raise _UnreadableError
    return Decimal(written)


def unescape(written: str) -> str:
    """Resolve the escapes of JSON and Python strings; an unknown one stays as written."""
    if "\\" not in written:
        return written
    joined = _ESCAPE.sub(_unescaped, written)
    # Halves of surrogate pairs were written as two escapes; a lone half cannot be encoded and is replaced.
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    if code is None:
        return _SIMPLE_ESCAPES.get(escape[4], escape[0])
    point = int(code, 16)
    return chr(point) if point <= 0x10FFFF else "\ufffd"


def _bracketed(text: str, at: int, opening: str, bare_names: bool, depth: int) -> tuple[Value, int]:  # noqa: FBT001 - see _value
    closing = _CLOSING[opening]
    members: list[Value] = []
    pairs: dict[Value, Value] = {}
    commas = 0
    while True:
        token = _next(text, at)
        if token["mark"] == closing:
            return _container(opening, members, pairs, commas), token.end()
        member, at = _value(text, at, bare_names, depth)
        token = _next(text, at)
        if opening == "{" and token["mark"] == ":":
            pairs[_hashable(member)], at = _value(text, token.end(), bare_names, depth)
            token = _next(text, at)
        else:
            members.append(member)
        if token["mark"] == ",":
            at = token.end()
            commas += 1
        elif token["mark"] != closing:
            raise _UnreadableError


def _hashable(key: Value) -> Value:
    if isinstance(key, (list, dict, Braces)) or (
        isinstance(key, tuple) and any(isinstance(part, (list, dict, Braces, tuple)) for part in key)
    ):
        raise _UnreadableError
    return key


def _container(opening: str, members: list[Value], pairs: dict[Value, Value], commas: int) -> Value:
    if opening == "[":
        return members
    if opening == "(":
        return members[0] if len(members) == 1 and not commas else tuple(members)
    if members and pairs:
        raise _UnreadableError
    return Braces(members) if members else pairs
