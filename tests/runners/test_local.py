import functools
import gc
import os
import random
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from logmine import prompts, schemas
from logmine.config import Config, load_config
from logmine.errors import InterruptedBuildError, SchemaError
from logmine.runners import local, storage, worker
from logmine.runners.local import LocalRunner, Progress, code_digest
from logmine.schemas import digest
from logmine.stages import Read, Stage

WORDS = ("refund", "parcel", "invoice", "password", "address")


def texts(words):
    """A text for each word, with an id of its own."""
    rows = [(digest([f"{n} {word}"]), word, digest([str(n), word])) for n, word in enumerate(words)]
    return pl.DataFrame(rows, schema=schemas.TEXTS, orient="row")


SLICES = [(f"slice {n}", texts(random.Random(n).choices(WORDS, k=40))) for n in range(3)]


class Toy:
    """A pipeline that remembers its calls: words become topics, topics are counted, counts are added up."""

    def __init__(self):
        self.calls = []

    def assign(self, slices):
        self.calls.append(("assign", slices.height))
        topics = [digest([word]) for word in slices["text"]]
        return {"topic_of": pl.DataFrame({"prompt_id": slices["prompt_id"], "topic_id": topics}, schema=schemas.TOPIC_OF)}

    def count(self, topic_of, whole, *, config):
        self.calls.append(("count", whole.height))
        self.seen = [*getattr(self, "seen", []), set(topic_of["topic_id"])]
        counted = topic_of.group_by("topic_id").agg(n_prompts=pl.len().cast(pl.Int64))
        others = (pl.lit(None, dtype).alias(name) for name, dtype in schemas.TOPICS.items() if name not in counted.columns)
        return {"topics": counted.with_columns(others).with_columns(name=pl.lit(f"of {config.max_topics}"))}

    def add_up(self, topics):
        self.calls.append(("add_up", topics.columns))
        return {
            "systems": topics.select(system_id=pl.lit("all"), system=pl.lit("sum"), n_prompts="n_prompts")
            .group_by("system_id", "system")
            .sum()
        }

    @property
    def stages(self):
        whole = Read("texts", ("text_id",), whole=True)
        return [
            Stage(name="assign", kind="map", function=self.assign, reads=(Read("texts"),), writes=("topic_of",)),
            Stage(
                name="count",
                kind="reduce",
                key="topic_id",
                function=self.count,
                section="topics",
                reads=(Read("topic_of"), whole),
                writes=("topics",),
            ),
            Stage(
                name="add_up", kind="gather", function=self.add_up, reads=(Read("topics", ("topic_id", "n_prompts")),), writes=("systems",)
            ),
        ]


@pytest.fixture
def run(tmp_path):
    """Return a function that runs the toy pipeline in one work folder, and gives the runner and the calls."""

    def once(slices=SLICES, config=None, work=tmp_path / "work", report=lambda _: None):
        toy = Toy()
        runner = LocalRunner(work, config or Config(), workers=1, report=report)
        runner.put("texts", slices)
        runner.run(toy.stages)
        runner.seen = getattr(toy, "seen", [])
        return runner, toy.calls

    return once


def test_every_kind_of_stage_sees_its_rows(run):
    runner, calls = run()
    assert calls == [("assign", 40)] * 3 + [("count", 120), ("add_up", ["topic_id", "n_prompts"])]
    assert runner.frame("systems").rows() == [("all", "sum", 120)]


def test_a_table_is_read_whole_and_ordered_by_its_key(run):
    runner, _ = run()
    expected = pl.concat([frame for _, frame in SLICES])
    assert runner.frame("topic_of")["prompt_id"].to_list() == sorted(expected["prompt_id"])
    assert runner.frame("texts", ("text", "text_id")).columns == ["text", "text_id"]
    counts = dict(expected.group_by("text").len().iter_rows())
    assert dict(runner.frame("topics", ("topic_id", "n_prompts")).iter_rows()) == {digest([word]): n for word, n in counts.items()}


