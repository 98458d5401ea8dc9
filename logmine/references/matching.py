"""Which prompt, or which attempt, each row of the user's outcomes means; what could mean two is used for none."""

from __future__ import annotations

import polars as pl

from logmine.schemas import GIVEN, MATCHES, UNUSED

ATTEMPT = ["prompt_id", "request_id", "body_digest"]  # two records may share a request id
SAME_REWARD = 1e-9
ANOTHER_TURN = "another_turn"  # of a match: the request is an earlier turn of a conversation, for which another row stands


def match_outcomes(attempts: pl.DataFrame, candidates: pl.DataFrame, outcomes: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Find the prompts and attempts that each row may mean, by the first of prompt id, request id and metadata that it gives.

    Parameters
    ----------
    attempts, candidates
        All rows of any number of whole prompts.
    outcomes
        The whole table.

    Returns
    -------
    dict
        ``matches``: :data:`logmine.schemas.MATCHES`.
    """
    calls = attempts.select(*ATTEMPT, "unusable", "metadata")
    by_prompt = _named(outcomes, candidates.select("prompt_id", id="source_id").unique()).join(
        calls.drop("metadata"), on="prompt_id", how="left"
    )
    requested = outcomes.filter(pl.col("request_id").is_not_null() & pl.col("prompt_id").is_null() & pl.col("metadata_key").is_null())
    by_request = requested.select("row", "request_id").join(calls.drop("metadata"), on="request_id")
    tagged = outcomes.filter(pl.col("metadata_key").is_not_null() & pl.col("prompt_id").is_null())
    pairs = calls.explode("metadata").drop_nulls("metadata").unnest("metadata")
    by_metadata = tagged.select("row", wanted="request_id", key="metadata_key", value="metadata_value").join(pairs, on=["key", "value"])
    fitting = by_metadata.filter(pl.col("wanted").is_null() | (pl.col("wanted") == pl.col("request_id")))
    found = [frame.select(MATCHES.names()) for frame in (by_prompt, by_request, fitting, _by_turn(requested, calls, candidates))]
    return {"matches": pl.concat(found).unique()}


def _named(outcomes: pl.DataFrame, prompts: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that name a prompt, kept or duplicate, with the kept one; a request beside it must be one of its own."""
    named = outcomes.drop_nulls("prompt_id").select("row", "request_id", id="prompt_id")
    return named.join(prompts, on="id").drop("id", "request_id")


def _by_turn(requested: pl.DataFrame, calls: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that name an earlier turn, with the prompt that stands for it and none of its attempts."""
    turns = candidates.select("prompt_id", request_id="request_ids").explode("request_id").unique()
    earlier = turns.join(calls, on=["prompt_id", "request_id"], how="anti")
    named = requested.select("row", "request_id").join(earlier, on="request_id")
    return named.with_columns(body_digest=pl.lit(None, pl.String), unusable=pl.lit(ANOTHER_TURN))


def settle_outcomes(outcomes: pl.DataFrame, matches: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Keep what each row surely means, and say of the others why they came to nothing.

    An answer needs one prompt; a reward needs one attempt that counts: the only one that the row can mean, neither truncated nor blocked
    nor delivered twice. Two rewards that differ for one attempt are both set aside.

    Parameters
    ----------
    outcomes, matches
        Whole tables.

    Returns
    -------
    dict
        ``given`` (:data:`logmine.schemas.GIVEN`) and ``unused`` (:data:`logmine.schemas.UNUSED`).
    """
    is_turn = pl.col("unusable").eq_missing(ANOTHER_TURN)
    turns = matches.filter(is_turn).select("row").unique()
    wanted = outcomes.select("row", wanted="request_id")
    fitting = (
        matches.filter(~is_turn).join(wanted, on="row").filter(pl.col("wanted").is_null() | (pl.col("wanted") == pl.col("request_id")))
    )
    counted = fitting.group_by("row").agg(
        n_prompts=pl.col("prompt_id").n_unique(),
        n_bodies=pl.struct(ATTEMPT).filter(pl.col("request_id").is_not_null()).n_unique(),
        usable=pl.struct(ATTEMPT).filter(pl.col("request_id").is_not_null() & pl.col("unusable").is_null()).unique(),
        prompt=pl.col("prompt_id").first(),
    )
    rows = outcomes.with_columns(is_requested=pl.col("request_id").is_not_null()).drop("prompt_id", "request_id")
    rows = (
        rows.join(counted, on="row", how="left").join(turns.with_columns(is_turn=True), on="row", how="left").with_columns(reason=_reason())
    )
    told = rows.filter(pl.col("reason").is_null())
    answers = told.drop_nulls("answer").select("row", "grader", "answer", "spec", prompt_id="prompt")
    rewards = told.drop_nulls("reward").select("row", "reward", attempt=pl.col("usable").list.first()).unnest("attempt")
    differing = rewards.filter((pl.col("reward").max() - pl.col("reward").min()).over(ATTEMPT) > SAME_REWARD).select("row")
    given = pl.concat([answers, rewards.join(differing, on="row", how="anti")], how="diagonal_relaxed")
    unused = [rows.drop_nulls("reason").select("row", "reason"), differing.with_columns(reason=pl.lit("contradictory"))]
    return {"given": _columns(given, GIVEN), "unused": _columns(pl.concat(unused).unique(), UNUSED)}


def _reason() -> pl.Expr:
    """Return why a row means nothing for sure, null where it does."""
    no_attempt = pl.col("reward").is_not_null() & (pl.col("usable").list.len() == 0)
    n_meant = pl.when(pl.col("is_requested")).then(pl.col("n_bodies")).otherwise(pl.col("usable").list.len())
    several = pl.col("reward").is_not_null() & (n_meant > 1)
    return (
        pl.when(pl.col("n_prompts").is_null() & pl.col("is_turn"))
        .then(pl.lit(ANOTHER_TURN))
        .when(pl.col("n_prompts").is_null())
        .then(pl.lit("no_such_prompt"))
        .when((pl.col("n_prompts") > 1) | several)
        .then(pl.lit("ambiguous"))
        .when(no_attempt)
        .then(pl.lit("no_attempt"))
    )


def _columns(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    missing = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in frame.columns]
    return frame.with_columns(missing).select(schema.names())


def count_outcomes(outcomes: pl.DataFrame, unused: pl.DataFrame, given: pl.DataFrame, references: pl.DataFrame) -> dict[str, int]:
    """Return how many rows the user gave, and how many came to nothing, by reason.

    Parameters
    ----------
    outcomes, unused, given, references
        Whole tables. An answer whose prompt has no reference from it was ``not_readable``; where answers contradict one another or
        another source, it is a ``conflict``.
    """
    fates = references.select("prompt_id", "origin", "conflict")
    lost = (
        given.drop_nulls("answer")
        .join(fates, on="prompt_id", how="left")
        .filter(pl.col("origin").fill_null("") != "outcomes")
        .select("row", reason=pl.when(pl.col("conflict").is_null()).then(pl.lit("not_readable")).otherwise(pl.lit("conflict")))
    )
    reasons = pl.concat([unused, lost])["reason"]
    return {"given": outcomes.height, **dict(sorted(reasons.value_counts().iter_rows()))}
