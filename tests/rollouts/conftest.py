"""A build whose prompts lack attempts of the base model, and models that answer on this machine."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from logmine.cli import main

HERE = Path(__file__).parent
MODEL = "openai.gpt-oss-20b-1:0"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secret-of-the-test", "AWS_DEFAULT_REGION": "us-east-1"}


def sibling(name):
    """Import a module of this folder."""
    spec = importlib.util.spec_from_file_location(f"rollouts_{name}", HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def question(n, model="anthropic.claude-haiku-4-5-20251001-v1:0"):
    """Return a logged call that asks for a sum, answered by another model."""
    return {
        "schemaType": "ModelInvocationLog",
        "timestamp": f"2026-10-01T10:{n % 60:02}:00Z",
        "requestId": f"logged-{n}",
        "operation": "Converse",
        "modelId": model,
        "identity": {"arn": "arn:aws:sts::111122223333:assumed-role/tutor/i-1"},
        "input": {
            "inputBodyJson": {
                "system": [{"text": "You add numbers. Answer with the number alone."}],
                "messages": [{"role": "user", "content": [{"text": f"How much is {n * 7 + 3} + {n * n + 11}?"}]}],
            },
            "inputTokenCount": 30,
        },
        "output": {
            "outputBodyJson": {
                "output": {"message": {"role": "assistant", "content": [{"text": str(n * 7 + 3 + n * n + 11)}]}},
                "stopReason": "end_turn",
            },
            "outputTokenCount": 5,
        },
    }


N_PROMPTS = 30


@pytest.fixture(scope="session")
def needy_build(logmine, tmp_path_factory):
    """Return a folder with ``logs``, ``outcomes.jsonl`` and the build ``out``, for reading alone."""
    folder = tmp_path_factory.mktemp("needy")
    (folder / "logs").mkdir()
    rows = [question(n) for n in range(N_PROMPTS)]
    with gzip.open(folder / "logs" / "a.json.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    outcomes = [
        {"request_id": f"logged-{n}", "reference_answer": {"grader": "numeric", "answer": str(n * 7 + 3 + n * n + 11), "spec": ""}}
        for n in range(N_PROMPTS)
    ]
    (folder / "outcomes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in outcomes))
    done = logmine("build", "logs", "-o", "out", "--outcomes", "outcomes.jsonl", "--base-model", MODEL, "--workers", "1", cwd=folder)
    assert done.returncode == 1, done.stderr
    return folder


@pytest.fixture
def needy(needy_build, tmp_path):
    """Return a copy of the folder, to do with as a test likes."""
    return Path(shutil.copytree(needy_build, tmp_path / "needy"))


@pytest.fixture
def needs(needy):
    """Return the rows of the prompts that lack attempts."""
    return {row["prompt_id"]: row for row in map(json.loads, (needy / "out" / "needs_rollouts.jsonl").read_text().splitlines())}


@pytest.fixture
def sometimes_right(needs):
    """Return what a model says that is right as often as a digest of the prompt says: 0, half of the time, or always."""

    def answer(prompt_id, number):
        kind = int(prompt_id[:2], 16) % 3
        draw = hashlib.sha256(f"{prompt_id}{number}".encode()).digest()[0] < 128
        right = kind == 2 or (kind == 1 and draw)
        return needs[prompt_id]["reference_answer"]["answer"] if right else "7777777"

    return answer


@pytest.fixture
def bedrock(sometimes_right):
    """Return Bedrock on this machine."""
    stub = sibling("stub_bedrock").StubBedrock(sometimes_right)
    yield stub
    stub.close()
    assert stub.problems == []


@pytest.fixture
def rollout(needy, monkeypatch):
    """Return a function that runs ``logmine rollout out`` in the folder, in this process, with short pauses."""

    def run(*arguments, **variables):
        monkeypatch.chdir(needy)
        return CliRunner().invoke(
            main, ["rollout", "out", "--yes", "--first-pause", "0.01", *map(str, arguments)], env=CREDENTIALS | variables
        )

    return run


@pytest.fixture
def attempts(needy):
    """Return a function that reads the records of attempts."""

    def read():
        paths = sorted((needy / "out-rollouts").glob("*.json.gz"))
        return [json.loads(line) for path in paths for line in gzip.decompress(path.read_bytes()).splitlines()]

    return read
