"""Answers that the user gives: a file that says what is right for a prompt or a request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from logmine.errors import SourceError, UsageError
from logmine.graders import GRADER_NAMES
from logmine.schemas import OUTCOMES

HELP = 'Each row needs "prompt_id" or "request_id", and "reference_answer" (text, or {"grader", "answer", "spec"}).'


def read_outcomes(path: Path) -> pl.DataFrame:
    """Read an outcomes file: JSONL, CSV or Parquet, told by its name.

    Rows whose ``reference_answer`` is null or empty are passed over, so that ``needs_references.jsonl`` may be filled in bit
    by bit.

    Returns
    -------
    DataFrame
        :data:`logmine.schemas.OUTCOMES`.

    Raises
    ------
    SourceError
        If the file cannot be read.
    UsageError
        If a row lacks what it needs; the message names its number.
    """
    rows = [row for number, given in enumerate(_rows(path), start=1) if (row := _outcome(path, number, given)) is not None]
    return pl.DataFrame(rows, schema=OUTCOMES, orient="row")


def _rows(path: Path) -> list[Any]:
    try:
        if path.suffix == ".csv":
            return pl.read_csv(path, infer_schema=False).to_dicts()
        if path.suffix == ".parquet":
            return pl.read_parquet(path).to_dicts()
        return [msgspec.json.decode(line) for line in path.read_bytes().splitlines() if line.strip()]
    except (OSError, pl.exceptions.PolarsError, msgspec.DecodeError) as error:
        raise SourceError(f"{path}: the outcomes cannot be read: {error}\n{HELP}") from error


def _outcome(path: Path, number: int, row: Any) -> tuple[str | None, ...] | None:  # noqa: ANN401 - whatever the file holds
    where = f"{path}, row {number}"
    if not isinstance(row, dict) or not (row.get("prompt_id") or row.get("request_id")):
        raise UsageError(f"{where}: no prompt_id and no request_id. {HELP}")
    answer = row.get("reference_answer")
    if answer is None or answer == "":
        return None
    grader, spec = None, None
    if isinstance(answer, dict) and set(answer) >= {"grader", "answer"}:
        grader, spec, answer = answer["grader"], answer.get("spec"), answer["answer"]
        if grader not in GRADER_NAMES:
            raise UsageError(f"{where}: unknown grader {grader!r}; known: {', '.join(GRADER_NAMES)}.")
        if answer is None or answer == "":
            return None
    text = answer if isinstance(answer, str) else msgspec.json.encode(answer).decode()
    return (row.get("prompt_id"), row.get("request_id"), grader, text, spec or None)
