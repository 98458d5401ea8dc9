import pytest

from logmine.config import load_config
from logmine.errors import UsageError
from logmine.task_blocks import TaskBlock, TaskMatch

ROUTER = """
[[task]]
match = { task = "router*", metadata = { app = "support" } }
grader = "label"
options = ["refund", "delivery"]

[[task]]
match.tool = "forecast"
decision = "drop"
"""


@pytest.fixture
def load(tmp_path):
    """Return a function that loads a configuration given as text."""

    def read(text):
        path = tmp_path / "logmine.toml"
        path.write_text(text, encoding="utf-8")
        return load_config(path)

    return read


def test_blocks_are_read_in_their_order(load):
    router, weather = load(ROUTER).task
    assert router.match == TaskMatch(task="router*", metadata={"app": "support"})
    assert (router.grader, router.options, router.decision) == ("label", ["refund", "delivery"], None)
    assert weather == TaskBlock(match=TaskMatch(tool="forecast"), decision="drop")


def test_blocks_stand_in_the_resolved_settings(load):
    assert load(ROUTER).to_dict()["task"] == [
        {"match": {"task": "router*", "metadata": {"app": "support"}}, "grader": "label", "options": ["refund", "delivery"]},
        {"match": {"tool": "forecast"}, "decision": "drop"},
    ]


def block(*lines):
    return "\n".join(["[[task]]", *lines])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[task]\nname = 'x'", "'task' must be blocks"),
        (block("name = 'x'"), "number 1: says of no task what it is about"),
        (block("match = {}"), "number 1: says of no task what it is about"),
        (block("match.task = ''"), "number 1: every condition of match is empty"),
        (block("match.task = 'x'", "graders = 'label'"), "number 1: unknown key 'graders'. Did you mean 'grader'?"),
        (block("match.tsk = 'x'"), "number 1: unknown key 'tsk' of match. Did you mean 'task'?"),
        (block("match.task = 'x'") + "\n" + block("match.task = 'y'", "zzz = 1"), "number 2: unknown key 'zzz'. Known: match, name"),
        (block("match.task = 3"), "number 1: Expected `str | null`, got `int` - at `$.match.task`"),
        (block("match.task = 'x'", "decision = 'maybe'"), "$.decision"),
        (block("match.task = 'x'", "options = 'a'"), "$.options"),
        (block("match.metadata = { app = 1 }"), "$.match.metadata"),
        ("\n".join(block(f"match.task = '{task}'", "name = 'same'") for task in "xy"), "two [[task]] blocks have the name 'same'"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(load, text, expected):
    with pytest.raises(UsageError) as caught:
        load(text)
    assert "logmine.toml: " in str(caught.value)
    assert expected in str(caught.value)
