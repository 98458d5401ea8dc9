import json

import polars as pl
import pytest

from logmine.errors import SourceError, UsageError
from logmine.references import read_outcomes

WHOLE = {"grader": "label", "answer": "refund", "spec": '{"labels":["refund","other"]}'}


@pytest.fixture
def read(tmp_path):
    """Return a function that writes an outcomes file and reads it."""

    def run(content, name="answers.jsonl"):
        path = tmp_path / name
        match content:
            case str():
                path.write_text(content, encoding="utf-8")
            case pl.DataFrame():
                content.write_parquet(path)
            case _:
                path.write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")
        return read_outcomes(path).rows()

    return run


def test_lines_of_json(read):
    rows = [{"prompt_id": "p", "reference_answer": "4", "note": "x"}, {"request_id": "r", "reference_answer": WHOLE}]
    assert read(rows) == [("p", None, None, "4", None), (None, "r", *WHOLE.values())]


def test_csv(read):
    assert read("request_id,reference_answer\nr,007\ns,\n", "answers.CSV") == [(None, "r", None, "007", None)]


def test_parquet_with_answers_as_text_or_as_a_struct(read):
    text = pl.DataFrame({"prompt_id": ["p", "q"], "reference_answer": ["4", None]})
    struct = pl.DataFrame({"prompt_id": ["p", "q"], "reference_answer": [WHOLE, None]})
    assert read(text, "text.parquet") == [("p", None, None, "4", None)]
    assert read(struct, "struct.parquet") == [("p", None, *WHOLE.values())]


def test_a_whole_reference_as_json_text_is_read_as_one(read):
    assert read([{"prompt_id": "p", "reference_answer": json.dumps(WHOLE)}]) == [("p", None, *WHOLE.values())]


@pytest.mark.parametrize("answer", [None, "", {"grader": "numeric", "answer": None}, {"grader": None, "answer": ""}])
def test_answers_that_are_not_filled_in_are_passed_over(read, answer):
    assert read([{"prompt_id": "p", "reference_answer": answer}, {"prompt_id": "q"}]) == []


@pytest.mark.parametrize(
    ("answer", "text"), [(4, "4"), (True, "true"), ({"city": "Oslo"}, '{"city":"Oslo"}'), ("{1, 2}", "{1, 2}"), ([], "[]")]
)
def test_answers_of_other_types_become_text(read, answer, text):
    assert read([{"prompt_id": "p", "reference_answer": answer}]) == [("p", None, None, text, None)]


def test_a_spec_given_as_an_object_becomes_text(read):
    [row] = read([{"prompt_id": "p", "reference_answer": {**WHOLE, "spec": {"labels": ["refund"]}}}])
    assert row[-1] == '{"labels":["refund"]}'


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"reference_answer": "4"}, "no prompt_id and no request_id"),
        (["p", "4"], "no prompt_id and no request_id"),
        ({"prompt_id": 7, "reference_answer": "4"}, "prompt_id must be text, not int"),
        ({"prompt_id": "p", "reference_answer": {**WHOLE, "grader": "magic"}}, "unknown grader 'magic'"),
        ({"prompt_id": "p", "reference_answer": {**WHOLE, "spec": "{"}}, "the spec cannot be used"),
        ({"prompt_id": "p", "reference_answer": {**WHOLE, "spec": '{"labels": 3}'}}, "the spec cannot be used"),
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
        read_outcomes(tmp_path / name)


def test_an_empty_file_holds_no_outcomes(read):
    assert read("") == []
