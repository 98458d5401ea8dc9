"""Write what the documentation takes from the code: the README's printed end, the tables of settings, the Jupyter notebooks.

``python tests/write_docs.py`` does so; tests compare what it would write with what is there. The rest of a page is left as it is.
"""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
import tempfile
import typing
from pathlib import Path
from typing import Any

from logmine.config import sections

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ("explore", "encoders")
TYPES = {
    int: "integer",
    float: "number",
    str: "text",
    bool: "true or false",
    tuple[str, ...]: "list of texts",
    str | None: "text",
    float | None: "number",
}


def main() -> None:
    """Write every generated page."""
    for page, write in ((ROOT / "docs" / "configuration.md", with_settings), (ROOT / "README.md", with_new_end)):
        page.write_text(write(page.read_text(encoding="utf-8")), encoding="utf-8")
    for name in NOTEBOOKS:
        notebook = ROOT / "notebooks" / f"{name}.py"
        write_twin(notebook, notebook.with_suffix(".ipynb"))


def with_settings(page: str) -> str:
    """Return ``page`` with a section for each section of ``logmine.toml``, in place of those that it has."""
    opening = re.split(r"^## \[", page, maxsplit=1, flags=re.MULTILINE)[0]
    return opening + "\n".join(settings_of(name, kind) for name, kind in sections())


def settings_of(name: str, kind: type[Any]) -> str:
    """Return the section of one room."""
    hints = typing.get_type_hints(kind)
    rows = (row_of(item, hints[item.name]) for item in dataclasses.fields(kind))
    table = "\n".join(["| key | flag | value | default | meaning |", "| --- | --- | --- | --- | --- |", *rows])
    return f"## [{name}]\n\n{kind.__doc__}\n\n{table}\n"


def row_of(item: dataclasses.Field[Any], hint: Any) -> str:
    """Return the row of one key."""
    closed = next((one for one in (hint, *typing.get_args(hint)) if typing.get_origin(one) is typing.Literal), None)
    value = ", ".join(f"`{json.dumps(choice)}`" for choice in typing.get_args(closed)) if closed else TYPES[hint]
    limits = "".join(f" {word} {item.metadata[limit]:g}" for limit, word in (("ge", "from"), ("le", "to")) if limit in item.metadata)
    default = item.default_factory() if item.default_factory is not dataclasses.MISSING else item.default
    flag = item.metadata["flag"] or "--" + item.name.replace("_", "-")
    cells = (f"`{item.name}`", f"`{flag}`", value + limits, "off" if default is None else f"`{json.dumps(default)}`", item.metadata["help"])
    return f"| {' | '.join(cells)} |"


def with_new_end(readme: str) -> str:
    """Return ``readme`` with what its first command prints at its end, run now."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sample_logs").symlink_to(ROOT / "sample_logs")
        command = [sys.executable, "-m", "logmine", "build", "sample_logs", "-o", "dataset", "-q"]
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return with_printed_end(readme, done.stdout)


def with_printed_end(readme: str, printed: str) -> str:
    """Return ``readme`` with ``printed`` as its block of plain text."""
    return re.sub(r"(?<=^```text\n).*?(?=^```$)", lambda _: printed, readme, count=1, flags=re.MULTILINE | re.DOTALL)


def write_twin(notebook: Path, twin: Path) -> None:
    """Write the Jupyter form of a marimo notebook, formatted like all other code."""
    export = ["marimo", "export", "ipynb", str(notebook), "--sort", "top-down", "-o", str(twin), "--force"]
    for command in (export, ["ruff", "format", "--config", str(ROOT / "pyproject.toml"), str(twin)]):
        subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)


if __name__ == "__main__":
    main()
