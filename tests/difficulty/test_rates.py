import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.config import DifficultyConfig
from logmine.difficulty import count_verdicts, rate_prompts
from logmine.posteriors import credible_interval

NOVA, CLAUDE = "amazon.nova-2-lite-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0"
MEANING = {"+": "correct", "-": "incorrect", "?": "abstain"}
REWARD = {"correct": 1.0, "incorrect": 0.0, "abstain": None}
PRIORS = pl.DataFrame([("", 0.5, 0.5, 0.5, 0)], schema=schemas.PRIORS, orient="row")
REFERENCES = pl.DataFrame(schema={"prompt_id": pl.String, "grader": pl.String})


def verdicts(**models):
    """Verdicts on the prompt p: by model a text of + (correct), - (incorrect) and ? (abstain)."""
    names = {"nova": NOVA, "claude": CLAUDE, "unnamed": None}
    drawn = [(names[model], MEANING[mark]) for model, marks in models.items() for mark in marks]
    rows = [("p", f"r{n}", model, "", verdict, REWARD[verdict], None, "grader") for n, (model, verdict) in enumerate(drawn)]
    return pl.DataFrame(rows, schema=schemas.VERDICTS, orient="row")


def rated(table, priors=PRIORS, references=REFERENCES, **settings):
    config = DifficultyConfig(**settings)
    prompts = pl.concat([table["prompt_id"], references["prompt_id"]]).unique()
    members = pl.DataFrame({"prompt_id": prompts, "task_id": ["t"] * len(prompts)}, schema={"prompt_id": pl.String, "task_id": pl.String})
    tallies = count_verdicts(table, members, config=config)["tallies"]
    return rate_prompts(tallies, references, members, priors, config=config)["difficulty"]


def rate(table, **settings):
    return rated(table, **settings).row(0, named=True)


def graded(*rewards):
    rows = [
        ("p", f"r{n}", NOVA, "", "correct" if reward == 1 else "incorrect", reward, None, "outcomes") for n, reward in enumerate(rewards)
    ]
    return pl.DataFrame(rows, schema=schemas.VERDICTS, orient="row")


def bands_of(n_attempts, **settings):
    """The bands of prompts with 0, 1, … n_attempts right answers."""
    return [rate(verdicts(nova="+" * right + "-" * (n_attempts - right)), **settings)["band"] for right in range(n_attempts + 1)]


def test_attempts_of_all_models_are_pooled_where_none_is_named():
    row = rate(verdicts(nova="++-", claude="-?", unnamed="+"))
    assert (row["n_correct"], row["n_attempts"], row["n_abstained"]) == (3, 5, 1)
    assert (row["pass_rate"], row["band"], row["band_evidence"]) == (0.6, "in_range", "pooled")


def test_only_attempts_of_the_base_model_measure_its_pass_rate():
    row = rate(verdicts(nova="++--?", claude="++++++++"), base_model="us.amazon.nova-2-lite-v1:0")
    assert (row["n_correct"], row["n_attempts"], row["n_abstained"], row["pass_rate"]) == (2, 4, 1, 0.5)
    assert (row["band"], row["band_evidence"]) == ("in_range", "measured")


def test_other_models_give_an_estimate_that_is_never_counted():
    row = rate(verdicts(nova="+", claude="++----", unnamed="-"), base_model=NOVA)
    assert (row["n_correct"], row["n_attempts"], row["pass_rate"]) == (1, 1, 1.0)
    assert (row["band"], row["band_evidence"]) == ("in_range", "estimated")


def test_attempts_of_other_models_count_by_their_weight():
    row = rate(verdicts(nova="+", claude="++----"), base_model=NOVA)
    low, high = credible_interval(0.5 + 1 + 2 / 2, 0.5 + 4 / 2)
    assert (row["n_other"], row["n_other_correct"], row["pass_rate_low"], row["pass_rate_high"]) == (6, 2, low, 1.0)
    assert (row["alpha"], row["beta"], high < 1) == (2.5, 2.5, True)


