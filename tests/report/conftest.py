"""Small tables of a build, and its manifest."""

from dataclasses import asdict

import polars as pl
import pytest

from logmine import schemas
from logmine.config import DifficultyConfig, load_config
from logmine.report import judge_build, summarize


@pytest.fixture(scope="session")
def table():
    """Return a function that makes a table of rows given by their columns; what is not given is null."""

    def make(name, *rows):
        schema = schemas.TABLES[name]
        return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)

    return make


@pytest.fixture(scope="session")
def summary(table):
    """Return a function that sums up decisions and dropped records, given by their columns."""

    def make(*decisions, dropped=(), task="sums"):
        rows = [
            {"prompt_id": f"p{n}", "request_ids": [f"r{n}"], "task_id": "t", "band": "unknown"} | row for n, row in enumerate(decisions)
        ]
        return summarize(
            table("decisions", *rows),
            table("dropped", *dropped),
            table("tasks", {"task_id": "t", "name": task}),
            table("graders", {"task_id": "t", "grader": "numeric", "coverage": 0.98765}),
            table("topics", {"topic_id": "n", "name": task, "theme": None, "n_prompts": 7, "n_callers": 2}),
            config=DifficultyConfig(),
        )

    return make


@pytest.fixture(scope="session")
def manifest():
    """Return a function that makes the manifest of a build from its summary."""

    def make(summary, n_rows=None, needs=None, **settings):
        config, n_rows = load_config(None, settings), n_rows or {"train.jsonl": 0, "eval.jsonl": 0}
        n_calls = sum(summary["decisions"].values()) + 1
        n_dropped = sum(summary["records_dropped"].values())
        return {
            "config": config.to_dict(),
            "inputs": {"n_objects": 3, "stored_bytes": 1_500_000, "json_bytes": 12_000_000},
            "ledger": [
                {"stage": "decode", "unit": "records", "n_in": n_calls + n_dropped, "n_out": n_calls},
                {"stage": "gather_attempts", "unit": "records", "n_in": n_calls, "n_out": n_calls},
            ],
            "summary": summary,
            "n_rows": n_rows,
            "verdict": asdict(judge_build(summary, n_rows, needs or {}, config)),
        }

    return make
