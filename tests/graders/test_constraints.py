"""Instructions that a program can check: what follows them, what breaks them, and what can be read in two ways."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.graders import canonical, extract, grade, render
from logmine.graders.constraint_checks import CHECKS, holds, prompt_digests
from logmine.graders.constraint_counts import COUNTERS
from logmine.graders.constraint_language import detect_language

FIVE = "One two three four five."
CHECKED = [
    ({"kind": "words", "min": 5, "max": 5}, FIVE, True),
    ({"kind": "words", "min": 6}, FIVE, False),
    ({"kind": "words", "max": 2}, "Don't panic", None),
    ({"kind": "words", "max": 3}, "Don't panic", True),
    ({"kind": "sentences", "min": 2, "max": 2}, "Mr. Fox ran. He hid!", True),
    ({"kind": "sentences", "max": 2}, "One. Two. Three.", False),
    ({"kind": "sentences", "min": 1, "max": 1}, "# A heading\nOne.", None),
    ({"kind": "sentences", "min": 2, "max": 2}, "今日は晴れです。明日は雨です。", True),
    ({"kind": "paragraphs", "min": 2, "max": 2}, "One.\n\nTwo.", True),
    ({"kind": "paragraphs", "min": 2, "max": 2}, "# Title\n\nOne.\n\nTwo.", None),
    ({"kind": "paragraphs", "min": 2, "max": 2, "separator": "***"}, "One.\n***\nTwo.", True),
    ({"kind": "paragraphs", "min": 2, "max": 2, "separator": "***"}, "One.\n******\nTwo.", False),
    ({"kind": "lines", "min": 3, "max": 3}, "a\n\nb\nc", True),
    ({"kind": "bullets", "min": 2, "max": 2}, "* **A:** a\n* b", True),
    ({"kind": "bullets", "min": 1, "max": 1}, "- a\n  - b", None),
    ({"kind": "bullets", "min": 1}, "---\n**bold**", False),
    ({"kind": "bullets", "min": 2, "max": 2}, "・一つ\n・二つ", True),
    ({"kind": "numbered_entries", "min": 2, "max": 2}, "1. a\n2) b", True),
    ({"kind": "characters", "max": 4}, "三文字", True),
    ({"kind": "characters", "max": 4}, "ab cd", None),
    ({"kind": "kanji", "max": 2}, "山と川と海", False),
    ({"kind": "highlights", "min": 2}, "*one* and **two**", True),
    ({"kind": "highlights", "min": 1}, "* one\n* two", False),
    ({"kind": "placeholders", "min": 1}, "Dear [name],", True),
    ({"kind": "placeholders", "min": 1}, "See [here](http://x).", None),
    ({"kind": "sections", "mark": "Section", "min": 2}, "Section 1\na\n## Section 2:\nb", True),
    ({"kind": "sections", "mark": "Section", "min": 1}, "SECTION 1\na", None),
    ({"kind": "sections", "mark": "Section", "min": 1}, "Section X\na", None),
    ({"kind": "sections", "mark": "章", "ordinal": True, "min": 2}, "第1章\nあ\n第２章\nい", True),
    ({"kind": "capital_words", "max": 1}, "I like NASA.", None),
    ({"kind": "noun_endings", "min": 2}, "美しい海。青い空。", True),
    ({"kind": "noun_endings", "min": 1}, "海は青いです。", False),
    ({"kind": "hashtags", "min": 2, "max": 2}, "#one and #two", True),
    ({"kind": "word", "word": "dose", "min": 2}, "Dose and dose.", True),
    ({"kind": "word", "word": "dose", "min": 2}, "A dose, two doses.", None),
    ({"kind": "letter", "letter": "e", "max": 1}, "Elle", False),
    ({"kind": "letter", "letter": "e", "max": 1}, "Été vert", None),
    ({"kind": "contains", "words": ["file"]}, "All files.", True),
    ({"kind": "contains", "words": ["file"]}, "My profile.", None),
    ({"kind": "contains", "words": ["象徴", "建築"]}, "建築は象徴的だ。", True),
    ({"kind": "avoids", "words": ["sad"]}, "Sadness is not sad.", False),
    ({"kind": "avoids", "words": ["sad"]}, "Ambassador", True),
    ({"kind": "avoids", "words": ["海"]}, "海外旅行", None),
    ({"kind": "avoids", "words": ["海"]}, "海へ行く", False),
    ({"kind": "avoids_characters", "characters": ","}, "One, two", False),
    ({"kind": "avoids_characters", "characters": "œ"}, "CŒUR", False),
    ({"kind": "title", "open": "<<", "close": ">>"}, "<<Joy>>\nText", True),
    ({"kind": "title", "open": "<<", "close": ">>"}, "<< >>", False),
    ({"kind": "postscript", "marker": "P.S."}, "Text.\n\nP.S. More.", True),
    ({"kind": "postscript", "marker": "P.S."}, "Text and p.s. more", None),
    ({"kind": "postscript", "marker": "P.S."}, "PSALM", False),
    ({"kind": "postscript", "marker": "追伸"}, "本文。\n追伸：雨です。", True),
    ({"kind": "responses", "min": 2, "max": 2, "separator": "******"}, "One\n******\nTwo", True),
    ({"kind": "responses", "min": 2, "max": 2, "separator": "******"}, "One\n******\nOne", False),
    ({"kind": "quoted"}, ' "All of it." ', True),
    ({"kind": "quoted"}, '"Half" of it.', False),
    ({"kind": "quoted", "open": "「", "close": "」"}, "「はい」", True),
    ({"kind": "one_of", "options": ["Yes.", "No."]}, "yes.", True),
    ({"kind": "one_of", "options": ["Yes.", "No."]}, "Yes. No.", False),
    ({"kind": "starts_with", "text": "Dear Sir"}, '"Dear sir, …"', True),
    ({"kind": "ends_with", "text": "Anything else?"}, "Text. **Anything else?**", True),
    ({"kind": "ends_with", "text": "Goodbye"}, "Text. Goodbye.", None),
    ({"kind": "ends_with", "text": "Goodbye"}, "Goodbye, I said.", False),
    ({"kind": "repeats", "text": "Write a poem about the sea."}, "Write a poem about the sea.\n\nWaves.", True),
    ({"kind": "repeats", "text": "Write a poem about the sea."}, "Waves.", False),
    ({"kind": "paragraph_start", "n": 2, "word": "elm"}, "Oak.\n\nElm trees.", True),
    ({"kind": "paragraph_start", "n": 3, "word": "elm"}, "Oak.\n\nElm trees.", False),
    ({"kind": "json"}, '```json\n{"a": 1}\n```', True),
    ({"kind": "json"}, 'Here: {"a": 1}', False),
    ({"kind": "json"}, "5", None),
    ({"kind": "lowercase"}, "all small é", True),
    ({"kind": "lowercase"}, "Not", False),
    ({"kind": "uppercase"}, "ALL 5", True),
    ({"kind": "language", "language": "fr"}, "Le chat est dans la maison et il dort sur une table.", True),
    ({"kind": "language", "language": "fr"}, "The cat is in the house and it sleeps on a table.", False),
    ({"kind": "language", "language": "fr"}, "OK", None),
    ({"kind": "no_digits"}, "数は三", True),
    ({"kind": "no_digits"}, "数は３", False),
    ({"kind": "no_emoji"}, "Great 🎉", False),
    ({"kind": "no_accents"}, "Cœur et ame", True),
    ({"kind": "no_accents"}, "âme", False),
    ({"kind": "hiragana_only"}, "ひらがな、だけ。", True),
    ({"kind": "hiragana_only"}, "漢字も", False),
    ({"kind": "katakana_only"}, "カタカナ", True),
    ({"kind": "no_katakana"}, "カタカナ", False),
    ({"kind": "no_hiragana"}, "漢字", True),
    ({"kind": "no_kanji"}, "漢字", False),
    ({"kind": "furigana"}, "漢字（かんじ）です", True),
    ({"kind": "furigana"}, "漢字です", False),
    ({"kind": "sentence_ending", "ending": "です"}, "海です。「行く」と言うのです。", True),
    ({"kind": "sentence_ending", "ending": "です"}, "海です。行きます。", False),
    ({"kind": "informal_address"}, "Tu sais que ton chat dort.", True),
    ({"kind": "informal_address"}, "Vous savez que votre chat dort.", False),
    ({"kind": "informal_address"}, "Le chat dort.", None),
    ({"kind": "own_words", "prompt": prompt_digests("Write a poem.")}, "WRITE a poem!", False),
    ({"kind": "own_words", "prompt": prompt_digests("Write a poem.")}, "Roses are red.", True),
]


@pytest.mark.parametrize(("constraint", "text", "verdict"), CHECKED)
def test_follows_breaks_or_leaves_open(constraint: dict[str, object], text: str, verdict: bool | None) -> None:  # noqa: FBT001 - a column of the table
    assert holds(constraint, text) is verdict


def test_every_kind_has_a_case() -> None:
    assert {constraint["kind"] for constraint, _, _ in CHECKED} == set(COUNTERS) | set(CHECKS)


def spec_of(*constraints: dict[str, object]) -> str:
    return json.dumps({"constraints": constraints})


JUDGED = [
    ("all small and no comma at all", "correct", 1.0),
    ("all small, with a comma", "incorrect", 0.5),
    ("Large, with a comma", "incorrect", 0.0),
    ("<think>Large,</think> all small", "correct", 1.0),
    ("<think>all small</think>", "abstain", None),
    ("", "abstain", None),
    ("la " * 2_000, "incorrect", 0.0),
]


@pytest.mark.parametrize(("text", "verdict", "score"), JUDGED)
def test_the_score_is_the_share_that_holds(text: str, verdict: str, score: float | None) -> None:
    reference = {
        "grader": "constraints",
        "answer": "satisfied",
        "spec": spec_of({"kind": "lowercase"}, {"kind": "avoids_characters", "characters": ","}),
    }
    judgement = grade(reference, text)

    assert (judgement.verdict, judgement.score) == (verdict, score)


def test_what_is_broken_is_named() -> None:
    spec = spec_of({"kind": "lowercase"}, {"kind": "words", "max": 2})

    assert extract("constraints", spec, "One two three") == "violated: lowercase, words"
    assert extract("constraints", spec, "one two") == "satisfied"
    assert extract("constraints", spec, "don't go") is None


WRITABLE = [
    [{"kind": "words", "min": 400}, {"kind": "lowercase"}, {"kind": "avoids_characters", "characters": ","}],
    [{"kind": "words", "min": 50, "max": 50}],
    [{"kind": "characters", "min": 380, "max": 400}, {"kind": "hiragana_only"}],
    [{"kind": "paragraphs", "min": 4, "max": 4}, {"kind": "paragraph_start", "n": 4, "word": "elm"}],
    [{"kind": "sentences", "min": 5, "max": 5}, {"kind": "contains", "words": ["mer", "sel"]}, {"kind": "language", "language": "fr"}],
    [{"kind": "bullets", "min": 3, "max": 3}, {"kind": "uppercase"}, {"kind": "title", "open": "<<", "close": ">>"}],
    [{"kind": "responses", "min": 2, "max": 2, "separator": "******"}, {"kind": "sections", "mark": "Day", "min": 7}],
    [{"kind": "word", "word": "dose", "min": 5}, {"kind": "avoids", "words": ["die"]}, {"kind": "ends_with", "text": "Any question?"}],
    [{"kind": "letter", "letter": "p", "min": 17}, {"kind": "language", "language": "fi"}, {"kind": "postscript", "marker": "P.S."}],
    [{"kind": "json"}, {"kind": "placeholders", "min": 3}],
    [{"kind": "quoted", "open": "「", "close": "」"}, {"kind": "noun_endings", "min": 3}],
]


@pytest.mark.parametrize("constraints", WRITABLE)
def test_a_text_that_follows_all_is_written_and_grades_itself_correct(constraints: list[dict[str, object]]) -> None:
    reference = {"grader": "constraints", "answer": "satisfied", "spec": spec_of(*constraints)}

    assert canonical("constraints", reference["spec"], "satisfied") == "satisfied"
    assert grade(reference, *render(reference)).verdict == "correct"


@pytest.mark.parametrize(
    "constraints",
    [[{"kind": "lowercase"}, {"kind": "uppercase"}], [{"kind": "contains", "words": ["sea"]}, {"kind": "avoids", "words": ["sea"]}]],
)
def test_what_no_text_can_follow_has_no_reference(constraints: list[dict[str, object]]) -> None:
    assert canonical("constraints", spec_of(*constraints), "satisfied") is None


@given(text=st.text(), case=st.sampled_from(CHECKED))
def test_no_text_raises(text: str, case: tuple[dict[str, object], str, bool | None]) -> None:
    assert holds(case[0], text) in {True, False, None}


@pytest.mark.parametrize("constraint", {constraint["kind"]: constraint for constraint, _, _ in CHECKED}.values())
@pytest.mark.parametrize("piece", ["a ", "*", "[", "「", "<<", "- ", "\n", "漢", "P.", "***", "第1", "#"])
def test_a_hostile_text_costs_little(constraint: dict[str, object], piece: str) -> None:
    assert holds(constraint, piece * (50_000 // len(piece))) in {True, False, None}


@given(st.text(alphabet="abcdefgh .\n", min_size=1), st.integers(0, 50))
def test_a_stricter_minimum_never_turns_a_broken_count_into_a_kept_one(text: str, least: int) -> None:
    for kind in ("words", "sentences", "lines", "paragraphs", "characters"):
        if holds({"kind": kind, "min": least}, text) is False:
            assert holds({"kind": kind, "min": least + 1}, text) is False


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Der Hund ist in dem Garten und die Katze liegt auf einem Stuhl.", "de"),
        ("今日はとても良い天気なので散歩に行きました。", "ja"),
        ("今天天气很好我们大家一起去公园散步吧非常高兴认识你们", "zh"),
        ("Сегодня мы были в лесу, и было тепло, потому что светило солнце.", "ru"),
        ("സൂര്യൻ ഉദിക്കുന്നു, പക്ഷികൾ പാടുന്നു, ഇന്ന് നല്ല ദിവസമാണ്", "ml"),
        ("lorem", None),
        ("", None),
    ],
)
def test_languages_are_told_apart_or_left_open(text: str, language: str | None) -> None:
    assert detect_language(text) == language
