"""A build, from sources to a folder with its manifest."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logmine import logs, selection, tasks
from logmine.config import Config
from logmine.encoders import check_encoder
from logmine.folder import locked, require_own
from logmine.pipeline.outputs import write_outputs
from logmine.pipeline.runs import open_run, put_known, read_known, require_invocations
from logmine.pipeline.sources import list_sources
from logmine.pipeline.stages import STAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logmine.runners.local import Progress


@dataclass(frozen=True, slots=True)
class Build:
    """A finished build: where it lies, and its manifest."""

    out: Path
    manifest: dict[str, Any]

    @property
    def verdict(self) -> str:
        """READY, NEEDS ROLLOUTS, NEEDS REFERENCES, JUDGE ONLY or NOT FOR RFT."""
        return self.manifest["verdict"]["name"]

    @property
    def has_enough_rows(self) -> bool:
        """Whether a training file reaches ``min_rows``."""
        least = self.manifest["config"]["targets"]["min_rows"]
        return any(count >= least for name, count in self.manifest["n_rows"].items() if name.startswith("train"))


def build(
    sources: str | Sequence[str],
    out: str | Path,
    *,
    config: Config | None = None,
    outcomes: str | Path | None = None,
    confirmed: str | Path | None = None,
    endpoint_url: str | None = None,
    config_file: str | Path | None = None,
    workers: int = 1,
    report_progress: Callable[[Progress], None] | None = None,
) -> Build:
    """Build a dataset from invocation logs.

    The same call again redoes nothing; after a changed setting or new logs it redoes what depends on them.

    Parameters
    ----------
    sources
        Folders, files or ``s3://bucket/prefix``.
    out
        Folder of the build; created, or holding an earlier build.
    config
        Settings, defaults when None; see :func:`logmine.config.load_config`.
    outcomes
        File of reference answers and rewards that the user knows; see :func:`logmine.references.read_outcomes`.
    confirmed
        File of answers that a person confirmed or corrected; see :func:`logmine.references.read_confirmed`.
    endpoint_url
        Of an S3 server other than AWS.
    config_file
        Where ``config`` was read, for commands that follow to name; it is not read again.
    workers
        Processes. More than one needs the caller's script to be importable (``if __name__ == "__main__":``).
    report_progress
        Called whenever a part of a stage is done.

    Raises
    ------
    SourceError, AccessError
        If the logs cannot be listed or read.
    UsageError
        If a setting cannot be used, or needs a package that is not installed.
    OutputError
        If ``out`` holds something else, is in use, or cannot be written.
    """
    config = config or Config()
    sources = [sources] if isinstance(sources, str) else list(sources)
    out = Path(out)
    tasks.check_blocks(config.task)
    check_encoder(config.similarity.encoder, device=config.similarity.encoder_device)
    require_own(out)
    if config.selection.keep is not None:
        selection.compile_filter(config.selection.keep)
    objects = list_sources(sources, config=config, endpoint_url=endpoint_url, report_progress=report_progress)
    known = read_known(Path(outcomes) if outcomes else None, Path(confirmed) if confirmed else None, config)
    run = {
        "sources": sources,
        "outcomes": str(outcomes) if outcomes else None,
        "confirmed": str(confirmed) if confirmed else None,
        "endpoint_url": endpoint_url,
        "config_file": str(config_file) if config_file else None,
        "workers": workers,
        "host": platform.node(),
        "compiled_reader": logs.reader_problem() is None,
        "started_at": datetime.now(UTC).isoformat(),
    }
    with locked(out) as work:
        runner = open_run(work, config, objects, workers=workers, report_progress=report_progress)
        put_known(runner, known)
        runner.run(STAGES)
        require_invocations(runner, objects)
        made = write_outputs(runner, out, objects, run)
        runner.keep_index()
        runner.clean()
    return Build(out, made)
