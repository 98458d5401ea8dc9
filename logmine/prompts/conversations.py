"""Conversations: which logged turns became prompts, and which prompt each other turn stands behind.

An agent's conversation is logged once a call, each record carrying the whole history so far. Every call is a decision
point: the model called a tool or answered. Records of one conversation are recognized by message prefix: a prompt's parent is the
longest prefix of its messages that was itself sent as a prompt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Policy = Literal["auto", "first", "last"]


def stand_ins(prefix_ids: Mapping[str, Sequence[str]], *, policy: Policy, max_prompts: int) -> dict[str, str]:
    """Choose the prompts of each conversation that are kept, and say for every prompt which one stands for it.

    Parameters
    ----------
    prefix_ids
        By prompt id: the ids of the prompt cut after each of its messages, its own id last.
    policy
        ``auto`` spreads over the decision points of a conversation, first and last included; ``first`` and ``last`` keep one.
    max_prompts
        Most prompts that one conversation (one path from an opening to its last call) may give.

    Returns
    -------
    dict
        The kept prompt by prompt; kept prompts stand for themselves, a turn that is not kept has the next kept
        one of its conversation, or the last kept one before it where none follows.

    Examples
    --------
    >>> turns = {"a": ["a"], "b": ["a", "x", "b"], "c": ["a", "x", "b", "y", "c"], "d": ["a", "x", "b", "y", "c", "z", "d"]}
    >>> stand_ins(turns, policy="auto", max_prompts=3)
    {'a': 'a', 'b': 'c', 'c': 'c', 'd': 'd'}
    """
    parents = {prompt: _parent(ids, prefix_ids) for prompt, ids in prefix_ids.items()}
    leaves = parents.keys() - set(parents.values())
    paths = sorted((_path(leaf, parents) for leaf in leaves), key=lambda path: (-len(path), path[-1]))
    kept = _kept(paths, policy, max_prompts)
    chosen: dict[str, str] = {}
    for path in paths:
        for index, prompt in enumerate(path):
            chosen.setdefault(prompt, _next_kept(path, index, kept))
    return dict(sorted(chosen.items()))


def _parent(ids: Sequence[str], known: Mapping[str, Sequence[str]]) -> str | None:
    return next((prefix for prefix in reversed(ids[:-1]) if prefix in known), None)


def _path(leaf: str, parents: Mapping[str, str | None]) -> list[str]:
    path = [leaf]
    while (parent := parents[path[-1]]) is not None:
        path.append(parent)
    return path[::-1]


def _kept(paths: Sequence[Sequence[str]], policy: Policy, max_prompts: int) -> set[str]:
    """Choose along each path; of a path that shares its opening with longer ones, among what only it has."""
    if policy == "first" or (policy == "auto" and max_prompts == 1):
        return {path[0] for path in paths}
    if policy == "last":
        return {path[-1] for path in paths}
    seen: set[str] = set()
    kept: set[str] = set()
    for path in paths:
        kept.update(_spread([prompt for prompt in path if prompt not in seen], max_prompts - len(kept.intersection(path))))
        seen.update(path)
    return kept


def _spread(turns: Sequence[str], n_kept: int) -> list[str]:
    """Return ``n_kept`` of ``turns`` at even distances, the first and the last among them; the last where it is one."""
    if len(turns) <= n_kept:
        return list(turns)
    if n_kept == 1:
        return [turns[-1]]
    return [turns[(index * (len(turns) - 1) + (n_kept - 1) // 2) // (n_kept - 1)] for index in range(n_kept)]


def _next_kept(path: Sequence[str], index: int, kept: set[str]) -> str:
    after = next((prompt for prompt in path[index:] if prompt in kept), None)
    return after or next(prompt for prompt in reversed(path[:index]) if prompt in kept)
