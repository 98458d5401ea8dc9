"""Everything that logmine raises on purpose.

::

    LogmineError                exit  what it means
    ├── UsageError                 2  the command, a flag or ``logmine.toml`` cannot be used as written
    │   └── MissingPackageError    2  an optional package is needed; the message holds the command
    ├── AccessError                3  credentials or permissions are missing; the message names the action
    ├── SourceError                4  the input does not exist, is empty or holds no invocation logs
    ├── OutputError                5  the output folder cannot be written, or holds something else
    ├── InterruptedBuildError      6  stopped half way; the same command continues
    └── InternalError             70  a law of the pipeline was broken: a bug in logmine
        ├── LedgerError           70  records were lost or counted twice
        └── SchemaError           70  a stage gave a table without its declared columns

Exit code 0 means done; 1 means done, but a gate was not passed: fewer rows than a trainer accepts, or
a file that ``logmine check`` refuses.

A row that fails a check is data, not an exception: it goes to ``dropped`` or keeps its row in
``decisions``, with a reason. Exceptions are for the operator: a message says where, what was found, what was
expected and what to do next, and never holds the text of a prompt or an answer.
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar


class LogmineError(Exception):
    """Root of the tree; ``exit_code`` is the status with which the command line ends."""

    exit_code: ClassVar[int] = 70


class UsageError(LogmineError):
    """The command, a flag or the configuration file cannot be used as written."""

    exit_code: ClassVar[int] = 2


class MissingPackageError(UsageError):
    """An optional package is needed for what was asked."""

    def __init__(self, package: str, *, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the package {package}, which is not installed.\nInstall it: pip install 'logmine[{extra}]'")
        self._given = partial(MissingPackageError, package, extra=extra, purpose=purpose)

    def __reduce__(self) -> tuple[partial[MissingPackageError], tuple[()]]:
        """Tell how to make the error anew, since it crosses from a worker process to the command line."""
        return self._given, ()


class AccessError(LogmineError):
    """Credentials are missing or lack a permission."""

    exit_code: ClassVar[int] = 3


class SourceError(LogmineError):
    """The input does not exist, is empty, or holds no invocation logs."""

    exit_code: ClassVar[int] = 4


class OutputError(LogmineError):
    """The output folder cannot be written, or holds something that is not a build."""

    exit_code: ClassVar[int] = 5


class InterruptedBuildError(LogmineError):
    """The build was stopped half way; the same command continues it."""

    exit_code: ClassVar[int] = 6


class InternalError(LogmineError):
    """A law of the pipeline was broken: a bug in logmine, never the user's fault."""


class LedgerError(InternalError):
    """Records were lost, or counted twice, between two stages."""


class SchemaError(InternalError):
    """A stage gave a table that lacks declared columns, or has them with other types."""
