import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logmine.errors import SourceError
from logmine.targets import Problem, check_file
from logmine.targets.check import MAX_LISTED

TOOL = {"type": "function", "function": {"name": "f", "description": "F.", "parameters": {"type": "object", "properties": {}}}}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
NUMERIC = {"grader": "numeric", "answer": "21", "spec": "{}"}
USER = {"role": "user", "content": "Hi"}


def tool(**changes):
    return {"type": "function", "function": TOOL["function"] | changes}


def found(problems, line):
    return {(problem.where, problem.level) for problem in problems if problem.line == line}


def test_a_good_file_has_no_problems(good_rows, write_rows):
    assert check_file(write_rows(good_rows)) == []


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"id": ""}, "id"),
        ({"id": 7}, "id"),
        ({"messages": []}, "messages"),
        ({"messages": "Hi"}, "messages"),
        ({"messages": ["Hi", USER]}, "messages[0]"),
        ({"messages": [USER, {"role": "system", "content": "Be brief."}, USER]}, "messages"),
        ({"messages": [{"role": "system", "content": "Be brief."}]}, "messages"),
        ({"messages": [USER, {"role": "assistant", "content": "Hello"}]}, "messages"),
        ({"messages": [USER | {"role": "function"}, USER]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": " \n"}]}, "messages[0].content"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}, "messages[0].content"),
        ({"messages": [USER | {"name": "Ann"}]}, "messages[0]"),
        ({"messages": [USER, {"role": "assistant", "tool_calls": []}, USER]}, "messages[1].tool_calls"),
        ({"messages": [USER, {"role": "tool", "content": "x", "tool_call_id": 1}, USER]}, "messages[1].tool_call_id"),
        ({"reference_answer": ""}, "reference_answer"),
        ({"reference_answer": {}}, "reference_answer"),
        ({"reference_answer": 21}, "reference_answer"),
        ({"reference_answer": None}, "reference_answer"),
        ({"reference_answer": {"grader": "numeric", "answer": "many", "spec": "{}"}}, "reference_answer"),
        ({"reference_answer": {"grader": "no such grader", "answer": "21", "spec": "{}"}}, "reference_answer"),
    ],
)
def test_each_planted_error_is_found(good_rows, write_rows, changes, where):
    good_rows[41] |= changes
    problems = check_file(write_rows(good_rows))
    assert (where, "error") in found(problems, 42)
    assert {problem.line for problem in problems} == {42}


@pytest.mark.parametrize(
    ("tools", "where"),
    [
        ([], "tools"),
        ({}, "tools"),
        (["f"], "tools[0]"),
        ([TOOL | {"type": "tool"}], "tools[0]"),
        ([tool(name=" ")], "tools[0].function.name"),
        ([tool(description="")], "tools[0].function.description"),
        ([tool(parameters={"properties": {}})], "tools[0].function.parameters"),
        ([tool(parameters={"type": "object"})], "tools[0].function.parameters"),
        ([tool(parameters={"type": "object", "properties": {}, "required": [1]})], "tools[0].function.parameters.required"),
        ([TOOL, TOOL], "tools"),
    ],
)
def test_each_bad_tool_is_found(good_rows, write_rows, tools, where):
    rows = [row | {"tools": [TOOL]} for row in good_rows]
    rows[41]["tools"] = tools
    assert (where, "error") in found(check_file(write_rows(rows)), 42)


@pytest.mark.parametrize("key", ["id", "reference_answer", "tools"])
def test_a_key_of_some_rows_only_is_found(good_rows, write_rows, key):
    rows = [row | {"tools": [TOOL]} for row in good_rows]
    del rows[41][key]
    assert (key, "error") in found(check_file(write_rows(rows)), 42)


@pytest.mark.parametrize(("key", "value", "level"), [("reference_answer", "21", "error"), ("task_id", 7, "warning")])
def test_a_key_of_two_types_is_found(good_rows, write_rows, key, value, level):
    good_rows[41][key] = value
    assert found(check_file(write_rows(good_rows)), 42) == {(key, level)}


