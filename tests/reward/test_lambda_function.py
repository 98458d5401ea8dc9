import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logmine.logs.chat import split_reasoning
from logmine.reward.lambda_function import lambda_handler, without_reasoning

REFERENCE = {"grader": "numeric", "answer": "21", "spec": ""}
USER = {"role": "user", "content": "What is 17 + 4?"}


def sample(content="The answer is 21.", role="assistant", **changes):
    answer = {"role": role, "content": content}
    return {"id": "a", "messages": [USER, answer], "metadata": {"reference_answer": REFERENCE}} | changes


def metrics(result):
    return {metric["name"]: metric["value"] for metric in result["metrics_list"]}


def test_a_result_has_the_documented_form():
    assert lambda_handler([sample()], None) == [
        {
            "id": "a",
            "aggregate_reward_score": 1.0,
            "metrics_list": [
                {"name": "correct", "value": 1.0, "type": "Reward"},
                {"name": "abstained", "value": 0.0, "type": "Metric"},
                {"name": "partial_score", "value": 1.0, "type": "Metric"},
                {"name": "error", "value": 0.0, "type": "Metric"},
            ],
        }
    ]


@pytest.mark.parametrize(
    "event",
    [
        [sample()],
        {"trajectories": [sample()]},
        {"samples": [sample()]},
        sample(),
        [sample(role="nova_assistant")],
        [sample([{"type": "text", "text": "The answer is"}, {"type": "text", "text": "21."}])],
        [sample([{"text": "The answer is 21."}])],
        [sample([{"type": "reasoning", "text": "17 + 5 = 22"}, {"reasoningContent": {}}, {"type": "text", "text": "The answer is 21."}])],
        [sample("<thinking>The answer is 22.</thinking>\n\nThe answer is 21.")],
        [sample("<reasoning>The answer is 22.</reasoning>The answer is 21.")],
        [sample(metadata={}, reference_answer=REFERENCE)],
        [sample(metadata=None, reference_answer=REFERENCE)],
        [sample(metadata={"reference_answer": json.dumps(REFERENCE)})],
        [sample(metadata={"reference_answer": {"text": json.dumps(REFERENCE)}})],
        [sample(metadata={}, reference_answer=json.dumps(REFERENCE))],
        [sample(tool_calls=None)],
    ],
)
def test_every_variant_of_the_event_is_judged(event):
    (result,) = lambda_handler(event, None)
    assert result["id"] == "a"
    assert result["aggregate_reward_score"] == 1.0


def test_tool_calls_are_judged(references):
    call = {"id": "1", "type": "function", "function": {"name": "search", "arguments": '{"query": "train to Łódź"}'}}
    answer = {"role": "assistant", "content": None, "tool_calls": [call]}
    event = [{"id": 1, "messages": [USER, answer], "reference_answer": references["tool_call"]}]
    assert lambda_handler(event)[0]["aggregate_reward_score"] == 1.0


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("The answer is 22.", {"correct": 0.0, "abstained": 0.0, "partial_score": 0.0, "error": 0.0}),
        ("I cannot say.", {"correct": 0.0, "abstained": 1.0, "partial_score": 0.0, "error": 0.0}),
        ("<thinking>The answer is 21.", {"correct": 0.0, "abstained": 1.0, "partial_score": 0.0, "error": 0.0}),
        (None, {"correct": 0.0, "abstained": 1.0, "partial_score": 0.0, "error": 0.0}),
    ],
)
def test_what_is_not_correct_has_no_reward_and_a_reason(content, expected):
    (result,) = lambda_handler([sample(content)])
    assert result["aggregate_reward_score"] == 0.0
    assert metrics(result) == expected


def test_a_partly_right_object_has_a_partial_score_and_no_reward(references):
    (result,) = lambda_handler([sample('{"city": "Łódź", "nights": 3}', reference_answer=references["json_fields"], metadata={})])
    assert result["aggregate_reward_score"] == 0.0
    assert metrics(result)["partial_score"] == 0.5


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "text",
        {},
        {"id": "a"},
        sample(messages=[]),
        sample(messages=[USER]),
        sample(metadata={}),
        sample(metadata={"reference_answer": "21"}),
        sample(metadata={"reference_answer": REFERENCE | {"grader": "no such grader"}}),
        sample(metadata={"reference_answer": REFERENCE | {"spec": "{"}}),
        sample(metadata={"reference_answer": "[" * 100_000}),
    ],
)
def test_a_sample_that_cannot_be_judged_does_not_fail_the_batch(odd):
    first, second, third = lambda_handler([sample(), odd, sample(id="c")])
    assert (first["aggregate_reward_score"], third["aggregate_reward_score"]) == (1.0, 1.0)
    assert second["aggregate_reward_score"] == 0.0
    assert metrics(second)["error"] == 1.0


@pytest.mark.parametrize("name", ["a", 7, None, 1.5, ["a", 1], {"k": "v"}])
def test_ids_of_any_type_come_back(name):
    assert [result["id"] for result in lambda_handler([sample(id=name), {"id": name}])] == [name, name]


@pytest.mark.parametrize("event", [None, 1, "text", {}, {"trajectories": None}, []])
def test_an_event_without_samples_has_no_results(event):
    assert lambda_handler(event) == []


@given(st.text(max_size=20) | st.lists(st.sampled_from(["<think>", "</think>", "<reasoning>", "</reasoning>", " ", "21"])).map("".join))
def test_reasoning_is_removed_as_the_log_reader_does(text):
    assert without_reasoning(text) == split_reasoning(text)[0]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
KEYS = (
    "id",
    "messages",
    "metadata",
    "reference_answer",
    "role",
    "content",
    "tool_calls",
    "grader",
    "answer",
    "spec",
    "text",
    "trajectories",
)
WORDS = st.sampled_from(["assistant", "user", "numeric", "json_fields", "tool_call", "21", "{}", "[]", json.dumps(REFERENCE)])
EVENTS = st.recursive(
    SCALARS | WORDS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6), max_leaves=30
)


@settings(deadline=None, max_examples=300)
@given(EVENTS)
def test_no_event_raises(event):
    results = lambda_handler(event)
    assert all(result["aggregate_reward_score"] in (0.0, 1.0) and len(result["metrics_list"]) == 4 for result in results)


PARTS = st.lists(st.dictionaries(st.sampled_from(("type", "text")), st.sampled_from(["text", "21"]) | SCALARS), max_size=3)
ANSWERS = st.fixed_dictionaries({"role": st.just("assistant"), "content": WORDS | SCALARS | PARTS}, optional={"tool_calls": EVENTS})
FORMS = st.fixed_dictionaries(
    {"grader": st.sampled_from(["numeric", "choice", "label", "json_fields", "tool_call", "exact"]), "answer": st.text(max_size=8) | WORDS},
    optional={"spec": st.sampled_from(["", "{}", '{"labels": ["a"]}', '{"fields": ["a"]}', "[]", "{"])},
)


@settings(deadline=None, max_examples=300)
@given(ANSWERS, FORMS)
def test_one_result_with_a_number_for_every_sample(answer, reference):
    (result,) = lambda_handler([{"id": "a", "messages": [USER, answer], "reference_answer": reference}])
    assert all(0.0 <= value <= 1.0 for value in metrics(result).values())
