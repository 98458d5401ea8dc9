import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.config import PromptsConfig
from logmine.prompts import gather_attempts
from logmine.prompts.signs import CORRECTIONS, count_signs, disputes, reports_error

QUESTION = "When does the night train to Basel leave?"


def user(text):
    return {"role": "user", "content": text}


def answer(text="At nine."):
    return {"role": "assistant", "content": text}


def tool(text):
    return {"role": "tool", "tool_call_id": "call_1", "content": text}


def calls(*conversations, metadata=()):
    """One call a conversation; the id of a prompt is the text of its messages."""
    rows = []
    for n, messages in enumerate(conversations):
        prefix_ids = [json.dumps(messages[: end + 1]) for end in range(len(messages))]
        row = dict.fromkeys(schemas.CALLS) | {"request_id": f"r{n}", "object": "o", "line": n, "body_digest": f"b{n}"}
        row |= {"prompt_id": prefix_ids[-1], "prefix_ids": prefix_ids, "thread_key": "t", "messages": json.dumps(messages), "n_media": 0}
        rows.append(row | {"metadata": [{"key": key, "value": value} for key, value in metadata]})
    return pl.DataFrame(rows, schema=schemas.CALLS)


def signs(*conversations, **settings):
    """Signs against and for, by the number of messages of the prompt."""
    found = count_signs(calls(*conversations, **settings))
    return {len(json.loads(prompt)): (against, good) for prompt, against, good in found.iter_rows()}


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ('{"status": "error", "flights": []}', True),
        ('{"statusCode": 503}', True),
        ('{"success": false}', True),
        ('{"error": {"code": 7}}', True),
        ('{"isError": true, "content": "no seat"}', True),
        ('{"error": null, "errors": [], "status": "ok", "flights": 3}', False),
        ('{"status": 200, "note": "Error: none"}', False),
        ('{"status": true}', False),
        ("Error: gift card balance is not enough", True),
        ("Traceback (most recent call last):\n  File", True),
        ("botocore.exceptions.ClientError: An error occurred", True),
        ("KeyError('seat')", True),
        ("Failed: no such booking", True),
        ("Error rates fell by half in May.", False),
        ("Failed banks of 1929: a list", False),
        ("{not JSON", False),
        ("[]", False),
        ("", False),
    ],
)
def test_a_tool_result_that_reports_an_error(result, expected):
    assert reports_error(result) is expected


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        ("No, that's wrong, it leaves at ten.", True),
        ("That\u2019s not right.", True),
        ("いいえ、違います。10時です。", True),
        ("Non, ce n'est pas correct.", True),
        ("Das stimmt nicht!", True),
        ("Eso es incorrecto.", True),
        (QUESTION, True),
        ("Once more: when does the night train to Basel leave", True),
        ("No, thanks. That was all.", False),
        ("And when does the night train to Vienna leave?", False),
        ("Thank you. My brother's teacher marked his homework with a red pen and wrote that's wrong on it.", False),
        ("", False),
    ],
)
def test_a_turn_that_corrects_or_asks_again(turn, expected):
    assert disputes(turn, QUESTION) is expected


@pytest.mark.parametrize("short", ["Yes", "go on", "", "次"])
def test_short_turns_said_twice_ask_nothing_again(short):
    assert not disputes(short, short)


def test_every_phrase_is_found_as_it_stands():
    assert all(disputes(phrase, "") for phrases in CORRECTIONS.values() for phrase in phrases)


def test_a_sign_belongs_to_the_prompt_right_before_the_answer():
    talk = [user(QUESTION), answer(), tool("Error: no such station"), answer(), user("That is wrong."), answer(), user("Thanks!")]
    assert signs(talk) == {1: (1, 0), 3: (1, 0)}


def test_a_sign_counts_once_in_however_many_calls_its_history_comes_back():
    talk = [user(QUESTION), answer(), user("That is wrong."), answer(), user("Thanks!")]
    assert signs(talk[:3], talk, talk) == {1: (1, 0)}


def test_what_nobody_answered_has_no_signs():
    assert signs([tool("Error: first of all"), user("That is wrong."), user("That is wrong.")]) == {}


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("user_feedback", "Thumbs_Down", {1: (1, 0)}),
        ("thumbs", "👍", {1: (0, 1)}),
        ("rating", "3", {}),
        ("rating", "1/5", {1: (1, 0)}),
        ("user_feedback", "9 out of 10", {1: (0, 1)}),
        ("rating", "3/5", {}),
        ("rating", "1/1", {}),
        ("rating", "7/5", {}),
        ("feedback", "2 stars", {1: (1, 0)}),
        ("stars", "4.5", {1: (0, 1)}),
        ("start_rating", "5", {}),
        ("rating", "9" * 5000 + "/5", {}),
        ("direction", "up", {}),
    ],
)
def test_ratings_count_where_they_mean_one_thing(key, value, expected):
    assert signs([user(QUESTION)], metadata=[(key, value)]) == expected


TURNS = st.sampled_from([user(QUESTION), user("That is wrong."), answer(), tool("Error: none"), tool("[]")])


@given(st.lists(st.lists(TURNS, min_size=1, max_size=6), min_size=1, max_size=5), st.randoms())
def test_signs_do_not_depend_on_the_order_of_rows(conversations, random):
    table = calls(*conversations, metadata=[("feedback", "bad")])
    shuffled = table[random.sample(range(table.height), table.height)]
    assert_frame_equal(count_signs(table), count_signs(shuffled))


TALK = [user(QUESTION), answer(), user("That is wrong."), answer(), user("That is wrong."), answer(), user("Thanks!")]


@pytest.mark.parametrize(("policy", "expected"), [("auto", [(1, 1, 0), (2, 1, 0), (3, 0, 0)]), ("last", [(3, 2, 0)])])
def test_prompts_carry_their_signs_and_those_of_the_turns_they_stand_for(policy, expected):
    table = calls(TALK[:1], TALK[:3], TALK[:5])
    prompts = gather_attempts(table, config=PromptsConfig(conversation_policy=policy))["prompts"].sort("n_user_turns")
    assert prompts.select("n_user_turns", "signs_against", "signs_for").rows() == expected
