"""The reward function of a dataset: an AWS Lambda package, and the proof that it judges as logmine does."""

from __future__ import annotations

from logmine.reward.judge_package import write_judge_package
from logmine.reward.package import write_package
from logmine.reward.responses import Graded, by_task, grade_responses
from logmine.reward.trial import Attempt, Trial, try_reward
from logmine.reward.verify import verify_package

__all__ = [
    "Attempt",
    "Graded",
    "Trial",
    "by_task",
    "grade_responses",
    "try_reward",
    "verify_package",
    "write_judge_package",
    "write_package",
]
