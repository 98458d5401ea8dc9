import msgspec
import polars as pl

from logmine.report import describe_tasks
from logmine.report.task_table import EXTRACTOR_HEADER, HEADER, extractor_cells, task_cells
from logmine.schemas import GRADERS, MEMBERS, SYSTEMS, TASKS

FIGURES = {"n_read": 3, "coverage": 0.75, "explicit": 0.5, "agreement_within": 0.9, "agreement_between": 0.25, "reference_match": None}


def described(**ruled):
    tried = [FIGURES | {"grader": name, "lift": lift, "fits": lift > 0.4} for name, lift in (("exact", 0.1), ("label", 0.5))]
    tasks = [{"task_id": "a", "name": "desk", "system_id": "s", "n_prompts": 1200, "n_requests": 4, "skeleton": "…", **ruled}]
    tasks.append({"task_id": "b", "name": "poems", "n_prompts": 1, "n_requests": 1, "skeleton": "…"})
    own = {"task_id": "a", "grader": "label", "n_completions": 4, "agreement_within": 0.9, "agreement_between": 0.25, "stability": 0.5}
    graders = [own | {"evidence": msgspec.json.encode(tried).decode()}, {"task_id": "b", "grader": "judge", "evidence": "[]"}]
    members = [{"prompt_id": prompt, "task_id": "a", "identity_id": one} for prompt, one in (("p", "p"), ("q", "p"), ("r", "r"))]
    members.append({"prompt_id": "s", "task_id": "b", "identity_id": "s"})
    return describe_tasks(
        pl.DataFrame(tasks, schema=TASKS),
        pl.DataFrame(graders, schema=GRADERS),
        pl.DataFrame(members, schema=MEMBERS),
        pl.DataFrame([("s", "You route.", 3)], schema=SYSTEMS, orient="row"),
    )


def test_tasks_come_largest_first_with_their_evidence():
    desk, poems = described()
    assert (desk["n_identities"], desk["n_read"], desk["system"], desk["decision"], desk["is_ruled"]) == (2, 3, "You route.", "keep", False)
    assert [one["grader"] for one in desk["extractors"]] == ["label", "exact"]
    assert (poems["decision"], poems["extractors"]) == ("judge", [])


def test_cells_fill_their_headers():
    desk, poems = described(block=1, decision="drop")
    cells = dict(zip(HEADER, task_cells(desk), strict=True))
    assert cells == {
        "task": "desk", "prompts": "1,200", "distinct": "2", "calls": "4", "grader": "label", "read": "3/4",
        "within": "0.90", "between": "0.25", "stable": "0.50", "decision": "drop (yours)",
    }  # fmt: skip
    assert task_cells(poems)[4:9] == ("judge", "", "", "", "")
    assert dict(zip(EXTRACTOR_HEADER, extractor_cells(desk["extractors"][1]), strict=True))["fits"] == "no"
