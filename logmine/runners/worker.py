"""What a worker process does before its first task. Imports nothing heavy, so that it can act before libraries load."""

from __future__ import annotations

import os
import signal

SINGLE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def prepare() -> None:
    """Give a worker process one thread, and leave an interrupt to the process that gave it work.

    There is a process a core already, and one thread adds floats in one order. An interrupt from the keyboard reaches every process of the
    terminal; a task under way is finished and kept, and the others are not begun.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in SINGLE_THREAD:
        os.environ[name] = "1"
