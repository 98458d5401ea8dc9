r"""Which strings of an object stand there as logmine would write them: found for whole objects at once, since it decides how records are read.

A JSON string can be written in several ways; :func:`msgspec.json.encode` writes it as UTF-8 with the shortest escapes. A string without
``\u`` and ``\/`` is written that way already: so it can be copied, which costs less than to decode and encode it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable

_WINDOW_BYTES = 1 << 18
_BACKSLASH = ord("\\")
_IS_ODD = np.zeros(256, dtype=bool)
_IS_ODD[[ord("u"), ord("/")]] = True


def tidy_parts(data: bytes) -> Callable[[int, int], bool]:
    r"""Return a function that tells of a part of ``data``, from one position to another, whether all its strings are tidy.

    It may say no where they are: of ``\\u`` in a path, or where something far away is not UTF-8.
    """
    if not _is_utf8(data):
        return lambda _start, _end: False
    odd = array("q", _odd_escapes(data).tobytes())

    def is_tidy(start: int, end: int) -> bool:
        place = bisect_left(odd, start)
        return place == len(odd) or odd[place] >= end

    return is_tidy


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    ends = pa.py_buffer(np.array([0, len(data)], dtype=np.int64))
    try:
        pa.LargeBinaryArray.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(data)]).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _odd_escapes(data: bytes) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return where a character stands that an escape begins with and that logmine does not escape so."""
    codes = np.frombuffer(data, dtype=np.uint8)
    found = [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(codes) - 1, _WINDOW_BYTES):
        escaped = np.flatnonzero(codes[start : min(start + _WINDOW_BYTES, len(codes) - 1)] == _BACKSLASH) + (start + 1)
        found.append(escaped[_IS_ODD[codes[escaped]]])
    return np.concatenate(found)
