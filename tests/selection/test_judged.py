import json

import polars as pl
import pytest

from logmine import schemas
from logmine.config import SelectionConfig
from logmine.errors import UsageError
from logmine.selection import compile_judged, require_judged
from logmine.selection.judged import DEFAULT_RUBRIC


def table(name, rows):
    schema = schemas.TABLES[name]
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema, orient="row")


PROMPTS = [{"prompt_id": name, "messages": "[]", "has_history": name == "c", "n_user_turns": 1, "language": "en"} for name in "abcd"]
DECISIONS = [
    {"prompt_id": "a", "task_id": "t1", "decision": "judge", "leakage_group": "a"},
    {"prompt_id": "b", "task_id": "t1", "decision": "near_duplicate", "leakage_group": "a"},
    {"prompt_id": "c", "task_id": "t1", "decision": "judge", "leakage_group": "c"},
    {"prompt_id": "d", "task_id": "t2", "decision": "selected", "leakage_group": "d", "split": "train"},
]
TASKS = [{"task_id": "t1", "name": "advice", "rubric": "1: kind."}, {"task_id": "t2", "name": "sums"}]


def compiled(tasks=TASKS, **settings):
    config = SelectionConfig(**settings)
    return compile_judged(table("prompts", PROMPTS), table("decisions", DECISIONS), table("tasks", tasks), config=config)["judged"]


def test_nothing_is_written_for_a_judge_unless_asked():
    assert compiled().is_empty()


def test_prompts_left_to_a_judge_get_the_rubric_of_their_task():
    judged = compiled(judge_tasks=("advice",))
    assert judged["prompt_id"].to_list() == ["a"]
    assert json.loads(judged["reference_answer"][0]) == {"grader": "judge", "answer": "", "spec": '{"rubric": "1: kind."}'}
    assert judged["split"][0] in ("train", "eval")


def test_conversations_are_written_when_several_turns_are():
    assert compiled(judge_tasks=("t1",), multi_turn=True)["prompt_id"].sort().to_list() == ["a", "c"]


def test_the_default_rubric_stands_in_for_one_that_is_missing():
    judged = compiled([{"task_id": "t1", "name": "advice"}], judge_tasks=("advice",))
    assert json.loads(json.loads(judged["reference_answer"][0])["spec"])["rubric"] == DEFAULT_RUBRIC


def test_checked_rows_are_never_written_for_a_judge():
    assert compiled(judge_tasks=("sums",)).is_empty()
    with pytest.raises(UsageError, match=r"--judge 'sums': no prompt of this task can be written for a judge; its prompts: 1 selected"):
        require(("sums",))


def require(names):
    config = SelectionConfig(judge_tasks=names)
    require_judged(compiled(judge_tasks=names), table("decisions", DECISIONS), table("tasks", TASKS), config)


def test_a_task_that_does_not_exist_is_named():
    with pytest.raises(UsageError, match=r"--judge 'advise': no such task"):
        compiled(judge_tasks=("advise",))
    require(("advice",))


def test_a_build_writes_both_datasets_apart(sample_copy, sample_logs, logmine):
    finished = logmine("build", str(sample_logs), "-o", str(sample_copy), "--quiet", "--judge", "greenway-members-app")
    assert finished.returncode == 0, finished.stderr
    judged, checked = (rows_of(sample_copy / folder) for folder in ("judge", "."))
    assert {row["reference_answer"]["grader"] for row in judged} == {"judge"}
    assert "judge" not in {row["reference_answer"]["grader"] for row in checked}
    assert not {row["id"] for row in judged} & {row["id"] for row in checked}
    assert (sample_copy / "reward" / "judge" / "lambda.zip").is_file()
    assert "**Confirm the rubrics first**" in (sample_copy / "README.md").read_text(encoding="utf-8")


def rows_of(folder):
    paths = [folder / f"{name}.jsonl" for name in ("train", "eval", "train-tools", "eval-tools")]
    return [json.loads(line) for path in paths if path.exists() for line in path.read_text(encoding="utf-8").splitlines()]
