"""Scopes: what an application surely shares, before its text is looked at: caller role, system prompt, tool set.

None of the three needs to be there. A system prompt that stands at the head of the user's text (prompt-style
requests have no other place for it) is recognized when other calls send the same text as a system prompt.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from logmine.schemas import SCOPED, SYSTEMS, digest

if TYPE_CHECKING:
    from logmine.config import TasksConfig

HEAD_CHARS = 24
MIN_SYSTEM_CHARS = 24  # a shorter text at the head of a prompt is no evidence

_WORD_WITH_DIGIT = re.compile(r"(?<!\w)\w*\d(?:[\w.,:/-]*\w)?")
_VOLATILE = re.compile(r".*[^\W\d_].*|.*\d{5}.*|\d+[:/-].*")  # ids and versions, long numbers, dates and clock times


def count_systems(prompts: pl.DataFrame, *, config: TasksConfig) -> dict[str, pl.DataFrame]:
    """Count the prompts of each system prompt; keep those that several prompts share."""
    systems = (
        prompts.drop_nulls("system")
        .sort("prompt_id")
        .group_by("system_id", maintain_order=True)
        .agg(pl.col("system").min(), n_prompts=pl.len().cast(pl.Int64))
        .filter(pl.col("n_prompts") >= config.min_template_prompts)
    )
    return {"systems": systems.select(SYSTEMS.names())}


def scope_prompts(prompts: pl.DataFrame, systems: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Place prompts in scopes, and split system prompts that were written into the user's text off from it.

    Returns
    -------
    dict
        ``scoped``. Its ``history_id`` is of all that the model saw beside system prompt and body and that can change
        the answer: earlier turns, the parameters of the tools, the numbers of the system prompt; null for none of them.
    """
    shared = dict(systems.select("system_id", "system").iter_rows())
    heads = _by_head(shared)
    wanted = ("prompt_id", "system", "system_id", "user_text", "role", "tools", "messages", "has_history", "metadata")
    rows = [_scope(row, shared, heads) for row in prompts.select(*wanted, "invoked_first", "request_ids").iter_rows(named=True)]
    return {"scoped": pl.DataFrame(rows, schema=SCOPED, orient="row")}


def _by_head(shared: dict[str, str]) -> dict[str, list[tuple[str, str]]]:
    """Return shared system prompts by the beginning of their text, longest first."""
    heads: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for system_id, text in sorted(shared.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        if len(text) >= MIN_SYSTEM_CHARS:
            heads[text[:HEAD_CHARS]].append((system_id, text))
    return heads


def _scope(row: dict[str, Any], shared: dict[str, str], heads: dict[str, list[tuple[str, str]]]) -> tuple[Any, ...]:
    system, system_id, body = row["system"], row["system_id"], row["user_text"] or ""
    if system is None:
        system_id, body = _split_system(body, heads)
        system = shared.get(system_id or "")
    elif system_id not in shared:
        system, system_id, body = None, None, f"{system}\n{body}"  # a system prompt of its own each time is part of what is asked
    tool_names = _tool_names(row["tools"])
    scope_id = digest([row["role"] or "", system_id or "", tool_names])
    turns = _other_turns(row["messages"], row["user_text"] or "") if row["has_history"] else ""
    beside = [turns, row["tools"] or "", *_settings_in(system or "")]
    history_id = digest(["history", *beside]) if any(beside) else None
    place = (row["prompt_id"], scope_id, row["role"], system_id, tool_names, body, history_id)
    return (*place, row["metadata"], row["invoked_first"], len(row["request_ids"]))


def _settings_in(system: str) -> list[str]:
    """Return the numbers of a system prompt that can change an answer, such as a rate or a limit: no ids, dates, clock times."""
    return [word for word in _WORD_WITH_DIGIT.findall(system) if not _VOLATILE.fullmatch(word)]


def _split_system(body: str, heads: dict[str, list[tuple[str, str]]]) -> tuple[str | None, str]:
    for system_id, text in heads.get(body[:HEAD_CHARS], []):
        if body.startswith(text) and body[len(text) : len(text) + 1].isspace():
            return system_id, body[len(text) :].strip()
    return None, body


def _tool_names(tools: str | None) -> str:
    if tools is None:
        return ""
    return ",".join(sorted(str(tool.get("function", {}).get("name")) for tool in msgspec.json.decode(tools)))


def _other_turns(messages: str, user_text: str) -> str:
    turns = [turn for turn in msgspec.json.decode(messages) if turn["role"] != "system"]
    if turns and turns[-1]["role"] == "user" and turns[-1]["content"] == user_text:
        turns.pop()
    return msgspec.json.encode(turns).decode()
