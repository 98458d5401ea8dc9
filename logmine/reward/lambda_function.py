"""The reward function: an AWS Lambda handler that judges completions with the graders that made the dataset.

The event is an array of samples, each with the messages of the prompt, the answer of the model as the last message, and the
reference answer of the row; what comes back is an array of results in the same order. AWS's pages disagree about details, and the
documentation of Amazon Bedrock (``reward-functions.html``) and of SageMaker (``nova-implementing-reward-functions.html``) are both
followed: the reference answer may stand in ``metadata`` or beside it, be a text, an object or ``{"text": …}``; the answer may have the role
``assistant`` or ``nova_assistant``, and be a text or a list of parts.

This file runs from a ZIP beside the package ``graders``, with the standard library alone.
"""

from __future__ import annotations

import json
import logging
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from logmine.graders import grade
else:  # in the ZIP, graders/ lies beside this file
    from graders import grade

LOG = logging.getLogger(__name__)

#: Keys under which an event that is no array may hold its samples.
CONTAINERS = ("trajectories", "samples", "records", "batch")
ANSWER_ROLES = ("assistant", "nova_assistant")
REFERENCE_KEYS = ("grader", "answer", "spec")
REASONING_OPENS = re.compile(r"\s*<(thinking|reasoning|think)>")


def lambda_handler(event: Any, context: object = None) -> list[dict[str, Any]]:  # noqa: ANN401, ARG001 - Lambda's signature
    """Return one result a sample, in the order of the event.

    SageMaker's reward functions for open models outside Nova wrap event and results in ``{"statusCode", "body"}``; that
    envelope would be opened and closed here.

    Parameters
    ----------
    event
        Any JSON. Samples are an array, or stand under one of :data:`CONTAINERS`; an object with ``messages`` is one sample.
    context
        Not used.

    Returns
    -------
    list of dict
        ``id`` as it came; ``aggregate_reward_score``: 1.0 for a correct answer, else 0.0; ``metrics_list``: ``correct``,
        ``abstained``, ``partial_score`` and ``error``, each in [0, 1]. A sample that cannot be judged scores 0.0 with ``error`` at
        1.0, and the others are judged all the same.
    """
    return [_result(sample) for sample in _samples(event)]


def _samples(event: Any) -> list[Any]:  # noqa: ANN401 - JSON
    if isinstance(event, list):
        return event
    if isinstance(event, dict):
        for container in CONTAINERS:
            if isinstance(event.get(container), list):
                return event[container]
        if "messages" in event:
            return [event]
    LOG.warning("no samples found in an event of type %s", type(event).__name__)
    return []


def _result(sample: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    name = sample.get("id") if isinstance(sample, dict) else None
    try:
        text, calls = completion_of(sample["messages"])
        judgement = grade(reference_of(sample), text, calls)
    except Exception as error:  # noqa: BLE001 - one odd sample must not cost the batch its rewards; it is counted as an error
        LOG.warning("a sample cannot be judged: %s", type(error).__name__)
        return _scored(name, error=1.0)
    if judgement.verdict == "abstain":
        return _scored(name, abstained=1.0)
    return _scored(name, correct=float(judgement.verdict == "correct"), partial_score=judgement.score or 0.0)


def _scored(name: Any, *, correct: float = 0.0, abstained: float = 0.0, partial_score: float = 0.0, error: float = 0.0) -> dict[str, Any]:  # noqa: ANN401 - an id of any type
    return {
        "id": name,
        "aggregate_reward_score": correct,
        "metrics_list": [
            {"name": "correct", "value": correct, "type": "Reward"},
            {"name": "abstained", "value": abstained, "type": "Metric"},
            {"name": "partial_score", "value": partial_score, "type": "Metric"},
            {"name": "error", "value": error, "type": "Metric"},
        ],
    }


def reference_of(sample: dict[str, Any]) -> dict[str, str]:
    """Return the three strings of a sample's reference answer.

    Raises
    ------
    ValueError
        If there is none, or it is not logmine's.
    """
    metadata = sample.get("metadata")
    value = metadata.get("reference_answer") if isinstance(metadata, dict) else None
    if value is None:
        value = sample.get("reference_answer")
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        value = value["text"]
    if isinstance(value, str):
        value = json.loads(value)
    if not isinstance(value, dict) or not all(isinstance(value.get(key), str) for key in REFERENCE_KEYS):
        raise ValueError("reference_answer must hold the strings grader, answer and spec")
    return {key: value[key] for key in REFERENCE_KEYS}


def completion_of(messages: list[Any]) -> tuple[str, list[Any]]:
    """Return the text, without reasoning, and the tool calls of the last message, which must be the model's.

    Raises
    ------
    ValueError
        If the last message is not the model's.
    """
    answer = messages[-1]
    if str(answer.get("role")).lower() not in ANSWER_ROLES:
        raise ValueError("the last message must be the answer of the model")
    calls = answer.get("tool_calls")
    return without_reasoning(_text(answer.get("content"))), calls if isinstance(calls, list) else []


def _text(content: Any) -> str:  # noqa: ANN401 - JSON
    """Join the text parts; parts of another type, such as reasoning, are not the answer."""
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content if _is_text(part))
    return content if isinstance(content, str) else ""


def _is_text(part: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(part, dict) and part.get("type", "text") == "text" and isinstance(part.get("text"), str)


def without_reasoning(text: str) -> str:
    """Remove the reasoning with which an answer begins, just as the log reader does.

    A tag that is never closed was cut off by the token limit: no answer followed.

    Examples
    --------
    >>> without_reasoning("<reasoning>17 + 4 is 21.</reasoning> 21")
    '21'
    >>> without_reasoning("<thinking>17 + 4 is")
    ''
    >>> without_reasoning("Write it between <thinking> tags.")
    'Write it between <thinking> tags.'
    """
    while opened := REASONING_OPENS.match(text):
        _, closing, after = text[opened.end() :].partition(f"</{opened[1]}>")
        text = after.lstrip() if closing else ""
    return text
