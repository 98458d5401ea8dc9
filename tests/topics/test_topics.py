import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from logmine import schemas, topics
from logmine.config import SimilarityConfig, TopicsConfig
from logmine.errors import LedgerError
from logmine.similarity import encode_texts
from logmine.topics.clusters import best_clusters, cluster, mean_silhouette, units

CONFIG = TopicsConfig()
TEXTS = {
    "refunds": [
        "I want a refund for my broken kettle",
        "When does the refund for my order arrive?",
        "Refund the shoes that I returned last week",
        "The refund on my card is too small",
        "Can I get a refund without the receipt?",
    ],
    "weather": [
        "Will it rain in Lisbon tomorrow?",
        "How much snow falls in Oslo in winter?",
        "Is a storm coming to the coast tonight?",
        "What is the weather in Rome at noon?",
        "Tell me the weather and chance of rain on Sunday",
    ],
    "python": [
        "Write a Python function that sorts a list of tuples",
        "Fix the bug in this Python function that reverses a string",
        "Python function to count the vowels of a string",
        "Return the largest number of a list with a Python function",
        "Write unit tests for a Python function that parses dates",
    ],
}


def tables(groups=TEXTS):
    texts = [text for members in groups.values() for text in members]
    rows = [(schemas.digest([text]), text, f"p{n:03}") for n, text in enumerate(texts)]
    table = pl.DataFrame(rows, schema=schemas.TEXTS, orient="row")
    return table, encode_texts(table, config=SimilarityConfig())["vectors"]


def find_topics(texts, vectors, *, tasks=None, roles=None, duplicates=(), config=CONFIG):
    """Find topics of prompts that are all of one task and one caller, but for those named."""
    ids = sorted(set(texts["prompt_id"]))
    sent = ids + [prompt for prompt, _ in duplicates]
    placed = pl.DataFrame(
        {"prompt_id": ids, "task_id": [(tasks or {}).get(one, one) for one in ids]}, schema_overrides={"prompt_id": pl.String}
    )
    prompts = pl.DataFrame(
        {"prompt_id": sent, "role": [(roles or {}).get(one, "app") for one in sent]}, schema_overrides={"prompt_id": pl.String}
    )
    pairs = pl.DataFrame(list(duplicates), schema={"prompt_id": pl.String, "kept_instead": pl.String}, orient="row")
    return topics.find_topics(texts, vectors, placed, prompts, pairs, config=config)


@pytest.fixture(scope="module")
def small():
    return tables()


