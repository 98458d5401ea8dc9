"""Patterns: matched against all of the answer, in linear time or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.graders import canonical, grade, regex, render
from logmine.graders.regex_example import propose_examples

needs_engine = pytest.mark.skipif(not regex.is_installed(), reason="google-re2 is not installed")

JUDGED = [
    (r"[A-Z]{3}-\d+", "The answer is ABC-12.", "correct"),
    (r"[A-Z]{3}-\d+", "ABC-12-X", "incorrect"),
    (r"\d{4}", "12345", "incorrect"),
    (r"(?i)paris|lyon", "PARIS", "correct"),
    (r"^yes$", "yes", "correct"),
    (r"(a+)+", "a" * 60 + "b", "incorrect"),
    (r".*", "", "abstain"),
    (r"\d+", "It is\n5", "abstain"),
    (r"(?=x)x", "x", "abstain"),
    (r"(x)\1", "xx", "abstain"),
    ("[", "[", "abstain"),
    ("a{1000}{1000}", "a", "abstain"),
]


@needs_engine
@pytest.mark.parametrize(("pattern", "text", "verdict"), JUDGED)
def test_matches_the_whole_answer(pattern: str, text: str, verdict: str) -> None:
    assert grade({"grader": "regex", "answer": pattern, "spec": ""}, text).verdict == verdict


@needs_engine
@pytest.mark.parametrize(
    ("pattern", "spec"),
    [(r"[A-Z]{3}-\d+( kg)?", ""), (r"(?:red|green) (apple|pear)s?", ""), (r"[^aeiou]{4}", ""), (r"\w+@\w+\.com", '{"example": "a@b.com"}')],
)
def test_a_reference_grades_itself_correct(pattern: str, spec: str) -> None:
    reference = {"grader": "regex", "answer": pattern, "spec": spec}

    assert canonical("regex", spec, pattern) == pattern
    assert grade(reference, *render(reference)).verdict == "correct"


@pytest.mark.skipif(regex.is_installed(), reason="google-re2 is installed")
@pytest.mark.parametrize(("pattern", "text"), [(pattern, text) for pattern, text, _ in JUDGED])
def test_without_the_engine_nothing_is_judged(pattern: str, text: str) -> None:
    assert grade({"grader": "regex", "answer": pattern, "spec": ""}, text).verdict == "abstain"


@given(pattern=st.text(), text=st.text())
def test_no_pattern_raises(pattern: str, text: str) -> None:
    judgement = grade({"grader": "regex", "answer": pattern, "spec": ""}, text)

    assert judgement.verdict == "abstain" or canonical("regex", "", pattern) == pattern


@given(st.text(alphabet=st.sampled_from([*"ab[](){}|*+?^$\\.-,1d"]), max_size=300))
def test_examples_of_any_pattern_are_short(pattern: str) -> None:
    assert all(len(example) <= 200 for example in propose_examples(pattern))
