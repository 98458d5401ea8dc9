import polars as pl
import pytest
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.config import SimilarityConfig
from logmine.similarity import encode_texts
from logmine.similarity import texts as module
from logmine.similarity.remembered import MAX_FILES, known_vectors, remember

CONFIG = SimilarityConfig()
WORDS = ["refund", "rain", "python", "flight", "card", "soup"]


def table(words):
    rows = [(schemas.digest([word]), word, f"p{n}") for n, word in enumerate(words)]
    return pl.DataFrame(rows, schema=schemas.TEXTS, orient="row")


@pytest.fixture
def encoded(monkeypatch):
    """The texts that the encoder was given, in order."""
    encoder, seen = module.encoder_of("embedded"), []

    class Watched:
        digest = encoder.digest

        def encode(self, texts):
            seen.extend(texts)
            return encoder.encode(texts)

    monkeypatch.setattr(module, "encoder_of", lambda *_, **__: Watched())
    return seen


def vectors(words, memory):
    return encode_texts(table(words), config=CONFIG, memory=memory)["vectors"]


def test_a_grown_corpus_encodes_only_what_is_new(tmp_path, encoded):
    vectors(WORDS[:4], tmp_path)
    grown = vectors(WORDS, tmp_path)
    assert sorted(encoded) == sorted(WORDS)
    assert_frame_equal(grown, encode_texts(table(WORDS), config=CONFIG)["vectors"])


def test_another_encoder_remembers_apart(tmp_path, encoded):
    remember(tmp_path, "f" * 64, pl.DataFrame({"text_id": table(WORDS)["text_id"], "vector": [[1.0]] * 6}, schema=schemas.VECTORS))
    assert_frame_equal(vectors(WORDS, tmp_path), vectors(WORDS, None))
    assert sorted(encoded[:6]) == sorted(WORDS)


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:0], lambda data: data[:40] + b"\0\0" + data[42:]])
def test_a_damaged_file_is_done_again(tmp_path, encoded, damage):
    first = vectors(WORDS, tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert_frame_equal(vectors(WORDS, tmp_path), first)
    assert len(encoded) == 12
    assert_frame_equal(vectors(WORDS, tmp_path), first)
    assert len(encoded) == 12


def test_many_files_become_one(tmp_path):
    ids = [schemas.digest([str(n)]) for n in range(MAX_FILES + 1)]
    for text_id in ids:
        remember(tmp_path, "a" * 64, pl.DataFrame({"text_id": [text_id], "vector": [[1.0]]}, schema=schemas.VECTORS))
    assert len(list(tmp_path.iterdir())) == 1
    assert sorted(known_vectors(tmp_path, "a" * 64, pl.Series(ids))["text_id"]) == sorted(ids)


def test_nothing_new_leaves_no_file(tmp_path):
    remember(tmp_path / "none", "a" * 64, schemas.empty("vectors"))
    assert not (tmp_path / "none").exists()
    assert known_vectors(tmp_path / "none", "a" * 64, pl.Series(["x"])).is_empty()
