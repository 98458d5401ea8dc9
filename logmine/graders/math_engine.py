"""The one seam to a computer algebra system: math-verify, in a process of its own with limits of time and memory.

SymPy may run for hours, or take all memory, on a short expression; a process can be killed, a thread cannot. The process is
started with the first question and serves all; one that exceeds its limits is killed, its question is left open, and the
next one starts another. A Lambda can use this only where the package is bundled with it.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import selectors
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

MAX_SECONDS: Final = 10.0
"""Wall-clock time of one comparison."""

START_SECONDS: Final = 60.0
"""Wall-clock time of the import."""

MAX_MEMORY_BYTES: Final = 2 * 1024**3

_PROGRAM: Final = r"""
import json, sys
paths, memory = json.loads(sys.stdin.readline())
sys.path[:] = paths
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
except (ImportError, ValueError, OSError):
    pass
import logging
logging.disable(logging.CRITICAL)
out, sys.stdout = sys.stdout, sys.stderr
from math_verify import LatexExtractionConfig, ExprExtractionConfig, parse, verify
configs = [LatexExtractionConfig(), ExprExtractionConfig()]
print("ready", file=out, flush=True)
for line in sys.stdin:
    found, wanted = json.loads(line)
    try:
        gold = parse("$" + wanted + "$", configs, parsing_timeout=None)
        answer = parse("$" + found + "$", configs, parsing_timeout=None)
        said = bool(verify(gold, answer, timeout_seconds=None)) if gold and answer else None
    except Exception:
        said = None
    print(json.dumps(said), file=out, flush=True)
"""


@dataclass(slots=True)
class _Engine:
    """The process, where one runs; one question at a time."""

    process: subprocess.Popen[bytes] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_ENGINE: Final = _Engine()


def is_installed() -> bool:
    """Say whether math-verify can be imported; it is not imported here."""
    return importlib.util.find_spec("math_verify") is not None


@lru_cache(maxsize=8192)
def verified(found: str, wanted: str) -> bool | None:
    """Say whether two answers in LaTeX are equal; None where the package is missing, fails, or exceeds a limit.

    An equation and a value are not compared: math-verify reads ``3x - y + 13 = 0`` as 0 (its issue 60).
    """
    if not is_installed() or ("=" in found) != ("=" in wanted):
        return None
    with _ENGINE.lock:
        process = _started()
        if process is None or process.stdin is None:
            return None
        try:
            process.stdin.write(json.dumps([found, wanted]).encode() + b"\n")
            process.stdin.flush()
        except OSError:  # it died of its limits while idle: this question is left open
            stop()
            return None
        reply = _line(process, MAX_SECONDS)
        if reply is None:
            stop()
            return None
    return json.loads(reply)


def stop() -> None:
    """Kill the process, if one runs; the next question starts another."""
    process, _ENGINE.process = _ENGINE.process, None
    if process is None:
        return
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:  # what was not yet sent goes nowhere
                continue


def _started() -> subprocess.Popen[bytes] | None:
    if _ENGINE.process is not None and _ENGINE.process.poll() is None:
        return _ENGINE.process
    stop()
    command = [sys.executable, "-I", "-c", _PROGRAM]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)  # noqa: S603 - our program, no shell
    _ENGINE.process = process
    if process.stdin is not None:
        process.stdin.write(json.dumps([sys.path, MAX_MEMORY_BYTES]).encode() + b"\n")
    if _line(process, START_SECONDS) != b"ready":
        stop()
        return None
    return process


def _line(process: subprocess.Popen[bytes], seconds: float) -> bytes | None:
    """Read one line within a time; None when the process ends or says nothing."""
    if process.stdout is None:
        return None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(seconds):
            return None
    return process.stdout.readline().strip() or None


atexit.register(stop)
