"""``logmine grade``: responses from anywhere, judged against the rows of a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from logmine import graders, manifest
from logmine.errors import SourceError
from logmine.reward.cases import read_rows
from logmine.reward.handler import completion_of, reference_of
from logmine.reward.response_files import named_keys, read_records
from logmine.reward.trial import install_rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from logmine.reward.probes import Row

ID_KEYS: Final = ("id", "prompt_id")
TEXT_KEYS: Final = ("response", "completion", "output", "text", "answer")

#: One row a response, in the order of the file.
GRADED: Final = pl.Schema(
    {
        "id": pl.String,
        "task_id": pl.String,
        "grader": pl.String,
        "verdict": pl.String,  # correct, incorrect, abstain
        "score": pl.Float64,  # in [0, 1]; null on abstain
        "answer": pl.String,  # as read from the response
    }
)


@dataclass(frozen=True, slots=True)
class Graded:
    """The verdicts, and what could not be judged."""

    verdicts: pl.DataFrame  # GRADED
    n_rows: int  # of the dataset
    n_unknown: int  # responses whose id no row has
    n_unreadable: int  # lines without an id or a response
    n_for_judge: int  # responses to rows that only a judge can score
    task_names: dict[str, str]  # by task_id, where the manifest of the build lies beside the rows


def grade_responses(dataset: Path, responses: Path) -> Graded:
    """Judge each response against the reference answer of its row.

    Parameters
    ----------
    dataset
        A file such as ``train.jsonl``, or the output folder of a build for all its rows.
    responses
        JSONL, a JSON array, CSV (``tool_calls`` and ``messages`` as JSON text) or Parquet. Each row has an ``id`` (or ``prompt_id``) and a text as ``response``, ``completion``, ``output``, ``text`` or ``answer``, with
        ``tool_calls`` beside it where the model made calls, or ``messages`` of which the last is the model's. An id may come again.

    Raises
    ------
    SourceError
        If a file cannot be read, or no response belongs to a row.
    """
    rows = _rows(dataset)
    folder = dataset if dataset.is_dir() else dataset.parent
    zip_path = folder / "reward" / "lambda.zip"
    if zip_path.is_file():
        install_rules(zip_path)
    found: list[tuple[Any, ...]] = []
    n_unknown = n_unreadable = n_for_judge = 0
    records = read_records(responses)
    for given in records:
        read = _response(given)
        if read is None:
            n_unreadable += 1
        elif read[0] not in rows:
            n_unknown += 1
        elif _is_for_judge(rows[read[0]]):
            n_for_judge += 1
        else:
            found.append(_graded(rows[read[0]], *read[1:]))
    if not found and not n_for_judge:
        raise SourceError(
            f"{responses}: no response belongs to a row of {dataset}: {n_unknown:,} have an id that no row has, {n_unreadable:,} no id or no "
            f"text. The first row has: {named_keys(records)}. Each needs {' or '.join(ID_KEYS)} as in the dataset, and one of "
            f"{', '.join(TEXT_KEYS)}, tool_calls or messages."
        )
    return Graded(pl.DataFrame(found, schema=GRADED, orient="row"), len(rows), n_unknown, n_unreadable, n_for_judge, _task_names(folder))


def _rows(dataset: Path) -> dict[str, Row]:
    """Return the rows of a dataset by id; those of another maker have no grader."""
    given = read_rows(dataset) if dataset.is_dir() else read_records(dataset)
    rows = {row["id"]: row for row in given if isinstance(row.get("id"), str)}
    if not rows:
        raise SourceError(f"{dataset}: holds no row with an id. Give train.jsonl or eval.jsonl, or the output folder of `logmine build`.")
    for row in rows.values():
        try:
            reference_of(row)
        except ValueError as error:
            raise SourceError(
                f"{dataset}: the reference_answer of a row is not logmine's: it must hold grader, answer and spec as texts. "
                "Give train.jsonl or eval.jsonl, or the output folder of `logmine build`."
            ) from error
    return rows


def _task_names(folder: Path) -> dict[str, str]:
    made = manifest.read(folder) or {}
    return {task["task_id"]: task["name"] for task in made.get("summary", {}).get("tasks", ())}


def by_task(graded: pl.DataFrame) -> pl.DataFrame:
    """Return counts and the mean reward by task and grader, largest first; abstentions earn nothing."""
    counts = {f"n_{verdict}": (pl.col("verdict") == verdict).sum() for verdict in ("correct", "incorrect", "abstain")}
    grouped = graded.group_by("task_id", "grader").agg(
        n_prompts=pl.col("id").n_unique(), n_responses=pl.len(), **counts, mean_reward=(pl.col("verdict") == "correct").mean()
    )
    return grouped.sort(["n_responses", "task_id", "grader"], descending=[True, False, False])


def _graded(row: Row, text: str, calls: list[Any]) -> tuple[Any, ...]:
    reference = reference_of(row)
    judgement = graders.grade(reference, text, calls)
    return row["id"], str(row.get("task_id") or ""), reference["grader"], judgement.verdict, judgement.score, judgement.answer


def _is_for_judge(row: Row) -> bool:
    return reference_of(row)["grader"] == "judge"


def _response(given: Mapping[str, Any]) -> tuple[str, str, list[Any]] | None:
    """Read the id, the text and the tool calls of a response; None without an id or an answer."""
    name = next((given[key] for key in ID_KEYS if isinstance(given.get(key), str)), None)
    text = next((given[key] for key in TEXT_KEYS if isinstance(given.get(key), str)), None)
    messages = given.get("messages")
    if name is None:
        return None
    if isinstance(messages, list) and messages:
        try:
            return name, *completion_of(messages)
        except ValueError:  # the last message is not the model's: counted by the caller
            return None
    calls = given.get("tool_calls")
    read = completion_of([{"role": "assistant", "content": text or "", "tool_calls": calls}])
    return None if text is None and not read[1] else (name, *read)
