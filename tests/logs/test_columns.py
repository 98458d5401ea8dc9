"""Rows of a table of calls: each is that of its call alone, whatever stands beside it."""

from __future__ import annotations

import pyarrow as pa

from logmine.logs.chat import NO_CHAT, Chat
from logmine.logs.columns import table_of
from logmine.logs.envelopes import Envelope, Input
from logmine.logs.families import llama, nova
from logmine.logs.invocations import Call, Unusable

CALLS = [
    Call("a.json", 1, Envelope(model_id="meta.llama3-8b-instruct-v1:0", region="us-east-1"), Chat(llama.FAMILY, b"[]", stop="length"), "1"),
    Call(
        "a.json",
        2,
        Envelope(model_id="amazon.nova-lite-v1:0", input=Input(input_token_count=5)),
        NO_CHAT,
        None,
        Unusable("failed_call", "x"),
    ),
    Call(
        "a.json",
        3,
        Envelope(model_id="amazon.nova-lite-v1:0", input=Input(input_token_count=5)),
        Chat(nova.FAMILY, cache_read_tokens=2),
        "3",
    ),
    Call("b.json", 1, Envelope(model_id="meta.llama3-8b-instruct-v1:0", region="us-east-1"), Chat(llama.FAMILY, b"[]", stop="stop"), "4"),
    Call("b.json", 2, Envelope(model_id="amazon.nova-lite-v1:0"), Chat(llama.FAMILY, b"[]", text="1", is_complete=False), "5"),
    Call("b.json", 3, Envelope(request_metadata={"b": "1", "a": "2"}), Chat(llama.FAMILY, b"[]", text="\u3000<think>a</think>b"), "6"),
]


def test_a_row_is_that_of_its_call_alone() -> None:
    rows = CALLS + CALLS[::-1]
    assert table_of(rows).equals(pa.concat_tables([table_of([call]) for call in rows]))


def test_no_calls_are_no_rows() -> None:
    assert table_of([]).num_rows == 0


def test_a_call_that_is_no_chat_has_no_counts() -> None:
    assert table_of(CALLS)["input_tokens"].to_pylist()[1:3] == [None, 7]


def test_reasoning_is_taken_out_of_a_text_behind_any_white_space() -> None:
    row = table_of(CALLS).to_pylist()[-1]
    assert (row["completion"], row["reasoning"]) == ("b", "a")


def test_metadata_are_sorted_by_key() -> None:
    pairs = table_of(CALLS)["metadata"].to_pylist()
    assert pairs == [[]] * 5 + [[{"key": "a", "value": "2"}, {"key": "b", "value": "1"}]]
