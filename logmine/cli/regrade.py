"""``logmine regrade``: graders applied once more to stored attempts."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from logmine.cli.errors import reports_errors
from logmine.cli.progress import shows_progress
from logmine.cli.text import printable


@click.command()
@click.argument("out", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--outcomes",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Reference answers that you know, in place of those of the build.",
)
@click.option("--workers", type=click.IntRange(min=1), default=lambda: os.cpu_count() or 1, help="Processes; as many as cores by default.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@reports_errors
def regrade(out: Path, outcomes: Path | None, workers: int, *, quiet: bool) -> None:
    """Apply graders once more to the attempts that the build OUT has stored, without reading logs or asking a model.

    After a grader or a reference answer has changed: verdicts, bands and the dataset are made anew.

    \b
    Example:
      logmine regrade dataset --outcomes answers.jsonl
    """  # noqa: D301 - \b keeps click from wrapping
    from logmine import pipeline  # noqa: PLC0415 - heavy
    from logmine.report import funnel_lines  # noqa: PLC0415 - heavy

    with shows_progress(quiet=quiet) as show:
        made = pipeline.regrade(out, outcomes=outcomes, workers=workers, report_progress=show)
    for line in funnel_lines(made.manifest):
        click.echo(printable(line))
    click.echo(f"\n{made.verdict}: {printable(made.manifest['verdict']['reason'])}\nThe dataset card: {made.out / 'README.md'}")
    sys.exit(0 if made.has_enough_rows else 1)
