"""References that the caller wrote into requestMetadata."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from logmine.config import ReferencesConfig

_NAMED_LIKE_A_REFERENCE = re.compile(
    r"(?:^|[_.-])(?:gold|golden|expected|reference|ground_?truth|correct|solution|target|label|answer)(?:$|[_.-])", re.IGNORECASE
)
MIN_PROMPTS = 3


def reference_values(candidates: pl.DataFrame, config: ReferencesConfig) -> dict[str, str]:
    """Return the reference that metadata gives each prompt, as :func:`written_values` does; prompts with two different ones have none."""
    return {prompt: values[0] for prompt, values in written_values(candidates, config).items() if len(values) == 1}


def written_values(candidates: pl.DataFrame, config: ReferencesConfig) -> dict[str, list[str]]:
    """Return the references that metadata gives each prompt, each as written.

    A key counts when the configuration names it, or when it is named like a reference, does not vary within a prompt (such pairs
    do not come this far) and varies between prompts.
    """
    pairs = (
        candidates.select("prompt_id", "metadata")
        .explode("metadata")
        .drop_nulls("metadata")
        .unnest("metadata")
        .filter(pl.col("value").str.strip_chars() != "")
        .sort("prompt_id", "key", "value")
    )
    keys = set(config.reference_keys) or {str(key) for (key,), own in pairs.group_by("key") if _is_reference(str(key), own)}
    values: dict[str, set[str]] = defaultdict(set)
    for prompt_id, key, value in pairs.iter_rows():
        if key in keys:
            values[prompt_id].add(value)
    return {prompt_id: sorted(found) for prompt_id, found in sorted(values.items())}


def _is_reference(key: str, pairs: pl.DataFrame) -> bool:
    n_prompts = pairs["prompt_id"].n_unique()
    return bool(_NAMED_LIKE_A_REFERENCE.search(key)) and n_prompts >= MIN_PROMPTS and pairs["value"].n_unique() > 1
