"""Compares the tool calls of a completion with reference calls, whatever their order."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from .final_answer import tidy
from .judgement import Judgement, by_equality
from .literals import Value, find_objects, json_text, read_literal, read_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ARGUMENT_KEYS: Final = ("arguments", "parameters", "args", "input", "kwargs")
_NAME_KEYS: Final = ("name", "tool", "tool_name", "function_name")
_CALL: Final = re.compile(r"(?<![\w.])([A-Za-z_][\w.\-]{0,100})\(")
_KEYWORD: Final = re.compile(r"\s*([A-Za-z_]\w{0,100})\s*=\s*")
_FENCE: Final = re.compile(r"```\w*|</?tool_calls?>")
_CLOSING: Final = re.compile(r"\s*+,?\s*+\)")
_COMMA: Final = re.compile(r"\s*+,(?!\s*+\))")
_NUMERIC_TYPES: Final = ("number", "integer")
_MAX_CALLS: Final = 50
_ALTERNATIVES: Final = "any_of"
_Call = tuple[str, dict[str, Any]]


def check(spec: Mapping[str, Any]) -> None:
    """Require tools, where there are any, to map names to JSON schemas."""
    tools = spec.get("tools", {})
    if not isinstance(tools, dict) or not all(isinstance(schema, dict) for schema in tools.values()):
        raise ValueError('tool_call: spec["tools"] must map the name of each tool to the JSON schema of its parameters')


def extract(text: str | None, tool_calls: Sequence[Mapping[str, Any]], spec: Mapping[str, Any]) -> str | None:
    """Read the calls of a completion; ``[]`` when it speaks and calls nothing, None when it is empty or a call cannot be read.

    Calls written as text count where the completion carries none of its own: ``{"name": …, "arguments": {…}}``, Python-like
    forms of it, ``<tool_call>…</tool_call>`` and ``search(query="x")``. An argument equal to its default in the schema is the
    same as none; one that the schema does not know stays, so that the call agrees with no valid reference.
    """
    if tool_calls:
        calls = [_from_openai(call) for call in tool_calls]
    elif text and (tidied := tidy(text)):
        calls = _from_text(tidied, spec)
    else:
        return None
    readable = [call for call in calls if call is not None]
    return _form(readable, spec) if len(readable) == len(calls) else None


def canonical(answer: str, spec: Mapping[str, Any]) -> str | None:
    """Write reference calls as compact JSON; None when a call does not fit the schema of its tool.

    ``{"any_of": [CALLS, CALLS]}`` allows alternatives; each is written as it would be alone.
    """
    read = read_whole(answer, bare_names=True)
    if read is not None and read[0] == []:
        return "[]"
    if read is not None and isinstance(read[0], dict) and set(read[0]) == {_ALTERNATIVES} and isinstance(read[0][_ALTERNATIVES], list):
        forms = {canonical(json_text(calls), spec) if isinstance(calls, list) else None for calls in read[0][_ALTERNATIVES]}
        return f'{{"{_ALTERNATIVES}":[{",".join(sorted(form for form in forms if form))}]}}' if forms and None not in forms else None
    calls = _from_text(answer.strip(), spec)
    readable = [call for call in calls if call is not None]
    if not readable or len(readable) < len(calls) or not all(_fits(call, spec) for call in readable):
        return None
    return _form(readable, spec)


def agrees(found: str, wanted: str, spec: Mapping[str, Any]) -> Judgement:
    """Compare canonical calls, with each alternative where the reference allows several."""
    del spec
    return next(
        (judged for one in _alternatives(wanted) if (judged := by_equality(found, one)).verdict == "correct"), by_equality(found, wanted)
    )


def render(answer: str, spec: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Make the calls; say a sentence where none is wanted."""
    form = canonical(answer, spec)
    read = read_whole(_alternatives(form)[0]) if form is not None else None
    if read is None or not read[0]:
        return "No tool is needed.", []
    return "", [
        {"id": f"call_{number}", "type": "function", "function": {"name": call["name"], "arguments": json_text(call["arguments"])}}
        for number, call in enumerate(read[0], start=1)
    ]


def _alternatives(wanted: str) -> list[str]:
    """Give the canonical calls that a canonical reference allows, one list or several."""
    read = read_whole(wanted) if wanted.startswith("{") else None
    return [json_text(calls) for calls in read[0][_ALTERNATIVES]] if read is not None else [wanted]


def _form(calls: list[_Call], spec: Mapping[str, Any]) -> str:
    tools = spec.get("tools", {})
    forms = [json_text({"name": name, "arguments": _normal_arguments(arguments, tools.get(name, {}))}) for name, arguments in calls]
    return "[" + ",".join(sorted(forms)) + "]"


def _from_openai(call: Mapping[str, Any]) -> _Call | None:
    function = call.get("function")
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        return None
    return _call(function["name"], function.get("arguments"))


