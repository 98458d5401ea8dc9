"""``[[task]]`` blocks written for the user to look through: commented out, so that nothing changes before he says so."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import msgspec

from logmine.errors import OutputError
from logmine.graders import GRADER_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

RUBRIC_CHARS = 300  # of the application's own words in a draft
MAX_OPTIONS = 60  # labels that are written out
_BLOCK_OF = re.compile(r"^#?match = (\{ task = .* \})$", re.MULTILINE)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
OPENING = """# Tasks that logmine found. A block that is commented out says what is inferred anyway; remove the # from its lines to make it
# yours, and change what is wrong: grader, options or spec, decision (keep, drop, judge), name, rubric.
"""


def write_blocks(path: Path, tasks: Iterable[Mapping[str, Any]]) -> int:
    """Append a block, commented out, for each task that ``path`` says nothing of yet, and return how many.

    What stands in the file stays as it is; the same call again writes nothing.

    Parameters
    ----------
    path
        A ``logmine.toml``; made when it is not there.
    tasks
        As :func:`logmine.report.describe_tasks` gives them.

    Raises
    ------
    OutputError
        If the file cannot be read or written.
    """
    try:
        before = path.read_text(encoding="utf-8") if path.is_file() else ""
        known = {_name_in(written) for written in _BLOCK_OF.findall(before)}
        new = [task for task in tasks if not task["is_ruled"] and task["name"] not in known]
        if new:
            head = before if before.endswith("\n") or not before else before + "\n"
            opening = "" if OPENING in before else ("\n" if head else "") + OPENING
            path.write_text(head + opening + "".join("\n" + block_text(task) for task in new), encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"{path}: cannot be written: {error}. Name another file: --write FILE.") from error
    return len(new)


def _name_in(written: str) -> str | None:
    try:
        return tomllib.loads(f"match = {written}")["match"].get("task")
    except tomllib.TOMLDecodeError:  # a line that a person broke: the task is written again
        return None


def block_text(task: Mapping[str, Any]) -> str:
    """Return the block of a task, every line commented: ``# `` before words, ``#`` before what the user may bring to life."""
    lines = ["[[task]]", f"match = {{ task = {toml_value(task['name'])} }}"]
    if task["grader"] in (*GRADER_NAMES, "judge"):
        lines += [f'grader = "{task["grader"]}"', *_options(task)]
    lines.append(f'decision = "{_decision(task["grader"])}"')
    if task["grader"] == "judge":
        lines.append(f"rubric = {toml_value(draft_rubric(task))}")
    return "".join(f"# {line}\n" for line in _evidence(task)) + "".join(f"#{line}\n" for line in lines)


def _decision(grader: str | None) -> str:
    return "drop" if grader is None else "judge" if grader == "judge" else "keep"


def _evidence(task: Mapping[str, Any]) -> list[str]:
    lines = [f"{task['n_prompts']:,} prompts, {task['n_identities']:,} of them distinct; {task['n_requests']:,} calls."]
    if task["grader"] not in GRADER_NAMES:
        return [*lines, f"Grader: {task['grader'] or 'none fits'}."]
    if task["n_read"]:
        within, between = task["agreement_within"], task["agreement_between"]
        agreement = "no prompt was answered twice" if within is None else f"answers to one prompt agree in {within:.0%}"
        lines.append(
            f"{task['grader']} reads {task['n_read']:,} of {task['n_completions']:,}; {agreement}, to different prompts in {between:.0%}."
        )
    if task["stability"] is not None:
        lines.append(f"The same grader is chosen from {task['stability']:.0%} of halves of its prompts.")
    return lines


def _options(task: Mapping[str, Any]) -> list[str]:
    spec: dict[str, Any] = msgspec.json.decode(task["spec"] or "{}")
    if task["grader"] == "label" and 0 < len(spec.get("labels", ())) <= MAX_OPTIONS:
        return [f"options = {toml_value(spec['labels'])}"]
    return [f"spec = {toml_value(spec)}"] if task["grader"] == "json_fields" and spec else []


def draft_rubric(task: Mapping[str, Any]) -> str:
    """Return a first rubric for a judge, from the application's own words; to be confirmed by a person."""
    shared = [line for line in (task["skeleton"] or "").split("\n") if line.strip("… ")]
    words = " ".join(" ".join([task["system"] or "", *shared]).split())[:RUBRIC_CHARS]
    asked = f' The application says: "{words}"' if words else ""
    return (
        f"Score how well the answer does what is asked.{asked} 1: it does all that is asked, is correct, complete and to the point. "
        "0.5: it helps, with an error or a gap. 0: it is wrong, beside the question, empty, or only repeats the question."
    )


def toml_value(value: Any) -> str:  # noqa: ANN401 - JSON
    r"""Return ``value`` as TOML in one line.

    Examples
    --------
    >>> toml_value({"labels": ["a", 'say "b"'], "is open": True})
    '{ labels = ["a", "say \\"b\\""], "is open" = true }'
    """
    if isinstance(value, dict):
        pairs = (f"{key if _BARE_KEY.fullmatch(key) else toml_value(key)} = {toml_value(inner)}" for key, inner in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml_value, value))}]"
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
