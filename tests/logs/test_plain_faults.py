"""Records in which the compiled reader once read something else than the general way, or beyond its bytes."""

import itertools
import json

import pytest

from logmine.config import LogsConfig
from logmine.logs import plain, read_records

pytestmark = pytest.mark.skipif(plain.PlainReader is None, reason="installed without a compiler")

CLAUDE, NOVA, GPT = "anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0", "openai.gpt-oss-20b-1:0"
ANTHROPIC = '{"anthropic_version": "bedrock-2023-05-31", "messages": [{"role": "user", "content": "Hi"}]}'
ANSWER = '{"type": "message", "content": [{"type": "text", "text": "a"}]}'
CONVERSE = '{"messages": [{"role": "user", "content": [{"text": "Hi"}]}], "inferenceConfig": {"temperature": 0.5}}'
SAID = '{"output": {"message": {"content": [{"reasoningContent": {"text": "told"}}, {"text": "a"}]}}}'
WIRE = '[{"messageStart": {}}, {"contentBlockDelta": {"delta": {"text": "a"}}}, {"messageStop": {}}]'
OPENAI = '{"messages": [{"role": "user", "content": "Hi"}]}'
COMPLETION = '{"choices": [{"message": {"content": "a", "reasoning": "told"}}]}'


def line_of(model, operation, request, response, more=""):
    """Return a record as it stands in a log, its bodies as they are given; ``more`` stands among its keys."""
    bodies = f'"input": {{"inputBodyJson": {request}}}, "output": {{"outputBodyJson": {response}}}'
    return f'{{"schemaType": "ModelInvocationLog", "modelId": "{model}", "operation": "{operation}", {more}{bodies}}}'.encode()


def is_plain(line):
    return plain.PlainRows(LogsConfig()).reads(line)


def claude(request=ANTHROPIC, response=ANSWER, more=""):
    return line_of(CLAUDE, "InvokeModel", request, response, more)


