"""Tables of tasks: applications and their templates, and the place of each prompt in them."""

from __future__ import annotations

from typing import Final

import polars as pl

from logmine.schemas.types import KEY_VALUES, TIME

#: Texts of system prompts with their counts. Key: ``system_id``.
SYSTEMS: Final = pl.Schema({"system_id": pl.String, "system": pl.String, "n_prompts": pl.Int64})

#: Prompts placed in a scope: what is surely shared by an application. Key: ``prompt_id``.
SCOPED: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "scope_id": pl.String,  # of caller role, system prompt and tool set
        "role": pl.String,
        "system_id": pl.String,  # null without
        "tool_names": pl.String,  # sorted, joined with a comma
        "body": pl.String,  # what follows the system prompt: the text in which skeletons are looked for
        "history_id": pl.String,  # of what else the model saw: earlier turns, tool parameters, numbers of the system prompt; null for none
        "metadata": KEY_VALUES,
        "invoked_first": TIME,
        "n_requests": pl.Int64,
    }
)

#: Each prompt's task as found, slots and identity. Key: ``prompt_id``.
PLACED: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "task_id": pl.String,  # of FOUND_TASKS
        "slot_text": pl.String,  # the text without the skeleton of its task
        "match_text": pl.String,  # the text as compared: case, white space, volatile parts and frames aside
        "guard": pl.String,  # signature of the answer-bearing parts
        "identity_id": pl.String,  # prompt_id of the earliest prompt that it is one with
        "leakage_keys": pl.List(pl.String),  # prompts that share one must not be parted by the split
        "question_id": pl.String,  # of what is asked about long passages, null for a prompt without
        "question": pl.String,  # it, as written, null for a prompt without
        "invoked_first": TIME,
        "n_requests": pl.Int64,
    }
)

#: One row a task as found: an application or one of its templates. Key: ``task_id``.
FOUND_TASKS: Final = pl.Schema(
    {
        "task_id": pl.String,
        "name": pl.String,  # not yet unique
        "role": pl.String,
        "system_id": pl.String,  # null where prompts share none
        "skeleton": pl.String,  # shared lines, slots as …
        "tool_names": pl.String,
        "metadata": KEY_VALUES,  # what at least half of its prompts carry
        "n_prompts": pl.Int64,
        "n_requests": pl.Int64,
        "invoked_first": TIME,
    }
)

#: What the user's ``[[task]]`` blocks say of each task as found. Key: ``found_id``.
RULINGS: Final = pl.Schema(
    {
        "found_id": pl.String,
        "task_id": pl.String,  # of TASKS: several found ones that a block names are one
        "block": pl.Int64,  # number of the block from 1, null without; so are the others
        "grader": pl.String,
        "spec": pl.String,  # JSON
    }
)

#: Each prompt's task, settled. Key: ``prompt_id``.
MEMBERS: Final = pl.Schema(
    {
        "prompt_id": pl.String,
        "task_id": pl.String,  # of TASKS
        "identity_id": pl.String,
        "leakage_keys": pl.List(pl.String),
    }
)

#: One row a task, the user's word included. Key: ``task_id``.
TASKS: Final = pl.Schema(
    {
        "task_id": pl.String,
        "name": pl.String,  # unique
        "role": pl.String,
        "system_id": pl.String,  # null where prompts share none
        "skeleton": pl.String,  # shared lines, slots as …
        "tool_names": pl.String,
        "n_prompts": pl.Int64,
        "n_requests": pl.Int64,
        "block": pl.Int64,  # number of the [[task]] block that names it, from 1; null without
        "decision": pl.String,  # keep, drop, judge: the user's; null without
        "rubric": pl.String,  # by which a judge scores; null without
    }
)
