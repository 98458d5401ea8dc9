"""Reads from a prompt the instructions that a program can check.

Precision comes first: what is said of a case ("if …"), of a part ("each paragraph …"), of a given text ("the first two
sentences") or in a quotation binds no answer, and two instructions of one kind that cannot both hold are both left out.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from . import constraint_phrases_en, constraint_phrases_fr, constraint_phrases_ja
from .constraint_checks import prompt_digests
from .constraint_clauses import Constraint, read_clauses, readable
from .constraint_counts import COUNTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

_LANGUAGES: Final = (constraint_phrases_en, constraint_phrases_fr, constraint_phrases_ja)
_THREE_ASTERISKS: Final = re.compile(
    r"(?<!\*)\*{3}(?!\*)|\b(?:3|three|trois)\s(?:asterisks?|astérisques?)\b|アスタリスク(?:3|三)", re.IGNORECASE
)
_PARAGRAPH: Final = re.compile(r"paragra|段落|divider|séparateur|区切", re.IGNORECASE)


def find_constraints(prompt_text: str) -> list[Constraint]:
    """Find the checkable instructions that a prompt states, in English, French or Japanese.

    Parameters
    ----------
    prompt_text
        The text of the prompt: of a long one the first and last 10,000 characters are read.

    Returns
    -------
    list of dict
        Each with its ``kind`` and parameters; bounds ``min`` and ``max`` are inclusive. Sorted, and empty where nothing is
        stated. Where anything is, ``own_words`` comes with it: an echo of the prompt is no answer.

    Examples
    --------
    >>> find_constraints("Write a haiku in all lowercase letters. Do not use any commas.")[:2]
    [{'kind': 'avoids_characters', 'characters': ','}, {'kind': 'lowercase'}]
    """
    text = readable(prompt_text)
    clauses = read_clauses(text)
    found = list(_merged(constraint for language in _LANGUAGES for constraint in language.find(clauses, text)))
    if not found:
        return []
    if _PARAGRAPH.search(text) and _THREE_ASTERISKS.search(text):
        found = [{**one, "separator": "***"} if one["kind"] in {"paragraphs", "paragraph_start"} else one for one in found]
    own_words: Constraint = {"kind": "own_words", "prompt": prompt_digests(prompt_text)}
    return [*sorted(found, key=_sort_key), own_words]


def _merged(constraints: Iterator[Constraint]) -> Iterator[Constraint]:
    """Join bounds of one count, and drop those that contradict each other."""
    by_subject: dict[str, list[Constraint]] = {}
    for constraint in constraints:
        subject = {key: value for key, value in constraint.items() if key not in {"min", "max"}}
        by_subject.setdefault(_sort_key(subject), []).append(constraint)
    for alike in by_subject.values():
        joined = {**alike[0]}
        for other in alike[1:]:
            joined |= {key: max(joined.get(key, 0), other[key]) for key in ("min",) if key in other}
            joined |= {key: min(joined.get(key, other[key]), other[key]) for key in ("max",) if key in other}
        if joined["kind"] not in COUNTERS or 0 <= joined.get("min", 0) <= joined.get("max", joined.get("min", 0)):
            yield joined


def _sort_key(constraint: Constraint) -> str:
    return json.dumps(constraint, sort_keys=True, ensure_ascii=False)
