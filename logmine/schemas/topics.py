"""Tables of topics."""

from __future__ import annotations

from typing import Final

import polars as pl

#: One row a topic. Key: ``topic_id``.
TOPICS: Final = pl.Schema(
    {
        "topic_id": pl.String,
        "name": pl.String,
        "theme": pl.String,  # name of the group of topics that it belongs to, null where topics are few
        "n_prompts": pl.Int64,
        "n_callers": pl.Int64,  # distinct roles or users among its prompts and their duplicates
    }
)

#: Each kept prompt's topic. Key: ``prompt_id``.
TOPIC_OF: Final = pl.Schema({"prompt_id": pl.String, "topic_id": pl.String})
