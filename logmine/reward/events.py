"""Events as the trainer sends them, made of rows of a dataset."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from logmine import graders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def rendered_sample(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sample that Amazon Bedrock sends for ``row`` when the model answers just as the reference does.

    Parameters
    ----------
    row
        A row of :data:`logmine.schemas.DATASET`.
    """
    reference = json.loads(row["reference_answer"])
    text, calls = _rendered(reference)
    return answered(row["prompt_id"], json.loads(row["messages"]), reference, text, calls, task_id=row["task_id"] or "")


def answered(
    name: str, messages: Sequence[Any], reference: Mapping[str, str], text: str | None, calls: Sequence[Any] = (), *, task_id: str = ""
) -> dict[str, Any]:
    """Return a sample in which the model answered with ``text`` and ``calls``; a content that is empty beside calls is left out, as AWS asks."""
    content = {"content": text or ""} if text or not calls else {}
    answer = {"role": "assistant", **content, **({"tool_calls": calls} if calls else {})}
    return {"id": name, "messages": [*messages, answer], "metadata": {"reference_answer": reference, "task_id": task_id}}


def _rendered(reference: Mapping[str, str]) -> tuple[str, list[dict[str, Any]]]:
    try:
        return graders.render(reference)
    except ValueError:  # a malformed reference: the reward function counts an error, and the row is named
        return "", []
