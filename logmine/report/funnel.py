"""The funnel: how many came in, what each stage dropped and why, what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REASONS = {
    "selected": "selected",
    "no_user_turn": "no user turn",
    "has_media": "images, documents, audio or video",
    "too_long": "longer than max_prompt_tokens",
    "not_requested": "of other tasks than those asked for",
    "task_dropped": "of tasks that logmine.toml drops",
    "near_duplicate": "near duplicates",
    "semantic_duplicate": "semantic duplicates",
    "no_grader": "rated by rewards, but no grader",
    "not_checkable": "no grader fits",
    "judge": "open-ended: for a judge",
    "answer_leaks": "prompts that state their own answer",
    "weak_reference": "instructions that any text follows",
    "reference_conflict": "references that contradict one another",
    "no_reference": "no reference answer",
    "unknown_band": "too few attempts to tell the difficulty",
    "estimated_band": "too few attempts of the base model itself",
    "too_hard": "too hard: nearly all attempts fail",
    "too_easy": "too easy: nearly all attempts succeed",
    "doubtful_reference": "in range, by a reference in doubt",
    "multi_turn": "in range, with earlier turns",
    "not_kept": "measured, but not what --keep asks for",
    "over_budget": "in range, over the budget",
}
OUTCOMES = {
    "confirmed": "answers that a person looked at",
    "given": "outcomes given",
    "no_such_prompt": "- of no prompt or request of these logs",
    "another_turn": "- of earlier turns: the last one stands for them",
    "ambiguous": "- that could mean several prompts or calls",
    "no_attempt": "- rewards of cut, blocked or no answers",
    "contradictory": "- rewards that differ for one answer",
    "conflict": "- that contradict another, or stand in their prompt",
    "not_readable": "- that the grader of their task cannot read",
}
HINTS = {"multi_turn": "--multi-turn writes them too"}
WIDTH = 44


def funnel_lines(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield the funnel of a build, line by line, from its manifest."""
    inputs, summary = manifest["inputs"], manifest["summary"]
    yield _line("log records read", sum(entry["n_in"] for entry in manifest["ledger"] if entry["stage"] == "decode"))
    for label, count in summary["records_dropped"].items():
        yield _line(f"- {label.replace('_', ' ')}", count)
    n_prompts = sum(summary["decisions"].values())
    yield _line(
        "distinct prompts", n_prompts, f"of {_in(manifest, 'gather_attempts'):,} calls; {summary['n_prompts_sent_once']:,} sent once"
    )
    for reason, label in REASONS.items():
        if reason != "selected" and (count := summary["decisions"].get(reason)):
            yield _line(f"- {label}", count, HINTS.get(reason, ""))
    yield _line("selected", summary["decisions"].get("selected", 0), _split(summary["splits"]))
    for name, count in sorted(manifest["n_rows"].items()):
        yield _line(f"  {name}", count)
    for reason, count in manifest.get("outcomes", {}).items():
        yield _line(OUTCOMES[reason], count)
    yield _line(
        "objects", inputs["n_objects"], f"{inputs['stored_bytes'] / 1e6:,.1f} MB stored, {inputs['json_bytes'] / 1e6:,.1f} MB of JSON"
    )


def _in(manifest: Mapping[str, Any], stage: str) -> int:
    return next(entry["n_in"] for entry in manifest["ledger"] if entry["stage"] == stage)


def _line(label: str, count: int, note: str = "") -> str:
    return f"{label:<{WIDTH}} {count:>9,}" + (f"   {note}" if note else "")


def _split(splits: Mapping[str, int]) -> str:
    return f"{splits.get('train', 0):,} train, {splits.get('eval', 0):,} eval" if splits else ""