def test_many_attempts_of_other_models_count_for_eight_at_most():
    row = rate(verdicts(claude="+" * 50 + "-" * 50), base_model=NOVA)
    assert (row["alpha"], row["beta"]) == (0.5 + 4, 0.5 + 4)


def test_other_models_say_nothing_where_the_base_model_was_measured():
    alone, beside = rate(verdicts(nova="++--"), base_model=NOVA), rate(verdicts(nova="++--", claude="+" * 30), base_model=NOVA)
    assert {key: alone[key] for key in ("band", "alpha", "beta", "pass_rate_low")} == {
        key: beside[key] for key in ("band", "alpha", "beta", "pass_rate_low")
    }


@pytest.mark.parametrize("base_model", [None, NOVA])
def test_too_few_attempts_leave_the_band_unknown(base_model):
    row = rate(verdicts(nova="+-", claude="+", unnamed="?????"), base_model=base_model)
    assert (row["band"], row["band_evidence"]) == ("unknown", None)


def test_abstentions_alone_are_no_attempts():
    row = rate(verdicts(nova="?????"))
    assert (row["n_attempts"], row["n_correct"], row["n_abstained"]) == (0, 0, 5)
    assert (row["pass_rate"], row["pass_rate_low"], row["pass_rate_high"], row["band"]) == (None, None, None, "unknown")


def test_a_prompt_of_which_most_answers_could_not_be_judged_has_no_band():
    assert rate(verdicts(nova="++--????"))["band"] == "in_range"
    row = rate(verdicts(nova="++--?????"))
    assert (row["pass_rate"], row["band"], row["band_evidence"]) == (0.5, "unknown", None)
    assert row["pass_rate_low"] < rate(verdicts(nova="++--"))["pass_rate_low"]


@pytest.mark.parametrize(
    ("marks", "band"),
    [("----", "too_hard"), ("++++", "too_easy"), ("+---", "in_range"), ("+++-", "in_range"), ("-" * 20 + "+", "too_hard")],
)
def test_bands(marks, band):
    assert rate(verdicts(nova=marks))["band"] == band


@pytest.mark.parametrize(("mass", "band"), [(0.0, "in_range"), (1.0, "too_hard")])
def test_the_demanded_share_of_the_posterior_is_inclusive(mass, band):
    assert rate(verdicts(nova="+---"), min_band_mass=mass, min_pass_rate=0.3)["band"] == band


def test_a_band_of_all_rates_holds_every_prompt():
    assert set(bands_of(8, min_pass_rate=0.0, max_pass_rate=1.0, min_band_mass=1.0)) == {"in_range"}


def test_presets_draw_the_line_where_their_authors_do():
    lines = {
        name: "".join(band.split("_")[1][0] for band in bands_of(16, band=name))
        for name in ("balanced", "mixed", "olmo3", "intellect2", "skywork")
    }
    assert lines == {
        "balanced": "hhhh" + "r" * 9 + "eeee",
        "mixed": "hh" + "r" * 13 + "ee",  # 1 of 16: most groups of 8 hold no right answer
        "olmo3": "r" * 11 + "e" * 6,
        "intellect2": "hh" + "r" * 7 + "e" * 8,
        "skywork": "h" + "r" * 15 + "e",
    }


