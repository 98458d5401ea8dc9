import json
import re
import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.prompts import canonicalize
from logmine.prompts.canonical import caller_role, canonical_text

USER = {"role": "user", "content": "What is 17 + 4?"}
ADD = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {"a": {}, "b": {}}}}}
SORT = {"type": "function", "function": {"name": "sort", "parameters": {}}}


def invocations(*rows):
    """One row a dict of columns, of one object; messages and tools are given as structures."""
    plain = dict.fromkeys(schemas.INVOCATIONS) | {"object": "o", "messages": [USER], "completion": "21", "n_media": 0}
    table = [plain | {"request_id": f"r{n}", "line": n + 1} | row for n, row in enumerate(rows)]
    texts = [row | {name: json.dumps(row[name]) for name in ("messages", "tools") if row[name] is not None} for row in table]
    return pl.DataFrame(texts, schema=schemas.INVOCATIONS)


def calls(*rows):
    return canonicalize(invocations(*rows))["calls"]


def prompt_id(messages, tools=None):
    return calls({"messages": messages, "tools": tools})["prompt_id"].item()


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("10\u00a0000\u202f€\tnet\t", "10 000 €\tnet"),
        ("cafe\u0301", "café"),
        ("a  \nb \n\n  c", "a\nb\n\n  c"),
        ("two  spaces stay", "two  spaces stay"),
        ("\n\n  if x:\n      y()\n", "  if x:\n      y()"),  # the first line of code keeps its place
        ("Case Stays", "Case Stays"),
        ("全角　です　", "全角　です"),
        ("a\u200bb", "a\u200bb"),
        (" \n ", ""),
    ],
)
def test_what_cannot_change_an_answer_is_made_the_same(text, canonical):
    assert canonical_text(text) == canonical


@given(st.text(st.sampled_from("a\u0301é \n\r\t\u00a0\u0085\u2028\u3000\x1c가ᄀ")) | st.text())
def test_canonical_text_is_its_own(text):
    assert canonical_text(canonical_text(text)) == canonical_text(text)


@pytest.mark.parametrize(
    ("arn", "role"),
    [
        ("arn:aws:sts::111122223333:assumed-role/math-tutor/i-0a1b2c", "math-tutor"),
        ("arn:aws-us-gov:sts::111122223333:assumed-role/AWSReservedSSO_Dev_0a1b/ann@example.com", "AWSReservedSSO_Dev_0a1b"),
        ("arn:aws:sts::111122223333:federated-user/ann", "ann"),
        ("arn:aws:iam::111122223333:user/ann", "ann"),
        ("arn:aws:iam::111122223333:user/division/team/ann", "ann"),
        ("arn:aws:iam::111122223333:role/service-role/batch", "batch"),
        ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root"),
        ("someone", "someone"),
        (None, None),
    ],
)
def test_callers_are_known_by_role_or_user(arn, role):
    assert caller_role(arn) == role


def test_a_row_that_cannot_be_used_is_dropped_with_its_reason():
    found = canonicalize(invocations({}, {"unusable": "not_chat", "unusable_detail": "embedding", "messages": None}))
    assert found["calls"]["request_id"].to_list() == ["r0"]
    assert found["dropped"].rows() == [("r1", "canonicalize", "not_chat", "embedding", None, "o", 2)]


reasons = st.sampled_from([None, *schemas.DROP_REASONS])


@settings(max_examples=30)
@given(st.lists(reasons, max_size=8))
def test_every_record_is_a_call_or_dropped(unusable):
    table = invocations(*({"unusable": reason, "messages": None if reason else [USER]} for reason in unusable))
    found = canonicalize(table)
    assert found["calls"].schema == schemas.CALLS
    assert sorted([*found["calls"]["line"], *found["dropped"]["line"]]) == table["line"].to_list()
    assert found["dropped"]["reason"].to_list() == [reason for reason in unusable if reason]


