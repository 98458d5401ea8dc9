"""The command line: one clear message for every wrong input, with its exit code and nothing half written."""

from __future__ import annotations

import dataclasses
import gzip
import json
import shutil
import signal
import subprocess
import sys
import typing
from pathlib import Path

import click
import polars as pl
import pytest
from click.testing import CliRunner

from logmine.cli import EXIT_CODES, main
from logmine.config import sections
from logmine.errors import LogmineError

TRUTH = Path(__file__).parent / "sample_truth.jsonl.gz"
N_RECORDS = sum(1 + bool(json.loads(line).get("redelivered")) for line in gzip.decompress(TRUTH.read_bytes()).splitlines())
HEAVY = ("numpy", "polars", "pyarrow", "boto3", "botocore", "obstore", "sklearn", "scipy", "rich")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs a command in an empty folder, in this process."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    handler = signal.getsignal(signal.SIGTERM)
    yield lambda *arguments: CliRunner().invoke(main, [str(argument) for argument in arguments])
    signal.signal(signal.SIGTERM, handler)


def refused(result, exit_code):
    """Return the message of a command that was refused as it should be."""
    assert result.exit_code == exit_code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


def source_of(kind, folder, sample_logs):
    """Return a source that is wrong in the way that ``kind`` says."""
    source = folder / kind
    if kind != "missing":
        source.mkdir()
    if kind == "texts":
        (source / "notes.txt").write_text("nothing to see")
        (source / "readme.md").write_text("# nothing")
    if kind == "moved_bodies_alone":
        shutil.copytree(next(sample_logs.glob("**/data")), source / "AWSLogs" / "1" / "BedrockModelInvocationLogs" / "us-east-1" / "data")
    return source


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("empty", "empty. Give the folder or prefix under which AWSLogs/ lies"),
        ("missing", "no such file or folder. Check the path"),
        ("texts", "2 objects, none of which can hold log records. Expected names such as AWSLogs/"),
        ("moved_bodies_alone", "objects, none of which can hold log records"),
    ],
)
@pytest.mark.parametrize("command", ["build", "dry-run", "inspect"])
def test_source_without_logs_ends_with_4(run, tmp_path, sample_logs, command, kind, message):
    source = source_of(kind, tmp_path, sample_logs)
    arguments = {"build": ["build", "-o", "out"], "dry-run": ["build", "-o", "out", "--dry-run"], "inspect": ["inspect"]}[command]
    said = refused(run(*arguments, source), 4)
    assert said.startswith(f"logmine: {source}: ")
    assert message in said
    assert list(Path().iterdir()) == []


def test_folder_without_one_invocation_log_ends_with_4(run, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.json").write_text('{"name": "Ada"}\n{"name": "Alan"}\n')
    (tmp_path / "data" / "server.log").write_text("started\n")
    said = refused(run("build", tmp_path / "data", "-o", "out", "--workers", "1", "--quiet"), 4)
    assert said.startswith("logmine: no invocation log in 2 objects, the first of them rows.json; found: 2 not_a_record, 1 unreadable.")
    assert [path.name for path in Path("out").iterdir()] == ["work"]


def test_out_that_holds_something_else_is_left_alone(run, sample_logs, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("keep")
    said = refused(run("build", sample_logs, "-o", tmp_path / "mine"), 5)
    assert (
        said
        == f"logmine: {tmp_path / 'mine'} is not empty and holds no build of logmine. Name another folder with -o; nothing was touched.\n"
    )
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_out_that_is_a_file_is_left_alone(run, sample_logs, tmp_path):
    (tmp_path / "file").write_text("keep")
    said = refused(run("build", sample_logs, "-o", tmp_path / "file"), 5)
    assert said.startswith(f"logmine: {tmp_path / 'file'} is a file. Name a folder")
    assert (tmp_path / "file").read_text() == "keep"


def test_out_below_a_file_cannot_be_written(run, sample_logs, tmp_path):
    (tmp_path / "file").write_text("keep")
    said = refused(run("build", sample_logs, "-o", tmp_path / "file" / "out"), 5)
    assert "cannot be written" in said
    assert (tmp_path / "file").read_text() == "keep"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[selection]\neval_fractoin = 0.2", "unknown key 'eval_fractoin' in [selection]. Did you mean 'eval_fraction'?"),
        ("[seletcion]\neval_fraction = 0.2", "unknown section [seletcion]. Did you mean 'selection'?"),
        ("[selection\neval_fraction = 0.2", "not valid TOML"),
        ("[selection]\neval_fraction = 'much'", "in [selection]: Expected `float`, got `str`"),
        ("[selection]\neval_fraction = 0.9", "[selection] eval_fraction is 0.9; it must be at least 0.0 and at most 0.5."),
        ("[prompts]\nconversation_policy = 'best'", "in [prompts]: Invalid enum value 'best'"),
        ("selection = 3", "[selection] must be a section, found a value"),
    ],
)
def test_wrong_settings_end_with_2(run, sample_logs, tmp_path, text, message):
    (tmp_path / "settings.toml").write_text(text + "\n")
    said = refused(run("build", sample_logs, "-o", "out", "--config", tmp_path / "settings.toml"), 2)
    assert said.startswith(f"logmine: {tmp_path / 'settings.toml'}: ")
    assert message in said
    assert list(Path().iterdir()) == []


