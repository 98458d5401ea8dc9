import shutil

import polars as pl
import pytest


def test_groups_are_shown_with_what_is_kept_and_the_score(logmine, sample_build):
    done = logmine("similar", sample_build.out, "-n", "2")
    lines = done.stdout.splitlines()
    assert (done.returncode, "groups of duplicates" in lines[0]) == (0, True)
    assert sum(line.startswith("kept ") for line in lines) == 2
    assert sum(line.startswith(("near ", "semantic ", "exact ")) for line in lines) >= 2


def test_one_task_shows_its_own_groups_alone(logmine, sample_build):
    names = sorted(task["name"] for task in sample_build.manifest["summary"]["tasks"])
    counts = [int(logmine("similar", sample_build.out, "--task", name).stdout.split()[0]) for name in names[:3]]
    assert sum(counts) <= int(logmine("similar", sample_build.out).stdout.split()[0])
    unknown = logmine("similar", sample_build.out, "--task", "no such task")
    assert (unknown.returncode, "no such task" in unknown.stderr, unknown.stdout) == (2, True, "")


def test_borderline_pairs_are_announced_even_when_there_is_none(logmine, sample_build):
    done = logmine("similar", sample_build.out, "--borderline", "-n", "1")
    assert (done.returncode, "pairs that were kept apart" in done.stdout.splitlines()[0]) == (0, True)


def test_a_draw_shows_as_many_as_asked_for_and_again_the_same(logmine, sample_build):
    arguments = ("similar", sample_build.out, "--kind", "exact", "-n", "3", "--seed", "7")
    once = logmine(*arguments).stdout
    assert (once.count("\nkept "), "drawn at random" in once, logmine(*arguments).stdout == once) == (3, True, True)


def test_too_few_borderline_pairs_lower_the_floor(logmine, sample_build):
    few, many = (
        logmine("similar", sample_build.out, "--borderline", *more).stdout.splitlines() for more in (("--floor", "0.99"), ("-n", "50"))
    )
    assert int(many[0].split()[0].replace(",", "")) > int(few[0].split()[0].replace(",", ""))
    assert sum(line.startswith(("near ", "semantic ")) for line in many) == 50


def test_control_characters_of_a_prompt_do_not_reach_the_terminal(logmine, sample_copy):
    for path in sample_copy.glob("work/*/*/placed.parquet"):
        pl.read_parquet(path).with_columns(slot_text=pl.lit("red\x1b[31m\x07")).write_parquet(path)
    said = logmine("similar", sample_copy).stdout
    assert "red?[31m?" in said
    assert "\x1b" not in said
    assert "\x07" not in said


@pytest.mark.parametrize("deleted", ["work", "manifest.json"])
def test_a_build_without_its_tables_says_what_to_do(logmine, sample_copy, deleted):
    shutil.rmtree(sample_copy / deleted) if deleted == "work" else (sample_copy / deleted).unlink()
    done = logmine("similar", sample_copy)
    assert "holds no build with its work folder" in done.stderr
    assert "Run logmine build once more" in done.stderr
    assert (done.returncode != 0, done.stdout, "Traceback" in done.stderr) == (True, "", False)
