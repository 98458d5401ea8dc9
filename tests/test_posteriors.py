import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta

from logmine.bands import PRESETS, Band
from logmine.posteriors import band_mass, credible_interval, masses, useful_group

shapes = st.floats(0.3, 60)
sizes = st.integers(2, 16)


def integrated(function, right, wrong):
    """The mean of a function of the pass rate, by quadrature; the singular ends are left to the substitution p = sin² t."""
    value, _ = quad(lambda t: function(np.sin(t) ** 2) * beta.pdf(np.sin(t) ** 2, right, wrong) * np.sin(2 * t), 0, np.pi / 2, limit=400)
    return value


@pytest.mark.parametrize(("right", "wrong"), [(0.5, 0.5), (1, 1), (4.2, 0.8), (30, 10)])
@pytest.mark.parametrize("size", [2, 8, 16])
def test_the_chance_of_a_useful_group_is_its_integral(right, wrong, size):
    slow = integrated(lambda p: 1 - p**size - (1 - p) ** size, right, wrong)
    assert useful_group(right, wrong, size) == pytest.approx(slow, abs=1e-6)


@given(shapes, shapes, sizes)
def test_a_larger_group_is_useful_more_often(right, wrong, size):
    small, large = useful_group(right, wrong, size), useful_group(right, wrong, size + 1)
    assert -1e-12 <= small <= large + 1e-12 <= 1 + 1e-9


@given(shapes, shapes)
def test_the_interval_is_that_of_a_slow_twin(right, wrong):
    low, high = credible_interval(right, wrong)
    assert (low, high) == pytest.approx(beta(right, wrong).interval(0.9), rel=1e-6, abs=1e-9)


@given(shapes, shapes, st.integers(1, 20))
def test_what_was_not_judged_widens_the_interval_downwards(right, wrong, n_abstained):
    (low, high), (lower, same) = credible_interval(right, wrong), credible_interval(right, wrong, n_abstained)
    assert lower < low
    assert same == high


@given(shapes, shapes, st.sampled_from(sorted(PRESETS)), sizes)
def test_below_inside_and_above_are_all_there_is(right, wrong, name, size):
    below, above = masses(right, wrong, PRESETS[name], size)
    assert below + above + band_mass(right, wrong, PRESETS[name], size) == pytest.approx(1)


@given(shapes, shapes, st.floats(0.01, 0.5), st.floats(0.5, 0.99))
def test_the_mass_of_a_band_is_that_of_a_slow_twin(right, wrong, low, high):
    slow = beta.cdf(high, right, wrong) - beta.cdf(low, right, wrong)
    assert band_mass(right, wrong, Band("custom", low, high), 8) == pytest.approx(slow, abs=1e-9)


@given(shapes, shapes, sizes)
def test_strictly_between_0_and_1_means_a_group_with_both_outcomes(right, wrong, size):
    assert band_mass(right, wrong, PRESETS["mixed"], size) == pytest.approx(useful_group(right, wrong, size), abs=1e-12)


def test_a_band_of_all_rates_holds_everything():
    assert band_mass([0.5, 9.0], [3.0, 0.1], Band("custom", 0.0, 1.0), 8).tolist() == [1.0, 1.0]