@pytest.mark.parametrize(
    "line",
    [
        b"{\n",
        b"[]\n",
        b"null\n",
        b'{"a": NaN}\n',
        b'{"a": "\xff"}\n',
        b'{"a": "\\ud800"}\n',
        b"{} {}\n",
        b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"\n",
        b'{"a":' * 200 + b"1" + b"}" * 200 + b"\n",
    ],
)
def test_a_line_that_is_no_strict_json_object_is_found(good_rows, write_rows, line):
    assert found(check_file(write_rows([*good_rows, line])), 101) == {("", "error")}


def test_one_key_twice_is_found(good_rows, write_rows):
    good_rows[41] = json.dumps(good_rows[41]).encode().replace(b'"task_id"', b'"id": "other", "task_id"') + b"\n"
    (problem,) = check_file(write_rows(good_rows))
    assert (problem.line, problem.level, problem.message.startswith("an object with one key twice")) == (42, "error", True)


@pytest.mark.parametrize("reference", ["21", {"grader": "numeric", "answer": "21"}, NUMERIC | {"unit": "km"}, NUMERIC | {"spec": 1}])
def test_a_reference_that_the_reward_function_cannot_read_beside_others_is_found(good_rows, write_rows, reference):
    good_rows[41]["reference_answer"] = reference
    messages = [problem.message for problem in check_file(write_rows(good_rows)) if problem.line == 42]
    assert any("no reward function takes both" in message for message in messages)


def test_a_prompt_that_trainers_drop_is_a_warning(good_rows, write_rows):
    good_rows[41]["messages"][0]["content"] = "word " * 9_000
    assert found(check_file(write_rows(good_rows)), 42) == {("messages", "warning")}


@pytest.mark.parametrize("key", ["prompt", "completion", "trainer_state", "images"])
def test_a_key_that_trl_keeps_for_itself_is_a_warning(good_rows, write_rows, key):
    good_rows[41][key] = "x"
    assert found(check_file(write_rows(good_rows)), 42) == {(key, "warning")}


@pytest.mark.parametrize(
    ("line", "said"), [(b"\x1f\x8b\x08\n", "compressed"), (b"PAR1\n", "Parquet"), (b'[{"id": "a"}]\n', "a JSON array")]
)
def test_a_file_of_another_form_is_told(write_rows, line, said):
    assert said in check_file(write_rows([line]))[-1].message


def test_a_byte_order_mark_is_found(good_rows, write_rows):
    lines = [json.dumps(row).encode() + b"\n" for row in good_rows]
    assert found(check_file(write_rows([b"\xef\xbb\xbf" + lines[0], *lines[1:]])), 1) == {("", "error")}


def test_a_blank_line_is_a_warning(good_rows, write_rows):
    assert found(check_file(write_rows([*good_rows, b"\n"])), 101) == {("", "warning")}


def test_the_last_line_may_lack_its_line_feed(good_rows, write_rows):
    last = json.dumps(good_rows[-1]).encode()
    assert check_file(write_rows([*good_rows[:-1], last])) == []


def test_several_turns_are_a_warning(good_rows, write_rows):
    good_rows[41]["messages"] = [USER, {"role": "assistant", "tool_calls": [CALL]}, {"role": "tool", "tool_call_id": "c"}]
    assert found(check_file(write_rows(good_rows)), 42) == {("messages", "warning")}


def test_an_id_that_stands_twice_is_found(good_rows, write_rows):
    good_rows[41]["id"] = "p000"
    assert check_file(write_rows(good_rows)) == [Problem(42, "id", "the same id as in line 1", "error")]


def test_one_prompt_with_two_references_is_a_conflict(good_rows, write_rows):
    good_rows[41] |= {"messages": good_rows[0]["messages"], "reference_answer": {"grader": "numeric", "answer": "22", "spec": "{}"}}
    assert found(check_file(write_rows(good_rows)), 42) == {("reference_answer", "error")}


def test_one_row_twice_is_a_warning(good_rows, write_rows):
    good_rows[41]["messages"] = good_rows[0]["messages"]
    assert found(check_file(write_rows(good_rows)), 42) == {("messages", "warning")}


