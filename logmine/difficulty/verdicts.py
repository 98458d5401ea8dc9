"""Verdicts on attempts, by the grader that will score them in training."""

from __future__ import annotations

from functools import lru_cache

import msgspec
import polars as pl

from logmine.graders import Judgement, grade
from logmine.schemas import VERDICTS

REWARDS = {"correct": 1.0, "incorrect": 0.0, "abstain": None}  # as the reward function gives them


def judge_attempts(attempts: pl.DataFrame, references: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Judge every usable attempt whose prompt has a reference.

    Truncated, blocked, empty, redelivered and repeated answers are no attempts.

    Returns
    -------
    dict
        ``verdicts``: :data:`logmine.schemas.VERDICTS`.
    """
    pairs = attempts.filter(pl.col("unusable").is_null()).join(references.drop_nulls("reference_answer"), on="prompt_id")
    wanted = ("prompt_id", "request_id", "base_model", "body_digest", "completion", "tool_calls", "reference_answer")
    rows: list[tuple[str | float | None, ...]] = []
    for *attempt, text, calls, reference in pairs.select(wanted).iter_rows():
        judgement = _judged(reference, text, calls)
        rows.append((*attempt, judgement.verdict, REWARDS[judgement.verdict], judgement.answer, "grader"))
    return {"verdicts": pl.DataFrame(rows, schema=VERDICTS, orient="row")}


@lru_cache(maxsize=1024)  # models repeat themselves, and a prompt's answers come one after the other
def _judged(reference: str, text: str | None, calls: str | None) -> Judgement:
    return grade(msgspec.json.decode(reference), text, msgspec.json.decode(calls) if calls else [])
