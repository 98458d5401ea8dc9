"""Strict and lenient reading of JSON text.

msgspec reads first. What it refuses and Python's own reader takes is mended: half of a surrogate pair and bytes that are
not UTF-8 become U+FFFD, ``NaN`` and numbers beyond any float become null. Whole numbers of any size stay exact, of two equal keys the
last counts, in both readers. So whatever is read can be written as strict JSON in UTF-8.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

import msgspec

_LONE_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_STRING_OR_BRACKET: Final = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)  # an open string ends the text

UNDECODED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for text that it does not take: bytes that are not UTF-8 have an error of their own."""

_decode = msgspec.json.Decoder().decode


class UnreadableJsonError(ValueError):
    """Text that neither reader takes; caught in this room, where it becomes a counted reason."""


def read_json(data: bytes | memoryview | msgspec.Raw) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of ``data``.

    Raises
    ------
    UnreadableJsonError
        If ``data`` is not JSON, or nested too deep for the interpreter.
    """
    try:
        return _decode(data)
    except UNDECODED:
        return _read_leniently(bytes(data))


def _read_leniently(data: bytes) -> Any:  # noqa: ANN401
    try:
        return mend(json.loads(data.decode("utf-8", "replace")))
    except (ValueError, RecursionError) as error:
        raise UnreadableJsonError(str(error)) from error


def mend(value: Any) -> Any:  # noqa: ANN401
    """Return ``value`` without what strict JSON cannot hold."""
    if isinstance(value, str):
        return _LONE_SURROGATES.sub("\ufffd", value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {mend(key): mend(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [mend(entry) for entry in value]
    return value


def is_nested_beyond(data: bytes, max_nesting: int) -> bool:
    """Return whether brackets nest deeper than ``max_nesting``.

    Pairs of brackets, those inside strings too, are taken away level by level: a pass takes at most two levels, so few that are left
    bound the depth from above for all but contrived strings. Where a pass takes little, the depth is counted exactly.
    """
    most = max_nesting + 1
    if 2 * len(data) - len(data.replace(b"{", b"", most)) - len(data.replace(b"[", b"", most)) <= max_nesting:
        return False
    brackets = data.translate(None, _NOT_BRACKETS)
    if len(brackets) <= max_nesting:
        return False
    for n_passes in range(1, max_nesting):
        rest = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if 2 * n_passes + len(rest) <= max_nesting:
            return False
        if 10 * len(rest) > 9 * len(brackets):
            break
        brackets = rest
    return _is_deeper(data, max_nesting)


def _is_deeper(data: bytes, max_nesting: int) -> bool:
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(data):
        first = token[0][:1]
        depth += (first in b"[{") - (first in b"]}")
        if depth > max_nesting:
            return True
    return False
