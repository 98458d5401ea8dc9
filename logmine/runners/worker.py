"""What a worker process does around its tasks. Imports nothing heavy, so that it can act before libraries load."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Argument = TypeVar("Argument")
Result = TypeVar("Result")

SINGLE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

# of mallopt, from malloc.h of glibc
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_DEFAULT_BYTES: Final = 128 * 1024
_KEPT_BYTES: Final = 256 * 1024 * 1024


def keep_memory() -> None:
    """Have the C library keep what is freed, since the next task needs it again; without effect where the C library is not glibc.

    By default blocks of some megabytes go back to the system, whose pages must be made anew each time: about a twentieth of what decoding costs.
    """
    if hasattr(libc := _c_library(), "mallopt"):
        libc.mallopt(_MMAP_THRESHOLD, _KEPT_BYTES)
        libc.mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)


def return_memory() -> None:
    """Undo :func:`keep_memory`, in a process that goes on with other work, and give back what was kept."""
    if hasattr(libc := _c_library(), "mallopt"):
        libc.mallopt(_MMAP_THRESHOLD, _DEFAULT_BYTES)
        libc.mallopt(_TRIM_THRESHOLD, _DEFAULT_BYTES)
        libc.malloc_trim(0)


def _c_library() -> Any:  # noqa: ANN401 - ctypes has no types of what a library holds
    return ctypes.CDLL(None) if os.name == "posix" else None


def prepare() -> None:
    """Give a worker process one thread, and leave an interrupt to the process that gave it work.

    There is a process a core already, and one thread adds floats in one order. An interrupt from the keyboard reaches every process of the
    terminal; a task under way is finished and kept, and the others are not begun.

    The collector of reference cycles is off until the first task, see :func:`call`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in SINGLE_THREAD:
        os.environ[name] = "1"
    keep_memory()
    gc.disable()


def call(function: Callable[[Argument], Result], argument: Argument) -> Result:
    """Call ``function``; what was loaded for the first call stays, so the collector never looks through it, nor when the process ends."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
    return function(argument)
