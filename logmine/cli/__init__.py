"""The command line: parse, call, print. Results go to standard output, progress and messages to standard error.

Nothing heavy is imported before a command runs, so that ``logmine --help`` answers at once.
"""

from __future__ import annotations

import click

from logmine.cli.build import build
from logmine.cli.check import check
from logmine.cli.confirm import confirm
from logmine.cli.explain import explain
from logmine.cli.grade import grade
from logmine.cli.inspect import inspect
from logmine.cli.regrade import regrade
from logmine.cli.reward import reward
from logmine.cli.rollout import rollout
from logmine.cli.similar import similar
from logmine.cli.tasks import tasks

EXIT_CODES = """\b
Exit codes:
  0  done
  1  done, but too few rows, or a file that check refuses
  2  the command, a flag or logmine.toml cannot be used as written
  3  credentials or permissions are missing
  4  the input does not exist, is empty or holds no invocation logs
  5  the output folder cannot be written, or holds something else
  6  interrupted; the same command continues
  70 a bug in logmine"""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=EXIT_CODES)
@click.version_option(package_name="logmine")
def main() -> None:
    """Turn Amazon Bedrock model-invocation logs into reinforcement fine-tuning datasets.

    \b
    Example:
      logmine build s3://bucket/prefix -o dataset
    """  # noqa: D301 - \b keeps click from wrapping


for command in (build, inspect, tasks, confirm, explain, similar, check, grade, reward, rollout, regrade):
    main.add_command(command)
