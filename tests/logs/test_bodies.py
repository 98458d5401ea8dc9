"""Bodies that Bedrock moved to ``data/``: found inside the source, and nowhere else."""

import gzip
import json

import pytest

from logmine.config import LogsConfig
from logmine.logs import decode, list_objects

HOUR = "AWSLogs/111122223333/BedrockModelInvocationLogs/eu-central-1/2025/03/10/08"
BODY = {"messages": [{"role": "user", "content": [{"text": "Long"}]}]}
SAID = {"output": {"message": {"content": [{"text": "Hello"}]}}, "stopReason": "end_turn"}


@pytest.fixture
def moved(tmp_path, record):
    """Return a function that logs a record whose request lies at a path, and decodes it."""

    def run(path, *, response=None, log_name=f"{HOUR}/a.json"):
        logged = record(None, response or SAID, operation="Converse") | {"input": {"inputBodyS3Path": path}}
        log = tmp_path / "team" / log_name
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(json.dumps(logged))
        return decode(list_objects([str(tmp_path / "team")]), config=LogsConfig())["invocations"].row(0, named=True)

    return run


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_a_body_is_found_by_its_key(moved, tmp_path, pack):
    put(tmp_path / "team" / HOUR / "data" / "r1_input.json.gz", pack(json.dumps(BODY).encode()))
    row = moved(f"s3://bucket/team/{HOUR}/data/r1_input.json.gz")
    assert (row["unusable"], json.loads(row["messages"])[0]["content"]) == (None, "Long")


def test_a_body_is_found_beside_an_export(moved, tmp_path):
    put(tmp_path / "team" / "data" / "r1_input.json.gz", json.dumps(BODY).encode())
    row = moved(f"s3://bucket/large/{HOUR}/data/r1_input.json.gz", log_name="000000.gz")
    assert row["unusable"] is None


def test_a_moved_stream_of_events_is_read(moved, tmp_path, record):
    put(tmp_path / "team" / HOUR / "data" / "r1_output.json.gz", json.dumps([{"generation": "Hi", "stop_reason": "stop"}]).encode())
    logged = record({"prompt": "Hi", "max_gen_len": 9}) | {"output": {"outputBodyS3Path": f"s3://b/{HOUR}/data/r1_output.json.gz"}}
    (tmp_path / "team" / HOUR / "b.json").write_text(json.dumps(logged))
    rows = decode(list_objects([str(tmp_path / "team")]), config=LogsConfig())["invocations"]
    assert rows["completion"].to_list() == ["Hi"]
    assert moved("s3://b/none")["unusable_detail"] == "not found"


@pytest.mark.parametrize(
    "path",
    [
        "s3://bucket/AWSLogs/../../secret.json",
        "s3://bucket/AWSLogs/../../../../../../../../etc/hostname",
        f"s3://bucket/{HOUR}/data/link.json",
        "s3://bucket/../secret.json",
        "file:///etc/hostname",
        "/etc/hostname",
        "s3://bucket/AWSLogs/\0",
        "",
    ],
)
def test_a_path_never_leads_out_of_the_source(moved, tmp_path, path):
    put(tmp_path / "secret.json", json.dumps(BODY).encode())
    (tmp_path / "team" / HOUR / "data").mkdir(parents=True)
    (tmp_path / "team" / HOUR / "data" / "link.json").symlink_to(tmp_path / "secret.json")
    row = moved(path)
    assert row["unusable"] in ("body_unresolved", "body_not_delivered")
    assert row["messages"] is None


def test_a_damaged_or_deep_body_is_said_to_be_so(moved, tmp_path):
    place = tmp_path / "team" / HOUR / "data" / "r1_input.json.gz"
    put(place, gzip.compress(b'{"messages":[]}' * 99)[:-9])
    assert moved(f"s3://b/{HOUR}/data/r1_input.json.gz")["unusable"] == "body_unresolved"
    put(place, b"[" * 999 + b"]" * 999)
    assert moved(f"s3://b/{HOUR}/data/r1_input.json.gz")["unusable"] == "too_large"
    put(place, b"not JSON")
    assert moved(f"s3://b/{HOUR}/data/r1_input.json.gz")["unusable"] == "unread_shape"


def test_in_s3_only_the_own_bucket_and_prefix_is_asked(bucket, s3_endpoint, record):
    bucket.create_bucket(Bucket="other")
    lines = []
    for number, (home, key) in enumerate([("logs", "team"), ("logs", "elsewhere"), ("other", "team")]):
        path = f"{key}/{HOUR}/data/r{number}_input.json.gz"
        bucket.put_object(Bucket=home, Key=path, Body=json.dumps(BODY).encode())
        lines.append(json.dumps(record(None, SAID, requestId=f"r{number}") | {"input": {"inputBodyS3Path": f"s3://{home}/{path}"}}))
    bucket.put_object(Bucket="logs", Key=f"team/{HOUR}/a.json.gz", Body="\n".join(lines).encode())
    rows = decode(list_objects(["s3://logs/team"], endpoint_url=s3_endpoint), config=LogsConfig())["invocations"]
    assert rows["unusable"].to_list() == [None, "body_unresolved", "body_unresolved"]
