import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.tasks.courtesy import without_courtesy


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("Could you please reset it?", "reset it?"),
        ("Hi there, reset it. Thanks a lot!", "reset it."),
        ("I would like to know why it rains", "why it rains"),
        ("Bonjour, où est la gare?", "où est la gare?"),
        ("すみませんが、川を挙げて。よろしくお願いします。", "川を挙げて。"),
        ("会議の資料を作ってくださいませんか。", "会議の資料を作ってください。"),
        ("你好,请问河在哪里?谢谢", "河在哪里?"),
    ],
)
def test_what_asks_nothing_is_left_out(line, bare):
    assert without_courtesy(line) == bare


@pytest.mark.parametrize("line", ["hello world", "hello kitty costs what?", "what does 'thank you' mean in French?", "please", "", "?!"])
def test_what_may_be_asked_about_stays(line):
    assert without_courtesy(line) == line


@given(st.text(max_size=200))
def test_something_is_always_left(line):
    bare = without_courtesy(line)
    assert any(map(str.isalnum, bare)) or bare == line
