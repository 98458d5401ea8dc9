import json
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logmine.graders import grade, render
from logmine.graders import rule as grader
from logmine.graders.abuse import UNRELATED
from logmine.graders.rule import bundled_sources, install

SOURCE = '''
"""Rules of a puzzle shop."""
import json
import time
from dataclasses import dataclass


@dataclass
class Move:
    text: str


def is_even(text, tool_calls, reference, spec):
    print("thinking aloud")
    return int(Move(text).text) % spec.get("by", 2) == 0


def says(text, tool_calls, reference, spec):
    return json.loads(text)


def echoes(text, tool_calls, reference, spec):
    return text == spec["prompt"] or text == reference


def calls(text, tool_calls, reference, spec):
    spec["seen"] = tool_calls.clear()
    return True


def sleeps(text, tool_calls, reference, spec):
    try:
        time.sleep(2)
    except Exception:
        return True


def hoards(text, tool_calls, reference, spec):
    return len("x" * 2**62)


def loops(text, tool_calls, reference, spec):
    while True:
        pass
'''
DIGEST = install(SOURCE)


def asked(function, text, answer="", calls=(), **spec):
    reference = {"grader": "rule", "answer": answer, "spec": json.dumps({"rule": f"rules:{function}@{DIGEST}", **spec})}
    return grade(reference, text, calls)


def test_the_rule_decides():
    assert [asked("is_even", text).verdict for text in ("4", "5")] == ["correct", "incorrect"]
    assert asked("is_even", "9", options={"by": 3}).verdict == "correct"
    assert asked("echoes", "two apples", answer="two apples").verdict == "correct"
    assert asked("echoes", "how many?", prompt="how many?").verdict == "correct"


@pytest.mark.parametrize(
    ("said", "verdict", "score"),
    [
        ("true", "correct", 1.0),
        ("false", "incorrect", 0.0),
        ("1", "correct", 1.0),
        ("0.25", "incorrect", 0.25),
        ("1.0", "correct", 1.0),
        ("null", "abstain", None),
        ('"yes"', "abstain", None),
        ("1.5", "abstain", None),
        ("-1", "abstain", None),
        ("NaN", "abstain", None),
        ("[]", "abstain", None),
    ],
)
def test_what_a_rule_may_say(said, verdict, score):
    judgement = asked("says", said)
    assert (judgement.verdict, judgement.score, judgement.reason is None) == (verdict, score, verdict != "abstain")


@pytest.mark.parametrize(
    ("function", "text", "reason"),
    [
        ("is_even", "four", "raised ValueError"),
        ("says", "null", "the rule cannot say"),
        ("says", "[]", "returned list, not True, False, None or a score in [0, 1]"),
        ("missing", "4", "the rule's function is not here"),
        ("is_even", "", None),
        ("is_even", " \n", None),
    ],
)
def test_abstentions_have_their_reason(function, text, reason):
    judgement = asked(function, text)
    assert (judgement.verdict, judgement.reason) == ("abstain", reason)


def test_a_rule_that_asks_for_more_memory_than_there_is_abstains():
    assert asked("hoards", "4").reason == "raised MemoryError"


@pytest.mark.parametrize("text", ["", " ", "how many?", "4 or 5", "0\n1\n2\n3", "5", "The answer is correct.", *UNRELATED])
def test_no_probe_is_paid_by_a_rule_that_tells_right_from_wrong(text):
    assert asked("is_even", text, prompt="how many?").score in {None, 0.0}


def test_a_rule_that_is_not_installed_abstains():
    reference = {"grader": "rule", "answer": "", "spec": '{"rule": "rules:check@000000000000"}'}
    assert grade(reference, "4").reason == "the rule's function is not here"


@pytest.mark.parametrize(("function", "in_main_thread"), [("sleeps", True), ("loops", True), ("sleeps", False)])
def test_a_rule_that_takes_too_long_abstains(function, in_main_thread, monkeypatch):
    monkeypatch.setattr(grader, "MAX_SECONDS", 0.05)
    said = []
    thread = threading.Thread(target=lambda: said.append(asked(function, "4").reason))
    if in_main_thread:
        said.append(asked(function, "4").reason)
    else:
        thread.start()
        thread.join()
    assert said == ["more than 0.05 s"]


def test_what_a_rule_prints_is_lost_and_what_it_changes_stays_its_own(capsys):
    calls = [{"function": {"name": "add"}}]
    assert asked("is_even", "4").verdict == "correct"
    assert [asked("calls", "", calls=calls).verdict for _ in range(2)] == ["correct", "correct"]
    assert (calls, capsys.readouterr().out) == ([{"function": {"name": "add"}}], "")


def test_a_reference_is_proved_by_its_example():
    spec = json.dumps({"rule": f"rules:is_even@{DIGEST}", "example": {"text": "8", "tool_calls": []}})
    reference = {"grader": "rule", "answer": "", "spec": spec}
    assert grade(reference, *render(reference)).verdict == "correct"
    assert render(reference | {"answer": "6", "spec": json.dumps({"rule": f"rules:is_even@{DIGEST}"})}) == ("6", [])


@pytest.mark.parametrize(
    "spec",
    ["{}", '{"rule": "rules:check"}', '{"rule": 3}', '{"rule": "r:c@000000000000", "options": []}', '{"rule": "../x:c@000000000000"}'],
)
def test_a_malformed_spec_is_refused(spec):
    with pytest.raises(ValueError, match=r"^rule: "):
        grade({"grader": "rule", "answer": "", "spec": spec}, "4")


@settings(max_examples=40)
@given(st.text())
def test_no_completion_raises(text):
    judgement = asked("says", text)
    assert (judgement.score is None) == (judgement.verdict == "abstain")


def test_files_of_rules_are_bundled_by_digest():
    files = bundled_sources([{"rule": f"rules:is_even@{DIGEST}"}, {"rule": f"rules:says@{DIGEST}"}, {"rule": "x:y@000000000000"}])
    assert files == {"rules/__init__.py": b"", f"rules/r{DIGEST}.py": SOURCE.encode()}
    assert bundled_sources([]) == {}


def test_the_source_is_of_the_standard_library_alone():
    assert "logmine." not in Path(grader.__file__).read_text(encoding="utf-8")
