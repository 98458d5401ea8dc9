"""``logmine reward``: the reward function of a build, tried before it is deployed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logmine.cli.errors import reports_errors
from logmine.cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logmine.reward import Attempt, Trial

MAX_TOLD = 10
KINDS = {
    "reference": "rows, answered as their references",
    "logged": "logged completions of prompts with a reference",
    "unreferenced": "other logged completions, against another answer to their prompt",
    "probe": "probes that must earn nothing",
}
ENTRIES = {"lambda": "lambda.zip", "local": "handler.py"}


@click.group()
def reward() -> None:
    """Try the reward function of a build before it is deployed.

    \b
    Example:
      logmine reward test dataset
    """  # noqa: D301 - \b keeps click from wrapping


@reward.command(name="test")
@click.argument("out", type=click.Path(path_type=Path))
@reports_errors
def reward_test(out: Path) -> None:
    """Run the reward function of the build OUT by itself, and compare its verdicts with those of the build.

    Nothing of logmine can be imported where it runs. All rows, all logged completions and a set of tricks are judged, under each
    Python from 3.11 to 3.13 that this machine has. Exits with 1 when a verdict or an extracted answer differs.

    \b
    Example:
      logmine reward test dataset
    """  # noqa: D301 - \b keeps click from wrapping
    from logmine.reward import try_reward  # noqa: PLC0415 - heavy

    trial = try_reward(out)
    for line in _lines(trial):
        click.echo(printable(line))
    sys.exit(1 if trial.n_disparities else 0)


def _lines(trial: Trial) -> Iterator[str]:
    for kind, label in KINDS.items():
        if kind in trial.n_by_kind:
            yield f"{label:<66} {trial.n_by_kind[kind]:>9,}"
    if not trial.has_tables:
        yield "no logged completions: work/ of the build was deleted; the same `logmine build` command makes it again"
    yield ""
    yield f"{'logged completions by grader':<30} {'correct':>9} {'incorrect':>9} {'abstained':>9}"
    for grader, counts in trial.verdicts.items():
        yield f"{grader:<30} " + " ".join(f"{counts.get(verdict, 0):>9,}" for verdict in ("correct", "incorrect", "abstain"))
    yield ""
    yield f"{'probes':<30} {'tried':>9} {'rewarded':>9}"
    for name, (tried, earned) in trial.probes.items():
        yield f"{name:<30} {tried:>9,} {earned:>9,}"
    yield ""
    for attempt in trial.attempts:
        yield from _attempt_lines(attempt)
    if trial.skipped:
        yield f"skipped, not on this machine: Python {', '.join(trial.skipped)}"
    yield _verdict_line(trial)


def _attempt_lines(attempt: Attempt) -> Iterator[str]:
    rates = ", ".join(f"{grader} {rate:,.0f}" for grader, rate in sorted(attempt.verdicts_per_s.items()))
    yield f"Python {attempt.version}, {ENTRIES[attempt.entry]}: {attempt.n_samples:,} samples, cold start {attempt.cold_start_s:.2f} s"
    yield f"  verdicts a second on one core: {rates or 'none'}"
    if attempt.n_left_out:
        yield f"  {attempt.n_left_out:,} samples left out: RE2 in this package is for another Python"
    yield from (f"  differs: {told}" for told in attempt.disparities[:MAX_TOLD])
    if len(attempt.disparities) > MAX_TOLD:
        yield f"  differs: {len(attempt.disparities) - MAX_TOLD:,} more"


def _verdict_line(trial: Trial) -> str:
    earned = sum(count for _, count in trial.probes.values())
    parity = (
        f"{trial.n_disparities:,} verdicts, extracted answers or rewards differ from those of the build: do not deploy this package, build again."
        if trial.n_disparities
        else "Every verdict and every extracted answer is that of the build."
    )
    return parity + (f" {earned:,} probes earn a reward: look at their tasks before you train." if earned else "")
