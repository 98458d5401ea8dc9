import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.errors import UsageError
from logmine.task_blocks import TaskBlock, TaskMatch
from logmine.tasks import check_blocks
from logmine.tasks.blocks import is_like


def block(grader=None, **said):
    return TaskBlock(match=TaskMatch(task="router"), grader=grader, **said)


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("support-router", "support-router", True),
        ("Support  Router", "support router", True),
        ("support-router", "support", False),
        ("support-router", "support*", True),
        ("support-router", "*router", True),
        ("support-router", "s*r*r", True),
        ("aa", "a*a*a", False),
        ("a", "a*a", False),
        ("", "*", True),
        ("", "a", False),
        ("one\ntwo", "one two", True),
        ("(a+)+$", "(a+)+$", True),
    ],
)
def test_stars_stand_for_any_text(text, pattern, expected):
    assert is_like(text, pattern) is expected


@given(st.lists(st.text("ab"), min_size=1, max_size=4), st.lists(st.text("abc"), max_size=3))
def test_what_is_put_in_for_stars_is_matched(parts, between):
    between = (between + [""] * len(parts))[: len(parts) - 1]
    text = "".join(part + filler for part, filler in zip(parts, [*between, ""], strict=True))
    assert is_like(text, "*".join(parts))


@pytest.mark.parametrize(
    "said",
    [
        {"grader": "label", "options": ["a", "b"]},
        {"grader": "json_fields", "spec": {"fields": {"city": "exact"}}},
        {"grader": "choice", "options": {"A": "red", "B": "blue"}},
        {"grader": "judge", "rubric": "Is it kind?"},
        {"decision": "judge", "rubric": "Is it kind?"},
        {"decision": "drop"},
    ],
)
def test_blocks_that_make_sense_pass(said):
    assert check_blocks([block(**said)]) is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"grader": "labels"}, "unknown grader 'labels'. Did you mean 'label'?"),
        ({"grader": "label", "decision": "judge"}, "contradicts grader = 'label'"),
        ({"grader": "label", "rubric": "Is it kind?"}, "a rubric is for a judge"),
        ({"grader": "label", "options": ["a"], "spec": {}}, "options and spec both"),
        ({"options": ["a"]}, "options and spec need the grader"),
        ({"grader": "label", "options": ["a", "a"]}, "the spec cannot be used: label:"),
        ({"grader": "label", "options": {"a": "b"}}, "options of 'label' must be a list of texts"),
        ({"grader": "choice", "options": ["a"]}, "options of 'choice' must be a table"),
    ],
)
def test_blocks_that_contradict_themselves_are_refused(said, expected):
    with pytest.raises(UsageError) as caught:
        check_blocks([block(decision="keep"), block(**said)])
    assert str(caught.value).startswith("[[task]] number 2 (task = 'router'): ")
    assert expected in str(caught.value)
