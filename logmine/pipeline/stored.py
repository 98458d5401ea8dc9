"""What the stored tables of a build answer without its logs: what bands would keep, and which prompts are alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from logmine import difficulty, manifest, report, selection, similarity
from logmine.config import load_config
from logmine.errors import OutputError
from logmine.folder import WORK
from logmine.pipeline.accounts import count_reasons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logmine.bands import Band
    from logmine.config import Config


def count_survivors(out: str | Path, *, config: Config) -> list[tuple[Band, int]] | None:
    """Return how many prompts of the build in ``out`` each band would keep; None where there is no build, or one of an older form."""
    path = Path(out) / "decisions.parquet"
    if not path.is_file() or not {"alpha", "beta"} <= set(pl.read_parquet_schema(path)):
        return None
    return difficulty.count_survivors(pl.read_parquet(path), config.difficulty)


def read_similar(
    out: str | Path,
    *,
    task: str | None = None,
    kinds: Sequence[str] = (),
    borderline: bool = False,
    n_shown: int = 20,
    floor: float | None = None,
    seed: int | None = None,
) -> list[str]:
    """Return lines that show the duplicates of a build, or pairs that were nearly taken for duplicates.

    Parameters
    ----------
    out
        Folder of a build, its ``work`` included.
    task
        Name or id of the one task that is shown; all when None.
    kinds
        exact, near, semantic; all when empty.
    borderline
        Whether pairs that were kept apart are shown instead of groups; there are none of kind exact.
    n_shown
        Groups or pairs.
    floor
        Least score of a pair that was kept apart; None goes down from the threshold until there are ``n_shown``.
    seed
        Of a random draw; None shows the least alike groups, or the most alike pairs.

    Raises
    ------
    OutputError
        If ``out`` holds no build, or its work folder was deleted.
    UsageError
        If there is no such task.
    """
    made = manifest.read(Path(out))
    wanted = {"tasks", "members", "placed", "duplicates", "meanings", "texts", "vectors", "prompts"}
    paths = {name: sorted((Path(out) / WORK).glob(f"*/*/{name}.parquet")) for name in wanted}
    if made is None or not all(paths.values()):
        raise OutputError(
            f"{out} holds no build with its work folder. Run logmine build once more with the same settings, then this command."
        )
    columns = {"prompts": ["prompt_id", "user_text"]}
    tables = {name: pl.concat(pl.read_parquet(path, columns=columns.get(name)) for path in found) for name, found in paths.items()}
    chosen = selection.wanted_tasks(tables["tasks"], (task,) if task else ())
    asked = tables["members"].filter(pl.col("task_id").is_in(chosen)).select("prompt_id")
    tables["placed"] = tables["placed"].join(asked, on="prompt_id")
    if borderline:
        settings = load_config(overrides=made["config"]["similarity"]).similarity
        found = similarity.borderline_pairs(tables, config=settings, kinds=kinds or similarity.KINDS, n=n_shown, floor=floor, seed=seed)
        texts = dict(tables["placed"].select("prompt_id", "slot_text").iter_rows())
        return report.pair_lines(found.pairs, texts, reasons=found.reasons, floors=found.floors)
    written = tables["placed"].join(tables["prompts"], on="prompt_id").select("prompt_id", text="slot_text", whole="user_text")
    groups = similarity.groups_of(tables["duplicates"], written, kinds=kinds or similarity.KINDS)
    counts = count_reasons(tables["duplicates"].join(asked, on="prompt_id")["kind"])
    return report.group_lines(
        similarity.drawn(groups, n=n_shown, seed=seed),
        n_all=len(groups),
        counts=counts,
        is_drawn=seed is not None and n_shown < len(groups),
    )
