"""A flag for every setting, made from the configuration itself."""

from __future__ import annotations

import dataclasses
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from logmine.config import DEFAULT_FILE, sections

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")


def settings_options(command: F) -> F:
    """Add ``--config`` and a flag for every key of ``logmine.toml``."""
    for name, kind in reversed(list(sections())):
        hints = typing.get_type_hints(kind)
        for item in reversed(dataclasses.fields(kind)):
            command = _option(name, item, hints[item.name])(command)
    file_option = click.option(
        "--config",
        "config_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Settings; ./logmine.toml when it is there.",
    )
    return file_option(command)


def _option(section: str, item: dataclasses.Field[Any], hint: Any) -> Callable[[F], F]:  # noqa: ANN401 - a type
    if type(None) in typing.get_args(hint):  # may be off
        hint = next(one for one in typing.get_args(hint) if one is not type(None))
    flag = item.metadata["flag"] or "--" + item.name.replace("_", "-")
    about = f"{item.metadata['help']}  [{section}: {item.default if item.default is not None else 'off'}]"
    if typing.get_origin(hint) is tuple:
        return click.option(
            flag, item.name, multiple=True, metavar="TEXT", help=f"{item.metadata['help']} May be given again.  [{section}]"
        )
    if hint is bool:
        return click.option(f"{flag}/--no-{flag[2:]}", item.name, default=None, help=about)
    if typing.get_origin(hint) is Literal:
        return click.option(flag, item.name, type=click.Choice(typing.get_args(hint)), default=None, help=about)
    kind = next((one for one in (int, float) if hint is one), str)
    return click.option(flag, item.name, type=kind, default=None, metavar=kind.__name__.upper() if kind is not str else "TEXT", help=about)


def given(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that were given as flags."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items() if value not in (None, ())}


def rules_option(command: F) -> F:
    """Add ``--config``, for the rules that its ``[[task]]`` blocks name."""
    return click.option(
        "--config",
        "config_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Settings whose rules judge rows of the grader rule; ./logmine.toml when it is there.",
    )(command)


def install_rules(given_path: Path | None) -> None:
    """Make the rules of the configuration file known to the graders of this process."""
    from logmine.config import load_config  # noqa: PLC0415 - heavy
    from logmine.graders.rule import install  # noqa: PLC0415

    path = config_path(given_path)
    for block in load_config(path).task if path else ():
        if block.rule_source is not None:
            install(block.rule_source)


def config_path(given_path: Path | None) -> Path | None:
    """Return the configuration file to read: the given one, else ``./logmine.toml`` when it is there."""
    if given_path is None and DEFAULT_FILE.is_file():
        click.echo(f"settings: {DEFAULT_FILE}", err=True)
        return DEFAULT_FILE
    return given_path
