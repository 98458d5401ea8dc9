"""Prompts: which instructions they state, in three languages, and what only looks like one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.graders import canonical
from logmine.graders.constraint_clauses import MAX_PROMPT_CHARS
from logmine.graders.constraints import check, find_constraints
from logmine.graders.literals import json_text


def words(least: int | None = None, most: int | None = None, kind: str = "words", **more: object) -> dict[str, Any]:
    return {"kind": kind, **({} if least is None else {"min": least}), **({} if most is None else {"max": most}), **more}


STATED = [
    # en
    ("Write a summary of no more than 120 words.", [words(None, 120)]),
    ("Explain it in under 50 words.", [words(None, 49)]),
    ("Use between 100 and 150 words.", [words(100, 150)]),
    ("Write a 300-word essay on bees.", [words(240, 360)]),
    ("The text should be 600+ words long.", [words(600)]),
    ("Answer in one sentence.", [words(1, 1, "sentences")]),
    ("Keep it to two paragraphs.", [words(2, 2, "paragraphs")]),
    ("Write 3 paragraphs separated by ***.", [words(3, 3, "paragraphs", separator="***")]),
    ("Describe it in 3-5 bullet points.", [words(3, 5, "bullets")]),
    ("Make a numbered list with 4 items.", [words(4, 4, "numbered_entries")]),
    ("Write a tweet of at most 280 characters with exactly two hashtags.", [words(None, 280, "characters"), words(2, 2, "hashtags")]),
    ("Include at least 4 placeholders in square brackets, such as [name].", [words(4, None, "placeholders")]),
    ("Use at least 3 words in ALL CAPS.", [words(3, None, "capital_words")]),
    ("Reply in all lowercase letters.", [{"kind": "lowercase"}]),
    ("Your entire answer must be in capital letters.", [{"kind": "uppercase"}]),
    ("Do not use any commas or exclamation marks.", [{"kind": "avoids_characters", "characters": mark} for mark in "!,"]),
    ("Don't forget to mention the words apple, pear and plum.", [{"kind": "contains", "words": ["apple", "pear", "plum"]}]),
    ('Never use the words "very" or "really".', [{"kind": "avoids", "words": ["very", "really"]}]),
    ('The word "ocean" should not appear.', [{"kind": "avoids", "words": ["ocean"]}]),
    ('Use the word "ocean" no more than twice.', [words(None, 2, "word", word="ocean")]),
    ('The word "ocean" must not appear more than 3 times.', [words(None, 3, "word", word="ocean")]),
    ("The letter q must appear at least three times.", [words(3, None, "letter", letter="q")]),
    ("Do not use the letter e.", [{"kind": "avoids_characters", "characters": "e"}]),
    ("Answer in German.", [{"kind": "language", "language": "de"}]),
    ("Return only JSON with the keys a and b.", [{"kind": "json"}]),
    ("Give it a title in double angular brackets, such as <<joy>>.", [{"kind": "title", "open": "<<", "close": ">>"}]),
    ("Wrap your whole answer in double quotes.", [{"kind": "quoted"}]),
    ("Add a P.S. at the end of the letter.", [{"kind": "postscript", "marker": "P.S."}]),
    ('Answer with one of the following: "yes", "no", "maybe".', [{"kind": "one_of", "options": ["yes", "no", "maybe"]}]),
    ('Your reply must hold one of these: ”it is so", "it is not".', [{"kind": "one_of", "options": ["it is so", "it is not"]}]),
    ('Begin your email with "Dear Sir".', [{"kind": "starts_with", "text": "Dear Sir"}]),
    ('End with the phrase "Kind regards".', [{"kind": "ends_with", "text": "Kind regards"}]),
    ("Give two different answers, separated by ******.", [words(2, 2, "responses", separator="******")]),
    ('Start the second paragraph with the word "elm".', [{"kind": "paragraph_start", "n": 2, "word": "elm"}]),
    # fr
    ("Rédigez un texte d'environ 150 mots.", [words(120, 180)]),
    ("Votre réponse ne doit pas dépasser 80 mots.", [words(None, 80)]),
    ("Répondez en deux phrases maximum.", [words(None, 2, "sentences")]),
    ("Écris un poème de quatre vers.", [words(4, 4, "lines")]),
    ('N\'utilisez pas le mot "problème".', [{"kind": "avoids", "words": ["problème"]}]),
    ('N\'oubliez pas d\'utiliser les mots "mer" et "sel".', [{"kind": "contains", "words": ["mer", "sel"]}]),
    ("Utilisez le mot soleil au moins trois fois.", [words(3, None, "word", word="soleil")]),
    ("Écrivez tout en minuscules et sans virgule.", [{"kind": "avoids_characters", "characters": ","}, {"kind": "lowercase"}]),
    ("Répondez en espagnol.", [{"kind": "language", "language": "es"}]),
    ("N'utilisez pas d'accents.", [{"kind": "no_accents"}]),
    ("Employez le tutoiement.", [{"kind": "informal_address"}]),
    ('Commencez votre réponse par "Cher ami".', [{"kind": "starts_with", "text": "Cher ami"}]),
    ('Terminez par la phrase "À bientôt".', [{"kind": "ends_with", "text": "À bientôt"}]),
    # ja
    ("マークダウンのバッククォート（```JSON）を使用して出力してください。", [{"kind": "json"}]),
    ("双方の立場を述べ、それぞれの回答はアスタリスク6個（******）で区切ってください。", [words(2, None, "responses", separator="******")]),
    ("200字以内で要約してください。", [words(None, 200, "characters")]),
    ("約３００文字で説明してください。", [words(240, 360, "characters")]),
    ("3文で答えてください。", [words(3, 3, "sentences")]),
    ("4段落構成で書いてください。", [words(4, 4, "paragraphs")]),
    ("5つの箇条書きでまとめてください。", [words(5, 5, "bullets")]),
    ("「海」という言葉を使わないでください。", [{"kind": "avoids", "words": ["海"]}]),
    ("「桜」と「月」という単語を必ず使ってください。", [{"kind": "contains", "words": ["桜", "月"]}]),
    ("「愛」を3回以上使ってください。", [words(3, None, "word", word="愛")]),
    ("ひらがなだけで答えてください。", [{"kind": "hiragana_only"}]),
    ("カタカナを使わずに説明してください。", [{"kind": "no_katakana"}]),
    ("句読点を使わずに書いてください。", [{"kind": "avoids_characters", "characters": "。、"}]),
    ("回答全体を「」で囲んでください。", [{"kind": "quoted", "open": "「", "close": "」"}]),
    ("JSON形式で出力してください。", [{"kind": "json"}]),
    ("英語で回答してください。", [{"kind": "language", "language": "en"}]),
    ("「こんにちは」で始めてください。", [{"kind": "starts_with", "text": "こんにちは"}]),
    ("すべての文末を「にゃ」にしてください。", [{"kind": "sentence_ending", "ending": "にゃ"}]),
]


@pytest.mark.parametrize(("prompt", "constraints"), STATED)
def test_finds_what_is_stated(prompt: str, constraints: list[dict[str, Any]]) -> None:
    found = find_constraints(prompt)

    assert found[:-1] == constraints
    assert found[-1]["kind"] == "own_words"
    assert canonical("constraints", json_text({"constraints": found}), "satisfied") == "satisfied"


NOT_STATED = [
    "",
    "How many words are in this sentence?",
    "Give me 5 words that rhyme with blue.",
    "Each paragraph should have 3 sentences.",
    "Summarize the following two paragraphs.",
    "Translate the last three sentences.",
    "If the user is angry, answer in one sentence.",
    'Start every sentence with "I".',
    'What does the word "ennui" mean?',
    "A pangram uses every letter of the alphabet.",
    "How many integers below 1000 have no digit repeated?",
    "Convert the string to lowercase in Python.",
    'He said: "Answer in exactly three words."',
    'Finish your answer with "the answer is (X)" where X is the letter.',
    "Write a story with 3 characters.",
    "How do you say hello in French?",
    "Parse the following JSON.",
    "Give me ten ideas for a birthday party.",
    "I read 30 lines a day and 2 books a week.",
    "Donnez trois exemples de mots français.",
    "Chaque paragraphe doit contenir trois phrases.",
    "Un mot de remerciement suffit.",
    "この3つの文を翻訳してください。",
    "各段落は3文で書いてください。",
    "第3章を要約してください。",
    "漢字の歴史について教えてください。",
]


@pytest.mark.parametrize("prompt", NOT_STATED)
def test_finds_nothing_where_nothing_binds_the_answer(prompt: str) -> None:
    assert find_constraints(prompt) == []


def test_contradictions_are_left_out() -> None:
    assert find_constraints("Write at least 100 words. Write at most 50 words.") == []


def test_bounds_of_one_count_are_joined() -> None:
    assert find_constraints("Write at least 100 words. Do not exceed 200 words.")[0] == words(100, 200)


ALPHABET = st.sampled_from(
    [
        *"\"'“”«»「」『』().,;:*#\n 0123",
        "at least ",
        "words ",
        "the word ",
        "do not use ",
        "3 paragraphs ",
        "mots ",
        "文字以上",
        "段落",
        "を使わない",
        "。",
    ]
)


@given(st.one_of(st.text(), st.lists(ALPHABET, max_size=50).map("".join)))
def test_what_is_found_in_any_prompt_is_a_valid_spec(prompt: str) -> None:
    found = find_constraints(prompt)

    assert found == find_constraints(prompt)
    if found:
        check({"constraints": found})


@pytest.mark.parametrize("piece", ["at least ", "3 ", "word ", '"', "the words a, ", "「", "を", "mots de ", "in ", "not use ", "*", "\n"])
def test_a_hostile_prompt_costs_little(piece: str) -> None:
    found = find_constraints(piece * (MAX_PROMPT_CHARS // len(piece)))

    assert isinstance(found, list)  # a pattern that backtracks would need hours
