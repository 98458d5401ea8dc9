"""A build of the sample from end to end: what it promises, what a second run redoes, and what a user's settings change."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

import logmine as package
from logmine import logs, manifest
from logmine.reward import try_reward
from logmine.reward.events import rendered_sample
from logmine.schemas import DECISIONS, DECISIONS_MADE, DROP_REASONS, DROPPED, INVOCATIONS
from logmine.targets import check_file

ROOT = Path(__file__).parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
DATASETS = ("train.jsonl", "train-tools.jsonl", "eval.jsonl", "eval-tools.jsonl")
NEEDS = ("needs_rollouts.jsonl", "needs_references.jsonl", "sft_candidates.jsonl")
OUTPUTS = {"train.jsonl", "eval.jsonl", "README.md", "decisions.parquet", "dropped.parquet", "manifest.json", "work", "reward", *NEEDS}
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the labelled corpus is not here")

#: What a reward function sees in Lambda: the package and the standard library.
SCORE_ALONE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from lambda_function import lambda_handler
print(json.dumps([result["aggregate_reward_score"] for result in lambda_handler(json.load(sys.stdin), None)]))
"""


def written_rows(build):
    return [row for name in DATASETS for row in build.rows(name)]


def stages_redone(out, run):
    """Return the stages whose results are not those that lay in ``out`` before ``run``."""
    before = {path.parent for path in out.glob("work/*/*/task.json")}
    run()
    return {path.parent.parent.name for path in out.glob("work/*/*/task.json") if path.parent not in before}


def files_at(out):
    return {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file() and path.name != "lock"}


def test_sample_ends_ready(sample_build):
    assert sample_build.done.returncode == 0, sample_build.done.stderr
    assert sample_build.manifest["verdict"]["name"] == "READY"
    assert len(sample_build.rows("train.jsonl")) >= 100
    assert len(sample_build.rows("eval.jsonl")) > 0


def test_end_names_verdict_card_and_next_command(sample_build):
    last = sample_build.done.stdout.splitlines()[-3:]
    assert last[0].startswith("READY: ")
    assert last[1] == f"The dataset card: {sample_build.out / 'README.md'}"
    assert last[2].startswith(f"Next: aws s3 cp {sample_build.out} ")


def test_outputs_are_the_documented_ones(sample_build):
    assert {path.name for path in sample_build.out.iterdir()} - {"train-tools.jsonl", "eval-tools.jsonl", "report.html"} == OUTPUTS
    reward = {path.name for path in (sample_build.out / "reward").iterdir()}
    assert {"lambda.zip", "handler.py", "template.yaml", "sample_event.json", "iam_policy.json", "README.md"} <= reward


def test_the_manifest_says_how_logs_were_read(sample_build):
    assert sample_build.manifest["run"]["compiled_reader"] is (logs.reader_problem() is None)


def test_nothing_unfinished_is_left(sample_build):
    names = [path.name for path in sample_build.out.rglob("*")]
    assert [name for name in names if name.startswith(".") or name.endswith(".partial")] == []


def test_ledger_balances_record_by_record(sample_build):
    decisions, dropped = sample_build.frame("decisions"), sample_build.frame("dropped")
    told = decisions["request_ids"].explode().to_list()
    n_records = sample_build.manifest["ledger"][0]["n_in"]
    assert n_records == len(told) + dropped.height
    assert max(Counter(told).values()) == 1


def test_every_request_lies_in_one_place(sample_build, sample_logs):
    read = package.scan_logs(str(sample_logs)).select("request_id").collect()["request_id"].to_list()
    dropped = sample_build.frame("dropped").drop_nulls("request_id")["request_id"].to_list()
    told = sample_build.frame("decisions")["request_ids"].explode().to_list()
    assert Counter(read) == Counter(told) + Counter(dropped)


