"""The files of a dataset: train and eval, with and without tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from logmine import schemas
from logmine.errors import OutputError, SchemaError
from logmine.targets.rows import bedrock_row, json_line, read_tools

if TYPE_CHECKING:
    from pathlib import Path

    from logmine.config import TargetsConfig

#: The row function of every target.
ROWS: Final = {"bedrock-rft": bedrock_row}


def write_dataset(dataset: pl.DataFrame, directory: Path, *, config: TargetsConfig) -> dict[str, int]:
    """Write ``train.jsonl`` and ``eval.jsonl`` into ``directory``, which must exist.

    Rows with tools go to ``train-tools.jsonl`` and ``eval-tools.jsonl``, which exist only when there are such rows: validators
    demand ``tools`` in all rows of a file or in none. Rows are ordered by ``prompt_id``; the same rows give the same bytes. A file
    appears under its name only when it is complete. ``pass_rate`` is left out of a file where some row has none.

    Parameters
    ----------
    dataset
        A table :data:`logmine.schemas.DATASET`.
    directory
        The output folder of the build.
    config
        Names the target.

    Returns
    -------
    dict of str to int
        Rows by file name, in the order in which the files were written.

    Raises
    ------
    SchemaError
        If a column is missing, or a row lacks its split or its reference answer.
    OutputError
        If a file cannot be written.
    """
    rows = _written_rows(schemas.require(dataset, "dataset"))
    counts: dict[str, int] = {}
    for split in ("train", "eval"):
        of_split = rows.filter(pl.col("split") == split)
        plain, tools = of_split.filter(~pl.col("has_tools")), of_split.filter("has_tools")
        counts[f"{split}.jsonl"] = _write(plain, directory / f"{split}.jsonl", config)
        if tools.height:
            counts[f"{split}-tools.jsonl"] = _write(tools, directory / f"{split}-tools.jsonl", config)
        else:
            _remove(directory / f"{split}-tools.jsonl")
    return counts


def _written_rows(dataset: pl.DataFrame) -> pl.DataFrame:
    n_unwritable = dataset.filter(
        ~pl.col("split").is_in(["train", "eval"]).fill_null(value=False) | pl.col("reference_answer").is_null()
    ).height
    if n_unwritable:
        raise SchemaError(
            f"{n_unwritable} rows of the dataset lack a split or a reference answer. This is a bug in logmine; please report it."
        )
    has_tools = pl.Series("has_tools", [bool(read_tools(text)) for text in dataset["tools"]], dtype=pl.Boolean)
    return dataset.with_columns(has_tools).sort("prompt_id")


def _write(rows: pl.DataFrame, path: Path, config: TargetsConfig) -> int:
    to_row, with_pass_rate = ROWS[config.target], rows["pass_rate"].fill_nan(None).null_count() == 0
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.writelines(json_line(to_row(row, with_pass_rate=with_pass_rate)) for row in rows.iter_rows(named=True))
        partial.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    return rows.height


def _remove(path: Path) -> None:
    """Remove the file of an earlier build: left behind, it would be taken for a part of this one."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path}: cannot be written: {error.strerror}. Free space or choose another output folder, then run the same command again."
    )
