"""Compares the fields of a completion's JSON object with those of a reference."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from .final_answer import tidy
from .json_schema import fits_schema, rules_of
from .judgement import Judgement
from .literals import Value, find_objects, json_text, read_whole
from .number_forms import find_numbers, plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RULES: Final = ("exact", "number", "set", "ignored")


def check(spec: Mapping[str, Any]) -> None:
    """Require rules of the closed set, ``schema`` to be an object and ``closed`` a boolean."""
    fields = spec.get("fields", {})
    if not isinstance(fields, dict) or any(rule not in RULES for rule in fields.values()):
        raise ValueError(f'json_fields: spec["fields"] must map each field to one of {", ".join(RULES)}')
    if not isinstance(spec.get("schema", {}), dict):
        raise ValueError('json_fields: spec["schema"] must be a JSON Schema')  # noqa: TRY004 - every fault of a spec is one error
    if not isinstance(spec.get("closed", False), bool):
        raise ValueError('json_fields: spec["closed"] must be true or false')  # noqa: TRY004 - every fault of a spec is one error


def extract(text: str | None, tool_calls: Sequence[Mapping[str, Any]], spec: Mapping[str, Any]) -> str | None:
    """Read the one JSON object of a completion, in canonical form.

    It may stand bare, in a fenced block or between sentences, and may be repeated; two that differ in what is graded give
    None. An output without text may give it as the arguments of its only tool call.
    """
    objects = [value for value, _, _ in find_objects(tidy(text))] if text else []
    if not objects and len(tool_calls) == 1:
        objects = _arguments(tool_calls[0])
    known = set(_rules(spec))
    if len(objects) > 1 and known:
        objects = [value for value in objects if known & set(value)]
    forms = {json_text(_normal_fields(value, spec)) for value in objects}
    return next(iter(forms)) if len(forms) == 1 else None


def canonical(answer: str, spec: Mapping[str, Any]) -> str | None:
    """Write the graded fields of an object as compact JSON with sorted keys, each by its rule."""
    read = read_whole(answer)
    if read is None or not isinstance(read[0], dict) or not all(isinstance(key, str) for key in read[0]):
        return None
    fields = _normal_fields(read[0], spec)
    return json_text(fields) if fields and _fits(fields, spec) else None


def agrees(found: str, wanted: str, spec: Mapping[str, Any]) -> Judgement:
    """Compare the fields of the reference; the score is the share of them that are equal.

    Fields that neither the reference nor the spec knows do not matter, unless ``{"closed": true}``. An object that does not fit
    ``schema`` is never correct.
    """
    given, expected = _fields(found), _fields(wanted)
    equal = sum(key in given and json_text(given[key]) == json_text(value) for key, value in expected.items())
    score = equal / len(expected)
    surplus = bool(spec.get("closed")) and bool(set(given) - set(expected) - set(_rules(spec)))
    correct = equal == len(expected) and not surplus and _fits(given, spec)
    # Surplus fields spoil the whole without spoiling any field.
    return Judgement("correct" if correct else "incorrect", found, 1.0 if correct else min(score, 1 - 1 / (len(expected) + 1)))


def render(answer: str, spec: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Give the object as JSON."""
    return canonical(answer, spec) or answer, []


def _rules(spec: Mapping[str, Any]) -> dict[str, str]:
    """Give the rule of each field: as the schema's types ask, unless the spec names another."""
    return {**rules_of(spec.get("schema", {})), **spec.get("fields", {})}


def _fits(fields: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    """Say whether the graded fields fit the schema; what it requires and the rules ignore is not asked for."""
    schema = spec.get("schema", {})
    ignored = {name for name, rule in _rules(spec).items() if rule == "ignored"}
    required = schema.get("required")
    if ignored and isinstance(required, list):
        schema = {**schema, "required": [name for name in required if name not in ignored]}
    return fits_schema(dict(fields), schema)


def _arguments(call: Mapping[str, Any]) -> list[dict[str, Any]]:
    function = call.get("function")
    written = function.get("arguments") if isinstance(function, dict) else None
    read = read_whole(written) if isinstance(written, str) else None
    return [read[0]] if read is not None and isinstance(read[0], dict) and all(isinstance(key, str) for key in read[0]) else []


def _fields(canonical_text: str) -> dict[str, Any]:
    read = read_whole(canonical_text)
    return read[0] if read is not None and isinstance(read[0], dict) else {}


def _normal_fields(value: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Normalize each field by its rule; ignored ones and nulls go, a null says what absence says."""
    rules = _rules(spec)
    return {
        key: _normal(member, rules.get(key, "exact")) for key, member in value.items() if rules.get(key) != "ignored" and member is not None
    }


def _normal(value: Value, rule: str) -> Value:
    if rule == "number" and isinstance(value, str):
        return _number(value)
    if rule == "set" and isinstance(value, (list, tuple)):
        members = {json_text(normal): normal for normal in (_normal(member, "exact") for member in value)}
        return [members[form] for form in sorted(members)]
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
    if isinstance(value, dict):
        return {key: _normal(member, "exact") for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_normal(member, "exact") for member in value]
    return value


def _number(written: str) -> Value:
    """Read a number given as text; one that cannot be read stays text."""
    numbers = find_numbers(plain_text(written))
    if len(numbers) != 1 or numbers[0].value is None:
        return _normal(written, "exact")
    value = numbers[0].value
    return value if {"/", "%"} & set(value) else Decimal(value)