@pytest.mark.parametrize("partition_bytes", [100, 1000, 10**9])
def test_a_reduction_keeps_keys_together_however_it_is_cut(run, tmp_path, monkeypatch, partition_bytes):
    expected = run()[0].frame("topics")
    monkeypatch.setattr(local, "PARTITION_BYTES", partition_bytes)
    cut, calls = run(work=tmp_path / "cut")
    assert_frame_equal(cut.frame("topics"), expected)
    assert sum(len(topics) for topics in cut.seen) == expected.height
    assert (len(calls) > 5) == (partition_bytes < 10**9)


def test_a_run_that_is_done_redoes_nothing(run):
    first, _ = run()
    again, calls = run()
    assert calls == []
    assert again.tables == first.tables


def test_a_changed_setting_redoes_what_depends_on_it(run):
    run()
    assert run(config=load_config(None, {"max_prompt_tokens": 1}))[1] == []
    runner, calls = run(config=load_config(None, {"max_topics": 7}))
    assert [name for name, _ in calls] == ["count", "add_up"]
    assert set(runner.frame("topics")["name"]) == {"of 7"}


def test_a_new_slice_redoes_only_itself_and_what_follows(run):
    run()
    _, calls = run([*SLICES, ("new", texts(["refund"]))])
    assert [name for name, _ in calls] == ["assign", "count", "add_up"]
    assert calls[0] == ("assign", 1)


