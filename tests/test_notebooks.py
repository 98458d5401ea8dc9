"""The notebooks run from end to end, as marimo and as Jupyter, without a network."""

import json
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ROOT / "notebooks"
write_twin = runpy.run_path(str(ROOT / "tests" / "write_docs.py"))["write_twin"]

# Foreign packages warn while a kernel starts; these tests are not about that.
pytestmark = pytest.mark.filterwarnings("default")


def run(name, *arguments, cwd=ROOT):
    """Run a notebook as a script, every cell of it."""
    return subprocess.run([sys.executable, NOTEBOOKS / name, "--", *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_explore_runs_on_a_build(sample_build):
    done = run("explore.py", "--build", str(sample_build.out))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{sample_build.out}\nREADY: ")
    assert "\nDecision: selected" in done.stdout


def test_explore_builds_the_sample_where_there_is_no_build():
    done = run("explore.py", "--build", "no-such-build")
    assert done.returncode == 0, done.stderr
    assert "\nREADY: " in done.stdout
    shutil.rmtree(done.stdout.splitlines()[0])


def test_explore_runs_in_jupyter(sample_build, tmp_path):
    (tmp_path / "dataset").symlink_to(sample_build.out)
    notebook = nbformat.read(NOTEBOOKS / "explore.ipynb", as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    shown = [output["data"]["text/plain"] for output in outputs if "data" in output]
    assert sum(text.startswith("alt.") for text in shown) == 5


def test_encoders_compares_the_two_encoders():
    done = run("encoders.py")
    assert done.returncode == 0, done.stderr
    embedded, other = json.loads(done.stdout)
    assert (embedded["encoder"], embedded["dimensions"], other["dimensions"]) == ("embedded", 512, 384)
    assert min(embedded["n_topics"], other["n_topics"]) > 1


@pytest.mark.parametrize("name", ["explore", "encoders"])
def test_the_jupyter_form_is_that_of_the_marimo_notebook(name, tmp_path):
    write_twin(NOTEBOOKS / f"{name}.py", tmp_path / "twin.ipynb")
    assert (NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8") == (tmp_path / "twin.ipynb").read_text(encoding="utf-8"), (
        "run python tests/write_docs.py"
    )
