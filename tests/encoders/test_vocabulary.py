import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.encoders import vocabulary
from logmine.encoders.vocabulary import log_probability, names, pieces_of
from logmine.errors import UsageError


@given(st.text(alphabet="abz男性用はカー☃", max_size=30))
def test_pieces_are_the_whole_text(text):
    assert "".join(pieces_of(text)) == text


def test_unknown_characters_are_pieces_by_themselves():
    assert pieces_of("男性用☃☃") == ["男性", "用", "☃", "☃"]


@pytest.mark.parametrize(("word", "slip"), [("▁the", "▁teh"), ("男性", "男姓"), ("▁because", "▁becuase")])
def test_words_are_likelier_than_slips(word, slip):
    assert log_probability(slip) < log_probability(word) < 0


def test_names_are_what_has_a_capital():
    assert "paris" in names()
    assert all(name == name.casefold() for name in names())


def test_a_changed_vocabulary_is_refused(monkeypatch):
    monkeypatch.setitem(vocabulary.PINNED, "sp.model", "0" * 64)
    with pytest.raises(UsageError, match="Install the package anew"):
        next(vocabulary._pieces())
