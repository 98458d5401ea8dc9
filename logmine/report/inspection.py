"""What lies in a bucket, before anything is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

APPLICATION_KEYS = ("app", "application", "service", "project", "workload", "feature")
MAX_ROWS = 15


def inspect_tables(invocations: Sequence[Path], calls: Sequence[Path], dropped: Sequence[Path]) -> dict[str, Any]:
    """Count records by what the envelope tells.

    Parameters
    ----------
    invocations, calls, dropped
        Parquet files of these tables.

    Returns
    -------
    dict
        ``n_records``, ``n_calls``, ``n_prompts``, ``n_calls_of_repeated_prompts``, and under ``by`` counts by day, model,
        operation, caller, application, and problem.
    """
    records, chat = pl.scan_parquet(list(invocations)), pl.scan_parquet(list(calls))
    lost = pl.scan_parquet(list(dropped)).filter(pl.col("stage") == "decode")
    per_prompt = chat.group_by("prompt_id").len().collect()["len"]
    application = (
        pl.col("metadata").list.filter(pl.element().struct.field("key").is_in(APPLICATION_KEYS)).list.first().struct.field("value")
    )
    problem = pl.format("{}{}", "unusable", pl.format(": {}", "unusable_detail").fill_null(""))
    dimensions = {
        "day": pl.col("invoked_at").dt.date().cast(pl.String),
        "model": pl.coalesce("base_model", "model_id"),
        "operation": pl.col("operation"),
        "application": application,
        "problem": problem,
    }
    by = {name: _counts(records.select(label=label)) for name, label in dimensions.items()}
    by["problem"] = _merged(by["problem"], _counts(lost.select(label="reason")))
    by["caller"] = _counts(chat.select(label="role"))
    by["problem"].pop("none", None)
    by["day"] = dict(sorted(by["day"].items()))
    return {
        "n_records": int(records.select(pl.len()).collect().item()),
        "n_calls": int(per_prompt.sum()),
        "n_prompts": len(per_prompt),
        "n_calls_of_repeated_prompts": int(per_prompt.filter(per_prompt > 1).sum()),
        "by": by,
    }


def _counts(labels: pl.LazyFrame) -> dict[str, int]:
    counted = (
        labels.with_columns(pl.col("label").fill_null("none")).group_by("label").len().sort(["len", "label"], descending=[True, False])
    )
    return {str(label): int(count) for label, count in counted.collect().iter_rows()}


def _merged(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    counts = {label: one.get(label, 0) + other.get(label, 0) for label in one.keys() | other.keys()}
    return dict(sorted(counts.items(), key=lambda counted: (-counted[1], counted[0])))


def inspection_lines(inspection: Mapping[str, Any]) -> Iterator[str]:
    """Yield an inspection as text, line by line."""
    n_calls, n_prompts = inspection["n_calls"], inspection["n_prompts"]
    yield f"{inspection['n_records']:,} log records, {n_calls:,} readable chat calls, {n_prompts:,} distinct prompts"
    if n_calls:
        share = inspection["n_calls_of_repeated_prompts"] / n_calls
        yield f"{share:.0%} of the calls repeat a prompt; {n_calls / n_prompts:.1f} calls a prompt"
    for name, counts in inspection["by"].items():
        yield ""
        yield f"by {name}"
        for label, count in list(counts.items())[: MAX_ROWS if name != "day" else None]:
            yield f"  {count:>9,}  {label}"
        if name != "day" and len(counts) > MAX_ROWS:
            yield f"  {sum(list(counts.values())[MAX_ROWS:]):>9,}  in {len(counts) - MAX_ROWS:,} others"
