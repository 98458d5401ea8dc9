import re

import pytest

from logmine import schemas
from logmine.config import DifficultyConfig
from logmine.report import summarize, write_card

SELECTED = {"decision": "selected", "band_evidence": "measured", "split": "train", "topic_id": "n", "pass_rate": 0.5}
HOSTILE = "<script>alert(1)</script> | [x](javascript:a) `rm -rf` **b** _c_\r\n# Heading\u2028![i](http://x) \\"


@pytest.fixture
def card(tmp_path):
    """Return a function that writes the card of a manifest and gives its text."""

    def write(made):
        write_card(tmp_path / "README.md", made)
        return (tmp_path / "README.md").read_text(encoding="utf-8")

    return write


def test_the_card_opens_with_the_verdict_and_the_next_command(card, summary, manifest):
    lines = card(manifest(summary(SELECTED), {"train.jsonl": 100, "eval.jsonl": 9})).splitlines()
    assert lines[2] == "**READY.** 100 training rows and 9 held out, each with a reference that grades itself right."
    assert lines[4] == "Next: `aws s3 cp OUT s3://YOUR-BUCKET/rft --recursive --exclude 'work/*'`"


def test_the_card_says_first_that_models_are_pooled(card, summary, manifest):
    assert "> No base model was named, so attempts of all models are pooled" in card(manifest(summary(SELECTED)))
    named = card(manifest(summary(SELECTED), base_model="amazon.nova-2-lite-v1:0"))
    assert "> Base model: `amazon.nova-2-lite-v1:0`. Bands of selected prompts: 1 measured." in named


def test_the_card_warns_of_rewards_for_form_alone(card, summary, manifest):
    warning = "Their reward is for form alone"
    assert warning in card(manifest(summary(SELECTED | {"reference_origin": "spec"})))
    assert warning not in card(manifest(summary(SELECTED | {"reference_origin": "consensus"})))


def test_the_card_names_the_band_and_what_a_trainer_may_expect(card, summary, manifest):
    text = card(manifest(summary(SELECTED | {"useful_group": 0.9}, {"decision": "too_easy", "useful_group": 0.2}), group_size=16))
    assert "pass rate from 0.2 (inclusive) to 0.8 (inclusive) with probability at least 0.5" in text
    assert "groups of 16 rollouts" in text
    assert "0.90 over the selected prompts, 0.55 over a random choice from the 2 checkable ones." in text


def test_the_card_names_models_that_were_kept_out_and_ids_that_no_answer_has(card, summary, manifest):
    text = card(manifest(summary(SELECTED) | {"excluded_models": {"nova-pro": 227, "haiku": 0}}))
    assert "fine-tuning candidates: nova-pro (227 answers), haiku (**no answer here is of a model of this id**)." in text


def test_the_card_counts_signs_where_there_are_any(card, summary, manifest):
    text = card(manifest(summary(SELECTED | {"signs_against": 2, "signs_for": 0}, {"decision": "judge", "signs_against": 1})))
    assert (
        "- Signs in the logs: after answers to 2 prompts a tool failed, the user corrected or asked again, or a rating was down. They"
        in text
    )
    assert "Signs in the logs" not in card(manifest(summary(SELECTED)))


def test_tasks_topics_and_files_stand_in_tables(card, summary, manifest):
    lost = card(manifest(summary(SELECTED, {"decision": "no_reference"}, {"decision": "no_reference"})))
    assert "| sums | numeric | 3 | 0 | 0 | 1 | 0.50 | no reference answer (2) |" in lost
    text = card(manifest(summary(SELECTED), {"train.jsonl": 1042}))
    assert "| sums | numeric | 1 | 0 | 0 | 1 | 0.50 |  |" in text
    assert "| sums | 7 | 1 |" in text
    assert "| train.jsonl | 1,042 |" in text


@pytest.mark.parametrize("needs", [{}, {"references": {"n_prompts": 1, "n_tokens": 9}}])
def test_names_from_logs_cannot_act_as_markup(card, summary, manifest, needs):
    text = card(manifest(summary(SELECTED, task=HOSTILE), needs=needs))
    told = [line for line in text.splitlines() if "alert(1)" in line]
    assert len(told) == (3 if needs else 2)
    assert "<script" not in text
    assert not re.search(r"(?<!\\)\[x", text)
    assert all(not re.search(r"(?<!\\)[`_]", line.removeprefix("**NEEDS REFERENCES.**")) for line in told)
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in told if line.startswith("|")} == {4, 9}
    assert not any(line.startswith(("# Heading", "![i]")) for line in text.splitlines())


def test_details_from_logs_do_not_end_the_funnel(card, summary, manifest):
    dropped = [{"reason": "failed_call", "detail": "x\n```\n<script>"}]
    text = card(manifest(summary(SELECTED, dropped=dropped)))
    funnel = text.split("```")[1]
    assert "<script>" in funnel
    assert text.count("```") == 2


def test_a_build_without_prompts_has_a_card(card, manifest):
    nothing = summarize(
        *(schemas.empty(name) for name in ("decisions", "dropped", "tasks", "graders", "topics")), config=DifficultyConfig()
    )
    text = card(manifest(nothing))
    assert "**NOT FOR RFT.**" in text
    assert "groups of" not in text


def test_questions_that_come_back_about_other_passages_are_told(card, summary, manifest):
    made = manifest(summary()) | {"questions": {"about_passages": 1200, "distinct": 9, "asked_again": 40}}
    assert "Of 1,200 prompts with long shared passages, 40 ask a question" in card(made)
    assert "shared passages" not in card(made | {"questions": {"about_passages": 5, "distinct": 5, "asked_again": 0}})


def test_topics_stand_under_their_themes(card, summary, manifest):
    made = manifest(summary())
    topics = [("topic-001", "rain", "weather", 9), ("topic-002", "loans", "money", 8), ("topic-003", "cards", "money", 4)]
    made["summary"]["topics"] = [
        {"topic_id": one, "name": name, "theme": theme, "n_prompts": n, "n_selected": 0} for one, name, theme, n in topics
    ]
    rows = [line for line in card(made).splitlines() if line.startswith(("| weather", "| money", "| theme"))]
    assert rows == [
        "| theme | topic | prompts | selected |",
        "| money | loans | 8 | 0 |",
        "| money | cards | 4 | 0 |",
        "| weather | rain | 9 | 0 |",
    ]
