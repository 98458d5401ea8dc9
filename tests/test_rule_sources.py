import pytest

from logmine.config import load_config
from logmine.errors import UsageError
from logmine.rule_sources import read_rule, rule_fault
from logmine.tasks import check_blocks

CHECK = "def check(text, tool_calls, reference, spec):\n    return True\n"


def test_a_file_beside_the_settings_is_read(tmp_path):
    (tmp_path / "rules.py").write_text(CHECK)
    (tmp_path / "logmine.toml").write_text('[[task]]\nmatch = { role = "x" }\ngrader = "rule"\nrule = "rules.py:check"\n')
    [block] = load_config(tmp_path / "logmine.toml").task
    assert (block.rule, block.rule_source, check_blocks([block])) == ("rules.py:check", CHECK, None)


def test_settings_tell_the_digest_of_a_rule_and_neither_source_nor_place(tmp_path):
    told = []
    for source in (CHECK, CHECK + "# changed\n"):
        (tmp_path / "rules.py").write_text(source)
        (tmp_path / "logmine.toml").write_text('[[task]]\nmatch = { role = "x" }\ngrader = "rule"\nrule = "rules.py:check"\n')
        told.append(load_config(tmp_path / "logmine.toml").to_dict()["task"][0])
    assert set(told[0]) == {"match", "grader", "rule", "rule_digest"}
    assert told[0]["rule_digest"] != told[1]["rule_digest"]


def test_a_module_that_python_can_import_is_read(tmp_path):
    assert read_rule("here", "json.decoder:py_scanstring", tmp_path).startswith('"""Implementation of JSONDecoder')


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("rules.py", "names no function"),
        ("rules.py:", "names no function"),
        ("rules.py:check()", "names no function"),
        ("nowhere.py:check", "cannot be read"),
        ("no_such_module_at_all:check", "no module no_such_module_at_all"),
        ("no_such_package.module:check", "cannot be imported"),
        ("sys:exit", "no module sys with a source file"),
    ],
)
def test_what_names_no_source_is_refused(tmp_path, rule, expected):
    with pytest.raises(UsageError) as caught:
        read_rule("logmine.toml: [[task]] number 1", rule, tmp_path)
    assert str(caught.value).startswith("logmine.toml: [[task]] number 1")
    assert expected in str(caught.value)
    assert 'Write rule = "rules.py:check"' in str(caught.value)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def other(): pass", "it has no function check"),
        ("def check(text): pass", "TypeError: too many positional arguments"),
        ("def check(:", "SyntaxError"),
        ("import numpy", "ModuleNotFoundError: No module named 'numpy'"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_rule_that_cannot_judge_in_lambda_is_refused(source, expected):
    fault = rule_fault("rules.py:check", source)
    assert expected in fault
    assert "(text, tool_calls, reference, spec)" in fault


def test_what_a_rule_prints_while_it_is_read_is_no_fault():
    assert rule_fault("rules.py:check", f"print('hello')\n{CHECK}") is None
