"""``logmine tasks``: the tasks of a corpus, the grader of each, and why."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from logmine.cli.errors import reports_errors
from logmine.cli.options import DEFAULT_FILE, config_path, given, settings_options
from logmine.cli.progress import shows_progress
from logmine.cli.tables import print_table
from logmine.cli.text import printable

N_EXAMPLES = 3
EXAMPLE_CHARS = 300
WHY = {
    "agrees": "another answer to this prompt is the same",
    "alone": "no other answer to this prompt was read",
    "differs": "other answers to this prompt differ",
    "accepted": "the rule accepts it",
    "rejected": "the rule rejects it",
    "unread": "no answer could be read",
}


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder of a build, of which finished stages are used and kept.")
@click.option("--examples", type=click.IntRange(min=0), default=None, metavar="N", help="Completions to show for and against each grader.")
@click.option(
    "--write",
    "write_to",
    type=click.Path(dir_okay=False, path_type=Path),
    is_flag=False,
    flag_value=DEFAULT_FILE,
    metavar="[FILE]",
    help="Append a [[task]] block, commented out, for each task that FILE says nothing of; logmine.toml by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.option("--endpoint-url", metavar="URL", help="S3 server other than AWS.")
@click.option("--workers", type=click.IntRange(min=1), default=lambda: os.cpu_count() or 1, help="Processes; as many as cores by default.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@settings_options
@reports_errors
def tasks(sources: tuple[str, ...], out: Path | None, **options: Any) -> None:  # noqa: ANN401 - settings of any type
    """Show the tasks in SOURCE: applications and their templates, the grader of each, and the evidence for it.

    Of the completions, "read" counts those of which the grader reads an answer; "within" is the chance that two answers to one
    prompt agree, "between" that answers to different prompts do; "stable" the share of halves of the prompts that give the same
    grader. With --task NAME every grader that was tried is shown, and completions for and against the chosen one.

    \b
    Examples:
      logmine tasks sample_logs
      logmine tasks sample_logs -o dataset --task support-ticket-router --examples 5
      logmine tasks s3://bucket/prefix -o dataset --write
    """  # noqa: D301 - \b keeps click from wrapping
    from logmine import pipeline  # noqa: PLC0415 - heavy
    from logmine.config import load_config  # noqa: PLC0415

    run = {name: options.pop(name) for name in ("examples", "write_to", "as_json", "endpoint_url", "workers", "quiet", "config_file")}
    settings = given(options)
    n_examples = run["examples"] if run["examples"] is not None else N_EXAMPLES if settings.get("only_tasks") else 0
    with shows_progress(quiet=run["quiet"]) as show:
        found = pipeline.survey_tasks(
            sources,
            out=out,
            config=load_config(config_path(run["config_file"]), settings),
            n_examples=n_examples,
            endpoint_url=run["endpoint_url"],
            workers=run["workers"],
            report_progress=show,
        )
    _print(found, as_json=run["as_json"], in_detail=n_examples > 0)
    if run["write_to"] is not None:
        _write(run["write_to"], found)


def _print(found: list[dict[str, Any]], *, as_json: bool, in_detail: bool) -> None:
    from logmine.report.task_table import HEADER, task_cells  # noqa: PLC0415 - heavy

    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    print_table(HEADER, [task_cells(task) for task in found])
    for task in found if in_detail else ():
        _print_detail(task)


def _write(path: Path, found: list[dict[str, Any]]) -> None:
    from logmine.tasks import write_blocks  # noqa: PLC0415 - heavy

    n_written = write_blocks(path, found)
    said = f"{n_written:,} [[task]] blocks added, commented out: look through them, and remove the # before what you confirm or change."
    click.echo(f"{path}: {said if n_written else 'says something of every task already; nothing was written.'}", err=True)


def _print_detail(task: dict[str, Any]) -> None:
    from logmine.report.task_table import EXTRACTOR_HEADER, extractor_cells  # noqa: PLC0415 - heavy

    click.echo(f"\n{printable(task['name'])}\n")
    if task["system"]:
        click.echo(f"  system | {printable(' '.join(task['system'].split())[:EXAMPLE_CHARS])}")
    for line in task["skeleton"].split("\n"):
        click.echo(f"    text | {printable(line)}")
    click.echo()
    print_table(EXTRACTOR_HEADER, [extractor_cells(extractor) for extractor in task["extractors"]])
    for extractor in task["extractors"]:
        for reason, count in extractor.get("abstained", {}).items():
            click.echo(f"the {extractor['grader']} abstained {count:,} times: {printable(reason)}")
    for example in task["examples"]:
        answer = "" if example["answer"] is None else f"; read: {printable(example['answer'])[:EXAMPLE_CHARS]}"
        click.echo(f"\n{example['side']} {task['grader']}: {WHY[example['why']]}{answer}  (request {example['request_id']})")
        for line in _excerpt(example["text"]):
            click.echo(f"  > {printable(line)}")


def _excerpt(text: str) -> list[str]:
    """Return the end of a completion, where answers stand."""
    shown = text if len(text) <= EXAMPLE_CHARS else "…" + text[-EXAMPLE_CHARS:]
    return [line for line in shown.split("\n") if line.strip()]
