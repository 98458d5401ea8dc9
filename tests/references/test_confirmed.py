import itertools
import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.errors import SourceError, UsageError
from logmine.references import choose_to_confirm, read_confirmed, read_confirmed_rows, write_confirmed_rows
from logmine.schemas import OPINIONS

ROWS = [
    {"prompt_id": "a", "task": "sums", "grader": "numeric", "prompt": '2 + 2,\n"or" so?', "proposed": "4", "verdict": "right"},
    {"prompt_id": "b", "task": "sums", "grader": "numeric", "proposed": "5", "verdict": "wrong", "reference_answer": "6"},
    {"prompt_id": "c", "task": "sums", "grader": "numeric", "proposed": "7", "verdict": "wrong"},
    {"prompt_id": "d", "task": "sums", "grader": "numeric", "proposed": "8", "verdict": ""},
]


def opinions(n):
    return pl.DataFrame([{"prompt_id": f"p{k:03}", "confidence": k / n} for k in range(n)], schema=OPINIONS)


@given(st.integers(0, 60), st.integers(1, 30))
def test_every_stratum_of_confidence_is_asked_about_once(n_opinions, n_answers):
    asked = choose_to_confirm(opinions(n_opinions), (), n_answers=n_answers)
    assert asked.height == min(n_opinions, n_answers)
    confidences = sorted(asked["confidence"])
    widest = max((b - a for a, b in itertools.pairwise(confidences)), default=0)
    assert widest <= 2.1 / min(n_opinions or 1, n_answers)


def test_what_was_asked_before_is_not_asked_again_and_takes_its_place():
    first = choose_to_confirm(opinions(50), (), n_answers=10)["prompt_id"].to_list()
    assert set(choose_to_confirm(opinions(50), first[:4], n_answers=10)["prompt_id"]) == set(first[4:])
    assert choose_to_confirm(opinions(50), first, n_answers=10).is_empty()
    assert choose_to_confirm(opinions(50), first, n_answers=20).height >= 10


def test_confident_and_doubtful_answers_come_mixed():
    order = choose_to_confirm(opinions(100), (), n_answers=20)["confidence"].to_list()
    assert order not in (sorted(order), sorted(order)[::-1])


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_form_comes_back_as_it_was_filled_in(tmp_path, name):
    write_confirmed_rows(tmp_path / name, ROWS)
    assert read_confirmed(tmp_path / name).rows() == [("a", "4", "4"), ("b", "5", "6"), ("c", "7", None)]
    assert [row["prompt"] for row in read_confirmed_rows(tmp_path / name)] == ['2 + 2,\n"or" so?', "", "", ""]


def test_a_prompt_that_was_asked_twice_counts_as_said_last(tmp_path):
    write_confirmed_rows(tmp_path / "a.jsonl", ROWS[:2])
    write_confirmed_rows(tmp_path / "a.jsonl", [ROWS[0] | {"verdict": "wrong"}], append=True)
    assert read_confirmed(tmp_path / "a.jsonl").rows() == [("a", "4", None), ("b", "5", "6")]


@pytest.mark.parametrize(
    ("text", "error", "expected"),
    [
        ('{"prompt_id": "a"}\n', UsageError, "row 1: no prompt_id, or no proposed answer"),
        ('{"proposed": "a"}\n', UsageError, "row 1: no prompt_id, or no proposed answer"),
        ('{"prompt_id": "a", "proposed": "1", "verdict": "right"}\n3\n', UsageError, "row 2: no prompt_id"),
        (
            '{"prompt_id": "a", "proposed": "1", "verdict": "fine"}\n',
            UsageError,
            "row 1: unknown verdict 'fine'; it is right, wrong, or empty.",
        ),
        ('{"prompt_id": "a", "proposed": "1", "verdict": 1}\n', UsageError, "row 1: every value must be text"),
        ("not json\n", SourceError, "row 1: not JSON"),
    ],
)
def test_rows_that_cannot_be_used_are_named(tmp_path, text, error, expected):
    (tmp_path / "a.jsonl").write_text(text)
    with pytest.raises(error) as caught:
        read_confirmed(tmp_path / "a.jsonl")
    assert expected in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceError, match="confirmed answers cannot be read"):
        read_confirmed(tmp_path / "none.jsonl")


