import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.tasks.frames import comparable_lines, find_frames, framed_lines, masked

QUESTIONS = ["How do I reset my password?", "Where is my parcel now?", "Can I change my address?", "Why was I charged twice?"]


def frames_of(*texts, min_recurrences=4):
    return find_frames([comparable_lines(text) for text in texts], min_recurrences=min_recurrences)


def test_a_ticket_header_that_stood_aside_is_a_frame():
    framed = [f"[ticket #{n}{n} | session a{n}]\n{question}" for n, question in enumerate(QUESTIONS[:2])]
    assert frames_of(*QUESTIONS, *framed) == {(0, "[ticket #0 | session 0]")}


def test_a_polite_first_line_and_a_last_line_are_frames():
    polite = [f"Please help with this one.\n{question}" for question in QUESTIONS[:2]]
    signed = [f"{question}\nSent from my phone" for question in QUESTIONS[2:]]
    assert frames_of(*QUESTIONS, *polite, *signed) == {(0, "please help with this one."), (-1, "sent from my phone")}


def test_an_instruction_that_is_never_left_out_is_no_frame():
    assert frames_of(*(f"Answer in one word.\n{question}" for question in QUESTIONS)) == set()


def test_an_instruction_that_is_rarely_left_out_is_no_frame():
    instructed = [f"Answer in one word.\nQuestion number {n}?" for n in "abcdefghij"]
    assert frames_of(*instructed, "Question number a?", "Question number b?") == set()


def test_one_question_with_and_without_a_line_is_no_evidence():
    assert frames_of("Please help.\nWhere is it?", "Where is it?", *QUESTIONS) == set()


def test_a_header_whose_numbers_never_repeat_is_a_frame_though_never_left_out():
    assert frames_of(*(f"[case {n * 37} opened]\n{question}" for n, question in enumerate(QUESTIONS))) == {(0, "[case 0 opened]")}


@pytest.mark.parametrize(
    "texts",
    [
        [f"Sort this list.\n[{n}, 3, 1]" for n in range(9)],
        [f"[{n}, 3, 1]\nSort this list, then say {word}." for n, word in enumerate("abcdefghi")],
        [f"{question}\n(Answer in {n}0 words)" for n, question in enumerate(QUESTIONS)],
        [f"(Answer in {n % 2 + 1}0 words)\nQuestion {word}?" for n, word in enumerate("abcdefghi")],
        [f"[budget {n} euros]\nWhat can I buy?" for n in range(9)],
    ],
    ids=["a list below", "a list above", "a limit below", "a limit above", "one question"],
)
def test_bracketed_content_is_no_frame(texts):
    assert frames_of(*texts) == set()


def test_a_frame_never_removes_the_only_line():
    frames = {(0, "hello there"), (-1, "hello there")}
    assert framed_lines(["hello there"], frames) == (0, 0)
    assert sum(framed_lines(["hello there", "hello there", "hello there"], frames)) == 2


def test_frames_at_both_ends_are_counted():
    assert framed_lines(["[ticket 7]", "dear team", "where is it?", "bye"], {(0, "[ticket 0]"), (0, "dear team"), (-1, "bye")}) == (2, 1)


@given(st.text())
def test_lines_are_compared_one_by_one(text):
    assert comparable_lines(text) == [line for raw in text.split("\n") for line in comparable_lines(raw)]


@given(st.lists(st.lists(st.sampled_from(["a", "b", "[x 1]", "[x 2]", "c"]), min_size=1, max_size=4), max_size=12))
def test_frames_leave_a_line_and_do_not_depend_on_order(bodies):
    frames = find_frames(bodies, min_recurrences=2)
    assert frames == find_frames(bodies[::-1], min_recurrences=2)
    assert all(sum(framed_lines(lines, frames)) < len(lines) for lines in bodies)


def test_words_with_digits_are_masked_and_others_are_not():
    assert masked("order ab-12 of 2026-01-02, 3.5 kg, ２ boxes") == "order ab-0 of 0, 0.0 kg, 0 boxes"


def test_a_long_line_without_spaces_is_masked_in_linear_time():
    assert masked("あ" * 200_000) == "あ" * 200_000
