"""``logmine grade``: responses of any model, judged against a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logmine.cli.errors import reports_errors
from logmine.cli.options import install_rules, rules_option
from logmine.cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logmine.reward import Graded

HEADER = f"{'task':<34} {'grader':<12} {'prompts':>8} {'responses':>9} {'correct':>8} {'incorrect':>9} {'abstained':>9} {'reward':>7}"


@click.command()
@click.argument("dataset", type=click.Path(path_type=Path))
@click.argument("responses", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="JSONL of the verdicts, one row a response.")
@rules_option
@reports_errors
def grade(dataset: Path, responses: Path, out: Path | None, config_file: Path | None) -> None:
    """Judge RESPONSES against the rows of DATASET, a file of rows or the folder of a build.

    RESPONSES is JSONL, a JSON array, CSV or Parquet with an id in each row and a response (or completion, output, text, answer; tool_calls beside it), or
    messages of which the last is the model's. An id may come again.

    \b
    Example:
      logmine grade dataset/eval.jsonl responses.jsonl -o verdicts.jsonl
    """  # noqa: D301 - \b keeps click from wrapping
    from logmine.reward import grade_responses  # noqa: PLC0415 - heavy

    install_rules(config_file)
    graded = grade_responses(dataset, responses)
    for line in _lines(graded):
        click.echo(printable(line))
    if out is not None:
        _write(out, graded)


def _lines(graded: Graded) -> Iterator[str]:
    from logmine.reward import by_task  # noqa: PLC0415 - heavy

    yield HEADER
    for row in by_task(graded.verdicts).iter_rows(named=True):
        counts = " ".join(
            f"{row[name]:>{width},}"
            for name, width in (("n_prompts", 8), ("n_responses", 9), ("n_correct", 8), ("n_incorrect", 9), ("n_abstain", 9))
        )
        name = graded.task_names.get(str(row["task_id"]), str(row["task_id"]))
        yield f"{name[:34]:<34} {row['grader']:<12} {counts} {row['mean_reward']:>7.3f}"
    answered = graded.verdicts["id"].n_unique()
    yield f"{answered:,} of {graded.n_rows:,} rows have a response that was judged"
    for count, label in (
        (graded.n_for_judge, "responses to rows for a judge, which no program scores"),
        (graded.n_unknown, "responses with an id that no row has"),
        (graded.n_unreadable, "lines without an id or a response"),
    ):
        if count:
            yield f"{count:,} {label}"


def _write(out: Path, graded: Graded) -> None:
    from logmine.errors import OutputError  # noqa: PLC0415 - beside its use

    try:
        with out.open("wb") as file:
            graded.verdicts.write_ndjson(file)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror}. Name another file with -o.") from error
