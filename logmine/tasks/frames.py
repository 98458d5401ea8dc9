"""Frames: first or last lines that say nothing of what is asked, found from the data.

A ticket header or a polite opening is a frame when what remains without it was also sent without it, again and again; a
bracketed header whose numbers hardly ever repeat is one when it stands over many different texts. A line of which the first half
recurs while the rest is never the same, such as a signature with a number to call back, counts as one line. Nothing here knows a phrase.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN_EVIDENCE = 2  # different prompts that were sent with and without the line
MIN_BARE_FRACTION = 0.25  # of the line's occurrences; an instruction is rarely left out
MAX_FRAME_WORDS = 14
MIN_VARIED = 3  # lines of one beginning, before their ends count as volatile
MIN_VARIED_FRACTION = 0.9  # of which so many must differ
MIN_VOLATILE_FRACTION = 0.5  # of a header's occurrences that differ: ticket numbers do, limits such as "at most 50 words" recur

_VOLATILE = re.compile(r"(?<![^\W_])[^\W_]*\d[\w-]*")  # tried at the beginning of a word only: linear in long runs of letters
_BRACKETED = re.compile(r"[\[(<【].*[\])>】]$|[-=#*]{3,}")
_HEAD = re.compile(r"\A\s*([\[(<【][^\n\])>】]*\d[^\n\])>】]*[\])>】])[:：]?[ \t　]+(?=\S)")
_FAMILY = re.compile(r" …\d+$")
_WORD = re.compile(r"[^\W\d_]{2,}")  # a bracketed line without any, such as "[3, 1, 2]", is content


def comparable_lines(text: str) -> list[str]:
    """Return the lines of ``text`` that are not blank as they are compared: NFKC, case and runs of white space aside."""
    return [line for raw in unicodedata.normalize("NFKC", text).casefold().split("\n") if (line := " ".join(raw.split()))]


def masked(line: str) -> str:
    """Return ``line`` with every word that holds a digit as ``0``.

    Examples
    --------
    >>> masked("[ticket #22042 | 2025-03-07 | session 9115361f4238]")
    '[ticket #0 | 0 | session 0]'
    """
    return _VOLATILE.sub("0", line)


def with_head_apart(text: str) -> str:
    r"""Return ``text`` with a bracketed header that holds a digit on a line of its own, where it stands before the first words.

    Examples
    --------
    >>> with_head_apart("[ticket 4711] Where is my parcel?")
    '[ticket 4711]\nWhere is my parcel?'
    """
    return _HEAD.sub(r"\1\n", text, count=1)


def beginning(line: str) -> str:
    """Return the first half of the masked words of ``line``, and how many words the rest has; the empty text for a single word.

    Examples
    --------
    >>> beginning("call me back on +1-555-0154, kenji chen.")
    'call me back on …3'
    """
    words = masked(line).split()
    kept = (len(words) + 1) // 2
    return f"{' '.join(words[:kept])} …{len(words) - kept}" if len(words) > 1 else ""


def find_frames(bodies: Sequence[Sequence[str]], *, min_recurrences: int) -> set[tuple[int, str]]:
    """Find the masked first lines (0, line) and last lines (-1, line) that are frames among ``bodies`` of one scope.

    Parameters
    ----------
    bodies
        The :func:`comparable_lines` of each distinct prompt.
    min_recurrences
        Over how many different texts a bracketed header with a volatile part must stand when it was never left out.
    """
    bare = {"\n".join(lines) for lines in bodies}
    seen: Counter[tuple[int, str]] = Counter()
    rests: dict[tuple[int, str], set[str]] = defaultdict(set)
    written: dict[tuple[int, str], set[str]] = defaultdict(set)
    for lines in bodies:
        for place in (0, -1) if len(lines) > 1 else ():
            rest = "\n".join(lines[1:] if place == 0 else lines[:-1])
            for line in _forms(place, lines[place]):
                seen[line] += 1
                rests[line].add(rest)
                written[line].add(lines[place])

    def is_left_out(line: tuple[int, str]) -> bool:
        n_bare = len(rests[line] & bare)
        return n_bare >= MIN_EVIDENCE and n_bare >= MIN_BARE_FRACTION * seen[line]

    def is_volatile_header(line: tuple[int, str]) -> bool:
        looks_so = line[0] == 0 and "0" in line[1] and _BRACKETED.match(line[1]) and _WORD.search(line[1])
        return bool(looks_so) and len(rests[line]) >= min_recurrences and len(written[line]) >= MIN_VOLATILE_FRACTION * seen[line]

    def is_frame(line: tuple[int, str]) -> bool:
        if _FAMILY.search(line[1]) and not (seen[line] >= MIN_VARIED and len(written[line]) >= MIN_VARIED_FRACTION * seen[line]):
            return False
        return is_left_out(line) or is_volatile_header(line)

    return {line for line in seen if line[1] and len(line[1].split()) <= MAX_FRAME_WORDS and is_frame(line)}


def framed_lines(lines: Sequence[str], frames: set[tuple[int, str]]) -> tuple[int, int]:
    """Return how many lines at the head and at the tail of ``lines`` are frames; one line always remains."""
    head, tail = 0, len(lines)
    while tail - head > 1 and not frames.isdisjoint(_forms(0, lines[head])):
        head += 1
    while tail - head > 1 and not frames.isdisjoint(_forms(-1, lines[tail - 1])):
        tail -= 1
    return head, len(lines) - tail


def _forms(place: int, line: str) -> tuple[tuple[int, str], tuple[int, str]]:
    return (place, masked(line)), (place, beginning(line))
