import json

import polars as pl
import pytest
from click.testing import CliRunner

from logmine.cli import main
from logmine.errors import SourceError
from logmine.reward import by_task, grade_responses

NUMERIC = {"grader": "numeric", "answer": "21", "spec": ""}
JUDGE = {"grader": "judge", "answer": "", "spec": '{"rubric": "1: kind."}'}


@pytest.fixture
def written(tmp_path):
    """Return a function that writes rows as JSONL and gives the path."""

    def write(name, *rows):
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return write


@pytest.fixture
def rows(written, references):
    made = [{"id": name, "messages": [], "reference_answer": NUMERIC, "task_id": "sums"} for name in "ab"]
    call = {"id": "c", "messages": [], "reference_answer": references["tool_call"], "task_id": "trains"}
    return written("train.jsonl", *made, call, {"id": "j", "messages": [], "reference_answer": JUDGE, "task_id": "advice"})


CALL = {"type": "function", "function": {"name": "search", "arguments": '{"query": "train to Łódź"}'}}


@pytest.mark.parametrize(
    "response",
    [
        {"id": "a", "response": "21"},
        {"prompt_id": "a", "completion": "<think>22</think>The answer is 21."},
        {"id": "a", "output": "21", "tool_calls": None},
        {"id": "a", "messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": [{"text": "21"}]}]},
        {"id": "c", "response": None, "tool_calls": [CALL]},
        {"id": "c", "messages": [{"role": "assistant", "content": None, "tool_calls": [CALL]}]},
    ],
)
def test_every_form_of_a_response_is_judged(rows, written, response):
    (verdict,) = grade_responses(rows, written("responses.jsonl", response)).verdicts["verdict"]
    assert verdict == "correct"


def test_what_cannot_be_judged_is_counted(rows, written):
    graded = grade_responses(
        rows,
        written(
            "responses.jsonl",
            {"id": "a", "response": "21"},
            {"id": "a", "response": "22"},
            {"id": "b", "response": "Perhaps."},
            {"id": "nobody", "response": "21"},
            {"response": "21"},
            {"id": "a"},
            {"id": "a", "messages": [{"role": "user", "content": "?"}]},
            {"id": "j", "response": "Dear friend"},
        ),
    )
    assert graded.verdicts["verdict"].to_list() == ["correct", "incorrect", "abstain"]
    assert (graded.n_rows, graded.n_unknown, graded.n_unreadable, graded.n_for_judge) == (4, 1, 3, 1)
    (summary,) = by_task(graded.verdicts).to_dicts()
    assert (summary["n_prompts"], summary["n_responses"], round(summary["mean_reward"], 3)) == (2, 3, 0.333)


def test_parquet_is_read(rows, tmp_path):
    pl.DataFrame({"id": ["a", "b"], "response": ["21", "22"]}).write_parquet(tmp_path / "responses.parquet")
    assert grade_responses(rows, tmp_path / "responses.parquet").verdicts["verdict"].to_list() == ["correct", "incorrect"]


def test_the_command_prints_a_table_and_writes_rows(rows, written, tmp_path):
    responses = written("responses.jsonl", {"id": "a", "response": "The answer is 21."}, {"id": "b", "response": "22"})
    result = CliRunner().invoke(main, ["grade", str(rows), str(responses), "-o", str(tmp_path / "verdicts.jsonl")])
    assert result.exit_code == 0, result.output
    assert "2 of 4 rows have a response that was judged" in result.output
    verdicts = [json.loads(line) for line in (tmp_path / "verdicts.jsonl").read_text().splitlines()]
    assert verdicts[0] == {"id": "a", "task_id": "sums", "grader": "numeric", "verdict": "correct", "score": 1.0, "answer": "21"}


def test_the_rows_of_a_build_are_those_of_all_its_files(sample_build, written):
    names = [row["id"] for name in ("train.jsonl", "train-tools.jsonl") for row in sample_build.rows(name)]
    graded = grade_responses(sample_build.out, written("responses.jsonl", *({"id": name, "response": "none"} for name in names)))
    assert (graded.verdicts.height, graded.n_unknown) == (len(names), 0)
    assert graded.verdicts["verdict"].is_in(["incorrect", "abstain"]).all()


@pytest.mark.parametrize(
    ("responses", "message"),
    [([{"id": "x", "response": "21"}], "no response belongs to a row"), ([], "no response belongs"), (["text"], "responses.jsonl:1: must be one JSON object")],
)  # fmt: skip
def test_responses_of_another_dataset_are_refused(rows, written, responses, message):
    with pytest.raises(SourceError, match=message):
        grade_responses(rows, written("responses.jsonl", *responses))


def test_a_missing_file_is_named(rows, tmp_path):
    with pytest.raises(SourceError, match=r"none\.jsonl: cannot be read"):
        grade_responses(rows, tmp_path / "none.jsonl")
    with pytest.raises(SourceError, match=r"none\.parquet: cannot be read as Parquet"):
        grade_responses(rows, tmp_path / "none.parquet")


def test_a_dataset_without_graders_is_refused(written):
    rows = written("rows.jsonl", {"id": "a", "messages": [], "reference_answer": "21"})
    with pytest.raises(SourceError, match="the reference_answer of a row is not logmine's"):
        grade_responses(rows, written("responses.jsonl", {"id": "a", "response": "21"}))
