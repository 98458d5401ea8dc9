"""Code in a prompt: what is compared to the letter."""

from __future__ import annotations

import re

_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_CODE_LINE = re.compile(
    r"^(?:[ \t]*(?:def|class|return|import|from|function|public|private|const|let|var|if|for|while|SELECT)\b.*|.*[;{}])$", re.MULTILINE
)
_INDENTED = re.compile(r"^(?: {2,}|\t)\S", re.MULTILINE)

# A run of ASCII characters that looks like code though nothing sets it apart: f(x), a[1:], snake_case, camelCase, --flag, a->b, \frac{1}{2}.
_RUN = re.compile(r"[\x21-\x7e]+")
_CODE_RUN = re.compile(r"\w[(\[{]|[^\W_]_+[^\W_]|[=\\|&^~<>]|::|\*\*|//|^--?\w|^[@#$]\w|^[a-z]{2,}[A-Z][a-z]")
_NAME_RUN = re.compile(r"[^\W\d_][./][^\W_]|^[A-Za-z][+#]+$|[+#]{2}")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?")  # U.S., p.m.
_AROUND = ".,;:!?'\"*"


def code_in(text: str) -> str:
    """Return the code of ``text`` without blank lines: fenced blocks, or the whole text when it looks like code."""
    blocks = _FENCED.findall(text)
    if not blocks and len(_INDENTED.findall(text)) >= 2 and len(_CODE_LINE.findall(text)) >= 2:
        blocks = [text]
    return "\n".join(line.rstrip() for block in blocks for line in block.split("\n") if line.strip())


def code_tokens(text: str) -> list[str]:
    """Return the runs of ``text`` that are code as they are written, and paths, host names and names such as C++ without their case.

    Examples
    --------
    >>> code_tokens("What does f(x)[1:] give in C++, and what in File.py?")
    ['f(x)[1:]', 'c++', 'file.py']
    """
    found: list[str] = []
    for run in _RUN.findall(text):
        bare = run.strip(_AROUND)
        if _CODE_RUN.search(bare):
            found.append(bare)
        elif _NAME_RUN.search(bare) and not _INITIALS.fullmatch(bare):
            found.append(bare.casefold())
    return found
