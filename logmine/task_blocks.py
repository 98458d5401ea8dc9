"""``[[task]]`` blocks of ``logmine.toml``: what the user says of a task wins over what is inferred.

A block names tasks by what stays when logs grow, and says how they are graded and whether they are kept::

    [[task]]
    match = { task = "support-router*", tool = "forecast" }
    grader = "label"
    options = ["refund", "delivery"]

All conditions of ``match`` must hold. In its texts ``*`` stands for any text; case and runs of white space say nothing, and the
whole text must match, so a part of it is written ``"*part*"``. Keys and types are checked here; graders and specs, which
this module does not know, by :func:`logmine.tasks.check_blocks`.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from logmine.errors import UsageError
from logmine.rule_sources import read_rule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

TaskDecision = Literal["keep", "drop", "judge"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskMatch:
    """Conditions on a task, of which all that are given must hold; ``*`` stands for any text.

    Attributes
    ----------
    task
        Name, as ``logmine tasks`` shows it.
    system
        Text of the system prompt that its prompts share.
    text
        Its skeleton: the lines that its prompts share.
    tool
        Name of a tool that its prompts declare.
    role
        The caller's role.
    metadata
        Values of ``requestMetadata`` by key, each carried by at least half of its prompts.
    """

    task: str | None = None
    system: str | None = None
    text: str | None = None
    tool: str | None = None
    role: str | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def conditions(self) -> dict[str, Any]:
        """The conditions that are given, by name."""
        return {item.name: value for item in fields(self) if (value := getattr(self, item.name))}


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskBlock:
    """What the user says of the tasks that ``match`` names; None leaves it to inference.

    Attributes
    ----------
    match
        Which tasks.
    name
        Name of the task; several that match become one task of this name.
    grader, options, spec
        How answers are compared: the grader, its options (labels, or texts by option mark), or its whole specification.
    decision
        ``keep``, ``drop`` or ``judge``.
    rubric
        By which a judge scores answers.
    rule
        Function of the grader ``rule``: ``rules.py:check`` beside ``logmine.toml``, or ``package.module:check``.
    rule_source
        Text of the file that holds it, read with the settings; no key of the file.
    """

    match: TaskMatch
    name: str | None = None
    grader: str | None = None
    options: list[str] | dict[str, Any] | None = None
    spec: dict[str, Any] | None = None
    decision: TaskDecision | None = None
    rubric: str | None = None
    rule: str | None = None
    rule_source: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what the block says, as the manifest holds it: of a rule's source its digest."""
        said: dict[str, Any] = msgspec.to_builtins(self)
        source = said.pop("rule_source")
        told = {name: value for name, value in said.items() if value is not None} | {"match": self.match.conditions}
        return told if source is None else told | {"rule_digest": hashlib.blake2b(source.encode(), digest_size=16).hexdigest()}

    def shown_match(self) -> str:
        """Return the conditions as they would be written."""
        return ", ".join(f"{name} = {value!r}" for name, value in self.match.conditions.items())


KEYS = tuple(item.name for item in fields(TaskBlock) if item.name != "rule_source")


def read_blocks(where: str, given: object, folder: Path) -> tuple[TaskBlock, ...]:
    """Read the blocks of a file.

    Parameters
    ----------
    where
        The file, for messages.
    given
        What TOML holds under ``task``.
    folder
        In which the file lies, and the rules that it names.

    Raises
    ------
    UsageError
        If a key is unknown, a value has the wrong type, a block has no condition, or a rule cannot be read.
    """
    if not isinstance(given, list):
        raise UsageError(f"{where}: 'task' must be blocks, found a value or a section. Write each task as [[task]] with its keys below.")
    blocks = tuple(_block(f"{where}: [[task]] number {number}", values, folder) for number, values in enumerate(given, start=1))
    names = [block.name for block in blocks if block.name]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"{where}: two [[task]] blocks have the name {twice[0]!r}. Give each a name of its own, or make them one.")
    return blocks


def _block(where: str, values: object, folder: Path) -> TaskBlock:
    if not isinstance(values, dict):
        raise UsageError(f"{where}: must be a table of keys, found {type(values).__name__}.")
    _require_known(where, values, KEYS, "")
    match = values.get("match")
    if not isinstance(match, dict) or not match:
        conditions = ", ".join(item.name for item in fields(TaskMatch))
        raise UsageError(f'{where}: says of no task what it is about. Add match = {{ task = "NAME" }}; conditions: {conditions}.')
    _require_known(where, match, [item.name for item in fields(TaskMatch)], " of match")
    try:
        block: TaskBlock = msgspec.convert(values, type=TaskBlock)
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}: {error}") from error
    if not block.match.conditions:
        raise UsageError(f"{where}: every condition of match is empty. Name a task, or leave the block out.")
    return block if block.rule is None else dataclasses.replace(block, rule_source=read_rule(where, block.rule, folder))


def _require_known(where: str, values: dict[str, Any], known: Iterable[str], of: str) -> None:
    for found in values:
        if found not in known:
            raise UsageError(f"{where}: unknown key {found!r}{of}{nearest(found, known)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a message: the known name that is nearest to ``name``, else all of them.

    Examples
    --------
    >>> nearest("grade", ["grader", "name"]), nearest("x", ["grader", "name"])
    (". Did you mean 'grader'?", '. Known: grader, name.')
    """
    listed = list(known)
    close = difflib.get_close_matches(name, listed, n=1)
    return f". Did you mean {close[0]!r}?" if close else f". Known: {', '.join(listed)}."
