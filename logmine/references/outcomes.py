"""Answers that the user gives: a file that says what is right for a prompt or a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from logmine.errors import SourceError, UsageError
from logmine.graders import GRADER_NAMES, canonical
from logmine.schemas import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HELP = 'Each row needs "prompt_id" or "request_id", and "reference_answer" (text, or {"grader", "answer", "spec"}).'


def read_outcomes(path: Path) -> pl.DataFrame:
    """Read an outcomes file: JSONL, CSV or Parquet, told by its name.

    ``reference_answer`` is the answer as text, or what a dataset holds: an object of ``grader``, ``answer`` and ``spec``, also as
    JSON text. Rows where it is null or empty are passed over, so that ``needs_references.jsonl`` may be filled in bit by bit.

    Returns
    -------
    DataFrame
        :data:`logmine.schemas.OUTCOMES`.

    Raises
    ------
    SourceError
        If the file cannot be read.
    UsageError
        If a row lacks what it needs; the message names its number: of the line in JSONL, of the row below the header in CSV.
    """
    rows = [row for number, given in _rows(path) if (row := _outcome(f"{path}, row {number}", given)) is not None]
    return pl.DataFrame(rows, schema=OUTCOMES, orient="row")


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        match path.suffix.lower():
            case ".csv":
                yield from enumerate(pl.read_csv(path, infer_schema=False).iter_rows(named=True), start=1)
            case ".parquet":
                yield from enumerate(pl.read_parquet(path).iter_rows(named=True), start=1)
            case _:
                yield from _json_lines(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SourceError(f"{path}: the outcomes cannot be read: {error}\n{HELP}") from error


def _json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield number, msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SourceError(f"{path}, row {number}: not JSON: {error}\n{HELP}") from error


def _outcome(where: str, row: Any) -> tuple[str | None, ...] | None:  # noqa: ANN401 - whatever the file holds
    if not isinstance(row, dict) or not (row.get("prompt_id") or row.get("request_id")):
        raise UsageError(f"{where}: no prompt_id and no request_id. {HELP}")
    for name in ("prompt_id", "request_id"):
        if not isinstance(row.get(name), str | None):
            raise UsageError(f"{where}: {name} must be text, not {type(row[name]).__name__}. {HELP}")
    answer = row.get("reference_answer")
    whole = _whole_reference(answer)
    grader, spec = (whole.get("grader") or None, whole.get("spec")) if whole else (None, None)
    answer = whole["answer"] if whole else answer
    if answer is None or answer == "":
        return None
    spec = _text(spec) if spec else None
    _check_grader(where, grader, spec)
    return (row.get("prompt_id") or None, row.get("request_id") or None, grader, _text(answer), spec)


def _whole_reference(answer: Any) -> dict[str, Any] | None:  # noqa: ANN401
    """Return ``answer`` where it names a grader beside the answer, as an object or as its JSON text."""
    if isinstance(answer, str) and answer.lstrip().startswith("{"):
        try:
            answer = msgspec.json.decode(answer)
        except msgspec.DecodeError:  # a plain answer that begins with a brace, such as a set
            return None
    return answer if isinstance(answer, dict) and {"grader", "answer"} <= set(answer) else None


def _check_grader(where: str, grader: Any, spec: str | None) -> None:  # noqa: ANN401
    if grader is None:
        return
    if grader not in GRADER_NAMES:
        raise UsageError(f"{where}: unknown grader {grader!r}; known: {', '.join(GRADER_NAMES)}.")
    try:
        canonical(grader, spec or "", "")
    except ValueError as error:
        raise UsageError(f"{where}: the spec cannot be used: {error}. Leave it out to use that of the task.") from error


def _text(value: Any) -> str:  # noqa: ANN401
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
