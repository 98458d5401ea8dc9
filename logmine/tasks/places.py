"""Tasks of a scope, and each prompt's place: its task, its slots, and the prompt that it is one with."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from logmine.schemas import FOUND_TASKS, PLACED, digest
from logmine.tasks.courtesy import without_courtesy
from logmine.tasks.frames import comparable_lines, find_frames, framed_lines, masked, with_head_apart
from logmine.tasks.guard import guard
from logmine.tasks.leakage import leakage_keys
from logmine.tasks.passages import Parts, find_parts
from logmine.tasks.sections import marked_lines, without_label
from logmine.tasks.templates import CUT, RUN_WORDS, Signature, find_templates, shared_lines, shared_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logmine.config import TasksConfig

MIN_SHARING = 3  # prompts of a task, before words in common are skeleton
SKELETON_CHARS = 400
NAME_WORDS = 5
NAME_CHARS = 40  # in scripts without spaces, where a line is one word


@dataclass(slots=True)
class Body:
    """The text of a prompt without frames: as compared, and as written."""

    row: dict[str, Any]
    lines: list[str]  # as compared
    raw: list[str]  # the same lines as written
    template: Signature = frozenset()


def find_tasks(scoped: pl.DataFrame, *, config: TasksConfig) -> dict[str, pl.DataFrame]:
    """Find the tasks of each scope, and each prompt's slots, guard and identity.

    Parameters
    ----------
    scoped
        All :data:`logmine.schemas.SCOPED` rows of any number of whole scopes.

    Returns
    -------
    dict
        ``found_tasks`` and ``placed``. Prompts with one ``identity_id`` are one: equal texts but for case, white
        space and frames, with equal guards and histories, inside one task.
    """
    tasks: list[tuple[Any, ...]] = []
    placed: list[tuple[Any, ...]] = []
    for _, scope in sorted(scoped.sort("prompt_id").group_by("scope_id"), key=lambda pair: str(pair[0])):
        bodies = _unframed(scope.rows(named=True), config)
        for (task_id, name), members in _tasks_of(bodies).items():
            lines = shared_lines([body.lines for body in members])
            tasks.append(_task_row(task_id, name, members, lines))
            placed.extend(_place(task_id, members, lines))
    return {
        "found_tasks": pl.DataFrame(tasks, schema=FOUND_TASKS, orient="row"),
        "placed": pl.DataFrame(placed, schema=PLACED, orient="row"),
    }


def _unframed(rows: Sequence[dict[str, Any]], config: TasksConfig) -> list[Body]:
    rows = [row | {"body": with_head_apart(row["body"])} for row in rows]
    compared = [comparable_lines(row["body"]) for row in rows]
    frames = find_frames(compared, min_recurrences=config.min_template_prompts)
    bodies: list[Body] = []
    for row, lines in zip(rows, compared, strict=True):
        head, tail = framed_lines(lines, frames)
        raw = [line for line in row["body"].split("\n") if comparable_lines(line)]
        bodies.append(Body(row, lines[head : len(lines) - tail], raw[head : len(raw) - tail]))
    templates = find_templates({body.row["prompt_id"]: body.lines for body in bodies}, min_prompts=config.min_template_prompts)
    for body in bodies:
        body.template = templates[body.row["prompt_id"]]
    return bodies


def _tasks_of(bodies: Sequence[Body]) -> dict[tuple[str, str], list[Body]]:
    groups: dict[Signature, list[Body]] = defaultdict(list)
    for body in bodies:
        groups[body.template].append(body)
    return {
        (digest([members[0].row["scope_id"], *sorted(template)]), _name(template, members)): members
        for template, members in sorted(groups.items(), key=lambda pair: sorted(pair[0]))
    }


def _name(template: Signature, members: Sequence[Body]) -> str:
    """Return a readable name: the caller, or the tools, and the first telling words of the template."""
    row = members[0].row
    caller = str(row["role"] or row["tool_names"].split(",")[0] or "prompts")
    telling = min(template, key=_illegibility, default="")
    words = (_shared_words_of(telling, members) or " ".join(_written(telling).split()[:NAME_WORDS]))[:NAME_CHARS]
    return f"{caller}: {words}" if words else caller


def _shared_words_of(mark: str, members: Sequence[Body]) -> str:
    """Return how the line that a mark stands for begins in most prompts, so far as they share it; else, behind an ellipsis, how it ends."""
    lines = [masked(line).split() for body in members for line in _lines_of(mark, body)]
    head, tail = (shared_run(lines, from_end=from_end) for from_end in (False, True))
    if len(head) >= min(len(tail), RUN_WORDS) or len(head) == max(map(len, lines), default=0):
        return " ".join(head[:NAME_WORDS])
    return f"… {' '.join(tail[-NAME_WORDS:])}" if tail else ""


def _lines_of(mark: str, body: Body) -> Sequence[str]:
    """Return the first or last line, or those that begin with the text of a mark that is not of an end."""
    if mark[:1] in {"^", "$"}:
        return body.lines[:1] if mark[0] == "^" else body.lines[-1:]
    return [line for line in body.lines if mark and masked(line).startswith(_written(mark))]


def _illegibility(mark: str) -> tuple[bool, bool, int, str]:
    return (not any(map(str.isalpha, mark)), mark[0] not in "^$", -len(mark), mark)


def _written(mark: str) -> str:
    """Return the text of a mark up to its first slot, words that were cut whole again."""
    return mark.lstrip("^$").split(" … ")[0].replace(CUT, "")


def _task_row(task_id: str, name: str, members: Sequence[Body], lines: set[str]) -> tuple[Any, ...]:
    row = members[0].row
    skeleton = "\n".join(line if masked(line) in lines else "…" for line in members[0].lines)
    about = (row["role"], row["system_id"], skeleton[:SKELETON_CHARS], row["tool_names"], _shared_metadata(members))
    n_requests = sum(body.row["n_requests"] for body in members)
    return (task_id, name, *about, len(members), n_requests, min(members, key=lambda body: _age(body.row)).row["invoked_first"])


def _shared_metadata(members: Sequence[Body]) -> list[dict[str, str]]:
    """Return the pairs of ``requestMetadata`` that at least half of ``members`` carry."""
    counts = Counter((pair["key"], pair["value"]) for body in members for pair in body.row["metadata"] or ())
    return [{"key": key, "value": value} for (key, value), count in sorted(counts.items()) if 2 * count >= len(members)]


def _place(task_id: str, members: Sequence[Body], lines: set[str]) -> list[tuple[Any, ...]]:
    own = [[place for place, line in enumerate(body.lines) if masked(line) not in lines] for body in members]
    slots = [[body.raw[place] for place in places] for body, places in zip(members, own, strict=True)]
    parts = _parts_of(members, own)
    n_shared = _shared_words(slots)
    keys = [_identity_key(body, found) for body, found in zip(members, parts, strict=True)]
    first: dict[tuple[str, str], str] = {}
    for key, body in sorted(zip(keys, members, strict=True), key=lambda pair: _age(pair[1].row)):
        first.setdefault(key, body.row["prompt_id"])
    return [
        (
            body.row["prompt_id"],
            task_id,
            _slot_text(slot, n_shared) or "\n".join(body.raw),
            *key,
            first[key],
            sorted({*leakage_keys("\n".join(slot or body.raw)), *(found.leakage_keys() if found else ())}),
            found.question_id if found else None,
            _question(slot, found),
            body.row["invoked_first"],
            body.row["n_requests"],
        )
        for body, slot, key, found in zip(members, slots, keys, parts, strict=True)
    ]


def _parts_of(members: Sequence[Body], own: Sequence[Sequence[int]]) -> list[Parts | None]:
    """Return the parts of each prompt of a task, of which the places of the lines that are its own are given."""
    marks: list[set[int]] = []
    for body, places in zip(members, own, strict=True):
        marked = marked_lines(body.lines, set(range(len(body.lines))).difference(places))
        marks.append({number for number, place in enumerate(places) if place in marked})
    texts = [_plain(body.lines) for body in members]
    return find_parts([[text[place] for place in places] for text, places in zip(texts, own, strict=True)], marks)


def _question(slot: Sequence[str], parts: Parts | None) -> str | None:
    """Return the question as written, without passages; None for a prompt without."""
    return without_label("\n".join(slot[place] for place in parts.places)).strip() or None if parts else None


def _identity_key(body: Body, parts: Parts | None) -> tuple[str, str]:
    """Return what prompts that are one have in common: the text as compared, and what case and white space would hide.

    Under long passages the rest hardly counts for how alike two texts are, so passages are part of the guard.
    """
    apart = [digest(["\n".join(passage) for passage in parts.passages])] if parts else []
    return "\n".join(_plain(body.lines)), digest([guard("\n".join(_plain(body.raw))), body.row["history_id"] or "", *apart])


def _plain(lines: Sequence[str]) -> list[str]:
    """Return ``lines`` without the courtesy at the ends of the text."""
    last = len(lines) - 1
    return [without_courtesy(line) if place in (0, last) else line for place, line in enumerate(lines)]


def _age(row: dict[str, Any]) -> tuple[bool, Any, str]:
    """Return the key by which the earliest prompt is first; those without a time are last."""
    return row["invoked_first"] is None, row["invoked_first"], row["prompt_id"]


def _shared_words(slots: Sequence[Sequence[str]]) -> int:
    """Return with how many words in common the slots of a task begin."""
    if len(slots) < MIN_SHARING:
        return 0
    return len(shared_run([comparable_lines(slot[0])[0].split() if slot else [] for slot in slots], from_end=False))


def _slot_text(slot: Sequence[str], head: int) -> str:
    return "\n".join([" ".join(slot[0].split()[head:]), *slot[1:]]).strip() if slot else ""
