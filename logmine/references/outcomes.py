"""What the user knows: a file that says what is right for a prompt, or how good the answer to a request was."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from logmine.errors import SourceError, UsageError
from logmine.graders import GRADER_NAMES, canonical
from logmine.schemas import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from logmine.config import ReferencesConfig

HELP = (
    'Each row needs "prompt_id", "request_id" or a metadata column, and "reference_answer" (text, or {"grader", "answer", "spec"}), '
    '"reward" (a number) or "correct" (true or false). A metadata column is named metadata.KEY after a key of requestMetadata, or by --outcomes-key.'
)
PREFIX = "metadata."
TELLING = ("reference_answer", "reward", "correct")
TRUTH = {"true": 1.0, "1": 1.0, "yes": 1.0, "false": 0.0, "0": 0.0, "no": 0.0}


def read_outcomes(path: Path, config: ReferencesConfig) -> pl.DataFrame:
    """Read an outcomes file: JSONL, CSV or Parquet, told by its name.

    ``reference_answer`` is the answer as text, or what a dataset holds: an object of ``grader``, ``answer`` and ``spec``, also as
    JSON text. ``reward`` is a number within ``reward_range``, brought to [0, 1]; ``correct`` is true or false. A row where all are null
    or empty is passed over, so that ``needs_references.jsonl`` may be filled in bit by bit.

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
    low, high = reward_range(config.reward_range)
    rows = (_outcome(f"{path}, row {number}", number, given, config.outcomes_keys, (low, high)) for number, given in _rows(path))
    return pl.DataFrame([row for row in rows if row is not None], schema=OUTCOMES, orient="row")


def reward_range(text: str) -> tuple[float, float]:
    """Return the ends of a range such as ``1:5``.

    Raises
    ------
    UsageError
        If it is none.

    Examples
    --------
    >>> reward_range("-1:1")
    (-1.0, 1.0)
    """
    try:
        low, high = (float(part) for part in text.split(":"))
    except ValueError:
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise UsageError(f"reward_range is {text!r}; it must be the least and the greatest reward, such as 0:1 or 1:5.")
    return low, high


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        match path.suffix.lower():
            case ".csv":
                yield from enumerate(_with_columns(path, pl.read_csv(path, infer_schema=False)).iter_rows(named=True), start=1)
            case ".parquet":
                yield from enumerate(_with_columns(path, pl.read_parquet(path)).iter_rows(named=True), start=1)
            case _:
                yield from _json_lines(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SourceError(f"{path}: the outcomes cannot be read: {error}\n{HELP}") from error


def _with_columns(path: Path, table: pl.DataFrame) -> pl.DataFrame:
    if not set(TELLING) & set(table.columns):
        raise UsageError(f"{path}: none of the columns {', '.join(TELLING)} is there; found: {', '.join(table.columns[:20])}.\n{HELP}")
    return table


def _json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield number, msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SourceError(f"{path}, row {number}: not JSON: {error}\n{HELP}") from error


def _outcome(where: str, number: int, row: Any, keys: Sequence[str], limits: tuple[float, float]) -> tuple[Any, ...] | None:  # noqa: ANN401
    """Return the row of :data:`OUTCOMES`, None where nothing is filled in."""
    named = _names(where, row, keys)
    grader, answer, spec = _reference(where, row.get("reference_answer"))
    reward = _reward(where, row, limits)
    return None if answer is None and reward is None else (number, *named, grader, answer, spec, reward)


def _names(where: str, row: Any, keys: Sequence[str]) -> tuple[str | None, ...]:  # noqa: ANN401 - whatever the file holds
    """Return what names the prompt or request: its ids, and a key of requestMetadata with its value."""
    if not isinstance(row, dict):
        raise UsageError(f"{where}: no prompt_id and no request_id. {HELP}")
    metadata = {name.removeprefix(PREFIX): row[name] for name in row if str(name).startswith(PREFIX) or name in keys}
    given = {key: value for key, value in sorted(metadata.items()) if value not in (None, "")}
    if not (row.get("prompt_id") or row.get("request_id") or given):
        raise UsageError(f"{where}: no prompt_id and no request_id{', nor ' + ', '.join(metadata) if metadata else ''}. {HELP}")
    for name in ("prompt_id", "request_id"):
        if not isinstance(row.get(name), str | None):
            raise UsageError(f"{where}: {name} must be text, not {type(row[name]).__name__}. {HELP}")
    if len(given) > 1:
        raise UsageError(f"{where}: more than one metadata column is filled in ({', '.join(given)}). Keep the one that names the request.")
    key, value = next(iter(given.items()), (None, None))
    return (row.get("prompt_id") or None, row.get("request_id") or None, key, None if value is None else _text(value))


def _reference(where: str, answer: Any) -> tuple[str | None, str | None, str | None]:  # noqa: ANN401
    """Return grader, answer and spec; the answer None where none is filled in."""
    whole = _whole_reference(answer)
    grader, spec = (whole.get("grader") or None, whole.get("spec")) if whole else (None, None)
    answer = whole["answer"] if whole else answer
    if answer is None or answer == "":
        return None, None, None
    spec = _text(spec) if spec else None
    _check_grader(where, grader, spec)
    return grader, _text(answer), spec


def _reward(where: str, row: dict[str, Any], limits: tuple[float, float]) -> float | None:
    """Return the reward of a row in [0, 1], None where it gives none."""
    reward, is_correct = row.get("reward"), row.get("correct")
    if is_correct not in (None, ""):
        verdict = TRUTH.get(str(is_correct).strip().lower().removesuffix(".0"))
        if verdict is None:
            raise UsageError(f"{where}: correct must be true or false. {HELP}")
        if reward in (None, ""):
            return verdict
        raise UsageError(f"{where}: both reward and correct are filled in. Keep one of them.")
    if reward in (None, ""):
        return None
    try:
        value = math.nan if isinstance(reward, bool) else float(reward)
    except (TypeError, ValueError):
        value = math.nan
    low, high = limits
    if not low <= value <= high:
        raise UsageError(
            f"{where}: reward must be a number from {low:g} to {high:g}. State another range with --reward-range, such as 1:5."
        )
    return (value - low) / (high - low)


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
