"""What ``sample_logs`` promises to a new user, and to the tests that measure a build of it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zlib
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from logmine.config import LogsConfig
from logmine.logs import decode, list_objects

ROOT = Path(__file__).parent.parent
SAMPLE_LOGS = ROOT / "sample_logs"
TRUTH = ROOT / "tests" / "sample_truth.jsonl.gz"
JUDGED_KINDS = ("numeric", "label", "fields", "choice", "tool_call")


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    folder = tmp_path_factory.mktemp("again")
    script = ROOT / "tests" / "make_sample_logs.py"
    subprocess.run([sys.executable, str(script), str(folder / "logs"), str(folder / "truth.gz")], check=True)
    return folder


@pytest.fixture(scope="module")
def truth():
    return [json.loads(line) for line in gzip.decompress(TRUTH.read_bytes()).splitlines()]


@pytest.fixture(scope="module")
def lines():
    return [line for path in record_objects(SAMPLE_LOGS) for line in gzip.decompress(path.read_bytes()).split(b"\n") if line.strip()]


@pytest.fixture(scope="module")
def records(lines):
    return [record for line in lines if (record := parsed(line)) is not None]


def record_objects(folder):
    return [path for path in sorted(folder.rglob("*.json.gz")) if path.parent.name != "data"]


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def parsed(line):
    try:
        return json.loads(line)
    except ValueError:
        return None


def attempts_by_question(truth):
    found = defaultdict(list)
    for row in truth:
        if "correct" in row:
            found[row["question"]].append(row)
    return found


def is_learnable(attempts):
    wrong = Counter(row["answer"] for row in attempts if not row["correct"])
    n_correct = sum(row["correct"] for row in attempts)
    return len(attempts) >= 4 and 0.25 <= n_correct / len(attempts) <= 0.8 and n_correct > max(wrong.values())


def test_generator_gives_the_committed_records(again):
    unpacked = {name: data and gzip.decompress(data) for name, data in contents(again / "logs").items()}
    assert unpacked == {name: data and gzip.decompress(data) for name, data in contents(SAMPLE_LOGS).items()}
    assert gzip.decompress((again / "truth.gz").read_bytes()) == gzip.decompress(TRUTH.read_bytes())


@pytest.mark.skipif("ng" in zlib.ZLIB_RUNTIME_VERSION, reason="zlib-ng packs the same records into other bytes")
def test_generator_gives_the_committed_bytes(again):
    assert contents(again / "logs") == contents(SAMPLE_LOGS)
    assert (again / "truth.gz").read_bytes() == TRUTH.read_bytes()


def test_generator_leaves_a_filled_folder_alone(tmp_path):
    tmp_path.joinpath("mine.txt").write_text("keep")
    script = ROOT / "tests" / "make_sample_logs.py"
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), str(tmp_path / "truth.gz")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_sample_stays_small():
    assert sum(path.stat().st_size for path in SAMPLE_LOGS.rglob("*") if path.is_file()) < 1_000_000
    assert TRUTH.stat().st_size < 150_000


def test_objects_lie_where_bedrock_puts_them():
    root = SAMPLE_LOGS / "AWSLogs" / "123456789012" / "BedrockModelInvocationLogs"
    assert (root / "amazon-bedrock-logs-permission-check").stat().st_size == 0
    for path in record_objects(SAMPLE_LOGS):
        region, year, month, day, hour, name = path.relative_to(root).parts
        assert region in ("us-east-1", "us-west-2")
        assert name.startswith(f"{year}{month}{day}T{hour}")


def test_bodies_that_were_moved_can_be_found(records):
    paths = [
        record[side][f"{side}BodyS3Path"]
        for record in records
        for side in ("input", "output")
        if f"{side}BodyS3Path" in record.get(side, {})
    ]
    side_cars = {path for path in contents(SAMPLE_LOGS) if "/data/" in path}
    assert len(side_cars) >= 5
    assert {path.removeprefix("s3://example-bedrock-logs/") for path in paths} == side_cars


def test_about_two_thousand_records_over_days(records):
    assert 1_900 <= len(records) <= 2_300
    assert {record["timestamp"][:10] for record in records} == {f"2026-10-{day}" for day in (12, 13, 14, 15)}


def test_only_a_handful_of_lines_is_malformed(lines, records):
    assert len(lines) - len(records) == 6
    assert all(record["schemaType"] == "ModelInvocationLog" for record in records)


def test_some_lines_are_blank_and_one_object_has_windows_line_ends():
    plain = [gzip.decompress(path.read_bytes()) for path in record_objects(SAMPLE_LOGS)]
    assert sum(not line.strip() for data in plain for line in data.split(b"\n")[:-1]) == 3
    assert sum(b"\r\n" in data for data in plain) == 1


def test_truth_has_a_row_for_every_request(records, truth):
    assert Counter(row["request_id"] for row in truth).most_common(1)[0][1] == 1
    assert {row["request_id"] for row in truth} == {record["requestId"] for record in records}


def test_repeated_deliveries_are_named(records, truth):
    delivered = Counter(record["requestId"] for record in records)
    assert {name for name, n in delivered.items() if n > 1} == {row["request_id"] for row in truth if row.get("redelivered")}
    assert sum(n > 1 for n in delivered.values()) >= 20


def test_every_kind_of_record_occurs(truth):
    assert set(JUDGED_KINDS) | {"judge", "error", "embedding", "image", "undelivered"} == {row["kind"] for row in truth}
    notes = {"white_space", "case", "line_ends", "header", "polite", "truncated", "blocked", "undelivered"}
    assert notes == {row["note"] for row in truth if "note" in row}


def test_every_shape_occurs(truth):
    shapes = Counter(row["shape"] for row in truth if "shape" in row)
    assert len(shapes) == 9
    assert min(shapes.values()) >= 40


def test_failed_calls_have_no_bodies(records):
    failed = [record for record in records if "errorCode" in record]
    assert {record["errorCode"] for record in failed} >= {"ThrottlingException", "ValidationException"}
    assert not any("input" in record or "output" in record for record in failed)


def test_references_in_metadata_are_right(records, truth):
    references = {row["request_id"]: row["reference"] for row in truth if "reference" in row}
    carried = [record for record in records if {"expected_answer", "gold"} & set(record.get("requestMetadata", {})) and "output" in record]
    assert len(carried) >= 50
    for record in carried:
        assert references[record["requestId"]] in record["requestMetadata"].values()


def test_enough_prompts_are_neither_hopeless_nor_trivial(truth):
    assert sum(map(is_learnable, attempts_by_question(truth).values())) >= 180


def test_learnable_prompts_come_from_every_checkable_application(truth):
    apps = Counter(attempts[0]["app"] for attempts in attempts_by_question(truth).values() if is_learnable(attempts))
    assert set(apps) == {"tutor", "juku", "ticket-router", "quiz-night", "invoice-reader", "concierge", "back-office"}
    assert min(apps.values()) >= 15


def test_shared_system_prompt_is_long(records):
    systems = {
        json.dumps(record["input"]["inputBodyJson"].get("system", "")) for record in records if "inputBodyJson" in record.get("input", {})
    }
    assert max(map(len, systems)) > 16_000


def test_reader_finds_every_chat_record_usable(truth):
    read = decode(list_objects([str(SAMPLE_LOGS)]), config=LogsConfig())
    kinds = {row["request_id"]: row["kind"] for row in truth}
    expected = {"error": "failed_call", "embedding": "not_chat", "image": "not_chat", "undelivered": "body_not_delivered"}
    found = {(kinds[name], why) for name, why in read["invocations"].select("request_id", "unusable").iter_rows()}
    assert found == {*((kind, None) for kind in (*JUDGED_KINDS, "judge")), *expected.items()}
    assert read["dropped"]["reason"].to_list() == ["unreadable"] * 6
