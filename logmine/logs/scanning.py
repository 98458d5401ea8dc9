"""Logs as a lazy table, for notebooks: objects are decoded a batch at a time, only as many as the query needs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from polars.io.plugins import register_io_source

from logmine.config import LogsConfig
from logmine.logs.decoding import decode
from logmine.logs.sources import list_objects
from logmine.schemas import INVOCATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

_BATCH_BYTES: Final = 4_000_000  # of objects as stored; about 20 MB of JSON


def scan_logs(source: str | Sequence[str], *, endpoint_url: str | None = None, config: LogsConfig | None = None) -> pl.LazyFrame:
    """Scan invocation logs lazily.

    Objects are listed at once, so that a wrong source is an error here, and read when the query runs.

    Parameters
    ----------
    source
        A folder, a file, or ``s3://bucket/prefix``, or several of them.
    endpoint_url
        Of an S3 server other than AWS.
    config
        Limits; defaults when None.

    Returns
    -------
    polars.LazyFrame
        :data:`logmine.schemas.INVOCATIONS`, ordered by ``object``, ``line``.

    Raises
    ------
    SourceError, AccessError
        As :func:`list_objects` raises them.

    Examples
    --------
    >>> import polars as pl
    >>> scan_logs("bedrock-logs/").filter(pl.col("unusable").is_null()).collect()  # doctest: +SKIP
    """
    objects = list_objects([source] if isinstance(source, str) else source, endpoint_url=endpoint_url)
    read = partial(_read, objects, config or LogsConfig())
    return register_io_source(read, schema=INVOCATIONS, validate_schema=True, is_pure=True)


def _read(
    objects: pl.DataFrame,
    config: LogsConfig,
    with_columns: list[str] | None,
    predicate: pl.Expr | None,
    n_rows: int | None,
    _batch_size: int | None,
) -> Iterator[pl.DataFrame]:
    """Yield the rows that a query asks for; the last four parameters are those that polars passes."""
    left = n_rows
    for batch in _batches(objects):
        rows = decode(batch, config=config)["invocations"]
        rows = rows if predicate is None else rows.filter(predicate)
        rows = rows if left is None else rows.head(left)
        left = None if left is None else left - rows.height
        yield rows if with_columns is None else rows.select(with_columns)
        if left == 0:
            return


def _batches(objects: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield runs of objects of about :data:`_BATCH_BYTES`, in their order."""
    start = size = 0
    for position, n_bytes in enumerate(objects["size_bytes"]):
        size += n_bytes
        if size >= _BATCH_BYTES:
            yield objects[start : position + 1]
            start, size = position + 1, 0
    if start < objects.height:
        yield objects[start:]
