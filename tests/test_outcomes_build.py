"""Builds with what the user knows, and with settings that choose by difficulty, from the command line to the files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

TRUTH = Path(__file__).parent / "sample_truth.jsonl.gz"
ROWS = [json.loads(line) for line in gzip.decompress(TRUTH.read_bytes()).splitlines()]


@pytest.fixture
def build(logmine, sample_logs, sample_copy):
    """Return a function that builds the sample once more with flags, and gives its decisions, manifest and card."""

    def run(*flags):
        done = logmine("build", sample_logs, "-o", sample_copy, "--quiet", *flags)
        assert done.returncode == 0, done.stderr
        made = json.loads((sample_copy / "manifest.json").read_text())
        return pl.read_parquet(sample_copy / "decisions.parquet"), made, (sample_copy / "README.md").read_text(encoding="utf-8")

    return run


def told(decisions, given):
    """Return the prompts of which something was given, with the verdicts and rewards on their calls, one prompt a request at least."""
    requests = decisions.filter(pl.col("kept_instead").is_null()).explode("request_ids")
    values = requests.join(pl.DataFrame(given, schema=["request_ids", "value"], orient="row"), on="request_ids")
    return decisions.join(values.group_by("prompt_id").agg("value"), on="prompt_id")


def test_correct_flags_are_the_pass_rates(build, sample_build, tmp_path):
    flags = [(row["request_id"], row["correct"]) for row in ROWS if row.get("correct") is not None]
    path = tmp_path / "flags.csv"
    path.write_text("request_id,correct\n" + "".join(f"{request},{str(right).lower()}\n" for request, right in flags))
    decisions, made, _ = build("--outcomes", path)
    rated = told(decisions, [(request, float(right)) for request, right in flags]).filter(
        pl.col("n_attempts") == pl.col("value").list.len()
    )
    assert made["outcomes"]["given"] == len(flags)
    assert rated.height > 250  # elsewhere answers were cut, or are one attempt at temperature 0
    assert (rated["n_correct"] == rated["value"].list.sum()).all()
    plain = sample_build.frame("decisions")
    assert (decisions["n_attempts"] > 0).sum() > (plain["n_attempts"] > 0).sum()  # also where there is no reference


def test_rewards_rate_tasks_without_a_grader_and_name_them(build, tmp_path):
    talk = sorted(row["request_id"] for row in ROWS if row["kind"] == "judge")
    stars = [(request, 1 + n % 5) for n, request in enumerate(talk)]
    path = tmp_path / "stars.jsonl"
    path.write_text("".join(json.dumps({"request_id": request, "reward": value}) + "\n" for request, value in stars))
    decisions, made, card = build("--outcomes", path, "--reward-range", "1:5")
    rated = told(decisions, stars).filter(pl.col("grader") == "judge", pl.col("n_attempts") == pl.col("value").list.len())
    rewards = (rated["value"].list.mean() - 1) / 4
    assert rated.height > 50
    assert set(rated["decision"]) == {"no_grader"}
    assert rated["mean_reward"].to_list() == pytest.approx(rewards.to_list())
    told_so = next(line for line in card.splitlines() if line.startswith("- rated by rewards, but no grader"))
    assert int(told_so.split()[-1]) == made["summary"]["decisions"]["no_grader"] >= rated.height
    assert decisions.filter(pl.col("decision") == "selected", pl.col("grader") == "judge").is_empty()


def test_a_filter_takes_the_place_of_the_band(build):
    decisions, _, card = build("--keep", "0 < pass_rate < 1 and n_attempts >= 5")
    chosen = decisions.filter(pl.col("decision") == "selected")
    assert chosen.height > 50
    assert chosen.select(((pl.col("pass_rate") > 0) & (pl.col("pass_rate") < 1) & (pl.col("n_attempts") >= 5)).all()).item()
    assert set(chosen["band"]) > {"in_range"}
    assert {"too_easy", "too_hard"}.isdisjoint(decisions["decision"])
    assert "- Kept by a filter in place of the band: 0 &lt; pass\\_rate &lt; 1 and n\\_attempts >= 5" in card


def test_a_share_of_easy_prompts_is_kept(build, sample_build):
    decisions, _, _ = build("--easy-fraction", "0.2")
    chosen = decisions.filter(pl.col("decision") == "selected")
    easy = chosen.filter(pl.col("band") == "too_easy")
    assert 0.15 < easy.height / chosen.height <= 0.2
    left = decisions.filter(pl.col("decision") == "too_easy")
    assert easy["useful_group"].min() >= left["useful_group"].min()
    assert set(chosen["band"]) == {"in_range", "too_easy"}
    assert set(sample_build.frame("decisions").filter(pl.col("decision") == "selected")["band"]) == {"in_range"}
