"""The proof that the package works: every row of the dataset through the ZIP, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from typing import IO, TYPE_CHECKING, Any, Final

from logmine import schemas
from logmine.errors import InternalError
from logmine.reward.events import rendered_sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

BATCH_ROWS: Final = 128  # lambda_batch_size of AWS's recipes

#: Reads one event a line and writes one line of results; sees the ZIP and the standard library, nothing else.
RUNNER: Final = """
import importlib.util, json, sys
sys.path.insert(0, sys.argv[1])
assert importlib.util.find_spec("logmine") is None, "logmine can be imported here: this would prove nothing"
from lambda_function import lambda_handler
for line in sys.stdin.buffer:
    sys.stdout.buffer.write(json.dumps(lambda_handler(json.loads(line), None)).encode() + b"\\n")
"""


def verify_package(zip_path: Path, dataset: pl.DataFrame) -> list[str]:
    """Judge the rendered reference answer of every row with the package in ``zip_path``.

    The process has an empty environment, no site packages and no way to import logmine: what works here depends on
    nothing but Python, as in Lambda.

    Parameters
    ----------
    zip_path
        ``lambda.zip`` as :func:`logmine.reward.write_package` wrote it.
    dataset
        A table :data:`logmine.schemas.DATASET`.

    Returns
    -------
    list of str
        ``prompt_id`` of each row whose reward is not 1.0; empty when the package is good.

    Raises
    ------
    InternalError
        If the process fails or does not answer for every row. The message ends with what the process said, which
        holds no text of a row.
    """
    rows = schemas.require(dataset, "dataset").sort("prompt_id")
    with tempfile.TemporaryFile() as events, tempfile.TemporaryFile() as results, tempfile.TemporaryFile() as messages:
        for batch in rows.iter_slices(BATCH_ROWS):
            event = [rendered_sample(row) for row in batch.iter_rows(named=True)]
            events.write(json.dumps(event).encode() + b"\n")
        events.seek(0)
        _run(zip_path, events, results, messages)
        results.seek(0)
        rewards = list(_rewards(results))
    prompt_ids = rows["prompt_id"].to_list()
    if [name for name, _ in rewards] != prompt_ids:
        raise InternalError(f"{zip_path}: expected one result for each of {len(prompt_ids)} rows, in their order; found {len(rewards)}.")
    return [name for name, reward in rewards if reward != 1.0]


def _run(zip_path: Path, events: IO[bytes], results: IO[bytes], messages: IO[bytes]) -> None:
    # Files, not pipes: neither side can block the other, and memory does not grow with the dataset.
    command = [sys.executable, "-I", "-S", "-c", RUNNER, str(zip_path.resolve())]
    finished = subprocess.run(command, stdin=events, stdout=results, stderr=messages, env={}, check=False)  # noqa: S603 - our own runner
    if finished.returncode:
        messages.seek(0)
        said = _last_line(messages.read())
        raise InternalError(f"{zip_path}: the process that runs the reward function ended with status {finished.returncode}: {said}")


def _last_line(messages: bytes) -> str:
    """Return the type of the exception and its message, which for errors of import hold names alone."""
    lines = messages.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"


def _rewards(results: IO[bytes]) -> Iterator[tuple[Any, Any]]:
    for line in results:
        for result in json.loads(line):
            yield result["id"], result["aggregate_reward_score"]
