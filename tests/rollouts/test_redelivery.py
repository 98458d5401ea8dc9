"""Bedrock logs an attempt too, in bytes of its own: it counts once."""

from __future__ import annotations

import gzip
import json

from logmine import pipeline


def attempt(request_id, latency_ms, run="run"):
    return {
        "schemaType": "ModelInvocationLog",
        "timestamp": "2026-10-01T10:00:00Z",
        "requestId": request_id,
        "operation": "Converse",
        "modelId": "openai.gpt-oss-20b-1:0",
        "requestMetadata": {"logmine_run": run} if run else {},
        "input": {"inputBodyJson": {"messages": [{"role": "user", "content": [{"text": "How much is 1 + 1?"}]}]}},
        "output": {
            "outputBodyJson": {
                "output": {"message": {"role": "assistant", "content": [{"text": "2"}]}},
                "stopReason": "end_turn",
                "metrics": {"latencyMs": latency_ms},
            }
        },
    }


def n_attempts(folder, rows):
    folder.mkdir()
    with gzip.open(folder / "a.json.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    made = pipeline.build(str(folder), folder.with_suffix(".out"))
    return next(one["n_out"] for one in made.manifest["ledger"] if one["stage"] == "gather_attempts")


def test_the_same_attempt_logged_twice_counts_once_and_two_equal_answers_twice(tmp_path):
    rows = [attempt("one", 12), attempt("one", 12) | {"region": "us-east-1"}, attempt("one", 13), attempt("two", 12)]
    assert n_attempts(tmp_path / "logs", rows) == 2
