import contextlib

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logmine.errors import UsageError
from logmine.selection import compile_filter
from logmine.selection.keep import COLUMNS, TEXTS

ROWS = pl.DataFrame(
    {
        "pass_rate": [0.0, 0.5, 1.0, None, 0.25],
        "n_attempts": [8, 8, 8, 0, 3],
        "grader": ["numeric", "choice", "numeric", None, "label"],
        "language": ["en", "ja", None, "en", "fr"],
    }
)


def kept(text):
    return ROWS.with_row_index().filter(compile_filter(text))["index"].to_list()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("pass_rate > 0", [1, 2, 4]),
        ("0 < pass_rate < 1 and n_attempts >= 8", [1]),
        ("0 <= pass_rate <= 0.5", [0, 1, 4]),
        ("pass_rate == 0 or pass_rate == 1", [0, 2]),
        ("not pass_rate > 0", [0]),
        ("not (pass_rate > 0 and n_attempts > 3)", [0, 3, 4]),
        ("grader in ['numeric', 'label']", [0, 2, 4]),
        ('grader not in ("numeric",) and language != "ja"', [4]),
        ("pass_rate > -1", [0, 1, 2, 4]),
        ("n_attempts > pass_rate", [0, 1, 2, 4]),
        ('"en" == language', [0, 3]),
    ],
)
def test_what_an_expression_keeps(text, rows):
    assert kept(text) == rows


@pytest.mark.parametrize(
    ("text", "column", "what"),
    [
        ("pas_rate > 0", 1, "unknown name pas_rate; did you mean pass_rate?"),
        ("pass_rate > 0 and xyz > 1", 19, "unknown name xyz; known are"),
        ("pass_rate", 1, "expected a comparison"),
        ("True", 1, "expected a comparison"),
        ("pass_rate > ", 1, "this is no expression"),
        ("pass_rate > 0; import os", 1, "this is no expression"),
        ("__import__('os').system('true') == 0", 1, "expected a name, a number or a text"),
        ("pass_rate.real > 0", 1, "expected a name"),
        ("pass_rate + 1 > 0", 1, "expected a name"),
        ("pass_rate > 'high'", 13, "a number is compared with a text"),
        ("grader == 3", 11, "a text is compared with a number"),
        ("pass_rate is 0", 14, "only <, <=,"),
        ("grader in 'numeric'", 11, "expected a list"),
        ("grader in ['numeric', 3]", 23, "expected a text"),
        ("n_attempts > True", 14, "expected a name"),
        ("(lambda: pass_rate)() > 0", 1, "expected a name"),
        ("[n_attempts for n_attempts in grader] == 1", 1, "expected a name"),
        ("", 1, "this is no expression"),
    ],
)
def test_what_is_no_filter_is_refused_at_its_place(text, column, what):
    with pytest.raises(UsageError) as caught:
        compile_filter(text)
    first, shown, caret, _ = str(caught.value).split("\n")
    assert what in first
    assert shown == f"  {text}"
    if what != "this is no expression":
        assert first.startswith(f"--keep, column {column}: ")
        assert caret.index("^") == column + 1


@settings(max_examples=200)
@given(st.text(max_size=40) | st.text("()<>=!'abc 012.,[]", max_size=40))
def test_any_text_is_a_filter_or_refused(text):
    with contextlib.suppress(UsageError):  # any other error fails the test
        assert isinstance(compile_filter(text), pl.Expr)


def test_a_deep_nest_is_refused():
    with pytest.raises(UsageError):
        compile_filter("(" * 500 + "pass_rate > 0" + ")" * 500)
    with pytest.raises(UsageError):
        compile_filter("not " * 900 + "pass_rate > 0 and pas > 1")


def test_every_name_is_a_column_that_is_there(chosen):
    for name in COLUMNS:
        text = f"{name} == 'x'" if name in TEXTS else f"{name} > 2e9"
        assert set(chosen({}, keep=text)["decision"]) == {"not_kept"}
