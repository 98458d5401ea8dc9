"""The Pythons of this machine under which Lambda would run the reward function."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Lambda's runtimes that the graders support.
VERSIONS: Final = ("3.11", "3.12", "3.13")
ASK: Final = "import sys; print('%d.%d' % sys.version_info[:2])"
SECONDS: Final = 20.0


def find_pythons() -> dict[str, str | None]:
    """Return an interpreter by version, None where there is none: this process's own, one on PATH, or one that pyenv on PATH knows."""
    return {version: next((path for path in _candidates(version) if _version(path) == version), None) for version in VERSIONS}


def _candidates(version: str) -> Iterator[str]:
    if f"{sys.version_info[0]}.{sys.version_info[1]}" == version:
        yield sys.executable
    if (found := shutil.which(f"python{version}")) is not None:
        yield found  # may be a shim that refuses, since its version is not the one that is switched on
    if (pyenv := shutil.which("pyenv")) is not None:
        for name in reversed(_said(pyenv, "whence", f"python{version}").splitlines()):
            yield str(Path(_said(pyenv, "prefix", name)) / "bin" / f"python{version}")


def _version(path: str) -> str:
    return _said(path, "-I", "-S", "-c", ASK)


def _said(*command: str) -> str:
    """Return what a command printed, nothing where it failed."""
    try:
        finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)  # noqa: S603 - interpreters of this machine
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return finished.stdout.strip() if finished.returncode == 0 else ""
