"""Numbers: what is read, what is refused because it could be read in two ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.graders import canonical, extract, grade
from logmine.graders.number_forms import number_text

if TYPE_CHECKING:
    from fractions import Fraction

READ = [
    # the whole output
    ("18", "18"),
    ("18.", "18"),
    ("18。", "18"),
    ("**18**", "18"),
    ("$18.00", "18"),
    ("-5", "-5"),
    ("−5", "-5"),
    ("-$5", "-5"),
    ("1,060", "1060"),
    ("1,060.0", "1060"),
    ("1,00,000", "100000"),
    ("1.234,56", "1234.56"),
    ("1 234,56 €", "1234.56"),
    ("1\u202f234", "1234"),
    ("1'234", "1234"),
    ("0,5", "0.5"),
    ("１，０６０", "1060"),
    ("1/3", "1/3"),
    ("2 1/2", "2.5"),
    ("½", "0.5"),
    ("3½", "3.5"),
    ("1.2e3", "1200"),
    ("1.2 × 10^{-2}", "0.012"),
    ("1.5 million", "1500000"),
    ("60%", "60%"),
    (r"60\%", "60%"),
    ("60 percent", "60%"),
    ("18 dollars", "18"),
    ("USD 18", "18"),
    ("18km", "18"),
    ("9th", "9"),
    ("x = 5", "5"),
    ("三万五千円", "35000"),
    ("二〇二四", "2024"),
    ("3万5千円", "35000"),
    ("1.8万", "18000"),
    ("答えは１８個です。", "18"),
    # LaTeX
    (r"\boxed{18}", "18"),
    (r"\boxed{\frac{1}{2}}", "0.5"),
    (r"\boxed{-\dfrac{1}{3}}", "-1/3"),
    (r"$1{,}000$", "1000"),
    (r"\boxed{\$18}", "18"),
    (r"\boxed{18\text{ cm}}", "18"),
    (r"\(x = 18\)", "18"),
    # stated
    ("She has 3 and buys 4, so the answer is 7.", "7"),
    ("**Answer:** 7", "7"),
    ("### Final Answer\n\n7", "7"),
    ("Final answer: $7", "7"),
    ("3 + 4 = 7\n#### 7", "7"),
    ("<answer>7</answer>", "7"),
    ("[ANSWER]7[/ANSWER]", "7"),
    ('{"reasoning": "3 + 4", "answer": "7"}', "7"),
    ('```json\n{"reasoning": "the answer is 6", "answer": 7}\n```', "7"),
    ('{"answer": "7", "explanation": "not 6, the answer is 6 + 1"}', "7"),
    ("A: 7", "7"),
    ('{"total": 7}', "7"),
    ("{'correct_answer': '7'}", "7"),
    ("The answer is 7.\n\nTo check our answer: 7 + 5 = 12.", "7"),
    ("So there are 7 apples.\n\nLet me know if you have any other questions!", "7"),
    ("La réponse est 7.", "7"),
    ("Die Antwort lautet 7.", "7"),
    ("La respuesta correcta es 7.", "7"),
    ("答えは7です。", "7"),
    ("最终答案是 7。", "7"),
    ("正解：7", "7"),
    ("Jibu ni 7.", "7"),
    ("The answer is 9 hours, which is twice the 4.5 hours of the fast car.", "9"),
    ("The answer is 3 * 4 = 12 apples", "12"),
    # the last sentence
    ("She sells 9 eggs. So she makes 9 * 2 = $18 every day.", "18"),
    ("He spent $1090. Elvira will have €77 left for her clothing.", "77"),
    ("16 - 3 - 4 = <<16-3-4=9>>9 eggs\nShe makes 9 * 2 = $<<9*2=18>>18 every day.", "18"),
    ("First 3, then 4.\n\nSo in all there are **7** of the 12.", "7"),
    # corrected
    ("The answer is 5. Wait, no: the answer is 7.", "7"),
    ("The answer is 5. Wait, no: it is 7.", "7"),
    ("The answer is 5.\nThe answer is 7.", "7"),
    # control tokens, reasoning, a runaway continuation
    ("7</s></s>", "7"),
    ("<think>5? The answer is 5.</think>The answer is 7.", "7"),
    ("The answer is 7.\n\nQuestion: And 2 + 2?\nThe answer is 4.", "7"),
]

REFUSED = [
    "",
    "   ",
    "I cannot say.",
    "1,06",
    "3,5",
    "12 500",
    "2.5.1",
    "12:30",
    "2024-05-24",
    "12/05/2024",
    "5k",
    "5M",
    "3 dozen",
    "5 or 7",
    "The answer is 5 or 7.",
    "between 5 and 7",
    "5-7",
    "1, 2, 3",
    "1 2 3 4 5",
    "3\n5\n7",
    "4 blue, 6 red",
    "The answer is 2 hours and 30 minutes.",
    "5 apples and 3 pears are left.",
    r"\boxed{3\sqrt{2}}",
    r"\boxed{2\pi}",
    "5√5",
    "The answer is $x^2+1$.",
    r"\boxed{n^{2} - 4}",
    "答えは五分の三です",
    "答案是百分之六十",
    "答案是负三。",
    "4x^2",
    "2^10",
    "3 + 4i",
    r"\boxed{(2, 3)}",
    "COVID-19",
    "H2O",
    "<think>The answer is 7.</think>",
    "<think>The answer is 7.",
    '{"reasoning": "The answer is 7.", "answer": ""}',
    '{"reasoning": "3 + 4 = 7"',
    '{"apples": 7, "pears": 5}',
    "The answer is 5. Wait, no.",
    "The answer is unclear.",
    "First we take 5. Next, we add the 3 apples and",
]


@pytest.mark.parametrize(("text", "number"), READ)
def test_reads_what_is_stated(text: str, number: str) -> None:
    assert extract("numeric", "", text) == number


@pytest.mark.parametrize("text", REFUSED)
def test_refuses_what_could_be_read_in_two_ways(text: str) -> None:
    assert extract("numeric", "", text) is None


JUDGED = [
    ("18", "18.0", "correct"),
    ("0.5", "1/2", "correct"),
    ("9.110", "9.11", "correct"),
    ("18", "-18", "incorrect"),
    ("60", "60.5%", "incorrect"),
    ("60%", "60%", "correct"),
    ("60", "60%", "abstain"),
    ("0.6", "60%", "abstain"),
    ("60%", "60", "abstain"),
    ("18000", "18.000", "abstain"),
    ("18000", "18", "incorrect"),
    ("1/3", "0.33", "abstain"),
    ("1/3", "0.34", "incorrect"),
    ("1060", "1,06", "abstain"),
    (r"3\sqrt{2}", "3", "abstain"),
]


@pytest.mark.parametrize(("reference", "text", "verdict"), JUDGED)
def test_judges_by_value_and_leaves_doubt_open(reference: str, text: str, verdict: str) -> None:
    assert grade({"grader": "numeric", "answer": reference, "spec": ""}, text).verdict == verdict


@given(st.fractions())
def test_every_rational_number_reads_back(number: Fraction) -> None:
    written = number_text(number)

    assert canonical("numeric", "", written) in {written, None}
    assert extract("numeric", "", f"The answer is {written}.") == canonical("numeric", "", written)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**12), max_value=10**12))
def test_thousands_separators_do_not_change_a_number(number: object) -> None:
    assert grade({"grader": "numeric", "answer": f"{number:f}", "spec": ""}, f"The answer is {number:,f}").verdict == "correct"
