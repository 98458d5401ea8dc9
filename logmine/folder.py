"""The folder of a build: whose it is, the lock on it, and how finished outputs move into it."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from logmine import manifest
from logmine.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

WORK = "work"


def require_own(out: Path) -> None:
    """Refuse a folder that holds anything but a build."""
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file. Name a folder for the build with -o.")
    if out.is_dir() and any(out.iterdir()) and manifest.read(out) is None and not (out / WORK / "lock").is_file():
        raise OutputError(f"{out} is not empty and holds no build of logmine. Name another folder with -o; nothing was touched.")


@contextmanager
def locked(out: Path) -> Generator[Path]:
    """Hold the folder of a build for this process; the lock goes with the process, however it ends."""
    work = out / WORK
    try:
        work.mkdir(parents=True, exist_ok=True)
        lock = (work / "lock").open("w", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror}. Name another folder with -o.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputError(f"another logmine build is writing to {out}. Wait for it, or name another folder with -o.") from error
        try:
            yield work
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
                raise OutputError(
                    f"{out}: {os.strerror(error.errno)}. Make room, then run the same command again: it continues."
                ) from error
            raise


def publish(staging: Path, out: Path, made: dict[str, Any]) -> None:
    """Move the outputs from ``staging`` into ``out``: the old manifest goes first, the new one comes last.

    The old one is kept until then, so that a run that is killed here leaves to the next which files of the old build must go.
    """
    kept = staging.parent
    if (out / manifest.NAME).is_file():
        (out / manifest.NAME).replace(kept / manifest.NAME)
    old = manifest.read(kept) or {"files": {}}
    for name in sorted(set(old["files"]) - set(made["files"])):
        (out / name).unlink(missing_ok=True)
    for name in sorted(made["files"]):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (staging / name).replace(out / name)
    shutil.rmtree(staging)
    manifest.write(out, made)
    (kept / manifest.NAME).unlink(missing_ok=True)
