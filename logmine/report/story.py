"""The story of one record: what became of it, told from a build's own tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from logmine.errors import SourceError
from logmine.report.funnel import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DROPPED_BECAUSE = {
    "object_vanished": "its object was gone when it was read",
    "unreadable_object": "its object cannot be decompressed",
    "unreadable": "the line is not JSON",
    "too_large": "it is larger, or nested deeper, than the limits of [logs]",
    "not_a_record": "it is JSON, but no invocation log record",
    "unread_shape": "its body has a shape that logmine does not read",
    "failed_call": "the call failed",
    "body_not_delivered": "the log holds no request body",
    "body_unresolved": "its body was moved to data/ and is not in the source",
    "not_chat": "it is no chat call",
    "not_selected": "it lies outside what was asked for",
    "redelivered": "it is the same record once more",
}
MAX_SIBLINGS = 5


def tell_story(build: Path, record: str) -> Iterator[str]:
    """Yield, line by line, what became of a request or prompt.

    Parameters
    ----------
    build
        Folder of a build.
    record
        A request id or a prompt id.

    Raises
    ------
    SourceError
        If ``build`` holds no build, or no record has that id.
    """
    path = build / "decisions.parquet"
    if not path.is_file():
        raise SourceError(f"{build} holds no finished build: {path.name} is not there. Run logmine build with -o {build} first.")
    decisions = pl.scan_parquet(path)
    told = decisions.filter((pl.col("prompt_id") == record) | pl.col("request_ids").list.contains(record)).collect()
    dropped = pl.scan_parquet(build / "dropped.parquet").filter(pl.col("request_id") == record).collect()
    if told.is_empty() and dropped.is_empty():
        raise SourceError(
            f"{record} is neither a request id nor a prompt id of the build in {build}. Unreadable records have no id: see dropped.parquet."
        )
    for row in dropped.iter_rows(named=True):
        yield from _dropped_story(row)
    names = _names(build / "manifest.json")
    for row in told.iter_rows(named=True):
        yield from _prompt_story(row, record, names)


def _names(manifest: Path) -> dict[str, str]:
    """Return the names of tasks and topics by their ids, where the build's manifest is there."""
    if not manifest.is_file():
        return {}
    summary: dict[str, list[dict[str, str]]] = msgspec.json.decode(manifest.read_bytes())["summary"]
    return {task["task_id"]: task["name"] for task in summary["tasks"]} | {topic["topic_id"]: topic["name"] for topic in summary["topics"]}


def _dropped_story(row: dict[str, Any]) -> Iterator[str]:
    detail = f" ({row['detail']})" if row["detail"] else ""
    yield f"{row['object']}, line {row['line']}: dropped by {row['stage']}: {DROPPED_BECAUSE.get(row['reason'], row['reason'])}{detail}."
    if row["kept_instead"]:
        yield f"Kept instead: {row['kept_instead']}"


def _prompt_story(row: dict[str, Any], record: str, names: dict[str, str]) -> Iterator[str]:
    siblings = [request for request in row["request_ids"] if request not in (record, None)]
    yield f"Prompt {row['prompt_id']}, first sent {row['invoked_first'] or 'at an unknown time'}, last {row['invoked_last'] or 'at an unknown time'}."
    if siblings:
        more = f" and {len(siblings) - MAX_SIBLINGS:,} more" if len(siblings) > MAX_SIBLINGS else ""
        yield f"The same prompt as: {', '.join(siblings[:MAX_SIBLINGS])}{more}."
    task, topic = (names.get(row[column], row[column]) for column in ("task_id", "topic_id"))
    yield f"Task {task}; topic {topic or 'none'}; language {row['language'] or 'unknown'}."
    yield f"Grader: {row['grader'] or 'none fits'}."
    if row["reference_answer"]:
        answer = msgspec.json.decode(row["reference_answer"])["answer"]
        yield f"Reference answer {answer!r} from {row['reference_origin']}, confidence {row['reference_confidence']:.2f}."
    if row["n_attempts"]:
        yield (
            f"{row['n_correct']} of {row['n_attempts']} attempts right: pass rate {row['pass_rate']:.2f} "
            f"({row['pass_rate_low']:.2f} to {row['pass_rate_high']:.2f}); {row['band']}{', ' + row['band_evidence'] if row['band_evidence'] else ''}."
        )
    yield f"Decision: {REASONS.get(row['decision'], row['decision'])}" + (f", in {row['split']}" if row["split"] else "") + "."
    if row["kept_instead"]:
        yield f"Kept instead: {row['kept_instead']}"
    yield f"Leakage group {row['leakage_group']}."
