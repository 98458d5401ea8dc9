"""Long passages: what a retriever put into a prompt, told apart from the question that was asked about it.

Passages come back under other questions, in other company: a long line, or a run of lines, that several prompts of a task hold
while their rest differs. One that was retrieved once is told by its marks (:mod:`logmine.tasks.sections`). What is left of such a prompt is its
question. Without marks, what was retrieved once counts as part of the question: nothing tells it from what a user pasted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from logmine.schemas import digest
from logmine.tasks.sections import is_labelled, without_label

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

Lines = tuple[str, ...]

MIN_PASSAGE_CHARS: Final = 160
MIN_KEY_CHARS: Final = 40  # of a line that tells a passage by itself
SHINGLE_CHARS: Final = 5
MAX_COMMON_FRACTION: Final = 0.5  # of a passage's runs of characters that most others have too
MIN_PASSAGES: Final = 2  # that come back in other company, before a task counts as one with passages


@dataclass(frozen=True, slots=True)
class Parts:
    """The passages of a prompt, each as its lines, and the question, with the places of its lines; it is empty where nothing else is left."""

    passages: tuple[Lines, ...]
    question: str
    places: tuple[int, ...]
    is_asked_again: bool  # told by passages that come back

    @property
    def question_id(self) -> str | None:
        """Digest of the question, None without."""
        return digest(["question", self.question]) if self.question else None

    def leakage_keys(self) -> list[str]:
        """Return the keys that prompts with one of the passages share, and those with the same question.

        A short question about passages that do not come back, such as "What is it about?", is the same in prompts that have nothing in common.
        """
        lines = {line for passage in self.passages for line in passage if len(line) >= MIN_KEY_CHARS}
        tells = self.question_id and (self.is_asked_again or len(self.question) >= MIN_KEY_CHARS)
        return [*(digest(["passage", line]) for line in sorted(lines)), *([self.question_id] if tells and self.question_id else [])]


def find_parts(slots: Sequence[Sequence[str]], marked: Sequence[Collection[int]] = ()) -> list[Parts | None]:
    r"""Return the parts of each prompt of a task; None for a prompt without passages.

    Parameters
    ----------
    slots
        Of each prompt the lines without the skeleton of the task, as compared.
    marked
        Of each prompt the places of those lines that marks tell to be passages; of all or none.

    Examples
    --------
    >>> tea, ink = "Tea is a drink made from leaves. " * 6, "Ink is a fluid made from pigments. " * 6
    >>> slots = [[tea, "is it hot?"], [tea, ink, "what is it?"], [ink, "is it wet?"], ["hello"]]
    >>> [parts and parts.question for parts in find_parts(slots)]
    ['is it hot?', 'what is it?', 'is it wet?', None]
    >>> [parts and parts.question for parts in find_parts([[tea, "is it hot?"], ["hello"]], [{0}, set()])]
    ['is it hot?', None]
    """
    linked = _linked({tuple(lines) for lines in slots})
    runs = [list(_runs(lines, linked)) for lines in slots]
    shared = _come_back(runs)
    told = marked or [()] * len(slots)
    return [_parts(lines, own, shared, places) for lines, own, places in zip(slots, runs, told, strict=True)]


def _come_back(runs: Sequence[Sequence[Lines]]) -> set[Lines]:
    """Return the passages that stand in other company too; none where hardly any does."""
    company: dict[Lines, set[tuple[Lines, ...]]] = defaultdict(set)
    for own in runs:
        for run in own:
            company[run].add(tuple(other for other in own if other != run))
    shared = _distinct({run for run, others in company.items() if sum(map(len, run)) >= MIN_PASSAGE_CHARS and len(others - {()}) > 1})
    return shared if len(shared) >= MIN_PASSAGES else set()


def _distinct(shared: set[Lines]) -> set[Lines]:
    """Return what differs in content: instructions with a word or two of their own are written by the application."""
    shingles = {run: _shingles(" ".join(run)) for run in shared}
    counts = Counter(shingle for own in shingles.values() for shingle in own)
    common = {shingle for shingle, count in counts.items() if 2 * count > len(shared)}
    return {run for run, own in shingles.items() if len(own & common) < MAX_COMMON_FRACTION * len(own)}


def _shingles(text: str) -> set[str]:
    return {text[start : start + SHINGLE_CHARS] for start in range(len(text) - SHINGLE_CHARS + 1)}


def _linked(texts: set[Lines]) -> set[tuple[str, str]]:
    """Return the pairs of lines, one after the other, that several texts hold: lines of one passage."""
    counts = Counter(pair for lines in texts for pair in set(pairwise(lines)))
    return {pair for pair, count in counts.items() if count > 1 and not any(_stands_alone(line) for line in pair)}


def _stands_alone(line: str) -> bool:
    """Whether a line is a passage by itself, or a question, which may follow one passage more than once."""
    return len(line) >= MIN_PASSAGE_CHARS or line.endswith(("?", "？"))


def _parts(lines: Sequence[str], runs: Sequence[Lines], shared: set[Lines], marked: Collection[int]) -> Parts | None:
    """Return the parts of one prompt: runs of lines that come back, and marked lines that are long enough and leave a shorter question."""
    sizes = [len(run) for run in runs]
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    repeated = {start + place for run, start in zip(runs, starts, strict=True) if run in shared for place in range(len(run))}
    asked = [place for place in range(len(lines)) if place not in marked and place not in repeated]
    n_marked, n_asked = (sum(len(lines[place]) for place in places) for places in (sorted(marked), asked))
    is_marked = n_marked >= MIN_PASSAGE_CHARS and 0 < n_asked < n_marked
    if not repeated and not is_marked:
        return None
    if not is_marked:
        asked = [place for place in range(len(lines)) if place not in repeated]
    asked = asked[next((n for n, place in enumerate(asked) if is_labelled(lines[place])), 0) :]
    passages = [run for run in runs if run in shared] + _marked_runs(lines, set(marked) - repeated if is_marked else set())
    return Parts(tuple(passages), without_label("\n".join(lines[place] for place in asked)), tuple(asked), bool(repeated))


def _marked_runs(lines: Sequence[str], places: set[int]) -> list[Lines]:
    """Return the marked lines, those that follow one another together."""
    firsts = sorted(place for place in places if place - 1 not in places)
    ends = sorted(place + 1 for place in places if place + 1 not in places)
    return [tuple(lines[first:end]) for first, end in zip(firsts, ends, strict=True)]


def _runs(lines: Sequence[str], linked: set[tuple[str, str]]) -> Iterator[Lines]:
    """Cut lines where two that follow one another are not linked."""
    run: list[str] = []
    for line in lines:
        if run and (run[-1], line) not in linked:
            yield tuple(run)
            run = []
        run.append(line)
    if run:
        yield tuple(run)
