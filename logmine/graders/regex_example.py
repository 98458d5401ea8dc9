"""Writes a short text that a regular expression may match: a proposal, which the caller has the engine check.

The pattern is only read, never run: one alternative, the fewest repetitions, a plain member of each class. Time is linear in its length.
"""

from __future__ import annotations

import re
from typing import Final

_CLASSES: Final = {
    "d": "1",
    "w": "a",
    "s": " ",
    "D": "a",
    "W": "-",
    "S": "a",
    "n": "\n",
    "t": "\t",
    "b": "",
    "B": "",
    "A": "",
    "z": "",
    "Z": "",
}
_REPEAT: Final = re.compile(r"\{(\d{1,4})(?:,\d{0,4})?\}")
_MAX_CHARS: Final = 200
_MAX_DEPTH: Final = 20


class _Writer:
    """Reads a pattern from left to right; ``at`` is where it stands."""

    def __init__(self, pattern: str, *, most: bool) -> None:
        self.pattern = pattern
        self.at = 0
        self.most = most  # write what is optional

    def alternatives(self, depth: int) -> list[str]:
        written = [""]
        while self.at < len(self.pattern):
            mark = self.pattern[self.at]
            if mark == ")":
                break
            self.at += 1
            if mark == "|":
                written.append("")
            else:
                written[-1] = (written[-1] + self.repeated(self.unit(mark, depth)))[:_MAX_CHARS]
        return written

    def unit(self, mark: str, depth: int) -> str:
        if mark == "\\" and self.at < len(self.pattern):
            escaped = self.pattern[self.at]
            self.at += 1
            return _CLASSES.get(escaped, escaped)
        if mark == "[":
            return self.members()
        if mark == "(" and depth < _MAX_DEPTH:
            opening = re.compile(r"\?(?:P?<\w+>|[imsU-]*:|[imsU-]+\))").match(self.pattern, self.at)
            self.at = opening.end() if opening else self.at
            if opening and opening[0].endswith(")"):
                return ""
            inside = self.alternatives(depth + 1)
            self.at += 1
            return inside[-1 if self.most else 0]
        return "" if mark in "^$" else "a" if mark == "." else mark

    def members(self) -> str:
        start = self.at
        end = self.pattern.find("]", start + 1)
        end = len(self.pattern) if end < 0 else end
        self.at = end + 1
        inside = self.pattern[start:end]
        if inside.startswith("^"):
            return next((letter for letter in "a1-b " if letter not in inside), "")
        if inside.startswith("\\"):
            return _CLASSES.get(inside[1:2], inside[1:2])
        return inside[:1]

    def repeated(self, unit: str) -> str:
        mark = self.pattern[self.at : self.at + 1]
        times = _REPEAT.match(self.pattern, self.at)
        if times is None and mark not in {"*", "+", "?"}:
            return unit
        self.at = times.end() if times else self.at + 1
        if self.pattern[self.at : self.at + 1] in {"?", "+"}:
            self.at += 1
        count = min(int(times[1]), _MAX_CHARS) if times else 1 if mark == "+" or self.most else 0
        return (unit * count)[:_MAX_CHARS]


def propose_examples(pattern: str) -> list[str]:
    r"""Give texts that the pattern may match: of each alternative, with and without what is optional.

    Examples
    --------
    >>> propose_examples(r"[A-Z]{3}-\d+(?: kg)?")
    ['AAA-1', 'AAA-1 kg']
    """
    fewest = _Writer(pattern, most=False).alternatives(0)
    most = _Writer(pattern, most=True).alternatives(0)
    return list(dict.fromkeys([*fewest, *most]))
