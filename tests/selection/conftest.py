"""The tables from which prompts are chosen, from a few readable rows."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from logmine import schemas
from logmine.config import SelectionConfig
from logmine.selection import choose

START = datetime(2026, 1, 1, tzinfo=UTC)
GOOD = {
    "task_id": "sums",
    "leakage_keys": [],
    "n_media": 0,
    "n_user_turns": 1,
    "has_history": False,
    "is_too_long": False,
    "topic_id": "numbers",
    "grader": "numeric",
    "origin": "consensus",
    "confidence": 0.9,
    "band": "in_range",
    "band_evidence": "measured",
    "pass_rate": 0.5,
}
#: Columns of each table that ``choose`` takes, as the pipeline cuts them.
COLUMNS = {
    "prompts": (
        "prompt_id",
        "thread_key",
        "n_media",
        "n_user_turns",
        "has_history",
        "is_too_long",
        "invoked_first",
        "prompt_tokens",
        "language",
    ),
    "members": ("prompt_id", "task_id", "leakage_keys"),
    "duplicates": ("prompt_id", "kept_instead", "kind", "score"),
    "topic_of": ("prompt_id", "topic_id"),
    "tasks": ("task_id", "name", "decision"),
    "references": ("prompt_id", "grader", "origin", "confidence", "conflict"),
    "difficulty": (
        "prompt_id",
        "band",
        "band_evidence",
        "n_attempts",
        "n_correct",
        "pass_rate",
        "pass_rate_low",
        "pass_rate_high",
        "mean_reward",
        "std_reward",
        "band_mass",
        "useful_group",
    ),
    "kin": ("prompt_id", "key"),
}
#: The column that says whether a prompt has a row in a table.
PRESENT = {"duplicates": "kind", "topic_of": "topic_id", "difficulty": "band", "kin": "key"}


def cut(table, rows):
    wanted = [row for row in rows if row.get(PRESENT.get(table)) is not None] if table in PRESENT else rows
    schema = {name: schemas.TABLES[table][name] for name in COLUMNS[table]}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in wanted], schema=schema)


@pytest.fixture(scope="session")
def chosen():
    """Return a function that chooses among prompts p000, p001, … given by what is not good about them."""

    def run(*changes, order=None, **settings):
        plain = [{"prompt_id": f"p{n:03}", "thread_key": f"t{n}", "invoked_first": START + timedelta(hours=n)} for n in range(len(changes))]
        rows = [GOOD | row | change for row, change in zip(plain, changes, strict=True)]
        tasks = [
            {"task_id": task, "name": f"{task} of numbers", "decision": "drop" if task == "dropped" else None}
            for task in sorted({row["task_id"] for row in rows})
        ]
        tables = {name: cut(name, tasks if name == "tasks" else rows) for name in COLUMNS}
        if order is not None:
            tables = {name: table.sample(fraction=1, shuffle=True, seed=order) for name, table in tables.items()}
        return choose(*tables.values(), config=SelectionConfig(**settings))["choices"]

    return run
