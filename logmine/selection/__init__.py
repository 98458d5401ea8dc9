"""Which prompts are written, on which side of the split, and the whole story of each.

Stages: :func:`choose` (gather of ids and counts), :func:`pool_requests` (map), :func:`tell_decisions`,
:func:`compile_dataset`, :func:`compile_judged` and :func:`compile_needs` (reduce by prompt). :func:`wanted_tasks` looks tasks up by name,
:func:`compile_filter` reads the filter of ``--keep``.
"""

from logmine.selection.choices import choose, wanted_tasks
from logmine.selection.judged import compile_judged, require_judged
from logmine.selection.keep import compile_filter
from logmine.selection.needs import compile_needs
from logmine.selection.stories import compile_dataset, pool_requests, tell_decisions

__all__ = [
    "choose",
    "compile_dataset",
    "compile_filter",
    "compile_judged",
    "compile_needs",
    "pool_requests",
    "require_judged",
    "tell_decisions",
    "wanted_tasks",
]
