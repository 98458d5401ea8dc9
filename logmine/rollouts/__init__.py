"""Asking models for the attempts that a build lacks, as few as will do.

Not stages: :class:`Asker` asks, a :class:`Docket` says whom next, and what comes back lies in a :func:`folder <open_store>` beside the build
as invocation log records, for the next build to read.
"""

from logmine.rollouts.asking import Asker, Progress, Settings
from logmine.rollouts.batch import BatchAsker, BatchJobs
from logmine.rollouts.bedrock import Bedrock
from logmine.rollouts.budget import Budget
from logmine.rollouts.calls import Backend, Call, Form
from logmine.rollouts.chat_endpoint import ChatEndpoint
from logmine.rollouts.docket import CORRECT, INCORRECT, Answers, Bands, Docket, Standing
from logmine.rollouts.forms import ChatForm, ConverseForm
from logmine.rollouts.needs import Needed, Purpose, read_needs
from logmine.rollouts.plans import BandRule
from logmine.rollouts.records import asked_record
from logmine.rollouts.store import Store, open_store

__all__ = [
    "CORRECT",
    "INCORRECT",
    "Answers",
    "Asker",
    "Backend",
    "BandRule",
    "Bands",
    "BatchAsker",
    "BatchJobs",
    "Bedrock",
    "Budget",
    "Call",
    "ChatEndpoint",
    "ChatForm",
    "ConverseForm",
    "Docket",
    "Form",
    "Needed",
    "Progress",
    "Purpose",
    "Settings",
    "Standing",
    "Store",
    "asked_record",
    "open_store",
    "read_needs",
]