def test_tables_have_their_declared_columns(sample_build):
    assert sample_build.frame("decisions").schema == DECISIONS
    assert sample_build.frame("dropped").schema == DROPPED


@pytest.mark.parametrize(
    ("table", "column", "allowed"),
    [
        ("decisions", "decision", DECISIONS_MADE),
        ("decisions", "band", ("too_hard", "in_range", "too_easy", "unknown")),
        ("decisions", "band_evidence", ("measured", "estimated", "pooled", None)),
        ("decisions", "split", ("train", "eval", None)),
        ("decisions", "reference_origin", ("metadata", "outcomes", "spec", "consensus", "rollouts", None)),
        ("dropped", "reason", DROP_REASONS),
    ],
)
def test_closed_sets_are_closed(sample_build, table, column, allowed):
    found = set(sample_build.frame(table)[column].to_list())
    assert found
    assert found <= set(allowed)


def test_decisions_agree_with_the_files(sample_build):
    selected = sample_build.frame("decisions").filter(pl.col("decision") == "selected")
    assert set(selected["split"].to_list()) == {"train", "eval"}
    assert Counter(row["id"] for row in written_rows(sample_build)) == Counter(selected["prompt_id"].to_list())
    unselected = sample_build.frame("decisions").filter(pl.col("decision") != "selected")
    assert unselected["split"].null_count() == unselected.height


def test_kept_instead_names_a_row_that_is_kept(sample_build):
    decisions = sample_build.frame("decisions")
    duplicates = decisions.drop_nulls("kept_instead")
    assert duplicates.height > 0
    assert set(duplicates["decision"].to_list()) <= {"near_duplicate", "semantic_duplicate"}
    kept = decisions.filter(pl.col("prompt_id").is_in(duplicates["kept_instead"].to_list()))
    assert kept.height == duplicates["kept_instead"].n_unique()
    assert kept["kept_instead"].null_count() == kept.height


def test_no_leakage_group_lies_on_both_sides(sample_build):
    sides = sample_build.frame("decisions").drop_nulls("split").group_by("leakage_group").agg(pl.col("split").n_unique())
    assert sides["split"].max() == 1


def test_written_rows_pass_check(sample_build):
    assert [problem for problem in check_file(sample_build.out / "train.jsonl") if problem.level == "error"] == []
    for name in DATASETS:
        if sample_build.rows(name):  # a file may be too short, which is told of line 0
            assert [problem for problem in check_file(sample_build.out / name) if problem.level == "error" and problem.line] == []


def test_every_row_scores_its_own_reference_through_the_lambda(sample_build):
    rows = written_rows(sample_build)
    texts = [{key: json.dumps(row[key]) for key in ("messages", "reference_answer")} for row in rows]
    event = [rendered_sample({"prompt_id": row["id"], "task_id": row["task_id"]} | text) for row, text in zip(rows, texts, strict=True)]
    command = [sys.executable, "-I", "-S", "-c", SCORE_ALONE, str(sample_build.out / "reward" / "lambda.zip")]
    done = subprocess.run(command, input=json.dumps(event), capture_output=True, text=True, check=True, env={})
    assert json.loads(done.stdout) == [1.0] * len(rows)


def test_manifest_tells_the_checksum_of_every_file(sample_build):
    files = [path for path in sample_build.out.rglob("*") if path.is_file() and "work" not in path.relative_to(sample_build.out).parts]
    told = {name: about["sha256"] for name, about in sample_build.manifest["files"].items()}
    found = {path.relative_to(sample_build.out).as_posix(): manifest.sha256(path) for path in files if path.name != "manifest.json"}
    assert told == found


def test_manifest_holds_the_resolved_settings(sample_build):
    assert sample_build.manifest["config"]["selection"]["eval_fraction"] == 0.15
    assert set(sample_build.manifest["versions"]) >= {"logmine", "polars", "numpy"}
    assert sample_build.manifest["n_rows"]["train.jsonl"] == len(sample_build.rows("train.jsonl"))


