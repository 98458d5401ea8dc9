import polars as pl

from logmine import schemas
from logmine.config import DifficultyConfig
from logmine.difficulty import count_survivors


def decisions(*rows):
    """Prompts by decision and right answers of 16."""
    named = [
        {"decision": decision, "band_evidence": "pooled", "n_attempts": 16, "n_correct": right, "pass_rate": right / 16, "mean_reward": right / 16, "std_reward": 0.4,
         "alpha": right + 0.5, "beta": 16.5 - right}
        for decision, right in rows
    ]  # fmt: skip
    return pl.DataFrame([dict.fromkeys(schemas.DECISIONS) | row for row in named], schema=schemas.DECISIONS)


def survivors(table, **settings):
    return {band.name: count for band, count in count_survivors(table, DifficultyConfig(**settings))}


ALL = decisions(("too_hard", 0), ("too_hard", 1), ("selected", 4), ("selected", 8), ("selected", 11), ("too_easy", 15), ("too_easy", 16))


def test_every_preset_is_counted():
    assert survivors(ALL) == {"balanced": 3, "mixed": 3, "olmo3": 4, "intellect2": 2, "skywork": 5}


def test_a_band_of_ones_own_is_counted_beside_them():
    assert survivors(ALL, max_pass_rate=0.6)["custom"] == 2
    assert "custom" not in survivors(ALL, band="mixed")


def test_what_is_left_out_for_another_reason_does_not_count():
    table = decisions(("multi_turn", 8), ("near_duplicate", 8), ("no_reference", 8), ("over_budget", 8))
    assert survivors(table)["balanced"] == 1
    assert survivors(table, min_attempts=17)["balanced"] == 0
