"""English phrases that state an instruction which a program can check."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .constraint_clauses import Clause, Constraint, bounds, denied, each_match, quoted_in, quoted_list, relation_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERS: Final = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
} | {"once": 1, "twice": 2, "a single": 1, "a dozen": 12, "thrice": 3, "thirty": 30, "forty": 40, "fifty": 50, "a hundred": 100, "one hundred": 100}  # fmt: skip
_ORDINALS: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "last": 0}
_NUM: Final = r"\d{1,3}(?:,\d{3})+|\d{1,6}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True))
_BEFORE: Final = r"""(?:
  (?P<ge>(?:at\s(?:the\s(?:very\s)?)?least|(?:a\s)?minimum(?:\sof)?|min\.?|no\s(?:fewer|less)\sthan|not\s(?:fewer|less)\sthan|>=|≥)\s?)
 |(?P<le>(?:at\s(?:the\s)?most|no\s(?:more|longer)\sthan|not\s(?:more|longer)\sthan|not\s(?:to\s)?(?:exceed|surpass)(?:ing)?|n't\s(?:exceed|surpass)|never\sexceed|without\sexceeding
      |up\sto|(?:a\s)?max(?:imum|\.)?(?:\sof)?|within|limit(?:ed)?\s(?:\w+\s){0,4}to|<=|≤)\s?)
 |(?P<gt>(?:more|longer|greater)\sthan|over|above|exceed(?:s|ing)?|>)\s?
 |(?P<lt>(?:less|fewer|shorter)\sthan|under|below|<)\s?
 |(?P<eq>exactly|precisely|strictly)\s
 |(?P<about>around|about|approximately|approx\.?|roughly|nearly|~|circa)\s?
)?"""
_AFTER: Final = (
    r"(?:\s?\(?(?:in\stotal\s)?(?:(?P<ge2>or\s(?:more|longer|above)|at\s(?:the\s)?least|minimum|and\sup|\+)"
    r"|(?P<le2>or\s(?:less|fewer|shorter|under)|at\s(?:the\s)?most|max(?:imum)?\b|tops)|(?P<eq2>exactly)))?"
)
_UNITS: Final = {
    "words": r"words?", "sentences": r"sentences?", "paragraphs": r"paragraphs?", "lines": r"lines?", "characters": r"characters?(?=\sor|\slong|\sin\slength|\.|,|$|\stotal|\)|\smax)",
    "bullets": r"bullet(?:ed)?(?:[\s-](?:points?|items?|lists?|entries))?|bullets", "numbered_entries": r"numbered\s(?:points?|items?|entries|steps)",
    "placeholders": r"placeholders?", "hashtags": r"hashtags?",
}  # fmt: skip
_ADJECTIVES: Final = r"(?:(?!(?:of|and|or|to|in|for|with|per|the|that|a)\b)[a-z][a-z-]{1,15}\s){0,2}?"
_COUNT: Final = re.compile(
    rf"{_BEFORE}(?<![\w.,])(?P<n>{_NUM})(?:\s?(?:-|–|to|and|or)\s?(?P<m>{_NUM}))?(?P<hyphen>[\s-]){_ADJECTIVES}"
    rf"(?:{'|'.join(f'(?P<{unit}>{form})' for unit, form in _UNITS.items())})(?![\w-]){_AFTER}",
    re.IGNORECASE | re.VERBOSE.__class__(0) | re.VERBOSE if False else re.IGNORECASE | re.VERBOSE,
)
