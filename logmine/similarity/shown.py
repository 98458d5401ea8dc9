"""Duplicates and pairs that were nearly taken for duplicates, for a person to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from logmine.similarity.cells import alike_pairs, centered
from logmine.similarity.meanings import is_minimal_pair
from logmine.similarity.semantic import matrix_of, ordered

if TYPE_CHECKING:
    from logmine.config import SimilarityConfig

MARGIN: Final = 0.15  # of cosine similarity below the threshold, within which a pair is shown


def groups_of(duplicates: pl.DataFrame, texts: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the groups of near and semantic duplicates, those with the least alike members first.

    Parameters
    ----------
    duplicates
        ``DUPLICATES``.
    texts
        ``prompt_id`` and ``text`` of the prompts that count.

    Returns
    -------
    list of dict
        ``text`` of the prompt that is kept, and its ``members``: kind, score, text.
    """
    found = (
        duplicates.filter(pl.col("kind") != "exact")
        .join(texts, on="prompt_id")
        .join(texts.rename({"text": "kept"}), left_on="kept_instead", right_on="prompt_id")
    )
    groups = found.sort("score", "prompt_id").group_by("kept_instead", maintain_order=True).agg("kept", "kind", "score", "text")
    return [
        {"text": row["kept"][0], "members": list(zip(row["kind"], row["score"], row["text"], strict=True))}
        for row in groups.iter_rows(named=True)
    ]


def borderline_pairs(
    meanings: pl.DataFrame, duplicates: pl.DataFrame, texts: pl.DataFrame, vectors: pl.DataFrame, *, config: SimilarityConfig
) -> list[dict[str, Any]]:
    """Return pairs of kept prompts with one ``match_key`` that are not far below the threshold, or minimal pairs above it; most alike first.

    Parameters
    ----------
    meanings, duplicates, texts, vectors
        Whole tables.
    config
        Of the build.

    Returns
    -------
    list of dict
        ``score``, ``why`` the two were kept apart, and the ids ``one`` and ``other``.
    """
    rows = ordered(meanings, texts, vectors, meanings.select("prompt_id", language=pl.lit(None, pl.String)))
    matrix = centered(matrix_of(rows))
    rows = (
        rows.with_row_index("row")
        .filter(pl.col("match_key").is_not_null())
        .join(duplicates.select("prompt_id"), on="prompt_id", how="anti")
    )
    threshold = config.semantic_threshold or 1.0
    groups = rows["match_key"].rank("dense").to_numpy()
    pairs, scores = alike_pairs(matrix[rows["row"].to_numpy()], groups.astype("int64"), threshold=threshold - MARGIN)
    ids, written = rows["prompt_id"].to_list(), rows["text"].to_list()
    shown = [
        {
            "score": round(score, 4),
            "why": "one place differs" if is_minimal_pair(written[a], written[b]) else "below the threshold",
            "one": ids[a],
            "other": ids[b],
        }
        for (a, b), score in zip(pairs.tolist(), scores.tolist(), strict=True)
    ]
    return sorted(shown, key=lambda pair: (-pair["score"], pair["one"], pair["other"]))
