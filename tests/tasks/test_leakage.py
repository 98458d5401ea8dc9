import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.tasks.leakage import leakage_keys

FUNCTION = "def area(w, h):\n    return w * h"


def shared(one, other):
    return set(leakage_keys(one)) & set(leakage_keys(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A shop sells 12 pens, 7 books and 1,500 bags.", "1500個の鞄と、12本のペンと、7冊の本があります。"),
        (f"What does this return for 2, 3?\n{FUNCTION}", f"Write a test:\n\n{FUNCTION}\n"),
        (
            "Why do leaves of some trees turn red before they fall?",
            "Answer briefly.\nWhy do leaves of some trees turn red before they fall?",
        ),
    ],
    ids=["translation", "equal code", "equal question"],
)
def test_prompts_that_ask_the_same_share_a_key(one, other):
    assert shared(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 pens, 7 books, 15 bags", "12 pens, 7 books, 16 bags"),
        (f"Explain.\n{FUNCTION}", "Explain.\ndef area(w, h):\n    return w + h"),
        ("Why do leaves of some trees turn red before they fall?", "Why do leaves of some trees stay green all winter long?"),
    ],
    ids=["numbers", "code", "question"],
)
def test_prompts_that_ask_something_else_share_none(one, other):
    assert not shared(one, other)


@pytest.mark.parametrize("text", ["", "hello", "Add 3 and 4.", "What is the capital of France?", "\n\n"])
def test_short_texts_have_no_key(text):
    assert leakage_keys(text) == []


@given(st.lists(st.integers(0, 9999), min_size=3), st.randoms(use_true_random=False))
def test_the_order_of_numbers_does_not_count(numbers, rng):
    moved = rng.sample(numbers, len(numbers))
    assert shared(" ".join(map(str, numbers)), "\n".join(map(str, moved)))


@pytest.mark.parametrize("text", ["\n" * 100_000, "    " * 50_000, "def " * 30_000])
def test_hostile_text_takes_linear_time(text):
    assert isinstance(leakage_keys(text), list)
