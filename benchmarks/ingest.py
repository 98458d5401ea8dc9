"""What reading logs costs: MB of JSON per CPU-second of ``logmine.logs``, beside the least that decompressing and parsing must cost.

    python benchmarks/ingest.py [--records 200000] [--repeats 3] [--objects 100000]

Makes its corpus from a seed in a temporary folder, runs every case in a process of its own, in turn and several times, and prints medians.
CPU time counts (user and system, all processes and threads, from after the imports), since the clock measures the neighbors too. Cases:

floor
    ISA-L decompression plus a simdjson parse of each line, nothing kept.
logs x1, logs x2
    ``logmine.logs`` through the local runner, from objects to Parquet shards, with one and with two workers; the start of workers counts.
naive
    gzip and json of the standard library, into columns much like those of ``INVOCATIONS``, to Parquet.
duckdb
    ``read_json`` with the fields of the bodies extracted as JSON, to Parquet; left out where DuckDB is not installed.
"""

# ruff: noqa: PLC0415 - a case loads only what it measures

from __future__ import annotations

import argparse
import contextlib
import gzip
import importlib.util
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logmine.runners.local import Progress

sys.path.insert(0, str(Path(__file__).parent))
import ingest_corpus

SEED = 20261122
SINGLE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def floor(corpus: Path, _out: Path) -> Callable[[], None]:
    """Return the least work: every byte decompressed, every line parsed."""
    import simdjson
    from isal import igzip

    def run() -> None:
        parse = simdjson.Parser().parse
        for path in _objects(corpus):
            for line in igzip.decompress(path.read_bytes()).splitlines():
                parse(line)

    return run


def logs(corpus: Path, out: Path, workers: int) -> Callable[[], None]:
    """Return the first stage of a build, as a build runs it."""
    from logmine import pipeline
    from logmine.config import Config
    from logmine.runners.local import LocalRunner

    def run() -> None:
        runner = LocalRunner(out, Config(), workers=workers, report=lambda _: None)
        runner.put("objects", list(pipeline.slice_objects(pipeline.list_sources([str(corpus)], config=Config()))))
        runner.run(pipeline.STAGES[:1])

    return run


def naive(corpus: Path, out: Path) -> Callable[[], None]:
    """Return what a script would do that nobody tuned."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def run() -> None:
        for path in _objects(corpus):
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                rows = [_naive_row(json.loads(line)) for line in lines]
            pq.write_table(pa.Table.from_pylist(rows), out / f"{path.stem}.parquet", compression="zstd")

    return run


def _naive_row(record: dict[str, Any]) -> dict[str, Any]:
    request = record.get("input", {}).get("inputBodyJson", {})
    response = record.get("output", {}).get("outputBodyJson", {})
    asked = [request.get("system"), request.get("messages") or request.get("prompt") or request.get("inputText")]
    return {
        **{key: record.get(key) for key in ("requestId", "timestamp", "accountId", "region", "operation", "modelId", "errorCode")},
        "identity": record.get("identity", {}).get("arn"),
        "metadata": json.dumps(record.get("requestMetadata")),
        "messages": json.dumps(asked, ensure_ascii=False),
        "tools": json.dumps(request["tools"]) if "tools" in request else None,
        "completion": "".join(_naive_texts(response)),
        "input_tokens": record.get("input", {}).get("inputTokenCount"),
        "output_tokens": record.get("output", {}).get("outputTokenCount"),
    }


def _naive_texts(value: Any) -> list[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        own = [value[key] for key in ("text", "generation", "content") if isinstance(value.get(key), str)]
        return own + [text for part in value.values() for text in _naive_texts(part)]
    return [text for part in value for text in _naive_texts(part)] if isinstance(value, list) else []


def duckdb(corpus: Path, out: Path) -> Callable[[], None]:
    """Return DuckDB's way; its JSON reader rewrites texts, so this is a measure of speed alone."""
    import duckdb as engine

    fields = ("requestId", "timestamp", "accountId", "region", "operation", "modelId", "errorCode")
    columns = (
        ", ".join(f"{name}: 'VARCHAR'" for name in fields) + ", requestMetadata: 'JSON', identity: 'JSON', input: 'JSON', output: 'JSON'"
    )
    query = f"""
        COPY (SELECT {", ".join(fields)}, identity->>'arn' AS identity, requestMetadata AS metadata,
                     coalesce(input->'$.inputBodyJson.messages', input->'$.inputBodyJson.prompt') AS messages,
                     input->'$.inputBodyJson.system' AS system, input->'$.inputBodyJson.tools' AS tools,
                     coalesce(output->>'$.outputBodyJson.content[0].text', output->>'$.outputBodyJson.output.message.content[0].text',
                              output->>'$.outputBodyJson.choices[0].message.content', output->>'$.outputBodyJson.generation') AS completion,
                     input->>'inputTokenCount' AS input_tokens, output->>'outputTokenCount' AS output_tokens
              FROM read_json('{corpus}/**/*.json.gz', format = 'newline_delimited', columns = {{{columns}}}))
        TO '{out}/rows.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
    """  # noqa: S608 - paths of this script's own

    def run() -> None:
        engine.connect(config={"threads": 1}).execute(query)

    return run


