"""AWS's own validator and reward verifier (``amzn-nova-forge``, Python 3.12) on the rows and the reward function of a build.

The package is large (1 GB with what it needs) and is installed into an environment of its own: a temporary one, or the folder given with
``--venv``, which is kept and used again. It sends nothing: telemetry is switched off, and the credentials are made up.

    python benchmarks/aws_validator.py [--venv DIR] [OUT]
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGE = "amzn-nova-forge==1.4.10"
ROOT = Path(__file__).resolve().parent.parent
FILES = ("train.jsonl", "eval.jsonl", "train-tools.jsonl", "eval-tools.jsonl")
QUIET = {
    "TELEMETRY_OPT_OUT": "true",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def main() -> int:
    """Judge a build in an environment with AWS's package; make both where they are missing."""
    parser = argparse.ArgumentParser(description="AWS's validator and reward verifier on a build.")
    parser.add_argument("out", nargs="?", type=Path, help="a build; one of sample_logs when left out")
    parser.add_argument("--venv", type=Path, help="where the environment is kept")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        return judge(given.out)
    with tempfile.TemporaryDirectory(prefix="aws-validator-") as scratch:
        out = given.out or build_sample(Path(scratch) / "dataset")
        python = environment(given.venv or Path(scratch) / "venv")
        command = [python, __file__, "--inside", out.resolve()]
        return subprocess.run(command, env={**os.environ, **QUIET}, cwd=out.resolve() / "reward", check=False).returncode


def build_sample(out: Path) -> Path:
    """Build the sample logs."""
    from logmine import build  # noqa: PLC0415 - not there in the environment with AWS's package

    build(str(ROOT / "sample_logs"), out)
    return out


def environment(folder: Path) -> Path:
    """Return the interpreter of an environment with the package."""
    from logmine.reward.pythons import find_pythons  # noqa: PLC0415 - likewise

    python = folder / "bin" / "python"
    if not python.exists():
        found = find_pythons()["3.12"]
        if found is None:
            sys.exit("no Python 3.12 here, which amzn-nova-forge needs: nothing was checked")
        subprocess.run([found, "-m", "venv", folder], check=True)
    subprocess.run([python, "-m", "pip", "install", "-q", PACKAGE], check=True, stderr=subprocess.DEVNULL)
    return python


def judge(out: Path) -> int:
    """Let AWS's code judge every file and the handler; return the number of refusals."""
    # In its own environment alone: not to be resolved here.
    enums, validator, verifier = (
        import_module(f"amzn_nova_forge.{name}") for name in ("core.enums", "dataset.dataset_validator", "util.reward_verifier")
    )

    logging.getLogger("nova_forge_sdk").setLevel(logging.ERROR)
    n_refused = 0
    for path in (out / name for name in FILES if (out / name).exists()):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        # The least number of rows is that of a training file: a file of the other kind is judged row by row alone.
        counts = (
            {"platform": enums.Platform.BEDROCK, "training_method": enums.TrainingMethod.RFT_LORA} if path.name == "train.jsonl" else {}
        )
        n_refused += said(
            path.name,
            lambda rows=rows, counts=counts: validator.RFTDatasetValidator(enums.Model.NOVA_LITE_2).validate(
                iter(rows), enums.Model.NOVA_LITE_2, **counts
            ),
        )
    # The samples are those of sample_event.json as Bedrock sends them, and the same with the reference beside the messages.
    event = json.loads((out / "reward" / "sample_event.json").read_text(encoding="utf-8"))
    samples = [{"id": one["id"], "messages": one["messages"], "reference_answer": one["metadata"]["reference_answer"]} for one in event]
    scores = []

    def verify() -> None:
        given = verifier.verify_reward_function("handler.py", samples)
        scores.extend(result["output"]["aggregate_reward_score"] for result in given["results"])

    n_refused += said("reward/handler.py", verify)
    print(f"rewards of {len(samples)} references: {scores}")
    return n_refused + (scores != [1.0] * len(samples))


def said(name: str, check: Callable[[], None]) -> int:
    """Print what came of a check; return 1 where it refuses."""
    try:
        check()
    except ValueError as error:
        print(f"{name}: refused: {str(error)[:2000]}")
        return 1
    print(f"{name}: accepted")
    return 0


if __name__ == "__main__":
    sys.exit(min(main(), 1))
