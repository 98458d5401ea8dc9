"""Batch jobs on a Bedrock and an S3 on this machine: answers in any order, failed rows asked again, nothing asked twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secret-of-the-test", "AWS_DEFAULT_REGION": "us-east-1"}
ROLE = "arn:aws:iam::111122223333:role/batch"


def test_batches_settle_bands_and_ask_failed_rows_again(bedrock, rollout, attempts, needs, monkeypatch):
    monkeypatch.setattr("logmine.rollouts.batch.MIN_ROWS", 5)
    bedrock.row_faults = {f"{prompt_id}#0" for prompt_id in list(needs)[:3]}
    options = ("--backend", "bedrock-batch", "--batch-uri", "s3://bucket/rollouts", "--role-arn", ROLE)
    done = rollout("--endpoint-url", bedrock.url, *options)
    assert done.exit_code == 0, done.output
    assert "3 calls without an answer: unavailable: row 500" in done.output
    assert sum(bedrock.asked.values()) == len(attempts()) >= 4 * 30
    assert len({one["requestId"] for one in attempts()}) == len(attempts())
    again = rollout("--endpoint-url", bedrock.url, *options)
    assert again.exit_code == 0, again.output
    assert len(set(bedrock.asked.values())) == 1


def test_a_run_killed_while_its_job_works_waits_for_it_and_asks_nothing_twice(bedrock, rollout, attempts, needy, monkeypatch):
    monkeypatch.setattr("logmine.rollouts.batch.MIN_ROWS", 5)
    options = ("--endpoint-url", bedrock.url, "--backend", "bedrock-batch", "--batch-uri", "s3://bucket/rollouts", "--role-arn", ROLE)
    bedrock.is_working = True
    command = "import logmine.rollouts.batch as batch; batch.MIN_ROWS = 5; from logmine.cli import main; main()"
    arguments = [sys.executable, "-c", command, "rollout", "out", "--yes", *options]
    running = subprocess.Popen(arguments, cwd=needy, env=os.environ | CREDENTIALS, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not bedrock.n_looks:
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    assert (len(bedrock.jobs), attempts()) == (1, [])
    bedrock.is_working = False
    done = rollout(*options)
    assert done.exit_code == 0, done.output
    assert set(bedrock.asked.values()) == {1}
    assert len(attempts()) == sum(bedrock.asked.values()) >= 4 * 30
