"""Duplicates share their evidence: attempts and hints are pooled under the prompt that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import polars as pl

from logmine.graders.choice import find_options
from logmine.schemas import ATTEMPTS, CANDIDATES

if TYPE_CHECKING:
    from collections.abc import Mapping


def pool_attempts(completions: pl.DataFrame, placed: pl.DataFrame, duplicates: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return each answer under the prompt that is kept for its own, with the task."""
    return {"attempts": _pooled(completions, placed, duplicates).select(ATTEMPTS.names())}


def describe_candidates(prompts: pl.DataFrame, placed: pl.DataFrame, duplicates: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return what each prompt itself says of its answer: options, tools, metadata, request ids."""
    described = prompts.with_columns(
        options=pl.col("user_text").map_elements(_options, return_dtype=pl.String),
        tools=pl.col("tools").map_elements(_parameters_by_tool, return_dtype=pl.String),
        source_id=pl.col("prompt_id"),
    )
    return {"candidates": _pooled(described, placed, duplicates).select(CANDIDATES.names())}


def _pooled(frame: pl.DataFrame, placed: pl.DataFrame, duplicates: pl.DataFrame) -> pl.DataFrame:
    kept = duplicates.select("prompt_id", "kept_instead")
    return (
        frame.join(placed.select("prompt_id", "task_id"), on="prompt_id")
        .join(kept, on="prompt_id", how="left")
        .with_columns(prompt_id=pl.coalesce("kept_instead", "prompt_id"))
    )


def _options(user_text: str) -> str | None:
    options = find_options(user_text)
    return msgspec.json.encode(options).decode() if options else None


def _parameters_by_tool(tools: str) -> str:
    functions: list[Mapping[str, object]] = [tool.get("function", {}) for tool in msgspec.json.decode(tools)]
    named = {str(function.get("name")): function.get("parameters") or {} for function in functions}
    return msgspec.json.encode(named, order="sorted").decode()
