"""Progress on standard error: bars on a terminal, a line a stage otherwise."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from logmine.runners.local import Progress

PLAIN_INTERVAL_S = 30.0


@contextmanager
def shows_progress(*, quiet: bool) -> Generator[Callable[[Progress], None]]:
    """Yield a callback that shows the progress of a run."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bars() as show:
            yield show
    else:
        yield _lines()


@contextmanager
def _bars() -> Generator[Callable[[Progress], None]]:
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = (
        TextColumn("{task.description:<20}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        known: dict[str, int] = {}

        def show(progress: Progress) -> None:
            if progress.stage not in known:
                for earlier in known.values():  # a bar without an end ends when the next one begins
                    bars.update(earlier, total=bars.tasks[earlier].completed)  # type: ignore[arg-type]
                note = f"{progress.n_reused} done before" if progress.n_reused else ""
                known[progress.stage] = int(bars.add_task(progress.stage, total=progress.n_tasks, note=note))
            bars.update(known[progress.stage], completed=progress.n_done)  # type: ignore[arg-type]

        yield show


def _lines() -> Callable[[Progress], None]:
    last_shown = time.monotonic()

    def show(progress: Progress) -> None:
        nonlocal last_shown
        now = time.monotonic()
        if progress.n_done == progress.n_tasks or now - last_shown >= PLAIN_INTERVAL_S:
            last_shown = now
            note = f" ({progress.n_reused} done before)" if progress.n_reused else ""
            of = "" if progress.n_tasks is None else f"/{progress.n_tasks}"
            click.echo(f"{progress.stage:<20} {progress.n_done}{of}{note}", err=True)

    return show
