"""Which tasks a ``[[task]]`` block matches, and what it says in the words of the graders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from logmine.errors import UsageError
from logmine.graders import GRADER_NAMES, canonical
from logmine.graders.rule import install
from logmine.rule_sources import rule_fault
from logmine.task_blocks import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from logmine.task_blocks import TaskBlock

JUDGE = "judge"
RULE = "rule"
GRADERS = (*GRADER_NAMES, JUDGE)


def check_blocks(blocks: Sequence[TaskBlock]) -> None:
    """Check what blocks say of graders, before anything is read.

    Raises
    ------
    UsageError
        If a grader is unknown, a spec is not one of its grader, a rule cannot judge, or parts of a block contradict each other.
    """
    for number, block in enumerate(blocks, start=1):
        if fault := _fault(block):
            raise UsageError(f"[[task]] number {number} ({block.shown_match()}): {fault}")


def _fault(block: TaskBlock) -> str | None:
    if block.grader is not None and block.grader not in GRADERS:
        return f"unknown grader {block.grader!r}{nearest(block.grader, GRADERS)}"
    if block.grader not in (None, JUDGE) and block.decision == JUDGE:
        return f"decision = 'judge' contradicts grader = {block.grader!r}. Leave one of them out."
    if block.rubric is not None and block.grader not in (None, JUDGE):
        return f"a rubric is for a judge, and the grader is {block.grader!r}. Leave one of them out."
    if block.options is not None and block.spec is not None:
        return "options and spec both say how answers are compared. Leave one of them out."
    if (block.options is not None or block.spec is not None) and block.grader in (None, JUDGE):
        return f"options and spec need the grader that they are for. Add grader = one of {', '.join(GRADER_NAMES)}."
    if isinstance(block.options, dict) == (block.grader == "label") and block.options is not None:
        return f"options of {block.grader!r} must be {'a list of texts' if block.grader == 'label' else 'a table; or write spec'}."
    return _rule_fault(block) or _spec_fault(block)


def _rule_fault(block: TaskBlock) -> str | None:
    if (block.rule is None) != (block.grader != RULE):
        return 'grader = "rule" and rule = "rules.py:check" belong together. Add the one that is missing, or leave both out.'
    if block.rule is None:
        return None
    if block.rule_source is None:
        return f"the source of rule = {block.rule!r} was not read. Read the settings with load_config."
    return rule_fault(block.rule, block.rule_source)


def _spec_fault(block: TaskBlock) -> str | None:
    spec = ruled_spec(block)
    if spec is None or block.grader is None:
        return None
    try:
        canonical(block.grader, spec, "")
    except ValueError as error:
        return f"the spec cannot be used: {error}."
    return None


def ruled_grader(block: TaskBlock) -> str | None:
    """Return the grader that a block rules; None leaves it to inference."""
    return JUDGE if block.decision == JUDGE else block.grader


def ruled_spec(block: TaskBlock) -> str | None:
    """Return the specification that a block gives, as JSON text; None leaves it to inference."""
    spec = block.spec
    if block.grader == RULE:
        options = block.options if block.options is not None else block.spec or {}
        spec = {"rule": rule_name(block), "options": options}
    elif block.options is not None:
        spec = {"labels" if block.grader == "label" else "options": block.options}
    return None if spec is None else msgspec.json.encode(spec, order="sorted").decode()


def rule_name(block: TaskBlock) -> str:
    """Return the name of a block's rule, as a reference holds it, and make its source known to this process."""
    place, _, function = (block.rule or "").rpartition(":")
    module = ".".join(re.findall(r"\w+", place.removesuffix(".py")))
    return f"{module}:{function}@{install(block.rule_source or '')}"


def block_of_each(tasks: Sequence[Mapping[str, Any]], blocks: Sequence[TaskBlock]) -> list[int | None]:
    """Return, for each task, the number from 1 of the block that matches it.

    Parameters
    ----------
    tasks
        Rows of :data:`logmine.schemas.FOUND_TASKS`, names unique, with the text of the system prompt as ``system``.
    blocks
        In their order in the file.

    Raises
    ------
    UsageError
        If two blocks match one task, or one matches none.
    """
    matching = [[number for number, block in enumerate(blocks, start=1) if matches(block, task)] for task in tasks]
    for task, numbers in zip(tasks, matching, strict=True):
        if len(numbers) > 1:
            shown = " and ".join(f"number {number} ({blocks[number - 1].shown_match()})" for number in numbers)
            raise UsageError(f"two [[task]] blocks match the task {task['name']!r}: {shown}. Narrow one of them, or leave it out.")
    used = {number for numbers in matching for number in numbers}
    for number, block in enumerate(blocks, start=1):
        if number not in used:
            raise UsageError(f"[[task]] number {number} ({block.shown_match()}) matches no task{_why_not(block, tasks)}")
    return [numbers[0] if numbers else None for numbers in matching]


def matches(block: TaskBlock, task: Mapping[str, Any]) -> bool:
    """Whether all conditions of ``block`` hold of ``task``."""
    return all(_holds(name, wanted, task) for name, wanted in block.match.conditions.items())


def _holds(name: str, wanted: Any, task: Mapping[str, Any]) -> bool:  # noqa: ANN401 - text, or a table of texts
    if name != "metadata":
        return any(is_like(text, wanted) for text in _VALUES[name](task))
    carried = {pair["key"]: pair["value"] for pair in task["metadata"]}
    return all(key in carried and is_like(carried[key], value) for key, value in wanted.items())


_VALUES: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "task": lambda task: [task["name"]],
    "system": lambda task: [task["system"] or ""],
    "text": lambda task: [task["skeleton"]],
    "tool": lambda task: task["tool_names"].split(",") if task["tool_names"] else [],
    "role": lambda task: [task["role"] or ""],
    "metadata": lambda task: [f"{pair['key']} = {pair['value']}" for pair in task["metadata"]],
}


def is_like(text: str, pattern: str) -> bool:
    """Whether the whole of ``text`` matches ``pattern``, in which ``*`` is any text; case and runs of white space aside.

    Examples
    --------
    >>> is_like("Support  Router", "support*"), is_like("Support Router", "router"), is_like("Support Router", "*router")
    (True, False, True)
    """
    plain, (first, *rest) = _folded(text), _folded(pattern).split("*")
    if not rest:
        return plain == first
    *middle, last = rest
    if not (plain.startswith(first) and plain.endswith(last) and len(first) + len(last) <= len(plain)):
        return False
    at, end = len(first), len(plain) - len(last)
    for part in middle:
        at = plain.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _why_not(block: TaskBlock, tasks: Sequence[Mapping[str, Any]]) -> str:
    """Return which condition holds of no task, with the nearest value that one has; texts of prompts are not shown."""
    for name, wanted in block.match.conditions.items():
        if any(_holds(name, wanted, task) for task in tasks):
            continue
        if name in ("system", "text"):
            return (
                f": no task has such a {name}. In it * stands for any text, and the whole must match; see logmine tasks SOURCE --task NAME."
            )
        shown = ", ".join(f"{key} = {value}" for key, value in wanted.items()) if name == "metadata" else wanted
        known = sorted({value for task in tasks for value in _VALUES[name](task) if value})
        return f": no task has {name} {shown!r}{nearest(shown, known) if known else '. There is none with any.'}"
    return ": each condition holds of some task, but all of them of none. Leave one out."
