import polars as pl
import pytest

from logmine import schemas
from logmine.similarity import drawn, groups_of

ROWS = [("a", "k", "near", 0.9), ("b", "m", "semantic", 0.8), ("c", "k", "exact", 1.0), ("d", "k", "exact", 1.0)]
TEXTS = pl.DataFrame({"prompt_id": list("abckmd"), "text": list("ABCKMK"), "whole": list("ABCKMK")})


def groups(**given):
    found = groups_of(pl.DataFrame(ROWS, schema=schemas.DUPLICATES, orient="row"), TEXTS, **given)
    return [(group["text"], [member["text"] for member in group["members"]]) for group in found]


def test_groups_begin_with_the_least_alike_and_leave_out_what_is_written_alike():
    assert groups() == [("M", ["B"]), ("K", ["A", "C"])]


@pytest.mark.parametrize(("kinds", "expected"), [(["near"], [("K", ["A"])]), (["exact"], [("K", ["C"])]), (["semantic"], [("M", ["B"])])])
def test_a_kind_shows_its_own_members_alone(kinds, expected):
    assert groups(kinds=kinds) == expected


def test_a_draw_is_repeatable_and_keeps_the_order():
    shown = drawn(range(1000), n=20, seed=3)
    assert shown == drawn(range(1000), n=20, seed=3) == sorted(shown)
    assert shown != drawn(range(1000), n=20, seed=4)
    assert (len(set(shown)), drawn(range(3), n=20, seed=3)) == (20, [0, 1, 2])
