"""Builders of the tables that the stages of ``tasks`` read; readable columns in, whole rows out."""

from datetime import UTC, datetime, timedelta

import msgspec
import polars as pl
import pytest

from logmine.prompts.attempts import system_identity
from logmine.schemas import PROMPTS, SCOPED

START = datetime(2026, 1, 1, tzinfo=UTC)


def _prompt(number, row):
    system, user = row.get("system"), row.get("user_text")
    turns = [{"role": "system", "content": system}] if system else []
    turns += [*row.get("earlier", []), {"role": "user", "content": user}]
    plain = {
        "prompt_id": f"p{number:03}",
        "request_ids": [f"r{number:03}"],
        "messages": msgspec.json.encode(turns).decode(),
        "system_id": system_identity(system),
        "has_history": "earlier" in row,
        "role": "app",
        "invoked_first": START + timedelta(minutes=number),
    }
    return plain | {name: value for name, value in row.items() if name != "earlier"}


@pytest.fixture(scope="session")
def prompts():
    """Return a function that gives PROMPTS: one row a dict of columns; ids p000, p001, … in order of time."""

    def build(*rows):
        return pl.DataFrame([_prompt(number, row) for number, row in enumerate(rows)], schema=PROMPTS)

    return build


@pytest.fixture(scope="session")
def scoped():
    """Return a function that gives SCOPED rows of one scope: one a text or a dict of columns; ids p000, p001, … in order of time."""

    def build(*rows, **shared):
        plain = {"scope_id": "s", "role": "app", "tool_names": "", "n_requests": 1, **shared}
        table = [
            {"prompt_id": f"p{number:03}", "invoked_first": START + timedelta(minutes=number), **plain}
            | ({"body": row} if isinstance(row, str) else row)
            for number, row in enumerate(rows)
        ]
        return pl.DataFrame(table, schema=SCOPED)

    return build
