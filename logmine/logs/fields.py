"""Reading of untrusted JSON values: each function gives a value of its type, or what stands for its absence.

Bodies come from any client, so a field may hold anything. Nothing here raises.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

Json: TypeAlias = dict[str, Any]

_MAX_COUNT = 2**63 - 1


def object_in(value: object) -> Json:
    """Return ``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_in(value: object) -> list[Any]:
    """Return ``value`` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def objects_in(value: object) -> list[Json]:
    """Return the objects of a list, without what else it holds."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def text_in(value: object) -> str | None:
    """Return ``value`` if it is a string, else None."""
    return value if isinstance(value, str) else None


def count_in(value: object) -> int | None:
    """Return ``value`` as a count that fits 64 bits, else None."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _MAX_COUNT else None


def number_in(value: object) -> float | None:
    """Return ``value`` if it is a number that a float can hold, else None; of two zeros the positive one, whose text is one alone."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300:
        return None
    return float(value) + 0.0


def json_text(value: object) -> str:
    """Return ``value`` as compact JSON text, keys in their order.

    Examples
    --------
    >>> json_text({"b": 1.0, "a": "é"})
    '{"b":1.0,"a":"é"}'
    """
    return msgspec.json.encode(value).decode()
