"""The compiled reader gives what the general way gives, or steps aside."""

import copy
import gzip
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logmine.config import LogsConfig
from logmine.logs import decode, list_objects, plain, read_records
from logmine.logs.plain import PlainRows

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus" / "logs"
LIMITS = LogsConfig()
compiled = pytest.mark.skipif(plain.PlainReader is None, reason="installed without a compiler")
ODD = [
    None,
    True,
    0,
    -1,
    1.5,
    1e400,
    2**70,
    "",
    "text",
    "<think>a</think>",
    "\ud83d",
    "é",
    [],
    {},
    [None],
    [{}],
    {"text": "a"},
    {"type": "text"},
]

ASKED = {"role": "user", "content": "Hi"}
TOOL = {"name": "look", "description": "d", "input_schema": {"type": "object"}}
ANTHROPIC = {
    "anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "temperature": 1, "system": [{"type": "text", "text": "Be kind."}],
    "tools": [TOOL], "messages": [
        ASKED, {"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "tool_use", "id": "t", "name": "look", "input": {"q": 1.0}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "b"}]}]},
    ],
}  # fmt: skip
ANSWER = {
    "type": "message", "model": "claude", "stop_reason": "tool_use", "usage": {"input_tokens": 3, "output_tokens": 4, "cache_read_input_tokens": 1},
    "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "c"}, {"type": "tool_use", "id": "u", "name": "look", "input": {}}],
}  # fmt: skip
EVENTS = [
    {"type": "message_start", "message": {"model": "claude", "usage": {"input_tokens": 3, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "He"}},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "u", "name": "look", "input": {}}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"q": '}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 3, "outputTokenCount": 2, "invocationLatency": 9}},
]
CONVERSE = {
    "system": [{"text": "Be kind."}, {"cachePoint": {}}], "inferenceConfig": {"maxTokens": 9, "temperature": 0.5}, "messages": [
        {"role": "user", "content": [{"text": "Hi"}]}, {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t", "name": "look", "input": {"q": 1}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": [{"text": "b"}, {"json": {"a": 1.0}}]}}]},
    ], "toolConfig": {"tools": [{"toolSpec": {"name": "look", "inputSchema": {"json": {}}}}]},
}  # fmt: skip
SAID = {
    "output": {"message": {"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {"text": "hm"}}}, {"text": "c"}]}},
    "stopReason": "end_turn", "metrics": {"latencyMs": 5}, "usage": {"inputTokens": 3, "outputTokens": 4, "cacheReadInputTokens": 1},
}  # fmt: skip
WIRE = [
    {"messageStart": {"role": "assistant"}}, {"contentBlockDelta": {"delta": {"text": "He"}, "contentBlockIndex": 0}},
    {"contentBlockDelta": {"delta": {"text": "y"}, "contentBlockIndex": 1}}, {"messageStop": {"stopReason": "end_turn"}},
    {"metadata": {"usage": {"inputTokens": 3, "outputTokens": 4}, "metrics": {}, "trace": {}}},
]  # fmt: skip
CALL = {"id": "t", "type": "function", "function": {"name": "look", "arguments": "{}"}}
OPENAI = {
    "model": "gpt", "max_completion_tokens": 9, "tools": [{"type": "function", "function": {"name": "look", "parameters": {}}}], "messages": [
        {"role": "developer", "content": "Be kind."}, ASKED, {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "t", "content": [{"type": "text", "text": "b"}]},
    ],
}  # fmt: skip
COMPLETION = {
    "object": "chat.completion", "model": "gpt", "usage": {"prompt_tokens": 3, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 1}},
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "c", "reasoning_content": "hm"}, "finish_reason": "stop"}],
}  # fmt: skip
CHUNKS = [
    {"object": "chat.completion.chunk", "model": "gpt", "choices": [{"index": 0, "delta": {"content": "He"}}]},
    {"object": "chat.completion.chunk", "model": "gpt", "choices": [{"index": 0, "delta": {"reasoning": "y"}, "finish_reason": "stop"}]},
    {"object": "chat.completion.chunk", "model": "gpt", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}},
]
CLAUDE, NOVA, GPT = "anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0", "openai.gpt-oss-20b-1:0"
LLAMA = "us.meta.llama3-1-70b-instruct-v1:0"
TEMPLATE = "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
GENERATED = {"generation": "b", "prompt_token_count": 3, "generation_token_count": 4, "stop_reason": "stop"}
PAIRS = {
    "anthropic": (CLAUDE, "InvokeModel", ANTHROPIC, ANSWER),
    "anthropic stream": (CLAUDE, "InvokeModelWithResponseStream", ANTHROPIC, EVENTS),
    "converse": (CLAUDE, "Converse", CONVERSE, SAID),
    "nova": (NOVA, "InvokeModel", CONVERSE, SAID),
    "nova stream": (NOVA, "InvokeModelWithResponseStream", CONVERSE, WIRE),
    "openai": (GPT, "ChatCompletions", OPENAI, COMPLETION),
    "openai stream": (GPT, "ChatCompletions", OPENAI, CHUNKS),
    "llama": (LLAMA, "InvokeModel", {"prompt": "Hi", "max_gen_len": 9, "temperature": 1, "top_p": 0.5}, GENERATED),
    "llama template": (LLAMA, "InvokeModel", {"prompt": TEMPLATE}, GENERATED),
    "unnamed model": (None, "InvokeModel", ANTHROPIC, ANSWER),
}
KEYS = sorted(
    {"system", "prompt", "input", "message", "trace", "metadata", "citations", "image", "source", "functions", "response", "metrics"}
    | {"images", "max_tokens_to_sample", "maxTokens", "p", "choices", "completion", "outputs", "generations", "model", "dimensions"}
)


