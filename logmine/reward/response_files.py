"""Files of responses and rows, in the forms in which tools write them: JSONL, a JSON array, CSV and Parquet."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Any, Final

import msgspec
import polars as pl

from logmine.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

GZIP: Final = b"\x1f\x8b"
NESTED: Final = ("messages", "tool_calls")  # JSON text in a CSV
MAX_TOLD: Final = 12


def read_records(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file, by its name a CSV or a Parquet file, else JSON: one object a line or an array of them, also with gzip.

    Raises
    ------
    SourceError
        If the file cannot be read as what it is, or holds no row.
    """
    records = _table_rows(path) if path.suffix in (".csv", ".parquet") else _json_rows(path)
    if not records:
        raise SourceError(f"{path}: holds no row. Give a file with one row a response: JSONL, a JSON array, CSV or Parquet.")
    return records


def named_keys(records: list[dict[str, Any]]) -> str:
    """Return the keys that stand in the first of ``records``, for a message that says what was found."""
    keys = [key[:40] for key in records[0]]
    return ", ".join(keys[:MAX_TOLD]) + (" and others" if len(keys) > MAX_TOLD else "") or "none"


def _table_rows(path: Path) -> list[dict[str, Any]]:
    try:
        frame = pl.read_csv(path, infer_schema=False) if path.suffix == ".csv" else pl.read_parquet(path)
    except pl.exceptions.NoDataError:
        return []
    except (OSError, pl.exceptions.PolarsError) as error:
        form = "CSV" if path.suffix == ".csv" else "Parquet"
        raise SourceError(f"{path}: cannot be read as {form}: {type(error).__name__}. Look whether it is there and whole.") from error
    return [_opened(row) if path.suffix == ".csv" else row for row in frame.iter_rows(named=True)]


def _opened(row: dict[str, Any]) -> dict[str, Any]:
    """Parse the cells of a CSV that hold JSON; one that is no JSON is no answer."""
    return {key: _parsed(value) if key in NESTED and value else value for key, value in row.items()}


def _parsed(text: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:  # told as a line without a response
        return None


def _json_rows(path: Path) -> list[dict[str, Any]]:
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if data.startswith(GZIP) else data
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "its gzip is damaged"
        raise SourceError(f"{path}: cannot be read: {reason}. Give a file of JSONL, a JSON array, CSV or Parquet.") from error
    if data.lstrip()[:1] == b"[":
        return _array_rows(path, data)
    return [_line_row(path, number, line) for number, line in enumerate(data.split(b"\n"), start=1) if line.strip()]


def _array_rows(path: Path, data: bytes) -> list[dict[str, Any]]:
    try:
        return msgspec.json.decode(data, type=list[dict[str, Any]])
    except (msgspec.DecodeError, RecursionError) as error:
        raise SourceError(
            f"{path}: begins as a JSON array, and is not one of objects alone. Mend it, or write one object a line."
        ) from error


def _line_row(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise SourceError(
            f"{path}:{number}: must be one JSON object; mend that line, then run the same command again. "
            "Files that end in .csv or .parquet are read as such."
        ) from error
