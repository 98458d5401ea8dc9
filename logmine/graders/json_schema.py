"""Says whether a JSON object fits a JSON Schema, of which the part is read that describes plain data.

Read are ``type``, ``required``, ``properties``, ``additionalProperties: false``, ``items`` and ``enum``; what else a schema says binds nothing here. A number
in digits fits where a number is asked for, and texts are compared without case, as ``json_fields`` does.
"""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from .literals import Value, json_text, read_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DEPTH: Final = 20
_TYPES: Final[dict[str, Any]] = {"string": str, "boolean": bool, "object": dict, "array": (list, tuple), "null": type(None)}


def fits_schema(value: Value, schema: Mapping[str, Any], depth: int = 0) -> bool:
    """Say whether a value, as :mod:`literals` reads it, fits a schema; nothing is said of what lies deeper than 20 levels."""
    if depth > MAX_DEPTH:
        return True
    kinds = schema.get("type")
    if kinds is not None and not any(_is_of_type(value, kind) for kind in (kinds if isinstance(kinds, list) else [kinds])):
        return False
    options = schema.get("enum")
    if isinstance(options, list) and _folded(value) not in {
        _folded(read[0] if (read := read_whole(_json(option))) else option) for option in options
    }:
        return False
    if isinstance(value, dict):
        return _fits_object(value, schema, depth)
    items = schema.get("items")
    if isinstance(value, (list, tuple)) and isinstance(items, dict):
        return all(fits_schema(member, items, depth + 1) for member in value)
    return True


def rules_of(schema: Mapping[str, Any]) -> dict[str, str]:
    """Return how each property of a schema is compared: numbers as numbers, arrays of distinct members as sets, the rest exactly."""
    properties = schema.get("properties")
    described = {name: one for name, one in properties.items() if isinstance(one, dict)} if isinstance(properties, dict) else {}
    return {name: _rule_of(one) for name, one in described.items()}


def _rule_of(schema: Mapping[str, Any]) -> str:
    if schema.get("type") in ("number", "integer"):
        return "number"
    return "set" if schema.get("type") == "array" and schema.get("uniqueItems") is True else "exact"


def _fits_object(value: Mapping[str, Value], schema: Mapping[str, Any], depth: int) -> bool:
    properties = schema.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    required = schema.get("required")
    if isinstance(required, list) and any(name not in value for name in required):
        return False
    if schema.get("additionalProperties") is False and set(value) - set(properties):
        return False
    return all(fits_schema(member, properties[name], depth + 1) for name, member in value.items() if isinstance(properties.get(name), dict))


def _is_of_type(value: Value, kind: Any) -> bool:  # noqa: ANN401 - whatever the schema holds
    if not isinstance(kind, str):
        return True
    if kind in {"number", "integer"}:
        number = read_whole(value.replace(",", "")) if isinstance(value, str) else (value,)
        is_number = number is not None and isinstance(number[0], Decimal)
        return is_number and (kind == "number" or number is None or number[0] == number[0].to_integral_value())
    return kind not in _TYPES or isinstance(value, _TYPES[kind])


def _json(option: Any) -> str:  # noqa: ANN401 - JSON
    return json_text(Decimal(repr(option)) if isinstance(option, float) else option)


def _folded(value: Value) -> str:
    return " ".join(unicodedata.normalize("NFKC", json_text(value)).casefold().split())
