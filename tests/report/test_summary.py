from logmine import schemas
from logmine.config import DifficultyConfig
from logmine.report import count_excluded, count_questions, summarize

SELECTED = {
    "decision": "selected",
    "band": "in_range",
    "band_evidence": "measured",
    "split": "train",
    "reference_origin": "consensus",
    "reference_answer": "{}",
    "topic_id": "n",
    "pass_rate": 0.5,
}


def test_prompts_are_counted_by_fate(summary):
    made = summary(
        SELECTED, SELECTED | {"split": "eval", "language": "ja"}, {"decision": "judge", "request_ids": ["r7", "r8"], "language": "en"}
    )
    assert made["decisions"] == {"selected": 2, "judge": 1}
    assert made["bands"] == {"in_range": 2, "unknown": 1}
    assert made["splits"] == {"eval": 1, "train": 1}
    assert made["languages"] == {"ja": 1, "unknown": 1}
    assert (made["evidence"], made["reference_origins"], made["n_prompts_sent_once"]) == ({"measured": 2}, {"consensus": 2}, 2)


def test_dropped_records_are_counted_by_reason_and_detail(summary):
    dropped = [{"reason": "not_chat", "detail": "embedding"}, {"reason": "unreadable"}, {"reason": "not_chat", "detail": "embedding"}]
    assert summary(dropped=dropped)["records_dropped"] == {"not_chat: embedding": 2, "unreadable": 1}


def test_a_task_is_told_with_its_grader_and_the_fates_of_its_prompts(summary):
    made = summary(SELECTED, {"decision": "too_hard", "band": "too_hard", "pass_rate": 0.0, "request_ids": ["r7", "r8"]})
    expected = {"task_id": "t", "name": "sums", "grader": "numeric", "coverage": 0.9876, "n_prompts": 2, "n_requests": 3}
    assert made["tasks"] == [
        expected
        | {"n_with_reference": 1, "n_in_range": 1, "n_selected": 1, "mean_pass_rate": 0.25, "left_out_as": "too_hard", "n_left_out_as": 1}
    ]
    assert made["topics"] == [{"topic_id": "n", "name": "sums", "theme": None, "n_prompts": 7, "n_callers": 2, "n_selected": 1}]


def test_a_task_is_told_with_why_most_of_its_other_prompts_are_left_out(summary):
    lost = [{"decision": name} for name in ("too_easy", "no_reference", "no_reference", "too_easy", "judge")]
    (task,) = summary(SELECTED, SELECTED, SELECTED, *lost)["tasks"]
    assert (task["left_out_as"], task["n_left_out_as"]) == ("no_reference", 2)
    assert summary(SELECTED)["tasks"][0]["left_out_as"] is None


def test_the_share_of_useful_groups_is_told_of_the_selected_and_of_a_random_choice(summary):
    made = summary(SELECTED | {"useful_group": 0.9}, {"decision": "too_easy", "useful_group": 0.2}, {"decision": "judge"})
    assert made["useful_groups"] == {"selected": 0.9, "checkable": 0.55, "n_checkable": 2}


def test_a_build_without_prompts_has_figures_too():
    made = summarize(*(schemas.empty(name) for name in ("decisions", "dropped", "tasks", "graders", "topics")), config=DifficultyConfig())
    assert (made["decisions"], made["tasks"], made["topics"]) == ({}, [], [])
    assert (made["n_prompts_sent_once"], made["useful_groups"]) == (0, {"selected": None, "checkable": None, "n_checkable": 0})


def test_questions_about_passages_are_counted_once_an_identity(table):
    rows = [("a", "a", "q"), ("b", "b", "q"), ("c", "b", "q"), ("d", "d", "r"), ("e", "e", None)]
    placed = table("placed", *({"prompt_id": one, "identity_id": same, "question_id": question} for one, same, question in rows))
    assert count_questions(placed) == {"about_passages": 3, "distinct": 2, "asked_again": 2}


def test_answers_of_excluded_models_are_counted_in_any_form_of_their_ids(table):
    attempts = table(
        "attempts", *({"base_model": model} for model in ("amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0", "qwen.qwen3-32b-v1:0", None))
    )
    assert count_excluded(attempts.select("base_model"), ["us.amazon.nova-pro-v1:0", "haiku"]) == {"us.amazon.nova-pro-v1:0": 2, "haiku": 0}
