"""What ``[[task]]`` blocks do to a build of the sample, from end to end."""

import json
import shutil
import zipfile

import polars as pl
import pytest

BLOCKS = """
[[task]]
match = { task = "evening-school-tutor" }
name = "sums"
grader = "rule"
rule = "rules.py:ends_in_a_number"
options = { least = 30 }

[[task]]
match = { role = "marlow-*" }
name = "back office"
decision = "judge"
rubric = "Is it kind?"

[[task]]
match = { role = "quiz-night-app" }
decision = "drop"
"""
RULES = """
import re


def ends_in_a_number(text, tool_calls, reference, spec):
    found = re.findall(r"\\d+", text)
    return float(found[-1]) >= spec["least"] if found else None
"""


@pytest.fixture(scope="module")
def settled(sample_build, sample_logs, logmine, tmp_path_factory):
    """Return a build of the sample with three blocks, and what it said."""
    folder = tmp_path_factory.mktemp("settled")
    (folder / "logmine.toml").write_text(BLOCKS)
    (folder / "rules.py").write_text(RULES)
    shutil.copytree(sample_build.out / "work", folder / "dataset" / "work")
    done = logmine("build", sample_logs, "-o", "dataset", "-q", "--workers", "2", cwd=folder)
    assert done.returncode in (0, 1), done.stderr
    return folder / "dataset"


def decided(out):
    summary = json.loads((out / "manifest.json").read_text())["summary"]
    names = {task["task_id"]: task["name"] for task in summary["tasks"]}
    decisions = pl.read_parquet(out / "decisions.parquet")
    return decisions.with_columns(task=pl.col("task_id").replace_strict(names))


def test_a_task_that_is_dropped_gives_no_row(settled):
    fates = decided(settled).filter(pl.col("task") == "quiz-night-app")["decision"].unique().to_list()
    assert "selected" not in fates
    assert "task_dropped" in fates


def test_matches_of_one_block_are_one_task_for_a_judge(settled):
    office = decided(settled).filter(pl.col("task") == "back office")
    assert (office["task_id"].n_unique(), office["grader"].unique().to_list()) == (1, ["judge"])
    assert office.height > 50


def test_the_rule_of_the_user_judges_in_the_build_and_in_its_lambda(settled):
    sums = decided(settled).filter(pl.col("task") == "sums")
    assert sums["grader"].unique().to_list() == ["rule"]
    [spec] = {(json.loads(json.loads(text)["spec"])["rule"]) for text in sums["reference_answer"].drop_nulls()}
    assert spec.startswith("rules:ends_in_a_number@")
    assert sums.filter(pl.col("decision") == "selected").height > 0
    with zipfile.ZipFile(settled / "reward" / "lambda.zip") as opened:
        [name] = [name for name in opened.namelist() if "/rules/r" in name]
        assert opened.read(name).decode() == RULES
        assert name.endswith(f"r{spec.partition('@')[2]}.py")


def test_blocks_stand_in_the_manifest_without_the_place_of_the_rule(settled):
    told = json.loads((settled / "manifest.json").read_text())["config"]["task"]
    assert [block["match"] for block in told] == [{"task": "evening-school-tutor"}, {"role": "marlow-*"}, {"role": "quiz-night-app"}]
    assert set(told[0]) == {"match", "name", "grader", "options", "rule", "rule_digest"}
    assert str(settled.parent) not in json.dumps(told)


def test_other_tasks_are_as_they_were(settled, sample_build):
    columns = ["prompt_id", "grader", "reference_answer", "pass_rate", "decision"]
    ours, theirs = (decided(out).filter(pl.col("task") == "support-ticket-router").select(columns) for out in (settled, sample_build.out))
    assert ours.equals(theirs)


def test_a_dataset_with_a_rule_is_checked_beside_its_settings(settled, logmine, tmp_path):
    said = {place: logmine("check", settled / "train.jsonl", cwd=place).stdout for place in (settled.parent, tmp_path)}
    assert "reference_answer" not in said[settled.parent]
    assert "warning: reference_answer: is judged by a rule whose function is not here" in said[tmp_path]
    assert "error: reference_answer" not in said[tmp_path]
