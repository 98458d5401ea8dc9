"""The pages of ``docs/`` say what the code declares, no more and no less."""

import dataclasses
import json
import re
import runpy
from pathlib import Path

import polars as pl
import pytest

from logmine.cli.build import build
from logmine.config import Config, load_config, sections
from logmine.schemas import DECISIONS_MADE, DROP_REASONS, TABLES, arrow_schema
from logmine.targets import write_needs

DOCS = Path(__file__).parent.parent / "docs"
with_settings = runpy.run_path(str(Path(__file__).parent / "write_docs.py"))["with_settings"]
DATASETS = ("train.jsonl", "train-tools.jsonl", "eval.jsonl", "eval-tools.jsonl")
NEEDS = ("needs_rollouts.jsonl", "needs_references.jsonl", "sft_candidates.jsonl")
ARROW_TYPES = {
    "string": "string",
    "int64": "int64",
    "double": "double",
    "list<item: string>": "list of string",
    "timestamp[us, tz=UTC]": "timestamp in µs, UTC",
}


def table(page, heading):
    """Return the rows of the first table below ``heading``, cell by cell, without its header."""
    text = (DOCS / page).read_text(encoding="utf-8")
    below = text.split(f"\n## {heading}\n" if f"\n## {heading}\n" in text else f"\n### {heading}\n")[1]
    lines = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE).group().splitlines()[2:]
    return [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in lines]


def names(page, heading):
    return [row[0].strip("`") for row in table(page, heading)]


def test_configuration_tells_every_key_as_declared():
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert page == with_settings(page), "run python tests/write_docs.py"


def test_the_flags_of_configuration_are_those_of_build():
    flags = re.findall(r"^\| `\w+` \| `(--[\w-]+)` \|", (DOCS / "configuration.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(flags) == sum(len(dataclasses.fields(kind)) for _, kind in sections())
    assert set(flags) <= {flag for option in build.params for flag in option.opts}


def test_the_example_of_configuration_is_accepted(tmp_path):
    example = re.search(r"```toml\n(.*?)```", (DOCS / "configuration.md").read_text(encoding="utf-8"), re.DOTALL).group(1)
    (tmp_path / "logmine.toml").write_text(example, encoding="utf-8")
    assert load_config(tmp_path / "logmine.toml") != Config()


@pytest.mark.parametrize("name", ["decisions", "dropped"])
def test_outputs_lists_every_column_with_its_type(name):
    declared = [(f"`{field.name}`", ARROW_TYPES[str(field.type)]) for field in arrow_schema(name)]
    assert [row[:2] for row in table("outputs.md", f"{name}.parquet")] == declared


def test_outputs_explains_every_decision_and_reason():
    assert sorted(names("outputs.md", "Decisions")) == sorted(DECISIONS_MADE)
    assert sorted(names("outputs.md", "Reasons")) == sorted(DROP_REASONS)


def test_outputs_lists_every_file_of_a_build(sample_build):
    written = {*sample_build.manifest["files"], "manifest.json", "work/"}
    assert set(names("outputs.md", "Files")) == written | set(DATASETS)  # rows with tools have files of their own where there are some


def test_outputs_lists_every_key_of_the_rows(sample_build, tmp_path):
    found = {key for name in DATASETS for row in sample_build.rows(name) for key in row}
    assert set(names("outputs.md", "Rows of the dataset")) == found
    found = {key for name in NEEDS for row in sample_build.rows(name) for key in row}
    assert found <= set(names("outputs.md", "Rows of the needs files")) == keys_of_needs(tmp_path)


def keys_of_needs(directory):
    """Return the keys of rows of every kind, with all that such a row may have."""
    filled = {"messages": "[]", "tools": "[]", "completion_tool_calls": "[]", "value": 1.0}
    rows = [dict.fromkeys(TABLES["needs"]) | filled | {"need": need} for need in ("rollouts", "references", "sft")]
    write_needs(pl.DataFrame(rows, schema=TABLES["needs"]), directory)
    return {key for path in directory.glob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines() for key in json.loads(line)}


def test_outputs_lists_every_key_of_the_manifest(sample_build):
    assert set(names("outputs.md", "manifest.json")) == set(sample_build.manifest)