def _row(data):
    """The row of the one record of an object."""
    return read_records(data, config=LIMITS).row(0, named=True)


def _logged(model, operation, request, response, *, ascii_only=False, separators=(",", ":"), **fields):
    """The line of a record around two bodies."""
    record = {"schemaType": "ModelInvocationLog", "requestId": "r", "operation": operation, "modelId": model}
    record |= {"input": {"inputBodyJson": request, "inputTokenCount": 7}, "output": {"outputBodyJson": response}} | fields
    return json.dumps(record, ensure_ascii=ascii_only, separators=separators).encode("utf-8", "surrogatepass")


def _places(value):
    """Every holder and key below ``value``."""
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from _places(part)


@compiled
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" ,\t", " : ")])
@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("name", PAIRS)
def test_every_plain_shape_is_read_by_the_compiled_reader(name, ascii_only, separators, assert_reads_alike):
    line = _logged(*PAIRS[name], ascii_only=ascii_only, separators=separators)
    assert PlainRows(LIMITS).reads(line)
    assert assert_reads_alike(line)["unusable"].to_list() == [None]


@pytest.mark.skipif(not any(map(shutil.which, ("c++", "g++", "clang++"))), reason="no compiler, so none at install")
def test_the_compiled_reader_is_there_where_a_compiler_is():
    assert plain.PlainReader is not None


@settings(max_examples=600, deadline=None)
@given(name=st.sampled_from(sorted(PAIRS)), data=st.data())
def test_a_changed_body_reads_alike_both_ways(name, data, assert_reads_alike):
    model, operation, *bodies = PAIRS[name]
    bodies = json.loads(json.dumps(bodies))
    for _ in range(data.draw(st.integers(0, 2))):
        holder, key = data.draw(st.sampled_from(list(_places(bodies))))
        action = data.draw(st.sampled_from(["replace", "remove", "add"]))
        if action == "add" and isinstance(holder, dict):
            holder[data.draw(st.sampled_from(KEYS))] = copy.deepcopy(data.draw(st.sampled_from(ODD)))
        elif action == "remove" and holder is not bodies:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(data.draw(st.sampled_from(ODD)))
    line = _logged(model, operation, *bodies, ascii_only=data.draw(st.booleans()))
    assert_reads_alike(line)


@given(text=st.text(), name=st.sampled_from(sorted(PAIRS)))
def test_a_text_comes_out_alike_however_it_was_escaped(text, name, the_general_way):
    model, operation, request, response = json.loads(
        json.dumps(PAIRS[name]).replace('"Hi"', json.dumps(text)).replace('"b"', json.dumps(text))
    )
    plain, escaped = (_logged(model, operation, request, response, ascii_only=ascii_only) for ascii_only in (False, True))
    rows = [_row(line)["messages"] for line in (plain, escaped, escaped.replace(b"/", b"\\/"))]
    with the_general_way():
        assert rows == [_row(plain)["messages"]] * 3


