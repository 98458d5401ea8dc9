import json
from datetime import UTC, datetime

import pytest

from logmine.errors import SourceError
from logmine.report import tell_story
from logmine.report.story import DROPPED_BECAUSE
from logmine.schemas import DROP_REASONS

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
KEPT = {
    "prompt_id": "p1",
    "request_ids": [f"r{n}" for n in range(8)],
    "task_id": "sums",
    "topic_id": "numbers",
    "language": "en",
    "grader": "numeric",
    "reference_answer": json.dumps({"grader": "numeric", "answer": "21", "spec": "{}"}),
    "reference_origin": "consensus",
    "reference_confidence": 0.9,
    "n_attempts": 4,
    "n_correct": 3,
    "pass_rate": 0.75,
    "pass_rate_low": 0.3,
    "pass_rate_high": 0.9,
    "band": "in_range",
    "band_evidence": "measured",
    "decision": "selected",
    "split": "train",
    "leakage_group": "p1",
    "invoked_first": NOON,
    "invoked_last": NOON,
}
BARE = {"prompt_id": "p2", "request_ids": ["r9", None], "task_id": "chat", "n_attempts": 0, "n_correct": 0, "band": "unknown"}
BARE |= {"decision": "near_duplicate", "leakage_group": "p1", "kept_instead": "p1"}
LOST = {
    "request_id": "r7",
    "stage": "gather_attempts",
    "reason": "redelivered",
    "kept_instead": "r7",
    "object": "AWSLogs/a.json.gz",
    "line": 3,
}
FAILED = {
    "request_id": "r8",
    "stage": "decode",
    "reason": "failed_call",
    "detail": "ThrottlingException",
    "object": "AWSLogs/b.json.gz",
    "line": 1,
}


@pytest.fixture
def tell(table, tmp_path):
    """Return a function that tells what became of a record in a small build."""
    table("decisions", KEPT, BARE).write_parquet(tmp_path / "decisions.parquet")
    table("dropped", LOST, FAILED).write_parquet(tmp_path / "dropped.parquet")
    return lambda record: list(tell_story(tmp_path, record))


def test_a_kept_prompt_tells_its_whole_story(tell):
    assert tell("r0") == [
        "Prompt p1, first sent 2026-01-01 12:00:00+00:00, last 2026-01-01 12:00:00+00:00.",
        "The same prompt as: r1, r2, r3, r4, r5 and 2 more.",
        "Task sums; topic numbers; language en.",
        "Grader: numeric.",
        "Reference answer '21' from consensus, confidence 0.90.",
        "3 of 4 attempts right: pass rate 0.75 (0.30 to 0.90); in_range, measured.",
        "Decision: selected, in train.",
        "Leakage group p1.",
    ]


def test_a_prompt_is_found_by_its_own_id(tell):
    assert tell("p1")[1] == "The same prompt as: r0, r1, r2, r3, r4 and 3 more."


def test_a_duplicate_names_what_is_kept_and_a_request_without_id_has_no_name(tell):
    assert tell("r9") == [
        "Prompt p2, first sent at an unknown time, last at an unknown time.",
        "Task chat; topic none; language unknown.",
        "Grader: none fits.",
        "Decision: near duplicates.",
        "Kept instead: p1",
        "Leakage group p1.",
    ]


def test_a_dropped_record_tells_where_and_why(tell):
    assert tell("r8") == ["AWSLogs/b.json.gz, line 1: dropped by decode: the call failed (ThrottlingException)."]


def test_a_record_delivered_twice_tells_both_stories(tell):
    story = tell("r7")
    assert story[:2] == ["AWSLogs/a.json.gz, line 3: dropped by gather_attempts: it is the same record once more.", "Kept instead: r7"]
    assert story[2].startswith("Prompt p1")


def test_every_reason_has_words():
    assert DROPPED_BECAUSE.keys() == set(DROP_REASONS)


def test_an_unknown_record_and_a_folder_without_build_are_refused(tell, tmp_path):
    with pytest.raises(SourceError, match="r10 is neither a request id nor a prompt id"):
        tell("r10")
    with pytest.raises(SourceError, match="holds no finished build: decisions"):
        list(tell_story(tmp_path / "other", "r0"))
