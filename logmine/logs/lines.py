r"""Lines of an object, some megabytes at once, with what decides how each may be read: found by vector instructions, not line by line.

A JSON string can be written in several ways; :func:`msgspec.json.encode` writes it as UTF-8 with the shortest escapes. A string without
``\u`` and ``\/`` is written that way already: so it can be copied, which costs less than to decode and encode it.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK_BYTES: Final = 16_000_000  # of lines looked at together: each block costs a little, however short
_ODD_ESCAPES: Final = (r"\u", r"\/")
_NEVER: Final = repeat(False)  # noqa: FBT003 - what is repeated
_OPENING: Final = r"[\[{]"


Line: TypeAlias = tuple[int, int, bool, bool]
"""Where a line begins, where the next one does, whether it is tidy, and whether it is shallow.

Tidy: it is UTF-8, and all its strings stand there as logmine would write them. It may be called untidy where they are: of ``\\\\u`` in a
path, or where another line of the block is not UTF-8. Shallow: it has too few brackets to nest beyond the limit; else they have to be
looked at.
"""


def lines(data: bytes, max_nesting: int) -> Iterator[Line]:
    """Yield the lines of ``data``, each as :data:`Line`; behind the last one counts a line end even where none stands there."""
    start = 0
    while start < len(data):
        bounds = _bounds(data, start)
        text = _text(data, bounds)
        if text is None:
            yield from zip(bounds[:-1], bounds[1:], _NEVER, _NEVER, strict=False)
        else:
            is_odd = [text.str.contains(escape, literal=True) for escape in _ODD_ESCAPES]
            is_shallow = text.str.count_matches(_OPENING) <= max_nesting
            yield from zip(bounds[:-1], bounds[1:], (~(is_odd[0] | is_odd[1])).to_list(), is_shallow.to_list(), strict=True)
        start = bounds[-1]


def _bounds(data: bytes, start: int) -> list[int]:
    """Return where the lines of a block begin, and where the line behind it does; one beyond the end where no line end stands there."""
    bounds = [start]
    stop = start + _BLOCK_BYTES
    find, append = data.find, bounds.append
    while start < stop and (start := find(b"\n", start) + 1):
        append(start)
    if not start and bounds[-1] < len(data):
        append(len(data) + 1)
    return bounds


def _text(data: bytes, bounds: list[int]) -> pl.Series | None:
    """Return the lines between ``bounds`` as a column that holds no copy of them, or None where they are not UTF-8."""
    ends = np.array(bounds, dtype=np.int64)
    ends[-1] = min(bounds[-1], len(data))
    lines = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(bounds) - 1, [None, pa.py_buffer(ends), pa.py_buffer(data)])
    try:
        return pl.Series(lines.cast(pa.large_string()))
    except pa.ArrowInvalid:
        return None
