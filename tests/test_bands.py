import pytest

from logmine.bands import PRESETS, resolve_band
from logmine.config import DifficultyConfig, load_config
from logmine.errors import UsageError


def test_every_preset_names_its_source_and_lies_within_all_rates():
    assert set(PRESETS) == {"balanced", "mixed", "olmo3", "intellect2", "skywork"}
    assert all(band.source and 0 <= band.low < band.high <= 1 for band in PRESETS.values())


def test_a_preset_stays_as_it_is_where_nothing_else_is_given():
    assert all(resolve_band(name, None, None, None) == band for name, band in PRESETS.items())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"min_pass_rate": 0.1}, "from 0.1 (inclusive) to 0.8 (inclusive)"),
        ({"band": "mixed", "max_pass_rate": 0.9}, "from 0 (exclusive) to 0.9 (inclusive)"),
        ({"band": "mixed", "min_pass_rate": 0.0}, "from 0 (inclusive) to 1 (exclusive)"),
        ({"max_pass_rate": 0.6, "band_ends": "exclusive"}, "from 0.2 (exclusive) to 0.6 (exclusive)"),
        ({"band_ends": "min_exclusive"}, "from 0.2 (exclusive) to 0.8 (inclusive)"),
        ({"band_ends": "max_exclusive"}, "from 0.2 (inclusive) to 0.8 (exclusive)"),
    ],
)
def test_bounds_that_are_given_take_the_place_of_those_of_the_preset(given, words):
    band = DifficultyConfig(**given).resolved_band
    assert (band.name, band.words) == ("custom", words)


def test_bounds_that_cross_those_of_the_preset_are_refused():
    with pytest.raises(UsageError, match=r"min_pass_rate is 0.7; it must be at most max_pass_rate, 0.5"):
        load_config(None, {"band": "intellect2", "min_pass_rate": 0.7})
