"""The pipeline: the only room that knows every room. From sources to a finished build.

``stages`` lists what runs, ``sources`` what is read, ``runs`` opens a run, ``builds`` is the way from sources to a build; ``accounts`` and
``outputs`` finish it. ``surveys`` looks at sources before, ``stored`` and ``regrading`` at a build afterwards.
"""

from __future__ import annotations

from logmine.pipeline.builds import Build, build
from logmine.pipeline.regrading import regrade
from logmine.pipeline.sources import list_sources, slice_objects
from logmine.pipeline.stages import STAGES
from logmine.pipeline.stored import count_survivors, read_similar
from logmine.pipeline.surveys import inspect, survey_tasks

__all__ = [
    "STAGES",
    "Build",
    "build",
    "count_survivors",
    "inspect",
    "list_sources",
    "read_similar",
    "regrade",
    "slice_objects",
    "survey_tasks",
]
