import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logmine.config import ReferencesConfig
from logmine.references.agreement import every_hypothesis, posterior, weigh_hypotheses
from logmine.references.consensus import find_consensus, task_shift, weigh_models, weigh_votes

ANSWERS = st.lists(st.tuples(st.sampled_from(["m1", "m2", None]), st.sampled_from(["1", "2", "3"])), max_size=7)
TASKS = st.dictionaries(st.sampled_from(["p", "q", "r", "s"]), ANSWERS)
VOTES = st.dictionaries(st.sampled_from("abcd"), st.floats(0.5, 20), min_size=1)
THRESHOLD = ReferencesConfig().min_consensus_confidence
AGREED = {f"p{n}": [(model, str(n)) for model in "abcd"] for n in range(9)}


@given(TASKS, st.floats(0, 1))
def test_probabilities_lie_in_the_unit_interval(answers, between):
    found = find_consensus(answers, grader="numeric", agreement_between=between)
    assert found.keys() == {prompt for prompt, own in answers.items() if own}
    assert all(0 <= probability <= 1 for _, probability in found.values())


@given(VOTES, st.floats(0, 0.5))
def test_probabilities_of_a_prompt_leave_room_for_nobody(votes, between):
    shares = posterior(votes, every_hypothesis(between))
    assert shares.keys() == votes.keys()
    assert sum(shares.values()) < 1


@given(st.integers(1, 3), st.floats(0.5, 1))
def test_more_votes_for_the_leader_never_lower_its_probability(n_votes, against):
    fewer, more = (posterior({"a": float(n), "b": against}, every_hypothesis(0.0))["a"] for n in (n_votes, n_votes + 1))
    assert more >= fewer


@settings(max_examples=30)
@given(TASKS, st.randoms(use_true_random=False))
def test_the_order_of_answers_and_prompts_does_not_count(answers, rng):
    moved = {prompt: rng.sample(answers[prompt], len(answers[prompt])) for prompt in rng.sample(sorted(answers), len(answers))}
    assert find_consensus(answers, grader="exact", agreement_between=0.1) == find_consensus(moved, grader="exact", agreement_between=0.1)


@settings(max_examples=30)
@given(st.dictionaries(st.sampled_from("pqrs"), st.lists(st.sampled_from(["x", "y"]), min_size=1, max_size=30), min_size=1))
def test_one_model_on_free_text_never_reaches_the_threshold(answers):
    alone = {prompt: [("m", answer) for answer in own] for prompt, own in answers.items()}
    found = find_consensus(alone, grader="exact", agreement_between=0.0)
    assert all(probability < THRESHOLD for _, probability in found.values())


@given(st.lists(VOTES, min_size=1, max_size=6), st.floats(0, 1))
def test_the_weights_of_what_explains_a_task_sum_to_one(task, between):
    explained = weigh_hypotheses(every_hypothesis(between), task, {})
    assert explained.weights.sum() == pytest.approx(1)
    assert (explained.weights > 0).all()


def test_nothing_to_agree_on():
    assert find_consensus({}, grader="numeric", agreement_between=0.0) == {}
    assert find_consensus({"p": []}, grader="numeric", agreement_between=0.0) == {}


def test_four_models_that_agree_are_surer_than_one_or_two_that_do_not():
    found = find_consensus(AGREED | {"x": [("a", "1")], "y": [("a", "1"), ("b", "2")]}, grader="numeric", agreement_between=0.0)
    assert found["y"][1] < found["x"][1] < found["p0"][1]
    assert found["y"][1] < THRESHOLD < found["p0"][1]


def test_many_answers_that_scatter_leave_a_clear_leader_likely():
    task = {f"p{n}": [("a", str(n))] * 5 + [("b", str(n))] * 3 + [("c", f"{n}.{k}") for k in range(7)] for n in range(9)}
    assert find_consensus(task, grader="numeric", agreement_between=0.0)["p0"][1] > THRESHOLD


def test_a_small_answer_space_makes_agreement_worth_less():
    task = {f"p{n}": [(model, "A") for model in "abc"] + [("d", "B")] for n in range(9)}
    wide, narrow = (find_consensus(task, grader="choice", agreement_between=between)["p0"][1] for between in (0.0, 0.5))
    assert narrow < wide


def test_a_model_that_repeats_itself_counts_less_than_others_that_agree():
    assert weigh_votes([("a", "4")] * 4, {}, 0.5)["4"] < weigh_votes([(model, "4") for model in "abcd"], {}, 0.5)["4"] == 4


def test_a_model_that_is_often_right_counts_more():
    weights = weigh_models([[("good", "1"), ("bad", "2")]] * 20, [{"1": 1.0}] * 20)
    assert weights["bad"] == 0.5
    assert 1 < weights["good"] < 2


def test_the_model_that_others_agree_with_breaks_a_tie():
    tied = [("a", "1"), ("b", "1"), ("odd", "2"), ("odd", "2")]
    task = AGREED | {f"o{n}": [("a", str(n)), ("b", str(n)), ("c", str(n)), ("odd", f"{n}.5")] for n in range(9)}
    assert find_consensus(task | {"t": tied}, grader="numeric", agreement_between=0.0)["t"][0] == "1"


def test_a_tie_goes_to_the_smaller_answer():
    assert find_consensus({"p": [("a", "2"), ("b", "1")]}, grader="numeric", agreement_between=0.0)["p"][0] == "1"


@pytest.mark.parametrize("is_right", [True, False])
def test_known_answers_move_the_confidence_of_their_task(is_right):
    told = {f"p{n}": str(n) if is_right else "other" for n in range(6)}
    alone, taught = (find_consensus(AGREED, grader="numeric", agreement_between=0.0, known=known)["p8"][1] for known in ({}, told))
    assert (taught > alone) == is_right
    assert (taught > THRESHOLD) == is_right


def test_nothing_known_moves_nothing_and_much_known_moves_as_far_as_it_must():
    assert task_shift([], 1.0) == 0
    assert task_shift([(0.0, True), (0.0, False)] * 10, 1.0) == 0
    assert task_shift([(3.0, False)] * 20, 1.0) == np.float64(-3.0)
