"""Graders applied again to stored attempts, without logs or models."""

from __future__ import annotations

import json
import shutil

from click.testing import CliRunner

from logmine.cli import main


def regrade(*arguments):
    return CliRunner().invoke(main, ["regrade", *map(str, arguments), "--workers", "1", "-q"])


def test_same_references_give_the_same_bytes_without_the_logs(needy, outputs, monkeypatch):
    monkeypatch.chdir(needy)
    before = outputs(needy / "out")
    shutil.rmtree("logs")
    assert regrade("out").exit_code == 1
    assert outputs(needy / "out") == before


def test_changed_references_change_what_is_lacking(needy, monkeypatch):
    monkeypatch.chdir(needy)
    (needy / "other.jsonl").write_text(
        json.dumps({"request_id": "logged-3", "reference_answer": {"grader": "numeric", "answer": "5", "spec": ""}})
    )
    done = regrade("out", "--outcomes", "other.jsonl")
    assert done.exit_code == 1, done.output
    rows = [json.loads(line) for line in (needy / "out" / "needs_rollouts.jsonl").read_text().splitlines()]
    assert [row["reference_answer"]["answer"] for row in rows] == ["5"]


def test_without_its_tables_a_build_cannot_be_regraded(needy, monkeypatch):
    monkeypatch.chdir(needy)
    shutil.rmtree("out/work")
    done = regrade("out")
    assert done.exit_code == 4
    assert "the stored tables of this build are gone" in done.output
    assert "logmine build logs -o out" in done.output
