"""Laws of the stage, odd input of every kind, and logs that others captured."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logmine.config import LogsConfig
from logmine.logs import decode, decode_in_parts, decoding, list_objects, plain, read_records, scan_logs
from logmine.logs.bodies import Body
from logmine.logs.columns import table_of
from logmine.logs.decoding import to_frame
from logmine.logs.envelopes import envelope_of
from logmine.logs.invocations import read_call
from logmine.schemas import INVOCATIONS, TABLES, require

SHARED = Path(__file__).parents[3] / "shared"
LIMITS = LogsConfig()
KEYS = [
    "messages",
    "content",
    "role",
    "text",
    "type",
    "system",
    "tools",
    "toolConfig",
    "toolUse",
    "toolResult",
    "input",
    "prompt",
    "inputText",
    "message",
    "output",
    "choices",
    "delta",
    "usage",
    "stopReason",
    "completion",
    "generation",
    "outputs",
    "results",
    "chat_history",
    "image",
    "source",
    "inferenceConfig",
    "max_tokens",
    "event_type",
    "object",
    "response",
    "index",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "reasoningContent",
    "guardContent",
    "contentBlockDelta",
    "contentBlockStart",
    "messageStop",
    "metadata",
    "trace",
    "guardrail",
]
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5),
              st.sampled_from(["user", "assistant", "text", "tool_use", "message", "image_url", "response.completed", "chat.completion"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)),
    max_leaves=25,
)  # fmt: skip


def laws_hold(tables):
    for name in ("invocations", "dropped", "objects_read"):
        assert require(tables[name], name).schema == TABLES[name]
    rows = pl.concat(tables[name].filter(pl.col("line") > 0).select("object", "line") for name in ("invocations", "dropped"))
    counted = tables["objects_read"].join(rows.group_by("object").len(), on="object", how="left").fill_null(0)
    assert rows.is_unique().all()
    assert (counted["n_records"] == counted["len"]).all()


def row_of(record, *bodies):
    return to_frame(table_of([read_call("object", 1, envelope_of(record), *bodies)])).row(0, named=True)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES), VALUES)
def test_no_body_raises_and_what_comes_out_is_strict_json(request_body, response):
    bodies = (Body(json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")) for body in (request_body, response))
    found = row_of({"modelId": "m"}, *bodies)
    if found["unusable"] is None:
        assert all(isinstance(turn["content"], str) for turn in json.loads(found["messages"]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(lines=st.lists(st.one_of(st.builds(json.dumps, VALUES), st.text()), max_size=6), cut=st.integers(0, 40))
def test_every_record_is_counted_once(read, converse, lines, cut):
    data = gzip.compress("\n".join([json.dumps(converse()), *lines]).encode("utf-8", "replace"))
    laws_hold(read(data[: len(data) - cut]))


def test_damage_is_a_row_of_its_own_beside_the_good_lines(read, converse):
    lines = b"\n".join(json.dumps(converse("x" * 50, requestId=f"r{n}")).encode() for n in range(2000))
    tables = read(gzip.compress(lines)[:-200])
    laws_hold(tables)
    assert tables["invocations"].height > 100
    whole = tables["dropped"].filter(pl.col("line") == 0)
    assert whole.select("reason", "stage", "detail").rows() == [("unreadable_object", "decode", "truncated gzip")]


def test_an_object_beyond_the_limit_is_named_and_not_read(read, converse):
    tables = read(json.dumps(converse("x" * 5000)).encode(), config=LogsConfig(max_object_bytes=1000))
    assert tables["dropped"]["reason"].to_list() == ["too_large"]
    assert tables["objects_read"]["n_records"].to_list() == [0]


def test_no_objects_give_empty_tables(tmp_path):
    (tmp_path / "a.json").write_text("\n")
    tables = decode(list_objects([str(tmp_path)]).clear(), config=LIMITS)
    laws_hold(tables)
    assert tables["invocations"].is_empty()


def test_the_order_of_objects_does_not_matter(tmp_path, converse):
    for name in "abc":
        (tmp_path / f"{name}.json").write_text(json.dumps(converse(requestId=name)))
    objects = list_objects([str(tmp_path)])
    assert decode(objects, config=LIMITS)["invocations"].equals(decode(objects.reverse(), config=LIMITS)["invocations"])


def test_a_scan_is_lazy_in_rows_and_columns(tmp_path, converse):
    for name in "abc":
        (tmp_path / f"{name}.json").write_text(json.dumps(converse(name, requestId=name)))
    scan = scan_logs(str(tmp_path))
    assert scan.collect_schema() == INVOCATIONS
    assert scan.filter(pl.col("request_id") != "a").select("request_id").collect()["request_id"].to_list() == ["b", "c"]
    assert scan.head(2).collect().height == 2
    assert scan.select(pl.len()).collect().item() == 3
    assert scan.select("shape", "object").collect().columns == ["shape", "object"]


captures = pytest.mark.skipif(not SHARED.exists(), reason="captures of others lie beside the project")


@captures
@pytest.mark.parametrize(("name", "n_chats"), [("slashid.jsonl", 26), ("vectadb.jsonl", 6)])
def test_captured_records_are_read(name, n_chats):
    tables = decode(list_objects([str(SHARED / "real_logs" / name)]), config=LIMITS)
    laws_hold(tables)
    chats = tables["invocations"].filter(pl.col("unusable").is_null())
    assert (chats.height, chats["hint_disagrees"].sum(), chats["completion"].null_count()) == (n_chats, 0, 0)
    assert not chats["stream_incomplete"].any()


@captures
def test_captured_bodies_are_read():
    for line in (SHARED / "real_logs" / "otel_bodies.jsonl").read_text().splitlines():
        pair = json.loads(line)
        bodies = [Body(json.dumps(pair[name]).encode()) for name in ("inputBody", "outputBody") if pair[name] is not None]
        found = row_of({"modelId": pair["modelId"], "operation": pair["operation"]}, *[*bodies, Body(), Body()][:2])
        assert pair["status"] != 200 or (found["unusable"], found["completion"] is None, found["hint_disagrees"]) == (None, False, False)


@captures
def test_the_corpus_is_read_as_its_truth_says():
    tables = decode(list_objects([str(SHARED / "corpus" / "logs")]), config=LIMITS)
    laws_hold(tables)
    with gzip.open(SHARED / "corpus" / "truth" / "requests.jsonl.gz") as lines:
        kinds = {truth["request_id"]: truth["kind"] for truth in map(json.loads, lines)}
    wrong = [
        name
        for name, unusable in tables["invocations"].select("request_id", "unusable").rows()
        if (kinds[name] == "chat") != (unusable is None)
    ]
    assert wrong == []
    assert tables["dropped"]["reason"].to_list() == ["unreadable"] * 7


@captures
def test_lines_in_any_container_give_the_same_rows():
    lines = (SHARED / "real_logs" / "slashid.jsonl").read_bytes().splitlines()
    array = b"[" + b",".join(lines) + b"]"
    one_by_one = read_records(b"\n".join(lines), config=LIMITS)
    assert one_by_one.height == len(lines)
    assert read_records(array, config=LIMITS).equals(one_by_one)


def test_parts_are_the_tables_and_the_invocations_come_as_they_are_read(sample_logs, monkeypatch):
    objects = list_objects([str(sample_logs)])[:30]
    whole = decode(objects, config=LIMITS)
    for module in (decoding, plain):
        monkeypatch.setattr(module, "MAX_ROWS", 50)
    parts = [{name: decoding.to_frame(table) for name, table in part.items()} for part in decode_in_parts(objects, config=LIMITS)]
    assert [list(part) for part in parts] == [["invocations"]] * (len(parts) - 1) + [["invocations", "dropped", "objects_read"]]
    assert len(parts) > 2
    assert max(part["invocations"].height for part in parts) < whole["invocations"].height / 2
    for name, table in whole.items():
        assert pl.concat([part[name] for part in parts if name in part]).equals(table)
