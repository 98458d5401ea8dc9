import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.config import PromptsConfig
from logmine.prompts import gather_attempts
from logmine.prompts.attempts import language, system_identity

CONFIG = PromptsConfig()
START = datetime(2026, 1, 1, tzinfo=UTC)
USER = {"role": "user", "content": "What is 17 + 4?"}
PLAIN = {
    "object": "o",
    "prompt_id": "p",
    "thread_key": "t",
    "messages": [USER],
    "n_media": 0,
    "base_model": "amazon.nova-2-lite-v1:0",
    "role": "tutor",
    "metadata": {},
    "completion": "21",
    "stop_reason": "stop",
    "guardrail_intervened": False,
    "stream_incomplete": False,
    "input_tokens": 9,
}


def calls(*rows):
    """One row a dict of columns, an hour apart; messages and metadata are given as structures, prefixes as the path to the prompt."""
    table = []
    for n, row in enumerate(rows):
        call = dict.fromkeys(schemas.CALLS) | PLAIN | {"request_id": f"r{n}", "line": n, "body_digest": f"b{n}"}
        call |= {"invoked_at": START + timedelta(hours=n)} | row
        call["messages"] = json.dumps(call["messages"])
        call["metadata"] = [{"key": key, "value": value} for key, value in call["metadata"].items()]
        call["prefix_ids"] = list(row.get("prefix_ids", call["prompt_id"]))
        table.append(call)
    return pl.DataFrame(table, schema=schemas.CALLS)


def gather(*rows, **settings):
    return gather_attempts(calls(*rows), config=PromptsConfig(**settings))


def unusable(*rows):
    """What makes each answer useless, by request."""
    return dict(gather(*rows)["completions"].select("request_id", "unusable").iter_rows())


def at(**since):
    return START + timedelta(**since)


def test_the_same_record_once_more_is_dropped():
    again = {"request_id": "r0", "body_digest": "b0", "object": "copy", "line": 7}
    found = gather({}, again, {})
    assert found["dropped"].rows() == [("r0", "gather_attempts", "redelivered", None, "r0", "copy", 7)]
    assert found["prompts"]["request_ids"].to_list() == [["r0", "r2"]]
    assert found["completions"]["request_id"].to_list() == ["r0", "r2"]


def test_of_one_record_the_earliest_is_kept_wherever_it_stands():
    late = {"request_id": "r1", "body_digest": "b1", "invoked_at": at(hours=9)}
    found = gather(late, {})
    assert found["dropped"]["line"].to_list() == [0]


def test_another_answer_to_the_same_request_is_kept():
    assert gather({}, {"request_id": "r0", "completion": "22"})["dropped"].is_empty()


@pytest.mark.parametrize(("since", "found"), [({"seconds": 5}, "redelivered"), ({"minutes": 2}, "redelivered"), ({"minutes": 10}, None)])
def test_the_same_bodies_shortly_after_are_a_redelivery(since, found):
    rows = [{"body_digest": "b"}, {"body_digest": "b", "invoked_at": at(**since)}]
    assert unusable(*rows) == {"r0": None, "r1": found}
    assert gather(*rows)["prompts"]["request_ids"].to_list() == [["r0", "r1"]]


def test_the_same_bodies_of_another_caller_or_without_time_are_no_redelivery():
    other = {"body_digest": "b", "role": "other", "invoked_at": at(seconds=5)}
    assert unusable({"body_digest": "b"}, other, {"body_digest": "b", "invoked_at": None}) == {"r0": None, "r1": None, "r2": None}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({}, None),
        ({"guardrail_intervened": True, "stop_reason": "length"}, "blocked"),
        ({"stop_reason": "content_filter"}, "blocked"),
        ({"stop_reason": "length"}, "truncated"),
        ({"stream_incomplete": True}, "truncated"),
        ({"completion": None}, "no_answer"),
        ({"completion": " \n", "stop_reason": None}, "no_answer"),
        ({"completion": None, "tool_calls": "[]"}, None),
        ({"stop_reason": None}, None),
    ],
)
def test_answers_that_prove_nothing(answer, expected):
    assert unusable(answer) == {"r0": expected}


COLD = {"temperature": 0.0}


@pytest.mark.parametrize(
    ("rows", "n_repeated"),
    [
        ([COLD, COLD, COLD], 2),
        ([{}, {}], 0),
        ([{"temperature": 0.7}, {"temperature": 0.7}], 0),
        ([COLD, COLD | {"completion": "22"}], 0),
        ([COLD, COLD | {"base_model": "other"}], 0),
        ([COLD, COLD | {"tool_calls": "[]"}], 0),
        ([{"temperature": 0.7}, COLD], 0),
        ([COLD | {"stop_reason": "length"}, COLD], 0),
    ],
)
def test_equal_answers_of_one_model_count_once_at_temperature_0(rows, n_repeated):
    assert list(unusable(*rows).values()).count("repeated") == n_repeated


def test_metadata_with_two_values_for_a_key_is_left_out():
    found = gather({"metadata": {"app": "tutor", "ticket": "1", "gold": "21"}}, {"metadata": {"app": "tutor", "ticket": "2"}})
    assert found["prompts"]["metadata"].to_list() == [[{"key": "app", "value": "tutor"}, {"key": "gold", "value": "21"}]]


def test_a_prompt_without_metadata_has_none():
    assert gather({})["prompts"]["metadata"].to_list() == [None]


CHAIN = [{"prompt_id": name, "prefix_ids": "abcd"[: n + 1]} for n, name in enumerate("abcd")]


def test_requests_of_earlier_turns_lie_in_the_row_that_stands_for_them():
    found = gather(*CHAIN)
    assert dict(found["prompts"].select("prompt_id", "request_ids").iter_rows()) == {"a": ["r0"], "c": ["r1", "r2"], "d": ["r3"]}
    assert found["completions"]["request_id"].to_list() == ["r0", "r2", "r3"]


