"""``logmine build``: from logs to a dataset."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from logmine.cli.errors import reports_errors
from logmine.cli.options import DEFAULT_FILE, config_path, given, settings_options
from logmine.cli.progress import shows_progress
from logmine.cli.text import printable

if TYPE_CHECKING:
    import polars as pl

    from logmine.bands import Band
    from logmine.config import Config
    from logmine.pipeline import Build


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder of the build; created if missing.")
@click.option(
    "--outcomes",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Reference answers or rewards that you know: JSONL, CSV or Parquet.",
)
@click.option(
    "--confirmed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Answers that you confirmed or corrected with logmine confirm.",
)
@click.option("--endpoint-url", metavar="URL", help="S3 server other than AWS.")
@click.option("--workers", type=click.IntRange(min=1), default=lambda: os.cpu_count() or 1, help="Processes; as many as cores by default.")
@click.option("--dry-run", is_flag=True, help="List what would be read, and what each band would keep of the build in OUT; write nothing.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@settings_options
@reports_errors
def build(sources: tuple[str, ...], out: Path, **options: Any) -> None:  # noqa: ANN401 - settings of any type
    """Build an RFT dataset from the invocation logs in SOURCE.

    SOURCE is a folder, a file or s3://bucket/prefix. The same command again continues a build that was stopped, and
    redoes only what a changed setting or new logs call for.

    \b
    Examples:
      logmine build sample_logs -o dataset
      logmine build s3://bucket/prefix -o dataset --base-model amazon.nova-2-lite-v1:0
    """  # noqa: D301 - \b keeps click from wrapping
    from logmine import pipeline  # noqa: PLC0415 - heavy
    from logmine.config import load_config  # noqa: PLC0415

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    run = {name: options.pop(name) for name in ("outcomes", "confirmed", "endpoint_url", "workers", "dry_run", "quiet", "config_file")}
    run["config_file"] = config_path(run["config_file"])
    config = load_config(run["config_file"], given(options))
    if run["dry_run"]:
        objects = pipeline.list_sources(sources, config=config, endpoint_url=run["endpoint_url"])
        _print_listing(objects)
        _print_survivors(pipeline.count_survivors(out, config=config), out, min_attempts=config.difficulty.min_attempts)
        click.echo(f"{objects['size_bytes'].sum():>14,}  bytes in {objects.height:,} objects; nothing was read or written", err=True)
        return
    with shows_progress(quiet=run["quiet"]) as show:
        made = pipeline.build(
            sources,
            out,
            config=config,
            outcomes=run["outcomes"],
            confirmed=run["confirmed"],
            endpoint_url=run["endpoint_url"],
            config_file=run["config_file"],
            workers=run["workers"],
            report_progress=show,
        )
    _print_end(made, sources, _typed(config, run))
    sys.exit(0 if made.has_enough_rows else 1)


def _print_listing(objects: pl.DataFrame) -> None:
    for name, size in objects.select("object", "size_bytes").iter_rows():
        click.echo(f"{size:>14,}  {printable(name)}")


def _print_survivors(survivors: list[tuple[Band, int]] | None, out: Path, *, min_attempts: int) -> None:
    if survivors is None:
        click.echo(f"\nWhat each band would keep is known after a first build: {out} holds none yet.", err=True)
        return
    click.echo(
        f"\nprompts in range of each --band, of the build in {out} ({min_attempts} attempts or more; other settings as they were then)"
    )
    for band, count in survivors:
        click.echo(f"{band.name:<12} {count:>9,}   pass rate {band.words}: {band.source}")


def _typed(config: Config, run: dict[str, Any]) -> str:
    """Return what of the command a further build must say again."""
    from logmine.config import load_config, setting_words  # noqa: PLC0415 - heavy

    path = run["config_file"]
    file = load_config(path)
    given = (
        ("--config", None if path == DEFAULT_FILE else path),
        *((f"--{name.replace('_', '-')}", run[name]) for name in ("outcomes", "confirmed", "endpoint_url")),
    )
    return shlex.join([*setting_words(config, file), *(word for flag, value in given if value for word in (flag, str(value)))])


def _print_end(made: Build, sources: tuple[str, ...], typed: str) -> None:
    from logmine.report import funnel_lines  # noqa: PLC0415 - heavy

    for line in funnel_lines(made.manifest):
        click.echo(printable(line))
    for model, n_answers in made.manifest["summary"].get("excluded_models", {}).items():
        if not n_answers:
            click.echo(f"\nno answer in these logs is of {printable(model)}: nothing was kept out for it; logmine inspect lists the models")
    verdict = made.manifest["verdict"]
    places = {"SOURCE": shlex.join(sources), "OUT": shlex.quote(str(made.out))}
    command = " ".join(_filled(word, places) for word in verdict["next_command"].split(" "))
    if command.startswith("logmine build ") and typed:
        command += f" {typed}"
    click.echo(f"\n{verdict['name']}: {printable(verdict['reason'])}\nThe dataset card: {made.out / 'README.md'}\nNext: {command}")


def _filled(word: str, places: dict[str, str]) -> str:
    head, separator, tail = word.partition("/")
    return places.get(head, head) + separator + tail
