import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.config import load_config
from logmine.errors import OutputError
from logmine.tasks import check_blocks, write_blocks
from logmine.tasks.written import block_text, toml_value

ROUTER = {
    "name": "desk: route the ticket",
    "grader": "label",
    "spec": '{"labels":["delivery","refund"]}',
    "n_prompts": 1200,
    "n_identities": 900,
    "n_requests": 4000,
    "n_read": 3900,
    "n_completions": 4000,
    "agreement_within": 0.9,
    "agreement_between": 0.25,
    "stability": 1.0,
    "system": "You route tickets.",
    "skeleton": "…",
    "is_ruled": False,
}
POEMS = ROUTER | {"name": 'muse: "write"', "grader": "judge", "spec": None, "skeleton": "write a poem about\n…", "stability": None}
CITIES = ROUTER | {"name": "cities", "grader": "json_fields", "spec": '{"fields":{"city name":"exact"}}', "agreement_within": None}
NOTHING = ROUTER | {"name": "empty", "grader": None, "spec": None}


def alive(text):
    """What a person has who takes the marks off."""
    return "\n".join(line if line.startswith("# ") else line.removeprefix("#") for line in text.split("\n"))


def test_blocks_are_written_to_be_looked_through(tmp_path):
    path = tmp_path / "logmine.toml"
    assert write_blocks(path, [ROUTER]) == 1
    assert path.read_text().split("\n\n", 1)[1] == (
        "# 1,200 prompts, 900 of them distinct; 4,000 calls.\n"
        "# label reads 3,900 of 4,000; answers to one prompt agree in 90%, to different prompts in 25%.\n"
        "# The same grader is chosen from 100% of halves of its prompts.\n"
        "#[[task]]\n"
        '#match = { task = "desk: route the ticket" }\n'
        '#grader = "label"\n'
        '#options = ["delivery", "refund"]\n'
        '#decision = "keep"\n'
    )


def test_what_is_written_changes_nothing_until_the_marks_are_taken_off(tmp_path):
    path = tmp_path / "logmine.toml"
    write_blocks(path, [ROUTER, POEMS, CITIES, NOTHING])
    assert load_config(path) == load_config()
    path.write_text(alive(path.read_text()))
    blocks = load_config(path).task
    assert [block.match.task for block in blocks] == [task["name"] for task in (ROUTER, POEMS, CITIES, NOTHING)]
    assert [block.decision for block in blocks] == ["keep", "judge", "keep", "drop"]
    assert check_blocks(blocks) is None
    assert 'The application says: "You route tickets. write a poem about"' in blocks[1].rubric


def test_writing_again_adds_only_what_is_new_and_keeps_every_byte(tmp_path):
    path = tmp_path / "logmine.toml"
    own = '[selection]\nmax_rows = 7\n\n[[task]]\nmatch = { task = "cities" }\ndecision = "drop"  # mine'
    path.write_text(own)
    assert write_blocks(path, [ROUTER, CITIES, POEMS | {"is_ruled": True}]) == 1
    before = path.read_text()
    assert before.startswith(own)
    assert write_blocks(path, [ROUTER, CITIES]) == 0
    assert path.read_text() == before
    assert write_blocks(path, [ROUTER, POEMS]) == 1
    assert path.read_text() == f"{before}\n{block_text(POEMS)}"
    assert load_config(path).selection.max_rows == 7


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(OutputError, match="Name another file: --write FILE"):
        write_blocks(tmp_path / "nowhere" / "logmine.toml", [ROUTER])


json_values = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(json_values)
def test_values_come_back_from_toml(value):
    assert tomllib.loads(f"key = {toml_value(value)}")["key"] == value
