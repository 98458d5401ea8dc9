"""What a row must be for the trainers that read it: rules that need no other row.

The rules are those of amzn-nova-forge 1.4.10 (``rft_dataset_validator.py``) and, where the documentation of Bedrock or SageMaker
is stricter (roles, string content, reference answers), the documentation. The reserved words and the demand for tools of the
standalone ``nova_ft_dataset_validator.py`` are no rules: the documentation's own examples fail them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal

from logmine import graders
from logmine.graders.rule import NOT_HERE

if TYPE_CHECKING:
    from collections.abc import Iterator

Level = Literal["error", "warning"]
#: Where in the row, what is wrong, how bad it is.
Finding = tuple[str, str, Level]

ROLES: Final = ("system", "user", "assistant", "tool")
MESSAGE_KEYS: Final = frozenset({"role", "content", "tool_calls", "tool_call_id"})
REFERENCE_KEYS: Final = ("grader", "answer", "spec")


def findings(row: dict[str, Any]) -> Iterator[Finding]:
    """Yield everything that is wrong with one row."""
    yield from _id_findings(row)
    yield from _message_list_findings(row.get("messages"))
    yield from _reference_findings(row.get("reference_answer"))
    if "tools" in row:
        yield from _tool_list_findings(row["tools"])


def _id_findings(row: dict[str, Any]) -> Iterator[Finding]:
    if "id" in row and not _filled(row["id"]):
        yield "id", "must be a string that is not blank", "error"


def _message_list_findings(messages: object) -> Iterator[Finding]:
    if not isinstance(messages, list) or not messages:
        yield "messages", "must be a list with at least one message", "error"
        return
    for index, message in enumerate(messages):
        if isinstance(message, dict):
            yield from _message_findings(f"messages[{index}]", message)
        else:
            yield f"messages[{index}]", "must be an object with role and content", "error"
    yield from _order_findings([message.get("role") if isinstance(message, dict) else None for message in messages])


def _order_findings(roles: list[Any]) -> Iterator[Finding]:
    if "system" in roles and roles[0] != "system":
        yield "messages", "the system message must stand first", "error"
    if "user" not in roles:
        yield "messages", "at least one message must have the role user", "error"
    elif roles[-1] not in ("user", "tool"):
        yield "messages", "the last message must have the role user: the model answers it", "error"
    if roles.count("user") > 1 or "assistant" in roles or "tool" in roles:
        yield "messages", "more than one turn: training on Bedrock and rft_eval are documented for single user turns", "warning"


def _message_findings(where: str, message: dict[str, Any]) -> Iterator[Finding]:
    if message.get("role") not in ROLES:
        yield f"{where}.role", f"must be one of {', '.join(ROLES)}", "error"
    if not message.keys() <= MESSAGE_KEYS:
        yield where, f"only the keys {', '.join(sorted(MESSAGE_KEYS))} are allowed", "error"
    # An assistant turn may hold calls alone, and a tool may have answered nothing.
    silent = "content" not in message and ("tool_calls" in message or message.get("role") == "tool")
    if not silent and not _filled(message.get("content")):
        yield f"{where}.content", "must be a string that is not blank", "error"
    if "tool_calls" in message and not _are_calls(message["tool_calls"]):
        yield f"{where}.tool_calls", "must be OpenAI tool calls: id, type, function with name and arguments as strings", "error"
    if "tool_call_id" in message and not _filled(message["tool_call_id"]):
        yield f"{where}.tool_call_id", "must be a string that is not blank", "error"


def _are_calls(calls: object) -> bool:
    return isinstance(calls, list) and bool(calls) and all(isinstance(call, dict) and _is_call(call) for call in calls)


def _is_call(call: dict[str, Any]) -> bool:
    function = call.get("function")
    return isinstance(function, dict) and _filled(function.get("name")) and isinstance(function.get("arguments"), str)


def _tool_list_findings(tools: object) -> Iterator[Finding]:
    if not isinstance(tools, list) or not tools:
        yield "tools", "must be a list with at least one tool; leave the key out of files without tools", "error"
        return
    names: list[str] = []
    for index, tool in enumerate(tools):
        function = tool.get("function") if isinstance(tool, dict) else None
        if isinstance(function, dict) and tool.get("type") == "function":
            yield from _function_findings(f"tools[{index}].function", function)
            names.append(str(function.get("name")))
        else:
            yield f"tools[{index}]", 'must be {"type": "function", "function": {…}}', "error"
    if len(names) != len(set(names)):
        yield "tools", "two tools have the same name", "error"


def _function_findings(where: str, function: dict[str, Any]) -> Iterator[Finding]:
    for key in ("name", "description"):
        if not _filled(function.get(key)):
            yield f"{where}.{key}", "must be a string that is not blank", "error"
    parameters = function.get("parameters")
    if not isinstance(parameters, dict) or parameters.get("type") != "object" or not isinstance(parameters.get("properties"), dict):
        yield f"{where}.parameters", "must be a JSON schema of type object with properties", "error"
    elif not _are_names(parameters.get("required", [])):
        yield f"{where}.parameters.required", "must be a list of strings", "error"


def _are_names(required: object) -> bool:
    return required is None or (isinstance(required, list) and all(isinstance(name, str) for name in required))


def _reference_findings(reference: object) -> Iterator[Finding]:
    if not (_filled(reference) or (isinstance(reference, dict) and reference)):
        yield "reference_answer", "must be a string that is not blank or an object that is not empty", "error"
    strings = _three_strings(reference)
    if strings:
        yield from _self_grading_findings(strings)


def _three_strings(reference: object) -> dict[str, str] | None:
    """Return logmine's own form of a reference answer, which may have become the text of its JSON; None for other forms."""
    if isinstance(reference, str) and reference.lstrip().startswith("{"):
        try:
            reference = json.loads(reference)
        except ValueError:  # a text that only looks like JSON: a form of its own, which is allowed
            return None
    if (
        isinstance(reference, dict)
        and set(reference) == set(REFERENCE_KEYS)
        and all(isinstance(value, str) for value in reference.values())
    ):
        return reference
    return None


def _self_grading_findings(reference: dict[str, str]) -> Iterator[Finding]:
    if reference["grader"] == "judge":
        if not _holds_rubric(reference["spec"]):
            yield "reference_answer", "is for a judge and holds no rubric", "error"
        return
    try:
        judgement = graders.grade(reference, *graders.render(reference))
    except ValueError:
        yield "reference_answer", "names no grader of logmine, or has a spec that its grader cannot read", "error"
        return
    if judgement.reason == NOT_HERE:
        yield (
            "reference_answer",
            "is judged by a rule whose function is not here: run this beside the logmine.toml that names it, or with --config",
            "warning",
        )
    elif judgement.verdict != "correct":
        yield "reference_answer", "is not judged correct by its own grader", "error"


def _holds_rubric(spec: str) -> bool:
    try:
        read = json.loads(spec)
    except ValueError:  # told as a reference without a rubric
        return False
    return isinstance(read, dict) and _filled(read.get("rubric"))


def is_own_form(reference: object) -> bool:
    """Say whether a reference answer has logmine's own form: three strings, as an object or its JSON text."""
    return _three_strings(reference) is not None


def is_for_judge(reference: object) -> bool:
    """Say whether a reference answer of logmine's is one that a judge scores by."""
    strings = _three_strings(reference)
    return strings is not None and strings["grader"] == "judge"


def _filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