def test_same_command_again_redoes_nothing(sample_build, logmine):
    before = files_at(sample_build.out)
    again = logmine(*sample_build.command)
    assert again.returncode == 0, again.stderr
    assert files_at(sample_build.out) == before
    assert all(line.endswith("done before)") for line in again.stderr.splitlines())
    assert again.stdout == sample_build.done.stdout


def test_python_gives_the_build_that_the_command_line_gave(sample_copy, sample_logs, sample_build, outputs):
    made = package.build(str(sample_logs), sample_copy)
    assert isinstance(made, package.Build)
    assert made.verdict == "READY"
    assert made.has_enough_rows
    assert outputs(sample_copy) == outputs(sample_build.out)


CHOICE = {"choose", "tell_decisions", "compile_dataset", "compile_judged", "compile_needs"}


@pytest.mark.parametrize(
    ("setting", "value", "redone"),
    [
        ("eval_fraction", 0.3, CHOICE),
        ("max_pass_rate", 0.7, {"count_verdicts", "fit_priors", "rate_prompts"} | CHOICE),
        ("max_topics", 3, {"find_topics"} | CHOICE),
        ("min_rows", 1_000, set()),
    ],
)
def test_changed_setting_redoes_what_depends_on_it(sample_copy, sample_logs, setting, value, redone):
    config = package.load_config(overrides={setting: value})
    assert stages_redone(sample_copy, lambda: package.build(str(sample_logs), sample_copy, config=config)) == redone
    assert json.loads((sample_copy / "manifest.json").read_text())["config"] == json.loads(json.dumps(config.to_dict()))


def test_setting_changed_back_gives_the_first_build(sample_copy, sample_logs, sample_build, outputs):
    package.build(str(sample_logs), sample_copy, config=package.load_config(overrides={"eval_fraction": 0.3}))
    assert outputs(sample_copy) != outputs(sample_build.out)
    package.build(str(sample_logs), sample_copy)
    assert outputs(sample_copy) == outputs(sample_build.out)


def test_base_model_tells_measured_from_estimated(sample_copy, sample_logs):
    base_model = "amazon.nova-2-lite-v1:0"
    package.build(str(sample_logs), sample_copy, config=package.load_config(overrides={"base_model": base_model}))
    decisions = pl.read_parquet(sample_copy / "decisions.parquet")
    assert set(decisions["band_evidence"].drop_nulls().to_list()) == {"measured", "estimated"}
    assert set(decisions.filter(pl.col("decision") == "selected")["band_evidence"].to_list()) <= {"measured"}
    assert f"`{base_model}`" in (sample_copy / "README.md").read_text()


def test_a_base_model_that_is_not_in_the_logs_is_measured_nowhere(sample_copy, sample_logs):
    base_model = "deepseek.v3-v1:0"
    made = package.build(str(sample_logs), sample_copy, config=package.load_config(overrides={"base_model": base_model}))
    decisions = pl.read_parquet(sample_copy / "decisions.parquet")
    assert set(decisions["band_evidence"].to_list()) == {"estimated", None}
    assert decisions["n_attempts"].sum() == 0
    assert made.verdict == "NEEDS ROLLOUTS"
    assert f"too few attempts of {base_model}" in made.manifest["verdict"]["reason"]
    rows = [json.loads(line) for line in (sample_copy / "needs_rollouts.jsonl").read_text().splitlines()]
    assert rows
    assert all(row["n_attempts"] == 0 and row["prior"]["alpha"] > 0 for row in rows)
    assert [row["value"] for row in rows] == sorted((row["value"] for row in rows), reverse=True)
    assert (sample_copy / "train.jsonl").read_bytes() == b""


def test_without_base_model_the_card_says_so_first(sample_build):
    card = (sample_build.out / "README.md").read_text()
    assert set(sample_build.frame("decisions")["band_evidence"].drop_nulls().to_list()) == {"pooled"}
    assert card.index("No base model was named") < card.index("## Funnel")


