"""Tables on standard output: with lines on a terminal, aligned by spaces elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from logmine.cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; cells that hold no letter, such as counts, are set to the right."""
    safe = [[printable(cell) for cell in row] for row in rows]
    is_right = [not any(cell.strip("/.,()0123456789 ") for cell in column) for column in zip(*safe, strict=True)]
    if sys.stdout.isatty():
        _print_lined(header, safe, is_right)
        return
    for line in _aligned([list(header), *safe], is_right):
        click.echo(line)


def _aligned(rows: list[list[str]], is_right: list[bool]) -> Iterator[str]:
    from rich.cells import cell_len  # noqa: PLC0415 - only where a table is printed

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = ((cell, " " * (width - cell_len(cell))) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(space + cell if right else cell + space for (cell, space), right in zip(padded, is_right, strict=False)).rstrip()


def _print_lined(header: Sequence[str], rows: list[list[str]], is_right: list[bool]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table()
    for name, right in zip(header, is_right, strict=False):
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)