FAULTS = {
    "half of a pair in what is passed over": claude(response=ANSWER[:-1] + r', "x": "\ud83d"}'),
    "the other half": claude(response=ANSWER[:-1] + r', "x": "\ude00"}'),
    "halves in the wrong order": claude(ANTHROPIC[:-1] + r', "x": "\ude00\ud83d"}'),
    "half of a pair before an escape": claude(response=ANSWER[:-1] + r', "x": "\ud83d\n"}'),
    "half of a pair in a field of the record": claude(more=r'"x": "\ud83d", '),
    "half of a pair in metadata": claude(more=r'"requestMetadata": {"a": "\ud83d"}, '),
    "a pair in metadata": claude(more=r'"requestMetadata": {"a": "\ud83d\ude00\/\u00e9"}, '),
    "a path that is no text": claude().replace(b'"inputBodyJson"', b'"inputBodyS3Path": 5, "inputBodyJson"'),
    "a path of the response that is no text": claude().replace(b'"outputBodyJson"', b'"outputBodyS3Path": [], "outputBodyJson"'),
    "a temperature beyond any float": claude(ANTHROPIC[:-1] + ', "temperature": 1e400}'),
    "a temperature below any float": claude(ANTHROPIC[:-1] + ', "temperature": 1e-400}'),
    "a negative zero": claude(ANTHROPIC[:-1] + ', "temperature": -0.0}'),
    "another negative zero": claude(ANTHROPIC[:-1] + ', "temperature": -0}'),
    "settings twice": line_of(NOVA, "Converse", CONVERSE.replace('"messages"', '"inferenceConfig": {"topK": 1}, "messages"'), SAID),
    "no event": line_of(NOVA, "InvokeModel", CONVERSE, "[]"),
    "a second delta": line_of(NOVA, "InvokeModel", CONVERSE, WIRE.replace('{"text": "a"}', '{"p": ""}, "delta": {"text": "a"}')),
    "a second delta that is not JSON": line_of(
        NOVA, "InvokeModel", CONVERSE, WIRE.replace('{"text": "a"}', '{"p": ""}, "delta": {, "text": "a"}')
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_record_that_was_read_otherwise_reads_alike_both_ways(name, assert_reads_alike):
    data = b"\n".join([claude(), FAULTS[name], claude(ANTHROPIC[:-1] + ', "temperature": 0.0}')])
    assert_reads_alike(data)


@pytest.mark.parametrize(
    "text", ["<thinking>b</thinking>c", " \\n<think>b</think> c", "<reasoning>b", "\u2003<think></think>c", "\\u001c c", "<b>c"]
)
@pytest.mark.parametrize(
    "given", [(CLAUDE, "InvokeModel", ANTHROPIC, ANSWER), (NOVA, "InvokeModel", CONVERSE, SAID), (GPT, "x", OPENAI, COMPLETION)]
)
def test_reasoning_in_tags_is_taken_out_both_ways(given, text, assert_reads_alike):
    line = line_of(*given[:3], given[3].replace('"a"', f'"{text}"'))
    assert is_plain(line)
    assert_reads_alike(line)


LLAMA = ("meta.llama3-8b-instruct-v1:0", "InvokeModelWithResponseStream", '{"prompt": "Hi", "max_gen_len": 9}')
PIECES = [
    {"generation": "a", "prompt_token_count": 3, "generation_token_count": 1, "stop_reason": None},
    {"generation": "b", "prompt_token_count": None, "generation_token_count": 2, "stop_reason": "length"},
    {"generation": "", "prompt_token_count": 7, "generation_token_count": None, "stop_reason": ""},
    {"generation": "c", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 5, "outputTokenCount": 6, "invocationLatency": 7}},
]


@pytest.mark.parametrize("pieces", [*itertools.permutations(PIECES, 2), *itertools.permutations(PIECES, 4), PIECES[:1]])
def test_a_stream_of_llama_reads_alike_both_ways(pieces, assert_reads_alike):
    line = line_of(*LLAMA, json.dumps(pieces))
    assert is_plain(line)
    assert_reads_alike(line)


CHUNK = {
    "choices": [{"index": 0, "message": {"role": None, "content": "b", "tool_calls": None}, "stop_reason": None}],
    "usage": None,
    "p": None,
}
CHUNKS = [
    CHUNK,
    CHUNK | {"model": "pixtral"},
    CHUNK | {"model": ""},
    CHUNK | {"message": {"model": "pixtral"}},
    {"choices": [{"message": {"content": None, "reasoning_content": "c"}, "stop_reason": "length"}]},
    {"choices": [{"delta": {"content": "d"}, "message": {"content": "e"}}]},
    {"choices": [{"delta": {}, "message": {"content": "e"}, "finish_reason": "stop"}]},
    {"choices": [], "usage": {"prompt_tokens": 3}},
]


@pytest.mark.parametrize("chunks", [*itertools.permutations(CHUNKS, 1), *itertools.permutations(CHUNKS, 2)])
@pytest.mark.parametrize("model", ["", ', "model": "asked"'])
def test_a_stream_of_messages_reads_alike_both_ways(chunks, model, assert_reads_alike):
    line = line_of("mistral.pixtral-large-2502-v1:0", "InvokeModelWithResponseStream", OPENAI[:-1] + model + "}", json.dumps(chunks))
    assert_reads_alike(line)


def test_every_beginning_of_a_record_reads_alike_both_ways(assert_reads_alike):
    escaped = claude().replace(b'"a"', rb'"\ud83d\ude00 \u00e9\/\n"')
    for line in (escaped, line_of(NOVA, "InvokeModel", CONVERSE, WIRE), line_of(GPT, "ChatCompletions", OPENAI, COMPLETION)):
        data = b"\n".join(line[:size] for size in range(len(line)))
        assert_reads_alike(data)


@pytest.mark.parametrize("indent", [None, 0, 1])
def test_the_lines_of_a_value_are_read_once(indent, assert_reads_alike):
    data = json.dumps([json.loads(claude())] * 3, indent=indent).encode() + b"\n" + claude()
    assert_reads_alike(data)
    assert read_records(data, config=LogsConfig()).height == 4


@pytest.mark.parametrize("max_nesting", [10, 11, 12, 13])
def test_nesting_is_counted_alike_both_ways(max_nesting, assert_reads_alike):
    data = b"\n".join(claude(ANTHROPIC[:-1] + f', "x": {"[" * depth}{"]" * depth}}}') for depth in range(1, 15))
    limit = LogsConfig(max_nesting=max_nesting)
    assert_reads_alike(data, limit)


@pytest.mark.parametrize("place", ["_write_anew", "_read_prompt", "_tools_of", "_split_reasoning", "_family_of"])
def test_an_interrupt_ends_the_reading(place, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(plain, place, interrupt)
    called = '{"type": "tool_use", "name": "f", "input": {"q": 1.0}}, {"type": "text", "text": "<think>b</think>a"}'
    asked = ANTHROPIC[:-1] + ', "tools": [{"name": "f"}]}'
    lines = [claude(asked, ANSWER.replace('{"type": "text", "text": "a"}', called))]
    lines += [line_of("meta.llama3-8b-instruct-v1:0", "InvokeModel", '{"prompt": "Hi"}', '{"generation": "a"}')]
    with pytest.raises(KeyboardInterrupt):
        read_records(b"\n".join(lines), config=LogsConfig())


def test_texts_of_any_column_fill_a_table():
    rows = plain.PlainRows(LogsConfig())
    rows.begin("object")
    thought = json.dumps("x" * 1_000_000)
    line = claude(response=ANSWER.replace('[{"type"', f'[{{"type": "thinking", "thinking": {thought}}}, {{"type"'))
    rows.read_lines(b"\n".join([line] * 20), 0, 0, 0)
    assert rows.is_full
    assert rows.n_bytes < plain.MAX_BYTES + 2_000_000