def test_task_keeps_that_task_alone(sample_copy, sample_logs, sample_build):
    task = next(task for task in sample_build.manifest["summary"]["tasks"] if task["n_selected"])
    made = package.build(str(sample_logs), sample_copy, config=package.load_config(overrides={"only_tasks": [task["name"]]}))
    selected = pl.read_parquet(sample_copy / "decisions.parquet").filter(pl.col("decision") == "selected")
    assert set(selected["task_id"].to_list()) == {task["task_id"]}
    assert not made.has_enough_rows


def test_filled_needs_become_references(sample_copy, sample_logs, sample_build, tmp_path):
    needs = [row for row in sample_build.rows("needs_references.jsonl") if row["grader"] in ("numeric", "label", "choice", "exact")]
    answers = {row["prompt_id"]: "42" for row in needs if row["grader"] == "numeric"}
    filled = tmp_path / "answers.jsonl"
    filled.write_text("".join(json.dumps(row | {"reference_answer": answers.get(row["prompt_id"])}) + "\n" for row in needs))
    package.build(str(sample_logs), sample_copy, outcomes=filled)
    given = pl.read_parquet(sample_copy / "decisions.parquet").filter(pl.col("reference_origin") == "outcomes")
    assert answers
    assert set(given["prompt_id"].to_list()) == set(answers)
    assert {json.loads(text)["answer"] for text in given["reference_answer"]} == {"42"}


def test_scan_is_lazy_and_declared(sample_logs):
    scanned = package.scan_logs(str(sample_logs))
    assert isinstance(scanned, pl.LazyFrame)
    assert scanned.collect_schema() == INVOCATIONS
    failed = scanned.filter(pl.col("unusable") == "failed_call").select("request_id", "error_code").collect()
    assert failed.height == 46
    assert failed["error_code"].null_count() < failed.height


@pytest.fixture(scope="module")
def score():
    spec = importlib.util.spec_from_file_location("corpus_score", CORPUS / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


@pytest.fixture(scope="module")
def corpus_build(logmine, tmp_path_factory):
    """Return the folder of a build of the corpus, for reading alone."""
    out = tmp_path_factory.mktemp("corpus") / "out"
    done = logmine("build", CORPUS / "logs", "-o", out, "--quiet")
    assert done.returncode in (0, 1), done.stderr
    return out


@needs_corpus
def test_package_and_mining_agree_on_every_logged_completion_of_the_corpus(corpus_build):
    trial = try_reward(corpus_build)
    assert trial.attempts
    assert trial.n_by_kind["logged"] > 4_000
    assert trial.n_by_kind["unreferenced"] > 2_000
    assert [told for attempt in trial.attempts for told in attempt.disparities] == []


@needs_corpus
def test_corpus_is_read_whole_and_split_cleanly(corpus_build, score):
    scores = score(str(CORPUS), str(corpus_build / "decisions.parquet"))
    assert scores["ingest_recall"] == 1.0
    assert scores["ingest_false_records"] == scores["request_ids_listed_twice"] == scores["questions_in_both_splits"] == 0


@needs_corpus
def test_singletons_need_references_and_say_so(logmine, tmp_path):
    subprocess.run([sys.executable, CORPUS / "views.py", CORPUS, "singletons", tmp_path / "view"], check=True)
    done = logmine("build", tmp_path / "view" / "logs", "-o", tmp_path / "out", "--quiet")
    decisions = pl.read_parquet(tmp_path / "out" / "decisions.parquet")
    verdict, _, command = done.stdout.splitlines()[-3:]
    assert done.returncode == 1, done.stderr
    assert not verdict.startswith("READY")
    assert "consensus" not in decisions["reference_origin"].to_list()
    assert command.split()[1:3] == ["logmine", "rollout"]
    assert "--purpose references" in command
