"""JSON objects: which one counts, and what makes two fields equal."""

from __future__ import annotations

import json

import pytest

from logmine.graders import canonical, extract, grade

ORDER = json.dumps({"fields": {"name": "exact", "total": "number", "tags": "set", "note": "ignored"}})
CLOSED = json.dumps({"fields": {"name": "exact"}, "closed": True})
WANTED = '{"name": "Ada  Lovelace", "total": 1060, "tags": ["a", "b"], "note": "x"}'

JUDGED = [
    ('{"name": "Ada Lovelace", "total": 1060, "tags": ["a", "b"]}', "correct", 1.0),
    ('{"tags": ["b", "a", "a"], "total": "1,060.0", "name": "ADA LOVELACE", "note": "y", "more": 1}', "correct", 1.0),
    ('Here it is:\n```json\n{"name": "Ada Lovelace", "total": 1060.0, "tags": ["a", "b"]}\n```\nDone.', "correct", 1.0),
    ("{'name': 'Ada Lovelace', 'total': 1060, 'tags': ['a', 'b'],}", "correct", 1.0),
    ('{"name": "Ada Lovelace", "total": 1061, "tags": ["a", "b"]}', "incorrect", 2 / 3),
    ('{"name": "Ada Lovelace", "total": 1060}', "incorrect", 2 / 3),
    ('{"name": "Bob", "total": true, "tags": "a"}', "incorrect", 0.0),
    ('{"other": 1}', "incorrect", 0.0),
    ("{}", "incorrect", 0.0),
    # no object, a part of one, or two that differ
    ("", "abstain", None),
    ("Ada Lovelace, 1060", "abstain", None),
    ('{"name": "Ada Lovelace", "total": 1060, "ta', "abstain", None),
    ("[1, 2]", "abstain", None),
    (f"{WANTED} {WANTED}", "correct", 1.0),
    (f'{WANTED}\n{{"name": "Bob", "total": 1060, "tags": ["a", "b"]}}', "abstain", None),
    (f"<think>{WANTED}</think>", "abstain", None),
]


@pytest.mark.parametrize(("text", "verdict", "score"), JUDGED)
def test_scores_the_share_of_equal_fields(text: str, verdict: str, score: float | None) -> None:
    judgement = grade({"grader": "json_fields", "answer": WANTED, "spec": ORDER}, text)

    assert (judgement.verdict, judgement.score) == (verdict, pytest.approx(score) if score is not None else None)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ('{"a": 1}', '{"a": 1.0}', True),
        ('{"a": 1}', '{"a": "1"}', False),
        ('{"a": true}', '{"a": 1}', False),
        ('{"a": "x", "b": null}', '{"a": "x"}', True),
        ('{"a": "Ｘ y"}', '{"a": "x  Y"}', True),
        ('{"a": [1, 2]}', '{"a": [2, 1]}', False),
        ('{"a": {"b": 1, "c": 2}}', '{"a": {"c": 2, "b": 1}}', True),
        ('{"a": 0.1}', '{"a": 0.10000000000000001}', False),
    ],
)
def test_equal_objects_have_one_form(one: str, other: str, equal: bool) -> None:  # noqa: FBT001 - a column of the table
    assert (canonical("json_fields", "", one) == canonical("json_fields", "", other)) is equal


def test_a_closed_object_takes_no_other_fields() -> None:
    reference = {"grader": "json_fields", "answer": '{"name": "Ada"}', "spec": CLOSED}

    assert grade(reference, '{"name": "Ada"}').verdict == "correct"
    assert grade(reference, '{"name": "Ada", "age": 36}').score == pytest.approx(0.5)


def test_arguments_of_the_only_tool_call_are_an_object() -> None:
    calls = [{"id": "1", "type": "function", "function": {"name": "record", "arguments": '{"name": "Ada"}'}}]

    assert extract("json_fields", CLOSED, None, calls) == '{"name":"ada"}'
    assert extract("json_fields", CLOSED, None, calls * 2) is None


def test_a_reference_without_graded_fields_is_none() -> None:
    assert canonical("json_fields", ORDER, '{"note": "x"}') is None
    assert canonical("json_fields", ORDER, "[1]") is None


TICKET = {
    "type": "object",
    "properties": {
        "queue": {"type": "string", "enum": ["billing", "returns"]},
        "amount": {"type": "number"},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "days": {"type": ["integer", "null"]},
    },
    "required": ["queue", "amount"],
    "additionalProperties": False,
}
BY_SCHEMA = json.dumps({"schema": TICKET, "fields": {"days": "ignored"}})
FITTING = [
    ('{"queue": "Returns", "amount": "1,060", "tags": ["b", "a"]}', "correct"),
    ('{"queue": "returns", "amount": 1060.0, "tags": ["a", "b", "a"], "days": 3}', "correct"),
    ('{"queue": "sales", "amount": 1060, "tags": ["a", "b"]}', "incorrect"),
    ('{"queue": "returns", "amount": 1060, "tags": ["a", "b"], "note": "hello"}', "incorrect"),
    ('{"queue": "returns", "amount": 1060, "tags": ["a", 2]}', "incorrect"),
    ('{"amount": 1060, "tags": ["a", "b"]}', "incorrect"),
    ('{"queue": "returns", "amount": "lots", "tags": ["a", "b"]}', "incorrect"),
    ("returns, 1060", "abstain"),
]


@pytest.mark.parametrize(("text", "verdict"), FITTING)
def test_a_schema_gives_the_rules_and_what_breaks_it_is_incorrect(text: str, verdict: str) -> None:
    reference = {"grader": "json_fields", "answer": '{"queue": "returns", "amount": 1060, "tags": ["a", "b"]}', "spec": BY_SCHEMA}

    assert grade(reference, text).verdict == verdict


def test_a_reference_that_breaks_its_schema_is_none() -> None:
    assert canonical("json_fields", BY_SCHEMA, '{"queue": "sales", "amount": 1}') is None
    assert canonical("json_fields", BY_SCHEMA, '{"queue": "billing"}') is None
    assert canonical("json_fields", BY_SCHEMA, '{"queue": "Billing", "amount": "7"}') == '{"amount":7,"queue":"billing"}'
