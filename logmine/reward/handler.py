"""The reward function: judges completions with the graders that made the dataset, wherever a trainer runs.

- :func:`lambda_handler`: an AWS Lambda function for Nova and for open-weight models on Amazon Bedrock (an array in, an array out).
- :func:`http_handler`: the same for open models on SageMaker, whose results stand in ``{"statusCode", "headers", "body"}``.
- :func:`reward_function`: a reward function of TRL's trainers.
- :func:`compute_score`: a score function of verl.

AWS's pages disagree about the event, and the documentation of Amazon Bedrock (``reward-functions.html``) and of SageMaker
(``nova-implementing-reward-functions.html``) are both followed: the reference answer may stand in ``metadata`` or beside it, be a text, an
object or ``{"text": …}``; the answer may have the role ``assistant`` or ``nova_assistant``, and be a text or a list of parts.

This file needs the standard library and the package ``logmine_graders``, which lies beside it in ``lambda.zip``, or in a ``lambda.zip`` beside it.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __name__ == "logmine.reward.handler":
    from logmine.graders import Judgement, grade
else:
    # Last on the path, so that nothing of the trainer's is hidden; a verifier of AWS's that runs the text of this file gives no __file__.
    sys.path.append(str(Path(globals().get("__file__", "handler.py")).resolve().with_name("lambda.zip")))
    from logmine_graders import Judgement, grade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LOG = logging.getLogger(__name__)

#: Keys under which an event that is no array may hold its samples.
CONTAINERS = ("trajectories", "samples", "records", "batch")
ANSWER_ROLES = ("assistant", "nova_assistant")
REFERENCE_KEYS = ("grader", "answer", "spec")
REASONING_OPENS = re.compile(r"\s*<(thinking|reasoning|think)>")
HEADERS = {"content-type": "application/json"}


def lambda_handler(event: Any, context: object = None) -> Any:  # noqa: ANN401 - Lambda's signature
    """Return one result a sample, in the order of the event.

    Parameters
    ----------
    event
        Any JSON. Samples are an array, or stand under one of :data:`CONTAINERS`; an object with ``messages`` is one sample. An HTTP request
        (an object with ``body`` or ``requestContext``) is answered as :func:`http_handler` answers.
    context
        Not used.

    Returns
    -------
    list of dict
        ``id`` as it came; ``aggregate_reward_score``: 1.0 for a correct answer, else 0.0; ``metrics_list``: ``correct``, ``abstained``,
        ``partial_score``, ``error`` and, where the grader is known, ``correct_GRADER``, each in [0, 1]. A sample that cannot be judged
        scores 0.0 with ``error`` at 1.0, and the others are judged all the same.
    """
    if isinstance(event, dict) and "messages" not in event and ("body" in event or "requestContext" in event):
        return http_handler(event, context)
    return [_result(sample) for sample in samples_of(event)]


def http_handler(event: Any, context: object = None) -> dict[str, Any]:  # noqa: ANN401, ARG001 - Lambda's signature
    """Return the results of :func:`lambda_handler` as the JSON text ``body`` of an HTTP response.

    SageMaker's trainers of open models read this envelope (``oss_reward_fn.py`` of the SageMaker Python SDK); they send an array, a function
    URL or an API gateway sends it as ``body``. A body that is no JSON is answered with status 400.
    """
    return http_response(event, lambda samples: [_result(sample) for sample in samples])


def http_response(event: Any, score: Callable[[list[Any]], list[dict[str, Any]]]) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return what ``score`` makes of an event's samples as an HTTP response."""
    try:
        samples = samples_of(_body(event))
    except ValueError:
        return {"statusCode": 400, "headers": HEADERS, "body": '{"error": "the body is not JSON"}'}
    return {"statusCode": 200, "headers": HEADERS, "body": json.dumps(score(samples))}


def _body(event: Any) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(event, dict) or not ("body" in event or "requestContext" in event):
        return event
    body = event.get("body")
    if isinstance(body, str):
        text = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") is True else body
        try:
            return json.loads(text) if text.strip() else []
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
    return body or []


