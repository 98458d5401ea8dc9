"""Completions that deserve no reward, for every row: what a model under training would find first if it paid."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from logmine import graders
from logmine.graders.abuse import INJECTED, PADDING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Row = dict[str, Any]
"""A row of the dataset as the trainer reads it: ``id``, ``messages``, ``reference_answer``, …"""

PROBES: Final = ("empty", "echo of the prompt", "all options", "right form, wrong answer", "padding", "injected verdict")
#: Graders under which another row's answer may be right as well.
MANY_ANSWERS: Final = frozenset({"constraints", "regex", "rule"})


def probe_rows(rows: Sequence[Row]) -> Iterator[tuple[str, Row, str, list[dict[str, Any]]]]:
    """Yield the probe's name, the row, and the text and tool calls that try to earn its reward."""
    wrong = dict(_wrong_answers(rows))
    for row in rows:
        reference = row["reference_answer"]
        yield PROBES[0], row, "", []
        yield PROBES[1], row, _last_user_text(row["messages"]), []
        if options := _options(reference["spec"]):
            yield PROBES[2], row, "\n".join(options), []
        if row["id"] in wrong:
            yield PROBES[3], row, *wrong[row["id"]]
        yield PROBES[4], row, PADDING, []
        yield PROBES[5], row, INJECTED, []


def _last_user_text(messages: Sequence[Mapping[str, Any]]) -> str:
    texts = [message.get("content") for message in messages if message.get("role") == "user"]
    return next((text for text in reversed(texts) if isinstance(text, str)), "")


def _options(spec: str) -> list[str]:
    read = json.loads(spec) if spec.strip() else {}
    options, labels = read.get("options"), read.get("labels")
    if isinstance(options, dict):
        return [f"{mark}. {text}" for mark, text in options.items()]
    return [str(label) for label in labels] if isinstance(labels, list) else []


def _wrong_answers(rows: Sequence[Row]) -> Iterator[tuple[str, tuple[str, list[dict[str, Any]]]]]:
    """Yield for each row what states the answer of the next row of its task whose answer differs."""
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        reference = row["reference_answer"]
        if reference["grader"] not in MANY_ANSWERS:
            groups.setdefault((row.get("task_id", ""), reference["grader"], reference["spec"]), []).append(row)
    for (_, grader, spec), members in groups.items():
        forms = [graders.canonical(grader, spec, row["reference_answer"]["answer"]) for row in members]
        for place, row in enumerate(members):
            other = next((at for at in (*range(place + 1, len(members)), *range(place)) if forms[at] != forms[place]), None)
            if other is not None:
                yield row["id"], graders.render(members[other]["reference_answer"])
