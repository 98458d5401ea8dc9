"""The outputs of a build: written beside the folder, described in a manifest, then published at once."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow.parquet as pq

from logmine import ledger, manifest, references, report, reward, selection, targets
from logmine.encoders import load_encoder
from logmine.errors import InternalError
from logmine.folder import publish
from logmine.pipeline.accounts import account_entries
from logmine.schemas import arrow_schema, digest

if TYPE_CHECKING:
    from pathlib import Path

    from logmine.config import Config
    from logmine.ledger import Entry
    from logmine.runners.local import LocalRunner


def write_outputs(runner: LocalRunner, out: Path, objects: pl.DataFrame, run: dict[str, Any]) -> dict[str, Any]:
    """Check the ledger, then write the outputs of a run into ``out``, the manifest last; or find them written already.

    Parameters
    ----------
    objects
        Listing of what was read.
    run
        What the block ``run`` of the manifest says of this run: all that may differ between builds of the same bytes.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    LedgerError, InternalError
        If the ledger does not balance, or the reward function does not score a reference 1.0; then nothing is written.
    OutputError
        If ``out`` cannot be written.
    """
    fingerprint = digest(
        [
            str(runner.config.to_dict()["targets"]),
            *(f"{name}:{shard.fingerprint}" for name, shards in sorted(runner.tables.items()) for shard in shards),
        ]
    )
    if manifest.is_current(out, fingerprint):
        return manifest.read(out) or {}
    entries = ledger.check(list(account_entries(runner)))
    staging = runner.work / f".staging.{os.getpid()}"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    made = _manifest(runner, staging, runner.config, objects, entries)
    report.write_card(staging / "README.md", made)
    made["files"] = manifest.describe_files(staging, (str(path.relative_to(staging)) for path in staging.rglob("*") if path.is_file()))
    run["objects"] = dict(objects.select("address", "etag").iter_rows())
    made["run"] = run | {"finished_at": datetime.now(UTC).isoformat(), "fingerprint": fingerprint}
    publish(staging, out, made)
    return made


def _manifest(runner: LocalRunner, staging: Path, config: Config, objects: pl.DataFrame, entries: list[Entry]) -> dict[str, Any]:
    """Write every output but the card into ``staging``, and return the manifest without its files."""
    dataset, decisions, needs, dropped = (runner.frame(name) for name in ("dataset", "decisions", "needs", "dropped"))
    _write_parquet(staging / "decisions.parquet", "decisions", decisions)
    _write_parquet(staging / "dropped.parquet", "dropped", dropped)
    n_rows = targets.write_dataset(dataset, staging, config=config.targets) | targets.write_needs(needs, staging)
    _prove_reward(dataset, staging)
    n_rows |= _write_judged(runner, staging, config)
    summary = report.summarize(
        decisions, dropped, runner.frame("tasks"), runner.frame("graders"), runner.frame("topics"), config=config.difficulty
    )
    summary["reference_models"] = report.count_reference_models(runner.frame("references", ("prompt_id", "models")), decisions)
    summary["excluded_models"] = report.count_excluded(runner.frame("attempts", ("base_model",)), config.references.exclude_models)
    in_range = pl.col("band_mass").sort().sum().round(0).cast(pl.Int64)
    counted = needs.group_by("need").agg(n_prompts=pl.len(), n_tokens=pl.col("prompt_tokens").sum(), n_in_range=in_range).sort("need")
    by_need = {row.pop("need"): row for row in counted.to_dicts()}
    encoder = load_encoder(config.similarity.encoder, device=config.similarity.encoder_device)
    return {
        "format": manifest.FORMAT,
        "versions": manifest.versions(),
        "config": config.to_dict(),
        "encoder": {"name": encoder.name, "digest": encoder.digest, "dimensions": encoder.dimensions},
        "inputs": {
            "n_objects": objects.height,
            "stored_bytes": int(objects["size_bytes"].sum()),
            "json_bytes": int(runner.frame("objects_read")["json_bytes"].sum()),
            "digest": digest(["inputs", *(f"{name}:{size}" for name, size in objects.select("object", "size_bytes").iter_rows())]),
        },
        "outcomes": _count_outcomes(runner),
        "questions": report.count_questions(runner.frame("placed", ("prompt_id", "identity_id", "question_id"))),
        "ledger": [asdict(entry) for entry in entries],
        "summary": summary,
        "n_rows": n_rows,
        "verdict": asdict(report.judge_build(summary, n_rows, by_need, config)),
    }


def _count_outcomes(runner: LocalRunner) -> dict[str, int]:
    """Return how many reference answers the user gave, and how many became none, by reason."""
    given, looked_at = runner.frame("outcomes"), runner.frame("confirmed")
    confirmed = {"confirmed": looked_at.height} if looked_at.height else {}
    if given.is_empty():
        return confirmed
    return references.count_outcomes(given, runner.frame("unused"), runner.frame("given"), runner.frame("references")) | confirmed


def _prove_reward(dataset: pl.DataFrame, staging: Path) -> None:
    """Write the reward function, and let it score every reference in a process of its own."""
    reward.write_package(dataset, staging / "reward")
    if failed := reward.verify_package(staging / "reward" / "lambda.zip", dataset):
        raise InternalError(
            f"the reward function does not score {len(failed):,} of {dataset.height:,} references 1.0, the first of prompt {failed[0]}.\n"
            "Nothing was written. This is a bug in logmine; please report it with the grader of that prompt's task."
        )


def _write_judged(runner: LocalRunner, staging: Path, config: Config) -> dict[str, int]:
    """Write the dataset and the package for a judge, where the user names tasks for one; return rows by file."""
    if not config.selection.judge_tasks:
        return {}
    judged = runner.frame("judged")
    selection.require_judged(
        judged, runner.frame("decisions", ("prompt_id", "task_id", "decision")), runner.frame("tasks"), config.selection
    )
    (staging / "judge").mkdir()
    counts = targets.write_dataset(judged, staging / "judge", config=config.targets)
    reward.write_judge_package(judged, staging / "reward" / "judge")
    return {f"judge/{name}": count for name, count in counts.items()}


def _write_parquet(path: Path, table: str, frame: pl.DataFrame) -> None:
    pq.write_table(frame.to_arrow().cast(arrow_schema(table)), path, compression="zstd")
