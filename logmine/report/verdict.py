"""The verdict of a build, and the next command to type."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from logmine.graders import GRADER_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logmine.config import Config

VerdictName = Literal["READY", "NEEDS ROLLOUTS", "NEEDS REFERENCES", "JUDGE ONLY", "NOT FOR RFT"]

ATTEMPTS = 8  # a prompt, as `logmine rollout` has it by default

NEXT_COMMANDS: dict[VerdictName, str] = {
    "READY": "aws s3 cp OUT s3://YOUR-BUCKET/rft --recursive --exclude 'work/*'",
    "NEEDS ROLLOUTS": "logmine rollout OUT --model MODEL",
    "NEEDS REFERENCES": "logmine rollout OUT --purpose references --model STRONGER-MODEL",
    "JUDGE ONLY": "logmine build SOURCE -o OUT --judge TASK",
    "NOT FOR RFT": "logmine inspect SOURCE",
}


@dataclass(frozen=True, slots=True)
class BuildVerdict:
    """What a build is good for.

    Attributes
    ----------
    name
        The verdict.
    reason
        One or two sentences with the figures that decided.
    next_command
        What to type next, with SOURCE and OUT for the input and the output of the build; MODEL and STRONGER-MODEL where the user must name
        one.
    """

    name: VerdictName
    reason: str
    next_command: str


def judge_build(
    summary: Mapping[str, Any], n_rows: Mapping[str, int], needs: Mapping[str, Mapping[str, int]], config: Config
) -> BuildVerdict:
    """Say what a build is good for.

    Parameters
    ----------
    summary
        As :func:`logmine.report.summarize` gives it.
    n_rows
        Rows by file written.
    needs
        By need (rollouts, references): ``n_prompts`` and ``n_tokens`` of their prompts, and ``n_in_range``, how many of them may be expected
        in range.
    config
        Settings of the build.
    """
    n_train = max((count for name, count in n_rows.items() if name.startswith("train")), default=0)
    n_eval = max((count for name, count in n_rows.items() if name.startswith("eval")), default=0)
    least = config.targets.min_rows
    if n_train >= least and (n_eval > 0 or config.selection.eval_fraction == 0):
        return _verdict("READY", f"{n_train:,} training rows and {n_eval:,} held out, each with a reference that grades itself right.")
    short = f"{n_train:,} training rows; at least {least:,} are needed, and some held out. " + _multi_turn_hint(summary)
    rollouts, references = needs.get("rollouts", {}), needs.get("references", {})
    n_rollouts, n_references = rollouts.get("n_prompts", 0), references.get("n_prompts", 0)
    suffices = n_train + rollouts.get("n_in_range", 0) >= least  # rollouts alone, which need no person
    if n_references and not suffices and (n_references > n_rollouts or n_train + n_rollouts < least):
        return _verdict("NEEDS REFERENCES", short + _reference_plan(references, summary))
    if n_rollouts:
        plan = _verdict("NEEDS ROLLOUTS", short + _rollout_plan(rollouts, config))
        return replace(plan, next_command=plan.next_command.replace("MODEL", shlex.quote(config.difficulty.base_model or "MODEL")))
    if summary["decisions"].get("judge", 0):
        return _verdict(
            "JUDGE ONLY",
            short + f"{summary['decisions']['judge']:,} prompts are open-ended: only a judge (RLAIF) can reward them. "
            "`logmine tasks` names their tasks.",
        )
    n_useful = summary["decisions"].get("selected", 0)
    return _verdict(
        "NOT FOR RFT", short + f"{f'{n_useful:,}' if n_useful else 'No'} prompts of these logs are checkable and of middling difficulty."
    )


def _verdict(name: VerdictName, reason: str) -> BuildVerdict:
    return BuildVerdict(name, reason, NEXT_COMMANDS[name])


def _multi_turn_hint(summary: Mapping[str, Any]) -> str:
    """Say what ``--multi-turn`` would add, where there is anything."""
    count = summary["decisions"].get("multi_turn", 0)
    return f"{count:,} more are in range and have earlier turns: --multi-turn writes them. " if count else ""


def _rollout_plan(needs: Mapping[str, int], config: Config) -> str:
    model = config.difficulty.base_model or "the model to be tuned"
    return f"{needs['n_prompts']:,} prompts with a reference have too few attempts of {model}: ask it, {_cost(needs, ATTEMPTS)}."


def _cost(needs: Mapping[str, int], attempts: int) -> str:
    """Return what ``attempts`` calls a prompt come to; early stopping makes do with about 60 % of them (``benchmarks/rollouts.py``)."""
    return (
        f"at most {needs['n_prompts'] * attempts:,} calls and {needs['n_tokens'] * attempts:,} input tokens, "
        f"likely {needs['n_prompts'] * attempts * 6 // 10:,} calls"
    )


def _reference_plan(needs: Mapping[str, int], summary: Mapping[str, Any]) -> str:
    ranked = [task for task in summary["tasks"] if task["grader"] in GRADER_NAMES and task["n_prompts"] > task["n_with_reference"]]
    ranked.sort(key=lambda task: (task["n_with_reference"] - task["n_prompts"], task["task_id"]))
    listed = "; ".join(f"{task['name']} ({task['grader']}): {task['n_prompts'] - task['n_with_reference']:,}" for task in ranked[:5])
    return (
        f"{needs['n_prompts']:,} prompts of checkable tasks lack a reference answer ({listed}). "
        "Where you know it, fill in reference_answer in a copy of needs_references.jsonl and build again with --outcomes; where stronger models "
        f"may know it, ask them: {_cost(needs, ATTEMPTS)}."
    )
