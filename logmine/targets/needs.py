"""What is not in the dataset, and would be with a little more: files to fill in, to send, or to train on first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from logmine import schemas
from logmine.targets.rows import json_line

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"rollouts": "needs_rollouts.jsonl", "references": "needs_references.jsonl", "sft": "sft_candidates.jsonl"}


def write_needs(needs: pl.DataFrame, directory: Path) -> dict[str, int]:
    """Write ``needs_rollouts.jsonl``, ``needs_references.jsonl`` and ``sft_candidates.jsonl``, empty ones too.

    Rows come by value: tasks with most such prompts first, then by prompt id. In ``needs_references.jsonl`` the
    ``reference_answer`` is null: filled in, the file is an outcomes file.

    Parameters
    ----------
    needs
        A table :data:`logmine.schemas.NEEDS`.
    directory
        The output folder of the build.

    Returns
    -------
    dict of str to int
        Rows by file name.
    """
    needs = schemas.require(needs, "needs").sort(["task_prompts", "task_id", "prompt_id"], descending=[True, False, False])
    counts: dict[str, int] = {}
    for need, name in FILES.items():
        rows = needs.filter(pl.col("need") == need)
        with (directory / name).open("wb") as file:
            file.writelines(json_line(_row(row)) for row in rows.iter_rows(named=True))
        counts[name] = rows.height
    return counts


def _row(need: dict[str, Any]) -> dict[str, Any]:
    reference = need["reference_answer"]
    row: dict[str, Any] = {
        "prompt_id": need["prompt_id"],
        "grader": need["grader"],
        "reference_answer": msgspec.json.decode(reference) if reference else None,
        "messages": msgspec.json.decode(need["messages"]),
        "task_id": need["task_id"],
        "prompt_tokens": need["prompt_tokens"],
        "n_attempts": need["n_attempts"],
    }
    if need["tools"]:
        row["tools"] = msgspec.json.decode(need["tools"])
    if need["need"] == "sft":
        row["completion"] = need["completion"]
    return row
