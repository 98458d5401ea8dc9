"""The objects of a source: listed, and cut into slices that a later run finds again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from logmine import logs
from logmine.errors import SourceError
from logmine.runners.local import Progress
from logmine.schemas import OBJECTS, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from logmine.config import Config

OBJECT_BYTES: Final = 10_000  # what to open one costs
MIN_SLICE_BYTES: Final = 2_500_000  # as stored
MAX_SLICE_BYTES: Final = 5_000_000
N_SLICES: Final = 50  # of a bucket between: so many keep the workers of a machine busy


def list_sources(
    sources: Sequence[str], *, config: Config, endpoint_url: str | None = None, report_progress: Callable[[Progress], None] | None = None
) -> pl.DataFrame:
    """List the objects that a build would read (:data:`logmine.schemas.OBJECTS`); parameters and errors as of :func:`logmine.build`."""
    report = report_progress or silent
    objects = logs.list_objects(
        sources,
        endpoint_url=endpoint_url,
        window=logs.window_of(config.logs),
        report=lambda n_found: report(Progress("list_objects", n_found, None, 0)),
    )
    kept = logs.prune_objects(objects, config.logs)
    if kept.is_empty():
        raise SourceError(
            f"none of the {objects.height:,} objects can hold a record between --since {config.logs.since} and --until {config.logs.until}. "
            "Widen the time, or leave it out."
            if objects.height
            else f"no folder holds records between --since {config.logs.since} and --until {config.logs.until}. Widen the time, or leave it out."
        )
    return kept


def slice_objects(objects: pl.DataFrame, before: Sequence[pl.DataFrame] = ()) -> Iterator[tuple[str, pl.DataFrame]]:
    """Cut the listing into slices of like size, each with a digest of its objects.

    What a slice costs whatever it holds weighs a thirtieth less in one of 5 MB, a fifth of a second's work, than in one of 2.5 MB. So a bucket
    from 250 MB on is cut to 5 MB, which bounds memory, and a smaller one into 50 slices, down to 2.5 MB: that keeps many workers busy.
    To open an object costs about what 10 KB of it cost to read, and counts as that: slices of many small objects take no longer than others.

    Parameters
    ----------
    objects
        The listing, :data:`logmine.schemas.OBJECTS`.
    before
        Slices of an earlier run over the same place: those whose objects are all there unchanged are taken as they are, so that a
        bucket that has grown is read only where it is new. No result depends on how objects are cut.
    """
    listed, rest = set(objects.rows() if before else ()), objects
    for frame in before:
        if listed.issuperset(frame.rows()):
            listed.difference_update(frame.rows())
            rest = rest.join(frame, on=OBJECTS.names(), how="anti", nulls_equal=True)
            yield _slice_digest(frame), frame
    costs = rest["size_bytes"] + OBJECT_BYTES
    slice_bytes = min(MAX_SLICE_BYTES, max(MIN_SLICE_BYTES, int(costs.sum()) // N_SLICES))
    slices = (costs.cum_sum() - costs) // slice_bytes
    for frame in rest.with_columns(slice=slices).partition_by("slice", maintain_order=True, include_key=False):
        yield _slice_digest(frame), frame


def _slice_digest(objects: pl.DataFrame) -> str:
    return digest(["objects", *(str(value) for row in objects.iter_rows() for value in row)])


def read_before(work: Path) -> list[pl.DataFrame]:
    """Return the slices of objects of the earlier run whose results ``work`` holds, in a fixed order."""
    return [pl.read_parquet(path) for path in sorted(work.glob("objects/[!.]*/objects.parquet"))]


def silent(_: Progress) -> None:
    """Report nothing."""
