"""Topics of the kept prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from logmine import schemas
from logmine.errors import LedgerError
from logmine.topics.clusters import cluster, units
from logmine.topics.names import name_topics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logmine.config import TopicsConfig

NAMED_BY: Final = 500  # texts that a topic's name is taken from
MAX_IN_ONE_LEVEL: Final = 30  # more topics are grouped into themes


def find_topics(
    texts: pl.DataFrame,
    vectors: pl.DataFrame,
    placed: pl.DataFrame,
    prompts: pl.DataFrame,
    duplicates: pl.DataFrame,
    *,
    config: TopicsConfig,
) -> dict[str, pl.DataFrame]:
    """Cluster the vectors of the kept prompts, name the clusters, and place each prompt in one.

    Each distinct text counts once, however many prompts share it. More than 30 topics are grouped into themes by the same clustering, of
    their middles. Nothing depends on the order of rows or the number of threads.

    Parameters
    ----------
    texts
        ``TEXTS`` of all kept prompts.
    vectors
        ``VECTORS`` of all these texts; rows that are there twice count once.
    placed
        The task of each prompt, whose skeleton names no topic: ``prompt_id`` and ``task_id`` of ``PLACED``.
    prompts
        ``prompt_id`` and ``role`` of ``PROMPTS``.
    duplicates
        ``prompt_id`` and ``kept_instead`` of ``DUPLICATES``: whoever sent a duplicate sent the prompt.
    config
        ``max_topics`` limits their number; a topic of fewer callers than ``min_identities`` is not named.

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
    matrix = _matrix(distinct)
    # Ids of texts are digests, so their order is a random one.
    labels = cluster(matrix, max_clusters=config.max_topics)
    first_of = texts.join(placed, on="prompt_id", how="left").sort("prompt_id").unique("text_id", keep="first", maintain_order=True)
    labeled = distinct.select("text_id", "text", label=pl.Series(labels, dtype=pl.Int64)).join(
        first_of.select("text_id", "task_id"), on="text_id", validate="1:1"
    )
    found = texts.select("prompt_id", "text_id").join(labeled.select("text_id", "label"), on="text_id", validate="m:1")
    named = _named(labeled, pl.Series(_themes(matrix, labels), dtype=pl.Int64))
    senders = _senders(found, prompts, duplicates).join(named.select("label", "theme_label"), on="label")
    topics = _numbered(_withheld(named, senders, config.min_identities), found)
    topic_of = found.join(topics, on="label", validate="m:1").sort(schemas.sort_key("topic_of"))
    return {
        "topics": schemas.require(topics.sort(schemas.sort_key("topics")), "topics"),
        "topic_of": schemas.require(topic_of, "topic_of"),
    }


def _matrix(distinct: pl.DataFrame) -> NDArray[np.float32]:
    flat = distinct["vector"].explode(empty_as_null=False).to_numpy().astype(np.float32)
    return np.asarray(flat).reshape(len(distinct), -1)


def _themes(matrix: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the theme of each topic; -1 for all where they are few, or where one theme would hold them all."""
    n_topics = int(labels.max()) + 1
    none = np.full(n_topics, -1, dtype=np.int64)
    if n_topics <= MAX_IN_ONE_LEVEL:
        return none
    middles = np.stack([matrix[labels == topic].mean(axis=0, dtype=np.float64) for topic in range(n_topics)])
    themes = cluster(units(middles.astype(np.float32)), max_clusters=MAX_IN_ONE_LEVEL // 2)
    return themes if themes.any() else none


def _named(labeled: pl.DataFrame, themes: pl.Series) -> pl.DataFrame:
    """Return label, name, theme and first text of each topic."""
    members = labeled.sort("text_id").with_columns(theme_label=themes.gather(labeled.sort("text_id")["label"]))
    by_theme = members.filter(pl.col("theme_label") >= 0)
    names, theme_names = (_names(members, "label"), _names(by_theme, "theme_label"))
    return (
        members.group_by("label")
        .agg(pl.col("theme_label").first(), first_id=pl.col("text_id").first())
        .with_columns(
            name=pl.col("label").replace_strict(names, return_dtype=pl.String),
            theme=pl.col("theme_label").replace_strict(theme_names, default=None, return_dtype=pl.String),
        )
    )


def _names(members: pl.DataFrame, column: str) -> dict[int, str]:
    """Name the groups that ``column`` tells apart, by their first texts."""
    grouped = members.group_by(column).agg(pl.col("task_id").fill_null("").head(NAMED_BY), pl.col("text").head(NAMED_BY)).sort(column)
    return name_topics({label: list(zip(tasks, texts, strict=True)) for label, tasks, texts in grouped.iter_rows()})


def _senders(found: pl.DataFrame, prompts: pl.DataFrame, duplicates: pl.DataFrame) -> pl.DataFrame:
    """Return label and role of every prompt or duplicate; roles that are not known count as one."""
    sent = prompts.join(duplicates, on="prompt_id", how="left").select(pl.coalesce("kept_instead", "prompt_id").alias("prompt_id"), "role")
    return found.join(sent, on="prompt_id").select("label", "role")


def _withheld(named: pl.DataFrame, senders: pl.DataFrame, min_identities: int) -> pl.DataFrame:
    """Count the callers of each topic, and withhold the names of topics and themes that have too few."""
    by_topic, by_theme = (
        senders.group_by(level).agg(pl.col("role").n_unique().cast(pl.Int64).alias(count))
        for level, count in (("label", "n_callers"), ("theme_label", "n_theme_callers"))
    )
    counted = named.join(by_topic, on="label", how="left", validate="1:1").join(by_theme, on="theme_label", how="left", validate="m:1")
    instead = pl.lit(f"a topic of fewer than {min_identities} callers")
    is_small, in_small = pl.col("n_callers") < min_identities, pl.col("theme").is_not_null() & (pl.col("n_theme_callers") < min_identities)
    return counted.with_columns(
        name=pl.when(is_small).then(instead).otherwise("name"),
        theme=pl.when(in_small).then(instead).otherwise("theme"),
    )


def _numbered(named: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Return each label's topic: those with most prompts first, then by name, then by their first text."""
    sizes = found.group_by("label").agg(n_prompts=pl.len().cast(pl.Int64))
    ordered = named.join(sizes, on="label", validate="1:1").sort(["n_prompts", "name", "first_id"], descending=[True, False, False])
    return ordered.with_columns(topic_id=pl.format("topic-{}", pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(3)))
