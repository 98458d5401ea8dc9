"""Reading the objects of a slice: the next ones come in while one is decoded, and bytes that nothing proves are asked for again."""

from __future__ import annotations

import hashlib
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from logmine.errors import SourceError
from logmine.logs.compression import decompress
from logmine.logs.stores import MAX_CONNECTIONS, S3, Fetched, Wanted, fetch_one, split_s3

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logmine.logs.compression import Content

_BYTES_AHEAD: Final = 32_000_000
_OBJECTS_AHEAD: Final = 64


def read_ahead(wanted: Sequence[Wanted]) -> Iterator[Fetched]:
    """Yield the bytes of objects in their order, while threads fetch the next ones from S3.

    At most 64 objects or 32 MB as stored are held, or one larger object. Files are read when their turn comes: the
    system reads ahead itself.

    Raises
    ------
    AccessError, SourceError
        As :func:`logmine.logs.stores.fetch_one`.
    """
    if not any(one.address.startswith(S3) for one in wanted):
        yield from map(fetch_one, wanted)
        return
    pool = ThreadPoolExecutor(min(MAX_CONNECTIONS, len(wanted)), thread_name_prefix="logmine-get")
    try:
        yield from _in_order(wanted, pool)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _in_order(wanted: Sequence[Wanted], pool: ThreadPoolExecutor) -> Iterator[Fetched]:
    coming: deque[tuple[int, Future[Fetched]]] = deque()
    held_bytes = 0
    for one in wanted:
        n_bytes = one.size_bytes or 0
        while coming and (held_bytes + n_bytes > _BYTES_AHEAD or len(coming) == _OBJECTS_AHEAD):
            held_bytes -= coming[0][0]
            yield coming.popleft()[1].result()
        held_bytes += n_bytes
        coming.append((n_bytes, pool.submit(fetch_one, one)))
    while coming:
        yield coming.popleft()[1].result()


def unpack(wanted: Wanted, fetched: Fetched, max_bytes: int) -> tuple[Fetched, Content]:
    """Return ``fetched`` and its content after decompression; where no checksum of gzip or zstd holds, what S3 surely stores.

    Raises
    ------
    AccessError, SourceError
        As :func:`prove`.
    """
    content = decompress(fetched.data, max_bytes)
    if content.problem or content.data is fetched.data:
        proven = prove(wanted, fetched)
        return proven, (content if proven is fetched else decompress(proven.data, max_bytes))
    return fetched, content


def prove(wanted: Wanted, fetched: Fetched) -> Fetched:
    """Return the bytes as they are stored: those whose MD5 is the etag or, where etags are no MD5, those that two GETs give alike.

    So damage on the way is told from damage that is stored: this one is data.

    Raises
    ------
    AccessError
        If the object may no longer be read.
    SourceError
        If S3 keeps delivering other bytes than its etag stands for, or each time others.
    """
    if fetched.problem or not wanted.address.startswith(S3) or _is_md5(fetched):
        return fetched
    from logmine.logs import s3  # noqa: PLC0415 - heavy, and files do not need it

    bucket, key = split_s3(wanted.address)
    is_checksum = s3.has_checksum_etag(s3.Bucket(bucket, wanted.endpoint_url), key, fetched.etag)
    before = fetched
    for pause_s in (0.0, *s3.PAUSES_S):
        time.sleep(pause_s)
        again = fetch_one(wanted)
        if again.problem or _is_md5(again) or (again.data == before.data and not is_checksum):
            return again
        before = again
    raise SourceError(
        f"{wanted.address}: other bytes came than its etag stands for, in {len(s3.PAUSES_S) + 2} tries. "
        "Check what stands between here and S3, then run the same command again; it continues where it stopped."
    )


def _is_md5(fetched: Fetched) -> bool:
    return hashlib.md5(fetched.data, usedforsecurity=False).hexdigest() == fetched.etag
