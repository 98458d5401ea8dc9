"""``logmine confirm``: a person looks at answers, so that the confidence of others is worth more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from logmine.cli.errors import reports_errors
from logmine.cli.text import printable

if TYPE_CHECKING:
    import polars as pl

N_ANSWERS = 24
PROMPT_CHARS = 2000
SYSTEM_CHARS = 300
CHOICES = {"y": "right", "n": "wrong", "s": "", "q": ""}


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--task", metavar="NAME", help="Task whose answers to look at; the one with most when left out.")
@click.option("--answers", "n_answers", type=click.IntRange(min=1), default=N_ANSWERS, help=f"How many to look at; {N_ANSWERS} by default.")
@click.option(
    "--confirmed",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that keeps what you say; OUT.confirmed.jsonl by default.",
)
@click.option(
    "--write", "form", type=click.Path(dir_okay=False, path_type=Path), help="Write the answers to FILE, CSV or JSONL, to fill in there."
)
@click.option(
    "--read", "filled", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Take over what was filled in in such a file."
)
@reports_errors
def confirm(out: Path, **options: Any) -> None:  # noqa: ANN401 - of several types
    """Confirm or correct some answers of a task in the build OUT, of all degrees of confidence.

    Right answers become references. All of them tell how far agreement can be trusted in their task: the next build with
    --confirmed drops references of a task whose answers were often wrong, and takes more from one whose answers were right.

    \b
    Examples:
      logmine confirm dataset
      logmine confirm dataset --task support-ticket-router --answers 30
      logmine confirm dataset --write answers.csv
      logmine confirm dataset --read answers.csv
    """  # noqa: D301 - \b keeps click from wrapping
    from logmine.references import choose_to_confirm, read_confirmed_rows, write_confirmed_rows  # noqa: PLC0415 - heavy
    from logmine.report import build_command, opinions_of_task, read_opinions  # noqa: PLC0415

    file: Path = options["file"] or out.with_name(f"{out.name}.confirmed.jsonl")
    opinions = read_opinions(out)
    if options["filled"]:
        rows = [row for row in read_confirmed_rows(options["filled"]) if row["verdict"] or row["reference_answer"]]
        write_confirmed_rows(file, rows, append=True)
        click.echo(f"{file}: {len(rows):,} answers taken over\nNext: {build_command(out, file)}")
        return
    done = {row["prompt_id"] for row in read_confirmed_rows(file)} if file.is_file() else set[str]()
    asked = choose_to_confirm(opinions_of_task(opinions, options["task"]), done, n_answers=options["n_answers"])
    if options["form"]:
        write_confirmed_rows(options["form"], asked.iter_rows(named=True))
        command = f"logmine confirm {out} --read {options['form']}"
        click.echo(f"{options['form']}: {asked.height:,} answers to fill in: verdict (right or wrong), reference_answer\nNext: {command}")
        return
    n_said = _ask_all(asked, file)
    click.echo(f"\n{file}: {n_said:,} answers added" + (f"\nNext: {build_command(out, file)}" if n_said or done else ""))


def _ask_all(asked: pl.DataFrame, file: Path) -> int:
    """Ask about every row and keep each reply at once, so that nothing is lost when the person stops; return how many were kept."""
    from logmine.references import write_confirmed_rows  # noqa: PLC0415 - heavy

    n_said = 0
    for number, row in enumerate(asked.iter_rows(named=True), start=1):
        _show(row, f"{number} of {asked.height}")
        choice = click.prompt("Is it right? y yes, n no, s skip, q quit", type=click.Choice(list(CHOICES)), show_choices=False)
        if choice == "q":
            break
        if choice == "s":
            continue
        said = {name: row[name] for name in ("prompt_id", "task", "grader", "proposed")} | {"verdict": CHOICES[choice]}
        if choice == "n":
            said["reference_answer"] = _correction(row)
        write_confirmed_rows(file, [said], append=True)
        n_said += 1
    return n_said


def _show(row: dict[str, Any], place: str) -> None:
    """Show a prompt and its answer; not the confidence, which would sway the person."""
    click.echo(f"\n--- {place}, {printable(row['task'])} " + "-" * 40)
    if row["system"]:
        click.echo(f"system | {printable(' '.join(row['system'].split())[:SYSTEM_CHARS])}")
    for line in (row["prompt"] or "")[-PROMPT_CHARS:].split("\n"):
        click.echo(f"prompt | {printable(line)}")
    click.echo(f"\nanswer ({row['grader']}), given in {row['n_agreeing']:,} of {row['n_answers']:,} attempts: {printable(row['proposed'])}")


def _correction(row: dict[str, Any]) -> str:
    """Ask for the right answer until the grader can read it; empty when the person does not know."""
    from logmine.graders import canonical  # noqa: PLC0415 - heavy

    while True:
        answer = click.prompt("The right answer; nothing if you do not know", default="", show_default=False).strip()
        if not answer or canonical(row["grader"], row["spec"], answer) is not None:
            return answer
        click.echo(f"The grader {row['grader']} cannot read this as an answer. Write it as above.")
