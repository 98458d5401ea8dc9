import csv
import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from logmine.cli import main


@pytest.fixture
def out(sample_build, tmp_path, monkeypatch):
    """Return a copy of the build of the sample, named as a person would."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(sample_build.out, "dataset"))


def confirm(*arguments, say=""):
    return CliRunner().invoke(main, ["confirm", *map(str, arguments)], input=say)


def kept(out):
    path = out.with_name(f"{out.name}.confirmed.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def test_a_person_confirms_corrects_skips_and_stops(out):
    result = confirm(out, "--task", "evening-school-tutor", "--answers", 9, say="y\nn\n12345\nn\n\ns\nq\n")
    assert result.exit_code == 0, result.output
    assert "1 of 9, evening-school-tutor" in result.output
    assert "answer (numeric), given in " in result.output
    rows = kept(out)
    assert [(row["verdict"], row.get("reference_answer")) for row in rows] == [("right", None), ("wrong", "12345"), ("wrong", "")]
    assert "3 answers added" in result.output
    assert result.output.splitlines()[-1].endswith("-o dataset --confirmed dataset.confirmed.jsonl")


def test_the_next_run_goes_on_where_the_last_one_stopped(out):
    confirm(out, "--answers", 5, say="y\ny\nq\n")
    result = confirm(out, "--answers", 5, say="y\ny\ny\n")
    assert "3 of 3" in result.output
    assert len({row["prompt_id"] for row in kept(out)}) == 5
    assert confirm(out, "--answers", 5).output.splitlines()[1].startswith("dataset.confirmed.jsonl: 0 answers added")


def test_a_correction_that_the_grader_cannot_read_is_asked_for_again(out):
    result = confirm(out, "--task", "evening-school-tutor", "--answers", 1, say="n\nno idea at all\n7\n")
    assert "The grader numeric cannot read this as an answer." in result.output
    assert kept(out)[0]["reference_answer"] == "7"


def test_confidence_is_not_shown(out):
    assert "confidence" not in confirm(out, "--answers", 2, say="y\nq\n").output


@pytest.mark.parametrize("name", ["form.csv", "form.jsonl"])
def test_answers_may_be_looked_at_in_a_file(out, name):
    result = confirm(out, "--answers", 6, "--write", name)
    assert f"{name}: 6 answers to fill in" in result.output
    path = Path(name)
    text = path.read_text()
    rows = (
        list(csv.DictReader(text.splitlines(keepends=True))) if name.endswith("csv") else [json.loads(line) for line in text.splitlines()]
    )
    assert all(row["prompt"] and row["proposed"] for row in rows)
    rows[0]["verdict"], rows[1]["verdict"] = "right", "wrong"
    path.with_suffix(".jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    taken = confirm(out, "--read", path.with_suffix(".jsonl"))
    assert "2 answers taken over" in taken.output
    assert [row["verdict"] for row in kept(out)] == ["right", "wrong"]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "expected"),
    [
        (("dataset", "--task", "poems"), 2, "--task 'poems' has no answers to confirm. The tasks that have some:"),
        (("nowhere",), 4, "nowhere holds no finished build"),
    ],
)
@pytest.mark.usefixtures("out")
def test_what_cannot_be_confirmed_is_refused(arguments, exit_code, expected):
    result = confirm(*arguments)
    assert (result.exit_code, expected in result.output) == (exit_code, True)


def test_a_build_without_its_work_folder_says_what_to_do(out):
    shutil.rmtree(out / "work")
    result = confirm(out)
    assert result.exit_code == 4
    assert "Run the same logmine build again" in result.output


def test_the_next_build_takes_what_was_said(out, logmine, sample_logs, tmp_path):
    confirm(out, "--task", "evening-school-tutor", "--answers", 30, say="n\n\n" * 30)
    before = pl.read_parquet(out / "decisions.parquet")
    done = logmine("build", sample_logs, "-o", out, "--confirmed", "dataset.confirmed.jsonl", "-q", "--workers", "2", cwd=tmp_path)
    assert done.returncode in (0, 1), done.stderr
    assert "answers that a person looked at" in done.stdout
    task = next(
        task["task_id"]
        for task in json.loads((out / "manifest.json").read_text())["summary"]["tasks"]
        if task["name"].startswith("evening")
    )
    with_reference = [
        frame.filter((pl.col("task_id") == task) & (pl.col("reference_origin") == "consensus")).height
        for frame in (before, pl.read_parquet(out / "decisions.parquet"))
    ]
    assert with_reference[1] < with_reference[0] / 4
