import json

import polars as pl
import pytest

from logmine.config import ReferencesConfig
from logmine.errors import SourceError, UsageError
from logmine.references import read_outcomes

WHOLE = {"grader": "label", "answer": "refund", "spec": '{"labels":["refund","other"]}'}


@pytest.fixture
def read(tmp_path):
    """Return a function that writes an outcomes file and reads it."""

    def run(content, name="answers.jsonl", **settings):
        path = tmp_path / name
        match content:
            case str():
                path.write_text(content, encoding="utf-8")
            case pl.DataFrame():
                content.write_parquet(path)
            case _:
                path.write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")
        return read_outcomes(path, ReferencesConfig(**settings)).rows(named=True)

    return run


def told(row):
    return {name: value for name, value in row.items() if value is not None}


def test_lines_of_json(read):
    rows = [{"prompt_id": "p", "reference_answer": "4", "note": "x"}, {"request_id": "r", "reference_answer": WHOLE}]
    assert [told(row) for row in read(rows)] == [{"row": 1, "prompt_id": "p", "answer": "4"}, {"row": 2, "request_id": "r", **WHOLE}]


def test_csv(read):
    [row] = read("request_id,reference_answer\nr,007\ns,\n", "answers.CSV")
    assert told(row) == {"row": 1, "request_id": "r", "answer": "007"}


def test_parquet_with_answers_as_text_or_as_a_struct(read):
    text = pl.DataFrame({"prompt_id": ["p", "q"], "reference_answer": ["4", None]})
    struct = pl.DataFrame({"prompt_id": ["p", "q"], "reference_answer": [WHOLE, None]})
    assert [told(row) for row in read(text, "text.parquet")] == [{"row": 1, "prompt_id": "p", "answer": "4"}]
    assert [told(row) for row in read(struct, "struct.parquet")] == [{"row": 1, "prompt_id": "p", **WHOLE}]


def test_a_whole_reference_as_json_text_is_read_as_one(read):
    [row] = read([{"prompt_id": "p", "reference_answer": json.dumps(WHOLE)}])
    assert told(row) == {"row": 1, "prompt_id": "p", **WHOLE}


@pytest.mark.parametrize("answer", [None, "", {"grader": "numeric", "answer": None}, {"grader": None, "answer": ""}])
def test_answers_that_are_not_filled_in_are_passed_over(read, answer):
    assert read([{"prompt_id": "p", "reference_answer": answer}, {"prompt_id": "q"}]) == []


@pytest.mark.parametrize(
    ("answer", "text"), [(4, "4"), (True, "true"), ({"city": "Oslo"}, '{"city":"Oslo"}'), ("{1, 2}", "{1, 2}"), ([], "[]")]
)
def test_answers_of_other_types_become_text(read, answer, text):
    [row] = read([{"prompt_id": "p", "reference_answer": answer}])
    assert row["answer"] == text


def test_a_spec_given_as_an_object_becomes_text(read):
    [row] = read([{"prompt_id": "p", "reference_answer": {**WHOLE, "spec": {"labels": ["refund"]}}}])
    assert row["spec"] == '{"labels":["refund"]}'


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"reference_answer": "4"}, "no prompt_id and no request_id"),
        (["p", "4"], "no prompt_id and no request_id"),
        ({"prompt_id": 7, "reference_answer": "4"}, "prompt_id must be text, not int"),
        ({"prompt_id": "p", "reference_answer": {**WHOLE, "grader": "magic"}}, "unknown grader 'magic'"),
        ({"prompt_id": "p", "reference_answer": {**WHOLE, "spec": "{"}}, "the spec cannot be used"),
        ({"prompt_id": "p", "reference_answer": {**WHOLE, "spec": '{"labels": 3}'}}, "the spec cannot be used"),
        ({"metadata.ticket": "", "reward": 1}, "no prompt_id and no request_id, nor ticket"),
        ({"metadata.ticket": "1", "metadata.user": "2", "reward": 1}, r"more than one metadata column is filled in \(ticket, user\)"),
        ({"request_id": "r", "reward": "good"}, "reward must be a number from 0 to 1"),
        ({"request_id": "r", "reward": 1.01}, "reward must be a number from 0 to 1"),
        ({"request_id": "r", "reward": True}, "reward must be a number from 0 to 1"),
        ({"request_id": "r", "correct": "perhaps"}, "correct must be true or false"),
        ({"request_id": "r", "correct": True, "reward": 0.5}, "both reward and correct"),
    ],
)
def test_a_bad_row_is_named_by_its_number(read, row, what):
    good = {"prompt_id": "p", "reference_answer": "4"}
    with pytest.raises(UsageError, match=f"row 2: .*{what}"):
        read([good, row])


def test_a_line_that_is_no_json_is_named_by_its_number(read):
    with pytest.raises(SourceError, match="row 3: not JSON"):
        read('{"prompt_id": "p", "reference_answer": "4"}\n\n{"prompt_id": \n')


@pytest.mark.parametrize("name", ["none.jsonl", "none.csv", "none.parquet"])
def test_a_file_that_is_not_there(tmp_path, name):
    with pytest.raises(SourceError, match="cannot be read"):
        read_outcomes(tmp_path / name, ReferencesConfig())


def test_an_empty_file_holds_no_outcomes(read):
    assert read("") == []


@pytest.mark.parametrize(("correct", "reward"), [(True, 1.0), (False, 0.0), (1, 1.0), ("FALSE", 0.0), ("yes", 1.0), (0.0, 0.0)])
def test_a_flag_says_whether_an_answer_was_right(read, correct, reward):
    [row] = read([{"request_id": "r", "correct": correct}])
    assert told(row) == {"row": 1, "request_id": "r", "reward": reward}


@pytest.mark.parametrize(("limits", "given", "reward"), [("0:1", 0.25, 0.25), ("1:5", "4", 0.75), ("-1:1", -1, 0.0), ("0:100", 100, 1.0)])
def test_rewards_are_brought_to_0_to_1(read, limits, given, reward):
    [row] = read([{"request_id": "r", "reward": given}], reward_range=limits)
    assert row["reward"] == reward


@pytest.mark.parametrize("limits", ["1", "5:1", "a:b", "0:inf", "1:1", "0:1:2"])
def test_a_range_that_is_none_is_refused(read, limits):
    with pytest.raises(UsageError, match="reward_range is"):
        read([{"request_id": "r", "reward": 1}], reward_range=limits)


def test_a_metadata_key_is_named_by_its_column_or_by_the_setting(read):
    by_column = read("metadata.ticket,correct\n77,true\n", "rewards.csv")
    by_setting = read("ticket,correct\n77,true\n", "rewards.csv", outcomes_keys=("ticket",))
    assert by_column == by_setting
    assert told(by_column[0]) == {"row": 1, "metadata_key": "ticket", "metadata_value": "77", "reward": 1.0}


@pytest.mark.parametrize("name", ["answers.csv", "answers.parquet"])
def test_a_table_that_tells_nothing_is_refused_with_its_columns(read, name):
    content = "request_id,answer\nr,4\n" if name.endswith("csv") else pl.DataFrame({"request_id": ["r"], "answer": ["4"]})
    with pytest.raises(UsageError, match="none of the columns reference_answer, reward, correct is there; found: request_id, answer"):
        read(content, name)
