import json
import subprocess
import sys

import polars as pl
import pytest
from click.testing import CliRunner

from logmine import schemas
from logmine.cli import main
from logmine.cli.check import MAX_SHOWN


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize("command", ["build", "inspect", "explain", "check"])
def test_every_command_has_help_with_an_example(command):
    found = invoke(command, "--help")
    assert found.exit_code == 0
    assert f"\n    logmine {command} " in found.output


def test_the_help_lists_commands_and_exit_codes():
    found = invoke("--help")
    assert all(f"\n  {command} " in found.output for command in main.commands)
    assert "\n    70 a bug in logmine" in found.output or "\n  70 a bug in logmine" in found.output


def test_the_help_loads_no_numerical_library():
    code = "import sys; from logmine.cli import main; main(['--help'], standalone_mode=False); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "click" in loaded
    assert not {"polars", "numpy", "scipy", "pyarrow", "boto3", "sklearn", "rich"} & set(loaded)


@pytest.mark.parametrize(
    "arguments",
    [["build"], ["build", "x"], ["explain", "r0"], ["check"], ["inspect"], ["other"], ["build", "x", "-o", "y", "--workers", "0"]],
)
def test_a_command_that_lacks_what_it_needs_ends_with_2(arguments):
    assert invoke(*arguments).exit_code == 2


def test_explain_tells_what_became_of_a_record(tmp_path):
    lost = dict.fromkeys(schemas.DROPPED) | {
        "request_id": "r0",
        "stage": "decode",
        "reason": "failed_call",
        "object": "a\x1b[2J.gz",
        "line": 1,
    }
    pl.DataFrame([lost], schema=schemas.DROPPED).write_parquet(tmp_path / "dropped.parquet")
    schemas.empty("decisions").write_parquet(tmp_path / "decisions.parquet")
    found = invoke("explain", "r0", tmp_path)
    assert (found.exit_code, found.output) == (0, "a?[2J.gz, line 1: dropped by decode: the call failed.\n")


def test_explain_says_where_no_build_is(tmp_path):
    found = invoke("explain", "r0", tmp_path)
    assert (found.exit_code, found.stdout) == (4, "")
    assert found.stderr.startswith(f"logmine: {tmp_path} holds no finished build")


def test_check_counts_the_errors_of_each_file(tmp_path):
    rows = [{"id": f"p{n}", "messages": [], "reference_answer": {}} for n in range(2 * MAX_SHOWN)]
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = invoke("check", tmp_path / "train.jsonl")
    lines = found.output.splitlines()
    assert found.exit_code == 1
    assert len(lines) == MAX_SHOWN + 2
    assert lines[0] == f"{tmp_path}/train.jsonl: error: 40 rows; Bedrock asks for at least 100"
    assert any(line.startswith(f"{tmp_path}/train.jsonl:1: error: messages: ") for line in lines)
    assert " errors, " in lines[-1]


def test_a_dry_run_lists_what_would_be_read_and_writes_nothing(tmp_path):
    logs = tmp_path / "logs" / "AWSLogs"
    logs.mkdir(parents=True)
    (logs / "a.json.gz").write_bytes(b"x" * 1200)
    command = [sys.executable, "-m", "logmine", "build", str(tmp_path / "logs"), "-o", str(tmp_path / "out"), "--dry-run"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout == "         1,200  AWSLogs/a.json.gz\n"
    assert found.stderr.endswith("holds none yet.\n         1,200  bytes in 1 objects; nothing was read or written\n")
    assert not (tmp_path / "out").exists()
