"""Answers that a person confirmed or corrected: which ones to ask about, and the file in which they are kept.

A row says whether the answer on which the attempts of a prompt agree is right, and where it is not, which one is. Right answers become
references; all of them tell how far agreement can be trusted in their task (:func:`logmine.references.consensus.find_consensus`).
"""

from __future__ import annotations

import csv
import itertools
from typing import TYPE_CHECKING, Any, Final

import msgspec
import polars as pl

from logmine.errors import OutputError, SourceError, UsageError
from logmine.schemas import CONFIRMED, digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

COLUMNS: Final[tuple[str, ...]] = ("prompt_id", "task", "grader", "prompt", "proposed", "verdict", "reference_answer")
VERDICTS: Final = ("right", "wrong")
HELP: Final = 'Each row needs "prompt_id" and "proposed"; "verdict" is right or wrong, or empty; "reference_answer" the right answer, where you know it.'


def choose_to_confirm(opinions: pl.DataFrame, done: Collection[str], *, n_answers: int) -> pl.DataFrame:
    """Return up to ``n_answers`` rows of ``opinions`` to ask a person about, of all degrees of confidence alike.

    The rows are cut by confidence into as many strata of like size, and one is drawn from each by digest, so that the choice tells
    how right the confident answers are, and the doubtful ones.

    Parameters
    ----------
    opinions
        :data:`logmine.schemas.OPINIONS` of one task.
    done
        Prompts that were asked about before: they count as asked.
    """
    ordered = opinions.sort("confidence", "prompt_id")
    n_strata = min(n_answers, ordered.height)
    drawn = [
        min(stratum.iter_rows(named=True), key=lambda row: (row["prompt_id"] not in done, digest(["confirm", row["prompt_id"]])))[
            "prompt_id"
        ]
        for stratum in _strata(ordered, n_strata)
    ]
    asked = set(drawn) - set(done)
    return ordered.filter(pl.col("prompt_id").is_in(sorted(asked))).sort(
        pl.col("prompt_id").replace_strict({prompt: digest(["ask", prompt]) for prompt in asked}, default="", return_dtype=pl.String)
    )


def _strata(ordered: pl.DataFrame, n_strata: int) -> Iterator[pl.DataFrame]:
    ends = [ordered.height * number // n_strata for number in range(n_strata + 1)] if n_strata else []
    for start, end in itertools.pairwise(ends):
        yield ordered[start:end]


def read_confirmed(path: Path) -> pl.DataFrame:
    """Read a file of confirmed answers, JSONL or CSV as its name ends; rows without a verdict and without an answer are passed over.

    Returns
    -------
    DataFrame
        :data:`logmine.schemas.CONFIRMED`; of several rows of a prompt the last.

    Raises
    ------
    SourceError
        If the file cannot be read.
    UsageError
        If a row lacks what it needs; the message names its number.
    """
    rows = {row["prompt_id"]: _settled(row) for row in read_confirmed_rows(path) if row["verdict"] or row["reference_answer"]}
    return pl.DataFrame([rows[prompt] for prompt in sorted(rows)], schema=CONFIRMED, orient="row")


def _settled(row: Mapping[str, str]) -> tuple[str, str, str | None]:
    right = row["proposed"] if row["verdict"] == "right" else row["reference_answer"] or None
    return row["prompt_id"], row["proposed"], right


def confirmed_of(candidates: pl.DataFrame, confirmed: pl.DataFrame) -> dict[str, str | None]:
    """Return what was said of the prompts of a task: the right answer by kept prompt, None where only the wrong one is known.

    What was said of the prompt itself wins over what was said of a duplicate.
    """
    if confirmed.is_empty():
        return {}
    said = dict(confirmed.select("prompt_id", "answer").iter_rows())
    own = candidates.select("prompt_id", "source_id").filter(pl.col("source_id").is_in(list(said)))
    ordered = own.sort("prompt_id", pl.col("source_id") != pl.col("prompt_id"), "source_id").unique("prompt_id", keep="first")
    return {prompt: said[source] for prompt, source in ordered.sort("prompt_id").iter_rows()}


def read_confirmed_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a file of confirmed answers as text, checked; errors as of :func:`read_confirmed`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: the confirmed answers cannot be read: {error}. {HELP}") from error
    given = enumerate(csv.DictReader(text.splitlines(keepends=True)), start=1) if path.suffix.lower() == ".csv" else _json_lines(path, text)
    return [_row(f"{path}, row {number}", row) for number, row in given]


def _json_lines(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield number, msgspec.json.decode(line)
            except msgspec.DecodeError as error:
                raise SourceError(f"{path}, row {number}: not JSON: {error}. {HELP}") from error


def _row(where: str, given: Any) -> dict[str, str]:  # noqa: ANN401 - whatever the file holds
    if not isinstance(given, dict) or not given.get("prompt_id") or given.get("proposed") is None:
        raise UsageError(f"{where}: no prompt_id, or no proposed answer. {HELP}")
    row = {name: given.get(name) or "" for name in COLUMNS}
    if not all(isinstance(value, str) for value in row.values()):
        raise UsageError(f"{where}: every value must be text. {HELP}")
    row["verdict"] = row["verdict"].strip().casefold()
    if row["verdict"] not in ("", *VERDICTS):
        raise UsageError(f"{where}: unknown verdict {row['verdict']!r}; it is right, wrong, or empty.")
    return row


def write_confirmed_rows(path: Path, rows: Iterable[Mapping[str, Any]], *, append: bool = False) -> None:
    """Write rows of :data:`COLUMNS` as JSONL, or as CSV where the name ends so.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    try:
        if path.suffix.lower() == ".csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                names: list[str] = [*COLUMNS]
                writer = csv.DictWriter(file, names, restval="", extrasaction="ignore")
                writer.writeheader()
                writer.writerows(rows)
            return
        with path.open("ab" if append else "wb") as file:
            file.writelines(msgspec.json.encode({name: row.get(name) or "" for name in COLUMNS if name in row}) + b"\n" for row in rows)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}. Name another file.") from error
