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


def test_words_of_nearly_all_texts_name_no_topic():
    names = name_topics({0: ["acme refund"] * 3, 1: ["acme weather"] * 3})
    assert names == {0: "refund", 1: "weather"}


def test_a_lone_topic_is_named_by_its_commonest_words():
    assert name_topics({0: ["refund my order", "refund now"]}) == {0: "refund, order"}


def test_a_plural_is_not_named_beside_its_singular():
    assert name_topics({0: ["refund refunds", "refunds refund"], 1: ["rain"]}) == {0: "refund", 1: "rain"}


def test_a_topic_without_words_has_a_name():
    assert name_topics({0: ["0 + 0", "0"], 1: ["rain", "rain"]}) == {0: NO_WORDS, 1: "rain"}
