"""What a worker process does before its first task. Imports nothing heavy, so that it can act before libraries load."""

from __future__ import annotations

import os

SINGLE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def prepare() -> None:
    """Give a worker process one thread: there is a process a core already, and one thread adds floats in one order."""
    for name in SINGLE_THREAD:
        os.environ[name] = "1"
