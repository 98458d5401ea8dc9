"""Labelled pairs through the rooms that decide: siblings stay apart, duplicates are found."""

import importlib.util
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from logmine import schemas
from logmine.config import SimilarityConfig, TasksConfig
from logmine.similarity import collect_texts, encode_texts, find_duplicates, find_semantic_duplicates, sign_meanings
from logmine.tasks import find_tasks

SPEC = importlib.util.spec_from_file_location("labelled", Path(__file__).with_name("labelled.py"))
labelled = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(labelled)

START = datetime(2026, 1, 1, tzinfo=UTC)
CONFIG = SimilarityConfig()
N_TYPOS = 100  # of a length
N_SIBLINGS = 200  # of a kind: at most one may merge


def placed(pairs):
    """The prompts of all pairs, sent by one application, as ``find_tasks`` places them."""
    rows = [
        {"prompt_id": f"{place:06x}", "scope_id": "5", "role": "app", "tool_names": "", "body": text, "n_requests": 1}
        | {"invoked_first": START + timedelta(minutes=place)}
        for place, text in enumerate(text for pair in pairs for text in pair)
    ]
    return find_tasks(pl.DataFrame(rows, schema=schemas.SCOPED), config=TasksConfig())["placed"]


def merged(pairs, duplicates):
    """Whether the two prompts of each pair became one."""
    kept = dict(duplicates.select("prompt_id", "kept_instead").iter_rows())
    ids = [f"{place:06x}" for place in range(2 * len(pairs))]
    homes = [kept.get(name, name) for name in ids]
    return [one == other for one, other in zip(homes[::2], homes[1::2], strict=True)]


def near(pairs):
    return merged(pairs, find_duplicates(placed(pairs), config=CONFIG)["near_duplicates"])


def by_meaning(pairs):
    table = placed(pairs)
    found = find_duplicates(table, config=CONFIG)["near_duplicates"]
    texts = collect_texts(table, found)["texts"]
    vectors, meanings = encode_texts(texts, config=CONFIG)["vectors"], sign_meanings(table, found)["meanings"]
    languages = table.select("prompt_id", language=pl.lit(None, pl.String))
    return merged(pairs, find_semantic_duplicates(meanings, found, texts, vectors, languages, config=CONFIG)["duplicates"])


KINDS = [(language, kind) for language, kinds in labelled.SIBLINGS.items() for kind in kinds]


@pytest.mark.parametrize(("language", "kind"), KINDS)
def test_siblings_stay_apart(language, kind):
    assert sum(near(labelled.siblings(language, kind, N_SIBLINGS, seed=7))) <= 0.005 * N_SIBLINGS


def test_siblings_stay_apart_by_meaning_too():
    pairs = [pair for language, kind in KINDS for pair in labelled.siblings(language, kind, 4, seed=3)]
    assert sum(by_meaning(pairs)) == 0


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("kind", ["punctuation", "white space", "letter case", "courtesy", "ticket"])
def test_copies_are_found(language, kind):
    pairs = labelled.duplicates(language, kind, 96, seed=11)
    assert sum(near(pairs)) >= 0.95 * len(pairs)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("length", range(3, 21))
def test_one_edit_is_found_at_every_length(language, length):
    rng = random.Random(length)
    rounds = [[(text, labelled.one_edit(rng, text)) for text in labelled.windows(language, length, N_TYPOS, seed=seed)] for seed in (1, 2)]
    found = [(pair, hit) for pairs in rounds for pair, hit in zip(pairs, near(pairs), strict=True)]
    hits = [hit for pair, hit in found if not labelled.is_another_wording(language, *pair)]
    assert sum(hits) >= 0.95 * len(hits)
    assert len(hits) > 0.7 * len(found)
