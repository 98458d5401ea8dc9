"""What two prompts must share beside their vectors, since vectors do not see it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import polars as pl

from logmine import schemas
from logmine.similarity.words import CJK, words_of

MAX_CHARS: Final = 1_000  # of a longer text a vector shows its gist alone
MAX_NEW_WORDS: Final = 2  # by which one text may differ at one place and still be about something else

_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_NAME: Final = re.compile(r"(?<![.!?:\n] )(?<!^)\b[A-Z\u00c0-\u00de][\w'’-]*|[\u30a1-\u30fa\u30fc]{2,}", re.MULTILINE)
# Words of which the opposite stands in the same places.
_OPPOSED: Final = (
    "more less fewer greater smaller larger bigger lower higher older younger longer shorter earlier later faster slower cheaper before after above",
    "below over under inside outside min max minimum maximum last most least best worst increase decrease ascending descending all any each every",
    "some only both either always sometimes true false correct incorrect right wrong left even odd positive negative add subtract multiply divide",
    "plus minus times sum difference product quotient buy sell win lose open close start stop on off in out up down male female he she his her man",
    "woman mother father son daughter brother sister husband wife north south east west first final early late old new hot cold enable disable from",
    "to import export input output send receive with without advantages disadvantages pros cons causes effects",
)
_CONTRASTS: Final = frozenset(word for words in _OPPOSED for word in words.split())


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
        ``meanings``: one row a prompt that is not a near duplicate. Its ``match_key`` covers task, guard, names, words with an opposite; it is null
        for texts of more than 1,000 characters.
    """
    pooled = (
        placed.join(near_duplicates.select("prompt_id", "kept_instead"), on="prompt_id", how="left")
        .group_by(prompt_id=pl.coalesce("kept_instead", "prompt_id"))
        .agg(pl.col("n_requests").sum())
    )
    kept = placed.select("prompt_id", "task_id", "guard", "slot_text", "match_text", "invoked_first").join(
        pooled, on="prompt_id", how="inner"
    )
    rows = [
        (prompt, _match_key(task, guard or "", slot or match or ""), _numbers_key(slot or match or ""), first, n)
        for prompt, task, guard, slot, match, first, n in kept.iter_rows()
    ]
    return {"meanings": pl.DataFrame(rows, schema=schemas.MEANINGS, orient="row")}


def _match_key(task_id: str, guard: str, text: str) -> str | None:
    if len(text) > MAX_CHARS:
        return None
    names = sorted(name.casefold() for name in _NAME.findall(text))
    contrasts = [word for word in words_of(text.casefold()) if word in _CONTRASTS]
    return schemas.digest([task_id, guard, *names, "|", *sorted(contrasts)])


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
