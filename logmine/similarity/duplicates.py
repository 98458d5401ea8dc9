"""Exact and near duplicates among the prompts of a task."""

from __future__ import annotations

import itertools
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.cluster.hierarchy import DisjointSet
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from logmine import schemas
from logmine.similarity.edits import slip_pairs
from logmine.similarity.minhash import SHINGLE_CHARS, candidate_pairs, signatures
from logmine.similarity.slips import Evidence, Usage, is_misspelling
from logmine.similarity.wording import ARTICLES, Letters, say_the_same, share_their_words
from logmine.similarity.words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from logmine.config import SimilarityConfig


def find_duplicates(placed: pl.DataFrame, *, config: SimilarityConfig) -> dict[str, pl.DataFrame]:
    """Name each prompt that is not kept for itself, and the prompt kept in its place.

    Exact: prompts of one identity. Near: identities of one task with an equal guard and the same words in the same order, but for
    misspelled words, spaces and articles (:mod:`logmine.similarity.wording`), and whose texts without punctuation and articles are equal,
    have a Jaccard similarity of their sets of 5-character shingles of at least ``config.near_threshold``, or, in texts of 4 to 64 characters, are one
    slip of the keyboard apart, which in a text of n characters counts as a similarity of 1 - 1/n.

    Pairs are joined to groups, of which the prompt with most requests is kept, then the earliest, then the one with the smallest id. A prompt
    that does not say the same as that one, being joined by others in between, is left for a further group. An empty ``match_text`` is like no other.

    Parameters
    ----------
    placed
        ``PLACED``: all rows of any number of whole tasks, in any order.
    config
        Its ``near_threshold`` is in [0.5, 1].

    Returns
    -------
    dict
        ``near_duplicates``: one row a prompt that is not kept, ``score`` 1 for exact, else the Jaccard similarity of its
        text without punctuation to that of ``kept_instead``, rounded to 6 decimals.
    """
    heads = _comparable_heads(placed)
    comparison = Comparison(heads, placed)
    pairs = comparison.pairs(threshold=config.near_threshold)
    components = _components(len(heads), pairs)
    near = _near(heads, comparison, comparison.kept(components))
    exact = _exact(placed, near)
    return {"near_duplicates": schemas.require(pl.concat([near, exact]).sort(schemas.sort_key("near_duplicates")), "near_duplicates")}


def _comparable_heads(placed: pl.DataFrame) -> pl.DataFrame:
    """Return one row an identity that shares its task and guard with another, in the order in which they are kept, numbered by task and guard."""
    pooled = placed.group_by("identity_id").agg(pl.col("n_requests").sum())
    heads = (
        placed.filter(pl.col("prompt_id") == pl.col("identity_id"), pl.col("match_text").fill_null("") != "")
        .select("prompt_id", "task_id", "match_text", "slot_text", "invoked_first", "identity_id", guard=pl.col("guard").fill_null(""))
        .join(pooled, on="identity_id", validate="1:1")
        .filter(pl.len().over("task_id", "guard") > 1)
    )
    groups = heads.select("task_id", "guard").unique().sort("task_id", "guard").with_row_index("group")
    numbered = heads.join(groups.with_columns(pl.col("group").cast(pl.Int64)), on=["task_id", "guard"], validate="m:1")
    return numbered.sort(["n_requests", "invoked_first", "prompt_id"], descending=[True, False, False], nulls_last=True)


