"""The proof that the package works: every row of the dataset through the ZIP, in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from logmine import schemas
from logmine.errors import InternalError
from logmine.reward.engines import find_engines
from logmine.reward.events import rendered_sample
from logmine.reward.isolation import BATCH_ROWS, run_isolated, unpacked
from logmine.reward.package import grader_counts, with_grader

if TYPE_CHECKING:
    from pathlib import Path


def verify_package(zip_path: Path, dataset: pl.DataFrame) -> list[str]:
    """Judge the rendered reference answer of every row with the package in ``zip_path``.

    The process has an empty environment, no site packages and no way to import logmine: what works here depends on
    nothing but Python, as in Lambda. Rows of a grader whose engine could not be bundled are passed over; the package's README names it.

    Parameters
    ----------
    zip_path
        ``lambda.zip`` as :func:`logmine.reward.write_package` wrote it.
    dataset
        A table :data:`logmine.schemas.DATASET`.

    Returns
    -------
    list of str
        ``prompt_id`` of each row whose reward is not 1.0; empty when the package is good.

    Raises
    ------
    InternalError
        If the process fails or does not answer for every row. The message ends with what the process said, which
        holds no text of a row.
    """
    missing = find_engines(grader_counts(schemas.require(dataset, "dataset"))).missing
    rows = with_grader(dataset).filter(~pl.col("grader").is_in(sorted(missing))).sort("prompt_id")
    events = ([rendered_sample(row) for row in batch.iter_rows(named=True)] for batch in rows.iter_slices(BATCH_ROWS))
    with unpacked(zip_path) as folder:
        run = run_isolated("lambda", folder, events)
    results = [result for batch in run.batches for result in batch.results]
    prompt_ids = rows["prompt_id"].to_list()
    if [result["id"] for result in results] != prompt_ids:
        raise InternalError(f"{zip_path}: expected one result for each of {len(prompt_ids)} rows, in their order; found {len(results)}.")
    return [result["id"] for result in results if result["aggregate_reward_score"] != 1.0]
