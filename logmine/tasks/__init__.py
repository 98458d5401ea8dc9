"""Which application a prompt comes from, which of its templates it fills, and which prompts are one.

Stages: :func:`count_systems` (reduce by system prompt), :func:`scope_prompts` (map), :func:`find_tasks` (reduce by scope),
:func:`settle_tasks` (gather of tasks), :func:`settle_members` (map). :func:`check_blocks` checks the user's
``[[task]]`` blocks, :func:`write_blocks` writes some for him to look through.
"""

from logmine.tasks.blocks import check_blocks
from logmine.tasks.places import find_tasks
from logmine.tasks.scopes import count_systems, scope_prompts
from logmine.tasks.settled import settle_members, settle_tasks
from logmine.tasks.written import write_blocks

__all__ = ["check_blocks", "count_systems", "find_tasks", "scope_prompts", "settle_members", "settle_tasks", "write_blocks"]
