"""Verdicts on attempts, by the grader that will score them in training."""

from __future__ import annotations

from functools import lru_cache

import msgspec
import polars as pl

from logmine.graders import Judgement, grade
from logmine.schemas import VERDICTS

ATTEMPT = ["prompt_id", "request_id", "body_digest"]  # two records may share a request id
SAME_REWARD = 1e-9
REWARDS = {"correct": 1.0, "incorrect": 0.0, "abstain": None}  # as the reward function gives them


def judge_attempts(attempts: pl.DataFrame, references: pl.DataFrame, given: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Judge every usable attempt that has a reward of the user, or whose prompt has a reference.

    A reward of the user is the verdict; nothing else is asked. Redelivered and repeated answers are no attempts of their own. Truncated and
    empty ones are none either, since the limit on tokens was the application's and training has another; nor are blocked ones,
    which a guardrail took from the model.

    Parameters
    ----------
    attempts, references, given
        All rows of any number of whole prompts.

    Returns
    -------
    dict
        ``verdicts``: :data:`logmine.schemas.VERDICTS`.
    """
    usable = _counted_once(attempts.filter(pl.col("unusable").is_null()))
    rewarded = usable.join(given.drop_nulls("reward").select(*ATTEMPT, "reward").unique(ATTEMPT), on=ATTEMPT)
    pairs = usable.join(rewarded, on=ATTEMPT, how="anti").join(references.drop_nulls("reference_answer"), on="prompt_id")
    wanted = ("prompt_id", "request_id", "base_model", "body_digest", "completion", "tool_calls", "reference_answer")
    rows: list[tuple[str | float | None, ...]] = []
    for *attempt, text, calls, reference in pairs.select(wanted).iter_rows():
        judgement = _judged(reference, text, calls)
        rows.append((*attempt, judgement.verdict, REWARDS[judgement.verdict], judgement.answer, "grader"))
    graded = pl.DataFrame(rows, schema=VERDICTS, orient="row")
    return {"verdicts": pl.concat([graded, _from_rewards(rewarded).select(VERDICTS.names())])}


def _counted_once(attempts: pl.DataFrame) -> pl.DataFrame:
    """Keep the first of the identical answers that one model gave at temperature 0, also to wordings that are pooled as one prompt."""
    same_answer = ["prompt_id", "base_model", "completion", "tool_calls"]
    attempts = attempts.sort("prompt_id", "invoked_at", "request_id", "body_digest", nulls_last=True)
    is_again = (pl.col("temperature") == 0).fill_null(value=False) & (pl.int_range(pl.len()).over([*same_answer, "temperature"]) > 0)
    return attempts.filter(~is_again)


def _from_rewards(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return the verdicts that are the user's: right is what has the full reward."""
    is_right = pl.col("reward") > 1 - SAME_REWARD
    return attempts.with_columns(
        verdict=pl.when(is_right).then(pl.lit("correct")).otherwise(pl.lit("incorrect")),
        answer=pl.lit(None, pl.String),
        origin=pl.lit("outcomes"),
    )


@lru_cache(maxsize=1024)  # models repeat themselves, and a prompt's answers come one after the other
def _judged(reference: str, text: str | None, calls: str | None) -> Judgement:
    return grade(msgspec.json.decode(reference), text, msgspec.json.decode(calls) if calls else [])
