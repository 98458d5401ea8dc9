"""What is encoded of a prompt, and the encoding."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from logmine import schemas
from logmine.encoders import load_encoder
from logmine.similarity.remembered import known_vectors, remember

if TYPE_CHECKING:
    from pathlib import Path

    from logmine.config import SimilarityConfig

END_TOKENS: Final = 128  # kept at the beginning, and again at the end

# Vectors tell what a text is about, not which of its siblings it is: whatever varies from one to the next becomes a zero, and
# thousands of siblings cost one vector. Addresses, then runs with three digits or more (dates, ids, hex), then other numbers.
MASKS: Final = (
    r"(?i)\b(?:https?://|www\.)[^\s<>\"]+",
    r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+",
    r"[A-Za-z_-]*(?:\d[A-Za-z_-]*){3,}",
    r"\d+(?:[.,:/]\d+)*",
    r"0(?:[\s,;]+0\b)+",
)

# Without the encoder's tokenizer: a token is a CJK character, or up to 24 other characters without white space. That is fewer
# tokens than a subword tokenizer makes, by about a third in English.
CJK: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"
TOKEN: Final = rf"\s?(?:[{CJK}]|[^\s{CJK}]{{1,24}})"


def collect_texts(placed: pl.DataFrame, duplicates: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Say what is to be encoded for each prompt that is kept.

    It is the question where one is asked about passages, else the text without the skeleton of its task (all of it where nothing is left), NFKC, white space collapsed, numbers,
    addresses and ids masked, of a long one the first and the last 128 tokens (of words and CJK characters, see ``TOKEN``).

    Parameters
    ----------
    placed
        ``PLACED``, in any order.
    duplicates
        ``DUPLICATES``: prompts that get no text.

    Returns
    -------
    dict
        ``texts``: one row a kept prompt; prompts with the same text share a ``text_id``.
    """
    kept = (
        placed.join(duplicates.select("prompt_id"), on="prompt_id", how="anti")
        .select("prompt_id", text=_source())
        .with_columns(text=_masked())
    )
    distinct = kept.select(pl.col("text").unique()).with_columns(short=_ends())
    digests = pl.Series([schemas.digest([text]) for text in distinct["short"].to_list()], dtype=pl.String)
    rows = kept.join(distinct.with_columns(text_id=digests), on="text", validate="m:1").select("text_id", "prompt_id", text="short")
    return {"texts": schemas.require(rows.sort(schemas.sort_key("texts")), "texts")}


def encode_texts(texts: pl.DataFrame, *, config: SimilarityConfig, memory: Path | None = None) -> dict[str, pl.DataFrame]:
    """Encode each distinct text once.

    Parameters
    ----------
    texts
        Any rows of ``TEXTS``, in any order.
    config
        Its ``encoder`` and ``encoder_device``; the model is loaded once in a process.
    memory
        Folder with the vectors of earlier runs, which are taken as they are, and to which new ones are added; none when None.

    Returns
    -------
    dict
        ``vectors``: unit vectors, rounded to 6 decimals; the same with and without ``memory``.
    """
    distinct = texts.select("text_id", "text").unique("text_id").sort("text_id")
    encoder = encoder_of(config.encoder, device=config.encoder_device)
    known = known_vectors(memory, encoder.digest, distinct["text_id"]) if memory else schemas.empty("vectors")
    new = distinct.join(known, on="text_id", how="anti", maintain_order="left")
    rows = encoder.encode(new["text"].to_list()) if len(new) else np.empty((0, 1))
    # Rounded once more: the nearest float32 to a decimal is not the nearest float64.
    vectors = pl.Series("vector", np.round(rows.astype(np.float64), 6)).arr.to_list()
    encoded = schemas.require(new.select("text_id", vector=vectors), "vectors")
    if memory:
        remember(memory, encoder.digest, encoded)
    return {"vectors": pl.concat([encoded, known]).sort("text_id")}


encoder_of = lru_cache(maxsize=2)(load_encoder)


def _source() -> pl.Expr:
    slot = pl.coalesce("question", "slot_text").str.strip_chars()
    return pl.when(slot.str.len_chars() > 0).then(slot).otherwise(pl.col("match_text")).fill_null("")


def _masked() -> pl.Expr:
    text = pl.col("text").str.normalize("NFKC")
    for pattern in MASKS:
        text = text.str.replace_all(pattern, "0")
    return text.str.replace_all(r"\s+", " ").str.strip_chars()


def _ends() -> pl.Expr:
    """Return the text, or its first and last tokens when it is longer than both together."""
    tokens = pl.col("text").str.extract_all(TOKEN)
    ends = pl.concat_str(tokens.list.head(END_TOKENS).list.join(""), tokens.list.tail(END_TOKENS).list.join(""), separator=" …")
    return pl.when(tokens.list.len() > 2 * END_TOKENS).then(ends).otherwise(pl.col("text"))
