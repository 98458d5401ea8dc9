import platform
import sys

import pytest

from logmine.graders import math_engine, regex
from logmine.reward import engines, verify_package, write_package
from logmine.reward.engines import find_engines
from logmine.reward.events import answered
from logmine.reward.isolation import run_isolated, unpacked

MATH = {"grader": "math", "answer": r"x^2 + 2x + 1", "spec": ""}
REGEX = {"grader": "regex", "answer": r"[A-Z]{2}\d{4}", "spec": '{"example": "AB1234"}'}
needs_math = pytest.mark.skipif(not math_engine.is_installed(), reason="needs math-verify")
needs_re2 = pytest.mark.skipif(not regex.is_installed(), reason="needs RE2")


def judged(zip_path, reference, text):
    """Return verdict and answer of the package, run as Lambda runs it."""
    with unpacked(zip_path) as folder:
        run = run_isolated("lambda", folder, [[answered("a", [], reference, text)]])
    return run.batches[0].verdicts[0]


def test_a_package_without_heavy_graders_is_small(dataset, tmp_path):
    write_package(dataset(), tmp_path)
    assert (tmp_path / "lambda.zip").stat().st_size < 1_000_000
    assert find_engines({"numeric", "label"}) == engines.Engines({}, {}, frozenset(), "python3.12", "x86_64")


@needs_math
def test_math_brings_its_algebra_system(dataset, tmp_path):
    rows = dataset([MATH])
    write_package(rows, tmp_path)
    assert 5_000_000 < (tmp_path / "lambda.zip").stat().st_size < 50_000_000
    assert verify_package(tmp_path / "lambda.zip", rows) == []
    assert judged(tmp_path / "lambda.zip", MATH, r"The answer is $\boxed{\frac{(x+1)^3}{x+1}}$")[0] == "correct"
    assert "math-verify" in (tmp_path / "README.md").read_text(encoding="utf-8")


@needs_re2
@pytest.mark.skipif(sys.platform != "linux", reason="Lambda runs Linux")
def test_regex_brings_re2_and_the_python_it_was_made_for(dataset, tmp_path):
    rows = dataset([REGEX])
    write_package(rows, tmp_path)
    assert verify_package(tmp_path / "lambda.zip", rows) == []
    assert [judged(tmp_path / "lambda.zip", REGEX, text)[0] for text in ("CD5678", "CD56")] == ["correct", "incorrect"]
    template = (tmp_path / "template.yaml").read_text(encoding="utf-8")
    assert f"Runtime: python{sys.version_info[0]}.{sys.version_info[1]}" in template


@needs_re2
def test_where_re2_cannot_be_bundled_the_instructions_say_so(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    rows = dataset([REGEX])
    write_package(rows, tmp_path)
    assert find_engines({"regex"}).missing == {"regex"}
    assert verify_package(tmp_path / "lambda.zip", rows) == []
    assert "**`regex` rows earn nothing as the ZIP stands**" in (tmp_path / "README.md").read_text(encoding="utf-8")


@needs_math
def test_engines_carry_nothing_of_the_machine():
    names = find_engines({"math"}).files
    assert not [name for name in names if "RECORD" in name or "__pycache__" in name or "/tests/" in name or "direct_url" in name]
    assert {name.split("/")[0] for name in names} >= {"math_verify", "sympy", "mpmath", "latex2sympy2_extended", "antlr4"}
