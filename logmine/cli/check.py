"""``logmine check``: whether a dataset file is what its trainer accepts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from logmine.cli.errors import reports_errors
from logmine.cli.options import install_rules, rules_option
from logmine.cli.text import printable

MAX_SHOWN = 20


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@rules_option
@reports_errors
def check(files: tuple[Path, ...], config_file: Path | None) -> None:
    """Check that each FILE is a dataset that Bedrock RFT accepts, and that every reference grades itself right.

    Exits with 1 when an error was found; warnings alone pass.

    \b
    Example:
      logmine check dataset/train.jsonl dataset/eval.jsonl
    """  # noqa: D301 - \b keeps click from wrapping
    from logmine.targets import check_file  # noqa: PLC0415 - heavy

    install_rules(config_file)
    n_errors = 0
    for path in files:
        problems = check_file(path)
        errors = [problem for problem in problems if problem.level == "error"]
        n_errors += len(errors)
        for problem in problems[:MAX_SHOWN]:
            place, where = f"{path}:{problem.line}" if problem.line else path, f"{problem.where}: " if problem.where else ""
            click.echo(printable(f"{place}: {problem.level}: {where}{problem.message}"))
        if len(problems) > MAX_SHOWN:
            click.echo(f"{path}: {len(problems) - MAX_SHOWN:,} more")
        click.echo(f"{path}: {len(errors):,} errors, {len(problems) - len(errors):,} warnings")
    sys.exit(1 if n_errors else 0)
