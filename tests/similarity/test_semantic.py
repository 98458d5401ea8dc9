from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.config import SimilarityConfig
from logmine.similarity import find_semantic_duplicates
from logmine.similarity.cells import EXACT_ROWS

CONFIG = SimilarityConfig(semantic_threshold=0.9)
NONE = schemas.empty("duplicates")
START = datetime(2026, 1, 1, tzinfo=UTC)
# Two questions in two ways each and one alone; the angle of each on the circle around their mean.
TEXTS = (
    "how do i pay a bill",
    "what can i do to settle invoices",
    "is it raining there",
    "does rain fall in that town now",
    "name a river",
)
ANGLES = (0, 10, 120, 130, 240)


def tables(texts=TEXTS, angles=ANGLES, *, keys=None, numbers=None, languages=None, requests=None):
    """MEANINGS, TEXTS, VECTORS and languages of prompts p0, p1, …"""
    ids = [f"p{n}" for n in range(len(texts))]
    turned = np.radians(angles)
    given = {
        "match_key": keys or ["k"] * len(ids),
        "numbers_key": numbers or [""] * len(ids),
        "n_requests": requests or [len(ids) - n for n in range(len(ids))],
    }
    meanings = (
        pl.DataFrame({"prompt_id": ids, **given, "invoked_first": [START] * len(ids)}).select(*schemas.MEANINGS).cast(schemas.MEANINGS)
    )
    written = pl.DataFrame({"text_id": ids, "text": texts, "prompt_id": ids}, schema=schemas.TEXTS)
    vectors = pl.DataFrame({"text_id": ids, "vector": np.stack([np.cos(turned), np.sin(turned)], axis=1).tolist()}, schema=schemas.VECTORS)
    return meanings, written, vectors, pl.DataFrame({"prompt_id": ids, "language": languages or ["en"] * len(ids)})


def found(near=NONE, config=CONFIG, **given):
    meanings, *others = tables(**given)
    return find_semantic_duplicates(meanings, near, *others, config=config)


def kept_instead(table):
    return dict(table["duplicates"].select("prompt_id", "kept_instead").iter_rows())


def test_prompts_that_ask_the_same_are_merged_into_the_one_with_most_requests():
    assert kept_instead(found()) == {"p1": "p0", "p3": "p2"}
    assert kept_instead(found(requests=[1, 2, 1, 1, 1])) == {"p0": "p1", "p3": "p2"}


def test_other_keys_and_long_texts_keep_prompts_apart():
    assert kept_instead(found(keys=["a", "b", "k", "k", "k"])) == {"p3": "p2"}
    assert kept_instead(found(keys=[None, None, "k", "k", "k"])) == {"p3": "p2"}


def test_siblings_are_not_merged_however_alike():
    assert kept_instead(found(texts=("pay by card", "pay by cheque", *TEXTS[2:]))) == {"p3": "p2"}


ASKED = ("how do i pay a bill", "what is the best way to pay a bill", *TEXTS[2:])


@pytest.mark.parametrize(("angle", "merged"), [(30, {"p1": "p0"}), (70, {})])
def test_phrases_of_asking_may_lower_the_similarity_a_little(angle, merged):
    found_pairs = kept_instead(found(texts=ASKED, angles=(0, angle, 120, 190, 260)))
    assert {name: kept for name, kept in found_pairs.items() if name == "p1"} == merged


def test_without_a_threshold_nothing_is_merged():
    assert kept_instead(found(config=SimilarityConfig(semantic_threshold=None))) == {}


def test_groups_do_not_chain():
    texts = ("how do i pay a bill", "what can i do to settle invoices", "by which means does one clear debts", *TEXTS[2:])
    assert kept_instead(found(texts=texts, angles=(0, 20, 40, 160, 170, 280))) == {"p1": "p0", "p4": "p3"}


def test_near_duplicates_follow_what_is_kept_at_last():
    near = pl.DataFrame([("q", "p1", "near", 0.8)], schema=schemas.DUPLICATES, orient="row")
    assert kept_instead(found(near)) == {"p1": "p0", "p3": "p2", "q": "p0"}


@pytest.mark.parametrize(
    ("given", "n_keys"),
    [
        ({}, 2),
        ({"keys": ["a", "b", "c", "d", "e"]}, 2),
        ({"numbers": ["1", "2", "", "", ""]}, 1),
        ({"angles": (0, 45, 120, 165, 270)}, 0),
        ({"angles": (0, 45, 120, 165, 270), "languages": ["en", "ja", "en", "fr", "en"]}, 2),
        ({"angles": (0, 45, 120, 165, 270), "languages": ["en", None, "en", None, "en"]}, 0),
    ],
)
def test_kin_share_a_leakage_key_across_tasks_and_languages_but_not_numbers(given, n_keys):
    kin = found(**given)["kin"]
    assert kin["key"].n_unique() == n_keys
    assert len(kin) == 2 * n_keys


@given(st.randoms(use_true_random=False))
def test_row_order_does_not_matter(rng):
    shuffled = [table[rng.sample(range(len(table)), len(table))] for table in tables()]
    again = find_semantic_duplicates(shuffled[0], NONE, *shuffled[1:], config=CONFIG)
    for name, table in found().items():
        assert_frame_equal(again[name], table)


def test_row_order_does_not_matter_where_vectors_are_compared_in_cells():
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(EXACT_ROWS // 2 + 50, 16))
    vectors = np.repeat(centers, 2, axis=0) + 0.05 * rng.normal(size=(2 * len(centers), 16))
    texts = [" ".join(f"{word:x}" for word in rng.integers(4096, 65536, 6)) for _ in vectors]
    meanings, written, _, languages = tables(texts, [0] * len(texts))
    encoded = pl.DataFrame({"text_id": written["text_id"], "vector": vectors.tolist()}, schema=schemas.VECTORS)
    whole = find_semantic_duplicates(meanings, NONE, written, encoded, languages, config=CONFIG)
    again = find_semantic_duplicates(
        *(table.sample(fraction=1, shuffle=True, seed=1) for table in (meanings, NONE, written, encoded, languages)), config=CONFIG
    )
    assert len(whole["duplicates"]) >= 0.9 * len(centers)
    for name, table in whole.items():
        assert_frame_equal(again[name], table)


def test_no_rows_give_no_rows():
    empty = [schemas.empty(name) for name in ("meanings", "near_duplicates", "texts", "vectors")]
    languages = pl.DataFrame(schema={"prompt_id": pl.String, "language": pl.String})
    assert [len(table) for table in find_semantic_duplicates(*empty, languages, config=CONFIG).values()] == [0, 0]