@pytest.mark.parametrize(("ends", "inside"), [("inclusive", True), ("exclusive", False), ("min_exclusive", True), ("max_exclusive", False)])
def test_a_rate_that_equals_an_end_of_the_band_lies_inside_where_the_end_does(ends, inside):
    for n_attempts in (4, 40, 100):
        row = rate(verdicts(nova="+" * (n_attempts // 2) + "-" * (n_attempts // 2)), min_pass_rate=0.1, max_pass_rate=0.5, band_ends=ends)
        assert (row["band"] == "in_range") == inside


def test_the_prior_of_the_task_decides_where_attempts_are_few():
    priors = pl.DataFrame([("", 0.5, 0.5, 0.5, 0), ("t", 0.95, 0.05, 0.5, 9)], schema=schemas.PRIORS, orient="row")
    table = verdicts(nova="+++-")
    assert [rated(table, priors=known)["band"].item() for known in (PRIORS, priors)] == ["in_range", "too_easy"]


def test_a_checkable_prompt_without_attempts_has_the_prior_and_no_rate():
    references = pl.DataFrame({"prompt_id": ["q", "r"], "grader": ["numeric", "judge"]})
    row = rated(schemas.empty("verdicts"), references=references).row(0, named=True)
    assert (row["prompt_id"], row["n_attempts"], row["alpha"], row["beta"]) == ("q", 0, 0.5, 0.5)
    assert (row["pass_rate"], row["pass_rate_low"], row["band"]) == (None, None, "unknown")


def test_graded_rewards_are_told_by_mean_and_standard_deviation():
    row = rate(graded(0.2, 0.4, 0.6, 0.8))
    assert (row["pass_rate"], row["mean_reward"], round(row["std_reward"], 3), row["band"]) == (0.0, 0.5, 0.258, "in_range")


def test_graded_rewards_that_hardly_vary_teach_nothing():
    assert rate(graded(0.5, 0.51, 0.5, 0.5))["band"] != "in_range"
    assert rate(graded(0.5, 0.51, 0.5, 0.5), min_reward_std=0.0)["band"] == "in_range"


marks = st.text("+-?", max_size=12)
tables = st.builds(verdicts, nova=marks, claude=marks, unnamed=marks).filter(len)
base_models = st.sampled_from([None, NOVA, CLAUDE])


@settings(max_examples=50)
@given(tables, base_models)
def test_counts_and_rates_are_in_order(table, base_model):
    row = rate(table, base_model=base_model)
    assert 0 <= row["n_correct"] <= row["n_attempts"] <= len(table) - row["n_abstained"]
    assert (row["pass_rate"] is None) == (row["n_attempts"] == 0)
    assert (row["band"] == "unknown") == (row["band_evidence"] is None)
    if row["n_attempts"]:
        assert 0 <= row["pass_rate_low"] < row["pass_rate_high"] <= 1


@settings(max_examples=50)
@given(tables, base_models)
def test_the_interval_holds_a_pass_rate_that_was_measured(table, base_model):
    row = rate(table, base_model=base_model)
    if row["n_attempts"] and row["band_evidence"] != "estimated":
        assert row["pass_rate_low"] <= row["pass_rate"] <= row["pass_rate_high"]
    assert row["band_evidence"] in ({None, "pooled"} if base_model is None else {None, "measured", "estimated"})


@settings(max_examples=20)
@given(st.lists(marks.filter(bool), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_neither_the_order_of_verdicts_nor_other_prompts_matter(prompts, rng):
    apart = [verdicts(nova=marks).with_columns(prompt_id=pl.lit(f"p{n}")) for n, marks in enumerate(prompts)]
    table = pl.concat(apart)
    together = rated(table[rng.sample(range(len(table)), len(table))])
    assert_frame_equal(together, pl.concat(rated(each) for each in apart))


@settings(max_examples=50)
@given(st.text("+-?", min_size=1, max_size=30), st.floats(0.01, 0.99))
def test_the_interval_holds_the_rate_whatever_the_prior(marks, mean):
    priors = pl.DataFrame([("", mean, 1 - mean, 0.5, 0)], schema=schemas.PRIORS, orient="row")
    row = rated(verdicts(nova=marks), priors=priors).row(0, named=True)
    if row["n_attempts"]:
        assert row["pass_rate_low"] <= row["pass_rate"] <= row["pass_rate_high"]


def test_more_right_answers_never_make_a_prompt_harder():
    order = ["too_hard", "in_range", "too_easy"]
    for n_attempts in (4, 9, 30):
        places = [order.index(band) for band in bands_of(n_attempts)]
        assert all(one <= other for one, other in itertools.pairwise(places))


@settings(max_examples=50)
@given(marks, marks)
def test_no_band_is_called_measured_without_attempts_of_the_base_model(others, unnamed):
    table = verdicts(claude=others, unnamed=unnamed)
    if len(table):
        row = rate(table, base_model=NOVA)
        assert row["band_evidence"] in (None, "estimated")
        assert (row["n_attempts"], row["pass_rate"]) == (0, None)
