"""Builders of the tables that the stages of ``references`` read; readable columns in, whole rows out."""

import msgspec
import polars as pl
import pytest

from logmine.config import ReferencesConfig
from logmine.references import find_references, infer_graders
from logmine.schemas import ATTEMPTS, CANDIDATES, CONFIRMED, GIVEN, GRADERS, RULINGS

MODELS = ("amazon.nova-lite", "openai.gpt-oss-20b", "qwen.qwen3-32b", "anthropic.claude")


def _json(value):
    return None if value is None else msgspec.json.encode(value).decode()


class Task:
    """One task: candidates and attempts, prompt by prompt; answers of prompt ``p`` come from different models in turn."""

    def __init__(self):
        self.candidates, self.attempts = [], []

    def add(
        self, prompt, answers=(), *, source=None, models=MODELS, options=None, tools=None, metadata=None, user_text=None, unusable=None
    ):
        """Add a prompt, or a duplicate of it, with its answers: texts, or lists of tool calls."""
        source = source or prompt
        pairs = [{"key": key, "value": value} for key, value in (metadata or {}).items()]
        requests = [f"{source}-{number}" for number in range(len(answers))]
        row = {
            "prompt_id": prompt,
            "source_id": source,
            "task_id": "t",
            "options": _json(options),
            "tools": _json(tools),
            "user_text": user_text,
        }
        self.candidates.append({**row, "metadata": pairs, "request_ids": requests})
        for number, answer in enumerate(answers):
            is_text = isinstance(answer, str)
            given = {"completion": answer if is_text else None, "tool_calls": None if is_text else _json(answer)}
            row = {"prompt_id": prompt, "task_id": "t", "request_id": f"{source}-{number}", "base_model": models[number % len(models)]}
            self.attempts.append({**row, **given, "unusable": unusable})
        return self

    def tables(self):
        """Return candidates and attempts."""
        return pl.DataFrame(self.candidates, schema=CANDIDATES), pl.DataFrame(self.attempts, schema=ATTEMPTS)

    def inferred(self, *, ruled=None, **settings):
        """Return the row of the task in ``graders``; ``ruled`` is what a block says of it."""
        rulings = pl.DataFrame([{"found_id": "t", "task_id": "t", **(ruled or {})}], schema=RULINGS)
        [row] = infer_graders(*self.tables(), rulings, config=ReferencesConfig(**settings))["graders"].rows(named=True)
        return row

    def referenced(self, grader, spec=None, *, outcomes=(), confirmed=(), agreement_between=0.05, **settings):
        """Return references by prompt: origin, answer and confidence, with the grader and spec given."""
        return {row["prompt_id"]: row for row in self.found(grader, spec, outcomes, confirmed, agreement_between, settings)["references"]}

    def opined(self, grader, *, confirmed=(), **settings):
        """Return opinions by prompt."""
        return {row["prompt_id"]: row for row in self.found(grader, None, (), confirmed, 0.05, settings)["opinions"]}

    def found(self, grader, spec, outcomes, confirmed, agreement_between, settings):
        """Return the rows of both tables."""
        row = {"task_id": "t", "grader": grader, "spec": _json(spec), "agreement_between": agreement_between}
        graders = pl.DataFrame([row], schema=GRADERS)
        given = pl.DataFrame(list(outcomes), schema=GIVEN)
        said = pl.DataFrame(list(confirmed), schema=CONFIRMED, orient="row")
        found = find_references(*self.tables(), graders, given, said, config=ReferencesConfig(**settings))
        return {name: table.rows(named=True) for name, table in found.items()}


@pytest.fixture(scope="session")
def task():
    """Return a function that begins an empty task."""
    return Task


@pytest.fixture(scope="session")
def call():
    """Return a function that writes a tool call as OpenAI does."""

    def write(name, **arguments):
        return {"id": "c", "type": "function", "function": {"name": name, "arguments": _json(arguments)}}

    return write
