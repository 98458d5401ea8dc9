"""Topics of the kept prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from logmine import schemas
from logmine.errors import LedgerError
from logmine.topics.clusters import cluster
from logmine.topics.names import name_topics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logmine.config import TopicsConfig

NAMED_BY: Final = 500  # texts that a topic's name is taken from


def find_topics(texts: pl.DataFrame, vectors: pl.DataFrame, *, config: TopicsConfig) -> dict[str, pl.DataFrame]:
    """Cluster the vectors of the kept prompts, name the clusters, and place each prompt in one.

    Each distinct text counts once, however many prompts share it. Nothing depends on the order of rows or the number of
    threads.

    Parameters
    ----------
    texts
        ``TEXTS`` of all kept prompts.
    vectors
        ``VECTORS`` of all these texts; rows that are there twice count once.
    config
        Its ``max_topics`` limits their number.

    Returns
    -------
    dict
        ``topics``: numbered ``topic-001``, … from the one with most prompts on. ``topic_of``: the topic of every prompt in ``texts``.

    Raises
    ------
    LedgerError
        If a text has no vector.
    """
    distinct = texts.select("text_id", "text").unique("text_id").join(vectors.unique("text_id"), on="text_id", how="left").sort("text_id")
    if distinct["vector"].null_count():
        raise LedgerError(f"{distinct['vector'].null_count()} texts have no vector. This is a bug in logmine; please report it.")
    if distinct.is_empty():
        return {"topics": schemas.empty("topics"), "topic_of": schemas.empty("topic_of")}
    # Ids of texts are digests, so their order is a random one.
    labels = cluster(_matrix(distinct), max_clusters=config.max_topics)
    labeled = distinct.select("text_id", "text", label=pl.Series(labels, dtype=pl.Int64))
    placed = texts.select("prompt_id", "text_id").join(labeled.select("text_id", "label"), on="text_id", validate="m:1")
    topics = _numbered(labeled, placed)
    topic_of = placed.join(topics, on="label", validate="m:1").sort(schemas.sort_key("topic_of"))
    return {
        "topics": schemas.require(topics.sort(schemas.sort_key("topics")), "topics"),
        "topic_of": schemas.require(topic_of, "topic_of"),
    }


def _matrix(distinct: pl.DataFrame) -> NDArray[np.float32]:
    flat = distinct["vector"].explode(empty_as_null=False).to_numpy().astype(np.float32)
    return np.asarray(flat).reshape(len(distinct), -1)


def _numbered(labeled: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """Return each label's topic: those with most prompts first, then by name, then by their first text."""
    members = labeled.sort("text_id").group_by("label").agg(pl.col("text").head(NAMED_BY), first_id=pl.col("text_id").first())
    names = name_topics(dict(members.sort("label").select("label", "text").iter_rows()))
    sizes = placed.group_by("label").agg(n_prompts=pl.len().cast(pl.Int64))
    ordered = (
        members.select("label", "first_id", name=pl.col("label").replace_strict(names, return_dtype=pl.String))
        .join(sizes, on="label", validate="1:1")
        .sort(["n_prompts", "name", "first_id"], descending=[True, False, False])
    )
    return ordered.with_columns(topic_id=pl.format("topic-{}", pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(3)))
