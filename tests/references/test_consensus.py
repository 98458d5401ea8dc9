import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from logmine.config import ReferencesConfig
from logmine.references.consensus import TaskModel, collision_rate, find_consensus, fit_model, posterior, weigh_votes

ANSWERS = st.lists(st.tuples(st.sampled_from(["m1", "m2", None]), st.sampled_from(["1", "2", "3"])), max_size=7)
TASKS = st.dictionaries(st.sampled_from(["p", "q", "r", "s"]), ANSWERS)
VOTES = st.dictionaries(st.sampled_from("abcd"), st.floats(0.5, 20), min_size=1)
MODELS = st.builds(TaskModel, st.floats(0.5, 20), st.floats(0.5, 20), st.floats(0.05, 0.9))
THRESHOLD = ReferencesConfig().min_consensus_confidence


@given(TASKS, st.floats(0, 1))
def test_probabilities_lie_in_the_unit_interval(answers, between):
    found = find_consensus(answers, grader="numeric", agreement_between=between)
    assert found.keys() == {prompt for prompt, own in answers.items() if own}
    assert all(0 <= probability <= 1 for _, probability in found.values())


@given(VOTES, MODELS)
def test_probabilities_of_a_prompt_leave_room_for_nobody(votes, model):
    shares = posterior(votes, model)
    assert shares.keys() == votes.keys()
    assert sum(shares.values()) <= 1 + 1e-9


@given(VOTES, MODELS, st.floats(1, 5))
def test_more_votes_for_the_leader_never_lower_its_probability(votes, model, more):
    leader = max(votes, key=lambda answer: (votes[answer], answer))
    share = (model.right + votes[leader]) / (model.right + model.wrong + sum(votes.values()))
    assume(votes[leader] >= 1 and share >= model.collision)  # else agreement is what wrong answers do, and says little
    assert posterior(votes | {leader: votes[leader] + more}, model)[leader] >= posterior(votes, model)[leader] - 1e-9


@given(TASKS, st.randoms(use_true_random=False))
def test_the_order_of_answers_and_prompts_does_not_count(answers, rng):
    moved = {prompt: rng.sample(answers[prompt], len(answers[prompt])) for prompt in rng.sample(sorted(answers), len(answers))}
    assert find_consensus(answers, grader="exact", agreement_between=0.1) == find_consensus(moved, grader="exact", agreement_between=0.1)


@given(st.dictionaries(st.sampled_from("pqrs"), st.lists(st.sampled_from(["x", "y"]), min_size=1, max_size=30), min_size=1))
def test_one_model_on_free_text_never_reaches_the_threshold(answers):
    alone = {prompt: [("m", answer) for answer in own] for prompt, own in answers.items()}
    found = find_consensus(alone, grader="exact", agreement_between=0.0)
    assert all(probability < THRESHOLD for _, probability in found.values())


@given(TASKS, st.floats(0, 1))
def test_a_fitted_model_stays_within_its_limits(answers, between):
    model = fit_model([weigh_votes(own) for own in answers.values() if own], between)
    assert 0.5 <= model.right <= 20
    assert 0.5 <= model.wrong <= 20
    assert 0.05 <= model.collision <= 0.9


def test_nothing_to_agree_on():
    assert find_consensus({}, grader="numeric", agreement_between=0.0) == {}
    assert find_consensus({"p": []}, grader="numeric", agreement_between=0.0) == {}


def test_four_models_that_agree_are_surer_than_one_or_two_that_do_not():
    task = {f"p{n}": [(model, str(n)) for model in "abcd"] for n in range(9)}
    found = find_consensus(task | {"x": [("a", "1")], "y": [("a", "1"), ("b", "2")]}, grader="numeric", agreement_between=0.0)
    assert found["y"][1] < found["x"][1] < found["p0"][1]
    assert found["y"][1] < THRESHOLD < found["p0"][1]


def test_a_small_answer_space_makes_agreement_worth_less():
    task = {f"p{n}": [(model, "A") for model in "abc"] + [("d", "B")] for n in range(9)}
    wide, narrow = (find_consensus(task, grader="choice", agreement_between=between)["p0"][1] for between in (0.0, 0.5))
    assert narrow < wide


def test_a_model_that_repeats_itself_counts_less_than_others_that_agree():
    assert weigh_votes([("a", "4")] * 4)["4"] < weigh_votes([(model, "4") for model in "abcd"])["4"] == 4


def test_a_tie_goes_to_the_smaller_answer():
    assert find_consensus({"p": [("a", "2"), ("b", "1")]}, grader="numeric", agreement_between=0.0)["p"][0] == "1"


@pytest.mark.parametrize(("votes", "rate"), [([], 0.05), ([{"a": 9.0, "b": 1.0}], 0.05), ([{"a": 90.0, "b": 80.0}], 79.5 / 90)])
def test_collisions_are_counted_among_answers_that_do_not_lead(votes, rate):
    assert collision_rate(votes, 0.05) == pytest.approx(rate)
