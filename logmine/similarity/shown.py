"""Groups of duplicates, for a person to look at."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS: Final = ("exact", "near", "semantic")


def groups_of(duplicates: pl.DataFrame, texts: pl.DataFrame, *, kinds: Sequence[str] = KINDS) -> list[dict[str, Any]]:
    """Return the groups of duplicates, those with the least alike members first.

    Members that are written like the prompt that is kept show nothing and are left out.

    Parameters
    ----------
    duplicates
        ``DUPLICATES``.
    texts
        ``prompt_id``, its ``text`` without the skeleton of its task, and ``whole``, as it was sent, of the prompts that count.
    kinds
        Of duplicates that are looked for: exact, near, semantic.

    Returns
    -------
    list of dict
        ``text`` and ``whole`` of the prompt that is kept, and its ``members``: ``kind``, ``score``, ``text``, ``whole``.
    """
    kept = texts.select(kept_instead="prompt_id", kept_text="text", kept_whole="whole")
    found = (
        duplicates.filter(pl.col("kind").is_in(list(kinds)))
        .join(texts, on="prompt_id")
        .join(kept, on="kept_instead")
        .filter(pl.col("whole").ne_missing(pl.col("kept_whole")) | pl.col("text").ne_missing(pl.col("kept_text")))
    )
    members = pl.struct("kind", "score", "text", "whole").alias("members")
    groups = found.sort("score", "prompt_id").group_by("kept_instead", "kept_text", "kept_whole", maintain_order=True).agg(members)
    return [{"text": text, "whole": whole, "members": listed} for _, text, whole, listed in groups.iter_rows()]


def drawn(found: Sequence[Any], *, n: int, seed: int | None) -> list[Any]:
    """Return the first ``n`` of ``found``, or, with a seed, ``n`` at random, in the order in which they were found.

    Examples
    --------
    >>> drawn("abcdef", n=3, seed=None), drawn("abcdef", n=3, seed=1)
    (['a', 'b', 'c'], ['a', 'b', 'e'])
    """
    if seed is None or n >= len(found):
        return list(found[:n])
    return [found[place] for place in sorted(random.Random(seed).sample(range(len(found)), n))]  # noqa: S311 - a draw to look at
