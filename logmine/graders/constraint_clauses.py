"""What the readers of prompts share: clauses with quotations masked, lists of words, bounds of a count.

Offsets in the masked text are offsets in the text: a phrase is looked for where nobody is quoted, and the words that it names
are read from the text itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Constraint = dict[str, Any]
Relation = Literal["ge", "gt", "le", "lt", "eq", "about"]

MAX_PROMPT_CHARS: Final = 20_000
"""A longer prompt carries documents: its first and last half of this many characters are read."""

_MIN_REPEATED_CHARS: Final = 20
_MAX_WORDS: Final = 20  # in one list
_WIDE_DIGITS: Final = {ord(wide): ord(wide) - 0xFEE0 for wide in "０１２３４５６７８９"}
_QUOTED: Final = re.compile(
    r"```.{0,4000}?```|[“”„\"]([^“”„\"\n]{0,400})[“”\"]|«([^«»\n]{0,400})»|「([^「」\n]{0,400})」|『([^『』\n]{0,400})』"
    r"|`([^`\n]{1,400})`|(?<!\w)['‘]([^'‘’\n]{1,80})['’](?!\w)|‘([^‘’\n]{1,200})’",
    re.DOTALL,
)
_CLAUSE_END: Final = re.compile(r"[.!?](?=\s|$)|[。！？\n]|(?<=[^\W\d_]{3})[.!?](?=[A-Z])")
_CONDITION: Final = re.compile(
    r"(?:^\W*|[:;,—-]\s*)(?:(?:and|but|then|or|et|mais|ou) )?(?:when|whenever|suppose|si |s['’]il|quand|lorsqu|dans le cas)|^\W*(?:for example|e\.g|par exemple)"
    r"|\b(?:if(?! (?:possible|you (?:can|like|want)))|unless|in case|in the event)\b"
    r"|場合[はにも、]|(?:なら|たら|れば)、|^\W*もし",
    re.IGNORECASE,
)
# "Do not forget to include …" forbids nothing, and 必ず holds no negation.
_NO_NEGATION: Final = re.compile(
    r"(?:do\s?not|don['’]t|never)\s(?:you\s)?(?:forget|fail|hesitate)|n['’]oubli\w+\s(?:surtout\s)?pas|n['’]hésit\w+\s(?:surtout\s)?pas|ne\smanqu\w+\spas|必ず|忘れず(?:に)?|忘れないで",
    re.IGNORECASE,
)
_SEPARATOR: Final = re.compile(
    r"\s*+(?:[,，、;/・]?\s*+(?:and\b|or\b|nor\b|et\b|ou\b|ni\b|と|や|か|または|および|及び|並びに|もしくは|&)?)\s*+"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence of a prompt; ``masked`` is as long as ``text``, with what is quoted blotted out."""

    text: str
    masked: str
    start: int  # in the prompt as read


def readable(prompt: str) -> str:
    """Give the part of a prompt that is read, full-width digits as plain ones."""
    half = MAX_PROMPT_CHARS // 2
    text = prompt if len(prompt) <= MAX_PROMPT_CHARS else f"{prompt[:half]}\n{prompt[-half:]}"
    return text.translate(_WIDE_DIGITS).replace("\r\n", "\n")


def read_clauses(text: str) -> list[Clause]:
    """Cut a text into clauses that bind always: what holds in a case, or for an example, is left out."""
    masked = _NO_NEGATION.sub(lambda match: "\x1a" * len(match[0]), _QUOTED.sub(_blotted, text))
    clauses: list[Clause] = []
    at = 0
    for end in [*(match.end() for match in _CLAUSE_END.finditer(masked)), len(text)]:
        if masked[at:end].strip() and not _CONDITION.search(masked[at:end]):
            clauses.append(Clause(text[at:end], masked[at:end], at))
        at = end
    return clauses


def quoted_in(text: str) -> list[str]:
    """Give what stands in quotation marks, in its order, code fences aside."""
    found = (next((group for group in match.groups() if group is not None), "") for match in _QUOTED.finditer(text))
    return [words.strip() for words in found if words.strip()]