@pytest.mark.parametrize(("name", "level"), [("train.jsonl", "error"), ("eval.jsonl", "warning")])
def test_fewer_than_100_rows_are_a_problem(good_rows, write_rows, name, level):
    assert found(check_file(write_rows(good_rows[:99], name)), 0) == {("", level)}


def test_an_empty_file_has_too_few_rows(write_rows):
    assert [problem.message for problem in check_file(write_rows([]))] == ["0 rows; Bedrock asks for at least 100"]


def test_more_than_20_000_rows_are_a_problem(good_rows, write_rows):
    rows = [good_rows[0] | {"id": str(number), "messages": [{"role": "user", "content": str(number)}]} for number in range(20_001)]
    assert found(check_file(write_rows(rows)), 0) == {("", "error")}


def test_a_batch_that_no_lambda_takes_is_a_warning(good_rows, write_rows):
    for row in good_rows:
        row["messages"][0]["content"] += "x" * 65_000
    (level,) = [
        problem.level for problem in check_file(write_rows(good_rows)) if not problem.line and "lambda_batch_size" in problem.message
    ]
    assert level == "warning"


def test_a_row_that_no_lambda_takes_is_an_error(good_rows, write_rows):
    rows = [*good_rows, b'{"id": "' + b"x" * 20_000_000 + b'"}\n', b"{\n"]
    assert [problem.line for problem in check_file(write_rows(rows))] == [101, 102]


def test_the_rest_of_many_problems_is_counted(good_rows, write_rows):
    for row in good_rows:
        row["id"] = "same"
    problems = check_file(write_rows(good_rows))
    assert len(problems) == MAX_LISTED + 1
    assert problems[0] == Problem(0, "", "89 more times: the same id as in line …", "error")


def test_other_reference_answers_than_logmines_pass(good_rows, write_rows):
    for row in good_rows:
        row["reference_answer"] = {"solution": "21", "steps": ["17 + 4"]}
    assert check_file(write_rows(good_rows)) == []


def test_what_only_the_standalone_script_refuses_passes(good_rows, write_rows):
    for row in good_rows:
        row["messages"][0]["content"] += " Operating System: Linux. User: root"
    assert check_file(write_rows(good_rows)) == []


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"gone.jsonl: cannot be read"):
        check_file(tmp_path / "gone.jsonl")
    with pytest.raises(SourceError, match="cannot be read"):
        check_file(tmp_path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
KEYS = (
    "id",
    "messages",
    "reference_answer",
    "tools",
    "role",
    "content",
    "type",
    "function",
    "name",
    "parameters",
    "grader",
    "answer",
    "spec",
)
ODD = st.recursive(
    JSON, lambda inner: st.dictionaries(st.sampled_from(KEYS), inner, max_size=5) | st.lists(inner, max_size=3), max_leaves=20
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(st.lists(ODD.map(lambda row: json.dumps(row).encode() + b"\n") | st.binary(max_size=20), max_size=5))
def test_odd_rows_are_problems_never_exceptions(tmp_path, lines):
    path = tmp_path / "train.jsonl"
    path.write_bytes(b"".join(lines))
    assert all(msgspec.to_builtins(problem)["level"] in ("error", "warning") for problem in check_file(path))


RUBRIC = {"grader": "judge", "answer": "", "spec": '{"rubric": "1: kind."}'}


def test_rows_for_a_judge_are_a_dataset_of_their_own(good_rows, write_rows):
    judged = [row | {"reference_answer": RUBRIC} for row in good_rows]
    assert check_file(write_rows(judged)) == []
    mixed = check_file(write_rows([*judged[:99], good_rows[99]]))
    assert [(problem.line, problem.message[:39]) for problem in mixed] == [(100, "rows for a judge and checked rows in on")]


@pytest.mark.parametrize("spec", ["", "{}", '{"rubric": " "}', "[]"])
def test_a_row_for_a_judge_holds_a_rubric(good_rows, write_rows, spec):
    problems = check_file(write_rows([row | {"reference_answer": RUBRIC | {"spec": spec}} for row in good_rows]))
    assert {problem.message for problem in problems if problem.line == 1} == {"is for a judge and holds no rubric"}
