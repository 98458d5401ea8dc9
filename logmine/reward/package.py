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
from logmine.graders.rule import bundled_sources
from logmine.reward import handler
from logmine.reward.engines import find_engines
from logmine.reward.events import rendered_sample
from logmine.reward.instructions import instructions, roles
from logmine.reward.template import reward_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HANDLER: Final = "handler.py"
LAMBDA_MODULE: Final = "lambda_function.py"
PACKAGE: Final = "logmine_graders"
MAX_SAMPLES: Final = 4


def write_package(dataset: pl.DataFrame, directory: Path) -> None:
    """Write the reward function of ``dataset`` into ``directory``, which is made if need be.

    ``lambda.zip`` is, byte for byte, the same on every machine and for every dataset without heavy graders: source files as they lie in
    logmine, names sorted, without clock and without compression, whose result depends on the zlib at hand. Heavy graders bring their engines
    as they are installed. Beside it lie ``handler.py`` (the same file as ``lambda_function.py`` in the ZIP; for trainers on machines of your own),
    ``sample_event.json`` (up to four rows, one a grader first, with the answers that their references render), ``template.yaml``,
    ``iam_policy.json`` and ``README.md``.

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
    counts = grader_counts(schemas.require(dataset, "dataset"))
    engines = find_engines(counts)
    rules = {f"{PACKAGE}/{name}": source for name, source in bundled_sources(list(_specs(dataset))).items()}
    zipped = archive(dict(_sources()) | engines.files | rules)
    sha256 = base64.b64encode(hashlib.sha256(zipped).digest()).decode()
    samples = [rendered_sample(row) for row in _sample_rows(dataset).iter_rows(named=True)]
    write_files(
        directory,
        {
            "lambda.zip": zipped,
            HANDLER: Path(handler.__file__).read_bytes(),
            "sample_event.json": json_bytes(samples),
            "template.yaml": reward_template(engines.runtime, engines.architecture).encode(),
            "iam_policy.json": json_bytes(roles()),
            "README.md": instructions(sha256, counts, engines).encode(),
        },
    )


def write_files(directory: Path, files: Mapping[str, bytes]) -> None:
    """Write ``files`` by name into ``directory``, which is made if need be; raise OutputError where that fails."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (directory / name).write_bytes(content)
    except OSError as error:
        message = f"{directory}: cannot be written: {error.strerror}. Free space or choose another output folder, then run the same command again."
        raise OutputError(message) from error


def archive(files: Mapping[str, Path | bytes]) -> bytes:
    """Return a ZIP of ``files``, paths or contents by name: sorted, without clock and without compression."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as opened:
        for name, path in sorted(files.items()):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system = 3  # Unix, on which the permissions below depend
            info.external_attr = (0o100755 if name.endswith(".so") else 0o100644) << 16
            opened.writestr(info, path if isinstance(path, bytes) else path.read_bytes())
    return buffer.getvalue()


def _sources() -> Iterator[tuple[str, Path]]:
    yield LAMBDA_MODULE, Path(handler.__file__)
    yield from grader_files()


def grader_files() -> Iterator[tuple[str, Path]]:
    """Yield the files of the graders by their name in a package."""
    root = Path(graders.__file__).parent
    for path in root.rglob("*.py"):
        yield f"{PACKAGE}/{path.relative_to(root).as_posix()}", path


def _specs(dataset: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the specification of each row with a rule, whose source the package must hold."""
    for row in with_grader(dataset).filter(pl.col("grader") == "rule")["reference_answer"]:
        yield json.loads(json.loads(row)["spec"])


def grader_counts(dataset: pl.DataFrame) -> dict[str, int]:
    """Return the rows of ``dataset`` by grader."""
    return dict(with_grader(dataset).group_by("grader").len().sort("grader").iter_rows())


def _sample_rows(dataset: pl.DataFrame) -> pl.DataFrame:
    turn_of_grader = pl.int_range(pl.len()).over("grader").alias("turn")
    return with_grader(dataset).sort("prompt_id").with_columns(turn_of_grader).sort("turn", "prompt_id").head(MAX_SAMPLES)


def with_grader(dataset: pl.DataFrame) -> pl.DataFrame:
    """Return ``dataset`` with the grader of each row's reference answer."""
    return dataset.with_columns(pl.Series("grader", [json.loads(text)["grader"] for text in dataset["reference_answer"]], dtype=pl.String))


def json_bytes(value: Any) -> bytes:  # noqa: ANN401 - JSON
    """Return ``value`` as JSON to read."""
    return json.dumps(value, indent=2, allow_nan=False).encode() + b"\n"
