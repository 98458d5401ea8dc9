import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.difficulty import fit_priors

JEFFREYS = (0.5, 0.5)


def tallies(*prompts):
    """Prompts of a task, given by task, right answers and attempts, and perhaps those of other models."""
    rows = []
    for n, (task, right, attempts, *other) in enumerate(prompts):
        other_right, others = other or (0, 0)
        own = {"n_attempts": attempts, "n_correct": right, "mean_reward": right / attempts if attempts else None}
        rows.append({"prompt_id": f"p{n}", "task_id": task, **own, "n_other": others, "other_reward": float(other_right)})
    return pl.DataFrame([dict.fromkeys(schemas.TALLIES) | row for row in rows], schema=schemas.TALLIES)


def origins(table, *names):
    return pl.DataFrame(
        {"prompt_id": table["prompt_id"][: len(names)], "origin": names}, schema={"prompt_id": pl.String, "origin": pl.String}
    )


def fit(table, *names):
    rows = fit_priors(table, origins(table, *names))["priors"].rows(named=True)
    return {row["task_id"]: (row["alpha"], row["beta"]) for row in rows}, rows[0]["other_weight"]


def mean(prior):
    return prior[0] / sum(prior)


def test_without_attempts_there_is_no_prior():
    assert fit_priors(schemas.empty("tallies"), origins(schemas.empty("tallies")))["priors"].is_empty()


def test_a_task_is_told_by_its_prompts():
    found, _ = fit(tallies(*[("easy", 8, 8), ("easy", 7, 8)] * 20, *[("hard", 0, 8), ("hard", 1, 8)] * 20))
    assert mean(found["hard"]) < 0.15
    assert mean(found["easy"]) > 0.85
    assert mean(found[""]) == pytest.approx(0.5, abs=0.01)


def test_a_task_with_few_prompts_shrinks_to_the_corpus():
    found, _ = fit(tallies(*[("large", 7, 8)] * 40, ("small", 0, 2), *[("other", 0, 8)] * 10))
    assert 0.3 < mean(found["small"]) < mean(found[""]) < mean(found["large"])


def test_prompts_whose_reference_is_what_the_attempts_agree_on_tell_nothing():
    table = tallies(*[("sums", 8, 8)] * 10)
    assert fit(table, *["consensus"] * 9, "rollouts")[0] == {"": JEFFREYS}
    assert mean(fit(table, *["metadata"] * 10)[0]["sums"]) > 0.9


def test_another_models_attempts_weigh_by_how_well_they_foretell():
    alike = tallies(*[("sums", 8, 8, 8, 8), ("sums", 0, 8, 0, 8), ("sums", 4, 8, 4, 8)] * 20)
    unlike = tallies(*[("sums", 8, 8, 0, 8), ("sums", 0, 8, 8, 8), ("sums", 4, 8, 4, 8)] * 20)
    assert fit(unlike)[1] < 0.1
    assert fit(alike)[1] > 0.25


def test_prompts_that_only_other_models_tried_help_where_there_is_nothing_else():
    others = [("sums", 0, 0, 8, 8)] * 30
    assert mean(fit(tallies(*others))[0]["sums"]) > 0.6
    assert mean(fit(tallies(*others, *[("sums", 1, 8)] * 30))[0]["sums"]) < 0.3


prompts = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)).map(
        lambda row: (row[0], min(row[1:3]), max(row[1:3]), min(row[3:]), max(row[3:]))
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(prompts)
def test_a_prior_never_says_more_than_one_attempt(rows):
    found, weight = fit(tallies(*rows, ("a", 0, 1)))
    assert all(alpha > 0 and beta > 0 and alpha + beta <= 1 + 1e-6 for alpha, beta in found.values())
    assert 0 < weight < 1


@settings(max_examples=15, deadline=None)
@given(prompts, st.randoms(use_true_random=False))
def test_the_order_of_prompts_does_not_matter(rows, rng):
    table = tallies(*rows)
    shuffled = table[rng.sample(range(len(table)), len(table))] if len(table) else table
    nothing = origins(table)
    assert_frame_equal(fit_priors(shuffled, nothing)["priors"], fit_priors(table, nothing)["priors"])


def test_the_mean_of_many_prompts_is_found_again():
    rng = np.random.default_rng(7)
    rates = rng.beta(1.4, 0.6, size=800)
    found, _ = fit(tallies(*(("sums", int(right), 8) for right in rng.binomial(8, rates))))
    assert mean(found["sums"]) == pytest.approx(0.7, abs=0.03)
