import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy.stats import beta

from logmine import schemas
from logmine.config import DifficultyConfig
from logmine.difficulty import rate_prompts
from logmine.difficulty.rates import bands_of, posterior_interval

NOVA, CLAUDE = "amazon.nova-2-lite-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0"
MEANING = {"+": "correct", "-": "incorrect", "?": "abstain"}


def verdicts(**models):
    """Verdicts on the prompt p: by model a text of + (correct), - (incorrect) and ? (abstain)."""
    names = {"nova": NOVA, "claude": CLAUDE, "unnamed": None}
    drawn = [(names[model], MEANING[mark]) for model, marks in models.items() for mark in marks]
    rows = [("p", f"r{n}", model, verdict, None) for n, (model, verdict) in enumerate(drawn)]
    return pl.DataFrame(rows, schema=schemas.VERDICTS, orient="row")


def rate(table, **settings):
    return rate_prompts(table, config=DifficultyConfig(**settings))["difficulty"].row(0, named=True)


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


def test_attempts_of_other_models_count_half_in_an_estimate():
    row = rate(verdicts(nova="+", claude="++----"), base_model=NOVA)
    low, high = posterior_interval(np.array([1 + 2 / 2]), np.array([1 + 6 / 2]))
    assert (row["pass_rate_low"], row["pass_rate_high"]) == (low.item(), high.item())


@pytest.mark.parametrize("base_model", [None, NOVA])
def test_too_few_attempts_leave_the_band_unknown(base_model):
    row = rate(verdicts(nova="+-", claude="+", unnamed="?????"), base_model=base_model)
    assert (row["band"], row["band_evidence"]) == ("unknown", None)


def test_abstentions_alone_are_no_attempts():
    row = rate(verdicts(nova="?????"))
    assert (row["n_attempts"], row["n_correct"], row["n_abstained"]) == (0, 0, 5)
    assert (row["pass_rate"], row["pass_rate_low"], row["pass_rate_high"], row["band"]) == (None, 0.0, 1.0, "unknown")


@pytest.mark.parametrize(
    ("marks", "band"),
    [("----", "too_hard"), ("++++", "too_easy"), ("+---", "in_range"), ("+++-", "in_range"), ("-" * 20 + "+", "too_hard")],
)
def test_bands(marks, band):
    assert rate(verdicts(nova=marks))["band"] == band


@pytest.mark.parametrize("n_attempts", [5, 10, 20, 50, 200, 1000])
def test_the_ends_of_the_band_are_inclusive(n_attempts):
    attempts = np.full(4, float(n_attempts))
    correct = n_attempts * np.array([0.2, 0.8, 0.0, 1.0])
    found = bands_of(correct, attempts, DifficultyConfig())
    assert found.tolist() == ["in_range", "in_range", "too_hard", "too_easy"]


@pytest.mark.parametrize(("mass", "band"), [(0.0, "in_range"), (1.0, "too_hard")])
def test_the_demanded_share_of_the_posterior_is_inclusive(mass, band):
    assert rate(verdicts(nova="+---"), min_band_mass=mass, min_pass_rate=0.3)["band"] == band


def test_a_band_of_all_rates_holds_every_prompt():
    config = DifficultyConfig(min_pass_rate=0.0, max_pass_rate=1.0, min_band_mass=1.0)
    assert set(bands_of(np.arange(9.0), np.full(9, 8.0), config)) == {"in_range"}


def slow_interval(n_correct, n_attempts):
    """The central 90 % of the posterior, from scipy.stats; the ends of [0, 1] where all attempts agree."""
    low, high = beta(n_correct + 0.5, n_attempts - n_correct + 0.5).interval(0.9)
    return 0.0 if n_correct == 0 else low, 1.0 if n_correct == n_attempts else high


def test_the_interval_is_that_of_a_slow_twin():
    counts = np.array([(k, n) for n in range(30) for k in range(n + 1)], dtype=float)
    found = np.stack(posterior_interval(*counts.T), axis=1)
    np.testing.assert_allclose(found, [slow_interval(*row) for row in counts], rtol=1e-9)


def test_the_interval_narrows_with_attempts():
    low, high = posterior_interval(np.array([2.0, 20.0, 200.0]), np.array([4.0, 40.0, 400.0]))
    assert sorted(high - low, reverse=True) == (high - low).tolist()


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
    together = rate_prompts(table[rng.sample(range(len(table)), len(table))], config=DifficultyConfig())["difficulty"]
    one_by_one = pl.concat(rate_prompts(each, config=DifficultyConfig())["difficulty"] for each in apart)
    assert_frame_equal(together, one_by_one)


def test_more_right_answers_never_make_a_prompt_harder():
    order = ["too_hard", "in_range", "too_easy"]
    for n_attempts in (4, 9, 30):
        found = bands_of(np.arange(n_attempts + 1.0), np.full(n_attempts + 1, float(n_attempts)), DifficultyConfig())
        places = [order.index(band) for band in found]
        assert all(one <= other for one, other in itertools.pairwise(places))
        assert set(places) == {0, 1, 2}


@pytest.mark.parametrize("base_model", [None, NOVA])
def test_no_verdicts_give_no_rates(base_model):
    found = rate_prompts(schemas.empty("verdicts"), config=DifficultyConfig(base_model=base_model))["difficulty"]
    assert_frame_equal(found, schemas.empty("difficulty"))
