"""Where attempts are kept: a folder beside the build, safe against a kill at any moment.

``<run>.json.gz`` holds the records of a run, a gzip member each, written whole and synced to disk before the next prompt is chosen. What a
kill left of a half-written member is cut off when the folder is opened again. The journal ``.<run>.calls`` notes every call *before* it
is made, so that a budget also holds over calls whose answers were lost.
"""

from __future__ import annotations

import fcntl
import gzip
import os
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from logmine.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path


class Store:
    """The folder of the attempts of a build, held by one process; see :func:`open_store`."""

    def __init__(self, folder: Path, run: str) -> None:
        self.folder = folder
        self.run = run
        self._answers = folder / f"{run}.json.gz"
        self._journal = folder / f".{run}.calls"

    def keep(self, line: bytes) -> None:
        """Append the record of one answered call, durably."""
        _append(self._answers, gzip.compress(line, mtime=0), sync=True)

    def note(self, **entry: Any) -> None:  # noqa: ANN401 - plain JSON values
        """Append a note to the journal."""
        _append(self._journal, msgspec.json.encode(entry) + b"\n", sync=False)

    def notes(self) -> Iterator[dict[str, Any]]:
        """Yield the notes of this run, the last one without its end left out."""
        if not self._journal.is_file():
            return
        for line in self._journal.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                yield msgspec.json.decode(line)

    def has_answers(self) -> bool:
        """Whether the folder holds any record."""
        return any(path.stat().st_size for path in self.folder.glob("*.json.gz"))


@contextmanager
def open_store(folder: Path, run: str) -> Generator[Store]:
    """Hold ``folder`` for this process, mended where a killed run left half a record.

    Raises
    ------
    OutputError
        If it cannot be written, or another process holds it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}. Make it writable, then run the same command again.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputError(f"another logmine rollout is writing to {folder}. Wait for it to end.") from error
        for path in sorted(folder.glob("*.json.gz")):
            _mend(path)
        _mend_journal(folder / f".{run}.calls")
        yield Store(folder, run)


def _append(path: Path, data: bytes, *, sync: bool) -> None:
    try:
        with path.open("ab", buffering=0) as file:
            file.write(data)
            if sync:
                os.fsync(file.fileno())
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}. Make room, then run the same command again: it continues.") from error


def _mend(path: Path) -> None:
    """Cut off what stands behind the last whole gzip member."""
    data = path.read_bytes()
    end = 0
    while end < len(data):
        reader = zlib.decompressobj(31)
        try:
            reader.decompress(data[end:])
        except zlib.error:
            break
        if not reader.eof:
            break
        end = len(data) - len(reader.unused_data)
    if end < len(data):
        os.truncate(path, end)


def _mend_journal(path: Path) -> None:
    if path.is_file():
        data = path.read_bytes()
        os.truncate(path, data.rfind(b"\n") + 1)
