"""Runs a reward function as a trainer does: in a process of its own that sees the package and Python's standard library, nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from logmine.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

BATCH_ROWS: Final = 128  # lambda_batch_size of AWS's recipes

Entry = Literal["lambda", "local"]

#: Reads one event a line and writes one line of results, after a first line about itself. ``lambda``: the unpacked ZIP, as Lambda imports it;
#: ``local``: handler.py by its path, as verl imports it, beside the ZIP.
PROGRAM: Final = """
import importlib.util, json, sys, time
entry, path = sys.argv[1:]
if entry == "lambda":
    sys.path.insert(0, path)
    import lambda_function as handler
else:
    spec = importlib.util.spec_from_file_location("custom_module", path)
    handler = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(handler)
if importlib.util.find_spec("logmine") is not None:
    sys.exit("logmine can be imported here: this would prove nothing")

def judged(sample):
    try:
        judgement = handler.grade(handler.reference_of(sample), *handler.completion_of(sample["messages"]))
    except Exception as error:
        return ["error", type(error).__name__]
    return [judgement.verdict, judgement.answer]

def local(samples):
    columns = {"prompts": [s["messages"][:-1] for s in samples], "completions": [s["messages"][-1:] for s in samples],
               "reference_answer": [s["metadata"]["reference_answer"] for s in samples], "completion_ids": [[]] * len(samples), "trainer_state": None}
    rewards = handler.reward_function(**columns)
    texts = [s["messages"][-1].get("content") or "" for s in samples]
    scores = [handler.compute_score(data_source="logmine", solution_str=text, ground_truth=reference, extra_info={})["score"]
              for text, reference in zip(texts, columns["reference_answer"])]
    return [{"trl": reward, "verl": score} for reward, score in zip(rewards, scores)]

def results_of(samples):
    if entry == "local":
        return local(samples)
    results = handler.lambda_handler(samples, None)
    if json.loads(handler.http_handler(samples, None)["body"]) != results:
        sys.exit("http_handler and lambda_handler disagree")
    return results

out = sys.stdout.buffer
out.write(json.dumps({"version": sys.version.split()[0], "ready_at": time.time()}).encode() + b"\\n")
for line in sys.stdin.buffer:
    samples = json.loads(line)
    started, used = time.perf_counter(), time.process_time()
    verdicts = [judged(sample) for sample in samples]
    seconds = [time.perf_counter() - started, time.process_time() - used]
    out.write(json.dumps([seconds, verdicts, results_of(samples)]).encode() + b"\\n")
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one call gave: a verdict (or ``error``) and an answer for each sample, and the entry's own results."""

    clock_s: float  # of judging alone
    cpu_s: float  # of this process: the algebra system has its own
    verdicts: list[tuple[str, str | None]]
    results: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Run:
    """What a process said."""

    version: str  # of Python
    cold_start_s: float  # from the start of the process until the handler is imported
    batches: list[Batch]


@contextmanager
def unpacked(zip_path: Path) -> Generator[Path]:
    """Yield a folder with the content of a package, as Lambda lays it out: binaries cannot be imported from a ZIP."""
    with tempfile.TemporaryDirectory(prefix="logmine-reward-") as folder, zipfile.ZipFile(zip_path) as opened:
        opened.extractall(folder)
        yield Path(folder)


def run_isolated(entry: Entry, path: Path, events: Iterable[list[dict[str, Any]]], *, python: str = sys.executable) -> Run:
    """Send ``events`` to a reward function in a process without site packages and environment.

    Parameters
    ----------
    entry
        ``lambda`` for the folder of an unpacked package, ``local`` for a ``handler.py`` beside its ``lambda.zip``.
    path
        That folder or file.
    events
        Lists of samples.
    python
        The interpreter.

    Raises
    ------
    InternalError
        If the process fails. The message ends with what the process said, which holds no text of a row.
    """
    # Files, not pipes: neither side can block the other, and memory does not grow with the dataset.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as messages:
        given.writelines(json.dumps(event).encode() + b"\n" for event in events)
        given.seek(0)
        started_at = time.time()
        command = [python, "-I", "-S", "-B", "-c", PROGRAM, entry, str(path.resolve())]
        finished = subprocess.run(command, stdin=given, stdout=said, stderr=messages, env={}, check=False)  # noqa: S603 - our own program
        if finished.returncode:
            messages.seek(0)
            raise InternalError(
                f"{path}: the process that runs the reward function ended with status {finished.returncode}: {_last_line(messages.read())}"
            )
        said.seek(0)
        about = json.loads(said.readline())
        return Run(about["version"], about["ready_at"] - started_at, list(_batches(said)))


def _batches(lines: Iterable[bytes]) -> Iterator[Batch]:
    for line in lines:
        (clock_s, cpu_s), verdicts, results = json.loads(line)
        yield Batch(clock_s, cpu_s, [(verdict, answer) for verdict, answer in verdicts], results)


def _last_line(messages: bytes) -> str:
    """Return the type of the exception and its message, which for errors of import hold names alone."""
    lines = messages.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"
