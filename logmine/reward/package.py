"""The Lambda package: the handler and the graders in a ZIP, and what an operator needs to deploy it."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from logmine import graders, schemas
from logmine.errors import OutputError
from logmine.reward import lambda_function
from logmine.reward.events import rendered_sample
from logmine.reward.instructions import README, roles

if TYPE_CHECKING:
    from collections.abc import Iterator

HANDLER: Final = "lambda_function.py"
MAX_SAMPLES: Final = 4


def write_package(dataset: pl.DataFrame, directory: Path) -> None:
    """Write the reward function of ``dataset`` into ``directory``, which is made if need be.

    ``lambda.zip`` is the same for every dataset and, byte for byte, on every machine: the graders' source files as they lie
    in logmine, names sorted, without clock and without compression, whose result depends on the zlib at hand. Beside it lie
    ``lambda_function.py`` (the handler, to read), ``sample_event.json`` (up to four rows, one a grader first, with the answers that their
    references render), ``iam_policy.json`` and ``README.md``.

    Parameters
    ----------
    dataset
        A table :data:`logmine.schemas.DATASET`.
    directory
        ``OUT/reward`` of a build.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    archive = _archive()
    sha256 = base64.b64encode(hashlib.sha256(archive).digest()).decode()
    samples = [rendered_sample(row) for row in _sample_rows(schemas.require(dataset, "dataset")).iter_rows(named=True)]
    files = {
        "lambda.zip": archive,
        HANDLER: Path(lambda_function.__file__).read_bytes(),
        "sample_event.json": _json(samples),
        "iam_policy.json": _json(roles()),
        "README.md": README.format(sha256=sha256, grader_counts=_grader_counts(dataset)).encode(),
    }
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (directory / name).write_bytes(content)
    except OSError as error:
        message = f"{directory}: cannot be written: {error.strerror}. Free space or choose another output folder, then run the same command again."
        raise OutputError(message) from error


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, path in sorted(_sources()):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system = 3  # Unix, on which the permissions below depend
            info.external_attr = 0o100644 << 16
            archive.writestr(info, path.read_bytes())
    return buffer.getvalue()


def _sources() -> Iterator[tuple[str, Path]]:
    yield HANDLER, Path(lambda_function.__file__)
    root = Path(graders.__file__).parent
    for path in root.rglob("*.py"):
        yield f"graders/{path.relative_to(root).as_posix()}", path


def _sample_rows(dataset: pl.DataFrame) -> pl.DataFrame:
    turn_of_grader = pl.int_range(pl.len()).over("grader").alias("turn")
    return _with_grader(dataset).sort("prompt_id").with_columns(turn_of_grader).sort("turn", "prompt_id").head(MAX_SAMPLES)


def _grader_counts(dataset: pl.DataFrame) -> str:
    counts = _with_grader(dataset).group_by("grader").len().sort("grader")
    return "\n".join(f"- `{grader}`: {count} rows" for grader, count in counts.iter_rows()) or "- none: the dataset is empty"


def _with_grader(dataset: pl.DataFrame) -> pl.DataFrame:
    return dataset.with_columns(pl.Series("grader", [json.loads(text)["grader"] for text in dataset["reference_answer"]], dtype=pl.String))


def _json(value: Any) -> bytes:  # noqa: ANN401 - JSON
    return json.dumps(value, indent=2, allow_nan=False).encode() + b"\n"
