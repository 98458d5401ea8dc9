import gzip
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


def test_a_csv_an_array_and_a_gzip_are_read(rows, tmp_path):
    given = [{"id": "c", "response": None, "tool_calls": json.dumps([CALL])}, {"id": "a", "response": "21", "tool_calls": "none"}]
    pl.DataFrame(given).write_csv(tmp_path / "responses.csv")
    (tmp_path / "responses.json").write_text(json.dumps([{"id": "a", "response": "22"}, {"id": "b", "response": "21"}]))
    (tmp_path / "responses.jsonl.gz").write_bytes(gzip.compress(b'{"id": "a", "response": "21"}\n'))
    verdicts = {path.name: grade_responses(rows, path).verdicts["verdict"].to_list() for path in tmp_path.glob("responses.*")}
    assert verdicts == {
        "responses.csv": ["correct", "correct"],
        "responses.json": ["incorrect", "correct"],
        "responses.jsonl.gz": ["correct"],
    }


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("r.jsonl", b"", "holds no row"),
        ("r.csv", b"", "holds no row"),
        ("r.json", b'[{"id": "a"}, 3]', "not one of objects alone"),
        ("r.jsonl", b'{"id": "a", "prediction": "21"}', "The first row has: id, prediction. Each needs id or prompt_id"),
        ("r.csv", b"id,prediction\na,21\n", "The first row has: id, prediction"),
        ("r.gz", gzip.compress(b'{"id": "a"}')[:-9], "its gzip is damaged"),
        ("r.parquet", b"text", "cannot be read as Parquet"),
        ("r.jsonl", b"\xff\xfe{", "r.jsonl:1: must be one JSON object"),
    ],
)
def test_a_file_that_cannot_be_judged_says_what_to_give(rows, tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        grade_responses(rows, tmp_path / name)


def test_tasks_are_named_as_in_the_build(sample_build, written):
    names = {task["task_id"]: task["name"] for task in sample_build.manifest["summary"]["tasks"]}
    row = sample_build.rows("train.jsonl")[0]
    responses = written("responses.jsonl", {"id": row["id"], "response": "none"})
    shown = CliRunner().invoke(main, ["grade", str(sample_build.out / "train.jsonl"), str(responses)]).output
    assert names[row["task_id"]][:34] in shown


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
    [([{"id": "x", "response": "21"}], "no response belongs to a row"), ([], "responses.jsonl: holds no row"), (["text"], "responses.jsonl:1: must be one JSON object")],
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