def tool_turns(first, second):
    """A history of two calls at once, with ids as a model draws them."""
    asked = [{"id": name, "type": "function", "function": {"name": "add", "arguments": "{}"}} for name in (first, second)]
    answered = [{"role": "tool", "tool_call_id": name, "content": "3"} for name in (second, first)]
    return [USER, {"role": "assistant", "content": None, "tool_calls": asked}, *answered]


def test_drawn_ids_of_tool_calls_do_not_part_prompts():
    one, other = (calls({"messages": tool_turns(*ids)}) for ids in (("tooluse_x", "tooluse_a"), ("toolu_1", "toolu_2")))
    assert one["prompt_id"].item() == other["prompt_id"].item()
    assert one["messages"].item() == other["messages"].item()
    messages = json.loads(one["messages"].item())
    assert [call["id"] for call in messages[1]["tool_calls"]] == ["call_1", "call_2"]
    assert [message["tool_call_id"] for message in messages[2:]] == ["call_2", "call_1"]


def test_tool_calls_without_ids_are_numbered_one_by_one():
    asked = [{"function": {"name": name, "arguments": "{}"}} for name in ("add", "sort")]
    messages = json.loads(calls({"messages": [USER, {"role": "assistant", "tool_calls": asked}]})["messages"].item())
    assert [call["id"] for call in messages[1]["tool_calls"]] == ["call_1", "call_2"]


def test_the_order_of_tools_and_of_their_keys_does_not_matter():
    turned = json.loads(json.dumps(ADD, sort_keys=True))
    assert prompt_id([USER], [ADD, SORT]) == prompt_id([USER], [SORT, turned])
    assert prompt_id([USER], []) == prompt_id([USER], None)


SYSTEM = {"role": "system", "content": "Be brief."}
DIFFERENT = [
    ([USER], None),
    ([SYSTEM, USER], None),
    ([USER, SYSTEM], None),
    ([{"role": "system", "content": "Be brief"}, USER], None),
    ([{"role": "user", "content": "What is 17 + 5?"}], None),
    ([{"role": "assistant", "content": USER["content"]}], None),
    ([USER, {"role": "assistant", "content": "21"}, USER], None),
    ([USER], [ADD]),
    ([USER], [ADD, SORT]),
    (tool_turns("a", "b"), None),
    (tool_turns("a", "a"), None),
]


def test_system_messages_and_tools_part_prompts():
    assert len({prompt_id(messages, tools) for messages, tools in DIFFERENT}) == len(DIFFERENT)


def test_prefix_ids_are_the_ids_of_the_prompt_cut_after_each_message():
    messages = [SYSTEM, USER, {"role": "assistant", "content": "21"}, {"role": "user", "content": "And 18 + 4?"}]
    whole = calls({"messages": messages, "tools": [ADD]})
    assert whole["prefix_ids"].item().to_list() == [prompt_id(messages[: n + 1], [ADD]) for n in range(4)]


def test_calls_of_one_opening_share_a_thread():
    later = [SYSTEM, USER, {"role": "assistant", "content": "21"}, {"role": "user", "content": "And 18 + 4?"}]
    threads = calls(*({"messages": messages} for messages in (later[:2], later, [USER])))["thread_key"]
    assert threads[0] == threads[1] != threads[2]


def test_a_prompt_without_messages_has_an_id_too():
    assert len(prompt_id([])) == 32


def test_no_rows_give_no_calls():
    found = canonicalize(schemas.empty("invocations"))
    assert_frame_equal(found["calls"], schemas.empty("calls"))
    assert_frame_equal(found["dropped"], schemas.empty("dropped"))


@given(st.text(alphabet="ab \t\n\r\v\f\x85\xa0\u2028é", max_size=30))
def test_looking_before_replacing_changes_nothing(text):
    plain = unicodedata.normalize("NFC", text)
    plain = re.sub("\r\n?|[\u0085\u2028\u2029]", "\n", plain)
    plain = re.sub("[\u00a0\u1680\u2000-\u200a\u202f\u205f\v\f]", " ", plain)
    assert canonical_text(text) == re.sub(r"[ \t]+(?=\n|\Z)", "", plain).lstrip("\n").rstrip()
