import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine import logs
from logmine.cli import progress
from logmine.cli.build import _filled
from logmine.cli.progress import shows_progress
from logmine.cli.text import printable
from logmine.report.verdict import NEXT_COMMANDS
from logmine.runners.local import Progress

PLACES = {"SOURCE": "'my logs'", "OUT": "/data/set"}


@given(st.text())
def test_text_from_logs_cannot_steer_a_terminal(text):
    assert printable(text).isprintable()
    assert len(printable(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "printed"),
    [("naïve 注文 👍", "naïve 注文 👍"), ("a\x1b[2Jb", "a?[2Jb"), ("two\nlines", "two?lines"), ("\u202eright to left", "?right to left")],
)
def test_letters_stay_and_controls_go(text, printed):
    assert printable(text) == printed


@pytest.mark.parametrize(
    ("word", "filled"),
    [("SOURCE", "'my logs'"), ("OUT/needs.jsonl", "/data/set/needs.jsonl"), ("s3://OUT", "s3://OUT"), ("--OUT", "--OUT")],
)
def test_places_are_filled_into_the_next_command(word, filled):
    assert _filled(word, PLACES) == filled


@pytest.mark.parametrize("command", NEXT_COMMANDS.values())
def test_every_next_command_can_be_typed(command):
    filled = " ".join(_filled(word, PLACES) for word in command.split(" "))
    assert "SOURCE" not in filled
    assert "OUT" not in filled


STEPS = [Progress("decode", 0, 2, 0), Progress("decode", 1, 2, 0), Progress("decode", 2, 2, 0), Progress("choose", 1, 1, 1)]


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    """Let logs be read by the compiled reader, be it there or not."""
    monkeypatch.setattr(logs, "reader_problem", lambda: None)


@pytest.fixture
def slow(monkeypatch, fast):  # noqa: ARG001 - which comes first
    """Let logs be read without the compiled reader, and return what is told of it."""
    monkeypatch.setattr(logs, "reader_problem", lambda: "[slow]")
    return "[slow]"


def test_a_stage_is_a_line_when_it_is_done(capsys):
    with shows_progress(quiet=False) as show:
        for step in STEPS:
            show(step)
    assert [" ".join(line.split()) for line in capsys.readouterr().err.splitlines()] == ["decode 2/2", "choose 1/1 (1 done before)"]


def test_a_stage_without_a_known_end_is_told_now_and_then(capsys, monkeypatch):
    monkeypatch.setattr(progress, "PLAIN_INTERVAL_S", 0.0)
    with shows_progress(quiet=False) as show:
        show(Progress("list_objects", 2000, None, 0))
    assert capsys.readouterr().err.split() == ["list_objects", "2000"]


def test_quiet_says_nothing(capsys):
    with shows_progress(quiet=True) as show:
        for step in STEPS:
            show(step)
    assert capsys.readouterr() == ("", "")


def test_slow_reading_is_told_once_before_it(capsys, slow):
    with shows_progress(quiet=False) as show:
        for step in (Progress("list_objects", 1, 1, 0), *STEPS):
            show(step)
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()] == ["list_objects", slow, "decode", "choose"]


def test_slow_reading_is_not_told_where_all_is_read_already(capsys, slow):
    with shows_progress(quiet=False) as show:
        show(Progress("decode", 2, 2, 2))
    assert slow not in capsys.readouterr().err


class Terminal(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self):
        return True


def test_a_terminal_shows_bars(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with shows_progress(quiet=False) as show:
        for step in (Progress("list_objects", 1000, None, 0), *STEPS):
            show(step)
    shown = sys.stderr.getvalue()
    assert "decode" in shown
    assert "1 done before" in shown


def test_a_terminal_tells_of_slow_reading(monkeypatch, slow):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with shows_progress(quiet=False) as show:
        for step in STEPS:
            show(step)
    assert sys.stderr.getvalue().count(slow) == 1
