"""What a whole build costs: CPU and memory by stage, beside a script of the kind that people write for this.

    python benchmarks/build.py [--corpus ../shared/corpus] [--rival-python PYTHON] [--copies 20] [--scaled FOLDER] [--workers 1]

Runs logmine and the rival in turn, each in a process of its own, on the corpus and on its N-fold (every copy with new ids and times, half
of the prompts edited). CPU time counts, user and system, of all processes of a case, imports included, since the clock measures the neighbors
too. Memory is the most that the processes of a case held together (proportional set size, taken every tenth of a second), for a
stage the most that its process held.

The rival (``../shared/rival/modern_style.py``: orjson, polars, semhash, MiniBatchKMeans) needs an environment of its own, since it pins its
packages: ``--rival-python`` names that environment's interpreter; without it only logmine is measured.
"""

# ruff: noqa: PLC0415 - a case loads only what it measures

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from logmine.runners.local import Progress

RIVAL = Path("../shared/rival")
SAMPLED_EVERY_S = 0.1
MAX_MB = 1500
FINISH = "write outputs"


@dataclass(frozen=True)
class Cost:
    """What one program cost on one corpus; ``stages`` in the order in which they ran: CPU seconds and peak MB."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    stages: dict[str, tuple[float, float]]


def measure(command: Sequence[str], read_stages: Callable[[], Iterable[Sequence[Any]]]) -> Cost:
    """Run ``command`` and watch its processes; ``read_stages`` then gives the name, CPU seconds and peak MB of each stage."""
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        peaks = [0.0]
        over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peaks, over))
        watcher.start()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        over.set()
        watcher.join()
    if process.returncode not in {0, 1}:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    by_stage = {name: (cpu, mb) for name, cpu, mb in read_stages()}
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - begun, peaks[0], by_stage)


def _watch(pid: int, peaks: list[float], over: threading.Event) -> None:
    while not over.wait(SAMPLED_EVERY_S):
        peaks[0] = max(peaks[0], sum(map(_held_mb, _tree(pid))))


def _tree(pid: int) -> Iterator[int]:
    """Yield ``pid`` and all processes below it; those that end meanwhile are left out."""
    yield pid
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text(encoding="ascii").split():
                yield from _tree(int(child))


def _held_mb(pid: int) -> float:
    """Return the proportional set size: pages that processes share are divided among them."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def run_logmine(logs: Path, out: Path, stages: Path, workers: int) -> None:
    """Build in this process, and write what each stage cost."""
    from logmine import pipeline

    costs: list[tuple[str, float, float]] = []
    under_way, before = "imports", 0.0

    def close(following: str) -> None:
        nonlocal under_way, before
        now = _cpu_s()
        costs.append((under_way, now - before, _peak_mb()))
        under_way, before = following, now
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew

    def show(progress: Progress) -> None:
        if progress.n_tasks is not None and progress.stage != under_way and progress.n_done < progress.n_tasks:
            close(progress.stage)
        elif progress.stage == under_way and progress.n_done == progress.n_tasks:
            close(FINISH)

    close("list sources")
    pipeline.build(str(logs), out, workers=workers, report_progress=show)
    close("")
    stages.write_text(json.dumps(costs), encoding="utf-8")


def _peak_mb() -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def _cpu_s() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _read(path: Path) -> Any:  # noqa: ANN401 - any JSON value
    return json.loads(path.read_text(encoding="utf-8"))


def _measure_both(logs: Path, arguments: argparse.Namespace) -> tuple[int, dict[str, Cost]]:
    """Return the number of records, and what each program cost."""
    costs: dict[str, Cost] = {}
    with tempfile.TemporaryDirectory(prefix="logmine-build-") as folder:
        stages = Path(folder) / "stages.json"
        command = [sys.executable, __file__, "--case", str(logs), "--out", f"{folder}/out", "--stages", str(stages)]
        costs["logmine"] = measure([*command, "--workers", str(arguments.workers)], lambda: _read(stages))
        n_records = _read(Path(folder) / "out" / "manifest.json")["ledger"][0]["n_in"]
        if arguments.rival_python:
            out = Path(folder) / "rival"
            command = [arguments.rival_python, str(arguments.rival / "modern_style.py"), str(logs), str(out)]
            costs["rival"] = measure(command, lambda: [(row["stage"], row["cpu"], row["rss_mb"]) for row in _read(out / "stages.json")])
    return n_records, costs


