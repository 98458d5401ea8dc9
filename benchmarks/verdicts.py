"""What a verdict costs: logged completions through the graders, and through the Lambda's handler, on one core.

    python benchmarks/verdicts.py [OUT ...]     # builds; one of sample_logs when none is given

One pass over the completions in the order of their prompts, in a fresh process with nothing warmed, as a trainer sends the rollouts of a prompt together.
Time is CPU time of the process. The floor is what no reward function can do without: decoding the event from JSON, and encoding as many results.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logmine import build
from logmine.reward.cases import logged_cases, read_tables
from logmine.reward.handler import completion_of, grade, lambda_handler, reference_of

if TYPE_CHECKING:
    from collections.abc import Callable

LIGHT = ("label", "choice", "numeric", "exact")
ASKED_PER_S = 20_000
BATCH = 128
RESULT = {"id": "0" * 32, "aggregate_reward_score": 1.0, "metrics_list": [{"name": "correct", "value": 1.0, "type": "Reward"}] * 5}


def main() -> None:
    """Print verdicts a second by grader, of the light ones together, and of the handler beside the floor."""
    with tempfile.TemporaryDirectory() as scratch:
        for out in [Path(name) for name in sys.argv[1:]] or [sample(Path(scratch) / "dataset")]:
            print(f"\n{out.name}")
            report(samples_of(out))


def sample(out: Path) -> Path:
    """Build the sample logs."""
    build(str(Path(__file__).resolve().parent.parent / "sample_logs"), out)
    return out


def samples_of(out: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the logged completions of a build by grader, as a trainer sends them."""
    tables = read_tables(out)
    if tables is None:
        sys.exit(f"{out} has no work/ folder: build it again")
    cases = sorted(logged_cases(tables), key=lambda case: case.grader)
    return {grader: [case.sample for case in group] for grader, group in groupby(cases, key=lambda case: case.grader)}


def report(samples: dict[str, list[dict[str, Any]]]) -> None:
    """Print the table of one build."""
    print(f"{'grader':<12} {'verdicts':>9} {'chars':>7} {'a second':>9}")
    spent: dict[str, float] = {}
    for grader, given in samples.items():
        read = [(reference_of(one), *completion_of(one["messages"])) for one in given]
        spent[grader] = cpu_seconds(lambda read=read: [grade(*one) for one in read])
        chars = sum(len(text) for _, text, _ in read) // len(read)
        print(f"{grader:<12} {len(given):>9,} {chars:>7,} {len(given) / spent[grader]:>9,.0f}")
    light = [grader for grader in LIGHT if grader in samples]
    rate = sum(len(samples[grader]) for grader in light) / sum(spent[grader] for grader in light)
    print(f"light graders together: {rate:,.0f} a second, {rate / ASKED_PER_S:.2f} times the {ASKED_PER_S:,} that are asked for")
    events = [json.dumps(batch) for grader in light for batch in batched_of(samples[grader])]
    whole = cpu_seconds(lambda: [json.dumps(lambda_handler(json.loads(event))) for event in events])
    floor = cpu_seconds(lambda: [json.dumps([RESULT for _ in json.loads(event)]) for event in events])
    print(
        f"handler, from JSON to JSON: {sum(map(len, map(json.loads, events))) / whole:,.0f} a second, {whole / floor:.1f} times the floor"
    )


def batched_of(samples: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Cut samples into calls."""
    return [samples[start : start + BATCH] for start in range(0, len(samples), BATCH)]


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of one call."""
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    main()
