"""Events as the trainer sends them, made of rows of a dataset."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from logmine import graders

if TYPE_CHECKING:
    from collections.abc import Mapping


def rendered_sample(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sample that Amazon Bedrock sends for ``row`` when the model answers just as the reference does.

    Parameters
    ----------
    row
        A row of :data:`logmine.schemas.DATASET`.
    """
    reference = json.loads(row["reference_answer"])
    text, calls = _rendered(reference)
    answer: dict[str, Any] = {"role": "assistant", "content": text}
    if calls:
        answer["tool_calls"] = calls
    return {
        "id": row["prompt_id"],
        "messages": [*json.loads(row["messages"]), answer],
        "metadata": {"reference_answer": reference, "task_id": row["task_id"] or ""},
    }


def _rendered(reference: Mapping[str, str]) -> tuple[str, list[dict[str, Any]]]:
    try:
        return graders.render(reference)
    except ValueError:  # a malformed reference: the reward function counts an error, and the row is named
        return "", []