def planted(n_clusters, n_each, *, spread, seed, d=32):
    """Unit vectors around random directions, shuffled, with the cluster of each."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(n_clusters), n_each))
    vectors = rng.standard_normal((n_clusters, d))[labels] + spread * rng.standard_normal((len(labels), d))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels


@pytest.mark.parametrize("n_clusters", [2, 3, 5, 8, 10])
def test_silhouettes_find_the_planted_number_of_clusters(n_clusters):
    vectors, labels = planted(n_clusters, 20, spread=0.3, seed=n_clusters)
    found = cluster(vectors, max_clusters=20)
    assert len(set(found.tolist())) == n_clusters
    assert len(set(zip(found.tolist(), labels.tolist(), strict=True))) == n_clusters


def test_between_two_numbers_that_are_tried_one_of_them_is_found():
    vectors, _ = planted(13, 20, spread=0.3, seed=13)
    assert len(set(best_clusters(vectors, max_clusters=20).tolist())) in {12, 14}


@pytest.mark.parametrize("seed", range(3))
def test_silhouettes_are_those_of_all_pairs(seed):
    vectors, labels = planted(4, 9, spread=0.8, seed=seed)
    labels[0] = 4  # alone in its cluster
    assert mean_silhouette(vectors, labels) == pytest.approx(
        silhouette_score(1 - np.clip(vectors @ vectors.T, -1, 1) * (1 - np.eye(36)) - np.eye(36), labels, metric="precomputed"), abs=1e-5
    )


def test_vectors_beyond_the_sample_join_the_nearest_cluster(monkeypatch):
    monkeypatch.setattr("logmine.topics.clusters.MAX_FITTED", 60)
    vectors, labels = planted(4, 100, spread=0.3, seed=0)
    found = cluster(vectors, max_clusters=10)
    assert len(set(zip(found.tolist(), labels.tolist(), strict=True))) == 4


@pytest.mark.parametrize("vectors", [np.zeros((20, 4)), np.eye(5)], ids=["equal", "few"])
def test_equal_or_few_vectors_are_one_cluster(vectors):
    assert set(cluster(vectors.astype(np.float32), max_clusters=5).tolist()) == {0}


def test_topics_follow_meaning_and_have_readable_names(small):
    found = find_topics(*small, config=CONFIG)
    placed = found["topic_of"].sort("prompt_id")["topic_id"].to_list()
    assert [len(set(placed[start : start + 5])) for start in (0, 5, 10)] == [1, 1, 1]
    assert found["topics"]["topic_id"].to_list() == ["topic-001", "topic-002", "topic-003"]
    assert found["topics"]["n_prompts"].to_list() == [5, 5, 5]
    firsts = {name.split(", ")[0] for name in found["topics"]["name"]}
    assert firsts == {"refund", "rain", "function"}


def test_topics_are_numbered_by_their_prompts(small):
    texts, vectors = small
    more = pl.concat([texts, *(texts[12:13].with_columns(prompt_id=pl.lit(f"q{n}")) for n in range(3))])
    found = find_topics(more, vectors, config=CONFIG)["topics"]
    assert found["n_prompts"].to_list() == [8, 5, 5]
    assert "python" in found["name"][0]


def test_few_texts_are_one_topic(small):
    texts, vectors = small
    found = find_topics(texts[:5], vectors, config=CONFIG)
    assert found["topics"].select("topic_id", "n_prompts").rows() == [("topic-001", 5)]
    assert "refund" in found["topics"]["name"].item()


def test_no_more_topics_than_asked_for(small):
    assert len(find_topics(*small, config=TopicsConfig(max_topics=2))["topics"]) == 2
    assert len(find_topics(*small, config=TopicsConfig(max_topics=1))["topics"]) == 1


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([1, 2]))
def test_row_order_and_threads_do_not_matter(small, rng, n_threads):
    texts, vectors = small
    order = rng.sample(range(len(texts)), len(texts))
    with threadpool_limits(n_threads):
        found = find_topics(texts[order], pl.concat([vectors.reverse(), vectors[order[:3]]]), config=CONFIG)
    expected = find_topics(texts, vectors, config=CONFIG)
    assert_frame_equal(found["topics"], expected["topics"])
    assert_frame_equal(found["topic_of"], expected["topic_of"])


def test_a_text_without_a_vector_is_a_bug(small):
    texts, vectors = small
    with pytest.raises(LedgerError, match="2 texts have no vector"):
        find_topics(texts, vectors[2:], config=CONFIG)


def test_no_texts_have_no_topics():
    found = find_topics(schemas.empty("texts"), schemas.empty("vectors"), config=CONFIG)
    assert_frame_equal(found["topics"], schemas.empty("topics"))
    assert_frame_equal(found["topic_of"], schemas.empty("topic_of"))


def test_a_topic_of_few_callers_is_not_named(small):
    texts, vectors = small
    prompts = sorted(set(texts["prompt_id"]))
    roles = {prompt: f"app-{n % 2}" for n, prompt in enumerate(prompts[:5])}
    found = find_topics(texts, vectors, roles=roles, duplicates=[("copy", prompts[6])], config=TopicsConfig(min_identities=2))["topics"]
    names = dict(found.select("n_callers", "name").iter_rows())
    assert "refund" in names[2]
    assert names[1] == "a topic of fewer than 2 callers"


def test_who_sent_a_duplicate_is_a_caller_of_its_topic(small):
    texts, vectors = small
    first = min(texts["prompt_id"])
    found = find_topics(texts, vectors, roles={"copy": "other-app"}, duplicates=[("copy", first)])["topics"]
    assert sorted(found["n_callers"]) == [1, 1, 2]


def test_many_topics_are_grouped_into_themes():
    vectors, labels, themes = grouped(5, 8, 6)
    rows = [
        (schemas.digest([str(n)]), f"{'abcde'[themes[n]] * 4} {'fghijklmnopqrstuvw'[labels[n] % 18] * 3}", f"p{n:03}")
        for n in range(len(labels))
    ]
    texts = pl.DataFrame(rows, schema=schemas.TEXTS, orient="row")
    table = pl.DataFrame({"text_id": [row[0] for row in rows], "vector": vectors.astype(float).tolist()}, schema=schemas.VECTORS)
    found = find_topics(texts, table)["topics"]
    assert len(found) > 30
    assert {theme.split(",")[0] for theme in found["theme"]} == {letter * 4 for letter in "abcde"}


def grouped(n_themes, n_topics, n_each):
    """Unit vectors around directions that themselves lie around a few; with topic and theme of each."""
    rng = np.random.default_rng(1)
    middles = np.repeat(rng.standard_normal((n_themes, 64)), n_topics, axis=0) + 0.7 * rng.standard_normal((n_themes * n_topics, 64))
    labels = np.repeat(np.arange(len(middles)), n_each)
    vectors = middles[labels] + 0.05 * rng.standard_normal((len(labels), 64))
    return units(vectors.astype(np.float32)), labels, labels // n_topics
