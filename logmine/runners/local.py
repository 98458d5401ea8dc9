"""The local runner: worker processes, Parquet files, and results found again by fingerprint.

A task is one call of a stage: on one slice, on one group of keys, or on everything. Its result lies in
``work/<stage>/<fingerprint>/``, one Parquet file a table. The fingerprint covers all that can change it: the code of
logmine, the stage's section of the configuration, and the fingerprints of what it reads. So nothing else has to
be remembered: a task is done when its folder is there, a changed setting gives other fingerprints from the stage on
that depends on it, and the folder comes into being by one rename, so that a killed run leaves no half result. A result
is used again only while its files are what was written: the folder holds their digests.
"""

from __future__ import annotations

import functools
import json
import shutil
import sys
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from multiprocessing import get_context
from typing import TYPE_CHECKING

from threadpoolctl import ThreadpoolController

from logmine.errors import InterruptedBuildError
from logmine.runners import storage, worker
from logmine.runners.storage import Shard
from logmine.schemas import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

    import polars as pl

    from logmine.config import Config
    from logmine.stages import Stage

PARTITION_BYTES = 48_000_000
MAX_PARTITIONS = 256
INDEX = "tables.json"
MEMORY = "memory"  # folder of files that stages keep from run to run


@dataclass(frozen=True, slots=True)
class Task:
    """One call of a stage: what it reads, and where its result belongs."""

    stage: Stage
    config: Config
    inputs: dict[str, tuple[Shard, ...]]
    partition: tuple[int, int]  # this one, of how many
    fingerprint: str
    directory: Path


@dataclass(frozen=True, slots=True)
class Progress:
    """What a run tells while it works: ``n_done`` of ``n_tasks`` of a stage, None where not known yet, ``n_reused`` of them found done."""

    stage: str
    n_done: int
    n_tasks: int | None
    n_reused: int


