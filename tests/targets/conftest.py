"""Small datasets, and files that a test spoils."""

import json

import polars as pl
import pytest

from logmine import schemas

NUMERIC = {"grader": "numeric", "answer": "21", "spec": "{}"}
SEARCH = {"type": "function", "function": {"name": "search", "parameters": {"properties": {"query": {"type": "string"}}}}}


def dataset_row(name, **changes):
    """Return a row of the dataset; structures become JSON text."""
    row = {
        "prompt_id": name,
        "split": "train",
        "messages": [{"role": "system", "content": "Add."}, {"role": "user", "content": f"What is 17 + 4? ({name})"}],
        "tools": None,
        "reference_answer": NUMERIC,
        "task_id": "sums",
        "topic_id": None,
        "pass_rate": 0.5,
        "band_evidence": "measured",
        "language": "en",
    }
    row |= changes
    return {key: json.dumps(value) if isinstance(value, list | dict) else value for key, value in row.items()}


@pytest.fixture
def dataset():
    """Return a function that makes a dataset of rows given by their changes."""

    def make(*changes):
        return pl.DataFrame([dataset_row(f"p{number:03}", **change) for number, change in enumerate(changes)], schema=schemas.DATASET)

    return make


@pytest.fixture
def good_rows():
    """Return 100 rows of a file without problems."""
    return [
        {
            "id": f"p{number:03}",
            "messages": [{"role": "user", "content": f"What is 17 + 4? ({number})"}],
            "reference_answer": dict(NUMERIC),
            "task_id": "sums",
        }
        for number in range(100)
    ]


@pytest.fixture
def write_rows(tmp_path):
    """Return a function that writes rows to a file and gives its path."""

    def write(rows, name="train.jsonl"):
        path = tmp_path / name
        path.write_bytes(b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows))
        return path

    return write


@pytest.fixture
def search_tool():
    """Return a tool as a log may hold it: without description, without a type of its parameters."""
    return json.loads(json.dumps(SEARCH))
