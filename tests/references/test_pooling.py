import json

import polars as pl
import pytest

from logmine.references import describe_candidates, pool_attempts
from logmine.schemas import COMPLETIONS, DUPLICATES, PLACED, PROMPTS

TOOLS = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}, {"function": {"name": "bare"}}]


@pytest.fixture
def placed():
    """Return PLACED and DUPLICATES: p and q in one task, q kept as p."""
    places = pl.DataFrame([{"prompt_id": name, "task_id": "t"} for name in ("p", "q")], schema=PLACED)
    return places, pl.DataFrame([{"prompt_id": "q", "kept_instead": "p"}], schema=DUPLICATES)


def test_answers_to_a_duplicate_count_for_the_prompt_that_is_kept(placed):
    completions = pl.DataFrame([{"prompt_id": name, "request_id": f"{name}-0"} for name in ("p", "q")], schema=COMPLETIONS)
    attempts = pool_attempts(completions, *placed)["attempts"]
    assert attempts.select("prompt_id", "task_id", "request_id").sort("request_id").rows() == [("p", "t", "p-0"), ("p", "t", "q-0")]


def test_each_prompt_says_what_it_knows_of_its_answer(placed):
    rows = [{"prompt_id": "p", "user_text": "Capital?\nA. Oslo\nB. Rome"}, {"prompt_id": "q", "tools": json.dumps(TOOLS)}]
    described = describe_candidates(pl.DataFrame(rows, schema=PROMPTS), *placed)["candidates"].sort("source_id").rows(named=True)
    assert [(row["prompt_id"], row["source_id"]) for row in described] == [("p", "p"), ("p", "q")]
    assert (json.loads(described[0]["options"]), described[1]["options"]) == ({"A": "Oslo", "B": "Rome"}, None)
    assert (described[0]["tools"], json.loads(described[1]["tools"])) == (None, {"add": {"type": "object"}, "bare": {}})
