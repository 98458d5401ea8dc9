"""What is too large, too deep or hardly JSON: each case ends in one defined way, with a reason of its own."""

import gzip
import json

import pyarrow as pa
import pytest

from logmine.config import LogsConfig
from logmine.logs.json_values import is_nested_beyond

SMALL = LogsConfig(max_object_bytes=1_000_000, max_record_bytes=100_000, max_nesting=50)
PLAIN = b'{"schemaType":"ModelInvocationLog","requestId":"plain"}'


def record(body, name="odd"):
    """The bytes of a record whose request body is these bytes."""
    return b'{"schemaType":"ModelInvocationLog","requestId":"%s","input":{"inputBodyJson":%s}}' % (name.encode(), body)


def chat(value, key="x"):
    """A chat whose assistant called a tool with one argument of these bytes."""
    call = b'{"id":"c","type":"function","function":{"name":"f","arguments":{"%s":%s}}}' % (key.encode(), value)
    return record(b'{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":null,"tool_calls":[%s]}]}' % call)


def arguments(read, data):
    """The arguments that were read of :func:`chat`, as text."""
    messages = json.loads(read(data)["invocations"]["messages"][0])
    return messages[1]["tool_calls"][0]["function"]["arguments"]


BEYOND = [
    ("bomb", gzip.compress(b"0" * 10_000_000), SMALL, [(0, "too_large", "more than 1000000 bytes after decompression")]),
    ("bomb in a bomb", gzip.compress(gzip.compress(b"0" * 10_000_000)), SMALL, [(0, "too_large", "more than 1000000 bytes after decompression")]),
    ("expansion", pa.compress(b"0" * 80_000_000, "zstd", asbytes=True), LogsConfig(), [(0, "too_large", "more than 2000 times its stored size")]),
    ("object", b"0" * 1_000_001, SMALL, [(0, "too_large", "more than 1000000 bytes")]),
    ("record", record(b'"%s"' % (b"0" * 100_000)), SMALL, [(1, "too_large", "record of more than 100000 bytes")]),
    ("record in an array", b"[%s]" % record(b'"%s"' % (b"0" * 100_000)), SMALL, [(1, "too_large", "record of more than 100000 bytes")]),
    ("nesting", record(b"[" * 51 + b"]" * 51), SMALL, [(1, "too_large", "nested deeper than 50")]),
    ("nesting in an array", b"[%s]" % record(b"[" * 51 + b"]" * 51), SMALL, [(1, "too_large", "nested deeper than 50")]),
    ("nesting without end", b"[" * 90_000, SMALL, [(1, "too_large", "nested deeper than 50")]),
    ("nesting of millions", record(b"[" * 1_000_000 + b"]" * 1_000_000), LogsConfig(), [(1, "too_large", "nested deeper than 200")]),
    ("truncated", record(b"{}")[:-5], SMALL, [(1, "unreadable", "77 bytes that are not JSON")]),
    ("scalar", b"12", SMALL, [(1, "not_a_record", "JSON int")]),
    ("other", b'{"b":1,"a":2}', SMALL, [(1, "not_a_record", "keys: a, b")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "config", "expected"), BEYOND, ids=[case[0] for case in BEYOND])
def test_what_lies_beyond_a_limit_is_dropped_with_its_reason(read, name, data, config, expected):
    tables = read(data, config=config)
    assert tables["dropped"].select("line", "reason", "detail").rows() == expected, name
    assert tables["invocations"].is_empty()
    assert tables["objects_read"]["n_records"].to_list() == [sum(line > 0 for line, _, _ in expected)]


@pytest.mark.parametrize("bad", [case[1] for case in BEYOND if case[3][0][0] and case[2] is SMALL])
def test_a_bad_line_does_not_touch_the_lines_around_it(read, bad):
    tables = read(b"\n".join([PLAIN, bad, PLAIN]), config=SMALL)
    assert tables["invocations"]["line"].to_list() == [1, 3]
    assert tables["dropped"]["line"].to_list() == [2]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"NaN", "null"),
        (b"-Infinity", "null"),
        (b"1e400", "null"),
        (b"-0", "0"),
        (b"-0.0", "-0.0"),
        (b"1.0", "1.0"),
        (b"9223372036854775808", "9223372036854775808"),
        (b"-170141183460469231731687303715884105728", "-170141183460469231731687303715884105728"),
        (b"1" * 4000, "1" * 4000),
        (rb'"\ud83d"', '"\ufffd"'),
        (rb'"\ud83d\ude00"', '"\U0001f600"'),
        (b'"a\xffb"', '"a\ufffdb"'),
        (b'"\xed\xa0\x80"', '"\ufffd\ufffd\ufffd"'),
        (rb'"\u0000"', r'"\u0000"'),
        ('"\u2028"'.encode(), '"\u2028"'),
    ],
)
def test_an_odd_value_is_read_in_one_defined_way(read, value, expected):
    assert arguments(read, chat(value)) == f'{{"x":{expected}}}'


def test_of_equal_keys_the_last_counts_in_both_readers(read):
    assert arguments(read, chat(b'1,"x":2')) == '{"x":2}'
    assert arguments(read, chat(b'NaN,"x":2')) == '{"x":2}'


def test_a_number_of_a_million_digits_is_a_body_that_is_not_read(read):
    row = read(b"\n".join([record(b'{"messages":[],"seed":%s}' % (b"1" * 1_000_000)), PLAIN]))["invocations"]
    assert row["unusable"].to_list() == ["unread_shape", "body_not_delivered"]
    assert row["unusable_detail"][0] == "request: not JSON"


def test_a_body_of_a_hundred_thousand_keys_is_read(read):
    keys = ",".join(f'"k{number}":{number}' for number in range(100_000))
    row = read(record(b'{"messages":[{"role":"user","content":"Hi"}],%s}' % keys.encode()))["invocations"].row(0, named=True)
    assert (row["unusable"], row["messages"]) == (None, '[{"role":"user","content":"Hi"}]')


def test_nesting_is_counted_through_both_kinds_of_brackets():
    alternating = b'{"a":[' * 30 + b"]}" * 30
    assert is_nested_beyond(alternating, 59)
    assert not is_nested_beyond(alternating, 60)


def test_objects_on_one_line_are_each_a_record(read):
    rows = read(PLAIN + PLAIN + b"\n" + PLAIN)["invocations"]
    assert rows["line"].to_list() == [1, 2, 3]


@pytest.mark.parametrize("odd", [b"a\xffb", rb"a\ud83db"])
def test_odd_text_in_the_envelope_is_mended_too(read, odd):
    tables = read(PLAIN.replace(b"plain", odd))
    assert tables["invocations"]["request_id"].to_list() == ["a\ufffdb"]


def test_control_characters_of_the_text_stay_in_the_text(read):
    rows = read(record(b'{"messages":[{"role":"user","content":"a\\u0000b\\u2028c\\r\\n"}]}'))["invocations"]
    assert json.loads(rows["messages"][0])[0]["content"] == "a\0b\u2028c\r\n"
