"""Seeded draws. Only ``Random.random`` is used, the one method whose sequence Python keeps from version to version."""

from __future__ import annotations

import hashlib
import uuid
from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")


def seeded(*names: object) -> Random:
    """Return a generator of its own for the thing that ``names`` name, so that adding one thing moves no other."""
    return Random("sample logs/" + "/".join(map(str, names)))


def pick(rng: Random, options: Sequence[T]) -> T:
    return options[int(rng.random() * len(options))]


def weighted(rng: Random, weights: Mapping[T, float]) -> T:
    left = rng.random() * sum(weights.values())
    for option, weight in weights.items():
        left -= weight
        if left < 0:
            return option
    return next(iter(weights))


def between(rng: Random, low: int, high: int) -> int:
    """Return a whole number, both ends included."""
    return low + int(rng.random() * (high - low + 1))


def chance(rng: Random, p: float) -> bool:
    return rng.random() < p


def shuffled(rng: Random, options: Sequence[T]) -> list[T]:
    keyed = sorted((rng.random(), place) for place in range(len(options)))
    return [options[place] for _, place in keyed]


def hex_id(n_chars: int, *names: object) -> str:
    return hashlib.blake2b("/".join(map(str, names)).encode(), digest_size=(n_chars + 1) // 2).hexdigest()[:n_chars]


def request_id(*names: object) -> str:
    return str(uuid.UUID(hex=hex_id(32, "request", *names), version=4))
