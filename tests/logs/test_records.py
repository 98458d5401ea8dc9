"""Containers: whatever records come in, each is read once, in order."""

import base64
import bz2
import gzip
import json
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.config import LogsConfig
from logmine.logs.compression import decompress
from logmine.logs.plain import PlainRows
from logmine.logs.records import Record, records

LIMITS = LogsConfig()


def logged(name):
    return {"schemaType": "ModelInvocationLog", "requestId": name, "modelId": "m", "input": {"inputBodyJson": {"messages": []}}}


A, B, C = (logged(name) for name in "abc")


def read(data, config=LIMITS):
    return list(records(data, config, PlainRows(config)))


def found(data, config=LIMITS):
    return [(line, one.envelope.request_id if isinstance(one, Record) else one.reason) for line, one in read(data, config)]


def text(*values, joined="\n"):
    return joined.join(json.dumps(value) for value in values)


def insights_row(value):
    return [{"field": "@timestamp", "value": "2025"}, {"field": "@message", "value": json.dumps(value)}]


def event(value):
    return {"timestamp": 1, "message": json.dumps(value)}


def subscription(*values):
    return {"messageType": "DATA_MESSAGE", "logGroup": "g", "logEvents": [event(value) for value in values]}


POWERSHELL = {"results": [[f"@{{field=@message; value={json.dumps(value)}}}"] for value in (A, B, C)]}


@pytest.mark.parametrize(
    "data",
    [
        text(A, B, C),
        text(A, B, C) + "\n",
        text(A, B, C, joined="\r\n"),
        "\ufeff" + text(A, B, C),
        text([A, B, C]),
        json.dumps([A, B, C], indent=2),
        "[\n" + text(A, B, C, joined=",\n") + "\n]\n",
        text(A, B, C, joined=""),
        "\n".join(json.dumps(one, indent=2) for one in (A, B, C)),
        "\n".join(json.dumps(one, indent=0) for one in (A, B, C)),
        text({"events": [event(A), event(B), event(C)], "searchedLogStreams": []}),
        json.dumps({"events": [event(A), event(B), event(C)]}, indent=4),
        text({"results": [insights_row(A), insights_row(B), insights_row(C)], "status": "Complete"}),
        text({"results": {"value": [insights_row(A), insights_row(B), insights_row(C)], "Count": 3}}),
        text(POWERSHELL),
        text(*({"@timestamp": "2025", "@message": json.dumps(one)} for one in (A, B, C))),
        text([{"@message": A}, {"@message": B}, {"@message": C}]),
        text(subscription(A, B), subscription(C), joined=""),
        text({"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": "Checking health"}]}, subscription(A, B, C)),
        text({"awslogs": {"data": base64.b64encode(gzip.compress(text(subscription(A, B, C)).encode())).decode()}}),
        "".join(f"2026-10-05T10:00:00.000Z {json.dumps(one)}\n" for one in (A, B, C)),
        text(*(json.dumps(one) for one in (A, B, C))),
    ],
)
def test_every_container_gives_the_same_records(data):
    assert [name for _, name in found(data.encode())] == ["a", "b", "c"]


def test_powershell_writes_utf_16():
    assert [name for _, name in found(text(A, B).encode("utf-16"))] == ["a", "b"]


def test_lines_count_blank_ones_and_rise_strictly():
    assert found(f"\n{text(A)}\n\n{text(B)}{text(C)}\n".encode()) == [(2, "a"), (4, "b"), (5, "c")]


def test_bad_lines_are_told_from_records_around_them():
    data = f'{text(A)}\n{text(B)[:40]}\n{text(B)[:70]}\n{{"a":\n123\n"x"\nfree text\n{{"foo": 1}}\n{text(C)}'
    reasons = [name for _, name in found(data.encode())]
    assert reasons == ["a", "unreadable", "unreadable", "unreadable", "not_a_record", "not_a_record", "unreadable", "not_a_record", "c"]


def test_a_damaged_array_keeps_its_whole_elements():
    data = text([A, B, C])[:-30].encode()
    assert [name for _, name in found(data)] == ["a", "b", "unreadable"]


def test_text_that_only_quotes_a_record_is_no_record():
    data = text({"message": "plain text of another application"}, {"message": {"level": "INFO"}})
    assert [name for _, name in found(data.encode())] == ["not_a_record", "not_a_record"]


