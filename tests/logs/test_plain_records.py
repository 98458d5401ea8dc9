"""Records that the compiled reader meets: tool loops, streams, escapes, containers, limits; each read as the general way reads it."""

import gzip
import json

import pytest

from logmine.config import LogsConfig
from logmine.logs import decode, decoding, list_objects, plain
from logmine.logs.plain import PlainRows

LIMITS = LogsConfig()
CLAUDE, NOVA, GPT = "anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0", "openai.gpt-oss-20b-1:0"
compiled = pytest.mark.skipif(plain.PlainReader is None, reason="installed without a compiler")
VALUES = [
    *("null", "{}", "[]", '"text"', '"{\\"a\\": 1}"', "true", "0", "-0", "1.0", "-0.0", "1e5", "1E400", "12345678901234567890123", '""'),
    *('{"a":1,"a":2}', '{"b":{"c":[1,[2,{}],null]},"a":1.50}', '[1.0,"\\u00e9","\\/","\\ud83d\\ude00"]', ' { "a" : [ 1 , 2 ] } '),
    *('"\\ud83d"', '{"\\u0061":"\\u0000"}', '{"a":NaN}'),
]  # fmt: skip
TEXTS = [
    *("", "plain", "é😀\u2028", "\\u00e9", "\\ud83d\\ude00", "\\ud83d", "\\ude00\\ud83d", "\\ud83d\\n", "\\ud83dx\\ude00", "\\/", "\\\\u0041"),
    *("\\u0000", "\\u001f\\u007f", "\\b\\f\\n\\r\\t", '\\"\\\\', "\\u0022\\u005c", "\\uFFFF\\uffff", "\x7f", "\x01", "\\x", "\\u12g4", "\\u12"),
]  # fmt: skip
SPACES = [
    "",
    " ",
    "\n\t",
    "\u00a0",
    "\u0085",
    "\u1680",
    "\u2003",
    "\u2028",
    "\u202f",
    "\u205f",
    "\u3000",
    "\x1c",
    "\x0b",
    "\u200b",
    "\ufeff",
]


def _record(request, response, *, model=CLAUDE, operation="InvokeModel", beside=""):
    """The line of a record around the texts of two bodies."""
    return (
        f'{{"schemaType":"ModelInvocationLog","requestId":"r","operation":"{operation}","modelId":"{model}"{beside},'
        f'"input":{{"inputBodyJson":{request}}},"output":{{"outputBodyJson":{response}}}}}'
    )


def _anthropic(*turns, answer='[{"type":"text","text":"c"}]', more="", **fields):
    request = f'{{"anthropic_version":"v","max_tokens":9,"messages":[{",".join(turns) or ASKED}]{more}}}'
    return _record(
        request, f'{{"type":"message","model":"m","stop_reason":"end_turn","usage":{{"input_tokens":3}},"content":{answer}}}', **fields
    )


def _converse(*turns, answer='[{"text":"c"}]', **fields):
    response = f'{{"output":{{"message":{{"role":"assistant","content":{answer}}}}},"stopReason":"end_turn","metrics":{{"latencyMs":5}}}}'
    return _record(f'{{"messages":[{",".join(turns)}]}}', response, **({"operation": "Converse"} | fields))


def _openai(*turns, answer='"content":"c"'):
    response = f'{{"object":"chat.completion","model":"m","choices":[{{"index":0,"message":{{{answer}}},"finish_reason":"stop"}}]}}'
    return _record(f'{{"messages":[{",".join(turns)}]}}', response, model=GPT)


def _stream(*events):
    return _record(f'{{"anthropic_version":"v","messages":[{ASKED}]}}', json.dumps([BEGUN, *events, *ENDED]))


