"""Contracts between the parts: the public namespace, the declared tables, the freedom of runners, and the rules that tools check."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import logmine as package
from logmine import graders
from logmine.config import Config
from logmine.pipeline import STAGES, runs
from logmine.references import match_outcomes
from logmine.runners import local
from logmine.schemas import KEYS, TABLES, arrow_schema, digest, empty, sort_key

ROOT = Path(__file__).parent.parent
INPUTS = {"objects", "outcomes", "confirmed"}
by_stage = pytest.mark.parametrize("stage", STAGES, ids=[stage.name for stage in STAGES])


def test_public_namespace_is_declared():
    assert package.__all__ == sorted(package.__all__)
    assert package.__all__ == ["Build", "Config", "build", "load_config", "scan_logs"]
    assert dir(package) == package.__all__
    for name in package.__all__:
        assert getattr(package, name).__doc__


def test_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'bulid'"):
        _ = package.bulid


@by_stage
def test_stage_reads_and_writes_declared_tables(stage):
    assert {read.table for read in stage.reads} | set(stage.writes) <= set(TABLES)
    for read in stage.reads:
        assert set(read.columns or ()) <= set(TABLES[read.table])
    assert set(stage.sections) <= set(Config().to_dict())


@by_stage
def test_stage_reads_what_was_written_before_it(stage):
    written = {table for earlier in STAGES[: STAGES.index(stage)] for table in earlier.writes}
    assert {read.table for read in stage.reads} <= written | INPUTS


@by_stage
def test_stage_is_cut_by_a_key_that_its_inputs_carry(stage):
    assert (stage.key is not None) == (stage.kind == "reduce")
    cut = [read for read in stage.reads if not read.whole]
    assert cut
    if stage.kind == "reduce":
        assert all(stage.key in (read.columns or TABLES[read.table]) for read in cut)


def test_every_table_is_kept_by_a_key_of_its_own_and_by_plain_types():
    assert set(KEYS) <= set(TABLES)
    for table in TABLES:
        assert set(sort_key(table)) <= set(TABLES[table])
        assert arrow_schema(table).names == TABLES[table].names()


def frames_for(stage, tables):
    return {read.table: tables[read.table].select(read.columns or TABLES[read.table].names()) for read in stage.reads}


@by_stage
def test_stage_gives_empty_tables_for_empty_tables(stage):
    given = stage.call(frames_for(stage, {name: empty(name) for name in TABLES}), Config())
    assert {name: (frame.height, frame.schema) for name, frame in given.items()} == {name: (0, TABLES[name]) for name in stage.writes}


@pytest.fixture(scope="module")
def tables(sample_build):
    """Return every table of the build of the sample."""
    paths = {name: sorted(sample_build.out.glob(f"work/*/*/{name}.parquet")) for name in TABLES}
    made = {name: pl.concat(map(pl.read_parquet, found)) if found else empty(name) for name, found in paths.items()}
    return made | _with_outcomes(made)


def _with_outcomes(tables):
    """Return the tables of a user's outcomes, of which the sample has none: an answer, a reward, and a row of no prompt."""
    request_id, prompt_id = tables["attempts"].filter(pl.col("unusable").is_null()).select("request_id", "prompt_id").row(0)
    rows = [
        {"prompt_id": prompt_id, "answer": "4"},
        {"prompt_id": prompt_id, "request_id": request_id, "reward": 1.0},
        {"prompt_id": "gone", "answer": "5"},
    ]
    outcomes = pl.DataFrame(
        [dict.fromkeys(TABLES["outcomes"]) | {"row": row} | named for row, named in enumerate(rows)], TABLES["outcomes"]
    )
    return {"outcomes": outcomes, **match_outcomes(tables["attempts"], tables["candidates"], outcomes)}


@by_stage
def test_stage_does_not_depend_on_the_order_of_rows(stage, tables):
    frames = frames_for(stage, tables)
    straight = stage.call(frames, Config())
    shuffled = stage.call({name: frame.sample(fraction=1, shuffle=True, seed=11) for name, frame in frames.items()}, Config())
    for name in stage.writes:
        assert straight[name].height > 0 or name in ("dropped", "objects_read", "judged")
        assert_frame_equal(straight[name], shuffled[name], check_exact=True)


def test_outputs_do_not_depend_on_slices_and_partitions(sample_build, sample_logs, outputs, tmp_path, monkeypatch):
    def slices(objects, *_):
        return ((digest([str(start)]), objects[start : start + 25]) for start in range(0, objects.height, 25))

    monkeypatch.setattr(runs, "slice_objects", slices)
    monkeypatch.setattr(local, "PARTITION_BYTES", 1_000)
    monkeypatch.setattr(local, "MAX_PARTITIONS", 5)
    package.build(str(sample_logs), tmp_path / "dataset")
    assert len(list(tmp_path.glob("dataset/work/decode/*/task.json"))) == 5
    assert len(list(tmp_path.glob("dataset/work/find_references/*/task.json"))) == 5
    assert outputs(tmp_path / "dataset") == outputs(sample_build.out)


def imported(path):
    """Yield the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module


def test_graders_import_only_the_standard_library():
    found = {name for path in Path(graders.__file__).parent.glob("*.py") for name in imported(path)}
    assert found
    assert [name for name in found if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("logmine.graders")] == []


def test_rooms_have_no_drawer_for_odds_and_ends():
    drawers = {"utils", "helpers", "common", "base", "core", "manager"}
    assert [path for path in Path(package.__file__).parent.rglob("*.py") if path.stem in drawers] == []


@pytest.mark.parametrize(
    "command",
    [
        ("lint-imports", "--no-cache"),
        ("ruff", "check", "--no-cache", "."),
        ("ruff", "format", "--check", "--no-cache", "."),
        ("pyright",),
    ],
    ids=" ".join,
)
def test_tools_find_nothing(command):
    tool = Path(sys.executable).with_name(command[0])
    if not tool.exists():
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run([tool, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
