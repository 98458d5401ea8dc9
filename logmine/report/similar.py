"""Duplicates, as lines to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHOWN_CHARS: Final = 300


def group_lines(groups: Sequence[Mapping[str, Any]], *, n_shown: int) -> list[str]:
    """Return a heading and the first groups: what is kept, then each duplicate with its kind and score."""
    lines = [f"{len(groups):,} groups of near or semantic duplicates, the least alike first"]
    for group in groups[:n_shown]:
        lines += ["", f"kept            {_short(group['text'])}"]
        lines += [f"{kind:<9}{score:5.3f}  {_short(text)}" for kind, score, text in group["members"]]
    return lines


def pair_lines(pairs: Sequence[Mapping[str, Any]], texts: Mapping[str, str], *, n_shown: int) -> list[str]:
    """Return a heading and the first pairs of prompts that ``texts`` has, with their score and why they were kept apart."""
    shown = [pair for pair in pairs if pair["one"] in texts and pair["other"] in texts]
    lines = [f"{len(shown):,} pairs that were kept apart, the most alike first"]
    for pair in shown[:n_shown]:
        lines += ["", f"{pair['score']:.3f}  {pair['why']}", f"  {_short(texts[pair['one']])}", f"  {_short(texts[pair['other']])}"]
    return lines


def _short(text: str) -> str:
    joined = " / ".join(line.strip() for line in text.split("\n") if line.strip())
    return joined if len(joined) <= SHOWN_CHARS else f"{joined[:SHOWN_CHARS]}…"
