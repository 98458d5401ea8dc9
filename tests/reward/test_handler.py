import base64
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logmine.logs.chat import split_reasoning
from logmine.reward import write_package
from logmine.reward.handler import compute_score, http_handler, lambda_handler, reward_function, without_reasoning

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
                {"name": "correct_numeric", "value": 1.0, "type": "Metric"},
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
        [sample(metadata={}, reference_answer=json.dumps(json.dumps(REFERENCE)))],
        [sample(metadata={"reference_answer": {"text": REFERENCE}})],
        [sample(metadata={"reference_answer": [{"type": "text", "text": json.dumps(REFERENCE)}]})],
        [sample(metadata=json.dumps({"reference_answer": REFERENCE, "task_id": "t"}))],
        [sample(metadata={"task_id": "t"}, extra_info={"index": 3, "reference_answer": REFERENCE})],
        [sample(metadata={"ground_truth": REFERENCE}, extra_info={"method": "strict"})],
        [sample(metadata={}, reward_model={"style": "rule", "ground_truth": REFERENCE})],
        [sample(metadata={"reference_answer": "twenty-one"}, reference_answer=REFERENCE)],
        [sample(["The answer is", {"type": "text", "text": "21."}])],
        {"batch": [sample()]},
        {"records": [sample()]},
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
    assert metrics(result) == expected | {"correct_numeric": 0.0}


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


def test_open_models_on_sagemaker_get_an_http_response():
    response = http_handler([sample(), sample("22")])
    assert (response["statusCode"], response["headers"]) == (200, {"content-type": "application/json"})
    assert json.loads(response["body"]) == lambda_handler([sample(), sample("22")])


@pytest.mark.parametrize("encoded", [False, True])
def test_an_http_request_is_answered_in_kind(encoded):
    body = json.dumps([sample()])
    request = {"body": base64.b64encode(body.encode()).decode() if encoded else body, "isBase64Encoded": encoded, "headers": {}}
    assert lambda_handler(request) == http_handler([sample()])
    assert lambda_handler({"body": [sample()]}) == http_handler([sample()])


@pytest.mark.parametrize("body", ["{", "[" * 100_000, "\ud800", "=="])
def test_a_body_that_is_no_json_is_refused(body):
    assert http_handler({"body": body})["statusCode"] == 400
    assert http_handler({"body": body, "isBase64Encoded": True})["statusCode"] == 400


@pytest.mark.parametrize("request_", [{"body": None}, {"requestContext": {"http": {"method": "OPTIONS"}}}, {"body": ""}])
def test_a_request_without_samples_has_no_results(request_):
    assert lambda_handler(request_) == {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": "[]"}


def trl(completions, **columns):
    """Call the reward function as GRPOTrainer does: everything by keyword, columns as lists."""
    n = len(completions)
    columns = {"reference_answer": [REFERENCE] * n, "task_id": ["t"] * n, "id": ["a"] * n} | columns
    return reward_function(prompts=[[USER]] * n, completions=completions, completion_ids=[[1, 2]] * n, trainer_state=None, **columns)


def test_trl_gets_none_where_the_grader_abstains():
    texts = ["The answer is 21.", "22", "I cannot say."]
    assert trl(texts) == [1.0, 0.0, None]
    assert trl([[{"role": "assistant", "content": text}] for text in texts]) == [1.0, 0.0, None]


def test_trl_gives_columns_as_text_too_and_hears_of_abstentions():
    heard = {}
    rewards = trl(["21", "I cannot say."], reference_answer=[json.dumps(REFERENCE), REFERENCE], log_metric=heard.__setitem__)
    assert (rewards, heard) == ([1.0, None], {"abstained": 0.5, "error": 0.0})


@pytest.mark.parametrize(("reference", "completion"), [(None, "21"), ("21", "21"), (REFERENCE, []), (REFERENCE, None), ({}, "21")])
def test_trl_and_verl_are_not_stopped_by_an_odd_row(reference, completion):
    assert trl([completion, "21"], reference_answer=[reference, REFERENCE]) == [None, 1.0]
    assert compute_score("logmine", completion, reference)["error"] == 1.0


def test_trl_judges_the_first_turn_where_a_call_is_asked_for(references):
    call = {"type": "function", "function": {"name": "search", "arguments": '{"query": "train to Łódź"}'}}
    turns = [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "none"},
        {"role": "assistant", "content": "21"},
    ]
    assert trl([turns], reference_answer=[references["tool_call"]]) == [1.0]
    assert trl([turns]) == [1.0]


def test_verl_gets_a_score_and_the_same_figures_for_every_completion():
    scores = [
        compute_score(data_source="logmine", solution_str=text, ground_truth=REFERENCE, extra_info={}) for text in ("21", "22", "No.")
    ]
    assert [(score["score"], score["acc"], score["abstained"]) for score in scores] == [(1.0, 1.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0)]
    assert len({tuple(score) for score in scores}) == 1


def test_verl_may_add_arguments():
    scored = compute_score("logmine", "<think>22</think>21", json.dumps(REFERENCE), extra_info=None, reward_router_address="localhost:1")
    assert scored["score"] == 1.0


def test_the_text_of_the_file_runs_without_a_place(dataset, tmp_path, monkeypatch):
    write_package(dataset(), tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    namespace = {}
    exec(Path("handler.py").read_text(encoding="utf-8"), namespace)  # noqa: S102 - as AWS's verifiers run a local file
    assert namespace["lambda_handler"]([sample()], {})[0]["aggregate_reward_score"] == 1.0
    assert sys.path[-1] == str(tmp_path.resolve() / "lambda.zip")


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
    assert all(result["aggregate_reward_score"] in (0.0, 1.0) and len(result["metrics_list"]) in (4, 5) for result in results)


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
