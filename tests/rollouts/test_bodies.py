"""The next build reads the very prompt out of an attempt that was asked."""

from __future__ import annotations

import json

import pytest

from logmine import logs, prompts
from logmine.config import Config
from logmine.rollouts import Bedrock, Call, ChatEndpoint, Needed, asked_record

SYSTEM = {"role": "system", "content": "Add."}
TOOL = {
    "type": "function",
    "function": {"name": "add", "description": "Adds", "parameters": {"type": "object", "properties": {"a": {"type": "number"}}}},
}
USE = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a":1.0,"b":"é"}'}}
PROMPTS = {
    "plain": ([{"role": "user", "content": "1 + 1?"}], []),
    "system": ([SYSTEM, {"role": "user", "content": "1 + 1?\n\nIn French."}], []),
    "turns": (
        [SYSTEM, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}, {"role": "user", "content": "1 + 1?"}],
        [],
    ),
    "tools": ([{"role": "user", "content": "1 + 1?"}], [TOOL]),
    "tool results": (
        [
            {"role": "user", "content": "1 + 1?"},
            {"role": "assistant", "content": "", "tool_calls": [USE]},
            {"role": "tool", "tool_call_id": "call_1", "content": "2"},
            {"role": "user", "content": "And now?"},
        ],
        [TOOL],
    ),
}
INFERENCE = {"temperature": 1.0, "max_output_tokens": 50}


@pytest.fixture
def backends(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return [Bedrock(**INFERENCE), ChatEndpoint("http://localhost:1/v1", api_key=None, **INFERENCE)]


def read_again(lines):
    return prompts.canonicalize(logs.read_records(lines, config=Config().logs))["calls"]


@pytest.mark.parametrize("name", PROMPTS)
def test_both_forms_hold_the_same_prompt(name, backends):
    messages, tools = PROMPTS[name]
    call = Call(Needed("0" * 32, "t", tuple(messages), tuple(tools), "numeric", None, 5), "openai.gpt-oss-20b-1:0", "run", 0)
    read = [read_again(asked_record(call, backend.operation, backend.body(call))) for backend in backends]
    assert [one["prompt_id"].to_list() for one in read] == [read[0]["prompt_id"].to_list()] * 2
    assert json.loads(read[0]["messages"][0]) == messages
    assert json.loads(read[0]["tools"][0] or "[]") == tools


def test_two_system_messages_are_another_prompt_in_converse(backends):
    messages = (SYSTEM, {"role": "system", "content": "Be short."}, {"role": "user", "content": "1 + 1?"})
    call = Call(Needed("0" * 32, "t", messages, (), "numeric", None, 5), "m", "run", 0)
    converse, chat = (read_again(asked_record(call, one.operation, one.body(call)))["prompt_id"][0] for one in backends)
    assert converse != chat
