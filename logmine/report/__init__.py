"""What was kept, dropped and why: verdict, funnel, dataset card, the story of a record, and what lies in a bucket."""

from logmine.report.card import write_card
from logmine.report.funnel import funnel_lines
from logmine.report.inspection import inspect_tables, inspection_lines
from logmine.report.opinions import build_command, opinions_of_task, read_opinions
from logmine.report.similar import group_lines, pair_lines
from logmine.report.story import tell_story
from logmine.report.summary import count_excluded, count_questions, count_reference_models, summarize
from logmine.report.task_table import describe_tasks
from logmine.report.verdict import judge_build

__all__ = [
    "build_command",
    "count_excluded",
    "count_questions",
    "count_reference_models",
    "describe_tasks",
    "funnel_lines",
    "group_lines",
    "inspect_tables",
    "inspection_lines",
    "judge_build",
    "opinions_of_task",
    "pair_lines",
    "read_opinions",
    "summarize",
    "tell_story",
    "write_card",
]
