"""Tool calls: declared and written as text, defaults, types, order."""

from __future__ import annotations

import json

import pytest

from logmine.graders import canonical, extract, grade, render

WEATHER = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer", "default": 1},
        "unit": {"type": "string", "default": "C"},
        "tags": {"type": "array", "items": {"type": "number"}},
    },
    "required": ["city"],
}
SPEC = json.dumps({"tools": {"weather": WEATHER, "time": {"type": "object", "properties": {}}}})
PARIS = '[{"name": "weather", "arguments": {"city": "Paris", "days": 3}}]'


def call(name: str, **arguments: object) -> dict[str, object]:
    return {"id": "x", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}


CALLED = [
    ([call("weather", city="Paris", days=3)], "correct"),
    ([call("weather", days="3", city="Paris ")], "correct"),
    ([call("weather", city="Paris", days=3.0, unit="C")], "correct"),
    ([call("weather", city="Paris", days=4)], "incorrect"),
    ([call("weather", city="paris", days=3)], "incorrect"),
    ([call("weather", city="Paris")], "incorrect"),
    ([call("weather", city="Paris", days=3, hours=2)], "incorrect"),
    ([call("forecast", city="Paris", days=3)], "incorrect"),
    ([call("weather", city="Paris", days=3), call("time")], "incorrect"),
    ([call("weather", city="Paris", days=3)] * 2, "incorrect"),
    ([{"id": "x", "function": {"name": "weather", "arguments": '{"city": '}}], "abstain"),
    ([{"id": "x"}], "abstain"),
]


@pytest.mark.parametrize(("calls", "verdict"), CALLED)
def test_judges_names_and_arguments(calls: list[dict[str, object]], verdict: str) -> None:
    assert grade({"grader": "tool_call", "answer": PARIS, "spec": SPEC}, None, calls).verdict == verdict


WRITTEN = [
    ('{"name": "weather", "parameters": {"city": "Paris", "days": 3}}', "correct"),
    ('{"name": "weather", "arguments": "{\\"city\\": \\"Paris\\", \\"days\\": 3}"}', "correct"),
    ("{'name':weather, 'parameters':{'city': 'Paris', 'days': 3}}", "correct"),
    ('<tool_call>\n{"name": "weather", "arguments": {"city": "Paris", "days": 3}}\n</tool_call>', "correct"),
    ('```json\n[{"type": "function", "function": {"name": "weather", "arguments": {"city": "Paris", "days": 3}}}]\n```', "correct"),
    ('{"tool_calls": [{"name": "weather", "args": {"city": "Paris", "days": 3}}]}', "correct"),
    ('weather(city="Paris", days=3)', "correct"),
    ("I will look: weather('Paris', 3)", "correct"),
    ('[weather(city="Paris", days=3), time()]', "incorrect"),
    ("I would call weather for Paris, 3 days.", "incorrect"),
    ("weather(city=", "incorrect"),
    ('{"city": "Paris", "days": 3}', "incorrect"),
    (
        '{"name": "weather", "arguments": {"city": "Paris", "days": 3}} {"name": "weather", "arguments": {"city": "Paris", "days": 4}}',
        "incorrect",
    ),
    ("", "abstain"),
    ('<think>{"name": "weather", "arguments": {"city": "Paris", "days": 3}}</think>', "abstain"),
]


@pytest.mark.parametrize(("text", "verdict"), WRITTEN)
def test_reads_calls_written_as_text(text: str, verdict: str) -> None:
    assert grade({"grader": "tool_call", "answer": PARIS, "spec": SPEC}, text).verdict == verdict


def test_parallel_calls_have_no_order() -> None:
    one, other = [call("weather", city="Paris"), call("time")], [call("time"), call("weather", city="Paris")]

    assert extract("tool_call", SPEC, None, one) == extract("tool_call", SPEC, None, other)


def test_no_call_is_wanted() -> None:
    reference = {"grader": "tool_call", "answer": "[]", "spec": SPEC}

    assert grade(reference, "It is sunny.").verdict == "correct"
    assert grade(reference, "", [call("time")]).verdict == "incorrect"
    assert grade(reference, "").verdict == "abstain"


@pytest.mark.parametrize(("spec", "equal"), [("", False), (json.dumps({"tools": {"f": {"properties": {"n": {"type": "number"}}}}}), True)])
def test_text_is_a_number_only_where_the_schema_says_so(spec: str, equal: bool) -> None:  # noqa: FBT001 - a column of the table
    assert (extract("tool_call", spec, None, [call("f", n="1")]) == extract("tool_call", spec, None, [call("f", n=1)])) is equal


@pytest.mark.parametrize(
    "answer",
    [
        '[{"name": "weather", "arguments": {}}]',
        '[{"name": "weather", "arguments": {"city": "x", "y": 1}}]',
        '[{"name": "rain", "arguments": {}}]',
        "weather",
    ],
)
def test_a_reference_must_fit_the_schema(answer: str) -> None:
    assert canonical("tool_call", SPEC, answer) is None


def test_without_schemas_code_counts_where_nothing_else_is_said() -> None:
    assert extract("tool_call", "", "[f(a=1), g(b='x')]") == '[{"arguments":{"a":1},"name":"f"},{"arguments":{"b":"x"},"name":"g"}]'
    assert extract("tool_call", "", "Use f(a=1) for this.") == "[]"


def test_without_schemas_a_python_like_reference_is_read() -> None:
    answer = "{'name':wikipedia, 'parameters':{'query': 'Rosetta Stone'}}"

    assert canonical("tool_call", "", answer) == '[{"arguments":{"query":"Rosetta Stone"},"name":"wikipedia"}]'


EITHER = '{"any_of": [[{"name": "weather", "arguments": {"city": "Paris", "days": 1}}], [{"name": "weather", "arguments": {"city": "Paris, France"}}]]}'


@pytest.mark.parametrize(
    ("calls", "verdict"),
    [
        ([call("weather", city="Paris")], "correct"),
        ([call("weather", city="Paris, France", unit="C")], "correct"),
        ([call("weather", city="Paris, Texas")], "incorrect"),
        ([call("weather", city="Paris"), call("weather", city="Paris, France")], "incorrect"),
        ([], "abstain"),
    ],
)
def test_a_reference_may_allow_alternatives(calls: list[dict[str, object]], verdict: str) -> None:
    assert grade({"grader": "tool_call", "answer": EITHER, "spec": SPEC}, None, calls).verdict == verdict


def test_alternatives_have_one_form_and_state_the_first() -> None:
    form = canonical("tool_call", SPEC, EITHER)

    assert form is not None
    assert canonical("tool_call", SPEC, form) == form
    assert (
        grade(
            {"grader": "tool_call", "answer": EITHER, "spec": SPEC}, *render({"grader": "tool_call", "answer": EITHER, "spec": SPEC})
        ).verdict
        == "correct"
    )
    assert canonical("tool_call", SPEC, '{"any_of": [[{"name": "rain", "arguments": {}}]]}') is None
    assert canonical("tool_call", SPEC, '{"any_of": []}') is None
