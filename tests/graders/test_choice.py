"""Options: what counts as a decision, what does not, and where the options of a prompt stand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.graders import canonical, extract
from logmine.graders.choice import find_options

CITIES = json.dumps({"options": {"A": "Lyon", "B": "Paris", "C": "Paris, Texas", "D": "Nice"}})
KANA = json.dumps({"options": {"ア": "東京", "イ": "大阪", "ウ": "京都"}})
CIRCLED = json.dumps({"options": {"①": "서울", "②": "부산"}})
CYRILLIC = json.dumps({"options": {"А": "Москва", "Б": "Тверь", "В": "Казань"}})
NUMBERED = json.dumps({"options": {"1": "東京", "2": "大阪", "3": "京都"}})
COUNTRIES = json.dumps({"options": {"ア": "イギリス", "イ": "カナダ"}})
HANGUL = json.dumps({"options": {"가": "서울", "나": "부산", "다": "대구"}})
STEMS = json.dumps({"options": {"甲": "北京", "乙": "上海"}})
THAI = json.dumps({"options": {"ก": "เชียงใหม่", "ข": "กรุงเทพ", "ค": "ภูเก็ต"}})
ARABIC = json.dumps({"options": {"أ": "ليون", "ب": "باريس", "ج": "نيس"}})

DECIDED = [
    (CITIES, "B", "B"),
    (CITIES, "b", "B"),
    (CITIES, "(B)", "B"),
    (CITIES, "B.", "B"),
    (CITIES, "B)", "B"),
    (CITIES, "**B**", "B"),
    (CITIES, "Ｂ", "B"),
    (CITIES, "B. Paris", "B"),
    (CITIES, "**B. Paris**", "B"),
    (CITIES, "Paris", "B"),
    (CITIES, "paris.", "B"),
    (CITIES, "Paris, Texas", "C"),
    (CITIES, "The answer is (B).", "B"),
    (CITIES, "The answer is B because (A) is a river town.", "B"),
    (CITIES, "The answer is Paris.", "B"),
    (CITIES, "The correct answer is option B: Paris.", "B"),
    (CITIES, "Answer: B", "B"),
    (CITIES, "**Answer:** (B) Paris", "B"),
    (CITIES, "Final answer\n\nB", "B"),
    (CITIES, "### Final Answer:\n\nB", "B"),
    (CITIES, '{"reasoning": "A is wrong", "answer": "B"}', "B"),
    (CITIES, '{"choice": "B"}', "B"),
    (CITIES, "{'answer': 'B'}", "B"),
    (CITIES, r"\boxed{B}", "B"),
    (CITIES, r"\boxed{\text{B}}", "B"),
    (CITIES, "<answer>B</answer>", "B"),
    (CITIES, "B. Paris\n\nParis has been the capital since 987.", "B"),
    (CITIES, "B\n\nLyon is not the capital.", "B"),
    (CITIES, "Lyon is large, but the seat of government decides.\n\n**B. Paris**", "B"),
    (CITIES, "Lyon is large. Therefore, option B is the best choice.", "B"),
    (CITIES, "Considering everything, (B) is correct.", "B"),
    (CITIES, "Let me see.\nA. Lyon is no capital.\nB. Paris is.\nThe answer is (B).", "B"),
    (CITIES, "The answer is (A). Wait, the answer is (B).", "B"),
    (CITIES, "The answer is (B).\n\nFinal answer:", "B"),
    (CITIES, "The answer is (C). Freedom of choice is an essential feature.", "C"),
    (CITIES, "La bonne réponse est (B).", "B"),
    (CITIES, "Die richtige Antwort lautet B.", "B"),
    (CITIES, "La respuesta correcta es la B.", "B"),
    (CITIES, "正确答案是B。", "B"),
    (CITIES, "所以选B。", "B"),
    (KANA, "答えはイです。", "イ"),
    (KANA, "正解：イ", "イ"),
    (KANA, "(イ)", "イ"),
    (KANA, "大阪", "イ"),
    (CIRCLED, "②", "②"),
    (CIRCLED, "정답은 ②", "②"),
    (CIRCLED, "2", "②"),
    (CIRCLED, "正解：②", "②"),
    (CIRCLED, "2番です", "②"),
    (CIRCLED, "正しいものは②である。", "②"),
    (CYRILLIC, "Ответ: Б", "Б"),
    (CYRILLIC, "Ответ: A", "А"),  # Latin A for Cyrillic А
    (CITIES, "Ответ: С", "C"),  # Cyrillic С for Latin C
    (NUMBERED, "2番です。", "2"),
    (NUMBERED, "정답은 2번입니다.", "2"),
    (HANGUL, "정답은 나입니다.", "나"),
    (STEMS, "答案是乙。", "乙"),
    (THAI, "คำตอบคือ ข", "ข"),
    (THAI, "กรุงเทพ", "ข"),
    (ARABIC, "الجواب: ب", "ب"),
    (ARABIC, "ب) باريس", "ب"),
    ("", "The answer is (J).", "J"),
    ("", "E", "E"),
    # no decision
    (CITIES, "Ответ: В", None),  # B to the eye, the third by its place
    (CYRILLIC, "B", None),
    (CYRILLIC, "А или Б", None),
    (CITIES, "A или B", None),
    (CITIES, "С другой стороны, это спорно", None),
    (CITIES, "Not B", None),
    (CIRCLED, "①ではなく②です。", None),
    (CIRCLED, "②は誤りである。", None),
    (NUMBERED, "2番と3番", None),
    (NUMBERED, "2番か3番", None),
    (NUMBERED, "2つあります", None),
    (NUMBERED, "3年前", None),
    (COUNTRIES, "イギリスです", None),
    (HANGUL, "나무입니다", None),
    (HANGUL, "나와 다", None),
    (HANGUL, "나는 모릅니다", None),
    (STEMS, "甲状腺", None),
    (THAI, "กรุงเทพครับ", None),
    (THAI, "ก หรือ ข", None),
    (ARABIC, "أ أو ب", None),
    (CITIES, "", None),
    (CITIES, "I do not know.", None),
    (CITIES, "B or C", None),
    (CITIES, "B and C", None),
    (CITIES, "B, C", None),
    (CITIES, "The answer is (A) or (B).", None),
    (CITIES, "The answer is (B) and (C).", None),
    (CITIES, "(A) (B) (C) (D)", None),
    (CITIES, "A. Lyon\nB. Paris\nC. Paris, Texas\nD. Nice", None),
    (CITIES, "A good question, but hard to say.", None),
    (CITIES, "The answer is a matter of taste.", None),
    (CITIES, "B. Lyon", None),
    (CITIES, "The answer is (K).", None),
    (CITIES, "Either way, (A) is wrong and (B) is too.", None),
    (CITIES, "<think>The answer is (B).</think>", None),
    (CITIES, "The answer is (B). Wait, no.", None),
    ("", "I think so.", None),
    ("", "The answer is K.", None),
]


@pytest.mark.parametrize(("spec", "text", "mark"), DECIDED)
def test_reads_decisions_only(spec: str, text: str, mark: str | None) -> None:
    assert extract("choice", spec, text) == mark


@pytest.mark.parametrize(
    ("answer", "mark"), [("B", "B"), ("b", "B"), ("(B)", "B"), ("B. Paris", "B"), ("Paris", "B"), ("Rome", None), ("", None)]
)
def test_a_reference_is_a_mark_or_a_text(answer: str, mark: str | None) -> None:
    assert canonical("choice", CITIES, answer) == mark


PROMPTS = [
    ("Capital?\nA. Lyon\nB. Paris\nAnswer:", {"A": "Lyon", "B": "Paris"}),
    ("Capital?\n(A) Lyon\n(B) Paris", {"A": "Lyon", "B": "Paris"}),
    ("Capital?\nA) Lyon\nB) Paris\nC) Nice\n", {"A": "Lyon", "B": "Paris", "C": "Nice"}),
    ("Capital?\n- A: Lyon\n- B: Paris", {"A": "Lyon", "B": "Paris"}),
    ("Capital?\n**A.** Lyon\n**B.** Paris", {"A": "Lyon", "B": "Paris"}),
    ("Capital? (A) Lyon (B) Paris", {"A": "Lyon", "B": "Paris"}),
    ("首都は？\nア. 大阪\nイ. 東京", {"ア": "大阪", "イ": "東京"}),
    ("首都は？\n①大阪 ②東京", {"①": "大阪", "②": "東京"}),
    ("Столица?\nА) Тверь\nБ) Москва", {"А": "Тверь", "Б": "Москва"}),
    ("Q: 1+1?\nA. 1\nB. 2\nAnswer: B\n\nQ: 2+2?\nA. 4\nB. 5\nAnswer:", {"A": "4", "B": "5"}),
    ("Which holds, (a) or (b)?\nA. (a) only\nB. (b) only\nC. (a) and (b)", {"A": "(a) only", "B": "(b) only", "C": "(a) and (b)"}),
    ("質問：首都は？\n選択肢：0.大阪,1.東京,2.京都", {"0": "大阪", "1": "東京", "2": "京都"}),
    ("Capital?\nOptions:\n1. Lyon\n2) Nice\n2. Paris", {"1": "Lyon 2) Nice", "2": "Paris"}),
    ("1. Be brief.\n2. Use no links.\nWhat is the capital?", {}),
    ("A. Lyon", {}),
    ("B. Lyon\nC. Paris", {}),
    ("A. Lyon\nC. Paris", {}),
    ("Write about vitamin A. It helps. Plan B. None.", {}),
    ("", {}),
]


@pytest.mark.parametrize(("prompt", "options"), PROMPTS)
def test_finds_the_last_list_of_options(prompt: str, options: dict[str, str]) -> None:
    assert find_options(prompt) == options


@given(st.text())
def test_no_prompt_raises(prompt: str) -> None:
    assert len(find_options(prompt)) != 1
