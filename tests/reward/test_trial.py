import json
import shutil
import sys
import zipfile

import pytest
from click.testing import CliRunner

from logmine import graders
from logmine.cli import main
from logmine.errors import InternalError, SourceError
from logmine.reward import try_reward
from logmine.reward.cases import logged_cases, read_rows, read_tables, row_cases
from logmine.reward.probes import PROBES, probe_rows
from logmine.reward.pythons import VERSIONS, find_pythons

CHOICE = json.dumps({"options": {"A": "red", "B": "blue"}})


def row(name, answer, grader="numeric", spec="", text="How many?"):
    return {
        "id": name,
        "messages": [{"role": "user", "content": text}],
        "reference_answer": {"grader": grader, "answer": answer, "spec": spec},
        "task_id": grader,
    }


@pytest.fixture
def copied(sample_build, tmp_path, one_python):
    """Return a copy of the build of the sample without its stages, to be tried under one Python."""
    del one_python
    for name in ("train.jsonl", "eval.jsonl", "eval-tools.jsonl", "reward"):
        place = sample_build.out / name
        (shutil.copytree if place.is_dir() else shutil.copy)(place, tmp_path / name)
    return tmp_path


@pytest.fixture
def one_python(monkeypatch):
    """Try this Python alone: one test asks for all."""
    monkeypatch.setattr("logmine.reward.trial.find_pythons", lambda: {"this": sys.executable, "3.99": None})


@pytest.fixture(scope="module")
def trial(sample_build):
    return try_reward(sample_build.out)


def test_package_and_mining_agree_on_every_logged_completion(trial, sample_build):
    assert trial.n_disparities == 0
    tried = {(attempt.version[:4], attempt.entry) for attempt in trial.attempts}
    assert len(tried) == 2 * (len(VERSIONS) - len(trial.skipped))
    assert all(attempt.n_samples == sum(trial.n_by_kind.values()) for attempt in trial.attempts)
    assert trial.n_by_kind["reference"] == len(read_rows(sample_build.out))


def test_every_completion_that_a_grader_can_judge_is_tried(sample_build):
    tables = read_tables(sample_build.out)
    cases = list(logged_cases(tables))
    judged = {(prompt, name) for prompt, name in tables["verdicts"].select("prompt_id", "request_id").iter_rows()}
    assert len(judged) <= sum(case.kind == "logged" for case in cases)
    checkable = tables["graders"].filter(tables["graders"]["grader"].is_in(list(graders.GRADER_NAMES)))["task_id"]
    n_checkable = tables["attempts"].filter(tables["attempts"]["task_id"].is_in(checkable.implode())).height
    assert 0.9 * n_checkable <= len(cases) <= tables["attempts"].height


def test_no_probe_earns_a_reward(trial):
    assert set(trial.probes) == set(PROBES)
    assert {earned for _, earned in trial.probes.values()} == {0}


def test_a_build_without_stages_is_tried_on_its_rows(copied):
    trial = try_reward(copied)
    assert (trial.has_tables, trial.n_disparities) == (False, 0)
    assert set(trial.n_by_kind) == {"reference", "probe"}


def test_a_package_that_judges_otherwise_is_told(copied):
    changed = rewritten(copied / "reward" / "lambda.zip", "logmine_graders/judgement.py", b'"incorrect", found', b'"correct", found')
    shutil.move(changed, copied / "reward" / "lambda.zip")
    result = CliRunner().invoke(main, ["reward", "test", str(copied)])
    assert result.exit_code == 1
    assert "the build says incorrect, the reward function correct" in result.output
    assert "do not deploy this package" in result.output


def rewritten(path, name, old, new):
    """Write a copy of a ZIP with one file changed."""
    changed = path.with_suffix(".changed")
    with zipfile.ZipFile(path) as given, zipfile.ZipFile(changed, "w") as made:
        for inner in given.namelist():
            content = given.read(inner)
            assert inner != name or old in content
            made.writestr(inner, content.replace(old, new) if inner == name else content)
    return changed


def test_a_handler_that_cannot_be_imported_is_told(copied):
    (copied / "reward" / "handler.py").write_text("import numpy")
    with pytest.raises(InternalError, match=r"handler.py: the process .* ModuleNotFoundError"):
        try_reward(copied)


@pytest.mark.parametrize("missing", ["reward/lambda.zip", "train.jsonl"])
def test_what_is_no_build_is_refused(copied, missing):
    (copied / missing).unlink()
    for path in copied.glob("*.jsonl") if missing == "train.jsonl" else ():
        path.unlink()
    with pytest.raises(SourceError, match="Give the output folder of `logmine build`"):
        try_reward(copied)


def test_the_command_tells_what_was_tried(copied):
    result = CliRunner().invoke(main, ["reward", "test", str(copied)])
    assert result.exit_code == 0, result.output
    assert "Every verdict and every extracted answer is that of the build." in result.output
    assert "lambda.zip: " in result.output
    assert "cold start" in result.output
    assert "skipped, not on this machine: Python 3.99" in result.output
    assert "work/ of the build was deleted" in result.output


def test_a_wrong_answer_is_that_of_another_row_of_the_task():
    rows = [row("a", "1"), row("b", "1.0"), row("c", "2"), row("d", "B", "choice", CHOICE)]
    wrong = {one["id"]: text for name, one, text, _ in probe_rows(rows) if name == "right form, wrong answer"}
    assert wrong == {"a": "The answer is 2", "b": "The answer is 2", "c": "The answer is 1"}


def test_probes_echo_the_prompt_and_list_all_options():
    texts = {name: text for name, _, text, _ in probe_rows([row("d", "B", "choice", CHOICE, "Which?")])}
    assert (texts["empty"], texts["echo of the prompt"], texts["all options"]) == ("", "Which?", "A. red\nB. blue")


def test_cases_hold_what_the_graders_say():
    cases = list(row_cases([row("a", "1"), row("b", "2")]))
    assert {case.verdict for case in cases if case.kind == "reference"} == {"correct"}
    assert {case.verdict for case in cases if case.kind == "probe"} == {"incorrect", "abstain"}


def test_this_python_is_found():
    found = find_pythons()
    assert list(found) == list(VERSIONS)
    assert any(path is not None for path in found.values())
