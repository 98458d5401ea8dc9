"""Tasks as the user settles them: names made unique, ``[[task]]`` blocks laid over what was found, found tasks merged into one."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import polars as pl

from logmine.errors import UsageError
from logmine.schemas import MEMBERS, RULINGS, TASKS, digest
from logmine.tasks.blocks import block_of_each, ruled_grader, ruled_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logmine.task_blocks import TaskBlock


def settle_tasks(found: pl.DataFrame, systems: pl.DataFrame, *, config: Sequence[TaskBlock]) -> dict[str, pl.DataFrame]:
    """Give each found task a name of its own, and lay the user's blocks over it.

    Of tasks with one name the earliest keeps it, so that names do not move when logs grow. Tasks that a block with a name matches are one.

    Parameters
    ----------
    found, systems
        Whole tables, :data:`logmine.schemas.FOUND_TASKS` and :data:`logmine.schemas.SYSTEMS`.
    config
        The blocks.

    Returns
    -------
    dict
        ``tasks``, and ``rulings``: one row a found task.

    Raises
    ------
    UsageError
        If a block matches nothing, two match one task, or a name that is given is that of another task.
    """
    rows = _uniquely_named(found.join(systems.select("system_id", "system"), on="system_id", how="left").to_dicts())
    numbers = block_of_each(rows, config)
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    rulings: list[tuple[Any, ...]] = []
    for row, number in zip(rows, numbers, strict=True):
        block = config[number - 1] if number else None
        task_id = digest(["task", block.name]) if block and block.name else row["task_id"]
        groups[task_id].append(row | {"block": number})
        rulings.append((row["task_id"], task_id, number, *((ruled_grader(block), ruled_spec(block)) if block else (None, None))))
    tasks = [_task_row(task_id, members, config) for task_id, members in groups.items()]
    _require_unique(tasks, config)
    return {"tasks": pl.DataFrame(tasks, schema=TASKS, orient="row"), "rulings": pl.DataFrame(rulings, schema=RULINGS, orient="row")}


def settle_members(placed: pl.DataFrame, rulings: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return each prompt's task after merging; ``placed`` any slice, ``rulings`` the whole table."""
    settled = rulings.select("found_id", settled_id="task_id")
    joined = placed.join(settled, left_on="task_id", right_on="found_id").with_columns(task_id="settled_id")
    return {"members": joined.select(MEMBERS.names())}


def _uniquely_named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return ``rows``, earliest first, with names that differ: later ones of a name are numbered."""
    ordered = sorted(rows, key=lambda row: (row["invoked_first"] is None, row["invoked_first"], row["task_id"]))
    taken = {row["name"] for row in ordered}
    seen: Counter[str] = Counter()
    for row in ordered:
        name = row["name"]
        seen[name] += 1
        if seen[name] > 1:
            while (numbered := f"{name} ({seen[name]})") in taken:  # another task is called so
                seen[name] += 1
            row["name"] = numbered
    return ordered


def _task_row(task_id: str, members: list[dict[str, Any]], config: Sequence[TaskBlock]) -> tuple[Any, ...]:
    """Return the row of a task; of merged ones, what the largest holds."""
    largest = max(members, key=lambda row: (row["n_prompts"], row["task_id"]))
    block = config[largest["block"] - 1] if largest["block"] else None
    return (
        task_id,
        (block.name if block else None) or largest["name"],
        *(largest[name] for name in ("role", "system_id", "skeleton", "tool_names")),
        sum(row["n_prompts"] for row in members),
        sum(row["n_requests"] for row in members),
        largest["block"],
        block.decision if block else None,
        block.rubric if block else None,
    )


def _require_unique(tasks: Sequence[tuple[Any, ...]], config: Sequence[TaskBlock]) -> None:
    names = Counter(task[1] for task in tasks)
    for number, block in enumerate(config, start=1):
        if block.name and names[block.name] > 1:
            raise UsageError(
                f"[[task]] number {number}: another task is called {block.name!r} already. Choose another name, or match that task too, to make them one."
            )
