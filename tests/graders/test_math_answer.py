"""Mathematical answers: equal ones in many spellings, exact forms, and the engine in its own process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from logmine.graders import canonical, extract, grade, math_engine
from logmine.graders.math_answer import _by_forms
from logmine.graders.math_forms import read_form

if TYPE_CHECKING:
    from fractions import Fraction

needs_engine = pytest.mark.skipif(not math_engine.is_installed(), reason="math-verify is not installed (the extra math)")

EQUAL = [
    (r"\frac{1}{2}", "0.5"),
    (r"\frac12", r"\dfrac{1}{2}"),
    (r"\frac{2}{\sqrt{2}}", r"\sqrt{2}"),
    (r"3\sqrt{8}", r"6 \sqrt 2".replace(" 2", "{2}")),
    (r"\frac{1}{2+\sqrt{3}}", r"2 - \sqrt{3}"),
    (r"2\pi r^2", r"2 r^{2} \pi"),
    ("2π", r"2\pi"),
    ("(x+1)^2", "x^2+2x+1"),
    (r"\left(1, 2\right)", "(1,2)"),
    (r"[0,\infty)", r"\left[ 0 , \infty \right)"),
    (r"\{3, 1\}", "1, 3"),
    ("x = 1, 2", r"\{2,1\}"),
    (r"1 \pm \sqrt{3}", r"1-\sqrt{3}, 1+\sqrt{3}"),
    (r"(-\infty, 2) \cup (3, 5]", r"(3,5] \cup (-\infty,2)"),
    ("x = 5", "5"),
    ("3x - y + 13 = 0", "2y = 6x + 26"),
    (r"90^\circ", "90"),
    (r"5\text{ cm}", "5"),
    ("1,000", r"1{,}000"),
    (r"\text{East}", "east"),
    ("(1+i)(1-i)", "2"),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_spellings_of_one_answer_have_one_form(one: str, other: str) -> None:
    assert canonical("math", "", one) == canonical("math", "", other) is not None


READ = [
    (r"So \boxed{\frac{3}{4}}.", r"\frac{3}{4}"),
    ("The answer is $x = 5$.", "5"),
    ("The answer is 13 apples.", "13"),
    ('{"reasoning": "…", "answer": "2/3"}', r"\frac{2}{3}"),
    ("Thus we get\n\n**7**", "7"),
    ("#### 12", "12"),
    (r"Therefore, the area is $9\pi$.", r"9 \pi"),
    (r"\boxed{5}. Wait, no: \boxed{6}", "6"),
    (r"\boxed{\text{no solution}}", "no solution"),
    (r"\boxed{\sin x}", r"\sin x"),
    ("**7**", "7"),
    ("*x = 7*.", "7"),
    (".5", r"\frac{1}{2}"),
    ("...5", "5"),
    ("= 7", "7"),
    ("7e2", "700"),
    ("2**3", "8"),
    # cannot be read
    ("", None),
    ("I cannot say.", None),
    ("The answer is correct.", None),
    ("The answer is $5$ or $6$.", None),
    ("The answer is the reference answer.", None),
    ("1,06", None),
    ("12 500", None),
    (r"<think>\boxed{5}</think>", None),
    (r"The answer is 5. Wait, no.", None),
]


@pytest.mark.parametrize(("text", "answer"), READ)
def test_reads_what_is_stated(text: str, answer: str | None) -> None:
    assert extract("math", "", text) == answer


JUDGED = [
    (r"\frac{1}{2}", r"\boxed{0.5}", "correct"),
    ("5", r"\boxed{6}", "incorrect"),
    ("5", r"\boxed{-5}", "incorrect"),
    (r"3\sqrt{2}", r"\boxed{2\sqrt{3}}", "incorrect"),
    ("(1,2)", r"\boxed{(2,1)}", "incorrect"),
    ("[0,1)", r"\boxed{[0,1]}", "incorrect"),
    (r"\{1,2\}", r"\boxed{1}", "incorrect"),
    ("5", r"\boxed{5, 6}", "incorrect"),
    ("east", r"\boxed{\text{west}}", "incorrect"),
    ("1/3", r"\boxed{0.33}", "abstain"),
    ("60%", r"\boxed{0.6}", "abstain"),
    ("60%", r"\boxed{0.7}", "incorrect"),
    ("3.5", r"\boxed{3,5}", "abstain"),
    ("5", "The answer is 5 m", "abstain"),
    ("5", r"\boxed{\text{five}}", "abstain"),
    ("y = 2x + 1 = z", r"\boxed{3}", "abstain"),
    ("3x - y + 13 = 0", r"\boxed{0}", "abstain"),
]


@pytest.mark.parametrize(("reference", "text", "verdict"), JUDGED)
def test_judges_by_exact_form(reference: str, text: str, verdict: str) -> None:
    assert grade({"grader": "math", "answer": reference, "spec": ""}, text).verdict == verdict


SYMBOLIC = [
    (r"\sin^2 x + \cos^2 x", "1", "correct"),
    (r"\frac{x+1}{x-1}", r"1+\frac{2}{x-1}", "correct"),
    (r"\log 2", r"\log 3", "incorrect"),
    (r"2\frac{1}{3}", r"\frac{7}{3}", "correct"),
]


@needs_engine
@pytest.mark.parametrize(("reference", "answer", "verdict"), SYMBOLIC)
def test_the_engine_decides_what_forms_cannot(reference: str, answer: str, verdict: str) -> None:
    assert grade({"grader": "math", "answer": reference, "spec": ""}, rf"\boxed{{{answer}}}").verdict == verdict


@needs_engine
def test_the_engine_is_stopped_at_its_limits_and_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(math_engine, "MAX_SECONDS", 3.0)

    assert math_engine.verified(r"10^{10^{10^{10}}}", r"10^{10^{10^{9}}}") is None
    assert math_engine.verified(r"\sqrt{x^2+2x+1}^2", "(x+1)^2") is True


@needs_engine
@pytest.mark.parametrize(("one", "other"), [pair for pair in EQUAL if "=" not in pair[0] and "text" not in pair[0] and "i)" not in pair[0]])
def test_forms_and_engine_agree(one: str, other: str) -> None:
    assert math_engine.verified(other, one) is not False


_INTEGERS = st.integers(-40, 40).map(str)
_NUMBERS = st.one_of(
    _INTEGERS,
    st.builds("{}.{}".format, st.integers(0, 20), st.integers(0, 99)),
    st.builds(r"\frac{{{}}}{{{}}}".format, st.integers(-9, 9), st.integers(1, 9)),
    st.builds("{}/{}".format, st.integers(1, 9), st.integers(1, 9)),
    st.sampled_from(["1,000", ".5", "-0", "2^{10}", r"90^\circ", r"5\text{ cm}", r"20\%", r"\infty"]),
)
_EXACT = st.one_of(
    _NUMBERS,
    st.builds(r"{}\sqrt{{{}}}".format, st.integers(2, 6), st.sampled_from([2, 3, 8, 12])),
    st.builds(r"\frac{{{}\pi}}{{{}}}".format, st.integers(2, 5), st.integers(2, 5)),
    st.builds("(x+{})(x-{})".format, st.integers(1, 5), st.integers(1, 5)),
    st.builds("x^2 + {}x - {}".format, st.integers(1, 5), st.integers(1, 5)),
    st.builds("({}, {}]".format, st.integers(-9, 0), st.integers(1, 9)),
    st.lists(_NUMBERS, min_size=2, max_size=3, unique=True).map(lambda own: rf"\{{{', '.join(own)}\}}"),
)


@needs_engine
@settings(max_examples=40)
@given(_EXACT, _EXACT, st.booleans())
def test_what_exact_forms_decide_the_engine_decides_alike(one: str, other: str, respelled: bool) -> None:  # noqa: FBT001 - drawn
    found = canonical("math", "", one)
    wanted = canonical("math", "", str(found) if respelled else other)
    assume(found is not None and wanted is not None)
    decided = "correct" if found == wanted else _by_forms(read_form(found), read_form(wanted))
    said = math_engine.verified(found, wanted) if decided in {"correct", "incorrect"} else None
    assume(said is not None)
    assert said == (decided == "correct")


@pytest.mark.skipif(math_engine.is_installed(), reason="math-verify is installed")
@pytest.mark.parametrize(("reference", "answer"), [(reference, answer) for reference, answer, _ in SYMBOLIC])
def test_without_the_engine_nothing_is_guessed(reference: str, answer: str) -> None:
    assert grade({"grader": "math", "answer": reference, "spec": ""}, rf"\boxed{{{answer}}}").verdict == "abstain"


@given(st.fractions(max_denominator=10**6))
def test_every_fraction_reads_back(number: Fraction) -> None:
    form = read_form(rf"\frac{{{number.numerator}}}{{{number.denominator}}}")

    assert form is not None
    assert read_form(form.text) == form
    assert form == read_form(str(number))


@given(
    st.lists(
        st.sampled_from([*"0123xyabi+-*/^(){}[],.= \\$%±π√", "\\frac", "\\sqrt", "\\pi", "\\cup", "\\pm", "\\text{", "\\infty"]),
        max_size=60,
    ).map("".join)
)
def test_no_expression_raises_and_each_form_is_stable(written: str) -> None:
    form = read_form(written)

    assert form is None or read_form(form.text) in {form, None}


@pytest.mark.parametrize(
    "written", ["(" * 400, "{" * 400, "x^" * 200, "9" * 500, r"\frac" * 90, "(x+y+z)^30", r"\sqrt{99999999999999999999}", "2^{10^{10}}"]
)
def test_hostile_expressions_have_no_form(written: str) -> None:
    assert read_form(written) is None


def test_the_seam_is_one_module() -> None:
    assert json.dumps(sorted(name for name in vars(math_engine) if name in {"sympy", "math_verify"})) == "[]"
