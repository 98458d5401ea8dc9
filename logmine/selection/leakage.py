"""Leakage groups and the split: what belongs together stays on one side."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Sequence


def leakage_groups(prompts: pl.DataFrame, keys: pl.DataFrame) -> pl.Series:
    """Return the leakage group of each prompt: connected by shared keys, named by its earliest prompt.

    Parameters
    ----------
    prompts
        ``prompt_id`` and ``invoked_first``, in any order.
    keys
        ``prompt_id`` and ``key``; prompts with an equal key belong together.

    Returns
    -------
    Series
        Group ids in the order of ``prompts``. Named by the earliest prompt, so that later logs do not rename a group.
    """
    number = dict(zip(prompts["prompt_id"], range(prompts.height), strict=True))
    linked = keys.with_columns(first=pl.col("prompt_id").min().over("key")).filter(pl.col("first") != pl.col("prompt_id"))
    sources = np.array([number[prompt] for prompt in linked["prompt_id"]], dtype=np.int64)
    targets = np.array([number[prompt] for prompt in linked["first"]], dtype=np.int64)
    graph = coo_matrix((np.ones(len(sources), dtype=bool), (sources, targets)), shape=(prompts.height, prompts.height))
    labels = connected_components(graph, directed=False)[1] if prompts.height else np.array([], dtype=np.int64)
    grouped = prompts.select("prompt_id", "invoked_first").with_columns(label=pl.Series(labels, dtype=pl.Int64))
    names = pl.col("prompt_id").sort_by("invoked_first", "prompt_id", nulls_last=True).first().over("label")
    return grouped.select(names.alias("leakage_group")).to_series()


def side_of(groups: Sequence[str], *, eval_fraction: float, salt: str) -> list[str]:
    """Return ``train`` or ``eval`` for each leakage group, by a hash of its name alone.

    So a prompt does not change sides when logs are added. The share held out is ``eval_fraction`` in expectation, in every
    stratum alike.
    """
    return ["eval" if _uniform(group, salt) < eval_fraction else "train" for group in groups]


def _uniform(name: str, salt: str) -> float:
    drawn = hashlib.blake2b(f"{salt}\0{name}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn, "big") / 2**64