ASKED = '{"role":"user","content":"Hi"}'
BEGUN = {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 3, "output_tokens": 1, "cache_read_input_tokens": 2}}}
ENDED = [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}}, {"type": "message_stop"}]
LOOPS = {
    "anthropic": lambda value, result: _anthropic(
        f'{{"role":"assistant","content":[{{"type":"thinking","thinking":"h"}},{{"type":"text","text":"a"}},{{"type":"tool_use","id":"t","name":"f",'
        f'"input":{value}}},{{"type":"tool_use","id":"u","name":"g","input":{{}}}}]}}',
        f'{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"t","content":{result}}},{{"type":"tool_result","tool_use_id":"u"}},'
        '{"type":"text","text":"more"}]}',
        answer=f'[{{"type":"thinking","thinking":"hm"}},{{"type":"thinking","thinking":"so"}},{{"type":"tool_use","id":"v","name":"f","input":{value}}}]',
    ),
    "converse": lambda value, result: _converse(
        f'{{"role":"assistant","content":[{{"reasoningContent":{{}}}},{{"text":"a"}},{{"toolUse":{{"toolUseId":"t","name":"f","input":{value}}}}},'
        '{"toolUse":{"toolUseId":"u","name":"g","input":{}}}]}',
        f'{{"role":"user","content":[{{"toolResult":{{"toolUseId":"t","content":[{{"json":{value}}},{{"text":"b"}}]}}}},'
        f'{{"toolResult":{{"toolUseId":"u","content":{result}}}}},{{"text":"more"}}]}}',
        answer=f'[{{"toolUse":{{"toolUseId":"v","name":"f","input":{value}}}}}]',
    ),
    "openai": lambda value, result: _openai(
        f'{{"role":"assistant","content":"a","tool_calls":[{{"id":"t","function":{{"name":"f","arguments":{value}}}}},'
        '{"id":"u","function":{"name":"g"}}]}',
        f'{{"role":"tool","tool_call_id":"t","content":{result}}}',
        '{"role":"tool","name":"u","content":null}',
        answer=f'"content":null,"reasoning":"hm","tool_calls":[{{"id":"v","function":{{"name":"f","arguments":{value}}}}}]',
    ),
}
RESULTS = [
    "[]",
    '"b"',
    '""',
    "null",
    '[{"type":"text","text":"b"},{"type":"text","text":""}]',
    '[{"text":"b"},{"json":[1.0]}]',
    "[{}]",
    "{}",
    "7",
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("family", LOOPS)
def test_a_tool_loop_reads_alike_whatever_is_asked_of_a_tool(family, value, assert_reads_alike):
    for result in ('"b"', '[{"text":"b"}]'):
        assert_reads_alike(LOOPS[family](value, result))


@pytest.mark.parametrize("result", RESULTS)
@pytest.mark.parametrize("family", LOOPS)
def test_a_tool_loop_reads_alike_whatever_a_tool_gave(family, result, assert_reads_alike):
    assert_reads_alike(LOOPS[family]('{"q":1.0}', result))


@compiled
@pytest.mark.parametrize(("family", "result"), [("anthropic", RESULTS[4]), ("converse", RESULTS[5]), ("openai", RESULTS[4])])
def test_tool_loops_take_the_short_way(family, result):
    assert PlainRows(LIMITS).reads(LOOPS[family]('{"b":{"c":[1,null]},"a":1.50}', result).encode())


def _block(index, start, *pieces):
    deltas = [{"type": "content_block_delta", "index": index, "delta": piece} for piece in pieces]
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *deltas,
        {"type": "content_block_stop", "index": index},
    ]


THOUGHT = {"type": "thinking", "thinking": ""}
CALLED = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
SAID = {"type": "text_delta", "text": "b"}
ASKS = [{"type": "input_json_delta", "partial_json": piece} for piece in ("", '{"q": "', '\\u00e9\n"}')]
THINKS = [
    {"type": "thinking_delta", "thinking": "h"},
    {"type": "thinking_delta", "thinking": "m"},
    {"type": "signature_delta", "signature": "s"},
]
STREAMS = [
    [*_block(0, {"type": "text", "text": "a"}, SAID), *_block(1, {"type": "text", "text": ""}, SAID)],
    [*_block(0, THOUGHT, *THINKS), *_block(1, THOUGHT), *_block(2, THOUGHT, *THINKS), *_block(3, {"type": "text", "text": ""}, SAID)],
    [*_block(0, {"type": "text", "text": ""}, SAID), {"type": "ping"}, *_block(1, CALLED, *ASKS), *_block(2, CALLED)],
    [*_block(0, CALLED | {"input": {"q": 1.0}}), *_block(1, CALLED, ASKS[0]), *_block(2, CALLED | {"input": None}, *ASKS[1:])],
    [{"type": "ping"}, {"type": "message_delta", "delta": {}, "usage": {"input_tokens": 8, "cache_creation_input_tokens": 5}}],
]


