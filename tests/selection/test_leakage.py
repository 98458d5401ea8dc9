from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.selection.leakage import leakage_groups, side_of

START = datetime(2026, 1, 1, tzinfo=UTC)


def table(hours):
    """Prompts by the hour in which they were first sent, None for no time."""
    times = [None if hour is None else START + timedelta(hours=hour) for hour in hours.values()]
    return pl.DataFrame(
        {"prompt_id": list(hours), "invoked_first": times}, schema={"prompt_id": pl.String, "invoked_first": pl.Datetime("us", "UTC")}
    )


def links(pairs):
    return pl.DataFrame(pairs, schema={"prompt_id": pl.String, "key": pl.String}, orient="row")


def groups(hours, pairs):
    return dict(zip(hours, leakage_groups(table(hours), links(pairs)), strict=True))


def slow_groups(hours, pairs):
    """Join prompts key by key until nothing changes; name each group by its earliest prompt."""
    group = {prompt: {prompt} for prompt in hours}
    for _, key in pairs:
        for joined in [set().union(*(group[prompt] for prompt, other in pairs if other == key))]:
            group.update(dict.fromkeys(joined, joined))
    return {prompt: min(joined, key=lambda one: (hours[one] is None, hours[one] or 0, one)) for prompt, joined in group.items()}


def test_prompts_that_share_a_key_belong_together():
    hours = {"a": 3, "b": 1, "c": 2, "d": 0}
    assert groups(hours, [("a", "x"), ("b", "x"), ("b", "y"), ("c", "y"), ("d", "z")]) == {"a": "b", "b": "b", "c": "b", "d": "d"}


def test_a_group_is_named_by_its_earliest_prompt_then_by_id_and_no_time_is_latest():
    assert set(groups({"c": 1, "b": 1, "a": None}, [(prompt, "x") for prompt in "abc"]).values()) == {"b"}


def test_later_prompts_do_not_rename_a_group():
    pairs = [("a", "x"), ("b", "x")]
    before = groups({"a": 2, "b": 1}, pairs)
    assert groups({"a": 2, "b": 1, "0": 3}, [*pairs, ("0", "x")]) == {**before, "0": "b"}


prompts = st.dictionaries(st.sampled_from("abcdefgh"), st.none() | st.integers(0, 3), min_size=1)


@given(st.data())
def test_groups_are_those_of_a_slow_twin(data):
    hours = data.draw(prompts)
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(sorted(hours)), st.sampled_from("uvwxyz")), max_size=12))
    assert groups(hours, pairs) == slow_groups(hours, pairs)


def test_no_prompts_give_no_groups():
    assert groups({}, []) == {}


def test_sides_depend_on_the_group_alone():
    names = [f"g{n}" for n in range(1000)]
    sides = dict(zip(names, side_of(names, eval_fraction=0.15, salt="logmine"), strict=True))
    later = [f"new{n}" for n in range(500)] + names[::-1]
    assert dict(zip(later, side_of(later, eval_fraction=0.15, salt="logmine"), strict=True)).items() >= sides.items()


@pytest.mark.parametrize("fraction", [0.0, 0.05, 0.15, 0.5])
@pytest.mark.parametrize("salt", ["logmine", "other"])
def test_the_share_held_out_is_near_the_fraction_asked_for(fraction, salt):
    sides = side_of([f"g{n}" for n in range(20_000)], eval_fraction=fraction, salt=salt)
    assert abs(sides.count("eval") / 20_000 - fraction) < 0.01
    assert sides.count("eval") + sides.count("train") == 20_000


def test_a_larger_fraction_keeps_what_was_held_out_and_another_salt_does_not():
    names = [f"g{n}" for n in range(1000)]
    small, large, other = (side_of(names, eval_fraction=fraction, salt=salt) for fraction, salt in ((0.1, "a"), (0.3, "a"), (0.1, "b")))
    assert all(after == "eval" for before, after in zip(small, large, strict=True) if before == "eval")
    assert small != other