def test_settings_file_beside_is_used_and_named(run, sample_logs, tmp_path):
    (tmp_path / "here" / "logmine.toml").write_text("[topics]\nmax_topic = 3\n")
    said = refused(run("build", sample_logs, "-o", "out"), 2)
    assert said.splitlines() == [
        "settings: logmine.toml",
        "logmine: logmine.toml: unknown key 'max_topic' in [topics]. Did you mean 'max_topics'?",
    ]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--eval-fractoin", "0.2"], "Did you mean"),
        (["--eval-fraction", "much"], "'much' is not a valid float"),
        (["--eval-fraction", "0.9"], "it must be at least 0.0 and at most 0.5"),
        (["--target", "trl"], "'trl' is not"),
        (["--workers", "0"], "0 is not in the range"),
        (["--config", "nowhere.toml"], "'nowhere.toml' does not exist"),
        (["--outcomes", "nowhere.jsonl"], "'nowhere.jsonl' does not exist"),
    ],
)
def test_wrong_flags_end_with_2(run, sample_logs, flags, message):
    said = refused(run("build", sample_logs, "-o", "out", *flags), 2)
    assert message in said
    assert list(Path().iterdir()) == []


def test_flags_win_over_the_settings_file(run, sample_logs, tmp_path):
    (tmp_path / "settings.toml").write_text("[selection]\neval_fraction = 0.9\n")
    result = run("build", sample_logs, "-o", "out", "--config", tmp_path / "settings.toml", "--eval-fraction", "0.2", "--dry-run")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(("key", "kind"), [(item.name, kind) for _, kind in sections() for item in dataclasses.fields(kind)])
def test_every_scalar_setting_is_a_flag(key, kind):
    flags = {option for parameter in main.commands["build"].params for option in parameter.opts}
    is_scalar = typing.get_origin(typing.get_type_hints(kind)[key]) is not tuple
    assert (f"--{key.replace('_', '-')}" in flags) == is_scalar


@pytest.fixture
def resumable(sample_build, tmp_path):
    """Return a folder that holds the stages of a build of the sample, and no output."""
    shutil.copytree(sample_build.out / "work", tmp_path / "resumable" / "work")
    return tmp_path / "resumable"


def test_unknown_task_lists_the_tasks_and_writes_nothing(run, sample_logs, sample_build, resumable):
    said = refused(run("build", sample_logs, "-o", resumable, "--task", "no such task", "--workers", "1", "--quiet"), 2)
    assert "no such task" in said
    assert all(task["name"] in said or task["task_id"] in said for task in sample_build.manifest["summary"]["tasks"][:3])
    assert [path.name for path in resumable.iterdir()] == ["work"]


def test_refused_build_leaves_the_last_one_as_it_was(run, sample_logs, sample_copy, sample_build, outputs):
    refused(run("build", sample_logs, "-o", sample_copy, "--task", "no such task", "--workers", "1", "--quiet"), 2)
    assert outputs(sample_copy) == outputs(sample_build.out)


@pytest.mark.parametrize(
    ("text", "exit_code", "message"),
    [
        ('{"prompt_id": "a", "reference_answer": "1"}\n{"reference_answer": "2"}\n', 2, "row 2: no prompt_id and no request_id"),
        ("not json\n", 4, "row 1: not JSON"),
        ('{"prompt_id": "a", "reference_answer": {"grader": "taste", "answer": "1"}}\n', 2, "row 1"),
    ],
)
def test_outcomes_with_a_bad_row_are_refused(run, sample_logs, tmp_path, text, exit_code, message):
    (tmp_path / "answers.jsonl").write_text(text)
    said = refused(run("build", sample_logs, "-o", "out", "--outcomes", tmp_path / "answers.jsonl"), exit_code)
    assert said.startswith(f"logmine: {tmp_path / 'answers.jsonl'}")
    assert message in said
    assert list(Path().iterdir()) == []


def test_dry_run_lists_and_writes_nothing(run, sample_logs):
    result = run("build", sample_logs, "-o", "out", "--dry-run")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert len(lines) == 108
    assert lines[0].split()[1].startswith("AWSLogs/123456789012/BedrockModelInvocationLogs/")
    assert result.stderr.endswith("bytes in 108 objects; nothing was read or written\n")
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", [None, *main.commands])
def test_help_has_an_example(run, name):
    result = run(*filter(None, [name]), "--help")
    example = f"logmine {name} " if name else "logmine build "
    assert result.exit_code == 0
    assert "Example" in result.stdout
    assert any(line.strip().startswith(example) for line in result.stdout.splitlines())


