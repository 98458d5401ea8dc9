"""Converse through boto3, against a Bedrock on this machine: faults, budgets, kills; nothing is asked twice and no text gets out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import polars as pl
import pytest

from logmine.rollouts.store import open_store

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secret-of-the-test", "AWS_DEFAULT_REGION": "us-east-1"}
MODEL = "openai.gpt-oss-20b-1:0"


def started(folder, *options):
    """Return a process that asks, to be killed."""
    command = [sys.executable, "-m", "logmine", "rollout", "out", *options]
    # where interrupts are ignored, as in the background, children inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(command, cwd=folder, env=os.environ | CREDENTIALS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def names(records):
    return [(one["requestMetadata"]["logmine_prompt"], int(one["requestMetadata"]["logmine_attempt"])) for one in records]


def test_next_build_measures_bands_from_the_attempts(bedrock, rollout, attempts, logmine, needy, needs):
    done = rollout("--endpoint-url", bedrock.url)
    assert done.exit_code == 0, done.stderr
    assert len(attempts()) == sum(bedrock.asked.values()) < 8 * len(needs)
    command = done.stdout.split("Next: logmine ")[1].split()
    assert command[:5] == ["build", "logs", "out-rollouts", "-o", "out"]
    built = logmine(*command, "--workers", "1", cwd=needy)
    assert built.returncode == 1, built.stderr
    decisions = pl.read_parquet(needy / "out" / "decisions.parquet")
    assert set(decisions["band_evidence"]) == {"measured"}
    assert set(decisions["band"]) == {"too_hard", "in_range", "too_easy"}
    assert decisions["n_attempts"].sum() == len(attempts())
    assert decisions["prompt_id"].to_list() == sorted(needs)


def test_faults_of_every_kind_lose_nothing_and_are_told_by_code_alone(bedrock, rollout, attempts):
    bedrock.faults = ["throttle", "error", "cut", "garbage", "empty"]
    done = rollout("--endpoint-url", bedrock.url, "--concurrency", "4")
    assert done.exit_code == 0, done.stderr
    assert "0 open, 0 given up" in done.stdout
    assert "calls without an answer: throttled: ThrottlingException" in done.stdout
    assert "SECRET" not in done.stdout + done.stderr
    assert Counter(names(attempts())) == bedrock.asked
    assert set(bedrock.asked.values()) == {1}


def test_no_more_calls_at_once_than_the_limit_also_when_throttled(bedrock, rollout):
    bedrock.faults = ["throttle"] * 3
    done = rollout("--endpoint-url", bedrock.url, "--concurrency", "3")
    assert done.exit_code == 0, done.stderr
    assert 1 <= bedrock.most_at_once <= 3


@pytest.mark.parametrize("max_calls", [1, 10, 23])
def test_budget_of_calls_is_kept_to_the_call_under_concurrency_and_faults(bedrock, rollout, attempts, max_calls):
    bedrock.faults = ["cut", "throttle", "garbage"]
    done = rollout("--endpoint-url", bedrock.url, "--max-calls", max_calls, "--concurrency", "8")
    assert done.exit_code == 0, done.stderr
    assert bedrock.worked == max_calls
    assert len(attempts()) == sum(bedrock.asked.values())


def test_budget_of_tokens_is_kept(bedrock, rollout, attempts):
    done = rollout("--endpoint-url", bedrock.url, "--max-tokens", "3000", "--max-output-tokens", "50", "--concurrency", "8")
    assert done.exit_code == 0, done.stderr
    assert 2000 < 35 * len(attempts()) <= 3000


def test_killed_run_resumes_and_asks_nothing_again_within_the_same_budget(bedrock, rollout, attempts, needy):
    options = ["--endpoint-url", bedrock.url, "--max-calls", "60", "--concurrency", "4", "--yes"]
    bedrock.closes_at = 24
    running = started(needy, *options)
    while bedrock.gate.is_set() or bedrock.at_once < 4:
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    bedrock.gate.set()
    kept, worked = names(attempts()), bedrock.worked
    assert 20 <= len(kept) < worked <= 60
    done = rollout(*options)
    assert done.exit_code == 0, done.stderr
    assert f"{len(kept)} answers of earlier runs are there" in done.stderr
    assert bedrock.worked == 60
    assert names(attempts())[: len(kept)] == kept
    assert len(set(names(attempts()))) == len(attempts())


def test_interrupted_run_keeps_what_is_on_its_way_and_says_how_to_go_on(bedrock, attempts, needy):
    bedrock.closes_at = 10  # else all may be answered before the signal comes
    running = started(needy, "--endpoint-url", bedrock.url, "--concurrency", "4", "--yes")
    while bedrock.gate.is_set() or bedrock.at_once < 4:
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGINT)
    bedrock.gate.set()
    _, said = running.communicate(timeout=60)
    assert running.returncode == 6
    assert "Run the same command again" in said
    assert Counter(names(attempts())) == bedrock.asked


def test_half_written_record_is_cut_off_and_the_rest_kept(tmp_path):
    with open_store(tmp_path / "kept", "run") as store:
        store.keep(b'{"a": 1}\n')
        store.note(asked="p#0", tokens=3)
    whole = (tmp_path / "kept" / "run.json.gz").read_bytes()
    (tmp_path / "kept" / "run.json.gz").write_bytes(whole + whole[:-5])
    with (tmp_path / "kept" / ".run.calls").open("ab") as file:
        file.write(b'{"asked": "q#')
    with open_store(tmp_path / "kept", "run") as store:
        assert list(store.notes()) == [{"asked": "p#0", "tokens": 3}]
    assert (tmp_path / "kept" / "run.json.gz").read_bytes() == whole


def test_access_denied_ends_the_run_with_what_to_grant(bedrock, rollout):
    bedrock.faults = ["deny"] * 9
    done = rollout("--endpoint-url", bedrock.url)
    assert done.exit_code == 3
    assert "grant bedrock:InvokeModel" in done.stderr
    assert "SECRET" not in done.stderr
    assert "Traceback" not in done.stderr


def test_refused_prompts_are_given_up_and_the_first_ten_end_the_run(bedrock, rollout):
    bedrock.faults = ["refuse"] * 40
    done = rollout("--endpoint-url", bedrock.url, "--concurrency", "1")
    assert done.exit_code == 2
    assert "the first 10 prompts were refused (ValidationException)" in done.stderr
    assert bedrock.worked == 0


def test_missing_credentials_are_told(rollout, bedrock):
    done = rollout("--endpoint-url", bedrock.url, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert done.exit_code == 3
    assert "no AWS credentials" in done.stderr


@pytest.mark.parametrize("backend", ["bedrock", "openai", "bedrock-batch"])
def test_a_dry_run_needs_no_account_and_no_endpoint(rollout, backend):
    done = rollout("--dry-run", "--backend", backend, **dict.fromkeys(CREDENTIALS, ""))
    assert done.exit_code == 0, done.stderr
    assert "30 prompts to settle" in done.stderr
    assert "nothing was asked" in done.stderr


def test_the_next_command_names_the_file_of_settings_and_what_it_does_not_hold(bedrock, rollout, logmine, needy):
    (needy / "mine.toml").write_text("[difficulty]\nmin_attempts = 5\n")
    logmine("build", "logs", "-o", "out", "--config", "mine.toml", "--base-model", MODEL, "--outcomes", "outcomes.jsonl", cwd=needy)
    done = rollout("--endpoint-url", bedrock.url, "--max-calls", "1")
    command = done.stdout.split("Next: logmine ")[1].split()
    settings = ["--base-model", MODEL, "--config", "mine.toml", "--outcomes", "outcomes.jsonl"]
    assert command == ["build", "logs", "out-rollouts", "-o", "out", *settings]