BETWEEN = '"}},{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"'
BLOCKS = [
    {"type": "text", "text": "a"},
    {"type": "text", "text": ""},
    {"type": "tool_use", "id": "t", "name": "f"},
    {"type": "thinking", "thinking": "h"},
]
PIECES = [
    *({"type": "text_delta", "text": text} for text in ("b", "\\", '"', BETWEEN, "é", "")),
    {"type": "signature_delta", "signature": "s"}, {"type": "thinking_delta", "thinking": "h"}, {"type": "input_json_delta", "partial_json": "{}"},
]  # fmt: skip
STREAMED = [
    {"type": "message_start", "message": {"model": CLAUDE}}, {"type": "message_start", "message": {"usage": {"input_tokens": 3}}},
    *({"type": "content_block_start", "index": index, "content_block": block} for index in (0, 1) for block in BLOCKS),
    *({"type": "content_block_delta", "index": index, "delta": piece} for index in (0, 0, 0, 1) for piece in PIECES),
    {"type": "ping"}, {"type": "content_block_stop", "index": 0}, {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
    {"type": "message_stop"}, {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"outputTokenCount": 4}},
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(start=st.sampled_from(["whole", "any"]), drawn=st.lists(st.sampled_from(STREAMED), max_size=8))
def test_events_in_any_order_read_alike_both_ways(start, drawn, assert_reads_alike):
    opened, closed = STREAMED[:1] + STREAMED[3:4], [*STREAMED[-4:-2], STREAMED[-1]]
    line = _logged(CLAUDE, "InvokeModelWithResponseStream", ANTHROPIC, [*opened, *drawn, *closed] if start == "whole" else drawn)
    assert_reads_alike(line)


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize(
    "odd",
    [
        {"model": ""},
        {"choices": []},
        {"choices": [{"index": 1, "delta": {"content": "not the first"}}]},
        {"choices": [{"index": 0, "delta": {"content": "a"}}, {"index": 1, "delta": {"content": "b"}}]},
        {"choices": [{"index": 0, "delta": {"content": None, "refusal": None}, "finish_reason": ""}], "usage": None},
        {"amazon-bedrock-guardrailAction": "INTERVENED"},
        {"metadata": {"trace": {"guardrail": {"action": "INTERVENED"}}}},
    ],
)
def test_an_odd_chunk_reads_alike_both_ways(odd, position, assert_reads_alike):
    model, operation, request, chunks = copy.deepcopy(PAIRS["openai stream"])
    chunks[position] |= odd
    line = _logged(model, operation, request, chunks)
    assert_reads_alike(line)


@pytest.mark.parametrize(
    "odd", [{"p": "zz"}, {"thinking": "x"}, {"partial_json": "x"}, {"p": {"text": "zz"}}, {"p": [{"q": {"text": "zz"}}]}]
)
@pytest.mark.parametrize("beside", ["delta", "event"])
@pytest.mark.parametrize("position", [2, 3, 4])
def test_a_piece_of_text_beside_another_string_reads_alike_both_ways(odd, beside, position, assert_reads_alike):
    texts = [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}} for text in "abc"]
    events = [*EVENTS[:2], *texts, {"type": "content_block_stop", "index": 0}, *EVENTS[-2:]]
    events[position] = copy.deepcopy(events[position])
    (events[position] if beside == "event" else events[position]["delta"]).update(odd)
    line = _logged(CLAUDE, "InvokeModelWithResponseStream", ANTHROPIC, events)
    assert_reads_alike(line)


@pytest.mark.parametrize("position", range(6))
def test_a_piece_of_text_out_of_its_place_reads_alike_both_ways(position, assert_reads_alike):
    piece = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "late"}}
    events = [STREAMED[0], STREAMED[3], piece, *STREAMED[-4:-1]]
    line = _logged(CLAUDE, "InvokeModelWithResponseStream", ANTHROPIC, [*events[:position], piece, *events[position:]])
    assert_reads_alike(line)


@pytest.mark.parametrize(
    "odd", [{"x": {"y": "z"}}, {"content_block": {"type": "text", "text": "z"}}, {"amazon-bedrock-invocationMetrics": {"y": "z"}}]
)
@pytest.mark.parametrize("position", [2, 3, 4])
def test_a_piece_of_text_in_an_event_that_says_more_reads_alike_both_ways(odd, position, assert_reads_alike):
    texts = [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}} for text in "abc"]
    told = {"type": "message_delta", "x": [{"type": "content_block_stop"}]}
    for events in (
        [STREAMED[0], STREAMED[3], *texts, STREAMED[-4], *STREAMED[-3:-1]],
        [STREAMED[0], STREAMED[3], texts[0], {"index": 0, "type": "content_block_stop"}, texts[1], told, STREAMED[-1]],
    ):
        events[position] = events[position] | odd
        line = _logged(CLAUDE, "InvokeModelWithResponseStream", ANTHROPIC, events)
        assert_reads_alike(line)


@pytest.mark.parametrize(
    "logs", ["sample_logs", pytest.param(CORPUS, marks=pytest.mark.skipif(not CORPUS.exists(), reason="only beside it"))]
)
def test_logs_read_alike_both_ways(logs, the_general_way):
    objects = list_objects([str(ROOT / logs)])
    short = decode(objects, config=LogsConfig())
    with the_general_way():
        general = decode(objects, config=LogsConfig())
    assert all(short[table].equals(general[table]) for table in general)


def test_bytes_that_are_no_utf8_read_alike_both_ways(read, the_general_way):
    record = {"schemaType": "ModelInvocationLog", "modelId": CLAUDE, "operation": "InvokeModel"}
    record |= {"input": {"inputBodyJson": ANTHROPIC}, "output": {"outputBodyJson": ANSWER}}
    line = json.dumps(record).encode()
    damaged = [line.replace(good, good[:-1] + b"\xff", 1) for good in (b"Be kind", b"lookx"[:4], b"object", b"claude")]
    data = gzip.compress(b"\n".join(damaged))
    short = read(data)["invocations"]
    with the_general_way():
        assert short.equals(read(data)["invocations"])
