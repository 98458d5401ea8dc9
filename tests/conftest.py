"""What tests of the whole share: one build of ``sample_logs``, an environment without AWS, and reproducible random draws."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent
NO_AWS = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}

settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("local", deadline=None)
settings.load_profile("ci" if "CI" in os.environ else "local")


@dataclass(frozen=True)
class Finished:
    """A build that the command line made, and what it said."""

    out: Path
    command: tuple[str, ...]
    done: subprocess.CompletedProcess

    def frame(self, name):
        """Return a Parquet output."""
        import polars as pl  # noqa: PLC0415 - the environment is made plain first

        return pl.read_parquet(self.out / f"{name}.parquet")

    def rows(self, name):
        """Return the rows of a JSONL output, none when the file is not there."""
        path = self.out / name
        return [json.loads(line) for line in path.read_bytes().splitlines()] if path.is_file() else []

    @property
    def manifest(self):
        """The manifest."""
        return json.loads((self.out / "manifest.json").read_text())


@pytest.fixture(scope="session", autouse=True)
def environment():
    """Take AWS out of the environment: no test may find credentials, or ask for them over the network."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in NO_AWS.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def sample_logs():
    """Return the folder of the sample."""
    return ROOT / "sample_logs"


@pytest.fixture(scope="session")
def logmine():
    """Return a function that runs the command line in a process of its own."""

    def run(*arguments, cwd=None, **variables):
        command = [sys.executable, "-m", "logmine", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd or Path.home(), env=os.environ | variables)

    return run


@pytest.fixture(scope="session")
def sample_build(logmine, sample_logs, tmp_path_factory):
    """Return a build of the sample, for reading alone."""
    out = tmp_path_factory.mktemp("sample") / "dataset"
    command = ("build", str(sample_logs), "-o", str(out), "--workers", "2")
    return Finished(out, command, logmine(*command))


@pytest.fixture
def sample_copy(sample_build, tmp_path):
    """Return a folder with a copy of the build of the sample, to do with as a test likes."""
    return Path(shutil.copytree(sample_build.out, tmp_path / "copy"))


@pytest.fixture(scope="session")
def outputs():
    """Return a function that gives the bytes of a build's outputs by name; of the manifest, all but its ``run`` block."""

    def read(out):
        paths = [path for path in sorted(out.rglob("*")) if path.is_file() and "work" not in path.relative_to(out).parts]
        found = {str(path.relative_to(out)): path.read_bytes() for path in paths}
        if "manifest.json" in found:
            manifest = json.loads(found["manifest.json"])
            manifest.pop("run")
            found["manifest.json"] = json.dumps(manifest).encode()
        return found

    return read
