"""What the reward function of a build is tried on: its rows, all logged completions, and completions that must earn nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
import polars as pl

from logmine import graders
from logmine.errors import SourceError
from logmine.reward.events import answered
from logmine.reward.probes import probe_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from logmine.reward.probes import Row

Completion = tuple[str | None, list[dict[str, Any]]]
"""Text and tool calls."""
Kind = Literal["reference", "logged", "unreferenced", "probe"]

FILES: Final = ("train.jsonl", "eval.jsonl", "train-tools.jsonl", "eval-tools.jsonl")
TABLES: Final = ("attempts", "references", "graders", "verdicts")
#: Columns of ``attempts`` that are read.
ATTEMPT: Final = ("prompt_id", "task_id", "request_id", "completion", "tool_calls")


@dataclass(frozen=True, slots=True)
class Case:
    """A sample as a trainer sends it, and what the build says of it.

    ``reference``: a row, answered as its reference renders. ``logged``: a logged completion and the reference of its prompt.
    ``unreferenced``: one of a prompt without a reference, and the answer that is read from the first completion of that prompt. ``probe``: a
    completion that deserves nothing.
    """

    kind: Kind
    grader: str
    sample: dict[str, Any]
    verdict: str  # of the build
    answer: str | None
    probe: str = ""


def read_rows(out: Path) -> list[Row]:
    """Return the rows of every dataset file of a build.

    Raises
    ------
    SourceError
        If ``out`` holds no dataset.
    """
    paths = [out / name for name in FILES if (out / name).is_file()]
    if not paths:
        raise SourceError(f"{out} holds no {FILES[0]}. Give the output folder of `logmine build`.")
    return [json.loads(line) for path in paths for line in path.read_bytes().splitlines() if line.strip()]


def row_cases(rows: Sequence[Row]) -> Iterator[Case]:
    """Yield every row with its own reference as the answer, and every probe of every row."""
    for row in rows:
        yield _case("reference", (row["id"], row["messages"]), row["reference_answer"], graders.render(row["reference_answer"]))
    for name, row, text, calls in probe_rows(rows):
        yield _case("probe", (row["id"], row["messages"]), row["reference_answer"], (text, calls), name)


def read_tables(out: Path) -> dict[str, pl.DataFrame] | None:
    """Return the tables of a build that tell of its logged completions, None where ``work/`` was deleted."""
    found = {name: sorted(out.glob(f"work/*/*/{name}.parquet")) for name in TABLES}
    return {name: pl.concat(map(pl.read_parquet, paths)) for name, paths in found.items()} if all(found.values()) else None


def logged_cases(tables: Mapping[str, pl.DataFrame]) -> Iterator[Case]:
    """Yield every logged completion that a grader can be asked about, and what the build, or the graders here, say of it.

    Completions of tasks that no program checks have no verdict anywhere, and are left out.
    """
    judged = {(prompt, name): said for prompt, name, *said in _columns(tables["verdicts"], "prompt_id", "request_id", "verdict", "answer")}
    given = dict(_columns(tables["references"].drop_nulls("reference_answer"), "prompt_id", "reference_answer"))
    of_task = {task: (grader, spec or "") for task, grader, spec in _columns(tables["graders"], "task_id", "grader", "spec")}
    attempts = tables["attempts"].sort("prompt_id", "request_id", "completion", "tool_calls", maintain_order=True)
    for prompt_id, group in groupby(_columns(attempts, *ATTEMPT), key=itemgetter(0)):
        answers = [(task, name, (text, msgspec.json.decode(calls) if calls else [])) for _, task, name, text, calls in group]
        kind: Kind = "logged" if prompt_id in given else "unreferenced"
        made = _made_reference(*of_task[answers[0][0]], [completion for _, _, completion in answers]) if kind == "unreferenced" else None
        reference = msgspec.json.decode(given[prompt_id]) if kind == "logged" else made
        if reference is None:
            continue
        for _, name, completion in answers:
            yield _as_judged(_case(kind, (name, []), reference, completion), judged.get((prompt_id, name)))


def _columns(table: pl.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    return table.select(names).iter_rows()


def _as_judged(case: Case, said: Sequence[str] | None) -> Case:
    """Lay what the build itself said of an attempt over what the graders say here."""
    return case if said is None else replace(case, verdict=said[0], answer=said[1])


def _made_reference(grader: str | None, spec: str, completions: Sequence[Completion]) -> dict[str, str] | None:
    """Take what the grader reads from the first readable completion for the reference; None where it reads none, or is no program."""
    if grader not in graders.GRADER_NAMES:
        return None
    for completion in completions:
        try:
            answer = graders.extract(grader, spec, *completion)
        except ValueError:  # the options or tools stand in each prompt: the task alone has no spec
            return None
        if answer is not None:
            return {"grader": grader, "answer": answer, "spec": spec}
    return None


def _case(kind: Kind, place: tuple[str, Sequence[Any]], reference: dict[str, str], completion: Completion, probe: str = "") -> Case:
    """Describe a sample of an id, the messages before the answer, a reference and a completion, by the graders here."""
    judgement = graders.grade(reference, *completion)
    return Case(kind, reference["grader"], answered(*place, reference, *completion), judgement.verdict, judgement.answer, probe)
