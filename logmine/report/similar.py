"""Duplicates, as lines to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHOWN_CHARS: Final = 300
END_CHARS: Final = 100  # of them, of a longer text: what is asked often stands last
CONTEXT_CHARS: Final = 60  # before the first difference, of a long text that is like the one above for longer


def group_lines(groups: Sequence[Mapping[str, Any]], *, n_all: int, counts: Mapping[str, int], is_drawn: bool = False) -> list[str]:
    """Return a heading and the groups: what is kept, then each duplicate with its kind and score.

    Parameters
    ----------
    groups
        Those that are shown.
    n_all
        How many there are.
    counts
        Prompts that are not kept, by kind of duplicate.
    is_drawn
        Whether ``groups`` are a random draw.
    """
    by_kind = ", ".join(f"{n:,} {kind}" for kind, n in counts.items()) or "none"
    lines = [f"{n_all:,} groups of duplicates (prompts not kept: {by_kind}), {'drawn at random' if is_drawn else 'the least alike first'}"]
    for group in groups:
        lines += ["", f"kept            {shown(group['text'])}"]
        lines += [f"{one['kind']:<9}{one['score']:5.3f}  {_told_apart(one, group)}" for one in group["members"]]
    return lines


def pair_lines(
    pairs: Sequence[Mapping[str, Any]], texts: Mapping[str, str], *, reasons: Mapping[str, int], floors: Mapping[str, float]
) -> list[str]:
    """Return a heading and the pairs, each with its score and why the two were kept apart.

    Parameters
    ----------
    pairs
        Those that are shown.
    texts
        By id of the prompt.
    reasons
        How many pairs each reason kept apart.
    floors
        Least score of the pairs that were looked for, by kind.
    """
    looked_for = " and ".join(f"{kind} from {floor:.2f}" for kind, floor in floors.items())
    lines = [f"{sum(reasons.values()):,} pairs that were kept apart ({looked_for}), some for each reason, the most alike first"]
    lines += [f"{n:>10,}  {reason}" for reason, n in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))]
    for pair in pairs:
        one, other = texts[pair["one"]], texts[pair["other"]]
        start = _first_shown(one, other)
        lines += ["", f"{pair['kind']:<9}{pair['score']:5.3f}  {pair['why']}", f"  {shown(one, start)}", f"  {shown(other, start)}"]
    return lines


def _told_apart(member: Mapping[str, Any], kept: Mapping[str, Any]) -> str:
    """Return the text of a duplicate; where it is that of the prompt kept, what was sent around it."""
    if _joined(member["text"]) != _joined(kept["text"]):
        return shown(member["text"], _first_shown(kept["text"], member["text"]))
    sent, other = _joined(member["whole"] or ""), _joined(kept["whole"] or "")
    if sent == other:
        return "sent with other white space"
    start = _n_alike(sent, other)
    end = len(sent) - _n_alike(sent[start:][::-1], other[start:][::-1])
    return f"sent with: {shown(sent[start:end])}" if end > start else "sent with less around it"


def _first_shown(one: str, other: str) -> int:
    """Return from where on texts are shown that are alike at first."""
    same = _n_alike(_joined(one), _joined(other))
    return same - CONTEXT_CHARS if same > SHOWN_CHARS - CONTEXT_CHARS else 0


def _n_alike(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    return next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def shown(text: str, start: int = 0) -> str:
    """Return ``text`` in one line, from ``start`` on; of a long one the beginning and the end."""
    joined = ("…" if start else "") + _joined(text)[start:]
    return joined if len(joined) <= SHOWN_CHARS else f"{joined[: SHOWN_CHARS - END_CHARS]} … {joined[-END_CHARS:]}"


def _joined(text: str) -> str:
    return " / ".join(line.strip() for line in text.split("\n") if line.strip())
