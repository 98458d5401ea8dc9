from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from logmine.errors import UsageError
from logmine.schemas import FOUND_TASKS, PLACED, SYSTEMS
from logmine.task_blocks import TaskBlock, TaskMatch
from logmine.tasks import settle_members, settle_tasks

START = datetime(2026, 1, 1, tzinfo=UTC)
ROUTER = {"name": "support: route the ticket", "role": "support", "skeleton": "route the ticket below\n…", "system_id": "s"}
WEATHER = {"name": "weather", "tool_names": "forecast,history", "metadata": [{"key": "app", "value": "Meteo"}]}
POEMS = {"name": "poems", "role": "muse"}


def settled(*tasks, blocks=()):
    plain = {"skeleton": "…", "tool_names": "", "metadata": [], "n_prompts": 1, "n_requests": 2}
    rows = [{**plain, "task_id": f"{n:032x}", "invoked_first": START + timedelta(hours=n), **task} for n, task in enumerate(tasks, start=1)]
    systems = pl.DataFrame([("s", "You route tickets of a shop.", 9)], schema=SYSTEMS, orient="row")
    tables = settle_tasks(pl.DataFrame(rows, schema=FOUND_TASKS), systems, config=blocks)
    return {name: table.rows(named=True) for name, table in tables.items()}


def said(grader=None, name=None, **match):
    return TaskBlock(match=TaskMatch(**match), grader=grader, name=name)


def test_names_are_unique_and_the_earliest_keeps_its_own():
    late, early = {"name": "chat", "task_id": "ab" * 16}, {"name": "chat", "task_id": "cd" * 16, "invoked_first": START}
    names = {row["task_id"]: row["name"] for row in settled(late, early, POEMS)["tasks"]}
    assert (names["ab" * 16], names["cd" * 16], len(set(names.values()))) == ("chat (2)", "chat", 3)


def test_a_number_that_another_task_is_called_by_is_passed_over():
    tasks = [{"name": name} for name in ("chat", "chat (2)", "chat", "chat")]
    assert [row["name"] for row in settled(*tasks)["tasks"]] == ["chat", "chat (2)", "chat (3)", "chat (4)"]


@pytest.mark.parametrize(
    "match",
    [
        {"task": "support: *"},
        {"role": "Support"},
        {"text": "*route the ticket*"},
        {"system": "*route tickets*"},
        {"task": "support*", "role": "s*t"},
    ],
)
def test_a_block_rules_the_tasks_that_it_matches(match):
    rulings = settled(ROUTER, WEATHER, POEMS, blocks=[said("label", **match)])["rulings"]
    assert [(row["block"], row["grader"]) for row in rulings] == [(1, "label"), (None, None), (None, None)]


@pytest.mark.parametrize("match", [{"tool": "forecast"}, {"tool": "hist*"}, {"metadata": {"app": "meteo"}}])
def test_tools_and_metadata_name_tasks_too(match):
    rulings = settled(ROUTER, WEATHER, blocks=[said("numeric", **match)])["rulings"]
    assert [row["grader"] for row in rulings] == [None, "numeric"]


def test_matches_of_a_block_with_a_name_are_one_task():
    small, large = ROUTER | {"n_prompts": 3}, WEATHER | {"n_prompts": 5}
    tables = settled(small, large, POEMS, blocks=[said(name="desk", task="support*"), said(task="poems")])
    assert [row["name"] for row in tables["tasks"]] == ["desk", "weather", "poems"]
    one = settled(small, large, POEMS, blocks=[said(name="desk", task="*e*"), said(role="nobody*", task="x")][:1])["tasks"]
    assert [(row["name"], row["n_prompts"], row["n_requests"], row["tool_names"]) for row in one] == [("desk", 9, 6, "forecast,history")]


def test_members_take_the_task_that_was_settled():
    tables = settle_tasks(
        pl.DataFrame([ROUTER | {"task_id": "a", "tool_names": "", "n_prompts": 1, "n_requests": 1, "metadata": []}], schema=FOUND_TASKS),
        pl.DataFrame(schema=SYSTEMS),
        config=[said(name="desk", task="support*")],
    )
    placed = pl.DataFrame([{"prompt_id": "p", "task_id": "a", "identity_id": "p"}], schema=PLACED)
    [member] = settle_members(placed, tables["rulings"])["members"].rows(named=True)
    assert (member["prompt_id"], member["task_id"]) == ("p", tables["tasks"]["task_id"][0])


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([said(task="suport: route the ticket")], "has task 'suport: route the ticket'. Did you mean 'support: route the ticket'?"),
        ([said(tool="forecasts")], "has tool 'forecasts'. Did you mean 'forecast'?"),
        ([said(role="mouse")], "has role 'mouse'. Did you mean 'muse'?"),
        ([said(metadata={"app": "meto"})], "has metadata 'app = meto'. Did you mean 'app = Meteo'?"),
        ([said(text="route")], "no task has such a text. In it * stands for any text"),
        ([said(task="poems", role="support")], "each condition holds of some task, but all of them of none"),
        ([said(task="poems"), said(role="muse")], "two [[task]] blocks match the task 'poems': number 1 (task = 'poems') and number 2"),
        ([said(name="weather", task="poems")], "number 1: another task is called 'weather' already"),
    ],
)
def test_blocks_that_match_nothing_or_too_much_are_refused(blocks, expected):
    with pytest.raises(UsageError) as caught:
        settled(ROUTER, WEATHER, POEMS, blocks=blocks)
    assert expected in str(caught.value)
