"""What two prompts must share beside their vectors, since vectors do not see it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import polars as pl

from logmine import schemas
from logmine.similarity.words import CJK, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_CHARS: Final = 1_000  # of a longer text a vector shows its gist alone
MAX_NEW_WORDS: Final = 2  # by which one text may differ at one place and still be about something else

_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
# A capital inside a sentence; "I" is no name.
_NAME: Final = re.compile(
    r"(?<![.!?:\n] )(?<!^)\b(?!I\b(?:['’](?:m|d|ll|ve)\b)?(?!['’]))[A-Z\u00c0-\u00de][\w'’-]*|[\u30a1-\u30fa\u30fc]{2,}", re.MULTILINE
)
# What is compared: another of these, or one more, asks for something else.
_COMPARED: Final = frozenset(
    word
    for words in (
        "more less fewer greater smaller larger bigger lower higher older younger longer shorter earlier later faster slower cheaper",
        "before after above below min max minimum maximum last most least all any each every only both either always sometimes",
        "true false correct incorrect right wrong left even odd positive negative add subtract multiply divide plus minus sum",
        "difference product quotient first final early late without",
    )
    for word in words.split()
)
# Words and their opposites. Most also stand where they mean little ("the best way to", "log in", "open an account"), so that one of them says
# nothing by itself; only against another of its line does it.
_OPPOSED: Final = tuple(
    frozenset(words.split())
    for words in (
        "best worst",
        "all some",
        "some none",
        "over under",
        "inside outside",
        "increase decrease",
        "ascending descending",
        "buy sell",
        "win lose",
        "open close",
        "start stop",
        "on off",
        "in out",
        "up down",
        "male female",
        "he she",
        "him her",
        "his her",
        "man woman",
        "mother father",
        "son daughter",
        "brother sister",
        "husband wife",
        "north south east west",
        "old new",
        "hot cold",
        "enable disable",
        "import export",
        "input output",
        "send receive",
        "to from",
        "advantages disadvantages",
        "pros cons",
        "causes effects",
    )
)
_ROLES: Final = frozenset(("from", "to", "into", "onto", "than", "against", "before", "after", "over", "under", "until"))
_SKIPPED: Final = frozenset(("a", "an", "the", "my", "our", "your"))
_JAPANESE_ROLE: Final = re.compile(r"([\u4e00-\u9fff々]{1,8}|[\u30a1-\u30fa\u30fc]{2,})(から|まで|より|へ)")


def sign_meanings(placed: pl.DataFrame, near_duplicates: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Say for each prompt that is kept so far what its semantic duplicates share, beside a vector.

    Parameters
    ----------
    placed
        ``PLACED``: all prompts of any number of whole tasks.
    near_duplicates
        The whole table.

    Returns
    -------
    dict
        ``meanings``: one row a prompt that is not a near duplicate. Its ``match_key`` covers task, guard and names; it is null
        for texts of more than 1,000 characters.
    """
    pooled = (
        placed.join(near_duplicates.select("prompt_id", "kept_instead"), on="prompt_id", how="left")
        .group_by(prompt_id=pl.coalesce("kept_instead", "prompt_id"))
        .agg(pl.col("n_requests").sum())
    )
    written = pl.coalesce("slot_text", "match_text", pl.lit(""))
    kept = placed.select(
        "prompt_id",
        "task_id",
        pl.col("guard").fill_null(""),
        "question",
        "invoked_first",
        written=written,
        asked=pl.coalesce("question", written),
    ).join(pooled, on="prompt_id", how="inner")
    rows = [
        (
            row["prompt_id"],
            _match_key(row["task_id"], row["guard"], row["asked"]),
            # What is kin to a question about passages has these passages too, and shares a key of theirs.
            schemas.digest(["passages", row["guard"]]) if row["question"] else _numbers_key(row["written"]),
            row["invoked_first"],
            row["n_requests"],
        )
        for row in kept.iter_rows(named=True)
    ]
    return {"meanings": pl.DataFrame(rows, schema=schemas.MEANINGS, orient="row")}


def _match_key(task_id: str, guard: str, text: str) -> str | None:
    if len(text) > MAX_CHARS:
        return None
    return schemas.digest([task_id, guard, *sorted(name.casefold() for name in _NAME.findall(text))])


def _numbers_key(text: str) -> str:
    numbers = sorted(found.replace(",", "") for found in _NUMBER.findall(unicodedata.normalize("NFKC", text)))
    return schemas.digest(["numbers", *numbers]) if numbers else ""


def is_minimal_pair(one: str, other: str) -> bool:
    """Tell whether two texts differ at one place only and by little, or in the order of words alone: siblings rather than two ways to ask the same.

    Examples
    --------
    >>> is_minimal_pair("how do i cancel my flight", "how do i change my flight"), is_minimal_pair("how do i pay", "in what way can i pay")
    (True, False)
    >>> is_minimal_pair("東京の人口は何人ですか", "大阪の人口は何人ですか")
    True
    """
    is_spaced = not CJK.search(one + other)
    left, right = (words_of(text.casefold()) if is_spaced else list("".join(words_of(text.casefold()))) for text in (one, other))
    if sorted(left) == sorted(right):  # the same words in another order
        return True
    shortest = min(len(left), len(right))
    n_head = next((n for n in range(shortest) if left[n] != right[n]), shortest)
    n_tail = next((n for n in range(shortest - n_head) if left[-1 - n] != right[-1 - n]), shortest - n_head)
    room = MAX_NEW_WORDS if is_spaced else 3 * MAX_NEW_WORDS
    return max(len(left), len(right)) - n_head - n_tail <= room


def ask_apart(one: str, other: str) -> bool:
    """Tell whether words that a vector hardly sees say that two texts ask for different things: what is compared, opposites, from and to.

    Examples
    --------
    >>> ask_apart("which town has more rain", "name the town where less rain falls"), ask_apart("how do i pay", "what is the best way to pay")
    (True, False)
    >>> ask_apart("how do i get from rome to paris", "what is the way to rome from paris")
    True
    """
    left, right = (Counter(words_of(text.casefold())) for text in (one, other))
    if any(left[word] != right[word] for word in _COMPARED):
        return True
    if any((left.keys() & words) - right.keys() and (right.keys() & words) - left.keys() for words in _OPPOSED):
        return True
    return _roles_differ(_roles(one.casefold()), _roles(other.casefold()))


def _roles(text: str) -> dict[str, set[str]]:
    """Return the words behind each preposition, or before each particle, that tells two of them apart."""
    words = [word for word in words_of(text) if word not in _SKIPPED]
    found: dict[str, set[str]] = defaultdict(set)
    for word, following in pairwise(words):
        if word in _ROLES:
            found[word].add(following)
    for word, particle in _JAPANESE_ROLE.findall(text):
        found[particle].add(word)
    return found


def _roles_differ(one: Mapping[str, set[str]], other: Mapping[str, set[str]]) -> bool:
    """Whether something else stands in a role, or something stands in another role. What stands behind "to" is often just what is done."""
    if any(role != "to" and one[role].isdisjoint(other[role]) for role in one.keys() & other.keys()):
        return True
    left, right = (
        {word: {role for role in found if word in found[role]} for words in found.values() for word in words} for found in (one, other)
    )
    return any(left[word].isdisjoint(right[word]) for word in left.keys() & right.keys())
