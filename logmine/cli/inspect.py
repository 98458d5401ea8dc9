"""``logmine inspect``: what is in a bucket, before anything is built."""

from __future__ import annotations

import json
import os

import click

from logmine.cli.errors import reports_errors
from logmine.cli.progress import shows_progress
from logmine.cli.text import printable


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--endpoint-url", metavar="URL", help="S3 server other than AWS.")
@click.option("--workers", type=click.IntRange(min=1), default=lambda: os.cpu_count() or 1, help="Processes; as many as cores by default.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@reports_errors
def inspect(sources: tuple[str, ...], *, endpoint_url: str | None, workers: int, as_json: bool, quiet: bool) -> None:
    """Show what is in SOURCE: records by day, model, operation, caller and application, problems, repeated prompts.

    \b
    Example:
      logmine inspect s3://bucket/prefix
    """  # noqa: D301 - \b keeps click from wrapping
    from logmine import pipeline  # noqa: PLC0415 - heavy
    from logmine.report import inspection_lines  # noqa: PLC0415

    with shows_progress(quiet=quiet) as show:
        found = pipeline.inspect(sources, endpoint_url=endpoint_url, workers=workers, report_progress=show)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for line in inspection_lines(found):
        click.echo(printable(line))
