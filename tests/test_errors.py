import pickle
import re

import pytest

from logmine import errors
from logmine.cli import EXIT_CODES
from logmine.errors import LogmineError, MissingPackageError, UsageError


def family(root):
    return [root, *(name for child in root.__subclasses__() for name in family(child))]


@pytest.mark.parametrize("kind", family(LogmineError), ids=lambda kind: kind.__name__)
def test_the_tree_in_the_docstring_shows_every_error_with_its_exit_code(kind):
    drawn = dict(re.findall(r"(\w+Error)\s+(?:exit\s+)?(\d+)?", errors.__doc__))
    assert drawn[kind.__name__] == (str(kind.exit_code) if kind is not LogmineError else "")


def test_the_help_of_the_command_line_names_every_exit_code():
    listed = {int(code) for code in re.findall(r"^  (\d+)", EXIT_CODES, re.MULTILINE)}
    assert listed == {0, 1} | {kind.exit_code for kind in family(LogmineError)}


def test_a_missing_package_comes_with_the_command_that_installs_it():
    error = MissingPackageError("torch", extra="sentence-transformers", purpose="--encoder all-MiniLM-L6-v2")
    assert isinstance(error, UsageError)
    assert str(error).splitlines() == [
        "--encoder all-MiniLM-L6-v2 needs the package torch, which is not installed.",
        "Install it: pip install 'logmine[sentence-transformers]'",
    ]


@pytest.mark.parametrize("kind", family(LogmineError), ids=lambda kind: kind.__name__)
def test_an_error_comes_out_of_a_worker_process_as_it_is(kind):
    error = kind("torch", extra="x", purpose="y") if kind is MissingPackageError else kind("what to do")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - own bytes
    assert (type(again), str(again)) == (kind, str(error))
