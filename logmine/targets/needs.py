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
ORDER = ("value", "signs_against", "n_attempts", "task_id", "prompt_id")


def write_needs(needs: pl.DataFrame, directory: Path) -> dict[str, int]:
    """Write ``needs_rollouts.jsonl``, ``needs_references.jsonl`` and ``sft_candidates.jsonl``, empty ones too.

    Rows come by value, then those with most signs against their answers first, then those with most attempts. In ``needs_references.jsonl``
    the ``reference_answer`` is null: filled in, the file is an outcomes file. ``proposed`` is the answer on which attempts agree, not surely enough.

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
    needs = schemas.require(needs, "needs").sort(ORDER, descending=[True, True, True, False, False])
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
        **{name: need[name] for name in ("task_id", "task_prompts", "prompt_tokens", "n_attempts", "signs_against", "signs_for", "value")},
    }
    if need["tools"]:
        row["tools"] = msgspec.json.decode(need["tools"])
    if need["need"] == "references":
        row |= {"reference_answer": None, "proposed": msgspec.json.decode(reference)["answer"] if reference else None}
    if need["need"] == "rollouts":
        row |= _rollout_keys(need)
    if need["need"] == "sft":
        row |= _right_answer(need) | {name: need[name] for name in ("wrong_answers", "is_known_elsewhere", "failure")}
    return row


def _right_answer(need: dict[str, Any]) -> dict[str, Any]:
    """Return the best right answer that the logs hold, nulls where they hold none."""
    calls = need["completion_tool_calls"]
    row = {"completion": need["completion"], "completion_model": need["completion_model"]}
    return row | ({"completion_tool_calls": msgspec.json.decode(calls)} if calls else {})


def _rollout_keys(need: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of the difficulty so far, and how the application asks: null parameters are left to the model."""
    return {
        "inference": {"temperature": need["temperature"], "max_output_tokens": need["max_output_tokens"]},
        **{name: need[name] for name in ("n_correct", "n_other", "n_other_correct", "band_mass")},
        "prior": {"alpha": need["prior_alpha"], "beta": need["prior_beta"]},  # of the task: what measured bands begin with
        "posterior": {"alpha": need["alpha"], "beta": need["beta"]},  # with all attempts, other models' at a discount
    }
