"""``logmine similar``: which prompts were taken for one, and which nearly."""

from __future__ import annotations

from pathlib import Path

import click

from logmine.cli.errors import reports_errors
from logmine.cli.text import printable


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--task", "task", metavar="NAME", help="Only of this task, by name or id.")
@click.option("--borderline", is_flag=True, help="Pairs that were kept apart and are most alike, instead of groups.")
@click.option("-n", "n_shown", type=click.IntRange(min=1), default=20, show_default=True, help="Groups or pairs to show.")
@reports_errors
def similar(out: Path, *, task: str | None, borderline: bool, n_shown: int) -> None:
    """Show near and semantic duplicates in the build OUT with their scores, so that thresholds can be set by looking.

    Prints the texts of prompts.

    \b
    Example:
      logmine similar dataset --borderline -n 10
    """  # noqa: D301 - \b keeps click from wrapping
    from logmine.pipeline import read_similar  # noqa: PLC0415 - heavy

    for line in read_similar(out, task=task, borderline=borderline, n_shown=n_shown):
        click.echo(printable(line))