@pytest.mark.parametrize(("policy", "expected"), [("first", {"a": ["r0", "r1", "r2", "r3"]}), ("last", {"d": ["r0", "r1", "r2", "r3"]})])
def test_a_policy_may_keep_one_turn_of_a_conversation(policy, expected):
    prompts = gather(*CHAIN, conversation_policy=policy)["prompts"]
    assert dict(prompts.select("prompt_id", "request_ids").iter_rows()) == expected


def test_prompts_of_another_thread_are_none_of_the_conversation():
    other = {"prompt_id": "a", "thread_key": "other"}
    assert gather({"prompt_id": "b", "prefix_ids": "ab"}, other)["prompts"].height == 2


SYSTEM = {"role": "system", "content": "Be brief. Today is 2026-01-05."}


def test_a_prompt_is_described_by_its_turns():
    turns = [SYSTEM, USER, {"role": "assistant", "content": "21"}, {"role": "user", "content": "Why? Tell me in one sentence."}]
    row = gather({"messages": turns})["prompts"].row(0, named=True)
    assert (row["system"], row["user_text"], row["language"]) == (SYSTEM["content"], turns[-1]["content"], "en")
    assert (row["n_user_turns"], row["has_history"]) == (2, True)


def test_a_prompt_without_user_or_system_has_neither_text():
    row = gather({"messages": [{"role": "tool", "tool_call_id": "call_1", "content": "3"}]})["prompts"].row(0, named=True)
    assert (row["system"], row["user_text"], row["language"], row["n_user_turns"], row["has_history"]) == (None, None, None, 0, True)


def test_times_caller_and_tokens_of_a_prompt_come_from_its_own_calls():
    rows = [{"role": "b", "input_tokens": 5}, {"role": "a", "input_tokens": 8}, {"role": "a", "invoked_at": None}, {"role": "b"}]
    row = gather(*rows)["prompts"].row(0, named=True)
    assert (row["role"], row["prompt_tokens"]) == ("a", 9)
    assert (row["invoked_first"], row["invoked_last"]) == (START, at(hours=3))


@pytest.mark.parametrize(("limit", "is_too_long"), [(9, False), (8, True)])
def test_the_limit_of_tokens_is_inclusive(limit, is_too_long):
    assert gather({}, max_prompt_tokens=limit)["prompts"]["is_too_long"].to_list() == [is_too_long]


def test_tokens_are_estimated_where_none_were_logged():
    long = [{"role": "user", "content": "word " * 1000}]
    assert 1200 < gather({"messages": long, "input_tokens": None})["prompts"]["prompt_tokens"].item() < 1300


def test_system_prompts_that_differ_in_numbers_are_one():
    assert system_identity("Be brief. Today is 2026-01-05.") == system_identity("Be brief. Today is 2025-12-31.")
    assert len({system_identity(text) for text in ("Be brief.", "Be brief", "", "0")}) == 4
    assert system_identity(None) == system_identity("")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Please tell me when the parcel will arrive.", "en"),
        ("Wann kommt mein Paket endlich bei mir an?", "de"),
        ("注文した商品が届きません", "ja"),
        ("上个月的发票在哪里可以下载", "zh"),
        ("What is 2 + 2?", None),
        ("ok", None),
        ("17 + 4 = 21, 22, 23, 24, 25, 26, 27", None),
        ("```python\nfor line in open(path): print(line)\n```", None),
        ("", None),
        (None, None),
    ],
)
def test_languages_of_short_texts(text, code):
    assert language(text) == code


drawn_calls = st.lists(
    st.fixed_dictionaries(
        {
            "prompt_id": st.sampled_from("abcd"),
            "request_id": st.sampled_from(["r1", "r2"]),
            "body_digest": st.sampled_from(["b1", "b2"]),
            "invoked_at": st.none() | st.sampled_from([START, at(seconds=60), at(hours=1)]),
            "temperature": st.none() | st.sampled_from([0.0, 0.7]),
            "role": st.sampled_from(["tutor", "other", None]),
            "stop_reason": st.sampled_from(["stop", "length", None]),
            "metadata": st.dictionaries(st.sampled_from(["app", "gold"]), st.sampled_from(["x", "y"])),
        }
    ),
    max_size=12,
).map(lambda rows: [row | {"prefix_ids": "abcd"[: "abcd".index(row["prompt_id"]) + 1]} for row in rows])


@settings(max_examples=30)
@given(drawn_calls)
def test_every_call_is_told_in_a_prompt_or_dropped(rows):
    found = gather(*rows)
    assert found["prompts"]["request_ids"].list.len().sum() + found["dropped"].height == len(rows)
    assert set(found["completions"]["prompt_id"]) == set(found["prompts"]["prompt_id"])


@settings(max_examples=30)
@given(drawn_calls, st.randoms(use_true_random=False))
def test_the_order_of_calls_does_not_matter(rows, rng):
    table = calls(*rows)
    order = rng.sample(range(len(table)), len(table))
    expected, found = (gather_attempts(each, config=CONFIG) for each in (table, table[order]))
    for name, frame in expected.items():
        key = schemas.sort_key(name)
        assert_frame_equal(found[name].sort(key, maintain_order=True), frame.sort(key, maintain_order=True))


def test_no_calls_give_no_prompts():
    found = gather_attempts(schemas.empty("calls"), config=CONFIG)
    assert {name: (frame.height, frame.schema) for name, frame in found.items()} == {
        "prompts": (0, schemas.PROMPTS),
        "completions": (0, schemas.COMPLETIONS),
        "dropped": (0, schemas.DROPPED),
    }
