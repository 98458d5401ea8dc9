"""The answer guard: a signature of what can change the answer.

Embeddings and shingles rank a prompt with one number changed above real duplicates, so no threshold can tell
them apart; an equal guard is part of every match instead.
"""

from __future__ import annotations

import re
import unicodedata

from logmine.schemas import digest

_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*|[〇零一二三四五六七八九十百千万億兆]+")
_NUMBER_WORD = re.compile(
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|"
    r"twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|half|third|quarter|twice|double|dozen)\b"
)
_OPERATOR = re.compile(r"(?<=[\d)\]])\s*[-−+*/^=<>×÷≤≥≠±]|[-−+*/^=<>×÷≤≥≠±]\s*(?=[\d(]|[^\W\d_]\b)|[%‰°$€£¥₹₩√]")
_NEGATION = re.compile(r"\b(?:not|no|never|none|without|cannot|except|neither|nor)\b|n['’]t\b|ない|ません|なく|不|没|無|非|除")
_QUOTED = re.compile(r"\"([^\"\n]+)\"|“([^“”\n]+)”|„([^„“\n]+)“|«([^«»\n]+)»|「([^「」\n]+)」|『([^『』\n]+)』|`([^`\n]+)`")
_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_CODE_LINE = re.compile(
    r"^(?:[ \t]*(?:def|class|return|import|from|function|public|private|const|let|var|if|for|while|SELECT)\b.*|.*[;{}])$", re.MULTILINE
)
_INDENTED = re.compile(r"^(?: {2,}|\t)\S", re.MULTILINE)


def guard(text: str) -> str:
    """Return the signature of the answer-bearing parts of ``text``.

    Numbers in any script and number words in order, operators, signs and currencies beside them, negations, quoted spans, and
    code with its case and indentation. Prompts with different guards are never duplicates.

    Examples
    --------
    >>> guard("Add 3 and 4.") == guard("add 3  and 4!"), guard("Add 3 and 4.") == guard("Add 3 and 5.")
    (True, False)
    """
    plain = unicodedata.normalize("NFKC", text)
    folded = plain.casefold()
    quoted = ["".join(groups) for groups in _QUOTED.findall(plain)]
    return digest(
        [
            "|".join(_NUMBER.findall(folded)),
            "|".join(_NUMBER_WORD.findall(folded)),
            "|".join(found.strip() for found in _OPERATOR.findall(folded)),
            "|".join(_NEGATION.findall(folded)),
            "|".join(quoted),
            code_in(plain),
        ]
    )


def code_in(text: str) -> str:
    """Return the code of ``text`` without blank lines: fenced blocks, or the whole text when it looks like code."""
    blocks = _FENCED.findall(text)
    if not blocks and len(_INDENTED.findall(text)) >= 2 and len(_CODE_LINE.findall(text)) >= 2:
        blocks = [text]
    return "\n".join(line.rstrip() for block in blocks for line in block.split("\n") if line.strip())
