import pytest

from logmine.topics.names import NO_WORDS, name_topics, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("How do I reset the password of my account?", {"reset", "password", "account"}),
        ("Comment puis-je réinitialiser mon mot de passe ?", {"réinitialiser", "mot", "passe", "puis-je"}),
        ("Wie kann ich mein Passwort zurücksetzen?", {"passwort", "zurücksetzen"}),
        ("¿Cómo puedo restablecer la contraseña?", {"restablecer", "contraseña"}),
        ("パスワードを再設定する方法を教えてください", {"パスワード", "再設定"}),
        ("请问如何重置密码", {"重置密码"}),
        ("请问如何预订从北京到上海的高铁票", {"预订", "订从", "从北", "北京", "京到", "到上", "上海", "高铁票"}),
        ("x = 3; y = 4.5", set()),
    ],
    ids=["en", "fr", "de", "es", "ja", "zh", "zh_phrase", "code"],
)
def test_words_carry_meaning(text, found):
    assert words(text) == found


def named(topics, task=""):
    return name_topics({topic: [(task, text) for text in texts] for topic, texts in topics.items()})


def test_words_of_nearly_all_texts_name_no_topic():
    assert named({0: ["acme refund"] * 3, 1: ["acme weather"] * 3}) == {0: "refund", 1: "weather"}


def test_a_lone_topic_is_named_by_its_commonest_words():
    assert named({0: ["refund my order", "refund now"]}) == {0: "refund, order"}


def test_a_plural_is_not_named_beside_its_singular():
    assert named({0: ["refund refunds", "refunds refund"], 1: ["rain"]}) == {0: "refund", 1: "rain"}


def test_a_topic_in_two_scripts_is_named_in_that_of_most_of_its_texts():
    mixed = ["空港 電車", "空港 電車 airport", "空港 電車 airport", "airport bus"]
    assert named({0: mixed, 1: ["rain"]}) == {0: "空港, 電車", 1: "rain"}
    assert named({0: ["airport bus 空港"] * 2 + ["airport 空港 電車"], 1: ["rain"]})[0] == "airport, bus"


def test_a_topic_without_words_has_a_name():
    assert named({0: ["0 + 0", "0"], 1: ["rain", "rain"]}) == {0: NO_WORDS, 1: "rain"}


def test_small_talk_is_named_by_words_that_two_texts_have():
    talk = [f"{chr(97 + n % 26)}{chr(97 + n // 26)}zebra" for n in range(60)] + ["tent in June", "tent in May"]
    assert named({0: talk, 1: ["rain", "rain"]}) == {0: "tent", 1: "rain"}


def test_what_the_texts_of_a_task_share_is_its_skeleton_and_names_no_topic():
    quiz = [
        ("quiz", f"Think step by step about {word}")
        for word in ("whales", "whales", "whales", "whales", "tides", "tides", "tides", "tides")
    ]
    found = name_topics({0: quiz[:4], 1: quiz[4:], 2: [("walks", "the next step of the walk")] * 8})
    assert found[0] == "whales"
    assert found[1] == "tides"


def test_a_topic_of_nothing_but_skeleton_is_named_by_it():
    assert name_topics({0: [("rain", "rain in town")] * 8, 1: [("sun", "sun on the beach")] * 2})[0] == "rain, town"


def test_names_of_markup_are_no_words():
    assert words(r"\frac{a}{b} of <b>whales</b> &nbsp;") == {"whales"}
