"""The one digest by which things are named."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def digest(parts: Iterable[str]) -> str:
    """Return the BLAKE2b-128 hex digest of ``parts``, told apart by their lengths.

    Examples
    --------
    >>> digest(["ab", "c"]) == digest(["a", "bc"])
    False
    """
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return state.hexdigest()
