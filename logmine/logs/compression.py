"""Decompression of whole objects, by their first bytes and never by their names.

Bedrock writes gzip, stored with ``Content-Encoding: gzip``, so a download may be plain already; Firehose may compress twice
and join members. ISA-L reads one member at a time: a single call would silently stop after the first.
"""

from __future__ import annotations

from typing import Final, NamedTuple, cast

import pyarrow as pa
from isal import isal_zlib

_GZIP: Final = b"\x1f\x8b\x08"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_MAX_LAYERS: Final = 3
_MAX_EXPANSION: Final = 2000  # gzip itself cannot go beyond 1032
_HARMLESS_BYTES: Final = 64_000_000
_SALVAGE_BYTES: Final = 65_536
_Damaged: Final = cast("type[Exception]", isal_zlib.error)  # its stub declares an instance


class Content(NamedTuple):
    """The bytes of an object after decompression.

    ``problem`` is a drop reason for the object as a whole, with its ``detail``. With ``unreadable_object``, ``data``
    holds what stood before the damage.
    """

    data: bytes
    problem: str | None = None
    detail: str | None = None


def decompress(data: bytes, max_bytes: int) -> Content:
    """Return ``data`` without its layers of gzip or zstd, at most ``max_bytes`` long."""
    limit = min(max_bytes, max(len(data) * _MAX_EXPANSION, _HARMLESS_BYTES))
    content = Content(data)
    for _ in range(_MAX_LAYERS):
        if content.data.startswith(_GZIP):
            content = _merge(content, _gunzip(content.data, limit))
        elif content.data.startswith(_ZSTD):
            content = _merge(content, _unzstd(content.data, limit))
        else:
            break
    if len(content.data) > limit:
        content = Content(b"", "too_large", f"more than {limit} bytes")
    if content.problem == "too_large" and limit < max_bytes:
        content = content._replace(detail=f"more than {_MAX_EXPANSION} times its stored size")
    return content


def _merge(outer: Content, inner: Content) -> Content:
    return inner if inner.problem or not outer.problem else Content(inner.data, outer.problem, outer.detail)


def _gunzip(data: bytes, limit: int) -> Content:
    members: list[bytes] = []
    size = 0
    rest = data
    while rest.startswith(_GZIP):
        reader = isal_zlib.decompressobj(31)
        try:
            member = reader.decompress(rest, limit - size + 1)
        except _Damaged as error:
            members.append(_before_damage(rest, limit - size))
            return Content(b"".join(members), "unreadable_object", f"damaged gzip: {error}")
        members.append(member)
        size += len(member)
        if size > limit:
            return Content(b"", "too_large", f"more than {limit} bytes after decompression")
        if not reader.eof:
            return Content(b"".join(members), "unreadable_object", "truncated gzip")
        rest = reader.unused_data.lstrip(b"\0")
    whole = members[0] if len(members) == 1 else b"".join(members)
    return Content(whole, "unreadable_object", "bytes after the last gzip member") if rest else Content(whole)


def _before_damage(data: bytes, limit: int) -> bytes:
    """Decompress piece by piece, up to the piece that fails."""
    reader = isal_zlib.decompressobj(31)
    pieces: list[bytes] = []
    size = 0
    for start in range(0, len(data), _SALVAGE_BYTES):
        try:
            pieces.append(reader.decompress(data[start : start + _SALVAGE_BYTES], limit - size + 1))
        except _Damaged:
            break
        size += len(pieces[-1])
    return b"".join(pieces)[:limit]


def _unzstd(data: bytes, limit: int) -> Content:
    pieces: list[bytes] = []
    size = 0
    try:
        with pa.CompressedInputStream(pa.py_buffer(data), "zstd") as stream:
            while piece := stream.read(1 << 20):
                pieces.append(piece)
                size += len(piece)
                if size > limit:
                    return Content(b"", "too_large", f"more than {limit} bytes after decompression")
    except OSError as error:
        return Content(b"".join(pieces), "unreadable_object", f"damaged zstd: {error}")
    return Content(b"".join(pieces))
