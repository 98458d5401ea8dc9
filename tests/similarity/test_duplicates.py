import importlib.util
import itertools
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.config import SimilarityConfig
from logmine.similarity import find_duplicates
from logmine.similarity.duplicates import Comparison, _comparable_heads, _components, jaccard
from logmine.similarity.edits import MAX_CHARS, MIN_CHARS, one_slip_apart
from logmine.similarity.wording import Letters

SPEC = importlib.util.spec_from_file_location("labelled", Path(__file__).with_name("labelled.py"))
labelled = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(labelled)

CONFIG = SimilarityConfig()
START = datetime(2026, 1, 1, tzinfo=UTC)
LONG = "Please tell me how many days it takes to ship a parcel from the warehouse in Hamburg to a customer in Lisbon by road."
ENGLISH = [
    "the",
    "customer",
    "wants",
    "to",
    "know",
    "why",
    "refund",
    "order",
    "parcel",
    "arrives",
    "late",
    "after",
    "our",
    "courier",
    "changed",
    "delivery",
    "address",
    "twice",
    "last",
    "month",
]
JAPANESE = [
    "配送",
    "注文",
    "商品",
    "返品",
    "住所",
    "変更",
    "したい",
    "方法",
    "が",
    "わからない",
    "ので",
    "教えて",
    "ください",
    "パスワード",
    "を",
    "忘れました",
    "来週",
    "まで",
    "に",
    "必要",
    "です",
]
FILLERS = {"en": "abcdefghijklmnopqrstuvwxyz", "ja": "あいうえおかきくけこさしすせそ"}


def placed(*rows, **shared):
    """One row a text or a dict of columns; ids p000, p001, … in order."""
    columns = [{"match_text": row} if isinstance(row, str) else row for row in rows]
    ids = [f"p{n:03}" for n in range(len(columns))]
    plain = {"task_id": "t", "guard": "", "n_requests": 1, "invoked_first": START, **shared}
    table = [
        {"prompt_id": name, "identity_id": name, "slot_text": row.get("match_text", LONG), "match_text": LONG, **plain, **row}
        for name, row in zip(ids, columns, strict=True)
    ]
    return pl.DataFrame(table, schema=schemas.PLACED)


def kept_instead(table, config=CONFIG):
    return dict(find_duplicates(table, config=config)["near_duplicates"].select("prompt_id", "kept_instead").iter_rows())


def one_edit(rng, text, letters):
    """A copy of text with one character left out, added, replaced or swapped with the next."""
    while True:
        place = rng.randrange(len(text) - 1)
        head, here, after, tail = text[:place], text[place], text[place + 1], text[place + 2 :]
        letter = rng.choice(letters)
        edited = head + rng.choice([after, here + letter + after, letter + after, after + here]) + tail
        if edited != text:
            return edited


def test_prompts_of_one_identity_are_exact():
    table = placed("a", {"match_text": "a", "identity_id": "p000"}, "b")
    found = find_duplicates(table, config=CONFIG)["near_duplicates"]
    assert found.rows() == [("p001", "p000", "exact", 1.0)]


def test_a_long_text_with_a_typo_is_near():
    assert kept_instead(placed(LONG, LONG.replace("warehouse", "warehuose"))) == {"p001": "p000"}


def test_tasks_and_guards_keep_texts_apart():
    assert kept_instead(placed({"task_id": "a"}, {"task_id": "b"}, {"guard": "x"}, {"guard": "y"}, {"guard": None})) == {}


def test_equal_texts_with_equal_guards_are_near():
    assert kept_instead(placed({"guard": "x"}, {"guard": "x"}, {"guard": None}, {"guard": None})) == {"p001": "p000", "p003": "p002"}


@pytest.mark.parametrize(
    "text", [LONG.replace("how many days", "in {} days, how many trucks"), "take {} from 90 and double it", "{}個のりんごを配る"]
)
@pytest.mark.parametrize("guarded", [True, False])
def test_siblings_that_differ_in_one_number_never_merge(text, guarded):
    numbers = [1, 2, 3, 12, 13, 21, 31, 1200, 1201]
    rows = [{"match_text": text.format(n), "guard": str(n) if guarded else ""} for n in numbers]
    assert kept_instead(placed(*rows)) == {}


@pytest.mark.parametrize(
    ("one", "other"), [("warehouse", "factory"), ("days", "trucks"), ("Hamburg", "Helsinki"), ("customer", "reseller")]
)
def test_siblings_that_differ_in_one_word_do_not_merge(one, other):
    assert one in LONG
    assert kept_instead(placed(LONG, LONG.replace(one, other))) == {}


def test_an_empty_text_is_like_no_other():
    assert kept_instead(placed("", "", {"match_text": None})) == {}