class Comparison:
    """Texts that may be near duplicates, and what decides about them: their words, how they are written, and the usage of their tasks.

    Parameters
    ----------
    heads
        The texts, in the order in which one is preferred to another.
    placed
        All prompts of their tasks.
    """

    def __init__(self, heads: pl.DataFrame, placed: pl.DataFrame) -> None:
        self.words = [words_of(text) for text in heads["match_text"].to_list()]
        self.bare = [" ".join(words) for words in self.words]
        self.groups = heads["group"].to_numpy()
        self._written = heads["slot_text"].to_list()
        self._tasks = heads["task_id"].to_list()
        self._placed = placed
        self._letters = Letters(self.words)
        self._usage = cache(self._usage_of)

    def pairs(self, *, threshold: float) -> NDArray[np.int64]:
        """Return pairs of near duplicates that join each to all others of its group, int64 of shape (n, 2), first < second.

        A pair that is joined by others already is not read: among thousands of copies of one prompt nearly all pairs are.
        """
        bare = self.bare
        similarity = jaccard()
        alike = candidate_pairs(signatures(bare), self.groups, n_shingles=_n_shingles(bare), threshold=threshold)
        alike = alike[self._letters.are_shared(*alike.T)]
        alike = alike[share_their_words(self.words, alike)].tolist()
        chances = itertools.chain(
            ((a, b, 1.0) for a, b in _equal_pairs(self.words, self.groups).tolist()),
            ((a, b, 1 - 1 / max(len(bare[a]), len(bare[b]))) for a, b in slip_pairs(bare, self.groups).tolist()),
            ((a, b, None) for a, b in alike),
        )
        joined = DisjointSet(range(len(bare)))
        pairs: list[tuple[int, int]] = []
        for a, b, known in chances:
            if joined.connected(a, b) or (similarity(bare[a], bare[b]) if known is None else known) < threshold:
                continue
            if self.say_the_same(a, b):
                joined.merge(a, b)
                pairs.append((a, b))
        return np.array(pairs, dtype=np.int64).reshape(-1, 2)

    def say_the_same(self, one: int, other: int) -> bool:
        """Tell whether two texts say the same, see :func:`logmine.similarity.wording.say_the_same`."""
        if self.words[one] == self.words[other]:
            return True
        pair = self.words[one], self.words[other]
        evidence = Evidence(usage=self._usage(self._tasks[one]), words=pair, written=(self._written[one], self._written[other]))
        return say_the_same(*pair, is_misspelling=partial(is_misspelling, evidence=evidence))

    def kept(self, components: NDArray[np.int64]) -> list[int]:
        """Return for each text the one that is kept in its place, itself if it is kept: the first that says the same, of its component."""
        kept_of: dict[int, list[int]] = {}
        kept: list[int] = []
        for place, component in enumerate(components.tolist()):
            leaders = kept_of.setdefault(component, [])
            near = np.array(leaders, dtype=np.int64)
            near = near[self._letters.are_shared(near, np.full(len(near), place))]
            leader = next((leader for leader in near.tolist() if self.say_the_same(leader, place)), place)
            if leader == place:
                leaders.append(place)
            kept.append(leader)
        return kept

    def _usage_of(self, task_id: str) -> Usage:
        return Usage(self._placed.filter(pl.col("task_id") == task_id)["match_text"].drop_nulls().unique().to_list())


def _equal_pairs(words: list[list[str]], groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return pairs of texts that differ in spaces and punctuation alone, or in articles besides: each with the first of its kind."""
    whole = ["".join(found) for found in words]
    bare = [" " + "".join(word for word in found if word not in ARTICLES) for found in words]
    pairs: list[tuple[int, int]] = []
    for keys in (whole, bare):
        first: dict[tuple[int, str], int] = {}
        pairs += [
            (first.setdefault(key, place), place) for place, key in enumerate(zip(groups.tolist(), keys, strict=True)) if key[1].strip()
        ]
    return np.array([pair for pair in pairs if pair[0] != pair[1]], dtype=np.int64).reshape(-1, 2)


def _n_shingles(texts: list[str]) -> NDArray[np.int64]:
    return np.maximum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) - SHINGLE_CHARS + 1, 1)


def jaccard() -> Callable[[str, str], float]:
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


def _near(heads: pl.DataFrame, comparison: Comparison, kept: list[int]) -> pl.DataFrame:
    """Return a row for each head that is not kept."""
    ids = heads["prompt_id"].to_list()
    similarity = jaccard()
    moved = sorted((leader, place) for place, leader in enumerate(kept) if leader != place)
    rows = [(ids[a], ids[b], "near", round(similarity(comparison.bare[a], comparison.bare[b]), 6)) for b, a in moved]
    return pl.DataFrame(rows, schema=schemas.NEAR_DUPLICATES, orient="row")


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
