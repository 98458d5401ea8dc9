"""Vectors of earlier runs: a corpus that has grown encodes only what is new.

Files in the work folder, each named by the encoder and the digest of its own bytes. A file that is not what was written counts for
nothing and goes; what is missing is encoded again, so the vectors are the same with and without the folder.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Final

import polars as pl

from logmine import schemas

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = "1"  # goes up when a text's vector changes though text and weights do not
MAX_FILES: Final = 16  # more are joined into one


def known_vectors(folder: Path, encoder: str, text_ids: pl.Series) -> pl.DataFrame:
    """Return the vectors of those texts that ``folder`` holds for an encoder: :data:`logmine.schemas.VECTORS`, each text once.

    Parameters
    ----------
    folder
        Of :func:`remember`; need not be there.
    encoder
        Digest of its weights.
    text_ids
        The texts that are asked for.
    """
    found = [
        pl.scan_parquet(path).filter(pl.col("text_id").is_in(text_ids.implode())).collect()
        for path in sorted(folder.glob(f"{_key(encoder)}-*.parquet"))
        if _is_whole(path)
    ]
    return pl.concat([schemas.empty("vectors"), *found]).unique("text_id", keep="first", maintain_order=True)


def remember(folder: Path, encoder: str, vectors: pl.DataFrame) -> None:
    """Keep vectors of an encoder in ``folder``: :data:`logmine.schemas.VECTORS`."""
    if vectors.is_empty():
        return
    folder.mkdir(parents=True, exist_ok=True)
    earlier = sorted(folder.glob(f"{_key(encoder)}-*.parquet"))
    joined = earlier if len(earlier) >= MAX_FILES else []
    partial = folder / f".{_key(encoder)}.{os.getpid()}"
    whole = pl.concat([vectors, *(pl.read_parquet(path) for path in joined if _is_whole(path))])
    whole.unique("text_id", keep="first").sort("text_id").write_parquet(partial, compression="zstd", compression_level=1)
    partial.rename(folder / f"{_key(encoder)}-{_sha256(partial)}.parquet")
    for path in joined:
        path.unlink(missing_ok=True)


def _key(encoder: str) -> str:
    return f"{encoder[:16]}.{FORMAT}"


def _is_whole(path: Path) -> bool:
    """Whether a file is what its name says; one that is not is removed. One that another process has just joined into a new one is not there."""
    try:
        if path.stem.rpartition("-")[2] == _sha256(path):
            return True
    except FileNotFoundError:
        return False
    path.unlink(missing_ok=True)
    return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
