"""Exact and near duplicates among the prompts of a task."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from logmine import schemas
from logmine.similarity.edits import slip_pairs
from logmine.similarity.minhash import SHINGLE_CHARS, candidate_pairs, signatures
from logmine.similarity.wording import replaces_a_word, share_their_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from logmine.config import SimilarityConfig


def find_duplicates(placed: pl.DataFrame, *, config: SimilarityConfig) -> dict[str, pl.DataFrame]:
    """Name each prompt that is not kept for itself, and the prompt kept in its place.

    Exact: prompts of one identity. Near: identities of one task with an equal guard, whose ``match_text`` either have a
    Jaccard similarity of their sets of 5-character shingles of at least ``config.near_threshold`` and no word that was
    replaced by another, or are one slip of the keyboard apart, which in a text of n characters counts as a similarity of
    1 - 1/n. Only texts of 6 to 64 characters are compared in the second way. Chains join: a near duplicate may be less alike to the prompt that is kept than to a
    third one. The prompt with most requests is kept, then the earliest, then the one with the smallest id. An empty ``match_text`` is
    like no other.

    Parameters
    ----------
    placed
        ``PLACED``: all rows of any number of whole tasks, in any order.
    config
        Its ``near_threshold`` is in [0.5, 1].

    Returns
    -------
    dict
        ``duplicates``: one row a prompt that is not kept, ``score`` 1 for exact, else its exact Jaccard similarity
        with ``kept_instead``, rounded to 6 decimals.
    """
    heads = _comparable_heads(placed)
    texts = heads["match_text"].to_list()
    pairs = _alike(texts, heads["group"].to_numpy(), threshold=config.near_threshold)
    near = _stars(heads.with_columns(component=pl.Series(_components(len(texts), pairs), dtype=pl.Int64)))
    exact = _exact(placed, near)
    return {"duplicates": schemas.require(pl.concat([near, exact]).sort(schemas.sort_key("duplicates")), "duplicates")}


def _comparable_heads(placed: pl.DataFrame) -> pl.DataFrame:
    """Return one row an identity that shares its task and guard with another, requests pooled, numbered by task and guard."""
    pooled = placed.group_by("identity_id").agg(pl.col("n_requests").sum())
    heads = (
        placed.filter(pl.col("prompt_id") == pl.col("identity_id"), pl.col("match_text").fill_null("") != "")
        .select("prompt_id", "task_id", "match_text", "invoked_first", "identity_id", guard=pl.col("guard").fill_null(""))
        .join(pooled, on="identity_id", validate="1:1")
        .filter(pl.len().over("task_id", "guard") > 1)
    )
    groups = heads.select("task_id", "guard").unique().sort("task_id", "guard").with_row_index("group")
    return heads.join(groups.with_columns(pl.col("group").cast(pl.Int64)), on=["task_id", "guard"], validate="m:1").sort("prompt_id")


def _alike(texts: list[str], groups: NDArray[np.int64], *, threshold: float) -> NDArray[np.int64]:
    """Return the pairs of near duplicates, int64 of shape (n, 2)."""
    candidates = candidate_pairs(signatures(texts), groups, n_shingles=_n_shingles(texts), threshold=threshold)
    similarity = _jaccard()
    candidates = candidates[share_their_words(texts, candidates)]
    near = [not replaces_a_word(texts[a], texts[b]) and similarity(texts[a], texts[b]) >= threshold for a, b in candidates.tolist()]
    slips = slip_pairs(texts, groups)
    close = [1 - 1 / max(len(texts[a]), len(texts[b])) >= threshold for a, b in slips.tolist()]
    return np.concatenate([candidates[np.array(near, dtype=bool)], slips[np.array(close, dtype=bool)]])


def _n_shingles(texts: list[str]) -> NDArray[np.int64]:
    return np.maximum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) - SHINGLE_CHARS + 1, 1)


def _jaccard() -> Callable[[str, str], float]:
    """Return a function that gives the exact Jaccard similarity of two texts' sets of shingles.

    It remembers the sets of the last texts only: those of all texts would take some thirty times their memory.
    """
    shingles = lru_cache(maxsize=1024)(shingle_set)

    def similarity(one: str, other: str) -> float:
        a, b = shingles(one), shingles(other)
        shared = len(a & b)
        return shared / (len(a) + len(b) - shared)

    return similarity


def shingle_set(text: str) -> frozenset[str]:
    """Return the distinct runs of five characters in ``text``; the text itself when it is shorter.

    Examples
    --------
    >>> sorted(shingle_set("refund"))
    ['efund', 'refun']
    """
    return frozenset(text[start : start + SHINGLE_CHARS] for start in range(max(1, len(text) - SHINGLE_CHARS + 1)))


def _components(n: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    edges = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return connected_components(edges, directed=False)[1].astype(np.int64) if n else np.empty(0, dtype=np.int64)


def _stars(heads: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each head that is not the first of its component."""
    kept = heads.sort(["n_requests", "invoked_first", "prompt_id"], descending=[True, False, False], nulls_last=True).group_by("component")
    kept = kept.agg(kept_instead=pl.col("prompt_id").first(), kept_text=pl.col("match_text").first())
    members = heads.join(kept, on="component", validate="m:1").filter(pl.col("prompt_id") != pl.col("kept_instead")).sort("kept_instead")
    similarity = _jaccard()
    scores = [round(similarity(a, b), 6) for a, b in members.select("match_text", "kept_text").iter_rows()]
    return members.select("prompt_id", "kept_instead", kind=pl.lit("near"), score=pl.Series(scores, dtype=pl.Float64))


def _exact(placed: pl.DataFrame, near: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each prompt that is one with an earlier one; it points past a near duplicate to what is kept."""
    return (
        placed.filter(pl.col("prompt_id") != pl.col("identity_id"))
        .join(near.select(identity_id="prompt_id", kept_instead="kept_instead"), on="identity_id", how="left", validate="m:1")
        .select(
            "prompt_id",
            kept_instead=pl.coalesce("kept_instead", "identity_id"),
            kind=pl.lit("exact"),
            score=pl.lit(1.0),
        )
    )
