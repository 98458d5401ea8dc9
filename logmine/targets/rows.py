"""One row of the dataset in the shape that Amazon Bedrock and SageMaker read.

Sources: docs.aws.amazon.com/bedrock/latest/userguide/rft-prepare-data.html, the SageMaker page nova-data-prep-rft-2, and the pydantic
rules of amzn-nova-forge 1.4.10, which are the strictest. Loaders read the file through Arrow, where a key has one type
in the whole file; hence "" in place of null, and strings in place of structures that differ from row to row.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What ``str.splitlines`` takes for a line end, though JSON does not.
LINE_ENDS: Final = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}
INT64: Final = range(-(2**63), 2**63)


def bedrock_row(row: Mapping[str, Any], *, with_pass_rate: bool) -> dict[str, Any]:
    """Return the training row of one row of ``dataset``.

    Parameters
    ----------
    row
        A row of :data:`logmine.schemas.DATASET`.
    with_pass_rate
        Whether the file has the key ``pass_rate``: a number in [0, 1], so only where every row of the file has one.

    Returns
    -------
    dict
        ``id``, ``messages``, ``reference_answer`` and, if the row has any, ``tools``, as the trainer reads them. The other
        keys reach the reward function as metadata; their values are never null.
    """
    written = {"id": row["prompt_id"], "messages": _messages(row["messages"]), "reference_answer": _reference(row["reference_answer"])}
    tools = read_tools(row["tools"])
    if tools:
        written["tools"] = tools
    written |= {"task_id": row["task_id"] or "", "topic": row["topic_id"] or ""}
    if with_pass_rate:
        written["pass_rate"] = row["pass_rate"]
    return written | {"band_evidence": row["band_evidence"] or "", "language": row["language"] or ""}


def _reference(text: str) -> dict[str, str]:
    reference = _load(text)
    return {"grader": reference["grader"], "answer": reference["answer"], "spec": reference["spec"]}


def _messages(text: str) -> list[dict[str, Any]]:
    messages = [_message(message) for message in _load(text)]
    return [message for message in messages if len(message) > 1]


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the four keys that validators allow; blank content, which they refuse, is left out."""
    role, content = message["role"], _text(message.get("content"))
    written: dict[str, Any] = {"role": "system" if role == "developer" else role}
    if content.strip():
        written["content"] = content
    if message.get("tool_calls"):
        written["tool_calls"] = message["tool_calls"]
    if message.get("tool_call_id"):
        written["tool_call_id"] = message["tool_call_id"]
    return written


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str))
    return content if isinstance(content, str) else ""


def read_tools(text: str | None) -> list[dict[str, Any]]:
    """Return the tools of a row with what a log may lack and a trainer needs: description, object parameters.

    The description is optional in Converse and required for training; the name stands in. Tools that are no functions,
    and a second tool of the same name, are left out.
    """
    tools: dict[str, dict[str, Any]] = {}
    for tool in _load(text) if text else []:
        function = tool.get("function") if isinstance(tool, dict) else None
        if isinstance(function, dict) and _filled(function.get("name")):
            tools.setdefault(function["name"], {**tool, "type": "function", "function": _function(function)})
    return list(tools.values())


def _function(function: Mapping[str, Any]) -> dict[str, Any]:
    description = function.get("description")
    completed = {**function, "description": description if _filled(description) else function["name"]}
    return {**completed, "parameters": _parameters(function.get("parameters"))}


def _parameters(schema: object) -> dict[str, Any]:
    given: dict[str, Any] = schema if isinstance(schema, dict) else {}
    properties, required = given.get("properties"), given.get("required")
    parameters = {**given, "type": "object", "properties": properties if isinstance(properties, dict) else {}}
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        parameters.pop("required", None)
    return parameters


def _filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def json_line(row: Mapping[str, Any]) -> bytes:
    r"""Return ``row`` as one line of strict UTF-8 JSON with its line feed.

    Lone surrogates, which UTF-8 cannot hold, become U+FFFD; the Unicode line separators are escaped, since
    readers that split text into lines would break the row at them.

    Examples
    --------
    >>> json_line({"text": "caf\u00e9 \ud800"})
    b'{"text":"caf\xc3\xa9 \xef\xbf\xbd"}\n'
    """
    text = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(LINE_ENDS)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode() + b"\n"


def _load(text: str) -> Any:  # noqa: ANN401 - JSON
    """Parse JSON; numbers that Arrow or strict JSON cannot hold become floats, or null beyond those."""
    return json.loads(text, parse_int=_integer, parse_float=_float, parse_constant=_float)


def _integer(digits: str) -> int | float | None:
    if len(digits) < 20 and int(digits) in INT64:
        return int(digits)
    return _float(digits)


def _float(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None
