import pytest

from logmine.graders.rule import install
from logmine.references import find_examples

LABELS = {"grader": "label", "spec": '{"labels":["delivery","refund"]}'}


@pytest.fixture(scope="module")
def triage(task):
    """Return a task with answers that agree, differ, stand alone, or cannot be read."""
    made = task().add("p0", ["refund", "Refund."]).add("p1", ["refund", "delivery"]).add("p2", ["delivery"])
    return made.add("p3", ["I would rather talk about the weather.", "refund"]).tables()


def shown(tables, inferred, limit=9):
    return [(one.side, one.why, one.prompt_id, one.answer) for one in find_examples(*tables, inferred, n_examples=limit)]


def test_examples_speak_for_the_grader_and_against_it(triage):
    found = shown(triage, LABELS)
    assert {one for one in found if one[0] == "for"} == {
        ("for", "agrees", "p0", "refund"),
        ("for", "alone", "p2", "delivery"),
        ("for", "alone", "p3", "refund"),
    }
    against = [one[:3] for one in found if one[0] == "against"]
    assert against == [("against", "unread", "p3"), ("against", "differs", "p1")]


def test_there_are_no_more_than_asked_for(triage):
    assert [one[0] for one in shown(triage, LABELS, limit=1)] == ["for", "against"]


def test_without_an_extractor_every_completion_is_unread(triage):
    assert {one[:2] for one in shown(triage, {"grader": "judge", "spec": None})} == {("against", "unread")}


def test_a_rule_accepts_rejects_or_cannot_say(task):
    digest = install("def check(text, tool_calls, reference, spec):\n    return {'yes': True, 'no': False}.get(text)\n")
    tables = task().add("p0", ["yes"]).add("p1", ["no"]).add("p2", ["perhaps"]).tables()
    found = shown(tables, {"grader": "rule", "spec": f'{{"rule":"rules:check@{digest}"}}'})
    assert sorted(one[1] for one in found) == ["accepted", "rejected", "unread"]
