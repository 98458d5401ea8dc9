"""What each row of an outcomes file means."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from logmine.references import count_outcomes, match_outcomes, settle_outcomes
from logmine.schemas import ATTEMPTS, CANDIDATES, OUTCOMES, REFERENCES

#: Kept prompts p (with a duplicate, d) and q; requests by prompt, id, body, ticket and what makes them useless.
CALLS = [
    ("p", "r1", "a", "t1", None),
    ("p", "r2", "b", "t2", "truncated"),
    ("q", "r3", "c", "t1", None),
    ("q", "r4", "d", "t4", None),
    ("p", "shared", "e", "t5", None),
    ("q", "shared", "f", "t6", None),
    ("q", "twice", "g", "t7", None),
    ("q", "twice", "h", "t8", "truncated"),
]


def frame(schema, rows):
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


ATTEMPTED = frame(
    ATTEMPTS,
    [
        {
            "prompt_id": prompt,
            "request_id": request,
            "body_digest": body,
            "metadata": [{"key": "ticket", "value": ticket}],
            "unusable": unusable,
        }
        for prompt, request, body, ticket, unusable in CALLS
    ],
)
#: q stands for an earlier turn of its conversation.
REQUESTS = {"p": ["r1", "r2", "shared"], "d": [], "q": ["earlier", "r3", "r4", "shared", "twice"], "z": []}
KEPT = {"p": "p", "d": "p", "q": "q", "z": "z"}
KNOWN = frame(CANDIDATES, [{"prompt_id": KEPT[name], "source_id": name, "request_ids": own} for name, own in REQUESTS.items()])


def outcomes(*rows):
    return frame(OUTCOMES, [{"row": number} | row for number, row in enumerate(rows, start=1)])


def settle(*rows):
    table = outcomes(*rows)
    return settle_outcomes(table, match_outcomes(ATTEMPTED, KNOWN, table)["matches"])


def why(*rows):
    return dict(settle(*rows)["unused"].iter_rows())


def ticket(value):
    return {"metadata_key": "ticket", "metadata_value": value}


@pytest.mark.parametrize(
    ("names", "prompt"),
    [({"prompt_id": "p"}, "p"), ({"prompt_id": "d"}, "p"), ({"prompt_id": "z"}, "z"), ({"request_id": "r2"}, "p"), (ticket("t4"), "q"),
     ({"prompt_id": "q", "request_id": "shared"}, "q"), ({"request_id": "twice"}, "q")],
)  # fmt: skip
def test_an_answer_belongs_to_the_one_prompt_that_its_row_names(names, prompt):
    settled = settle(names | {"answer": "4"})
    assert settled["given"].select("row", "prompt_id", "answer").rows() == [(1, prompt, "4")]
    assert settled["unused"].is_empty()


@pytest.mark.parametrize(
    ("names", "attempt"),
    [
        ({"request_id": "r1"}, ("p", "r1", "a")),
        (ticket("t4"), ("q", "r4", "d")),
        ({"prompt_id": "p", "request_id": "shared"}, ("p", "shared", "e")),
    ],
)
def test_a_reward_belongs_to_the_one_attempt_that_its_row_names(names, attempt):
    assert settle(names | {"reward": 0.5})["given"].select("prompt_id", "request_id", "body_digest").rows() == [attempt]


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ({"prompt_id": "gone"}, "no_such_prompt"),
        ({"request_id": "gone"}, "no_such_prompt"),
        (ticket("gone"), "no_such_prompt"),
        ({"prompt_id": "p", "request_id": "r3"}, "no_such_prompt"),
        ({"request_id": "earlier"}, "another_turn"),
        ({"request_id": "shared"}, "ambiguous"),
        (ticket("t1"), "ambiguous"),
    ],
)
@pytest.mark.parametrize("tells", [{"answer": "4"}, {"reward": 1.0}])
def test_what_means_nothing_or_two_things_is_used_for_none(names, reason, tells):
    assert why(names | tells) == {1: reason}


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ({"request_id": "r2"}, "no_attempt"),
        ({"prompt_id": "z"}, "no_attempt"),
        ({"prompt_id": "q"}, "ambiguous"),
        ({"request_id": "twice"}, "ambiguous"),
    ],
)
def test_a_reward_needs_one_attempt_that_counts(names, reason):
    assert why(names | {"reward": 1.0}) == {1: reason}
    assert why(names | {"answer": "4"}) == {}


def test_rewards_that_differ_for_one_attempt_are_both_set_aside():
    settled = settle({"request_id": "r1", "reward": 1.0}, {"request_id": "r1", "reward": 0.0}, {"request_id": "r3", "reward": 1.0})
    assert settled["unused"].sort("row").rows() == [(1, "contradictory"), (2, "contradictory")]
    assert settled["given"]["request_id"].to_list() == ["r3"]


def test_a_row_may_give_an_answer_and_a_reward():
    given_rows = settle({"request_id": "r1", "answer": "4", "reward": 0.0})["given"]
    assert given_rows.select("answer", "reward").sort("reward").rows() == [("4", None), (None, 0.0)]


def test_rows_are_counted_by_what_became_of_them():
    rows = [
        {"prompt_id": "p", "answer": "4"},
        {"prompt_id": "q", "answer": "some"},
        {"prompt_id": "gone", "answer": "4"},
        {"prompt_id": "z", "answer": "5"},
    ]
    settled = settle(*rows)
    told = [{"prompt_id": "p", "origin": "outcomes"}, {"prompt_id": "q"}, {"prompt_id": "z", "conflict": "outcomes"}]
    counts = count_outcomes(outcomes(*rows), settled["unused"], settled["given"], frame(REFERENCES, told))
    assert counts == {"given": 4, "no_such_prompt": 1, "not_readable": 1, "conflict": 1}


names = st.one_of(
    st.sampled_from("pqdzx").map(lambda name: {"prompt_id": name}),
    st.sampled_from([call[1] for call in CALLS]).map(lambda name: {"request_id": name}),
    st.sampled_from([call[3] for call in CALLS]).map(ticket),
)
rows_given = st.lists(
    st.tuples(names, st.sampled_from([{"answer": "4"}, {"reward": 0.5}, {"reward": 1.0}])).map(lambda pair: pair[0] | pair[1]), max_size=8
)


@settings(max_examples=50, deadline=None)
@given(rows_given)
def test_every_row_is_used_or_told_with_a_reason_and_never_both(rows):
    settled = settle(*rows)
    used, unused = set(settled["given"]["row"]), settled["unused"]["row"].to_list()
    assert len(unused) == len(set(unused))
    assert sorted(used | set(unused)) == list(range(1, len(rows) + 1))
    assert not used & set(unused)


@settings(max_examples=20, deadline=None)
@given(rows_given, st.integers(0, 99))
def test_the_order_of_attempts_does_not_matter(rows, seed):
    table = outcomes(*rows)
    shuffled = settle_outcomes(table, match_outcomes(ATTEMPTED.sample(fraction=1, shuffle=True, seed=seed), KNOWN, table)["matches"])
    for name, kept in settle_outcomes(table, match_outcomes(ATTEMPTED, KNOWN, table)["matches"]).items():
        assert_frame_equal(shuffled[name], kept, check_row_order=False)
