import json

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.difficulty import judge_attempts

CALL = [{"id": "call_1", "type": "function", "function": {"name": "search", "arguments": '{"query": "Lisbon"}'}}]
ANSWERS = {
    "numeric": {"grader": "numeric", "answer": "21", "spec": "{}"},
    "tool_call": {"grader": "tool_call", "answer": json.dumps([{"name": "search", "arguments": {"query": "Lisbon"}}]), "spec": "{}"},
}


def attempts(*rows):
    table = [
        dict.fromkeys(schemas.ATTEMPTS) | {"prompt_id": "p", "request_id": f"r{n}", "body_digest": "x"} | row for n, row in enumerate(rows)
    ]
    return pl.DataFrame(table, schema=schemas.ATTEMPTS)


def reference(grader="numeric", prompt_id="p"):
    row = {"prompt_id": prompt_id, "grader": grader, "reference_answer": json.dumps(ANSWERS[grader]) if grader else None}
    return pl.DataFrame([row], schema=schemas.REFERENCES)


NOTHING = schemas.empty("given")


def judged(table, known, given=NOTHING):
    return dict(judge_attempts(table, known, given)["verdicts"].select("request_id", "verdict").iter_rows())


def test_attempts_are_judged_by_the_grader_of_their_reference():
    table = attempts({"completion": "The answer is 21."}, {"completion": "The answer is 22."}, {"completion": "I cannot tell."})
    assert judged(table, reference()) == {"r0": "correct", "r1": "incorrect", "r2": "abstain"}


def test_calls_of_tools_are_judged_too():
    table = attempts({"tool_calls": json.dumps(CALL)}, {"tool_calls": json.dumps(CALL).replace("Lisbon", "Porto")})
    assert judged(table, reference("tool_call")) == {"r0": "correct", "r1": "incorrect"}


@pytest.mark.parametrize("reason", ["truncated", "blocked", "no_answer", "redelivered", "repeated"])
def test_an_answer_that_proves_nothing_is_not_judged(reason):
    table = attempts({"completion": "21", "unusable": reason}, {"completion": "21"})
    assert judged(table, reference()) == {"r1": "correct"}


def test_a_prompt_without_reference_is_not_judged():
    table = attempts({"completion": "21"})
    assert judged(table, reference(None)) == {}
    assert judged(table, reference(prompt_id="other")) == {}


def test_a_verdict_names_the_model_and_the_answer_as_extracted():
    table = attempts({"completion": "So 17 + 4 = 21.", "base_model": "amazon.nova-2-lite-v1:0"})
    columns = ("prompt_id", "request_id", "base_model", "verdict", "reward", "answer", "origin")
    found = judge_attempts(table, reference(), NOTHING)["verdicts"].select(columns).rows()
    assert found == [("p", "r0", "amazon.nova-2-lite-v1:0", "correct", 1.0, "21", "grader")]


def test_no_attempts_give_no_verdicts():
    found = judge_attempts(schemas.empty("attempts"), schemas.empty("references"), NOTHING)["verdicts"]
    assert_frame_equal(found, schemas.empty("verdicts"))


def rewards(**by_request):
    rows = [
        dict.fromkeys(schemas.GIVEN) | {"prompt_id": "p", "request_id": name, "body_digest": "x", "reward": reward}
        for name, reward in by_request.items()
    ]
    return pl.DataFrame(rows, schema=schemas.GIVEN)


def test_a_reward_of_the_user_is_the_verdict_whatever_a_grader_would_say():
    table = attempts({"completion": "The answer is 21."}, {"completion": "The answer is 22."}, {"completion": "21"})
    found = judge_attempts(table, reference(), rewards(r0=0.0, r1=1.0))["verdicts"].sort("request_id")
    assert found.select("verdict", "reward", "origin").rows() == [
        ("incorrect", 0.0, "outcomes"),
        ("correct", 1.0, "outcomes"),
        ("correct", 1.0, "grader"),
    ]


def test_a_reward_is_a_verdict_where_no_grader_is():
    table = attempts({"completion": "Dear customer"}, {"completion": "Hello"})
    found = judge_attempts(table, reference(None), rewards(r1=0.25))["verdicts"]
    assert found.select("request_id", "verdict", "reward").rows() == [("r1", "incorrect", 0.25)]


@pytest.mark.parametrize(("temperature", "n_attempts"), [(0.0, 1), (0.7, 2), (None, 2)])
def test_identical_answers_of_one_model_at_temperature_0_are_one_attempt(temperature, n_attempts):
    same = {"completion": "21", "base_model": "nova", "temperature": temperature}
    assert len(judged(attempts(same, same), reference())) == n_attempts
    assert len(judged(attempts(same, same | {"base_model": "claude"}), reference())) == 2
