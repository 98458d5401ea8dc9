"""Tables of duplicates, and of the texts and vectors by which they are found."""

from __future__ import annotations

from typing import Final

import polars as pl

from logmine.schemas.types import TIME

#: Prompts that are not kept for themselves. Key: ``prompt_id``.
DUPLICATES: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "kept_instead": pl.String,  # prompt_id, itself never a duplicate
        "kind": pl.String,  # exact, near, semantic
        "score": pl.Float64,  # Jaccard or cosine similarity with what was kept instead when it was found, in [0, 1]
    }
)

#: The same before meanings are compared: exact and near. Key: ``prompt_id``.
NEAR_DUPLICATES: Final = pl.Schema(dict(DUPLICATES))

#: What semantic duplicates share beside a vector. Key: ``prompt_id``.
MEANINGS: Final = pl.Schema(
    {
        "prompt_id": pl.String,  # not a near duplicate
        "match_key": pl.String,  # of task, guard, names; null for a text that a vector does not show whole
        "numbers_key": pl.String,  # of the digits, empty for none
        "invoked_first": TIME,
        "n_requests": pl.Int64,  # of its duplicates so far too
    }
)

#: Prompts of any task that ask nearly the same, or the same in another language: leakage keys. Key: ``prompt_id``, ``key``.
KIN: Final = pl.Schema({"prompt_id": pl.String, "key": pl.String})

#: Texts to encode, each once. Key: ``text_id``.
TEXTS: Final = pl.Schema({"text_id": pl.String, "text": pl.String, "prompt_id": pl.String})

#: Unit vectors. Key: ``text_id``.
VECTORS: Final = pl.Schema({"text_id": pl.String, "vector": pl.List(pl.Float64)})
