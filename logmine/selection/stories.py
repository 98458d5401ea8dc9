"""What is told of each prompt, and what is written for the trainer."""

from __future__ import annotations

import polars as pl

from logmine.schemas import DATASET, DECISIONS, REQUESTS


def pool_requests(prompts: pl.DataFrame, placed: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the requests of each prompt under the prompt that it is one with."""
    pooled = prompts.join(placed, on="prompt_id").with_columns(source_id="prompt_id", prompt_id="identity_id")
    return {"requests": pooled.select(REQUESTS.names())}


def tell_decisions(  # noqa: PLR0917 - one table each, in the order of its Stage
    prompts: pl.DataFrame,
    requests: pl.DataFrame,
    topic_of: pl.DataFrame,
    references: pl.DataFrame,
    difficulty: pl.DataFrame,
    choices: pl.DataFrame,
    graders: pl.DataFrame,
) -> dict[str, pl.DataFrame]:
    """Return one row a prompt with its whole story; what is one with another prompt is told in that prompt's row.

    Parameters
    ----------
    prompts, requests, topic_of, references, difficulty, choices
        All rows of any number of whole prompts.
    graders
        The whole table.

    Returns
    -------
    dict
        ``decisions``: :data:`logmine.schemas.DECISIONS`.
    """
    gathered = requests.group_by("prompt_id").agg(
        pl.col("request_ids").explode().sort(),
        pl.col("invoked_first").min(),
        pl.col("invoked_last").max(),
        pl.col("signs_against", "signs_for").sum(),
    )
    told = (
        choices.join(gathered, on="prompt_id")
        .join(prompts.select("prompt_id", "language"), on="prompt_id")
        .join(graders.select("task_id", task_grader="grader"), on="task_id", how="left")
        .join(topic_of, on="prompt_id", how="left")
        .join(references, on="prompt_id", how="left")
        .join(difficulty, on="prompt_id", how="left")
    )
    return {
        "decisions": told.with_columns(
            pl.coalesce("grader", "task_grader").alias("grader"),
            pl.col("n_attempts", "n_correct").fill_null(0),
            pl.col("band").fill_null("unknown"),
            reference_origin=pl.col("origin"),
            reference_confidence=pl.col("confidence"),
        ).select(DECISIONS.names())
    }


def compile_dataset(prompts: pl.DataFrame, decisions: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the rows that are written: the selected prompts with their messages."""
    selected = decisions.filter(pl.col("decision") == "selected").drop("language")
    rows = prompts.select("prompt_id", "messages", "tools", "language").join(selected, on="prompt_id")
    return {"dataset": rows.select(DATASET.names())}