class LocalRunner:
    """Run stages on one machine.

    Parameters
    ----------
    work
        Folder of the results of stages.
    config
        Settings; each stage is given its section.
    workers
        Processes; 1 runs everything in this process.
    report
        Called with :class:`Progress` whenever a task is done.
    """

    def __init__(self, work: Path, config: Config, *, workers: int, report: Callable[[Progress], None]) -> None:
        self.work = work
        self.config = config
        self.workers = workers
        self.report = report
        self.tables: dict[str, tuple[Shard, ...]] = {}
        self.used: set[Path] = set()

    def put(self, table: str, slices: Sequence[tuple[str, pl.DataFrame]]) -> None:
        """Take in a table from outside, cut into slices, each with a digest of its content."""
        self.tables[table] = tuple(self._put_slice(table, content, frame) for content, frame in slices)

    def _put_slice(self, table: str, content: str, frame: pl.DataFrame) -> Shard:
        directory = self.work / table / digest([code_digest(), table, content])
        self.used.add(directory)
        storage.commit(directory, [{table: frame}])
        return Shard(directory / f"{table}.parquet", directory.name, frame.height)

    def run(self, stages: Sequence[Stage]) -> None:
        """Run ``stages`` in order; afterwards :attr:`tables` holds what they wrote.

        Raises
        ------
        InterruptedBuildError
            If a worker process was ended from outside.
        """
        with self._pool() as pool:
            for stage in stages:
                self._run_stage(stage, pool)

    def frame(self, table: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Read a whole table, ordered by its key."""
        return storage.read(self.tables[table], table, tuple(columns) if columns else None, None, (0, 1))

    def keep_index(self) -> None:
        """Note which files hold the tables of this run, for :meth:`resume`."""
        index = {
            table: [[str(shard.path.relative_to(self.work)), shard.fingerprint, shard.n_rows] for shard in shards]
            for table, shards in sorted(self.tables.items())
        }
        text, path = json.dumps(index), self.work / INDEX
        if path.is_file() and path.read_bytes() == text.encode():
            return
        partial = self.work / f".{INDEX}"
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)

    def resume(self, tables: Sequence[str]) -> bool:
        """Take in tables as the last whole run left them; return whether every file of them is there as it was written."""
        try:
            index = json.loads((self.work / INDEX).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return False
        for table in tables:
            self.tables[table] = tuple(Shard(self.work / path, fingerprint, n_rows) for path, fingerprint, n_rows in index.get(table, ()))
        folders = {shard.path.parent for table in tables for shard in self.tables[table]}
        self.used.update(folders)
        return all(table in index for table in tables) and all(storage.is_done(folder) for folder in sorted(folders))

    def clean(self) -> None:
        """Remove what the work folder holds and this run did not use: results of other settings, and what killed runs left."""
        for directory in [*self.work.glob("*/*"), *self.work.glob(".*")]:
            if directory.is_dir() and directory not in self.used:
                shutil.rmtree(directory)

    def _run_stage(self, stage: Stage, pool: ProcessPoolExecutor | None) -> None:
        tasks = self._plan(stage)
        self.used.update(task.directory for task in tasks)
        open_tasks = [task for task in tasks if not storage.is_done(task.directory)]
        n_reused = len(tasks) - len(open_tasks)
        self.report(Progress(stage.name, n_reused, len(tasks), n_reused))
        for n_done, _ in enumerate(_execute(open_tasks, pool, self.workers), start=n_reused + 1):
            self.report(Progress(stage.name, n_done, len(tasks), n_reused))
        done = [storage.count_rows(task.directory) for task in tasks]
        for table in stage.writes:
            self.tables[table] = self.tables.get(table, ()) + tuple(
                Shard(task.directory / f"{table}.parquet", f"{task.fingerprint}/{table}", n_rows[table])
                for task, n_rows in zip(tasks, done, strict=True)
            )

    def _plan(self, stage: Stage) -> list[Task]:
        """Cut a stage into tasks; the cut depends on the data alone, never on the number of workers."""
        whole = {read.table: self.tables[read.table] for read in stage.reads if read.whole}
        sliced = {read.table: self.tables[read.table] for read in stage.reads if not read.whole}
        if stage.kind == "map":
            (table, shards), *more = sliced.items()
            cuts = [({table: (shard,), **{other: (part[index],) for other, part in more}}, (0, 1)) for index, shard in enumerate(shards)]
        else:
            n_bytes = sum(shard.stored_bytes for shards in sliced.values() for shard in shards)
            n_partitions = 1 if stage.kind == "gather" else min(MAX_PARTITIONS, 1 + n_bytes // PARTITION_BYTES)
            cuts = [(sliced, (index, n_partitions)) for index in range(n_partitions)]
        sections = self.config.to_dict()
        settings = json.dumps([sections[name] for name in stage.sections], sort_keys=True)
        return [self._task(stage, settings, {**part, **whole}, partition) for part, partition in cuts]

    def _task(self, stage: Stage, settings: str, inputs: dict[str, tuple[Shard, ...]], partition: tuple[int, int]) -> Task:
        fingerprint = digest(
            [
                code_digest(),
                stage.name,
                settings,
                json.dumps(partition),
                *(f"{table}:{shard.fingerprint}" for table, shards in sorted(inputs.items()) for shard in shards),
            ]
        )
        return Task(stage, self.config, inputs, partition, fingerprint, self.work / stage.name / fingerprint)

    @contextmanager
    def _pool(self) -> Generator[ProcessPoolExecutor | None]:
        if self.workers == 1:
            worker.keep_memory()
            try:
                yield None
            finally:
                worker.return_memory()
            return
        pool = ProcessPoolExecutor(self.workers, mp_context=get_context("spawn"), initializer=worker.prepare)
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _execute(tasks: Sequence[Task], pool: ProcessPoolExecutor | None, workers: int) -> Iterator[None]:
    """Run tasks, here or in the pool, and yield once for each that is done."""
    if pool is None:
        for task in tasks:
            run_task(task)
            yield
        return
    waiting = iter(tasks)
    running: set[Future[None]] = set()
    try:
        while True:
            while len(running) < 2 * workers and (task := next(waiting, None)):
                running.add(pool.submit(worker.call, run_task, task))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
                yield
    except BrokenProcessPool as error:
        raise InterruptedBuildError(
            "a worker process was ended from outside, most likely for want of memory.\n"
            "Run the same command again: it continues where it stopped; with --workers 1 it needs the least memory."
        ) from error


def run_task(task: Task) -> None:
    """Run one task and store its tables; called in a worker process or in this one."""
    stage = task.stage
    _install_rules(task.config)
    frames = {
        read.table: storage.read(task.inputs[read.table], read.table, read.columns, None if read.whole else stage.key, task.partition)
        for read in stage.reads
    }
    with _threadpools(len(sys.modules)).limit(limits=1):
        storage.commit(task.directory, stage.make(frames, task.config, memory=task.directory.parents[1] / MEMORY))


def _install_rules(config: Config) -> None:
    """Make the rules of the user known to this process; graders take a while to load, and decoding needs none."""
    if sources := [block.rule_source for block in config.task if block.rule_source]:
        from logmine.graders.rule import install  # noqa: PLC0415 - only where there are rules

        for source in sources:
            install(source)


@functools.lru_cache(maxsize=1)
def _threadpools(_n_modules: int) -> ThreadpoolController:
    """Return what limits the threads of numeric libraries: looked for anew when modules have been loaded since, which takes a while."""
    return ThreadpoolController()


@functools.cache
def code_digest() -> str:
    """Return a digest of logmine's own source files, those that are compiled too: other code, other results."""
    return digest([part for name, text in sorted(_sources(resources.files("logmine"), "")) for part in (name, text)])


def _sources(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sources(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith((".py", ".pyx", ".pxi")):
            yield f"{prefix}{entry.name}", entry.read_text(encoding="utf-8")