class _EnoughError(Exception):
    """Ends a run that has shown what was asked."""


def first_progress(corpus: Path, out: Path) -> Callable[[], None]:
    """Return the beginning of a build, up to the first slice that is done; prints when the first word came."""
    from logmine import pipeline
    from logmine.config import Config
    from logmine.runners.local import LocalRunner

    def run() -> None:
        begun = time.perf_counter()

        def report(progress: Progress) -> None:
            about = {"first_word_s": time.perf_counter() - begun, "n_done": progress.n_done, "n_tasks": progress.n_tasks}
            print(json.dumps(about), flush=True)
            if progress.n_done and progress.n_tasks:
                raise _EnoughError

        objects = pipeline.list_sources([str(corpus)], config=Config(), report_progress=report)
        print(json.dumps({"listed_s": time.perf_counter() - begun, "n_objects": objects.height}), flush=True)
        runner = LocalRunner(out, Config(), workers=1, report=report)
        runner.put("objects", list(pipeline.slice_objects(objects)))
        with contextlib.suppress(_EnoughError):
            runner.run(pipeline.STAGES[:1])

    return run


CASES: dict[str, Callable[[Path, Path], Callable[[], None]]] = {
    "floor": floor,
    "logs x1": lambda corpus, out: logs(corpus, out, 1),
    "logs x2": lambda corpus, out: logs(corpus, out, 2),
    "naive": naive,
    "duckdb": duckdb,
    "first_progress": first_progress,
}


def _objects(corpus: Path) -> list[Path]:
    return sorted(corpus.rglob("*.json.gz"))


def _run_case(name: str, corpus: Path) -> None:
    """Run a case in this process, and print what it cost."""
    with tempfile.TemporaryDirectory(prefix="logmine-out-") as out:
        run = CASES[name](corpus, Path(out))
        before = _cpu_s()
        run()
        whose = resource.RUSAGE_CHILDREN if name == "logs x2" else resource.RUSAGE_SELF
        print(json.dumps({"cpu_s": _cpu_s() - before, "peak_mb": resource.getrusage(whose).ru_maxrss / 1024}))


def _cpu_s() -> float:
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _measure(name: str, corpus: Path) -> list[dict[str, float]]:
    """Run a case in a process of its own; return the lines that it prints."""
    command = [sys.executable, __file__, "--case", name, "--corpus", str(corpus)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **dict.fromkeys(SINGLE_THREAD, "1")})
    return [json.loads(line) for line in done.stdout.splitlines()]


def _write_corpus(folder: Path, n_records: int) -> tuple[float, float]:
    """Write the objects of the corpus; return MB of JSON and as stored."""
    size = ingest_corpus.RECORDS_PER_OBJECT
    counts = [min(size, n_records - start) for start in range(0, n_records, size)]
    with multiprocessing.get_context("spawn").Pool() as pool:
        written = pool.starmap(ingest_corpus.write_object, [(folder, SEED, index, count) for index, count in enumerate(counts)])
    return sum(one for one, _ in written) / 1e6, sum(one for _, one in written) / 1e6


