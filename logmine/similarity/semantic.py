"""Semantic duplicates among the prompts that are kept, and prompts of any task that must not be parted by the split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from logmine import schemas
from logmine.similarity.asking import what_is_asked
from logmine.similarity.cells import alike_pairs, centered
from logmine.similarity.meanings import ask_apart, is_minimal_pair

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from logmine.config import SimilarityConfig

MIN_KIN: Final = 0.85  # cosine similarity from which prompts of one language, with the same numbers, share a leakage group
MARGIN_OF_ASKING: Final = 0.1  # by which prompts may be less alike that differ in a phrase of asking alone
MIN_KIN_TRANSLATED: Final = 0.6  # and of two languages: a translation is seldom as alike as a paraphrase


def find_semantic_duplicates(
    meanings: pl.DataFrame,
    near_duplicates: pl.DataFrame,
    texts: pl.DataFrame,
    vectors: pl.DataFrame,
    languages: pl.DataFrame,
    *,
    config: SimilarityConfig,
) -> dict[str, pl.DataFrame]:
    """Name the prompts that ask what another one asks in other words, and those that are kin to one of any task.

    Vectors are compared around their mean. A semantic duplicate shares its ``match_key`` with the prompt that is kept, differs from it at more
    than one place, compares and opposes nothing else (:func:`logmine.similarity.meanings.ask_apart`), and has a
    cosine similarity of at least ``config.semantic_threshold`` to it, 0.1 less where phrases of asking are all that differs
    (:func:`logmine.similarity.asking.what_is_asked`). Kin share their numbers; they are not merged.

    Groups do not chain: in the order of requests, time and id, each prompt is kept unless it is alike to one that is kept.

    Parameters
    ----------
    meanings, near_duplicates, texts, vectors
        Whole tables.
    languages
        ``prompt_id`` and ``language`` of all prompts.
    config
        Its ``semantic_threshold`` is in [0.5, 1]; None finds no duplicates.

    Returns
    -------
    dict
        ``duplicates``: exact, near and semantic, each with the prompt that is kept at last. ``kin``: leakage keys.
    """
    rows = ordered(meanings, texts, vectors, languages)
    matrix = centered(matrix_of(rows))
    ids = rows["prompt_id"].to_list()
    semantic = _semantic(rows, matrix, config.semantic_threshold)
    kin = _kin(rows, matrix)
    keys = [(ids[place], ids[leader]) for place, leader in kin.items()] + [
        (ids[leader], ids[leader]) for leader in sorted(set(kin.values()))
    ]
    found = pl.DataFrame(
        [(ids[place], ids[leader], "semantic", score) for place, (leader, score) in semantic.items()],
        schema=schemas.DUPLICATES,
        orient="row",
    )
    moved = dict(found.select("prompt_id", "kept_instead").iter_rows())
    followed = near_duplicates.with_columns(pl.col("kept_instead").replace(moved))
    return {
        "duplicates": schemas.require(pl.concat([followed, found]).sort(schemas.sort_key("duplicates")), "duplicates"),
        "kin": pl.DataFrame(keys, schema=schemas.KIN, orient="row").sort(schemas.sort_key("kin")),
    }


def ordered(meanings: pl.DataFrame, texts: pl.DataFrame, vectors: pl.DataFrame, languages: pl.DataFrame) -> pl.DataFrame:
    """Return the kept prompts with their vectors, in the order in which they are kept."""
    distinct = vectors.unique("text_id").sort("text_id").with_row_index("vector_row")
    return (
        texts.join(meanings, on="prompt_id", validate="1:1")
        .join(distinct, on="text_id", validate="m:1")
        .join(languages, on="prompt_id", how="left", validate="1:1")
        .sort(["n_requests", "invoked_first", "prompt_id"], descending=[True, False, False], nulls_last=True)
    )


def matrix_of(rows: pl.DataFrame) -> NDArray[np.float32]:
    """Return the vectors of ``rows`` as a matrix."""
    flat = rows["vector"].explode(empty_as_null=False).to_numpy().astype(np.float32)
    return np.asarray(flat).reshape(len(rows), -1) if len(rows) else np.empty((0, 1), dtype=np.float32)


def _semantic(rows: pl.DataFrame, matrix: NDArray[np.float32], threshold: float | None) -> dict[int, tuple[int, float]]:
    """Return for each semantic duplicate, by its row, the row that is kept and their similarity."""
    if threshold is None:
        return {}
    comparable = np.flatnonzero(rows["match_key"].is_not_null().to_numpy())
    groups = rows["match_key"].fill_null("").rank("dense").to_numpy().astype(np.int64)[comparable]
    pairs, scores = alike_pairs(matrix[comparable], groups, threshold=threshold)
    written = rows["text"].to_list()
    listed: dict[int, list[tuple[int, float]]] = {}
    for (one, other), score in zip(comparable[pairs].tolist(), scores.tolist(), strict=True):
        if not is_minimal_pair(written[one], written[other]) and not ask_apart(written[one], written[other]):
            listed.setdefault(other, []).append((one, round(min(score, 1.0), 6)))
    for one, other in _asked_alike(comparable.tolist(), groups.tolist(), written):
        score = round(min(float(matrix[one] @ matrix[other]), 1.0), 6)
        if score >= threshold - MARGIN_OF_ASKING:
            listed.setdefault(other, []).append((one, score))
    return _stars(listed)


def _asked_alike(rows: Sequence[int], groups: Sequence[int], written: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the first row that asks something, and each later one of its group that asks it in another way."""
    first: dict[tuple[int, str], int] = {}
    for row, group in zip(rows, groups, strict=True):
        leader = first.setdefault((group, what_is_asked(written[row])), row)
        if written[leader].casefold() != written[row].casefold():
            yield leader, row


def _stars(listed: dict[int, list[tuple[int, float]]]) -> dict[int, tuple[int, float]]:
    """Return for each row that is alike to an earlier one that is kept the most alike of those."""
    taken: dict[int, tuple[int, float]] = {}
    for row in sorted(listed):
        kept = [(one, score) for one, score in listed[row] if one not in taken]
        if kept:
            taken[row] = max(kept, key=lambda found: (found[1], -found[0]))
    return taken


def _kin(rows: pl.DataFrame, matrix: NDArray[np.float32]) -> dict[int, int]:
    """Return for each row that is kin to an earlier one the row with which it shares a leakage group."""
    groups = rows["numbers_key"].rank("dense").to_numpy().astype(np.int64)
    languages = rows["language"].fill_null("").rank("dense").to_numpy()
    unsure = rows["language"].is_null().to_numpy()

    def keep(one: NDArray[np.int64], other: NDArray[np.int64], scores: NDArray[np.float32]) -> NDArray[np.bool_]:
        translated = (languages[one] != languages[other]) & ~unsure[one] & ~unsure[other]
        return (scores >= MIN_KIN) | translated

    pairs, scores = alike_pairs(matrix, groups, threshold=MIN_KIN_TRANSLATED, keep=keep)
    listed: dict[int, list[tuple[int, float]]] = {}
    for (one, other), score in zip(pairs.tolist(), scores.tolist(), strict=True):
        listed.setdefault(other, []).append((one, round(score, 6)))
    return {row: leader for row, (leader, _) in _stars(listed).items()}
