import polars as pl
import pytest

from logmine import schemas
from logmine.selection.failures import best_answers, explain_failures

NOVA, CLAUDE, QWEN = "amazon.nova-2-lite-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0", "qwen.qwen3-32b-v1:0"


def verdicts(*rows):
    """Verdicts on the prompt p, given by model and answer; the answer right is right."""
    named = [
        {
            "prompt_id": "p",
            "request_id": f"r{n}",
            "body_digest": "x",
            "base_model": model,
            "answer": answer,
            "verdict": "correct" if answer == "right" else "incorrect",
        }
        for n, (model, answer) in enumerate(rows)
    ]
    return pl.DataFrame([dict.fromkeys(schemas.VERDICTS) | row for row in named], schema=schemas.VERDICTS)


def explained(grader, *rows):
    found = explain_failures(verdicts(*rows), pl.DataFrame({"prompt_id": ["p"], "grader": [grader]}), NOVA).row(0, named=True)
    return found["wrong_answers"], found["is_known_elsewhere"], found["failure"]


@pytest.mark.parametrize(
    ("grader", "answers", "other", "expected"),
    [
        ("numeric", "aaaa", "b", ("agree", False, "knowledge")),
        ("numeric", "aaab", "right", ("agree", True, "knowledge")),
        ("numeric", "abcd", "a", ("scatter", False, "reasoning")),
        ("choice", "abcd", "a", ("scatter", False, None)),
        ("choice", "abcd", "right", ("scatter", True, "knowledge")),
        ("numeric", "aabb", "right", (None, True, None)),
        ("numeric", "ab", "right", (None, True, None)),
    ],
)
def test_how_wrong_answers_lie_tells_why_a_model_fails(grader, answers, other, expected):
    assert explained(grader, *((NOVA, answer) for answer in answers), (CLAUDE, other)) == expected


def best(*rows, base_model=NOVA):
    table = verdicts(*rows)
    attempts = table.select("prompt_id", "request_id", "body_digest", completion=pl.col("request_id"), tool_calls=pl.lit(None, pl.String))
    found = best_answers(attempts, table, base_model)
    return found.select("completion", "completion_model").rows()


def test_the_best_answer_is_that_of_the_model_which_is_right_most_often():
    rows = [(CLAUDE, "right"), (CLAUDE, "a"), (QWEN, "right"), (QWEN, "right"), (NOVA, "right")]
    assert best(*rows) == [("r2", QWEN)]
    assert best(*rows, base_model=QWEN) == [("r4", NOVA)]


def test_the_models_own_right_answer_serves_where_no_other_is():
    assert best((NOVA, "a"), (NOVA, "right"), (CLAUDE, "a")) == [("r1", NOVA)]
    assert best((NOVA, "a"), (CLAUDE, "a")) == []
