import pytest

from logmine.similarity.asking import what_is_asked

HOW = [
    "How do I cancel an order?",
    "how can we cancel an order",
    "How to cancel an order",
    "What is the best way to cancel an order?",
    "Could you tell me how to cancel an order?",
    "I would like to know how to cancel an order.",
    "Please show me the steps to cancel an order",
    "In which way can I cancel an order?",
]
HOW_JAPANESE = [
    "注文を取り消す方法を教えてください。",
    "注文を取り消す手順を知りたいです",
    "注文を取り消すにはどうしたらいいでしょうか？",
    "どうすれば注文を取り消すことができますか",
]
OTHERS = [
    "Can I cancel an order?",
    "Why do I cancel an order?",
    "When can I cancel an order?",
    "What is the cheapest way to cancel an order?",
    "How should I cancel an order?",
    "How often do I cancel an order?",
    "Somebody told me how to cancel an order",
    "How do I cancel the order?",
]


@pytest.mark.parametrize("ways", [HOW, HOW_JAPANESE], ids=["en", "ja"])
def test_ways_to_ask_how_are_one(ways):
    assert len(set(map(what_is_asked, ways))) == 1


@pytest.mark.parametrize("text", OTHERS)
def test_other_questions_stay(text):
    assert what_is_asked(text) != what_is_asked(HOW[0])


def test_a_phrase_counts_behind_another_sentence_too():
    one, other = ("My order is late. How do I cancel it?", "my order is late.  what's the right way to cancel it?")
    assert what_is_asked(one) == what_is_asked(other)
    assert what_is_asked("I know how to pay") != what_is_asked("I know the way to pay")
