"""Completions without one readable answer: those that cannot be right are incorrect, those that might be are not judged."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.graders import extract, grade

OPTIONS = json.dumps({"options": {"A": "Lyon", "B": "Paris", "C": "Nice", "D": "None of these"}})
LABELS = json.dumps({"labels": ["billing", "refund", "card_arrival"]})
WANDERING = "Both terms have to be weighed with care before anything can be said of the sum, and so we look at each of them in turn. " * 3

NUMBERS = [
    ("The answer is 86 glasses and 42 plates.", "incorrect"),
    ("The answer is 86 glasses and 42 plates, that is, 128 pieces.", "abstain"),
    ("The answer is between 5 and 7.", "incorrect"),
    ("The answer is 1 hour 20 minutes.", "abstain"),
    ("The answer is 127.9 or 129.", "abstain"),
    ("The answer is 128 or 129.", "abstain"),
    ("The answer is one hundred and twenty-eight.", "abstain"),
    ("The answer is that it cannot be determined.", "incorrect"),
    ("The answer: no solution", "incorrect"),
    (r"\boxed{6.5\sqrt{2}}", "incorrect"),
    (r"\boxed{64\sqrt{4}}", "abstain"),
    (r"\boxed{128 x}", "abstain"),
    (r"\boxed{x^2}", "abstain"),
    ("Answer: lots", "abstain"),
    ("I cannot say.", "abstain"),
    (WANDERING, "incorrect"),
    (WANDERING + "Each of the 128 terms was", "abstain"),
    (WANDERING + "So it is one hundred and twenty-eight, all told", "abstain"),
]
CHOICES = [
    ("The answer is (A) and (C).", "incorrect"),
    ("The answer is (A) or (B).", "abstain"),
    ("The answer is A, B, C.", "abstain"),
    ("The answer is not among the options.", "incorrect"),
    ("The answer is the capital.", "abstain"),
    ("It is the city of light.", "abstain"),
    (WANDERING, "incorrect"),
    (WANDERING + "Paris is mentioned as well", "abstain"),
]
GIVEN_LABELS = [
    ("shipping", "incorrect"),
    ("Label: shipping_delay", "incorrect"),
    ('{"label": "shipping"}', "incorrect"),
    ("I cannot help with that.", "incorrect"),
    ("refund or billing", "abstain"),
    ("billing, refund, card_arrival", "abstain"),
    ('{"label": "billing"} {"label": "refund"}', "abstain"),
    (WANDERING, "abstain"),
]


@pytest.mark.parametrize(("text", "verdict"), NUMBERS)
def test_a_number_that_is_not_there_is_incorrect(text: str, verdict: str) -> None:
    assert extract("numeric", "", text) is None
    assert grade({"grader": "numeric", "answer": "128", "spec": ""}, text).verdict == verdict


@pytest.mark.parametrize(("text", "verdict"), CHOICES)
def test_an_option_that_is_not_chosen_is_incorrect(text: str, verdict: str) -> None:
    assert extract("choice", OPTIONS, text) is None
    assert grade({"grader": "choice", "answer": "B", "spec": OPTIONS}, text).verdict == verdict


@pytest.mark.parametrize(("text", "verdict"), GIVEN_LABELS)
def test_a_label_of_no_set_is_incorrect(text: str, verdict: str) -> None:
    assert extract("label", LABELS, text) is None
    assert grade({"grader": "label", "answer": "billing", "spec": LABELS}, text).verdict == verdict


def test_that_there_is_none_may_mean_zero() -> None:
    reference = {"grader": "numeric", "answer": "0", "spec": ""}

    assert grade(reference, "The answer is that there are no solutions.").verdict == "abstain"


def test_that_none_fits_may_be_an_option() -> None:
    reference = {"grader": "choice", "answer": "D", "spec": OPTIONS}

    assert grade(reference, "The answer is none of the cities.").verdict == "abstain"


@given(st.integers(1, 10**6), st.lists(st.integers(1, 10**6), min_size=1, max_size=3))
def test_the_wanted_number_is_never_ruled_out(wanted: int, others: list[int]) -> None:
    reference = {"grader": "numeric", "answer": str(wanted), "spec": ""}
    stated = " apples and ".join(map(str, [*others, wanted]))

    assert grade(reference, f"The answer is {stated} pears.").verdict != "incorrect"