def samples_of(event: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """Return the samples of an event: an array, or what one of :data:`CONTAINERS` holds, or a single one."""
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
    name, grader = sample.get("id") if isinstance(sample, dict) else None, None
    try:
        reference = reference_of(sample)
        grader = reference["grader"]
        values = _values(grade(reference, *completion_of(sample["messages"])))
    except Exception as error:  # noqa: BLE001 - one odd sample must not cost the batch its rewards; it is counted as an error
        LOG.warning("a sample cannot be judged: %s", type(error).__name__)
        values = _values(None)
    metrics = [{"name": metric, "value": value, "type": "Reward" if metric == "correct" else "Metric"} for metric, value in values.items()]
    if grader is not None:
        metrics.append({"name": f"correct_{grader[:40]}", "value": values["correct"], "type": "Metric"})
    return {"id": name, "aggregate_reward_score": values["correct"], "metrics_list": metrics}


def _values(judgement: Judgement | None) -> dict[str, float]:
    """Return the figures of a verdict, None for a sample that could not be judged: an abstention earns nothing, and is told apart."""
    return {
        "correct": float(judgement is not None and judgement.verdict == "correct"),
        "abstained": float(judgement is not None and judgement.verdict == "abstain"),
        "partial_score": (judgement.score or 0.0) if judgement is not None else 0.0,
        "error": float(judgement is None),
    }


def reward_function(
    completions: Sequence[Any],
    reference_answer: Sequence[Any],
    log_metric: Callable[[str, float], None] | None = None,
    **columns: Any,  # noqa: ANN401 - the other columns of the dataset, and what the trainer adds
) -> list[float | None]:
    """Return a reward for each completion, as TRL's GRPO and RLOO trainers ask: None where the grader abstains or cannot judge.

    ``GRPOTrainer(reward_funcs=reward_function, train_dataset=dataset)``, where the dataset has ``prompt`` (the rows' ``messages``) and
    ``reference_answer``. Source: huggingface.co/docs/trl, "Using a custom reward function".

    Parameters
    ----------
    completions
        Texts, or lists of messages.
    reference_answer
        The column of the dataset, a value for each completion.
    log_metric
        The trainer's own, where it gives one: told the share of abstentions and of errors.
    columns
        Not used.
    """
    del columns
    verdicts = [_verdict(reference, completion) for reference, completion in zip(reference_answer, completions, strict=True)]
    if log_metric is not None and verdicts:
        for name in ("abstained", "error"):
            log_metric(name, sum(values[name] for values in verdicts) / len(verdicts))
    return [None if values["abstained"] or values["error"] else values["correct"] for values in verdicts]


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,  # noqa: ANN401 - a text or an object
    extra_info: Any = None,  # noqa: ANN401 - not used
    **extra: Any,  # noqa: ANN401 - what verl adds
) -> dict[str, float]:
    """Return the score of one completion, as verl asks: ``custom_reward_function.path=handler.py``, ``.name=compute_score``.

    Source: verl's documentation, "Implement Reward Function for Dataset"; ``score`` is the reward, the rest is logged.

    Parameters
    ----------
    data_source, extra_info, extra
        Not used.
    solution_str
        The completion's text.
    ground_truth
        The row's ``reference_answer``, an object or its JSON text.
    """
    del data_source, extra_info, extra
    values = _verdict(ground_truth, solution_str)
    return {"score": values["correct"], "acc": values["correct"], **values}


def _verdict(reference: Any, completion: Any) -> dict[str, float]:  # noqa: ANN401 - of a trainer
    try:
        read = reference_of({"reference_answer": reference})
        return _values(grade(read, *_turn(completion, first=read["grader"] == "tool_call")))
    except Exception as error:  # noqa: BLE001 - as in Lambda: counted, and training goes on
        LOG.warning("a completion cannot be judged: %s", type(error).__name__)
        return _values(None)


def _turn(completion: Any, *, first: bool) -> tuple[str, list[Any]]:  # noqa: ANN401 - of a trainer
    """Return the model's turn that a row asks for: with tools at work, a call stands in the first turn, an answer in the last."""
    if isinstance(completion, str):
        return without_reasoning(completion), []
    turns = [message for message in completion if str(message.get("role", "assistant")).lower() in ANSWER_ROLES]
    return _read_turn(turns[0] if first else turns[-1])


def reference_of(sample: dict[str, Any]) -> dict[str, str]:
    """Return the three strings of a sample's reference answer.

    Raises
    ------
    ValueError
        If there is none, or it is not logmine's.
    """
    for value in _reference_values(sample):
        found = _unwrapped(value)
        if isinstance(found, dict) and all(isinstance(found.get(key), str) for key in REFERENCE_KEYS):
            return {key: found[key] for key in REFERENCE_KEYS}
    raise ValueError("reference_answer must hold the strings grader, answer and spec")


def _reference_values(sample: dict[str, Any]) -> Iterator[Any]:
    """Yield what may be the reference, in the order in which AWS's own samples look: metadata, then beside it."""
    for key in ("metadata", None, "reward_model", "extra_info"):
        place = sample if key is None else _unwrapped(sample.get(key))
        if isinstance(place, dict):
            yield from (place[name] for name in ("reference_answer", "ground_truth") if place.get(name) is not None)


def _unwrapped(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Open the texts, ``{"text": …}`` and lists of one such part in which services may wrap an object."""
    for _ in range(4):
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        elif isinstance(value, dict) and "text" in value and "grader" not in value:
            value = value["text"]
        elif isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:  # a bare answer, or another's form: the reference may stand in another place
                return value
    return value


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
    return _read_turn(answer)


def _read_turn(answer: dict[str, Any]) -> tuple[str, list[Any]]:
    calls = answer.get("tool_calls")
    return without_reasoning(_text(answer.get("content"))), calls if isinstance(calls, list) else []


def _text(content: Any) -> str:  # noqa: ANN401 - JSON
    """Join the text parts; parts of another type, such as reasoning, are not the answer."""
    if isinstance(content, list):
        return "\n".join(part if isinstance(part, str) else part["text"] for part in content if _is_text(part))
    return content if isinstance(content, str) else ""


def _is_text(part: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(part, str) or (isinstance(part, dict) and part.get("type", "text") == "text" and isinstance(part.get("text"), str))


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
