"""Encoders: from texts to unit vectors, by name.

Which encoder is used is decided by its name alone, never by what happens to be installed; its name and the digest of its
weights belong in the manifest. A text's vector depends on the text alone: not on the texts beside it, nor on their
order, nor on the number of threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Device", "Encoder", "check_encoder", "load_encoder"]

Device = Literal["cpu", "cuda"]
"""Where a sentence-transformers model runs."""


class Encoder(Protocol):
    """A model that turns texts into unit vectors."""

    @property
    def name(self) -> str:
        """Return the name as given to :func:`load_encoder`."""
        ...

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the weights, in hex; of name and dimensions where the weights are not at hand."""
        ...

    @property
    def dimensions(self) -> int:
        """Return the length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row a text, float32 of shape (n, dimensions), rounded to 6 decimals.

        A row is the same bit for bit however the texts are cut into calls.
        """
        ...


def load_encoder(name: str, *, device: Device = "cpu") -> Encoder:
    """Return the encoder called ``name``.

    Parameters
    ----------
    name
        ``embedded`` for the Universal Sentence Encoder that is installed with logmine; ``bedrock:`` and the id of an embedding model of
        Amazon Bedrock; anything else is a folder or a name of a sentence-transformers model.
    device
        Where a sentence-transformers model runs; the others take no notice of it.

    Raises
    ------
    MissingPackageError
        If sentence-transformers is needed and not installed.
    UsageError
        If the model cannot be found or is none of Bedrock's, or the embedded weights are not those that this release was tested with.
    """
    if name == "embedded":
        from logmine.encoders.embedded import EmbeddedEncoder  # noqa: PLC0415 - loaded only when asked for

        return EmbeddedEncoder()
    if name.startswith("bedrock:"):
        from logmine.encoders.bedrock import BedrockEncoder  # noqa: PLC0415 - boto3 takes its time to import

        return BedrockEncoder(name.removeprefix("bedrock:"))
    from logmine.encoders.sentence_transformer import SentenceTransformerEncoder  # noqa: PLC0415 - torch takes seconds to import

    return SentenceTransformerEncoder(name, device=device)


def check_encoder(name: str, *, device: Device = "cpu") -> None:
    """Check before anything is read that what the encoder ``name`` needs is there; parameters and errors as of :func:`load_encoder`.

    Whether a sentence-transformers model of this name exists shows when it is loaded.
    """
    if name.startswith("bedrock:"):
        load_encoder(name)
    elif name != "embedded":
        from logmine.encoders.sentence_transformer import require_package  # noqa: PLC0415 - loaded only when asked for

        require_package(name, device=device)