@pytest.mark.parametrize("events", STREAMS)
@pytest.mark.parametrize("with_stops", [False, True])
def test_streams_of_several_blocks_take_the_short_way_and_read_alike(events, with_stops, assert_reads_alike):
    line = _stream(*(event for event in events if with_stops or event["type"] != "content_block_stop"))
    assert plain.PlainReader is None or PlainRows(LIMITS).reads(line.encode())
    assert assert_reads_alike(line).select("input_tokens", "output_tokens").rows() == [(15 if "usage" in events[-1] else 5, 7)]


@pytest.mark.parametrize(
    "metadata",
    [
        *(
            '{"b":"1","a":"2"}',
            '{"a":"1","a":"2"}',
            '{"b":"1","a":"2","b":"3"}',
            '{"\\u0061":"1"}',
            '{"a":"\\n\\"","é":"\\u00e9"}',
            "null",
            "{}",
        ),
        *('{"a":"\\ud83d"}', '{"a":1}', '{"a":null}', '{"":""}', '{"é":"1","z":"2","\U00010000":"3","\uffff":"4"}', "[]", '"a"'),
        json.dumps({f"key {100 - n}": "v" for n in range(70)}),
    ],
)
def test_metadata_read_alike(metadata, assert_reads_alike):
    assert_reads_alike(_anthropic(beside=f',"requestMetadata":{metadata}'))


