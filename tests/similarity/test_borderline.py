from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from logmine import schemas
from logmine.config import SimilarityConfig
from logmine.similarity import borderline_pairs

CONFIG = SimilarityConfig(semantic_threshold=0.9, near_threshold=0.7)
START = datetime(2026, 1, 1, tzinfo=UTC)
# Text, guard, match key and angle of the vector of each prompt of one task.
PROMPTS = {
    "p0": ("how do i pay my bill by card today", "g", "k", 0),
    "p1": ("how do i pay my bill by cheque today", "g", "k", 5),
    "p2": ("is it raining over there at the moment", "g", "k", 120),
    "p3": ("does rain fall in that town now", "g", "k", 150),
    "p4": ("how do i pay my bill by card today 2", "h", "k2", 0),
    "p5": ("does the rain in Rome stop soon, any idea", "g", "k3", 155),
}


def tables(gone=()):
    columns = list(zip(*PROMPTS.values(), strict=True))
    turned = np.radians(columns[3])
    told = pl.DataFrame({"prompt_id": list(PROMPTS), "text": columns[0], "guard": columns[1], "match_key": columns[2]})
    told = told.with_columns(text_id="prompt_id", n_requests=pl.lit(1), invoked_first=pl.lit(START), numbers_key=pl.lit(""))
    placed = told.select(
        "prompt_id", "guard", "n_requests", task_id=pl.lit("t"), identity_id="prompt_id", match_text="text", slot_text="text"
    )
    rows = [(prompt, "p2", "semantic", 0.99) for prompt in gone]
    return {
        "placed": placed,
        "meanings": told.select(*schemas.MEANINGS).cast(schemas.MEANINGS),
        "texts": told.select(*schemas.TEXTS).cast(schemas.TEXTS),
        "vectors": pl.DataFrame(
            {"text_id": list(PROMPTS), "vector": np.stack([np.cos(turned), np.sin(turned)], axis=1).tolist()}, schema=schemas.VECTORS
        ),
        "duplicates": pl.DataFrame(rows, schema=schemas.DUPLICATES, orient="row"),
    }


def told(found):
    return [(pair["why"], pair["one"], pair["other"]) for pair in found.pairs]


def test_pairs_say_what_kept_them_apart():
    assert set(told(borderline_pairs(tables(), config=CONFIG, kinds=["semantic"], floor=0.7))) >= {
        ("the guard differs", "p0", "p4"),
        ("one place differs", "p0", "p1"),
        ("names differ", "p3", "p5"),
        ("below the threshold", "p2", "p3"),
    }


def test_near_pairs_are_told_by_their_texts_and_a_pair_is_shown_once():
    near = borderline_pairs(tables(), config=CONFIG, kinds=["near"], floor=0.5)
    assert told(near)[:2] == [("the guard differs", "p0", "p4"), ("below the threshold", "p0", "p1")]
    both = borderline_pairs(tables(), config=CONFIG, floor=0.5)
    assert [(pair["kind"], pair["one"], pair["other"]) for pair in both.pairs].count(("semantic", "p0", "p1")) == 0
    assert (both.reasons["near: the guard differs"], both.floors) == (2, {"near": 0.5, "semantic": 0.5})


def test_prompts_that_are_not_kept_are_left_out():
    found = borderline_pairs(tables(gone=["p3", "p5"]), config=CONFIG, kinds=["semantic"], floor=0.8)
    assert {"p3", "p5"}.isdisjoint(prompt for pair in found.pairs for prompt in (pair["one"], pair["other"]))


@pytest.mark.parametrize(("n", "floor"), [(1, 0.75), (7, 0.6)])
def test_without_a_floor_it_falls_until_there_are_enough(n, floor):
    found = borderline_pairs(tables(), config=CONFIG, kinds=["semantic"], n=n)
    assert found.floors["semantic"] <= floor
    assert len(found.pairs) <= n


def test_a_few_pairs_show_each_reason():
    whys = [pair["why"] for pair in borderline_pairs(tables(), config=CONFIG, kinds=["semantic"], n=4, floor=0.7, seed=1).pairs]
    assert len(set(whys)) == len(whys) == 4
