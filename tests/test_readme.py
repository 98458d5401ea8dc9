"""The README does what it says: its commands, its examples, and what it prints."""

import json
import os
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
import typing
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from logmine.cli import main
from logmine.config import Config, load_config
from logmine.report.verdict import VerdictName

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = ROOT / ".ci" / "run"
with_printed_end = runpy.run_path(str(ROOT / "tests" / "write_docs.py"))["with_printed_end"]


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(tmp_path, sample_copy, sample_logs):
    """Return a folder with the sample and a build of it under the names that the README uses."""
    (tmp_path / "sample_logs").symlink_to(sample_logs)
    sample_copy.rename(tmp_path / "dataset")
    return tmp_path


def test_it_opens_with_one_sentence_and_two_commands_of_one_line():
    opening = README.split("\n\n")[1]
    assert opening.count(". ") == 0
    assert opening.endswith(".")
    build, test = blocks("sh")[:2]
    assert build == "pip install -c constraints.txt . && logmine build sample_logs -o dataset\n"
    assert test == "pip install -c constraints.txt -e '.[test]' && pytest\n"


def test_it_shows_the_end_of_the_sample_build_as_printed(sample_build):
    printed = sample_build.done.stdout.replace(str(sample_build.out), "dataset")
    assert with_printed_end(README, printed) == README, "run python tests/write_docs.py"


def test_its_python_example_runs(project):
    (example,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", example], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert any(f"\n{verdict}\n" in done.stdout for verdict in typing.get_args(VerdictName))


def test_its_other_commands_run(project, sample_build, logmine):
    request = sample_build.frame("decisions")["request_ids"][0][0]
    (commands,) = [block for block in blocks("sh") if "logmine explain" in block]
    for line in commands.replace("REQUEST_ID", request).splitlines():
        done = logmine(*shlex.split(line, comments=True)[1:], cwd=project)
        assert done.returncode == 0, (line, done.stderr)
        assert done.stdout


def test_it_tells_every_command_and_every_verdict():
    assert [name for name in main.commands if f"logmine {name} " not in README] == []
    assert [name for name in typing.get_args(VerdictName) if f"\n| {name} | " not in README] == []


def test_its_settings_are_accepted(tmp_path):
    (example,) = blocks("toml")
    (tmp_path / "logmine.toml").write_text(example, encoding="utf-8")
    assert load_config(tmp_path / "logmine.toml") != Config()


def test_its_policy_is_json_with_the_three_permissions():
    (policy,) = (json.loads(block) for block in blocks("json"))
    assert [statement["Action"] for statement in policy["Statement"]] == ["s3:ListBucket", "s3:GetObject", "kms:Decrypt"]


def test_its_links_lead_somewhere():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_constraints_pin_every_dependency_to_a_version_that_it_allows():
    lines = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    pinned = {name.lower().replace("_", "-"): version for name, version in (line.split("==") for line in lines)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = map(Requirement, [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)])
    assert [str(one) for one in needed if one.name != "logmine" and pinned.get(one.name, "") not in one.specifier] == []
    assert not any("+" in version for version in pinned.values())


def test_continuous_integration_takes_the_command_from_here():
    assert os.access(CI, os.X_OK)
    (pattern,) = re.findall(r"grep -m 1 '([^']+)' README\.md", CI.read_text(encoding="utf-8"))
    assert [line for line in README.splitlines() if re.search(pattern, line)] == ["pip install -c constraints.txt -e '.[test]' && pytest"]