@pytest.mark.parametrize(("language", "words", "gap"), [("en", ENGLISH, " "), ("ja", JAPANESE, "")])
def test_one_edit_in_3_to_20_words_is_found(language, words, gap):
    rng = random.Random(5)
    originals = [gap.join(rng.sample(words, n)) for n in range(3, 21) for _ in range(6)]
    edited = [one_edit(rng, text, FILLERS[language]) for text in originals]
    pairs = [pair for pair in zip(originals, edited, strict=True) if not labelled.is_another_wording(language, *pair)]
    # Each pair in a task of its own, so that other pairs neither help nor hinder.
    rows = [{"match_text": text, "task_id": str(n)} for n, pair in enumerate(pairs) for text in pair]
    assert len(kept_instead(placed(*rows))) >= 0.95 * len(pairs)
    assert len(pairs) >= 0.7 * len(originals)


def test_the_threshold_is_inclusive_and_one_is_strict():
    table = placed(LONG, LONG.replace("road.", "raod."))
    score = find_duplicates(table, config=CONFIG)["near_duplicates"]["score"].item()
    assert len(kept_instead(table, SimilarityConfig(near_threshold=score))) == 1
    assert kept_instead(table, SimilarityConfig(near_threshold=1.0)) == {}


TYPOS = [LONG, LONG.replace("warehouse", "warehuose"), LONG.replace("Hamburg", "Hambrug")]


def test_the_prompt_with_most_requests_is_kept():
    table = placed(*({"match_text": text, "n_requests": n} for text, n in zip(TYPOS, (1, 5, 2), strict=True)))
    assert kept_instead(table) == {"p000": "p001", "p002": "p001"}


def test_requests_of_one_identity_are_pooled():
    table = placed({"n_requests": 3}, {"n_requests": 2}, {"identity_id": "p001", "n_requests": 2})
    assert kept_instead(table) == {"p000": "p001", "p002": "p001"}


def test_the_earliest_is_kept_among_equals_and_no_time_is_latest():
    times = [None, START + timedelta(days=1), START]
    table = placed(*({"match_text": text, "invoked_first": time} for text, time in zip(TYPOS, times, strict=True)))
    assert kept_instead(table) == {"p000": "p002", "p001": "p002"}


def test_the_smallest_id_is_kept_among_the_earliest():
    assert kept_instead(placed(*TYPOS)) == {"p001": "p000", "p002": "p000"}


def test_an_exact_duplicate_points_past_a_near_one():
    table = placed(TYPOS[0], {"match_text": TYPOS[1], "n_requests": 0}, {"match_text": TYPOS[1], "identity_id": "p001", "n_requests": 0})
    found = find_duplicates(table, config=CONFIG)["near_duplicates"]
    assert found.select("prompt_id", "kept_instead", "kind").rows() == [("p001", "p000", "near"), ("p002", "p000", "exact")]


ADDED = ["in winter", "on a weekday", "largest", "in French", "briefly", "without customs"]


@pytest.mark.parametrize("added", ADDED)
def test_an_added_word_is_another_question(added):
    assert kept_instead(placed(LONG, f"{LONG[:-1]} {added}.")) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [("is rome larger than milan", "is milan larger than rome"), ("what follows monday, in a week?", "what, in a week, follows monday?")],
)
def test_moved_words_are_another_question(one, other):
    assert kept_instead(placed(one, other)) == {}


def test_a_chain_does_not_join_what_says_something_else():
    chain = ["what does the brook carry", "what does the broook carry", "what does the broom carry", "what does the brooom carry"]
    rows = [{"match_text": text, "n_requests": n} for text, n in zip(chain, (9, 1, 8, 1), strict=True)]
    assert kept_instead(placed(*rows)) in ({"p001": "p000", "p003": "p002"}, {"p001": "p002", "p003": "p002"})


def corpus(n, seed):
    """Texts of which about half have relatives, by one to four changed words or letters."""
    rng = random.Random(seed)
    texts = []
    while len(texts) < n:
        text = " ".join(rng.choices(ENGLISH, k=rng.randint(4, 40)))
        texts.append(text)
        for _ in range(rng.choice([0, 0, 1, 3])):
            relative = text
            for _ in range(rng.randint(1, 4)):
                relative = one_edit(rng, relative, FILLERS["en"]) if rng.random() < 0.7 else f"{relative} {rng.choice(ENGLISH)}"
            texts.append(relative)
    return texts[:n]


