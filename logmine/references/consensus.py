"""References by consensus: the answer on which several attempts agree, and how far that can be trusted."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from scipy.special import betainc

if TYPE_CHECKING:
    from collections.abc import Sequence


SELF_AGREEMENT = {"exact": 0.5}
"""How far one model's agreement with itself is trusted, by grader: free text least, since nothing bounds what it may repeat."""

SELF_AGREEMENT_ELSE = 0.85


def consensus(answers: Sequence[tuple[str | None, str]], *, grader: str, min_attempts: int) -> tuple[str, float] | None:
    """Return the plurality answer and its confidence, or None.

    The confidence is the chance that the leading answer is truly more frequent than the runner-up (both counts under a Jeffreys
    prior, so the tail of a Beta distribution), tempered by the share of models whose own plurality it is, smoothed by one.
    A model that agrees with itself shows what it believes, not what is right: one model alone is trusted less. Models can still share an error; no count shows that.

    Parameters
    ----------
    answers
        (model, canonical answer) of each attempt that could be read.
    grader
        The grader whose answers these are.
    min_attempts
        Fewer answers give no consensus.

    Examples
    --------
    >>> consensus([("a", "4"), ("a", "4"), ("b", "4"), ("b", "5")], grader="numeric", min_attempts=4)[0]
    '4'
    >>> consensus([("a", "4"), ("a", "5")], grader="numeric", min_attempts=2) is None
    True
    """
    if len(answers) < min_attempts:
        return None
    votes = Counter(answer for _, answer in answers)
    (leader, n_first), *others = sorted(votes.items(), key=lambda pair: (-pair[1], pair[0]))
    n_second = others[0][1] if others else 0
    if n_first == n_second or n_first < 2:
        return None
    ahead = float(1.0 - betainc(n_first + 0.5, n_second + 0.5, 0.5))
    return leader, ahead * _model_agreement(answers, leader, grader)


def _model_agreement(answers: Sequence[tuple[str | None, str]], leader: str, grader: str) -> float:
    by_model: dict[str, Counter[str]] = defaultdict(Counter)
    for model, answer in answers:
        by_model[model or ""][answer] += 1
    agreeing = sum(counts[leader] == max(counts.values()) for counts in by_model.values())
    if len(by_model) == 1:
        return SELF_AGREEMENT.get(grader, SELF_AGREEMENT_ELSE)
    return (agreeing + 1) / (len(by_model) + 1)
