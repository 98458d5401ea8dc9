"""``logmine similar``: which prompts were taken for one, and which nearly."""

from __future__ import annotations

from pathlib import Path

import click

from logmine.cli.errors import reports_errors
from logmine.cli.text import printable


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--task", "task", metavar="NAME", help="Only of this task, by name or id.")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(["exact", "near", "semantic"]), help="Only of this kind; may be given again."
)
@click.option("--borderline", is_flag=True, help="Pairs that were kept apart and are most alike, and why, instead of groups.")
@click.option("-n", "n_shown", type=click.IntRange(min=1), default=20, show_default=True, help="Groups or pairs to show.")
@click.option("--seed", type=int, help="Show groups or pairs drawn at random, not the closest calls.")
@click.option("--floor", type=click.FloatRange(0, 1), help="Least score of a borderline pair; else so low that there are enough.")
@reports_errors
def similar(
    out: Path, *, task: str | None, kinds: tuple[str, ...], borderline: bool, n_shown: int, seed: int | None, floor: float | None
) -> None:
    """Show duplicates in the build OUT with their scores, or what nearly was one, so that thresholds can be set by looking.

    Prints the texts of prompts.

    \b
    Examples:
      logmine similar dataset -n 50 --seed 1
      logmine similar dataset --borderline --kind semantic -n 10
    """  # noqa: D301 - \b keeps click from wrapping
    from logmine.pipeline import read_similar  # noqa: PLC0415 - heavy

    for line in read_similar(out, task=task, kinds=kinds, borderline=borderline, n_shown=n_shown, floor=floor, seed=seed):
        click.echo(printable(line))
