"""Passages by the marks that applications set around them: tags, headings and numbered sources.

A passage that was retrieved once never comes back under another question, so nothing but its place in the prompt tells it from what a user
wrote. Marks are read where a line begins, in English, German, French, Spanish, Japanese and Chinese.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

MIN_SOURCES: Final = 2  # numbered in a row, before numbers count as marks
MIN_SOURCE_CHARS: Final = 60

_PASSAGE: Final = (
    r"contexts?|documents?|docs?|passages?|sources?|articles?|excerpts?|snippets?|chunks?|search[ _-]?results?|retrieved[ _-]?\w+|references?"
    r"|knowledge(?:[ _-]base)?|background(?:[ _-]information)?"
)
_OTHER: Final = (
    r"kontext|dokumente?|textauszüge?|quellen?|contexte|extraits?|contexto|documentos?|fragmentos?|fuentes?"
    r"|文脈|コンテキスト|参考(?:情報|資料|文献)?|資料|文書|検索結果|背景(?:情報)?|本文|上下文|参考资料|资料|文档|检索结果|背景(?:信息)?"
)
_QUESTION: Final = (
    r"(?:user(?:['’]?s)?[ _])?(?:question|query|request|task|instructions?)|q|answer|(?:benutzer)?frage|antwort|requête|réponse|pregunta|respuesta"
    r"|質問|問い|設問|回答|指示|问题|提问|回答"
)
_OPEN_TAG: Final = re.compile(rf"<({_PASSAGE})(?:\s[^<>]*)?>", re.IGNORECASE)
_HEADING: Final = re.compile(
    rf"(?:[#*=\[【\s-]*)(?:{_PASSAGE}|{_OTHER})\s*(?:\(?#?\d+\)?|\d+/\d+)?\s*(?:[*\]】=]*\s*[:：]|[\]】=*]+$)|#+\s*(?:{_PASSAGE}|{_OTHER})\s*\d*$",
    re.IGNORECASE,
)
_ASKED: Final = re.compile(
    rf"(?:[#*=\[【<\s-]*)(?:{_QUESTION})\s*\d*\s*(?:[*\]】=>]*\s*[:：]|[\]】=>*]+$|>)|#+\s*(?:{_QUESTION})\s*\d*$", re.IGNORECASE
)
_LABEL: Final = re.compile(
    rf"\A[#*\s]*(?:{_QUESTION})\s*\d*[*\s]*[:：][*\s]*|\A<(?:{_QUESTION})>\s*|\s*</(?:{_QUESTION})>\Z", re.IGNORECASE
)
_SOURCE: Final = re.compile(r"\[\d{1,3}\](?=[\s:])|【\d{1,3}】")


def marked_lines(lines: Sequence[str], skeleton: Collection[int] = ()) -> set[int]:
    """Return the places of the lines that belong to marked passages.

    Parameters
    ----------
    lines
        Of a prompt, without blank ones.
    skeleton
        Places of the lines that the application wrote: one of them ends a passage that has a heading and no closing tag.

    Examples
    --------
    >>> sorted(marked_lines(["Context:", "Tea is a drink.", "It is hot.", "Question: what is tea?"]))
    [0, 1, 2]
    >>> sorted(marked_lines(["Who sells tea?", "<document id='7'>", "Tea is sold by Lee.", "</document>"]))
    [1, 2, 3]
    """
    found: set[int] = set()
    place = 0
    while place < len(lines):
        end = _end_of(lines, place, skeleton)
        found.update(range(place, end))
        place = max(end, place + 1)
    return found


def is_labelled(line: str) -> bool:
    """Whether a line begins with a label such as "Question:"."""
    return _ASKED.match(line.strip()) is not None


def without_label(question: str) -> str:
    """Return what stands behind a label such as "Question:", or between its tags.

    Examples
    --------
    >>> without_label("**Question:** what is tea?"), without_label("<query>who?</query>")
    ('what is tea?', 'who?')
    """
    bare = _LABEL.sub("", question)
    return bare or question


def _end_of(lines: Sequence[str], start: int, skeleton: Collection[int]) -> int:
    """Return where the passage that begins at ``start`` ends; ``start`` itself where none does."""
    line = lines[start].strip()
    if tag := _OPEN_TAG.match(line):
        closing = f"</{tag[1].lower()}>"
        return next((place + 1 for place in range(start, len(lines)) if lines[place].strip().lower().endswith(closing)), start)
    if _HEADING.match(line):
        return _end_of_section(lines, start + 1, skeleton)
    n_sources = 0
    while start + n_sources < len(lines) and _is_source(lines[start + n_sources].strip()):
        n_sources += 1
    return start + n_sources if n_sources >= MIN_SOURCES else start


def _end_of_section(lines: Sequence[str], start: int, skeleton: Collection[int]) -> int:
    """Return where the text under a heading ends: at a question, at a line of the application, or where the prompt asks something last."""
    end = start
    while end < len(lines) and not _ASKED.match(lines[end].strip()) and not (end in skeleton and not _HEADING.match(lines[end].strip())):
        end += 1
    asks_last = end == len(lines) and end - 1 >= start and lines[end - 1].rstrip().endswith(("?", "？"))
    return end - 1 if asks_last else end


def _is_source(line: str) -> bool:
    return len(line) >= MIN_SOURCE_CHARS and _SOURCE.match(line) is not None