def quoted_list(text: str, at: int = 0) -> tuple[list[str], int]:
    """Read a list of quoted words that begins at ``at``, space and an opening mark aside, and say where it ends: "a", "b" and "c"."""
    words: list[str] = []
    at += len(text[at:]) - len(text[at:].lstrip(" :：([（"))
    end = at
    while len(words) < _MAX_WORDS and (match := _QUOTED.match(text, at)) is not None:
        words += [group.strip() for group in match.groups() if group and group.strip()]
        end = match.end()
        separator = _SEPARATOR.match(text, end)
        at = separator.end() if separator else end
    return words, end


def bounds(relation: str | None, number: int, last: int | None = None) -> dict[str, int]:
    """Give the inclusive bounds of a count.

    ``about`` allows a fifth more or less, at least one: what writers and editors commonly let pass.

    Examples
    --------
    >>> bounds("about", 200), bounds("lt", 5), bounds("range", 3, 5)
    ({'min': 160, 'max': 240}, {'max': 4}, {'min': 3, 'max': 5})
    """
    if last is not None:
        return {"min": min(number, last), "max": max(number, last)}
    match relation:
        case "ge" | "gt":
            return {"min": number + (relation == "gt")}
        case "le" | "lt":
            return {"max": number - (relation == "lt")}
        case "about":
            return {"min": max(1, number - max(1, number // 5)), "max": number + max(1, number // 5)}
        case _:
            return {"min": number, "max": number}


def denied(limits: dict[str, int]) -> dict[str, int]:
    """Turn bounds around: "not 5 or more" is at most 4; what has two ends stays without meaning, and empty."""
    if set(limits) == {"min"}:
        return {"max": limits["min"] - 1}
    return {"min": limits["max"] + 1} if set(limits) == {"max"} else {}


def relation_of(match: re.Match[str], suffixes: tuple[str, ...] = ("", "2", "3")) -> str | None:
    """Give the relation whose named group took part in a match: ``ge``, or ``ge2`` where it may stand twice."""
    groups = match.groupdict()
    for suffix in suffixes:
        for relation in ("ge", "gt", "le", "lt", "eq", "about"):
            if groups.get(relation + suffix):
                return relation
    return None


def is_template(text: str) -> bool:
    """Say whether a phrase to write has places to fill: ``the answer is (X)``, ``<name>``, ``…``."""
    return re.search(r"\([A-Z]\)|<[^<>]{1,40}>|\[[^\[\]]{1,40}\]|\{[^{}]{1,40}\}|_{2,}|\.{3}|…|\b[XYN]\b|[○〇◯]", text) is not None


def each_match(pattern: re.Pattern[str], clauses: list[Clause]) -> Iterator[tuple[Clause, re.Match[str]]]:
    """Yield the matches of a pattern in the masked clauses."""
    for clause in clauses:
        for match in pattern.finditer(clause.masked):
            yield clause, match


def _blotted(match: re.Match[str]) -> str:
    quoted = match[0]
    return quoted if len(quoted) < 3 else quoted[0] + "\x1a" * (len(quoted) - 2) + quoted[-1]


def number_of(written: str, names: dict[str, int]) -> int | None:
    """Read a number in digits or words; None for one that is not known."""
    plain = written.replace(",", "").strip().casefold()
    if plain.isdecimal():
        return int(plain)
    return names.get(plain, names.get(plain.split()[-1] if plain.split() else ""))


def first_repeat(pattern: re.Pattern[str], clauses: list[Clause], prompt: str) -> Iterator[Constraint]:
    """Yield what a prompt wants repeated before the answer: what it quotes, else all that stands before it says so."""
    asking = [
        (clause, match)
        for clause, match in each_match(pattern, clauses)
        if not re.search(r"(?:not|n't|pas)\s\Z", clause.masked[: match.start()])
    ]
    quoted = [text for clause, match in asking for text in quoted_in(clause.text[match.start() :]) if len(text) >= _MIN_REPEATED_CHARS]
    before = [prompt[: clause.start].strip() for clause, _ in asking]
    texts = quoted or [text for text in before if len(text) >= _MIN_REPEATED_CHARS]
    yield from ({"kind": "repeats", "text": text} for text in texts[:1])