PLACES = {
    "turn": lambda text: _anthropic(f'{{"role":"user","content":"{text}"}}'),
    "block": lambda text: _anthropic(f'{{"role":"user","content":[{{"type":"text","text":"{text}"}},{{"type":"text","text":"{text}"}}]}}'),
    "system": lambda text: _anthropic(more=f',"system":"{text}"'),
    "answer": lambda text: _anthropic(answer=f'[{{"type":"text","text":"{text}"}},{{"type":"thinking","thinking":"{text}"}}]'),
    "call": lambda text: _anthropic(answer=f'[{{"type":"tool_use","id":"{text}","name":"{text}","input":"{text}"}}]'),
    "input": lambda text: _anthropic(answer=f'[{{"type":"tool_use","id":"t","name":"f","input":{{"{text}":"{text}"}}}}]'),
    "tools": lambda text: _anthropic(more=f',"tools":[{{"name":"{text}","description":"{text}","input_schema":{{"{text}":1}}}}]'),
    "unread": lambda text: _anthropic(more=f',"stop_sequences":["{text}"],"odd":{{"{text}":1}}'),
    "key": lambda text: _anthropic(more=f',"{text}":1'),
    "name": lambda text: _anthropic(model=text),
    "model": lambda text: _anthropic(more=f',"model":"{text}"'),
    "converse": lambda text: _converse(f'{{"role":"user","content":[{{"text":"{text}"}}]}}', answer=f'[{{"text":"{text}"}}]'),
    "openai": lambda text: _openai(f'{{"role":"user","content":"{text}"}}', answer=f'"content":"{text}","reasoning":"{text}"'),
    "llama": lambda text: _record(f'{{"prompt":"{text}"}}', f'{{"generation":"{text}"}}', model="meta.llama3-8b-instruct-v1:0"),
    "error": lambda text: _anthropic(beside=f',"errorCode":"{text}"'),
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("place", PLACES)
def test_escapes_read_alike_in_every_place(place, text, assert_reads_alike):
    assert_reads_alike(PLACES[place](text))


@pytest.mark.parametrize("tag", ["thinking", "think", "reasoning", "b"])
@pytest.mark.parametrize("space", SPACES)
def test_reasoning_in_tags_reads_alike_behind_any_white_space(space, tag, assert_reads_alike):
    text = json.dumps(f"{space}<{tag}>h</{tag}>{space}c")[1:-1]
    for place in ("answer", "converse", "openai", "llama"):
        read = assert_reads_alike(PLACES[place](text))
        assert (read["completion"][0][-1:], "<" in read["completion"][0]) == ("c", tag == "b" or space in {"\u200b", "\ufeff"})
        assert_reads_alike(PLACES[place](f"{space}<{tag}>h".encode("unicode_escape").decode().replace("\\x", "\\u00")))


@pytest.mark.parametrize("n_digits", [18, 19, 300, 301, 4300, 4301, 10_000])
@pytest.mark.parametrize("number", ["{}", "-{}", "0.{}", "{}.5", "1e{}", "1e-{}"])
def test_numbers_of_many_digits_read_alike(n_digits, number, assert_reads_alike):
    number = number.format("7" * n_digits)
    assert_reads_alike(_anthropic(more=f',"top_k":{number}'))
    assert_reads_alike(_anthropic(more=f',"temperature":{number}').replace('"input_tokens":3', f'"input_tokens":{number}'))
    assert_reads_alike(_anthropic(beside=f',"odd":{number}'))


@pytest.mark.parametrize(
    "number", ["01", "-", "+1", ".5", "1.", "1e", "-0", "1.0", "1e2", "0e0", "true", '"9"', "-1", "1e300", "1e301", "NaN", "2E-5"]
)
def test_odd_numbers_read_alike_wherever_they_stand(number, assert_reads_alike):
    line = _anthropic()
    for place in ('"max_tokens":9', '"input_tokens":3'):
        assert_reads_alike(line.replace(place, f"{place[:-1]}{number}"))
    for more in (f',"temperature":{number}', f',"top_k":{number}'):
        assert_reads_alike(_anthropic(more=more))


@compiled
def test_numbers_of_too_many_digits_and_halves_of_pairs_takethe_general_way():
    short = PlainRows(LIMITS)
    assert short.reads(_anthropic(more=f',"top_k":{"7" * 300}').encode())
    assert not short.reads(_anthropic(more=f',"top_k":{"7" * 4301}').encode())
    assert not any(short.reads(PLACES[place]("\\ud83d").encode()) for place in PLACES.keys() - {"unread"})


def _named(line, name):
    return line.replace('"requestId":"r"', f'"requestId":"{name}"')


A, B, C = (_named(_anthropic(), name) for name in "abc")
OTHER = '{"modelId":"m","requestId":"o","input":{"inputBodyJson":{"prompt":"x"}}}'
CONTAINERS = {
    "lines": (f"{A}\n{B}\n{C}", "abc", [1, 2, 3]),
    "windows": (f"{A}\r\n{B}\r\n\r\n{C}\r\n", "abc", [1, 2, 4]),
    "blank": (f"\n\n{A}\n \n{B}\n\n\n{C}\n\n", "abc", [3, 5, 8]),
    "one line": (f"{A}{B} {C}\n{A}\n", "abca", [1, 2, 3, 4]),
    "one line first": (f"{A}\n{B},{C}\n\n\n\n{A}\n", "abca", [1, 2, 3, 6]),
    "array": (f"[{A},{B},{C}]", "abc", [1, 2, 3]),
    "array of lines": (f"[\n{A},\n{B},\n{C}\n]\n", "abc", [1, 2, 3]),
    "pretty": ("\n".join(json.dumps(json.loads(line), indent=2) for line in (A, B, C)) + f"\n{A}", "abca", None),
    "event": (json.dumps({"events": [{"timestamp": 1, "message": line} for line in (A, OTHER, B)]}) + f"\n{C}\n", "aobc", None),
    "subscription": (json.dumps({"messageType": "DATA_MESSAGE", "logEvents": [{"message": A}, {"message": B}]}), "ab", None),
    "text": (f"{json.dumps(A)}\n{B}\n", "ab", [1, 2]),
    "stamped": (f"2026-10-05T10:00:00.000Z {A}\n{B}", "ab", [1, 2]),
    "mark": (f"\ufeff{A}\n{B}", "ab", [1, 2]),
    "others between": (f"{A}\n{OTHER}\n{B}\nno JSON\n{OTHER}\n{OTHER}\n{C}", "aobooc", [1, 2, 3, 5, 6, 7]),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTAINERS)
def test_plain_records_come_out_of_any_container(name, assert_reads_alike):
    data, names, lines = CONTAINERS[name]
    read = assert_reads_alike(data)
    assert "".join(read["request_id"]) == names
    assert lines is None or read["line"].to_list() == lines


@pytest.fixture
def decoded_alike(the_general_way):
    """Return a function that holds all tables of a folder of objects against those of the general way, and returns them."""

    def assert_alike(folder, config=LIMITS):
        objects = list_objects([str(folder)])
        read = decode(objects, config=config)
        with the_general_way():
            general = decode(objects, config=config)
        assert all(read[table].equals(general[table]) for table in general)
        return read

    return assert_alike


@pytest.mark.parametrize("excess", [-1, 0, 1])
def test_records_beyond_a_limit_of_size_are_dropped_alike(tmp_path, excess, decoded_alike):
    (tmp_path / "a.json").write_text(f"{A}\n{B[:-1]}{' ' * (40 + excess)}}}\n{A}")
    tables = decoded_alike(tmp_path, LogsConfig(max_record_bytes=len(B) + 40))
    assert tables["dropped"]["reason"].to_list() == ["too_large"] * (excess > 0)
    assert tables["objects_read"]["n_records"].to_list() == [3]


@pytest.mark.parametrize("excess", [-1, 0, 1])
@pytest.mark.parametrize("brackets", ["[]", "{}"])
@pytest.mark.parametrize("place", ["unread", "envelope", "input", "tools"])
def test_records_nested_beyond_a_limit_are_dropped_alike(tmp_path, place, brackets, excess, decoded_alike):
    n_around = {"unread": 3, "envelope": 1, "input": 6, "tools": 5}[place]
    depth = 20 - n_around + excess
    value = "[" * depth + "]" * depth if brackets == "[]" else '{"a":' * depth + "1" + "}" * depth
    line = {
        "unread": _anthropic(more=f',"odd":{value}'),
        "envelope": _anthropic(beside=f',"odd":{value}'),
        "input": _anthropic(answer=f'[{{"type":"tool_use","id":"t","name":"f","input":{value}}}]'),
        "tools": _anthropic(more=f',"tools":[{{"name":"f","input_schema":{value}}}]'),
    }[place]
    (tmp_path / "a.json").write_text(f"{line}\n{A}")
    decoded_alike(tmp_path, LogsConfig(max_nesting=20))


@pytest.mark.parametrize(("max_rows", "max_bytes"), [(1, 10**6), (2, 10**6), (3, 10**6), (7, 10**6), (100, 1), (100, 90), (100, 200)])
def test_tables_that_fill_up_anywhere_keep_every_record_in_its_place(tmp_path, monkeypatch, max_rows, max_bytes, decoded_alike):
    lines = [
        A,
        OTHER,
        B,
        C,
        "no JSON",
        "",
        OTHER,
        OTHER,
        f"{A}{B}",
        A,
        B,
        C,
        json.dumps({"logEvents": [{"message": A}, {"message": OTHER}]}),
        C,
    ]
    for n in range(4):
        (tmp_path / f"{n}.json.gz").write_bytes(gzip.compress("\n".join(lines[n:] + lines[:n]).encode()))
    whole = decode(list_objects([str(tmp_path)]), config=LIMITS)
    assert whole["objects_read"]["n_records"].to_list() == [15] * 4
    for module in (decoding, plain):
        monkeypatch.setattr(module, "MAX_ROWS", max_rows)
        monkeypatch.setattr(module, "MAX_BYTES", max_bytes)
    tables = decoded_alike(tmp_path)
    assert all(tables[table].equals(whole[table]) for table in whole)
    places = tables["invocations"].select("object", "line").rows()
    assert places == sorted(set(places))