def _write_stubs(folder: Path, n_objects: int) -> None:
    """Write many small objects: one failed call each."""
    record = {"schemaType": "ModelInvocationLog", "timestamp": "2026-10-01T00:00:00Z", "requestId": "r", "modelId": "m", "errorCode": "E"}
    data = gzip.compress(json.dumps(record).encode())
    for index in range(n_objects):
        hour = folder / ingest_corpus.ROOT / f"2026/{1 + index // 72_000:02}/{1 + index // 2400 % 28:02}/{index // 100 % 24:02}"
        hour.mkdir(parents=True, exist_ok=True)
        (hour / f"{index:08}.json.gz").write_bytes(data)


def _print_table(found: dict[str, list[dict[str, float]]], json_mb: float) -> None:
    medians = {name: statistics.median(run["cpu_s"] for run in runs) for name, runs in found.items()}
    print(f"{'case':10} {'CPU s':>8} {'min':>8} {'MB/CPU-s':>9} {'x floor':>8} {'peak MB a process':>18}")
    for name, runs in found.items():
        least, peak = min(run["cpu_s"] for run in runs), max(run["peak_mb"] for run in runs)
        ratio = statistics.median(run["cpu_s"] / base["cpu_s"] for run, base in zip(runs, found["floor"], strict=True))
        print(f"{name:10} {medians[name]:8.2f} {least:8.2f} {json_mb / medians[name]:9.0f} {ratio:8.2f} {peak:18.0f}")
    twice = statistics.median(two["cpu_s"] / one["cpu_s"] for one, two in zip(found["logs x1"], found["logs x2"], strict=True))
    print(f"CPU of two workers over that of one: {twice:.2f}")


def _compare(arguments: argparse.Namespace) -> None:
    names = [name for name in ("floor", "logs x1", "logs x2", "naive", "duckdb") if name != "duckdb" or importlib.util.find_spec("duckdb")]
    with tempfile.TemporaryDirectory(prefix="logmine-ingest-") as folder:
        json_mb, stored_mb = _write_corpus(Path(folder) / "logs", arguments.records)
        about = f"{json_mb:.0f} MB of JSON, {json_mb / stored_mb:.1f} times what is stored, {1e6 * json_mb / arguments.records:.0f} bytes a record"
        print(f"{arguments.records:,} records: {about}; {arguments.repeats} runs of each case in turn\n")
        found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        for _ in range(arguments.repeats):
            for name in names:
                found[name] += _measure(name, Path(folder) / "logs")
        _print_table(found, json_mb)
        if arguments.objects:
            _write_stubs(Path(folder) / "many", arguments.objects)
            *told, _ = _measure("first_progress", Path(folder) / "many")
            words = [one["first_word_s"] for one in told if "first_word_s" in one]
            listed = next(one["listed_s"] for one in told if "listed_s" in one)
            about = f"first progress after {words[0]:.1f} s, listed after {listed:.1f} s, first slice done after {words[-1]:.1f} s"
            print(f"{arguments.objects:,} objects: {about} (clock)")


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare the cases, or run one of them."""
    parser = argparse.ArgumentParser(description="Cost of reading logs, as a ratio to the least possible.")
    parser.add_argument("--records", type=int, default=200_000, help="records of the corpus")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each case")
    parser.add_argument("--objects", type=int, default=100_000, help="objects of the listing for the time to the first progress; 0: none")
    parser.add_argument("--case", choices=CASES, help="run this case alone and print its cost as JSON")
    parser.add_argument("--corpus", type=Path, help="folder of objects for --case")
    given = parser.parse_args(arguments)
    if given.case:
        _run_case(given.case, given.corpus)
    else:
        _compare(given)


if __name__ == "__main__":
    main()
