"""Errors on the command line: a message and an exit code instead of a traceback."""

from __future__ import annotations

import functools
import sys
import traceback
from typing import TYPE_CHECKING, ParamSpec

import click

from logmine.errors import InternalError, InterruptedBuildError, LogmineError

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")


def reports_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Turn a :class:`LogmineError` into its message and exit code; anything else is a bug, and says so."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except LogmineError as error:
            _end(str(error), error.exit_code)
        except KeyboardInterrupt:
            _end("interrupted. Run the same command again: it continues where it stopped.", InterruptedBuildError.exit_code)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception:  # noqa: BLE001 - the last resort: an unforeseen error is reported, never hidden
            traceback.print_exc()
            _end("this is a bug in logmine; please report it with the lines above.", InternalError.exit_code)

    return wrapped


def _end(message: str, exit_code: int) -> None:
    click.echo(f"logmine: {message}", err=True)
    sys.exit(exit_code)