def _print_costs(name: str, n_records: int, costs: dict[str, Cost]) -> None:
    print(f"\n{name}: {n_records:,} records\n\n| program | CPU s | µs a record | clock s | peak MB |\n|---|---|---|---|---|")
    for program, cost in costs.items():
        print(f"| {program} | {cost.cpu_s:.1f} | {1e6 * cost.cpu_s / n_records:,.0f} | {cost.wall_s:.1f} | {cost.peak_mb:,.0f} |")
    if "rival" in costs:
        print(f"\nlogmine over rival, CPU: {costs['logmine'].cpu_s / costs['rival'].cpu_s:.2f}")


def _print_stages(found: dict[str, dict[str, Cost]]) -> None:
    """Print a table a program: one row a stage, two columns a corpus."""
    for program in next(iter(found.values())):
        runs = [costs[program].stages for costs in found.values()]
        print(f"\n| {program} |" + "".join(f" CPU s, {name} | peak MB |" for name in found) + "\n|---|" + "---|---|" * len(runs))
        for stage in dict.fromkeys(stage for run in runs for stage in run):
            cells = [run.get(stage, (0.0, 0.0)) for run in runs]
            print(f"| {stage} |" + "".join(f" {cpu:.2f} | {mb:,.0f} |" for cpu, mb in cells))


def _compare(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="logmine-scaled-") as folder:
        corpora = {"corpus": arguments.corpus}
        if arguments.scaled or arguments.rival_python:
            corpora[f"{arguments.copies}-fold"] = arguments.scaled or _scale(arguments, Path(folder))
        found: dict[str, dict[str, Cost]] = {}
        per_record: list[float] = []
        for name, corpus in corpora.items():
            n_records, found[name] = _measure_both(corpus / "logs", arguments)
            per_record.append(found[name]["logmine"].cpu_s / n_records)
            _print_costs(name, n_records, found[name])
    _print_stages(found)
    peak_mb = max(costs["logmine"].peak_mb for costs in found.values())
    print(
        f"\nlogmine: CPU a record from the first to the last corpus: {per_record[-1] / per_record[0]:.2f}; peak {peak_mb:,.0f} of {MAX_MB:,} MB"
    )


def _scale(arguments: argparse.Namespace, folder: Path) -> Path:
    command = [arguments.rival_python, arguments.rival / "scale_corpus.py", arguments.corpus, folder, arguments.copies]
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    return folder


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare both programs on both corpora, or run one build."""
    parser = argparse.ArgumentParser(description="CPU and memory of a whole build, by stage, beside a rival.")
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"), help="folder with logs/")
    parser.add_argument("--rival", type=Path, default=RIVAL, help="folder of modern_style.py and scale_corpus.py")
    parser.add_argument("--rival-python", help="interpreter of the rival's environment (its requirements.txt installed)")
    parser.add_argument("--copies", type=int, default=20, help="size of the larger corpus")
    parser.add_argument("--scaled", type=Path, help="a larger corpus that was made before")
    parser.add_argument("--workers", type=int, default=1, help="processes of logmine; stages are told apart best with one")
    parser.add_argument("--case", type=Path, help="build these logs alone, into --out")
    parser.add_argument("--out", type=Path, help="folder for --case")
    parser.add_argument("--stages", type=Path, help="file for the stages of --case")
    given = parser.parse_args(arguments)
    if given.case:
        run_logmine(given.case, given.out, given.stages, given.workers)
    else:
        _compare(given)


if __name__ == "__main__":
    main()