def answered(task, *, sure=30, doubtful=30):
    """A task in which four models agree on some prompts, and two of four on others, at each prompt another two."""
    made = task()
    for n in range(sure):
        made.add(f"s{n:02}", [f"The answer is {n}."] * 4)
    for n in range(doubtful):
        given = [f"The answer is {answer}." for answer in (n, n, n + 50, n + 70)]
        made.add(f"d{n:02}", given[n % 4 :] + given[: n % 4])
    return made


def coverage(rows, first):
    own = [row["reference_answer"] is not None for prompt, row in rows.items() if prompt.startswith(first)]
    return sum(own) / len(own)


def said(prompts, *, right):
    return [
        {"prompt_id": prompt, "proposed": str(int(prompt[1:])), "answer": str(int(prompt[1:])) if right else None} for prompt in prompts
    ]


SURE, DOUBTFUL = [f"s{n:02}" for n in range(12)], [f"d{n:02}" for n in range(12)]


def test_a_task_of_whose_answers_many_are_wrong_loses_its_references(task):
    made = answered(task)
    assert coverage(made.referenced("numeric"), "s") == 1.0
    rows = made.referenced("numeric", confirmed=said(SURE, right=False) + said(DOUBTFUL, right=False))
    assert coverage(rows, "s") == 0.0


def test_a_task_whose_answers_are_all_right_gains_references(task):
    made = answered(task)
    before = made.referenced("numeric")
    assert coverage(before, "d") == 0.0
    after = made.referenced("numeric", confirmed=said(SURE, right=True) + said(DOUBTFUL, right=True))
    assert coverage({prompt: row for prompt, row in after.items() if prompt not in DOUBTFUL}, "d") == 1.0
    assert after["s20"]["confidence"] >= before["s20"]["confidence"]


def test_right_and_corrected_answers_are_the_users_and_wrong_ones_are_none(task):
    rows = answered(task).referenced(
        "numeric",
        confirmed=[
            {"prompt_id": "s01", "proposed": "1", "answer": "1"},
            {"prompt_id": "s02", "proposed": "2", "answer": "99"},
            {"prompt_id": "s03", "proposed": "3", "answer": None},
        ],
    )
    found = [(rows[name]["origin"], rows[name]["reference_answer"]) for name in ("s01", "s02", "s03")]
    assert [(origin, text and json.loads(text)["answer"]) for origin, text in found] == [
        ("outcomes", "1"),
        ("outcomes", "99"),
        (None, None),
    ]


def test_an_outcome_wins_over_what_was_confirmed(task):
    outcome = {"prompt_id": "s01", "answer": "7"}
    rows = answered(task).referenced("numeric", outcomes=[outcome], confirmed=[{"prompt_id": "s01", "proposed": "1", "answer": "1"}])
    assert json.loads(rows["s01"]["reference_answer"])["answer"] == "7"


def test_opinions_are_of_prompts_whose_answer_nobody_told(task):
    made = answered(task, sure=5, doubtful=3).add("few", ["1", "1"])
    rows = made.opined("numeric", confirmed=[{"prompt_id": "s01", "proposed": "1", "answer": "1"}])
    assert sorted(rows) == ["d00", "d01", "d02", "s00", "s02", "s03", "s04"]
    assert (rows["d00"]["proposed"], rows["d00"]["n_answers"], rows["d00"]["n_agreeing"]) == ("0", 4, 2)
    assert rows["d00"]["models"] == ["amazon.nova-lite", "openai.gpt-oss-20b"]
    assert rows["d00"]["confidence"] < rows["s00"]["confidence"]


@pytest.mark.parametrize("form", ["nova-lite", "us.amazon.nova-lite", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite"])
def test_outputs_of_excluded_models_become_no_reference(task, form):
    made = answered(task)
    assert coverage(made.referenced("numeric"), "s") == 1.0
    assert coverage(made.referenced("numeric", exclude_models=(form,)), "s") == 0.0
    rows = made.referenced("numeric", exclude_models=(form,), min_consensus_attempts=3)
    assert {model for row in rows.values() for model in row["models"] or ()} == {"openai.gpt-oss-20b", "qwen.qwen3-32b", "anthropic.claude"}


def test_references_by_consensus_name_the_models_that_agree(task):
    rows = answered(task).referenced("numeric", outcomes=[{"prompt_id": "s00", "answer": "0"}])
    assert (rows["s00"]["models"], rows["d00"]["models"], len(rows["s01"]["models"])) == (None, None, 4)
