import json
import shutil

import pytest


@pytest.fixture(scope="module")
def work(sample_build, tmp_path_factory):
    """Return a folder with the finished stages of a build of the sample."""
    out = tmp_path_factory.mktemp("tasks") / "dataset"
    shutil.copytree(sample_build.out / "work", out / "work")
    return out


@pytest.fixture(scope="module")
def run(logmine, sample_logs, work):
    """Return a function that runs ``logmine tasks`` over the sample, with finished stages at hand."""

    def call(*arguments, cwd=None):
        return logmine("tasks", sample_logs, "-o", work, "-q", "--workers", "1", *arguments, cwd=cwd)

    return call


def test_the_table_has_a_line_a_task_and_redoes_nothing(run, work, sample_build):
    before = sorted(work.glob("work/*/*"))
    lines = run().stdout.splitlines()
    assert lines[0].split()[:5] == ["task", "prompts", "distinct", "calls", "grader"]
    assert {line.split("  ")[0] for line in lines[1:]} == {task["name"] for task in sample_build.manifest["summary"]["tasks"]}
    assert sorted(work.glob("work/*/*")) == before


def test_a_task_is_shown_with_its_extractors_and_examples(run, sample_build):
    name = next(task["name"] for task in sample_build.manifest["summary"]["tasks"] if task["grader"] == "label")
    said = run("--task", name, "--examples", "1").stdout
    assert f"\n{name}\n" in said
    assert "for label: another answer to this prompt is the same; read: " in said
    [task] = json.loads(run("--task", name, "--examples", "1", "--json").stdout)
    assert (task["grader"], task["examples"][0]["side"]) == ("label", "for")
    assert {one["grader"] for one in task["extractors"]} >= {"label", "exact", "numeric"}


def test_blocks_are_written_once_and_what_they_say_wins(run, sample_build, tmp_path):
    first, second = (run("--write", cwd=tmp_path) for _ in range(2))
    written = (tmp_path / "logmine.toml").read_text()
    assert f"{len(sample_build.manifest['summary']['tasks'])} [[task]] blocks added" in first.stderr
    assert "nothing was written" in second.stderr
    assert written.count("#[[task]]") == len(sample_build.manifest["summary"]["tasks"])
    name = next(task["name"] for task in sample_build.manifest["summary"]["tasks"] if task["grader"] == "label")
    (tmp_path / "logmine.toml").write_text(f'[[task]]\nmatch = {{ task = {json.dumps(name)} }}\ndecision = "drop"\nname = "triage"\n')
    rows = json.loads(run("--json", cwd=tmp_path).stdout)
    assert [(row["name"], row["decision"]) for row in rows if row["is_ruled"]] == [("triage", "drop")]


def test_a_block_that_matches_nothing_is_refused(run, tmp_path):
    (tmp_path / "logmine.toml").write_text('[[task]]\nmatch = { role = "nobody at all" }\n')
    done = run(cwd=tmp_path)
    assert (done.returncode, "[[task]] number 1 (role = 'nobody at all') matches no task" in done.stderr) == (2, True)
