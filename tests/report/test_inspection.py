from datetime import UTC, datetime

import pytest

from logmine.report import inspect_tables, inspection_lines

FIRST, SECOND = datetime(2026, 1, 1, 23, tzinfo=UTC), datetime(2026, 1, 2, 1, tzinfo=UTC)
NOVA = {"base_model": "nova", "operation": "Converse", "invoked_at": FIRST, "metadata": [{"key": "app", "value": "tutor"}]}
INVOCATIONS = [
    NOVA,
    NOVA | {"invoked_at": SECOND},
    {"model_id": "arn:aws:custom", "operation": "InvokeModel", "unusable": "not_chat", "unusable_detail": "embedding"},
    NOVA | {"metadata": [{"key": "ticket", "value": "7"}], "unusable": "failed_call"},
]
CALLS = [{"prompt_id": "a", "role": "tutor"}, {"prompt_id": "a", "role": "tutor"}, {"prompt_id": "b"}]
DROPPED = [
    {"stage": "decode", "reason": "unreadable"},
    {"stage": "decode", "reason": "unreadable"},
    {"stage": "canonicalize", "reason": "not_chat"},
]


@pytest.fixture
def inspect(table, tmp_path):
    """Return a function that inspects tables given by their rows."""

    def run(**tables):
        paths = {name: tmp_path / f"{name}.parquet" for name in ("invocations", "calls", "dropped")}
        for name, path in paths.items():
            table(name, *tables.get(name, ())).write_parquet(path)
        return inspect_tables(*([path] for path in paths.values()))

    return run


def test_records_are_counted_by_what_the_envelope_tells(inspect):
    found = inspect(invocations=INVOCATIONS, calls=CALLS, dropped=DROPPED)
    assert [found[name] for name in ("n_records", "n_calls", "n_prompts", "n_calls_of_repeated_prompts")] == [4, 3, 2, 2]
    assert found["by"] == {
        "day": {"2026-01-01": 2, "2026-01-02": 1, "none": 1},
        "model": {"nova": 3, "arn:aws:custom": 1},
        "operation": {"Converse": 3, "InvokeModel": 1},
        "application": {"none": 2, "tutor": 2},
        "problem": {"unreadable": 2, "failed_call": 1, "not_chat: embedding": 1},
        "caller": {"tutor": 2, "none": 1},
    }


def test_problems_come_most_frequent_first(inspect):
    found = inspect(invocations=INVOCATIONS, dropped=DROPPED)
    assert list(found["by"]["problem"]) == ["unreadable", "failed_call", "not_chat: embedding"]


def test_an_inspection_reads_as_text(inspect):
    lines = list(inspection_lines(inspect(invocations=INVOCATIONS, calls=CALLS, dropped=DROPPED)))
    assert lines[:2] == ["4 log records, 3 readable chat calls, 2 distinct prompts", "67% of the calls repeat a prompt; 1.5 calls a prompt"]
    assert lines[lines.index("by model") + 1 : lines.index("by model") + 3] == ["          3  nova", "          1  arn:aws:custom"]


def test_long_lists_end_in_a_sum_but_days_are_all_shown(inspect):
    days = [{"base_model": f"m{n:02}", "invoked_at": datetime(2026, 1, 1 + n, tzinfo=UTC)} for n in range(20)]
    lines = list(inspection_lines(inspect(invocations=days)))
    assert lines[lines.index("by operation") - 2] == "          5  in 5 others"
    assert sum(line.endswith(f"2026-01-{day:02}") for line in lines for day in range(1, 21)) == 20


def test_nothing_readable_is_told_too(inspect):
    assert next(iter(inspection_lines(inspect()))) == "0 log records, 0 readable chat calls, 0 distinct prompts"
