"""Text from logs, made safe to print."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Return ``text`` without control characters: words from logs must not steer a terminal.

    Examples
    --------
    >>> printable("red\x1b[31m")
    'red?[31m'
    """
    return "".join(letter if letter.isprintable() else "?" for letter in text)
