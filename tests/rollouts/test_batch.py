"""Batch jobs on a Bedrock and an S3 on this machine: answers in any order, failed rows asked again, nothing asked twice."""

from __future__ import annotations

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
