"""How a listing is cut: what is small keeps several workers busy, what is large is cut to what fits in memory."""

import polars as pl
import pytest

from logmine.pipeline import slice_objects
from logmine.schemas import OBJECTS


def listing(n_objects, size_bytes):
    rows = [(f"o{n:05}", f"/o{n:05}", None, size_bytes, None) for n in range(n_objects)]
    return pl.DataFrame(rows, schema=OBJECTS, orient="row")


@pytest.mark.parametrize(
    ("n_objects", "size_bytes", "n_slices"),
    [
        (0, 0, 0),
        (9, 0, 1),
        (25, 90_000, 1),
        (250, 90_000, 10),
        (1000, 190_000, 50),
        (5000, 90_000, 100),
        (3, 40_000_000, 3),
        (100_000, 100, 202),
    ],
)
def test_slices_are_few_where_little_is_stored_and_of_5_mb_where_much_is(n_objects, size_bytes, n_slices):
    slices = list(slice_objects(listing(n_objects, size_bytes)))
    assert len(slices) == n_slices
    assert len({digest for digest, _ in slices}) == n_slices
    assert pl.concat([listing(0, 0), *(frame for _, frame in slices)]).equals(listing(n_objects, size_bytes))


def test_slices_of_an_earlier_run_are_taken_as_they_are():
    before = [frame for _, frame in slice_objects(listing(250, 90_000))]
    again = list(slice_objects(listing(270, 90_000), before))
    assert [frame.height for _, frame in again] == [25] * 10 + [20]
    assert all(frame.equals(old) for (_, frame), old in zip(again, before, strict=False))