def flip_a_byte(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("spoil", [lambda path: path.with_name("task.json").unlink(), flip_a_byte, lambda path: path.unlink()])
def test_a_result_that_is_not_whole_is_made_again(run, spoil):
    first, _ = run()
    spoil(first.tables["topics"][0].path)
    again, calls = run()
    assert [name for name, _ in calls] == ["count"]
    assert_frame_equal(again.frame("topics"), first.frame("topics"))


def test_what_a_killed_run_left_is_ignored_and_cleaned(run, tmp_path):
    for stage in ("texts", "count"):
        (tmp_path / "work" / stage / ".0f2c.1").mkdir(parents=True)
    (tmp_path / "work" / "count" / "old").mkdir()
    runner, _ = run()
    assert runner.frame("systems").rows() == [("all", "sum", 120)]
    runner.clean()
    left = {path for path in (tmp_path / "work").glob("*/*") if path.is_dir()}
    assert left == runner.used
    assert run()[1] == []


def test_results_of_other_settings_are_cleaned(run):
    other = run(config=load_config(None, {"max_topics": 7}))[0]
    runner, _ = run()
    runner.clean()
    assert not other.tables["topics"][0].path.exists()
    assert all(shard.path.is_file() for shards in runner.tables.values() for shard in shards)


def test_progress_tells_what_is_done_and_what_was_done_before(run):
    told = []
    run(report=told.append)
    assert told[:5] == [Progress("assign", n, 3, 0) for n in range(4)] + [Progress("count", 0, 1, 0)]
    told.clear()
    run(report=told.append)
    assert told == [Progress("assign", 3, 3, 3), Progress("count", 1, 1, 1), Progress("add_up", 1, 1, 1)]


def test_no_slices_give_empty_tables(run):
    runner, calls = run([])
    assert calls == [("count", 0), ("add_up", ["topic_id", "n_prompts"])]
    assert_frame_equal(runner.frame("topics"), schemas.empty("topics"))


def test_a_stage_that_gives_other_columns_leaves_no_result(tmp_path):
    wrong = Stage(name="wrong", kind="map", function=lambda rows: {"topics": rows}, reads=(Read("texts"),), writes=("topics",))
    runner = LocalRunner(tmp_path, Config(), workers=1, report=lambda _: None)
    runner.put("texts", SLICES)
    with pytest.raises(SchemaError, match="the table topics does not have its declared columns"):
        runner.run([wrong])
    assert not (tmp_path / "wrong").exists()


def test_a_result_with_digests_of_another_kind_is_not_done(tmp_path):
    storage.commit(tmp_path / "done", [{"texts": SLICES[0][1]}])
    assert storage.is_done(tmp_path / "done")
    about = tmp_path / "done" / storage.DONE
    about.write_text(about.read_text().replace("xxh3_128", "sha256"))
    assert not storage.is_done(tmp_path / "done")


def test_parts_of_a_table_come_into_one_file(tmp_path):
    def split(rows):
        for start in range(0, rows.height, 15):
            topics = rows[start : start + 15].select(prompt_id="prompt_id", topic_id="text_id")
            yield {"topic_of": topics.to_arrow().cast(schemas.arrow_schema("topic_of"))}

    runner = LocalRunner(tmp_path / "parts", Config(), workers=1, report=lambda _: None)
    runner.put("texts", SLICES)
    runner.run([Stage(name="split", kind="map", function=split, reads=(Read("texts"),), writes=("topic_of",))])
    assert [shard.n_rows for shard in runner.tables["topic_of"]] == [40, 40, 40]
    ids = pl.concat([frame for _, frame in SLICES]).select("prompt_id", topic_id="text_id").sort("prompt_id")
    assert_frame_equal(runner.frame("topic_of"), ids)


CANONICALIZE = Stage(
    name="canonicalize", kind="map", function=prompts.canonicalize, reads=(Read("invocations"),), writes=("calls", "dropped")
)


def invocations(n_slice):
    rows = [{"object": f"o{n_slice}", "line": n, "messages": f'[{{"role":"user","content":"{n % 3} "}}]'} for n in range(9)]
    return pl.DataFrame([dict.fromkeys(schemas.INVOCATIONS) | row for row in rows], schema=schemas.INVOCATIONS)


def files_made(work, workers):
    runner = LocalRunner(work, Config(), workers=workers, report=lambda _: None)
    runner.put("invocations", [(f"slice {n}", invocations(n)) for n in range(4)])
    runner.run([CANONICALIZE])
    return {path.relative_to(work): path.read_bytes() for path in work.rglob("*") if path.is_file()}


def test_processes_give_the_same_bytes_as_one(tmp_path):
    alone, together = (files_made(tmp_path / str(workers), workers) for workers in (1, 2))
    assert len(alone) == 4 * 2 + 4 * 3
    assert alone == together


def test_a_worker_that_is_killed_interrupts_the_build(tmp_path):
    killed = Stage(name="killed", kind="gather", function=functools.partial(signal.raise_signal, signal.SIGKILL), reads=(), writes=())
    runner = LocalRunner(tmp_path, Config(), workers=2, report=lambda _: None)
    with pytest.raises(InterruptedBuildError, match="Run the same command again: it continues where it stopped"):
        runner.run([killed])


def test_the_digest_of_the_code_is_one_for_all_processes():
    command = [sys.executable, "-c", "from logmine.runners.local import code_digest; print(code_digest())"]
    elsewhere = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert elsewhere == code_digest.__wrapped__()


def test_the_digest_of_the_code_is_of_what_people_wrote(tmp_path):
    for name in ("a.py", "b.pyx", "b.cpp", "b.cpython-311-x86_64-linux-gnu.so", "part/c.pxi", "part/__pycache__/c.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert sorted(local._sources(tmp_path, "")) == [("a.py", "a.py"), ("b.pyx", "b.pyx"), ("part/c.pxi", "part/c.pxi")]


def test_a_worker_process_has_one_thread(monkeypatch):
    for name in worker.SINGLE_THREAD:
        monkeypatch.setenv(name, "8")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=worker.prepare) as pool:
        assert set(pool.map(os.getenv, worker.SINGLE_THREAD)) == {"1"}


def test_a_worker_process_collects_cycles_from_its_first_task_on():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=worker.prepare) as pool:
        assert not pool.submit(gc.isenabled).result()
        assert pool.submit(worker.call, str, 7).result() == "7"
        assert pool.submit(gc.isenabled).result()
        assert pool.submit(gc.get_freeze_count).result() > 0


def test_graders_are_loaded_only_for_rules():
    code = "import sys, logmine.runners.local as local; from logmine.config import Config; local._install_rules(Config()); print('logmine.graders' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
