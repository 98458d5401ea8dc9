"""Exact texts: what is the answer, and which differences say nothing."""

from __future__ import annotations

import pytest

from logmine.graders import extract, grade

READ = [
    ("Paris", "Paris"),
    ("Paris.", "Paris"),
    ("  Saint   Denis ", "Saint Denis"),
    ('"Paris"', "Paris"),
    ("`Paris`", "Paris"),
    ("**Paris**", "Paris"),
    ("「東京」。", "東京"),
    ("The answer is Paris.", "Paris"),
    ("The answer is St. Louis.", "St. Louis"),
    ("The answer is Paris. It lies on the Seine.", "Paris"),
    ("Answer: Paris", "Paris"),
    ("[ANSWER]Paris[/ANSWER]", "Paris"),
    ("Paris\n[/ANSWER]", "Paris"),
    ('{"answer": "Paris"}', "Paris"),
    ("```\nParis\n```", "Paris"),
    ("The answer is Lyon. Sorry, the answer is Paris.", "Paris"),
    ("答えは東京です", "東京です"),
    ("[1,2]", "[1, 2]"),
    ("{'b': 1, 'a': 2.0}", "{'a': 2, 'b': 1}"),
    ('"3 4 "', "'3 4 '"),
    ('"17"', "'17'"),
    ("17", "17"),
    ("True", "True"),
    # cannot be read
    ("", None),
    ('""', "''"),
    ("Paris\nis the capital.", None),
    ("x" * 201, None),
    ("The answer is Lyon. Wait, no.", None),
    ("<think>Paris</think>", None),
]


@pytest.mark.parametrize(("text", "answer"), READ)
def test_reads_a_statement_or_one_short_line(text: str, answer: str | None) -> None:
    assert extract("exact", "", text) == answer


@pytest.mark.parametrize(
    ("reference", "text", "verdict"),
    [
        ("Café", "Cafe\u0301", "correct"),
        ("Paris", "paris", "incorrect"),
        ("17", '"17"', "incorrect"),
        ("[1, 2]", "(1, 2)", "incorrect"),
        ("{3: 'A3', 1: 'A1'}", "{1: 'A1', 3: 'A3'}", "correct"),
        ("Paris", "Paris or Lyon", "incorrect"),
        ("Paris", "It is\nParis", "abstain"),
    ],
)
def test_case_counts_and_spelling_of_literals_does_not(reference: str, text: str, verdict: str) -> None:
    assert grade({"grader": "exact", "answer": reference, "spec": ""}, text).verdict == verdict
