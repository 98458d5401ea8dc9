import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logmine.graders.final_answer import _PHRASES
from logmine.graders.phrase_heads import find_phrases

WORDS = st.sampled_from(
    [
        "answer", "The ANSWER is", "final", "final answer:", "Final result:", "overall total:", "end value :", "my choice is", "best option:",
        "closest result was", "the answer to the answer is", "答え", "答えは", "答案：", "应选", "正确选项是", "Réponse :", "reponse est", "Antwort ist",
        "LÖSUNG:", "das Ergebnis beträgt", "respuesta es", "risposta è", "jibu ni", "Ответ:", "정답은", "is", ":", "=", "**", "> ", "# ", "- ",
        "\n", "\n\n", " ", ".", "5", "ſ", "İ", "K", "anſwer is", "x" * 70,
    ]
)  # fmt: skip
TEXTS = st.lists(WORDS, max_size=12).map(" ".join) | st.lists(WORDS, max_size=12).map("".join) | st.text(max_size=40)


@settings(max_examples=500, deadline=None)
@given(TEXTS)
def test_phrases_are_those_of_the_pattern_tried_everywhere(text):
    assert [match.span() for match in find_phrases(_PHRASES, text)] == [match.span() for match in _PHRASES.finditer(text)]


@pytest.mark.parametrize(
    "text", ["\n\n## Final answer: 5", "**Overall total:** 7", "No. My answer is 3, so the answer was 4.", "最終的な答えは 5"]
)
def test_phrases_of_a_text(text):
    assert [match.span() for match in find_phrases(_PHRASES, text)] == [match.span() for match in _PHRASES.finditer(text)] != []