def _call(name: str, arguments: Value) -> _Call | None:
    if isinstance(arguments, str):
        read = read_whole(arguments) if arguments.strip() else ({},)
        arguments = read[0] if read is not None else None
    if not isinstance(arguments, dict) or not all(isinstance(key, str) for key in arguments):
        return None
    return name, arguments


def _from_text(text: str, spec: Mapping[str, Any]) -> list[_Call | None]:
    objects = [value for value, _, _ in find_objects(text, bare_names=True)]
    calls = [call for value in objects[:_MAX_CALLS] for call in _from_object(value)]
    return calls or _from_code(text, spec)


def _from_object(value: Mapping[str, Any]) -> list[_Call | None]:
    """Read an object that is a call, wraps one or lists several; any other object is no call."""
    if isinstance(value.get("tool_calls"), list):
        return [call for member in value["tool_calls"] if isinstance(member, dict) for call in _from_object(member)]
    if isinstance(value.get("function"), dict):
        return _from_object(value["function"])
    name = next((value[key] for key in _NAME_KEYS if isinstance(value.get(key), str)), None)
    arguments = next((value[key] for key in _ARGUMENT_KEYS if key in value), None)
    return [_call(name, arguments)] if name is not None and arguments is not None else []


def _from_code(text: str, spec: Mapping[str, Any]) -> list[_Call | None]:
    """Read ``name(argument="x")``: of known tools anywhere, of unknown ones only where nothing else is said."""
    tools, calls, at, said = spec.get("tools", {}), list[_Call | None](), 0, ""
    while len(calls) < _MAX_CALLS and (match := _CALL.search(text, at)) is not None:
        read = _keywords(text, match.end(), tools.get(match[1], {})) if match[1] in tools or not tools else None
        if read is not None:
            calls.append((match[1], read[0]))
        end = match.end() if read is None else read[1]
        said += text[at : match.start() if read is not None else end]
        at = end
    alone = not re.search(r"\w", _FENCE.sub("", said + text[at:]))
    return calls if tools or alone else []


def _keywords(text: str, at: int, schema: Mapping[str, Any]) -> tuple[dict[str, Any], int] | None:
    arguments: dict[str, Any] = {}
    names = list(_mapping(schema.get("properties")))
    while True:
        closing = _CLOSING.match(text, at)
        if closing is not None:
            return arguments, closing.end()
        keyword = _KEYWORD.match(text, at)
        if keyword is None and len(arguments) >= len(names):
            return None
        read = read_literal(text, start=keyword.end() if keyword else at)
        if read is None:
            return None
        arguments[keyword[1] if keyword else names[len(arguments)]] = read[0]
        comma = _COMMA.match(text, read[1])
        at = comma.end() if comma else read[1]
        if comma is None and _CLOSING.match(text, at) is None:
            return None


def _fits(call: _Call, spec: Mapping[str, Any]) -> bool:
    """Say whether a call names a declared tool, gives what it requires and nothing that it does not know."""
    tools = spec.get("tools", {})
    if not tools:
        return True
    name, arguments = call
    if name not in tools:
        return False
    schema = tools[name]
    surplus = set[str]() if schema.get("additionalProperties") else set(arguments) - set(_mapping(schema.get("properties")))
    return not surplus and _required(schema) <= set(arguments)


def _mapping(value: Value) -> dict[str, Value]:
    """Take part of a schema; one that is no object says nothing."""
    return value if isinstance(value, dict) else {}


def _required(schema: Mapping[str, Any]) -> set[str]:
    names = schema.get("required")
    return set(map(str, names)) if isinstance(names, list) else set()


def _normal_arguments(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    properties, required = _mapping(schema.get("properties")), _required(schema)
    normal: dict[str, Any] = {}
    for name, value in arguments.items():
        declared = _mapping(properties.get(name))
        argument = _normal(value, declared)
        optional = name not in required
        if optional and ((value is None and name in properties) or ("default" in declared and _same(argument, declared))):
            continue
        normal[name] = argument
    return normal


def _same(argument: Value, declared: Mapping[str, Any]) -> bool:
    # The spec was read by the standard library: its floats become what the completion's text would be.
    default = read_whole(json_text(_plain_numbers(declared["default"])))
    return default is not None and json_text(argument) == json_text(_normal(default[0], declared))


def _plain_numbers(value: Value) -> Value:
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {key: _plain_numbers(member) for key, member in value.items()}
    return [_plain_numbers(member) for member in value] if isinstance(value, list) else value


def _normal(value: Value, schema: Mapping[str, Any]) -> Value:
    """Normalize a value: composed Unicode without outer white space; text as a number only where the schema says number."""
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", value).strip()
        number = read_whole(text) if schema.get("type") in _NUMERIC_TYPES else None
        return number[0] if number is not None and isinstance(number[0], Decimal) else text
    if isinstance(value, dict):
        return _normal_arguments(value, schema)
    if isinstance(value, (list, tuple)):
        items = _mapping(schema.get("items"))
        return [_normal(member, items) for member in value]
    return value
