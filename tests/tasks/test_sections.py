import pytest

from logmine.tasks.sections import marked_lines, without_label

LONG = "tea is made from the leaves of a shrub and was first drunk as a medicine"


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("context:|tea is hot|question: what is hot?", [0, 1]),
        ("**context**:|tea is hot|**question**: what is hot?", [0, 1]),
        ("context: tea is hot|query: what is hot?", [0]),
        ("what is hot?|### search results|tea is hot", [1, 2]),
        ("sources:|tea is hot|ice is cold|what is hot?", [0, 1, 2]),
        ("document 1:|tea is hot|document 2:|ice is cold|question:|what?", [0, 1, 2, 3]),
        ("<documents>|<document>|tea|</document>|</documents>|what is hot?", [0, 1, 2, 3, 4]),
        ("<context>tea is hot</context>|what is hot?", [0]),
        ("<context>|tea is hot|what is hot?", []),
        (f"[1] {LONG}|[2] {LONG}|what is hot?", [0, 1]),
        (f"[1] {LONG}|what is hot?", []),
        ("[1] tea|[2] ice|which one?", []),
        ("参考情報：|茶は熱い|質問：熱いのは何ですか", [0, 1]),
        ("上下文：茶很热|问题：什么热？", [0]),
        ("the document is long|sources of joy|contexts matter", []),
        ("what is hot?", []),
        ("", []),
    ],
)
def test_marks_tell_passages(text, marked):
    assert sorted(marked_lines(text.split("|"))) == marked


def test_a_line_of_the_application_ends_a_section():
    lines = ["context:", "tea is hot", "answer in one word", "what is hot?"]
    assert (sorted(marked_lines(lines, {2})), sorted(marked_lines(lines))) == ([0, 1], [0, 1, 2])


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("Question: who?", "who?"),
        ("Q2: who?", "who?"),
        ("質問：誰？", "誰？"),
        ("<question>who?</question>", "who?"),
        ("who: me?", "who: me?"),
        ("Question:", "Question:"),
    ],
)
def test_labels_are_no_part_of_a_question(written, bare):
    assert without_label(written) == bare
