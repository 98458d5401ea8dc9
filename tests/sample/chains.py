"""Word problems as chains of calculations, read from left to right: ``a * b - c``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .draw import between, seeded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Step(NamedTuple):
    """One line of a calculation."""

    left: int
    symbol: str
    right: int
    result: int


class Problem(NamedTuple):
    """A template filled with numbers."""

    text: str
    steps: tuple[Step, ...]
    unit: str

    @property
    def answer(self) -> int:
        return self.steps[-1].result


def fill(template: dict[str, Any], *names: object) -> Problem:
    """Draw numbers for ``template`` until every step comes out as a whole number above 1."""
    rng = seeded("chain", template["text"], *names)
    for _ in range(20_000):
        values = {letter: between(rng, *limits) for letter, limits in template["ranges"].items()}
        steps = solve(template["chain"], values)
        if steps and all(step.result > 1 for step in steps):
            return Problem(template["text"].format(**values), steps, template.get("unit", ""))
    raise ValueError(f"no numbers fit {template['chain']} within {template['ranges']}")


def solve(chain: str, values: dict[str, int]) -> tuple[Step, ...] | None:
    """Return the steps of ``chain``, or None where a division leaves a rest."""
    terms = chain.split()
    left, steps = _number(terms[0], values), []
    for symbol, term in zip(terms[1::2], terms[2::2], strict=True):
        right = _number(term, values)
        if symbol == "/" and left % right:
            return None
        steps.append(Step(left, symbol, right, _apply(left, symbol, right)))
        left = steps[-1].result
    return tuple(steps)


def slips(steps: Sequence[Step]) -> list[tuple[Step, ...]]:
    """Return wrong ways through the same problem, each with a result of its own: a misread sign, a slip, a step left out."""
    found: dict[int, tuple[Step, ...]] = {steps[-1].result: tuple(steps)}
    for wrong in _mistakes(steps):
        if wrong and wrong[-1].result > 0:
            found.setdefault(wrong[-1].result, wrong)
    return list(found.values())[1:]


def _mistakes(steps: Sequence[Step]) -> Iterator[tuple[Step, ...]]:
    if len(steps) > 1:
        yield tuple(steps[:-1])
    for place, step in enumerate(steps):
        swapped = {"+": "-", "-": "+", "*": "+"}.get(step.symbol)
        if swapped:
            yield _redo(steps, place, _apply(step.left, swapped, step.right))
        for off in (10, -1, 2, -10, 1, -2):
            yield _redo(steps, place, step.result + off)


def _redo(steps: Sequence[Step], place: int, result: int) -> tuple[Step, ...]:
    """Go on from a wrong ``result`` at ``place``; a division that leaves a rest is rounded down, as a hasty answer does."""
    redone = [*steps[:place], steps[place]._replace(result=result)]
    for step in steps[place + 1 :]:
        left = redone[-1].result
        redone.append(Step(left, step.symbol, step.right, _apply(left, step.symbol, step.right)))
    return tuple(redone)


def _number(term: str, values: dict[str, int]) -> int:
    return values[term] if term in values else int(term)


def _apply(left: int, symbol: str, right: int) -> int:
    return {"+": left + right, "-": left - right, "*": left * right, "/": left // right if right else 0}[symbol]
