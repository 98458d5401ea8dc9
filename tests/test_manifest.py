import json

import pytest

from logmine import manifest

FINGERPRINT = "0f2c"


@pytest.fixture
def build(tmp_path):
    """Return a folder with two outputs and their manifest."""
    (tmp_path / "train.jsonl").write_text("{}\n")
    (tmp_path / "reward").mkdir()
    (tmp_path / "reward" / "lambda.zip").write_bytes(b"PK")
    files = manifest.describe_files(tmp_path, ["train.jsonl", "reward/lambda.zip"])
    manifest.write(tmp_path, {"format": manifest.FORMAT, "files": files, "run": {"fingerprint": FINGERPRINT}})
    return tmp_path


def test_files_are_told_by_size_and_sha256(build):
    files = manifest.read(build)["files"]
    assert list(files) == ["reward/lambda.zip", "train.jsonl"]
    assert files["train.jsonl"] == {
        "n_bytes": 3,
        "sha256": "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356",
    }


def test_a_build_is_current_for_its_fingerprint_alone(build):
    assert manifest.is_current(build, FINGERPRINT)
    assert not manifest.is_current(build, "other")
    assert not manifest.is_current(build / "reward", FINGERPRINT)


@pytest.mark.parametrize("name", ["train.jsonl", "reward/lambda.zip"])
def test_a_flipped_byte_or_a_missing_file_is_not_current(build, name):
    data = bytearray((build / name).read_bytes())
    data[0] ^= 1
    (build / name).write_bytes(data)
    assert not manifest.is_current(build, FINGERPRINT)
    (build / name).unlink()
    assert not manifest.is_current(build, FINGERPRINT)


def test_writing_leaves_the_manifest_alone(build):
    manifest.write(build, {"format": manifest.FORMAT, "n_rows": {"naïve": 1}})
    assert manifest.read(build) == {"format": manifest.FORMAT, "n_rows": {"naïve": 1}}
    assert sorted(path.name for path in build.iterdir()) == ["manifest.json", "reward", "train.jsonl"]


def test_a_manifest_that_cannot_be_written_leaves_the_old_one(build):
    before = (build / manifest.NAME).read_bytes()
    with pytest.raises(TypeError):
        manifest.write(build, {"format": manifest.FORMAT, "n_rows": {"train": object()}})
    assert (build / manifest.NAME).read_bytes() == before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "a web app", "icons": []}', json.dumps({"format": "other/1"})])
def test_the_manifest_of_another_program_is_none_of_logmine(tmp_path, text):
    (tmp_path / manifest.NAME).write_text(text)
    assert manifest.read(tmp_path) is None
    assert not manifest.is_current(tmp_path, FINGERPRINT)


def test_versions_name_what_shapes_results():
    assert {"logmine", "polars", "numpy", "scipy"} <= manifest.versions().keys()
