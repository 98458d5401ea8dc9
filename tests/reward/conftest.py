"""A dataset with one row a grader."""

import json

import polars as pl
import pytest

from logmine import schemas

FIELDS = {"fields": {"city": "exact", "nights": "number"}}
TOOLS = {"tools": {"search": {"type": "object", "properties": {"query": {"type": "string"}}}}}

REFERENCES = {
    "numeric": {"grader": "numeric", "answer": "1,060", "spec": ""},
    "choice": {"grader": "choice", "answer": "B", "spec": json.dumps({"options": {"A": "red", "B": "blue"}})},
    "label": {"grader": "label", "answer": "refund", "spec": json.dumps({"labels": ["refund", "delivery"]})},
    "json_fields": {"grader": "json_fields", "answer": '{"city": "Łódź", "nights": 2}', "spec": json.dumps(FIELDS)},
    "tool_call": {
        "grader": "tool_call",
        "answer": '[{"name": "search", "arguments": {"query": "train to Łódź"}}]',
        "spec": json.dumps(TOOLS),
    },
    "exact": {"grader": "exact", "answer": "Łódź", "spec": ""},
}
ONE_OF_EACH = list(REFERENCES.values())


@pytest.fixture
def references():
    """Return a reference answer by grader."""
    return {grader: dict(reference) for grader, reference in REFERENCES.items()}


@pytest.fixture
def dataset():
    """Return a function that makes a dataset of reference answers, one of every grader when none are given."""

    def make(references=ONE_OF_EACH):
        rows = [
            {
                "prompt_id": f"p{number:03}",
                "split": "train",
                "messages": json.dumps([{"role": "user", "content": f"Question {number}?"}]),
                "reference_answer": json.dumps(reference),
                "task_id": reference["grader"],
                "pass_rate": 0.5,
            }
            for number, reference in enumerate(references)
        ]
        return pl.DataFrame(rows, schema=schemas.DATASET)

    return make
