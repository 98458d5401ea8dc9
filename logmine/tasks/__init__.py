"""Which application a prompt comes from, which of its templates it fills, and which prompts are one.

Stages: :func:`count_systems` (reduce by system prompt), :func:`scope_prompts` (map), :func:`find_tasks` (reduce by scope).
"""

from logmine.tasks.places import find_tasks
from logmine.tasks.scopes import count_systems, scope_prompts

__all__ = ["count_systems", "find_tasks", "scope_prompts"]
