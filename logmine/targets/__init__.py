"""Datasets in a consumer's format: written, and checked against the published contracts.

The one target so far is ``bedrock-rft``: reinforcement fine-tuning on Amazon Bedrock (Nova 2 Lite; open-weight models
through the OpenAI-compatible API) and on SageMaker, which read the same rows.
"""

from __future__ import annotations

from logmine.targets.check import Problem, check_file
from logmine.targets.needs import write_needs
from logmine.targets.write import write_dataset

__all__ = ["Problem", "check_file", "write_dataset", "write_needs"]
