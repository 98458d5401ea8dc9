import json

import pytest

from logmine.config import TasksConfig
from logmine.tasks import count_systems, scope_prompts

CONFIG = TasksConfig(min_template_prompts=2)
TUTOR = "You are a patient tutor of arithmetic for schools."
TOOLS = [{"type": "function", "function": {"name": name, "parameters": {}}} for name in ("search", "add")]


@pytest.fixture(scope="session")
def scope(prompts):
    """Return a function that scopes prompts of its own, with system prompts counted before."""

    def run(*rows):
        table = prompts(*rows)
        return scope_prompts(table, count_systems(table, config=CONFIG)["systems"])["scoped"].rows(named=True)

    return run


def tutored(*texts):
    return [{"system": TUTOR, "user_text": text} for text in texts]


def test_systems_are_counted_when_several_prompts_share_them(prompts):
    table = prompts(*tutored("one", "two"), {"system": "Only once.", "user_text": "three"})
    systems = count_systems(table, config=CONFIG)["systems"]
    assert systems.select("system", "n_prompts").rows() == [(TUTOR, 2)]


def test_a_system_prompt_in_the_text_of_the_user_is_split_off_when_others_send_it_as_system(scope):
    first, _, fused = scope(*tutored("one", "two"), {"user_text": f"{TUTOR}\n\nthree"})
    assert fused["body"] == "three"
    assert (fused["system_id"], fused["scope_id"]) == (first["system_id"], first["scope_id"])


@pytest.mark.parametrize("text", [f"{TUTOR}three", TUTOR, "You are a patient tutor of history.\nthree"])
def test_text_that_only_resembles_a_system_prompt_is_not_split(scope, text):
    *_, row = scope(*tutored("one", "two"), {"user_text": text})
    assert (row["body"], row["system_id"]) == (text, None)


def test_a_system_prompt_of_its_own_each_time_is_part_of_the_body(scope):
    one, other = scope({"system": "Translate for Ana.", "user_text": "hello"}, {"system": "Translate for Bo.", "user_text": "hello"})
    assert (one["body"], one["system_id"]) == ("Translate for Ana.\nhello", None)
    assert one["scope_id"] == other["scope_id"]


def test_roles_systems_and_tool_sets_part_scopes(scope):
    rows = scope(
        *tutored("one", "two"),
        {"user_text": "one"},
        {"user_text": "one", "role": "other"},
        {"user_text": "one", "tools": json.dumps(TOOLS)},
    )
    assert [len({row["scope_id"] for row in rows}), rows[-1]["tool_names"]] == [4, "add,search"]


def test_the_order_of_tools_does_not_part_scopes(scope):
    one, other = scope({"user_text": "x", "tools": json.dumps(TOOLS)}, {"user_text": "x", "tools": json.dumps(TOOLS[::-1])})
    assert one["scope_id"] == other["scope_id"]


def test_earlier_turns_have_an_id_and_a_single_turn_has_none(scope):
    asked = [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}]
    other = [{"role": "user", "content": "2 + 3?"}, {"role": "assistant", "content": "5"}]
    rows = scope(*({"user_text": "why?", **earlier} for earlier in ({}, {"earlier": asked}, {"earlier": asked}, {"earlier": other})))
    alone, one, same, different = (row["history_id"] for row in rows)
    assert alone is None
    assert one == same != different


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Apply a discount of 10% to it.", "Apply a discount of 20% to it.", False),
        ("Answer in at most 50 words, please.", "Answer in at most 100 words, please.", False),
        ("Be brief and kind. Date: 2026-01-02.", "Be brief and kind. Date: 2026-01-03.", True),
        ("Be brief and kind. Time: 10:15, session 9f3a.", "Be brief and kind. Time: 11:20, session 7b2c.", True),
    ],
)
def test_settings_in_the_system_prompt_part_prompts_and_dates_do_not(scope, one, other, is_same):
    rows = scope({"system": one, "user_text": "hello"}, {"system": other, "user_text": "hello"})
    assert rows[0]["scope_id"] == rows[1]["scope_id"]
    assert (rows[0]["history_id"] == rows[1]["history_id"]) is is_same


def test_parameters_of_tools_part_prompts_but_no_scopes(scope):
    other = [{"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in ("search", "add")]
    rows = scope(*({"user_text": "x", "tools": json.dumps(tools)} for tools in (TOOLS, other)))
    assert rows[0]["scope_id"] == rows[1]["scope_id"]
    assert rows[0]["history_id"] != rows[1]["history_id"]


def test_a_prompt_without_text_of_a_user_has_an_empty_body(scope):
    [row] = scope({"user_text": None})
    assert row["body"] == ""
