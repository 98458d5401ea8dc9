from collections import Counter, defaultdict

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.errors import UsageError

#: What is wrong with a prompt, by the decision that follows, first reason first.
REASONS = {
    "no_user_turn": {"n_user_turns": 0},
    "has_media": {"n_media": 1},
    "too_long": {"is_too_long": True},
    "not_requested": {"task_id": "other"},
    "near_duplicate": {"kind": "near", "kept_instead": "p000"},
    "not_checkable": {"grader": None},
    "no_reference": {"origin": None},
    "estimated_band": {"band_evidence": "estimated"},
    "too_hard": {"band": "too_hard"},
    "doubtful_reference": {"confidence": 0.7},
    "multi_turn": {"has_history": True},
}


def decisions(choices):
    return choices.sort("prompt_id")["decision"].to_list()


@pytest.mark.parametrize("reason", REASONS)
def test_the_first_reason_against_a_prompt_counts(chosen, reason):
    later = list(REASONS)[list(REASONS).index(reason) :]
    everything = {name: value for one in reversed(later) for name, value in REASONS[one].items()}
    assert decisions(chosen({}, REASONS[reason], everything, only_tasks=("sums",))) == ["selected", reason, reason]


@pytest.mark.parametrize(
    ("change", "decision"),
    [
        ({}, "selected"),
        ({"kind": "semantic", "kept_instead": "p000"}, "semantic_duplicate"),
        ({"grader": "judge", "origin": None, "band": None}, "judge"),
        ({"task_id": "dropped"}, "task_dropped"),
        ({"grader": "judge", "origin": None, "n_attempts": 4}, "no_grader"),
        ({"grader": None, "origin": None, "n_attempts": 4}, "no_grader"),
        ({"origin": None, "conflict": "outcomes"}, "reference_conflict"),
        ({"conflict": "anything"}, "weak_reference"),
        ({"band": None}, "unknown_band"),
        ({"band": "unknown", "band_evidence": None}, "unknown_band"),
        ({"band": "too_easy"}, "too_easy"),
        ({"band_evidence": "pooled"}, "selected"),
        ({"topic_id": None}, "selected"),
        ({"n_user_turns": 2}, "multi_turn"),
        ({"confidence": 0.75}, "selected"),
        ({"confidence": 0.74}, "doubtful_reference"),
        ({"origin": "rollouts", "confidence": 0.74}, "doubtful_reference"),
        ({"origin": "spec", "confidence": 0.7}, "selected"),
    ],
)
def test_decisions(chosen, change, decision):
    assert decisions(chosen({}, change)) == ["selected", decision]
    assert decision in schemas.DECISIONS_MADE


def test_a_filter_takes_the_place_of_the_band(chosen):
    rows = [
        {"band": "too_easy", "pass_rate": 0.9, "n_attempts": 10},
        {"pass_rate": 0.5, "n_attempts": 4},
        {"band": "too_hard", "pass_rate": 0.0, "n_attempts": 10},
    ]
    found = decisions(chosen(*rows, {"band": "unknown", "n_attempts": 2, "pass_rate": 0.5}, keep="0 < pass_rate < 1 and n_attempts >= 8"))
    assert found == ["selected", "not_kept", "not_kept", "unknown_band"]


def test_a_share_of_rows_may_be_easy_the_hardest_of_them_first(chosen):
    easy = [{"band": "too_easy", "useful_group": chance} for chance in (0.1, 0.5, None, 0.3)]
    rows = [*easy, {"band": "too_easy", "useful_group": 0.9, "has_history": True}, *({} for _ in range(6))]
    assert decisions(chosen(*rows, easy_fraction=0.25))[:5] == ["too_easy", "selected", "too_easy", "selected", "too_easy"]
    assert "too_easy" in decisions(chosen(*rows))[:5]
    assert decisions(chosen(*rows)).count("selected") == 6


def test_how_sure_a_reference_must_be_is_a_setting(chosen):
    rows = [{"confidence": 0.61}, {"confidence": 0.95}]
    assert decisions(chosen(*rows, min_train_confidence=0.0)) == ["selected", "selected"]
    assert decisions(chosen(*rows, min_train_confidence=1.0)) == ["doubtful_reference", "doubtful_reference"]


def test_no_easy_prompt_is_written_with_a_doubtful_reference(chosen):
    rows = [
        {"band": "too_easy", "useful_group": 0.5, "confidence": 0.7},
        {"band": "too_easy", "useful_group": 0.1},
        *({} for _ in range(9)),
    ]
    assert decisions(chosen(*rows, easy_fraction=0.1))[:2] == ["too_easy", "selected"]