def brute_force(texts):
    table = placed(*texts)
    heads = _comparable_heads(table)
    comparison, order = Comparison(heads, table), [int(name[1:]) for name in heads["prompt_id"]]
    similarity = jaccard()
    for a, b in itertools.combinations(range(len(texts)), 2):
        one, other = (" ".join(comparison.words[place]) for place in (a, b))
        is_short = min(len(one), len(other)) >= MIN_CHARS and max(len(one), len(other)) <= MAX_CHARS
        alike = one == other or similarity(one, other) >= CONFIG.near_threshold or (is_short and one_slip_apart(one, other))
        if alike and comparison.say_the_same(a, b):
            yield order[a], order[b]


def test_hashing_finds_what_comparing_all_pairs_finds():
    texts = corpus(500, seed=1)
    slow = _components(len(texts), np.array(list(brute_force(texts))))
    expected = {f"p{n:03}" for n, label in enumerate(slow.tolist()) if np.flatnonzero(slow == label)[0] != n}
    found = kept_instead(placed(*texts))
    assert all(slow[int(one[1:])] == slow[int(other[1:])] for one, other in found.items())
    assert len(expected) > 60
    assert len(found) >= 0.98 * len(expected)


def test_a_misspelled_copy_is_found_among_many_that_share_most_of_their_text():
    rng = random.Random(4)
    texts = [LONG * 2 + " ".join("".join(rng.choices(FILLERS["en"], k=6)) for _ in range(12)) for _ in range(300)]
    copies = [one_edit(rng, text, FILLERS["en"]) for text in texts[:60]]
    found = kept_instead(placed(*texts, *copies))
    assert found.items() <= {f"p{300 + n}": f"p{n:03}" for n in range(60)}.items()
    assert len(found) >= 58


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_row_order_does_not_matter(rng):
    table = placed(*corpus(60, seed=2))
    order = rng.sample(range(len(table)), len(table))
    assert_frame_equal(
        find_duplicates(table[order], config=CONFIG)["near_duplicates"], find_duplicates(table, config=CONFIG)["near_duplicates"]
    )


def test_of_thousands_of_copies_few_pairs_are_read():
    rng = random.Random(8)
    texts = sorted({one_edit(rng, LONG, FILLERS["en"]) for _ in range(400)})
    heads = _comparable_heads(placed(*texts))
    comparison = Comparison(heads, placed(*texts))
    assert len(comparison.pairs(threshold=CONFIG.near_threshold)) < len(texts)


def test_prompts_of_one_template_are_told_apart_by_their_letters():
    words = [
        LONG.split(),
        LONG.replace("warehouse", "warehuose").split(),
        LONG.replace("warehouse", "factory").split(),
        LONG.replace("the ", "").split(),
    ]
    shared = Letters(words).are_shared(np.array([0, 0, 0]), np.array([1, 2, 3]))
    assert shared.tolist() == [True, False, True]


def test_what_is_kept_is_never_a_duplicate_and_tasks_may_be_split_between_calls():
    texts = corpus(120, seed=3)
    table = placed(
        *(
            {"match_text": text, "task_id": str(n % 2), "identity_id": f"p{n - n % 5:03}" if n % 5 == 2 else f"p{n:03}"}
            for n, text in enumerate(texts)
        )
    )
    together = find_duplicates(table, config=CONFIG)["near_duplicates"]
    apart = pl.concat(find_duplicates(part, config=CONFIG)["near_duplicates"] for part in table.partition_by("task_id"))
    assert not set(together["kept_instead"]) & set(together["prompt_id"])
    assert_frame_equal(together, apart.sort("prompt_id"))


def in_tasks(n, n_tasks):
    """Texts with relatives beside them, of many tasks and guards, some sent more often than others."""
    rows = (
        {"match_text": text, "task_id": str(place // 4 % n_tasks), "guard": str(place % 9 == 8), "n_requests": 1 + place % 3}
        for place, text in enumerate(corpus(n, seed=6))
    )
    return placed(*rows)


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 5), st.integers(1, 7))
def test_neither_shards_nor_workers_nor_row_order_matter(rng, n_shards, n_tasks):
    table = in_tasks(90, n_tasks)
    shard_of = {task: rng.randrange(n_shards) for task in sorted(table["task_id"].unique())}
    shuffled = table[rng.sample(range(len(table)), len(table))]
    homes = pl.col("task_id").replace_strict(shard_of, return_dtype=pl.Int64)
    shards = [shuffled.filter(homes == shard) for shard in range(n_shards)]
    apart = pl.concat(find_duplicates(shard, config=CONFIG)["near_duplicates"] for shard in shards)
    assert_frame_equal(apart.sort("prompt_id"), find_duplicates(table, config=CONFIG)["near_duplicates"])
    assert len(apart) > 5


def test_no_rows_give_no_duplicates():
    assert_frame_equal(find_duplicates(schemas.empty("placed"), config=CONFIG)["near_duplicates"], schemas.empty("near_duplicates"))
