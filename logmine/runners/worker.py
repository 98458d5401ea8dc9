"""What a worker process does around its tasks. Imports nothing heavy, so that it can act before libraries load."""

from __future__ import annotations

import gc
import os
import signal
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Argument = TypeVar("Argument")
Result = TypeVar("Result")

SINGLE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def prepare() -> None:
    """Give a worker process one thread, and leave an interrupt to the process that gave it work.

    There is a process a core already, and one thread adds floats in one order. An interrupt from the keyboard reaches every process of the
    terminal; a task under way is finished and kept, and the others are not begun.

    The collector of reference cycles is off until the first task, see :func:`call`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in SINGLE_THREAD:
        os.environ[name] = "1"
    gc.disable()


def call(function: Callable[[Argument], Result], argument: Argument) -> Result:
    """Call ``function``; what was loaded for the first call stays, so the collector never looks through it, nor when the process ends."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
    return function(argument)