def test_earlier_turns_are_no_reason_where_they_are_asked_for(chosen):
    rows = [{"has_history": True}, {"n_user_turns": 3}]
    assert decisions(chosen(*rows)) == ["multi_turn", "multi_turn"]
    assert decisions(chosen(*rows, multi_turn=True)) == ["selected", "selected"]


def test_what_is_one_with_another_prompt_has_no_row(chosen):
    choices = chosen({}, {"kind": "exact", "kept_instead": "p000"})
    assert choices["prompt_id"].to_list() == ["p000"]


def test_a_duplicate_names_what_is_kept_and_shares_its_group(chosen):
    choices = chosen({}, {"kind": "near", "kept_instead": "p002"}, {})
    assert choices["kept_instead"].to_list() == [None, "p002", None]
    assert choices["leakage_group"].to_list() == ["p000", "p001", "p001"]


@pytest.mark.parametrize("name", ["sums", "sums of numbers"])
def test_tasks_are_asked_for_by_name_or_id(chosen, name):
    assert decisions(chosen({}, {"task_id": "invoices"}, only_tasks=(name,))) == ["selected", "not_requested"]


def test_a_task_that_does_not_exist_is_refused_with_those_that_do(chosen):
    with pytest.raises(UsageError) as caught:
        chosen({}, {"task_id": "invoices"}, only_tasks=("sums", "sum"))
    assert str(caught.value).splitlines() == [
        "--task 'sum': no such task. The tasks of these logs:",
        "  invoices of numbers",
        "  sums of numbers",
    ]


def test_only_selected_prompts_have_a_side(chosen):
    choices = chosen(*({"band": band} for band in ["in_range", "too_hard"] * 20))
    assert choices.filter(pl.col("decision") == "selected")["split"].is_in(["train", "eval"]).all()
    assert choices.filter(pl.col("decision") != "selected")["split"].is_null().all()


prompts = st.lists(
    st.fixed_dictionaries(
        {
            "task_id": st.sampled_from(["sums", "invoices"]),
            "topic_id": st.sampled_from(["numbers", "words", None]),
            "pass_rate": st.sampled_from([0.3, 0.5, 0.7]),
            "band": st.sampled_from(["in_range", "in_range", "in_range", "too_hard"]),
            "thread_key": st.sampled_from("tuvwxyz"),
            "leakage_keys": st.lists(st.sampled_from("abcdefghijkl"), max_size=2),
        }
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=30)
@given(prompts, st.floats(0.1, 0.5))
def test_the_split_never_parts_what_belongs_together(chosen, rows, eval_fraction):
    choices = chosen(*rows, eval_fraction=eval_fraction)
    sides = defaultdict(set)
    for row, side in zip(rows, choices["split"], strict=True):
        for key in [("thread", row["thread_key"]), *(("key", key) for key in row["leakage_keys"])]:
            sides[key].update([side] if side else [])
    assert all(len(found) <= 1 for found in sides.values())


@settings(max_examples=30)
@given(prompts, st.integers(1, 30))
def test_the_budget_is_filled_and_never_passed(chosen, rows, max_rows):
    counts = Counter(decisions(chosen(*rows, max_rows=max_rows)))
    n_useful = sum(row["band"] == "in_range" for row in rows)
    assert counts["selected"] == min(max_rows, n_useful)
    assert counts["selected"] + counts["over_budget"] == n_useful


@settings(max_examples=20)
@given(prompts, st.integers(1, 30), st.integers(0, 100))
def test_the_order_of_rows_does_not_matter(chosen, rows, max_rows, order):
    assert_frame_equal(chosen(*rows, max_rows=max_rows, order=order), chosen(*rows, max_rows=max_rows), check_row_order=False)


def test_the_budget_is_shared_in_proportion(chosen):
    sizes = {("sums", "numbers", 0.3): 120, ("sums", "numbers", 0.7): 60, ("sums", None, 0.5): 15, ("invoices", "words", 0.5): 5}
    rows = [{"task_id": task, "topic_id": topic, "pass_rate": rate} for (task, topic, rate), n in sizes.items() for _ in range(n)]
    choices = chosen(*rows, max_rows=40)
    kept = Counter(tuple(row.values()) for row, made in zip(rows, choices["decision"], strict=True) if made == "selected")
    assert {stratum: kept[stratum] for stratum in sizes} == {stratum: n // 5 for stratum, n in sizes.items()}


def test_a_larger_budget_keeps_what_a_smaller_one_chose(chosen):
    rows = [{"task_id": task, "pass_rate": rate} for task in ("sums", "invoices", "other") for rate in (0.3, 0.7) for _ in range(7)]
    small, large = (set(chosen(*rows, max_rows=n).filter(pl.col("decision") == "selected")["prompt_id"]) for n in (10, 25))
    assert small < large


def test_no_prompts_give_no_choices(chosen):
    assert_frame_equal(chosen(), schemas.empty("choices"))
