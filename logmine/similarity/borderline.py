"""Pairs of prompts that were nearly taken for duplicates, and what kept them apart, for a person to look at."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from logmine.similarity.cells import alike_pairs, centered
from logmine.similarity.duplicates import jaccard
from logmine.similarity.meanings import ask_apart, is_minimal_pair
from logmine.similarity.minhash import SHINGLE_CHARS, candidate_pairs, signatures
from logmine.similarity.semantic import matrix_of, ordered
from logmine.similarity.shown import drawn
from logmine.similarity.words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from logmine.config import SimilarityConfig

MARGIN: Final = 0.15  # below a threshold within which pairs are looked for at first; again and again where they are too few
LEAST: Final = 0.25  # below which nothing is alike

GUARD: Final = "the guard differs"
AROUND: Final = "earlier turns, tools, passages or the system prompt differ"
NAMES: Final = "names differ"
WORDS: Final = "other words"
PLACE: Final = "one place differs"
OPPOSED: Final = "what is compared or opposed differs"
SCORE: Final = "below the threshold"
LONG: Final = "too long for a vector to tell"
MOVED: Final = "like one that was not kept"

Pair = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Borderline:
    """Pairs that were kept apart: those to look at, how many each reason kept apart, and the least score that was looked for, by kind."""

    pairs: list[Pair]
    reasons: dict[str, int]
    floors: dict[str, float]


def borderline_pairs(
    tables: Mapping[str, pl.DataFrame],
    *,
    config: SimilarityConfig,
    kinds: Sequence[str] = ("near", "semantic"),
    n: int = 20,
    floor: float | None = None,
    seed: int | None = None,
) -> Borderline:
    """Return ``n`` pairs of kept prompts that were nearly taken for duplicates, some for each reason that kept them apart.

    Parameters
    ----------
    tables
        ``placed``, ``meanings``, ``duplicates``, ``texts``, ``vectors``: of whole tasks.
    config
        Of the build.
    kinds
        Of similarity: near, semantic.
    n
        Pairs to return.
    floor
        Least score. None goes down from the threshold of each kind, step by step, until there are ``n`` pairs.
    seed
        Of a random draw from the pairs of each reason; None takes the most alike.

    Returns
    -------
    Borderline
        Its pairs hold ``kind``, ``score``, ``why`` the two were kept apart, and the ids ``one`` and ``other``; most alike first.
    """
    thresholds = {"near": config.near_threshold, "semantic": config.semantic_threshold or 1.0}
    find = {"near": near_misses, "semantic": semantic_misses}
    found: dict[tuple[str, str], Pair] = {}
    floors: dict[str, float] = {}
    for kind in (kind for kind in find if kind in kinds):
        misses, floors[kind] = _down(partial(find[kind], tables, config), thresholds[kind], floor, n)
        for pair in misses:
            found.setdefault((pair["one"], pair["other"]), pair)
    reasons = Counter(f"{pair['kind']}: {pair['why']}" for pair in found.values())
    return Borderline(_some_of_each(list(found.values()), n, seed), dict(reasons), floors)


def _down(find: Callable[[float], list[Pair]], threshold: float, floor: float | None, n: int) -> tuple[list[Pair], float]:
    """Return the pairs of at least ``floor``, and that; without one, of as low a floor as it takes to find ``n``."""
    if floor is not None:
        return find(floor), floor
    at = round(threshold - MARGIN, 6)
    while len(found := find(at)) < n and at > LEAST:
        at = round(max(at - MARGIN, LEAST), 6)
    return found, at


def near_misses(tables: Mapping[str, pl.DataFrame], config: SimilarityConfig, floor: float) -> list[Pair]:
    """Return pairs of kept prompts of a task of a Jaccard similarity of at least ``floor``, with the skeleton and without; see :func:`borderline_pairs`."""
    heads = (
        tables["placed"]
        .filter(pl.col("prompt_id") == pl.col("identity_id"), pl.col("match_text").fill_null("") != "")
        .join(tables["duplicates"].select("prompt_id"), on="prompt_id", how="anti")
        .with_columns(group=pl.col("task_id").rank("dense").cast(pl.Int64), guard=pl.col("guard").fill_null(""))
        .sort("prompt_id")
    )
    bare = [" ".join(words_of(text)) for text in heads["match_text"].to_list()]
    n_shingles = np.maximum(np.fromiter(map(len, bare), dtype=np.int64, count=len(bare)) - SHINGLE_CHARS + 1, 1)
    candidates = candidate_pairs(signatures(bare), heads["group"].to_numpy(), n_shingles=n_shingles, threshold=floor)
    ids, guards, slots = (heads[name].to_list() for name in ("prompt_id", "guard", "slot_text"))
    similarity = jaccard()
    found: list[Pair] = []
    for one, other in candidates.tolist():
        score = similarity(bare[one], bare[other])
        if score >= floor and similarity(slots[one], slots[other]) >= floor:
            apart = AROUND if slots[one] == slots[other] else GUARD
            why = apart if guards[one] != guards[other] else SCORE if score < config.near_threshold else WORDS
            found.append(_pair("near", score, why, ids[one], ids[other]))
    return found


def semantic_misses(tables: Mapping[str, pl.DataFrame], config: SimilarityConfig, floor: float) -> list[Pair]:
    """Return pairs of kept prompts of a task with a cosine similarity of at least ``floor``; see :func:`borderline_pairs`.

    Prompts that are encoded alike, such as those that differ in numbers alone, stand here once.
    """
    meanings = tables["meanings"]
    rows = ordered(meanings, tables["texts"], tables["vectors"], meanings.select("prompt_id", language=pl.lit(None, pl.String)))
    matrix = centered(matrix_of(rows))
    kept = (
        rows.with_row_index("row")
        .join(tables["placed"].select("prompt_id", "task_id", "guard"), on="prompt_id", maintain_order="left")
        .join(tables["duplicates"].select("prompt_id"), on="prompt_id", how="anti", maintain_order="left")
        .unique(["task_id", "text_id", "match_key"], keep="first", maintain_order=True)
    )
    tasks = kept["task_id"].rank("dense").to_numpy().astype(np.int64)
    alike = kept["text_id"].rank("dense").to_numpy()

    def differ(one: NDArray[np.int64], other: NDArray[np.int64], _: NDArray[np.float32]) -> NDArray[np.bool_]:
        return alike[one] != alike[other]

    pairs, scores = alike_pairs(matrix[kept["row"].to_numpy()], tasks, threshold=floor, keep=differ)
    ids, told = kept["prompt_id"].to_list(), kept.select("match_key", "guard", "text").rows()
    threshold = config.semantic_threshold or 1.0
    return [
        _pair("semantic", score, _why(told[a], told[b], is_below=score < threshold), *sorted((ids[a], ids[b])))
        for (a, b), score in zip(pairs.tolist(), scores.tolist(), strict=True)
    ]


def _some_of_each(pairs: Sequence[Pair], n: int, seed: int | None) -> list[Pair]:
    """Return ``n`` pairs, as even a share as there is for each kind and reason: the most alike, or with a seed at random."""
    by_reason: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in _most_alike_first(pairs):
        by_reason[pair["kind"], pair["why"]].append(pair)
    chosen: list[Pair] = []
    for n_done, reason in enumerate(sorted(by_reason, key=lambda reason: (len(by_reason[reason]), reason))):
        share = -(-(n - len(chosen)) // (len(by_reason) - n_done))
        chosen += drawn(by_reason[reason], n=share, seed=seed)
    return _most_alike_first(chosen)


def _why(one: tuple[str | None, str | None, str], other: tuple[str | None, str | None, str], *, is_below: bool) -> str:
    """Return what kept two prompts apart, of which match keys, guards and texts are given."""
    if one[1] != other[1]:
        return GUARD
    if one[0] is None or other[0] is None:
        return LONG
    if one[0] != other[0]:
        return NAMES
    if is_minimal_pair(one[2], other[2]):
        return PLACE
    return OPPOSED if ask_apart(one[2], other[2]) else SCORE if is_below else MOVED


def _pair(kind: str, score: float, why: str, one: str, other: str) -> Pair:
    return {"kind": kind, "score": round(min(score, 1.0), 4), "why": why, "one": one, "other": other}


def _most_alike_first(pairs: Sequence[Pair]) -> list[Pair]:
    return sorted(pairs, key=lambda pair: (-pair["score"], pair["kind"], pair["one"], pair["other"]))
