"""Builds that are killed, stopped, damaged or given their input in another order: the outputs are those of an undisturbed build."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

import logmine as package
from logmine import manifest
from logmine.logs import list_objects

#: So that the few calls of one day give rows on both sides of the split.
SETTINGS = {
    "min_consensus_attempts": 2,
    "min_consensus_confidence": 0.0,
    "min_attempts": 1,
    "min_band_mass": 0.0,
    "min_pass_rate": 0.0,
    "max_pass_rate": 1.0,
    "eval_fraction": 0.3,
}
FLAGS = [text for name, value in SETTINGS.items() for text in (f"--{name.replace('_', '-')}", str(value))]

linux = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are found through /proc")


@pytest.fixture(scope="module")
def day(sample_logs, tmp_path_factory):
    """Return a folder with one day of the sample, its objects stored and padded to twice their size: they are decoded in more than one slice."""
    target = tmp_path_factory.mktemp("day")
    for path in sorted(sample_logs.glob("AWSLogs/*/*/us-east-1/2026/10/13/**/*.gz")):
        stored = target / path.relative_to(sample_logs)
        stored.parent.mkdir(parents=True, exist_ok=True)
        data = gzip.decompress(path.read_bytes())
        stored.write_bytes(gzip.compress(data + len(data) * b" ", compresslevel=0, mtime=0))
    return target


@pytest.fixture(scope="module")
def undisturbed(logmine, day, tmp_path_factory):
    """Return a build of the day that nothing disturbed."""
    out = tmp_path_factory.mktemp("undisturbed") / "dataset"
    done = logmine("build", day, "-o", out, "--workers", "2", *FLAGS, PYTHONHASHSEED="1")
    assert done.returncode in (0, 1), done.stderr
    assert (out / "train.jsonl").stat().st_size > 0
    assert (out / "eval.jsonl").stat().st_size > 0
    return out


@pytest.fixture(scope="module")
def settings():
    """Return the settings of the undisturbed build."""
    return package.load_config(overrides=SETTINGS)


def n_done(out, stage):
    return len(list(out.glob(f"work/{stage}/[!.]*/task.json")))  # a hidden folder is not done yet


def is_decoding(out):
    return n_done(out, "decode") >= 1 and n_done(out, "canonicalize") == 0


def is_encoding(out):
    return n_done(out, "collect_texts") >= 1 and n_done(out, "encode_texts") == 0


def is_writing(out):
    return any(out.glob("work/.staging.*/dropped.parquet"))


def start(source, out):
    command = [sys.executable, "-m", "logmine", "build", str(source), "-o", str(out), "--workers", "2", *FLAGS]
    # where interrupts are ignored, as in the background, children inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=out.parent)


def wait_for(moment, out, process):
    while not moment(out):
        assert process.poll() is None, "the build ended before the moment came"
        time.sleep(0.001)


def children(process):
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(child) for child in listed if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def build_again(logmine, source, out):
    done = logmine("build", source, "-o", out, "--workers", "2", *FLAGS, PYTHONHASHSEED="2")
    assert done.returncode in (0, 1), done.stderr
    return done


@pytest.mark.parametrize("moment", [is_decoding, is_encoding, is_writing])
def test_killed_build_continues_to_the_same_bytes(logmine, day, undisturbed, outputs, tmp_path, moment):
    out = tmp_path / "dataset"
    process = start(day, out)
    wait_for(moment, out, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (out / "manifest.json").exists()
    n_reused = n_done(out, "decode")

    done = build_again(logmine, day, out)
    assert f"({n_reused} done before)" in done.stderr.splitlines()[0]
    assert outputs(out) == outputs(undisturbed)
    assert [path.name for path in out.glob("work/**/.*")] == []


def test_build_killed_while_decoding_had_more_to_decode(undisturbed):
    assert n_done(undisturbed, "decode") > 1


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_stopped_build_says_how_to_go_on(day, undisturbed, settings, outputs, tmp_path, name):
    out = tmp_path / "dataset"
    process = start(day, out)
    wait_for(is_decoding, out, process)
    os.killpg(process.pid, signal.Signals[name])
    _, said = process.communicate()
    assert process.returncode == 6, said
    assert said.splitlines()[-1] == "logmine: interrupted. Run the same command again: it continues where it stopped."
    assert "Traceback" not in said
    assert [path.name for path in out.iterdir()] == ["work"]
    package.build(str(day), out, config=settings)
    assert outputs(out) == outputs(undisturbed)


@linux
def test_lost_worker_is_told_with_what_to_do(day, tmp_path):
    out = tmp_path / "dataset"
    process = start(day, out)
    wait_for(is_decoding, out, process)
    os.kill(children(process)[0], signal.SIGKILL)
    _, said = process.communicate()
    assert process.returncode == 6, said
    assert "a worker process was ended from outside" in said
    assert "--workers 1" in said


def test_second_build_of_the_same_folder_is_refused(logmine, day, tmp_path):
    out = tmp_path / "dataset"
    process = start(day, out)
    wait_for(is_decoding, out, process)
    second = logmine("build", day, "-o", out)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert second.returncode == 5
    assert f"another logmine build is writing to {out}" in second.stderr


def test_build_that_ends_between_outputs_and_manifest_leaves_no_stale_file(sample_copy, sample_logs, monkeypatch):
    config = package.load_config(overrides={"only_tasks": [a_task_without_tools(sample_copy)]})
    assert (sample_copy / "eval-tools.jsonl").exists()

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(manifest, "write", stop)
        with pytest.raises(KeyboardInterrupt):
            package.build(str(sample_logs), sample_copy, config=config)
    assert not (sample_copy / "manifest.json").exists()
    made = package.build(str(sample_logs), sample_copy, config=config)
    assert {path.name for path in sample_copy.glob("*.jsonl")} == {name for name in made.manifest["files"] if name.endswith(".jsonl")}
    assert not (sample_copy / "eval-tools.jsonl").exists()


def a_task_without_tools(out):
    tasks = json.loads((out / "manifest.json").read_text())["summary"]["tasks"]
    return next(task["name"] for task in tasks if task["n_selected"] and task["grader"] == "numeric")


def test_one_worker_gives_the_bytes_of_two(day, undisturbed, settings, outputs, tmp_path):
    package.build(str(day), tmp_path / "dataset", config=settings, workers=1)
    assert outputs(tmp_path / "dataset") == outputs(undisturbed)


def test_moved_folder_with_files_made_in_another_order_gives_the_same_bytes(day, undisturbed, settings, outputs, tmp_path):
    paths = [path for path in sorted(day.rglob("*")) if path.is_file()]
    random.Random(7).shuffle(paths)
    for path in paths:
        moved = tmp_path / "elsewhere" / path.relative_to(day)
        moved.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, moved)
    package.build(str(tmp_path / "elsewhere"), tmp_path / "dataset", config=settings)
    assert outputs(tmp_path / "dataset") == outputs(undisturbed)


def test_folder_below_the_root_lists_the_same_objects(sample_logs):
    deep = next(sample_logs.glob("AWSLogs/*/*/us-east-1/2026/10/13"))
    whole = list_objects([str(sample_logs)]).filter(pl.col("address").str.starts_with(str(deep.resolve())))
    assert list_objects([str(deep)]).equals(whole)


@pytest.mark.parametrize("table", ["objects", "prompts", "references", "difficulty"])
def test_damaged_result_of_a_stage_is_made_again(sample_logs, sample_build, sample_copy, outputs, table):
    damaged = next(sample_copy.glob(f"work/*/*/{table}.parquet"))
    damage(damaged)
    package.build(str(sample_logs), sample_copy, config=package.load_config(overrides={"eval_fraction": 0.3}))
    package.build(str(sample_logs), sample_copy)
    assert outputs(sample_copy) == outputs(sample_build.out)
    assert damaged.read_bytes() == next(sample_build.out.glob(f"work/*/*/{table}.parquet")).read_bytes()


def test_damaged_output_is_written_again(sample_logs, sample_build, sample_copy, outputs):
    damage(sample_copy / "train.jsonl")
    package.build(str(sample_logs), sample_copy)
    assert outputs(sample_copy) == outputs(sample_build.out)


def damage(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0x10
    path.write_bytes(data)
