"""Records captured by others read as their raw text says; expectations in ``golden/`` were written from that text, by hand.

``golden/FILE.json`` maps a row of ``../shared/real_logs/FILE.jsonl``, counted from 1, to what it must give. A long text stands as its
beginning, end, number of characters and SHA-256; tools stand by name. A column that is not named has the value of ``PLAIN``.
"""

import hashlib
import json
from pathlib import Path

import pytest

from logmine.config import LogsConfig
from logmine.logs import decode, list_objects

HERE = Path(__file__).parent
REAL_LOGS = HERE.parents[2] / "shared" / "real_logs"
GOLDEN = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((HERE / "golden").glob("*.json"))}
ROWS = [(name, int(row)) for name, golden in GOLDEN.items() for row in golden["rows"]]
N_ROWS = {"slashid": 26, "vectadb": 29, "otel_bodies": 103, "newrelic_bodies": 21}
JSON_COLUMNS = ("messages", "tools", "completion_tool_calls")

NO_CHAT = dict.fromkeys(("shape", "messages", "completion", "stop_reason", "hint_disagrees", "n_media", "guardrail_intervened"))
PLAIN = dict.fromkeys((
    "unusable", "unusable_detail", "tools", "completion_tool_calls", "reasoning", "temperature", "max_output_tokens", "latency_ms",
    "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens",
)) | {"hint_disagrees": False, "n_media": 0, "guardrail_intervened": False, "stream_incomplete": False}  # fmt: skip

pytestmark = pytest.mark.skipif(not REAL_LOGS.is_dir(), reason="needs ../shared/real_logs")


def record_of(name, number, logged):
    """Return the row as a log record: bodies alone get an envelope, a call that was answered with an error gets that of a failed one."""
    if "schemaType" in logged:
        return logged
    model, answer = logged["modelId"], logged.get("outputBody", logged.get("outputBodyJson"))
    record = {"schemaType": "ModelInvocationLog", "requestId": f"{name}-{number}", "operation": logged["operation"], "modelId": model}
    if logged["status"] != 200:
        return record | {"errorCode": "ValidationException"}
    shape = GOLDEN[name]["rows"][str(number)]["shape"]
    asked = logged["inputBody"] if "inputBody" in logged else request_around(logged["prompt_key"], shape)
    return record | {"input": {"inputBodyJson": asked}, "output": {"outputBodyJson": answer}}


def request_around(prompt, shape):
    """Return the request of a response that was captured without: its prompt, as the family of the response asks."""
    return {
        "titan_text": {"inputText": prompt},
        "anthropic_text": {"prompt": prompt, "max_tokens_to_sample": 99},
        "anthropic_messages": {"anthropic_version": "bedrock-2023-05-31", "messages": [{"role": "user", "content": prompt}]},
    }.get(shape, {"prompt": prompt})


@pytest.fixture(scope="module")
def decoded(tmp_path_factory):
    rows = {}
    for name in GOLDEN:
        lines = (REAL_LOGS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        records = [json.dumps(record_of(name, number, json.loads(line))) for number, line in enumerate(lines, 1)]
        path = tmp_path_factory.mktemp(name) / "records.jsonl"
        path.write_text("\n".join(records), encoding="utf-8")
        tables = decode(list_objects([str(path)]), config=LogsConfig())
        assert tables["dropped"].is_empty()
        rows |= {(name, row["line"]): row for row in tables["invocations"].iter_rows(named=True)}
    return rows


def shortened(value):
    """Return ``value`` with long texts as the expectations hold them."""
    if isinstance(value, list):
        return [shortened(entry) for entry in value]
    if isinstance(value, dict):
        return {key: shortened(entry) for key, entry in value.items()}
    if not isinstance(value, str) or len(value) <= 160:
        return value
    return {"start": value[:40], "end": value[-40:], "chars": len(value), "sha256": hashlib.sha256(value.encode()).hexdigest()}


def test_every_row_has_its_expectation(decoded):
    assert {name: len(golden["rows"]) for name, golden in GOLDEN.items()} == N_ROWS
    assert sorted(decoded) == sorted(ROWS)


@pytest.mark.parametrize(("name", "number"), ROWS)
def test_a_row_reads_as_its_raw_text_says(decoded, name, number):
    golden = GOLDEN[name]
    expected = golden["rows"][str(number)]
    expected = (PLAIN | NO_CHAT | {"stream_incomplete": None} if "unusable" in expected else PLAIN) | expected
    if expected["tools"]:
        expected["tools"] = golden["tools"][expected["tools"]]
    row = decoded[name, number]
    found = {column: json.loads(row[column]) if column in JSON_COLUMNS and row[column] else row[column] for column in expected}
    tools = found.pop("tools"), expected.pop("tools")
    assert shortened(found) == expected
    assert json.dumps(tools[0]) == json.dumps(tools[1])  # in the order of their keys
