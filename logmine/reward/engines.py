"""The heavy graders' engines, bundled with the Lambda package where a dataset needs them.

``math`` asks math-verify, which is Python through and through with all that it needs; ``regex`` asks RE2, a binary of one platform and one
version of Python. What is installed here goes into the package, so that it judges as the build did. Lambda runs Linux: elsewhere
RE2 is not bundled, and the instructions say how it is added.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

#: The distributions that a grader needs.
DISTRIBUTIONS: Final = {
    "math": ("math-verify", "latex2sympy2-extended", "sympy", "mpmath", "antlr4-python3-runtime"),
    "regex": ("google-re2",),
}
#: Graders whose engine is a binary.
BINARY: Final = frozenset({"regex"})
RUNTIMES: Final = {(3, 11): "python3.11", (3, 12): "python3.12", (3, 13): "python3.13"}
ARCHITECTURES: Final = {"x86_64": "x86_64", "aarch64": "arm64"}
DEFAULT_RUNTIME: Final = "python3.12"
DEFAULT_ARCHITECTURE: Final = "x86_64"
#: Of a distribution, only its license and what it says of its own version go along: the rest tells of the machine where it was installed.
KEPT_METADATA: Final = ("METADATA", "LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE")


@dataclass(frozen=True, slots=True)
class Engines:
    """What is bundled beside the graders, and where that runs."""

    files: dict[str, Path]  # by name in the package
    versions: dict[str, str]  # by distribution
    missing: frozenset[str]  # graders in use whose engine is not bundled
    runtime: str
    architecture: str


def find_engines(graders: Collection[str]) -> Engines:
    """Return the installed engines that ``graders`` need; a package without heavy graders needs none."""
    files: dict[str, Path] = {}
    versions: dict[str, str] = {}
    missing: set[str] = set()
    for grader in sorted(DISTRIBUTIONS.keys() & set(graders)):
        found = _installed(DISTRIBUTIONS[grader])
        if found is None or (grader in BINARY and not _runs_in_lambda()):
            missing.add(grader)
            continue
        versions |= {name: distribution.version for name, distribution in found.items()}
        for distribution in found.values():
            files |= dict(_files(distribution))
    is_binary = bool(BINARY & set(graders) - missing)
    return Engines(
        files=files,
        versions=versions,
        missing=frozenset(missing),
        runtime=RUNTIMES[sys.version_info[:2]] if is_binary else DEFAULT_RUNTIME,
        architecture=ARCHITECTURES[platform.machine()] if is_binary else DEFAULT_ARCHITECTURE,
    )


def _installed(names: Collection[str]) -> dict[str, metadata.Distribution] | None:
    try:
        return {name: metadata.distribution(name) for name in names}
    except metadata.PackageNotFoundError:
        return None


def _runs_in_lambda() -> bool:
    return sys.platform == "linux" and platform.machine() in ARCHITECTURES and sys.version_info[:2] in RUNTIMES


def _files(distribution: metadata.Distribution) -> Iterator[tuple[str, Path]]:
    """Yield the files of a distribution by their name in the package: no tests, caches, commands or pages of manuals."""
    for file in distribution.files or ():
        parts = file.parts
        if ".." in parts or "__pycache__" in parts or "tests" in parts:
            continue
        if parts[0].endswith(".dist-info") and file.name not in KEPT_METADATA:
            continue
        yield file.as_posix(), file.locate().resolve()  # type: ignore[union-attr] - a path in site-packages
