"""``logmine reward test``: whether the reward function of a build, by itself, judges as the build did, under every Python that Lambda has."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from logmine.errors import SourceError
from logmine.graders import rule
from logmine.reward.cases import logged_cases, read_rows, read_tables, row_cases
from logmine.reward.engines import BINARY, DISTRIBUTIONS
from logmine.reward.isolation import BATCH_ROWS, run_isolated, unpacked
from logmine.reward.package import PACKAGE
from logmine.reward.pythons import find_pythons

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from logmine.reward.cases import Case
    from logmine.reward.isolation import Entry, Run

MAX_TOLD: Final = 10
_RULE: Final = re.compile(rf"{PACKAGE}/{rule.FOLDER}/r\w+\.py")
_BINARY_TAG: Final = re.compile(r"\.cpython-(\d)(\d+)-[\w-]+\.so\Z")


@dataclass(slots=True)
class Attempt:
    """One entry under one Python."""

    version: str
    entry: Entry
    cold_start_s: float
    n_samples: int
    n_left_out: int  # of graders whose engine is a binary for another Python
    verdicts_per_s: dict[str, float]  # by grader, on one core
    disparities: list[str]


@dataclass(slots=True)
class Trial:
    """What was tried, and what came of it."""

    n_by_kind: dict[str, int]
    verdicts: dict[str, dict[str, int]]  # of logged completions by grader: correct, incorrect, abstain
    probes: dict[str, tuple[int, int]]  # by name: how many were tried, how many earned a reward
    attempts: list[Attempt] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)  # versions of Python that this machine lacks
    has_tables: bool = True

    @property
    def n_disparities(self) -> int:
        """Samples on which the reward function and the build disagree, over all runs."""
        return sum(len(attempt.disparities) for attempt in self.attempts)


def try_reward(out: Path) -> Trial:
    """Run ``OUT/reward`` on every row, logged completion and probe, in processes where nothing of logmine can be imported.

    The verdict and the extracted answer of each sample must be those of the build. The ZIP is run as Lambda unpacks it, and ``handler.py`` as
    a trainer imports it, each under every Python from 3.11 to 3.13 that is found.

    Raises
    ------
    SourceError
        If ``out`` holds no dataset or no reward function.
    InternalError
        If a process fails.
    """
    zip_path = out / "reward" / "lambda.zip"
    if not zip_path.is_file():
        raise SourceError(f"{out} holds no reward/lambda.zip. Give the output folder of `logmine build`.")
    install_rules(zip_path)
    tables = read_tables(out)
    cases = [*row_cases(read_rows(out)), *(logged_cases(tables) if tables else ())]
    cases.sort(key=_timed_as)  # a call holds what is timed together
    trial = _described(cases, has_tables=tables is not None)
    built_for = _binary_version(zip_path)
    with unpacked(zip_path) as folder:
        for version, python in find_pythons().items():
            if python is None:
                trial.skipped.append(version)
                continue
            kept = [case for case in cases if case.grader not in BINARY or built_for == version]
            entries: dict[Entry, Path] = {"lambda": folder, "local": out / "reward" / "handler.py"}
            for entry, path in entries.items():
                events = ([case.sample for case in batch] for batch in _batches(kept))
                run = run_isolated(entry, path, events, python=python)
                trial.attempts.append(_compared(entry, run, kept, n_left_out=len(cases) - len(kept)))
    return trial


def install_rules(zip_path: Path) -> None:
    """Make the users' own functions in a package known here: what the build itself said of logged completions still decides."""
    with zipfile.ZipFile(zip_path) as opened:
        for name in opened.namelist():
            if _RULE.fullmatch(name):
                rule.install(opened.read(name).decode())


def _described(cases: Sequence[Case], *, has_tables: bool) -> Trial:
    verdicts: dict[str, Counter[str]] = {}
    probes: dict[str, list[int]] = {}
    for case in cases:
        if case.kind in ("logged", "unreferenced"):
            verdicts.setdefault(case.grader, Counter())[case.verdict] += 1
        if case.kind == "probe":
            tried = probes.setdefault(case.probe, [0, 0])
            tried[0] += 1
            tried[1] += case.verdict == "correct"
    return Trial(
        n_by_kind=dict(Counter(case.kind for case in cases)),
        verdicts={grader: dict(counts) for grader, counts in sorted(verdicts.items())},
        probes={name: (tried, earned) for name, (tried, earned) in probes.items()},
        has_tables=has_tables,
    )


def _binary_version(zip_path: Path) -> str | None:
    """Return the Python for which a binary in the package was made, None where it holds none."""
    with zipfile.ZipFile(zip_path) as opened:
        tags = (_BINARY_TAG.search(name) for name in opened.namelist())
        return next((f"{tag[1]}.{tag[2]}" for tag in tags if tag), None)


def _timed_as(case: Case) -> tuple[str, bool]:
    """Time each grader for itself, and apart from probes, which are longer than what models write."""
    return case.grader, case.kind == "probe"


def _batches(cases: Sequence[Case]) -> Iterator[list[Case]]:
    batch: list[Case] = []
    for case in cases:
        if batch and (len(batch) == BATCH_ROWS or _timed_as(batch[0]) != _timed_as(case)):
            yield batch
            batch = []
        batch.append(case)
    if batch:
        yield batch


def _compared(entry: Entry, run: Run, cases: Sequence[Case], *, n_left_out: int) -> Attempt:
    disparities: list[str] = []
    seconds: dict[str, float] = {}
    counts: Counter[str] = Counter()
    for batch, answers in zip(_batches(cases), run.batches, strict=True):
        grader, is_probe = _timed_as(batch[0])
        if not is_probe:
            seconds[grader] = seconds.get(grader, 0.0) + (answers.clock_s if grader in DISTRIBUTIONS else answers.cpu_s)
            counts[grader] += len(batch)
        for case, said, result in zip(batch, answers.verdicts, answers.results, strict=True):
            fault = _fault(case, said, result, entry)
            if fault:
                disparities.append(f"{case.kind} {case.sample['id']} ({case.grader}): {fault}")
    rates = {grader: counts[grader] / max(seconds[grader], 1e-9) for grader in counts}
    return Attempt(run.version, entry, run.cold_start_s, len(cases), n_left_out, rates, disparities)


def _fault(case: Case, said: tuple[str, str | None], result: dict[str, Any], entry: Entry) -> str | None:
    if said[0] != case.verdict:
        return f"the build says {case.verdict}, the reward function {said[0]}"
    if said[1] != case.answer:
        return f"both say {case.verdict}, from different answers"
    given = _lambda_reward(case, result) if entry == "lambda" else _local_reward(case, result)
    return None if given else f"the verdict is {case.verdict}, the reward is not"


def _lambda_reward(case: Case, result: dict[str, Any]) -> bool:
    metrics = {metric["name"]: metric["value"] for metric in result["metrics_list"]}
    expected = (float(case.verdict == "correct"), float(case.verdict == "abstain"), 0.0)
    return (result["aggregate_reward_score"], metrics["abstained"], metrics["error"]) == expected and result["id"] == case.sample["id"]


def _local_reward(case: Case, result: dict[str, Any]) -> bool:
    """TRL sees calls, verl only text."""
    expected = {"correct": 1.0, "incorrect": 0.0}.get(case.verdict)
    has_calls = "tool_calls" in case.sample["messages"][-1]
    return result["trl"] == expected and (has_calls or result["verl"] == (expected or 0.0))