def test_help_lists_the_exit_codes(run):
    def kinds(error):
        return {error.exit_code}.union(*(kinds(kind) for kind in error.__subclasses__()))

    listed = {int(line.split()[0]) for line in EXIT_CODES.splitlines() if line.split()[0].isdigit()}
    assert listed == kinds(LogmineError) | {0, 1}
    assert EXIT_CODES.splitlines()[-1].strip() in run("--help").stdout


def test_help_loads_nothing_heavy():
    script = f"""
import sys
from logmine.cli import main
main(["--help"], standalone_mode=False)
print(",".join(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "Usage" in done.stdout
    assert done.stderr.strip() == ""


def test_version_is_told(run):
    assert run("--version").stdout.startswith("main, version 0.") or "version 0." in run("--version").stdout


def test_inspect_counts_the_sample(run, sample_logs):
    result = run("inspect", sample_logs, "--json", "--quiet", "--workers", "1")
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert set(found["by"]) == {"day", "model", "operation", "application", "problem", "caller"}
    assert list(found["by"]["day"]) == [f"2026-10-{day}" for day in (12, 13, 14, 15)]
    assert sum(found["by"]["day"].values()) == found["n_records"] == N_RECORDS
    assert found["by"]["problem"]["unreadable"] == 6
    assert 0 < found["n_calls_of_repeated_prompts"] < found["n_calls"]
    assert list(Path().iterdir()) == []


def test_inspect_prints_the_same_figures(run, sample_logs):
    lines = run("inspect", sample_logs, "--quiet", "--workers", "1").stdout.splitlines()
    assert lines[0].startswith(f"{N_RECORDS:,} log records, ")
    assert [line for line in lines if line.startswith("by ")] == [
        f"by {name}" for name in ("day", "model", "operation", "application", "problem", "caller")
    ]


def test_explain_tells_of_a_selected_request(run, sample_build):
    row = sample_build.frame("decisions").filter(pl.col("decision") == "selected").row(0, named=True)
    for record in (row["request_ids"][0], row["prompt_id"]):
        story = run("explain", record, sample_build.out).stdout
        assert f"Prompt {row['prompt_id']}" in story
        assert f"Decision: selected, in {row['split']}." in story
        assert "Reference answer" in story


def test_explain_tells_of_a_dropped_request(run, sample_build):
    row = sample_build.frame("dropped").filter(pl.col("reason") == "redelivered").row(0, named=True)
    story = run("explain", row["request_id"], sample_build.out).stdout
    assert f"{row['object']}, line {row['line']}: dropped by gather_attempts: it is the same record once more" in story


def test_explain_refuses_what_it_does_not_know(run, sample_build, tmp_path):
    unknown = refused(run("explain", "no-such-id", sample_build.out), 4)
    assert unknown.startswith("logmine: no-such-id is neither a request id nor a prompt id")
    nothing = refused(run("explain", "no-such-id", tmp_path), 4)
    assert f"Run logmine build with -o {tmp_path} first" in nothing


def test_check_passes_the_sample(run, sample_build):
    result = run("check", sample_build.out / "train.jsonl")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1].startswith(f"{sample_build.out / 'train.jsonl'}: 0 errors")


def test_check_names_line_and_place_of_what_is_broken(run, sample_build, tmp_path):
    lines = (sample_build.out / "train.jsonl").read_text().splitlines()
    row = json.loads(lines[2])
    row["reference_answer"] = row["reference_answer"] | {"grader": "taste"}
    lines[2], lines[4] = json.dumps(row), '{"messages": '
    (tmp_path / "broken.jsonl").write_text("\n".join(lines) + "\n")
    result = run("check", tmp_path / "broken.jsonl")
    assert result.exit_code == 1
    assert f"{tmp_path / 'broken.jsonl'}:3: error: " in result.stdout
    assert f"{tmp_path / 'broken.jsonl'}:5: error: " in result.stdout


def test_check_of_a_file_that_is_not_there_is_refused(run):
    result = run("check", "nowhere.jsonl")
    assert result.exit_code in (2, 4), result.output
    assert "nowhere.jsonl" in result.stderr
    assert "Traceback" not in result.stderr


def test_bugs_say_that_they_are_bugs(run, sample_logs, monkeypatch):
    monkeypatch.setattr("logmine.pipeline.build", lambda *_, **__: 1 / 0)
    result = run("build", sample_logs, "-o", "out")
    assert result.exit_code == 70
    assert result.stderr.endswith("logmine: this is a bug in logmine; please report it with the lines above.\n")


def test_every_parameter_is_explained():
    options = [(name, option) for name, command in main.commands.items() for option in command.params if isinstance(option, click.Option)]
    assert options
    assert [f"{name} {option.name}" for name, option in options if not option.help] == []
