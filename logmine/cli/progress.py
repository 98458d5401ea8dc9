"""Progress on standard error: bars on a terminal, a line a stage otherwise; before logs are read, why that takes longer than it could."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from logmine.runners.local import Progress

PLAIN_INTERVAL_S = 30.0
READING = "decode"  # the stage that reads logs


@contextmanager
def shows_progress(*, quiet: bool) -> Generator[Callable[[Progress], None]]:
    """Yield a callback that shows the progress of a run."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bars() as (show, tell):
            yield _tells_of_slow_reading(show, tell)
    else:
        yield _tells_of_slow_reading(_lines(), partial(click.echo, err=True))


def _tells_of_slow_reading(show: Callable[[Progress], None], tell: Callable[[str], object]) -> Callable[[Progress], None]:
    """Return ``show``, but that it tells once, where there are logs to read, what keeps the compiled reader from reading them."""
    has_told = False

    def show_and_tell(progress: Progress) -> None:
        nonlocal has_told
        if not has_told and progress.stage == READING and progress.n_done != progress.n_tasks:
            from logmine.logs import reader_problem  # noqa: PLC0415 - heavy, and loaded by now

            has_told = True
            if problem := reader_problem():
                tell(problem)
        show(progress)

    return show_and_tell


@contextmanager
def _bars() -> Generator[tuple[Callable[[Progress], None], Callable[[str], object]]]:
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

        yield show, partial(bars.console.print, markup=False, highlight=False)


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
