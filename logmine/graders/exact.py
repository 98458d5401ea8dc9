"""Compares the text that a completion states as its answer with a reference text, case and all."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from .final_answer import first_sentence, last_statement, tidy, without_markup
from .judgement import Judgement, by_equality
from .literals import Braces, Value, decimal_text, read_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_ANSWER_CHARS: Final = 200
_QUOTES: Final = (("`", "`"), ('"', '"'), ("'", "'"), ("“", "”"), ("‘", "’"), ("「", "」"), ("『", "』"), ("«", "»"), ("„", "“"))
_FENCE: Final = re.compile(r"\A```[\w+-]*\n(.*?)\n?```\Z", re.DOTALL)
_CLOSING_TAG: Final = re.compile(r"\s*\[/(?:ANSWER|PYTHON)\].*\Z|\s*</answer>.*\Z", re.DOTALL | re.IGNORECASE)


def check(spec: Mapping[str, Any]) -> None:
    """Accept any object: exact comparison needs no spec."""
    del spec


def extract(text: str | None, tool_calls: Sequence[Mapping[str, Any]], spec: Mapping[str, Any]) -> str | None:
    """Read the text after an explicit statement, or a whole output that is one line of at most 200 characters."""
    del tool_calls, spec
    return _settled(_read(text)) if text else None


def canonical(answer: str, spec: Mapping[str, Any]) -> str | None:
    """Normalize a reference: composed Unicode, single spaces, no surrounding quotes; literals by their value."""
    del spec
    return _settled(_normal(answer))


def agrees(found: str, wanted: str, spec: Mapping[str, Any]) -> Judgement:
    """Compare canonical texts."""
    del spec
    return by_equality(found, wanted)


def render(answer: str, spec: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """State the answer between tags, where no sentence is cut."""
    return _stated(canonical(answer, spec) or answer), []


def _stated(answer: str) -> str:
    return f"[ANSWER]{answer}[/ANSWER]"


def _read(text: str) -> str | None:
    tidied = _CLOSING_TAG.sub("", tidy(text))
    statement = last_statement(tidied)
    if statement is None:
        return _normal(tidied)
    if statement.kind == "revision":
        return None
    return _normal(first_sentence(statement.text) if statement.kind == "phrase" else statement.text)


@lru_cache(maxsize=4096)
def _settled(normal: str | None) -> str | None:
    """Refuse what reads otherwise when it is stated again: a text that itself holds a statement of an answer."""
    if normal is None or _read(normal) != normal or _read(_stated(normal)) != normal:
        return None
    return normal


def _normal(written: str) -> str | None:
    fenced = _FENCE.match(written.strip())
    written = (fenced[1] if fenced else written).strip()
    if len(written) > MAX_ANSWER_CHARS or "\n" in written:
        return None
    literal = read_whole(written)
    if literal is not None:
        return _literal_text(literal[0])
    plain = _unquoted(" ".join(unicodedata.normalize("NFC", without_markup(written)).split()))
    return plain or None


def _unquoted(text: str) -> str:
    text = re.sub(r"(?<=[^.\s])\.$", "", text).rstrip("。").strip()
    for opening, closing in _QUOTES:
        if len(text) > 1 and text.startswith(opening) and text.endswith(closing):
            return text[1:-1].strip()
    return text


def _literal_text(value: Value) -> str | None:
    """Write a literal so that quote style and spacing say nothing: ``"3 4 "`` equals ``'3 4 '``.

    A string that needs no quotes loses them, so that ``"Paris"`` equals ``Paris``.
    """
    if isinstance(value, str) and _is_plain(value):
        return value
    written = _written(value)
    return written if len(written) <= 2 * MAX_ANSWER_CHARS else None


def _is_plain(value: str) -> bool:
    return bool(value) and "\n" not in value and read_whole(value) is None and _normal(value) == value


def _written(value: Value) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(sorted(f"{_written(key)}: {_written(member)}" for key, member in value.items())) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_written(member) for member in value) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(_written(member) for member in value) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, Braces):
        return "{" + ", ".join(sorted({_written(member) for member in value.members})) + "}"
    if isinstance(value, Decimal):
        return decimal_text(value)
    return repr(unicodedata.normalize("NFC", value)) if isinstance(value, str) else str(value)
