"""The pages of ``docs/`` say what the code declares, no more and no less."""

import dataclasses
import json
import re
import typing
from pathlib import Path

import msgspec
import pytest

from logmine.config import Config, load_config, sections
from logmine.schemas import DECISIONS_MADE, DROP_REASONS, arrow_schema

DOCS = Path(__file__).parent.parent / "docs"
TYPES = {int: "integer", float: "number", str: "text", bool: "true or false", tuple[str, ...]: "list of texts", str | None: "text"}
ARROW_TYPES = {
    "string": "string",
    "int64": "int64",
    "double": "double",
    "list<element: string>": "list of string",
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


def rows_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def described(item, hint):
    """Return the row of one key of ``logmine.toml`` as the page must have it."""
    choices = [f"`{json.dumps(choice)}`" for choice in typing.get_args(hint)] if typing.get_origin(hint) is typing.Literal else None
    value = ", ".join(choices) if choices else TYPES[hint]
    limits = "".join(f" {word} {item.metadata[limit]:g}" for limit, word in (("ge", "from"), ("le", "to")) if limit in item.metadata)
    default = item.default_factory() if item.default is dataclasses.MISSING else item.default
    return (f"`{item.name}`", value + limits, "off" if default is None else f"`{json.dumps(default)}`", item.metadata["help"])


@pytest.mark.parametrize(("name", "kind"), list(sections()))
def test_configuration_lists_every_key_with_its_default_and_limits(name, kind):
    hints = typing.get_type_hints(kind)
    expected = [described(item, hints[item.name]) for item in dataclasses.fields(kind)]
    assert table("configuration.md", f"[{name}]") == expected


def test_configuration_has_no_other_sections():
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[(\w+)\]$", text, re.MULTILINE) == [name for name, _ in sections()]


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
    written = {str(path.relative_to(sample_build)) for path in sample_build.rglob("*") if path.is_file()}
    assert set(names("outputs.md", "Files")) == {name for name in written if not name.startswith("work/")} | {"work/"}


def test_outputs_lists_every_key_of_the_rows(sample_build):
    found = {
        key for path in sample_build.glob("*.jsonl") if path.name.startswith(("train", "eval")) for row in rows_of(path) for key in row
    }
    assert set(names("outputs.md", "Rows of the dataset")) == found
    found = {key for path in sample_build.glob("*s_*.jsonl") for row in rows_of(path) for key in row}
    found |= {key for row in rows_of(sample_build / "sft_candidates.jsonl") for key in row}
    assert set(names("outputs.md", "Rows of the needs files")) == found


def test_outputs_lists_every_key_of_the_manifest(sample_build):
    manifest = msgspec.json.decode((sample_build / "manifest.json").read_bytes())
    assert set(names("outputs.md", "manifest.json")) == set(manifest)
