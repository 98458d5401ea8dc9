"""``logmine explain``: the story of one record."""

from __future__ import annotations

from pathlib import Path

import click

from logmine.cli.errors import reports_errors
from logmine.cli.text import printable


@click.command()
@click.argument("record", metavar="REQUEST_ID")
@click.argument("out", type=click.Path(path_type=Path))
@reports_errors
def explain(record: str, out: Path) -> None:
    """Tell what became of a request (or prompt) in the build OUT, and why.

    \b
    Example:
      logmine explain 0f2c6a1e-55a0-4d0e-9a3e-6f2d1f0a9b7c dataset
    """  # noqa: D301 - \b keeps click from wrapping
    from logmine.report import tell_story  # noqa: PLC0415 - heavy

    for line in tell_story(out, record):
        click.echo(printable(line))
