"""Why every attempt at a prompt fails: whether the model does not know, or goes wrong on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from logmine.model_ids import same_base_model, without_models

if TYPE_CHECKING:
    from collections.abc import Sequence

OPEN = ("numeric", "math", "exact", "json_fields", "tool_call")
"""Graders whose wrong answers are many: where few answers are possible, guesses agree by chance."""

MIN_ANSWERS = 3
AGREE = 0.6  # least share of the most frequent wrong answer where answers agree
SCATTER = 0.4  # greatest share of it where they scatter

ATTEMPT = ["prompt_id", "request_id", "body_digest"]


def explain_failures(verdicts: pl.DataFrame, graders: pl.DataFrame, base_model: str | None) -> pl.DataFrame:
    """Tell of each prompt how its wrong answers lie, whether another model answers right, and what that says.

    Wrong answers that agree are a belief, and so are failures where wrong answers scatter among a few possible ones and another model is
    right: *knowledge*. Wrong answers of an open kind that scatter, each a slip of its own, are *reasoning*.

    Parameters
    ----------
    verdicts
        All of any number of whole prompts.
    graders
        ``prompt_id`` and ``grader`` of prompts.
    base_model
        Whose failures are told; those of all models where it is None.

    Returns
    -------
    DataFrame
        ``prompt_id``, ``wrong_answers`` (agree, scatter, null), ``is_known_elsewhere``, ``failure`` (knowledge, reasoning, null).
    """
    told = verdicts.with_columns(own=is_of(verdicts["base_model"], base_model))
    wrong = told.filter(pl.col("own") & (pl.col("verdict") == "incorrect")).drop_nulls("answer")
    shares = (
        wrong.group_by("prompt_id", "answer")
        .len()
        .group_by("prompt_id")
        .agg(n_answers=pl.col("len").sum(), share=pl.col("len").max() / pl.col("len").sum())
        .filter(pl.col("n_answers") >= MIN_ANSWERS)
    )
    elsewhere = told.group_by("prompt_id").agg(is_known_elsewhere=(~pl.col("own") & (pl.col("verdict") == "correct")).any())
    lie = pl.when(pl.col("share") >= AGREE).then(pl.lit("agree")).when(pl.col("share") <= SCATTER).then(pl.lit("scatter"))
    rows = elsewhere.join(shares, on="prompt_id", how="left").join(graders, on="prompt_id", how="left").with_columns(wrong_answers=lie)
    is_open, scatters = pl.col("grader").is_in(OPEN), pl.col("wrong_answers") == "scatter"
    is_belief = (pl.col("wrong_answers") == "agree") | (scatters & ~is_open & pl.col("is_known_elsewhere"))
    failure = pl.when(is_belief).then(pl.lit("knowledge")).when(scatters & is_open).then(pl.lit("reasoning"))
    return rows.with_columns(failure=failure).select("prompt_id", "wrong_answers", "is_known_elsewhere", "failure")


def is_of(models: pl.Series, base_model: str | None) -> pl.Series:
    """Say of each model whether it is the base model; all are where none is named."""
    if base_model is None:
        return pl.Series([True] * len(models), dtype=pl.Boolean)
    same = {model: model is not None and same_base_model(model, base_model) for model in models.unique()}
    return pl.Series([same[model] for model in models], dtype=pl.Boolean)


def best_answers(
    attempts: pl.DataFrame, verdicts: pl.DataFrame, base_model: str | None, *, exclude_models: Sequence[str] = ()
) -> pl.DataFrame:
    """Return the best right answer to each prompt that the logs hold, with whose it is; of another model where one is right.

    Answers of ``exclude_models`` are none to train on.

    The best model is that which is right most often at this prompt, then most times, then by name; of it the first right answer.
    """
    told = without_models(verdicts.filter(pl.col("verdict") != "abstain"), exclude_models)
    judged = told.with_columns(
        own=is_of(told["base_model"], base_model) & pl.lit(base_model is not None),
        is_right=pl.col("verdict") == "correct",
    )
    of_model = ["prompt_id", "base_model"]
    ranked = judged.with_columns(rate=pl.col("is_right").mean().over(of_model), n_right=pl.col("is_right").sum().over(of_model))
    return (
        ranked.filter(pl.col("is_right"))
        .join(attempts.select(*ATTEMPT, "completion", completion_tool_calls="tool_calls"), on=ATTEMPT)
        .sort("prompt_id", "own", "rate", "n_right", "base_model", *ATTEMPT[1:], descending=[False, False, True, True, False, False, False])
        .group_by("prompt_id", maintain_order=True)
        .agg(pl.col("completion", "completion_tool_calls").first(), completion_model=pl.col("base_model").first())
    )
