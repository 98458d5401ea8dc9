"""Rules: functions of the user that judge completions, found by import path and tried before anything is read."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Final

from logmine.errors import UsageError

HELP: Final = 'Write rule = "rules.py:check" for the function check of a file beside logmine.toml, or "package.module:check".'
PROBE_SECONDS: Final = 30.0
PROBE: Final = """
import inspect, sys, types
name = sys.argv[1]
module = types.ModuleType("logmine_rule")
sys.modules["logmine_rule"] = module
out, sys.stdout = sys.stdout, sys.stderr
try:
    exec(compile(sys.stdin.buffer.read(), "rule", "exec"), module.__dict__)
    function = getattr(module, name, None)
    said = "" if callable(function) else "it has no function " + name
    if not said:
        inspect.signature(function).bind("", [], "", {})
except BaseException as error:
    said = type(error).__name__ + ": " + str(error)
out.write(said)
"""


def read_rule(where: str, rule: str, folder: Path) -> str:
    """Return the source of the file in which ``rule`` is defined; nothing of it runs.

    Parameters
    ----------
    where
        The block, for messages.
    rule
        ``rules.py:check`` for a file in ``folder``, or ``package.module:check`` for what Python can import.
    folder
        In which ``logmine.toml`` lies.

    Raises
    ------
    UsageError
        If the path has another form, or the file cannot be found or read.
    """
    place, colon, name = rule.rpartition(":")
    if not colon or not place or not name.isidentifier():
        raise UsageError(f"{where}: rule = {rule!r} names no function. {HELP}")
    path = folder / place if place.endswith(".py") else _module_file(where, place)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{where}: rule = {rule!r}: {path} cannot be read: {error}. {HELP}") from error


def _module_file(where: str, module: str) -> Path:
    try:
        found = importlib.util.find_spec(module)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{where}: the module {module} cannot be imported: {error}. {HELP}") from error
    if found is None or found.origin is None or not found.origin.endswith(".py"):
        raise UsageError(f"{where}: no module {module} with a source file can be imported. {HELP}")
    return Path(found.origin)


def rule_fault(rule: str, source: str) -> str | None:
    """Return why a rule cannot judge in the reward Lambda, None when it can.

    Its file is run by itself in a process that has Python's standard library and nothing else, as in Lambda, and the function must
    take four arguments.
    """
    command = [sys.executable, "-I", "-S", "-c", PROBE, rule.rpartition(":")[2]]
    try:
        done = subprocess.run(command, input=source.encode(), capture_output=True, env={}, timeout=PROBE_SECONDS, check=False)  # noqa: S603 - our own program
    except subprocess.TimeoutExpired:
        return f"rule = {rule!r}: importing its file takes more than {PROBE_SECONDS:g} s. Do its work inside the function."
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode == 0 and not said:
        return None
    return (
        f"rule = {rule!r} cannot be used: {said or f'its file ends the process with status {done.returncode}'}. The file must work by itself with "
        "Python's standard library, as in the reward Lambda, and the function must take (text, tool_calls, reference, spec)."
    )
