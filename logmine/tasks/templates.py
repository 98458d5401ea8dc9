"""Templates: the texts that the prompts of a scope share, and the groups that share other ones.

In the manner of log-template miners (Drain: He et al. 2017): frequent lines are skeleton, the rest are slots. A
template is told from a recurring piece of content by length (prompts must share enough text that the rest of the scope lacks) and by
place: it begins or ends the text, or else templates explain nearly the whole scope.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from logmine.tasks.frames import masked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MIN_FRACTION = 0.05  # of the scope, for a line to be frequent
UBIQUITOUS_FRACTION = 0.9  # of the scope: such a line tells no template from another
MIN_TEMPLATE_CHARS = 24  # of shared text that the others lack
MIN_OVERLAP = 0.4  # of shared text, for two signatures to be one template
COVERING_FRACTION = 0.9  # of a scope, from which templates may lie in the middle of the text
RUN_WORDS = 3
LONG_LINE_WORDS = 9

CUT = "\u200b"  # stands between the pieces of a word that was cut, where others have a space
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CJK_PIECE = re.compile(r".{3}(?=.)")
_GAP = re.compile(f"([ {CUT}])")

Signature = frozenset[str]


def find_templates(bodies: Mapping[str, Sequence[str]], *, min_prompts: int) -> dict[str, Signature]:
    """Return each prompt's template: the telling lines that its group shares; empty for the rest of the scope.

    Parameters
    ----------
    bodies
        Comparable lines by prompt id.
    min_prompts
        Least prompts of a template.
    """
    marks = {prompt: _marks(lines) for prompt, lines in bodies.items()}
    counts = Counter(mark for found in marks.values() for mark in found)
    least = max(min_prompts, MIN_FRACTION * len(bodies))
    telling = {mark for mark, count in counts.items() if least <= count < UBIQUITOUS_FRACTION * len(bodies)}
    signatures = {prompt: frozenset(found & telling) for prompt, found in marks.items()}
    templates = _choose(Counter(signatures.values()), least)
    places = {prompt: _nearest(signature, templates) for prompt, signature in signatures.items()}
    if sum(map(bool, places.values())) >= COVERING_FRACTION * len(places):
        return places
    anchored = [template for template in templates if any(mark[0] in "^$" for mark in template)]
    return {prompt: _nearest(signature, anchored) for prompt, signature in signatures.items()}


def shared_lines(bodies: Sequence[Sequence[str]]) -> set[str]:
    """Return the masked lines that at least half of ``bodies`` hold: the skeleton of a task."""
    counts = Counter(line for lines in bodies for line in {masked(line) for line in lines})
    return {line for line, count in counts.items() if 2 * count >= len(bodies) and count > 1}


def shared_run(lines: Sequence[Sequence[str]], *, from_end: bool) -> list[str]:
    """Return the words with which at least four fifths of ``lines`` (split in words) begin, or end."""
    run: list[str] = []
    alive = [words[::-1] if from_end else words for words in lines if words]
    needed = max(2, 0.8 * len(alive))
    while longer := [words for words in alive if len(words) > len(run)]:
        [(word, count)] = Counter(words[len(run)] for words in longer).most_common(1)
        if count < needed:
            break
        alive = [words for words in longer if words[len(run)] == word]
        run.append(word)
    return run[::-1] if from_end else run


def _marks(lines: Sequence[str]) -> set[str]:
    """Return what may be skeleton: lines, long ones by their ends alone (a slot may lie within), and the ends of the text."""
    found = {_line_mark(masked(line)) for line in lines}
    if lines:
        first, last = _pieces(lines[0]), _pieces(lines[-1])
        if len(first) >= 2 * RUN_WORDS:
            found.add("^" + masked(_head(first)))
        if len(last) >= 2 * RUN_WORDS:
            found.add("$" + masked(_tail(last)))
    return found


def _line_mark(line: str) -> str:
    pieces = _pieces(line)
    return line if len(pieces) < 2 * LONG_LINE_WORDS else f"{_head(pieces)} … {_tail(pieces)}"


def _pieces(line: str) -> list[str]:
    """Return the words of ``line`` and, between them, the gaps; words are cut where they are not set apart, as in Japanese."""
    return _GAP.split(" ".join(_CJK_PIECE.sub(rf"\g<0>{CUT}", word) if _CJK.search(word) else word for word in line.split()))


def _head(pieces: Sequence[str]) -> str:
    return "".join(pieces[: 2 * RUN_WORDS - 1])


def _tail(pieces: Sequence[str]) -> str:
    return "".join(pieces[1 - 2 * RUN_WORDS :])


def _choose(counts: Counter[Signature], least: float) -> list[Signature]:
    """Return the signatures that are templates, most frequent first; those that overlap enough are one."""
    chosen: list[Signature] = []
    support: dict[Signature, int] = defaultdict(int)
    for signature, count in sorted(counts.items(), key=lambda pair: (-pair[1], sorted(pair[0]))):
        if _weight(signature) < MIN_TEMPLATE_CHARS:
            continue
        home = next((template for template in chosen if _overlap(signature, template) >= MIN_OVERLAP), None)
        if home is None:
            chosen.append(signature)
        support[home or signature] += count
    return [template for template in chosen if support[template] >= least]


def _nearest(signature: Signature, templates: Sequence[Signature]) -> Signature:
    best = max(templates, key=lambda template: _overlap(signature, template), default=frozenset[str]())
    return best if _overlap(signature, best) >= MIN_OVERLAP / 2 and _weight(signature) >= MIN_TEMPLATE_CHARS else frozenset()


def _overlap(one: Signature, other: Signature) -> float:
    union = _weight(one | other)
    return _weight(one & other) / union if union else 0.0


def _weight(signature: Signature) -> int:
    return sum(len(mark) for mark in signature)