def test_limits_refuse_a_record_and_keep_its_neighbors():
    long = logged("x" * 500)
    deep = logged("d") | {"extra": json.loads("[" * 60 + "]" * 60)}
    config = LogsConfig(max_record_bytes=400, max_nesting=50)
    assert found(text(A, long, deep, B).encode(), config) == [(1, "a"), (2, "too_large"), (3, "too_large"), (4, "b")]


@pytest.mark.parametrize("depth", [199, 900, 5000, 100_000])
def test_any_depth_is_counted_and_none_raises(depth):
    odd = '{"a":' * depth + "1" + "}" * depth
    assert [name for _, name in found(f"{odd}\n{text(A)}\n{'[' * depth}\n".encode())][1] == "a"


def test_an_odd_field_does_not_lose_the_record():
    odd = A | {"requestMetadata": {"n": 1}, "accountId": 7, "errorCode": 3, "input": {"inputTokenCount": "x", "inputBodyJson": {"a": 1}}}
    envelope = read(text(odd).encode())[0][1].envelope
    assert (envelope.request_id, envelope.account_id, envelope.error_code, envelope.request_metadata) == ("a", None, "3", {"n": "1"})
    assert bytes(envelope.input.input_body_json) == b'{"a":1}'


def test_what_strict_json_cannot_hold_is_mended():
    data = b'{"modelId":"m","requestId":"a\\ud83d","input":{"inputBodyJson":{"x":NaN,"y":1e400,"z":123456789012345678901234567890,"t":"\xff"}}}'
    envelope = read(data)[0][1].envelope
    assert envelope.request_id == "a\ufffd"
    assert bytes(envelope.input.input_body_json).decode() == '{"x":null,"y":null,"z":123456789012345678901234567890,"t":"\ufffd"}'


@given(
    st.lists(st.one_of(st.sampled_from([text(A), text([B]), text(subscription(C)), "", "{", "[", "}", '"', "\\", "null", "{}"]), st.text()))
)
def test_no_line_raises_and_lines_rise(lines):
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    numbers = [line for line, _ in read(data)]
    assert numbers == sorted(set(numbers))


@given(st.binary(max_size=300))
def test_no_bytes_raise(data):
    content = decompress(data, 1000)
    assert len(read(content.data)) <= max(1, len(content.data))


@given(st.binary(max_size=2000), st.lists(st.integers(1, 500), max_size=4))
def test_gzip_members_come_out_whole(data, cuts):
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    members = b"".join(gzip.compress(data[start:end]) for start, end in pairwise(edges)) or gzip.compress(b"")
    plain = data if not data.startswith((b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd")) else None
    assert plain is None or decompress(members, 10_000) == (data, None, None)


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, lambda raw: gzip.compress(gzip.compress(raw)), lambda raw: gzip.compress(raw) + b"\0" * 9]
)
def test_layers_of_gzip_are_taken_off(pack):
    assert decompress(pack(b"hello"), 1000) == (b"hello", None, None)


def test_zstd_frames_are_read():
    frame = pa.Codec("zstd").compress(b"hello", asbytes=True)
    assert decompress(frame + frame, 1000) == (b"hellohello", None, None)
    assert decompress(frame[:-3], 1000).problem == "unreadable_object"


def test_damage_keeps_what_stood_before_it():
    lines = "".join(f"{n} {bz2.compress(str(n).encode()).hex()}\n" for n in range(4000)).encode()
    packed = gzip.compress(lines)
    cut, flipped = decompress(packed[:-1000], 10**7), decompress(packed[:-4000] + b"\0" * 4000, 10**7)
    assert cut.problem == flipped.problem == "unreadable_object"
    assert lines.startswith(cut.data)
    assert cut.data.count(b"\n") > 1000
    assert flipped.data[:1000] == lines[:1000]


def test_a_bomb_is_too_large():
    assert decompress(gzip.compress(b"0" * 100_000), 1000).problem == "too_large"
    assert decompress(pa.Codec("zstd").compress(b"0" * 10_000_000, asbytes=True), 1000).problem == "too_large"
    assert decompress(b"0" * 1001, 1000).problem == "too_large"
