"""The manifest of a build: what went in, what was set, what came out. Written last, so that its presence means done.

Everything outside ``run`` is the same byte for byte for the same logs and settings; ``run`` holds the clock, the host, and where the
input lay.
"""

from __future__ import annotations

import hashlib
import json
import os
from importlib import metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FORMAT = "logmine.manifest/1"
NAME = "manifest.json"
LIBRARIES = ("numpy", "polars", "pyarrow", "scikit-learn", "scipy")


def versions() -> dict[str, str]:
    """Return the versions of logmine and of the libraries that shape its results."""
    return {name: metadata.version(name) for name in ("logmine", *LIBRARIES)}


def describe_files(folder: Path, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return size and SHA-256 of each named file of ``folder``."""
    return {name: {"n_bytes": (folder / name).stat().st_size, "sha256": sha256(folder / name)} for name in sorted(names)}


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of the build in ``folder``, None where there is none: a file of that name may be another program's."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("format") == FORMAT else None


def is_current(folder: Path, fingerprint: str) -> bool:
    """Whether ``folder`` holds the whole build of ``fingerprint``, every file as it was written."""
    manifest = read(folder)
    if manifest is None or manifest["run"].get("fingerprint") != fingerprint:
        return False
    return all((folder / name).is_file() and sha256(folder / name) == about["sha256"] for name, about in manifest["files"].items())


def write(folder: Path, manifest: dict[str, Any]) -> None:
    """Write ``manifest`` in one step: a crash leaves the old one, or none."""
    partial = folder / f".{NAME}.partial"
    with partial.open("w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / NAME)
