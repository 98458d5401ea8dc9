"""When a prompt is settled, and in which order prompts are asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.bands import PRESETS
from logmine.rollouts.docket import CORRECT, INCORRECT, Answers, Bands, Docket, Standing
from logmine.rollouts.needs import Needed
from logmine.rollouts.plans import IN_RANGE, TOO_EASY, TOO_HARD, BandRule, plan_attempts

RULE = BandRule(PRESETS["balanced"], min_band_mass=0.5, min_attempts=4, max_attempts=12, group_size=8)
FLAT = (0.5, 0.5)


def need(name, **known):
    return Needed(name, "task", (), (), "numeric", None, 10, **known)


def anything(_):
    return True


@pytest.mark.parametrize(("right", "wrong", "band"), [(2, 2, IN_RANGE), (0, 5, TOO_HARD), (5, 0, TOO_EASY)])
def test_clear_prompts_are_settled_after_the_fewest_attempts(right, wrong, band):
    plan = plan_attempts(FLAT, FLAT, 0, RULE)
    assert plan.settled[right, wrong]
    assert plan.bands[right, wrong] == band


@given(st.floats(0.05, 5), st.floats(0.05, 5), st.integers(0, 6))
def test_no_band_is_settled_before_the_build_would_measure_it(alpha, beta, n_attempts):
    plan = plan_attempts((alpha, beta), (alpha, beta), n_attempts, RULE)
    right, wrong = np.nonzero(plan.settled)
    n_made = n_attempts + right + wrong
    assert (n_made[n_made < 12] >= 4).all()
    assert 0 <= plan.n_calls[0, 0] <= 12 - n_attempts
    assert 0 <= plan.in_range[0, 0] <= 1 + 1e-9


def test_the_order_prefers_prompts_that_are_likelier_in_range_per_call():
    needs = [need("hopeless", others=(0.0, 6.0)), need("mixed", others=(2.0, 2.0)), need("unknown")]
    docket = Docket(needs, Bands(RULE), max_asked=12)
    assert [docket.take(anything).prompt_id for _ in needs] == ["mixed", "unknown", "hopeless"]


def test_a_prompt_that_fails_again_and_again_falls_behind():
    docket = Docket([need("a", prior=FLAT), need("b", prior=FLAT)], Bands(RULE), max_asked=12)
    for _ in range(3):
        docket.know("a", INCORRECT)
    assert docket.take(anything).prompt_id == "b"


def test_settled_prompts_are_asked_no_more():
    docket = Docket([need("a")], Bands(RULE), max_asked=12)
    for outcome in (CORRECT, INCORRECT, CORRECT, INCORRECT):
        docket.know("a", outcome)
    assert docket.take(anything) is None
    assert (docket.n_settled, docket.n_open) == (1, 0)


def test_no_more_calls_are_on_their_way_than_are_surely_needed():
    docket = Docket([need("a")], Bands(RULE), max_asked=12)
    assert [docket.take(anything) is None for _ in range(5)] == [False] * 4 + [True]


def test_prompts_whose_answers_cannot_be_judged_are_given_up():
    docket = Docket([need("a")], Bands(RULE), max_asked=12)
    for _ in range(3):
        docket.know("a", None)
    assert (docket.n_given_up, docket.n_settled, docket.n_open) == (1, 0, 0)


@pytest.mark.parametrize(("votes", "stable"), [("aaaa", True), ("aaa", False), ("aaab", False), ("aaaaaab", True), ("abab", False)])
def test_answers_are_stable_once_the_leading_one_will_stay(votes, stable):
    standing = Standing(need("a"))
    standing.outcomes.update(votes)
    assert Answers(4, 8).is_stable(standing) is stable


def test_nearly_agreed_prompts_are_asked_first():
    docket = Docket([need("split"), need("agreed")], Answers(4, 8), max_asked=12)
    for prompt_id, votes in (("split", "ab"), ("agreed", "aa")):
        for vote in votes:
            docket.know(prompt_id, vote)
    assert docket.take(anything).prompt_id == "agreed"


def test_priors_are_fitted_again_as_answers_come_in():
    seen = []

    def fit(standings):
        seen.append(sum(one.n_judged for one in standings))
        return {"": (0.2, 0.2)}

    docket = Docket([need(str(n)) for n in range(40)], Bands(RULE, fit), max_asked=12)
    for n in range(40):
        docket.know(str(n), CORRECT)
        docket.know(str(n), INCORRECT)
    assert seen == [50, 75]


def test_tasks_whose_answers_cannot_be_judged_fall_behind():
    needs = [replace(need(f"{task}{n}"), task_id=task) for n in range(60) for task in ("mute", "told")]
    docket = Docket(needs, Bands(RULE, lambda _: {"": FLAT}), max_asked=12)
    for n in range(30):
        docket.know(f"mute{n}", None)
        docket.know(f"told{n}", INCORRECT if n % 2 else CORRECT)
    assert {docket.take(anything).task_id for _ in range(30)} == {"told"}
    assert docket.n_unread == 30


def test_a_prompt_that_lacks_one_attempt_is_ended_before_another_is_begun_that_will_fail_likewise():
    hopeless = {"": (0.1, 4.0)}
    docket = Docket([need("fresh"), need("begun")], Bands(RULE, lambda _: hopeless, _priors=hopeless), max_asked=12)
    for _ in range(3):
        docket.know("begun", INCORRECT)
    assert docket.take(anything).prompt_id == "begun"


def test_tasks_whose_answers_could_not_be_judged_in_an_earlier_run_come_last():
    needs = [replace(need(f"{task}{n}"), task_id=task) for n in range(9) for task in ("mute", "told")]
    docket = Docket(needs, Bands(RULE), max_asked=12)
    docket.recall({"mute0": 3, "mute1": 3})
    assert {docket.take(anything).task_id for _ in range(9)} == {"told"}
    assert docket.n_unread == 0
