"""The pipeline: the only module that knows every room. From sources to a finished build."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl
import pyarrow.parquet as pq

from logmine import difficulty, ledger, logs, manifest, prompts, references, report, reward, selection, similarity, targets, tasks, topics
from logmine.config import Config, load_config
from logmine.encoders import load_encoder
from logmine.errors import InternalError, OutputError, SourceError
from logmine.folder import WORK, locked, publish, require_own
from logmine.ledger import Entry
from logmine.runners.local import LocalRunner, Progress
from logmine.schemas import MATCHES, OBJECTS, OUTCOMES, TALLIES, arrow_schema, digest, empty
from logmine.stages import Read, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from logmine.bands import Band


REGRADED_FROM = "pool_attempts"  # nothing before it depends on graders or references
IDS = ("prompt_id", "task_id", "identity_id")

STAGES: tuple[Stage, ...] = (
    Stage(
        name="decode", kind="map", function=logs.decode, section="logs",
        reads=(Read("objects"),), writes=("invocations", "dropped", "objects_read"),
    ),
    Stage(name="canonicalize", kind="map", function=prompts.canonicalize, reads=(Read("invocations"),), writes=("calls", "dropped")),
    Stage(
        name="gather_attempts", kind="reduce", key="thread_key", function=prompts.gather_attempts, section="prompts",
        reads=(Read("calls"),), writes=("prompts", "completions", "dropped"),
    ),
    Stage(
        name="count_systems", kind="reduce", key="system_id", function=tasks.count_systems, section="tasks",
        reads=(Read("prompts", ("prompt_id", "system_id", "system")),), writes=("systems",),
    ),
    Stage(name="scope_prompts", kind="map", function=tasks.scope_prompts, reads=(Read("prompts"), Read("systems", whole=True)), writes=("scoped",)),
    Stage(
        name="find_tasks", kind="reduce", key="scope_id", function=tasks.find_tasks, section="tasks",
        reads=(Read("scoped"),), writes=("found_tasks", "placed"),
    ),
    Stage(
        name="settle_tasks", kind="gather", function=tasks.settle_tasks, section="task",
        reads=(Read("found_tasks"), Read("systems")), writes=("tasks", "rulings"),
    ),
    Stage(
        name="settle_members", kind="map", function=tasks.settle_members,
        reads=(Read("placed"), Read("rulings", whole=True)), writes=("members",),
    ),
    Stage(
        name="find_duplicates", kind="reduce", key="task_id", function=similarity.find_duplicates, section="similarity",
        reads=(Read("placed"),), writes=("near_duplicates",),
    ),
    Stage(
        name="collect_texts", kind="map", function=similarity.collect_texts,
        reads=(Read("placed"), Read("near_duplicates", whole=True)), writes=("texts",),
    ),
    Stage(
        name="encode_texts", kind="reduce", key="text_id", function=similarity.encode_texts, section="similarity", remembers=True,
        reads=(Read("texts"),), writes=("vectors",),
    ),
    Stage(
        name="sign_meanings", kind="reduce", key="task_id", function=similarity.sign_meanings,
        reads=(Read("placed"), Read("near_duplicates", whole=True)), writes=("meanings",),
    ),
    Stage(
        name="find_semantic_duplicates", kind="gather", function=similarity.find_semantic_duplicates, section="similarity",
        reads=(Read("meanings"), Read("near_duplicates"), Read("texts"), Read("vectors"), Read("prompts", ("prompt_id", "language"))),
        writes=("duplicates", "kin"),
    ),
    Stage(
        name="find_topics", kind="gather", function=topics.find_topics, section="topics",
        reads=(
            Read("texts"), Read("vectors"), Read("placed", ("prompt_id", "task_id")), Read("prompts", ("prompt_id", "role")),
            Read("duplicates", ("prompt_id", "kept_instead")),
        ),
        writes=("topics", "topic_of"),
    ),
    Stage(
        name="pool_attempts", kind="map", function=references.pool_attempts,
        reads=(Read("completions"), Read("members", IDS, whole=True), Read("duplicates", whole=True)), writes=("attempts",),
    ),
    Stage(
        name="describe_candidates", kind="map", function=references.describe_candidates,
        reads=(Read("prompts"), Read("members", IDS, whole=True), Read("duplicates", whole=True)), writes=("candidates",),
    ),
    Stage(
        name="infer_graders", kind="reduce", key="task_id", function=references.infer_graders, section="references",
        reads=(Read("candidates"), Read("attempts"), Read("rulings", whole=True)), writes=("graders",),
    ),
    Stage(
        name="match_outcomes", kind="reduce", key="prompt_id", function=references.match_outcomes,
        reads=(Read("attempts"), Read("candidates", ("prompt_id", "source_id")), Read("outcomes", whole=True)), writes=("matches",),
    ),
    Stage(
        name="settle_outcomes", kind="gather", function=references.settle_outcomes,
        reads=(Read("outcomes", tuple(OUTCOMES)), Read("matches", tuple(MATCHES))), writes=("given", "unused"),
    ),
    Stage(
        name="find_references", kind="reduce", key="task_id", function=references.find_references, section="references",
        reads=(
            Read("candidates"), Read("attempts"), Read("graders", whole=True), Read("given", whole=True), Read("confirmed", whole=True),
        ),
        writes=("references", "opinions"),
    ),
    Stage(
        name="judge_attempts", kind="reduce", key="prompt_id", function=difficulty.judge_attempts,
        reads=(Read("attempts"), Read("references"), Read("given")), writes=("verdicts",),
    ),
    Stage(
        name="count_verdicts", kind="reduce", key="prompt_id", function=difficulty.count_verdicts, section="difficulty",
        reads=(Read("verdicts"), Read("members", IDS)), writes=("tallies",),
    ),
    Stage(
        name="fit_priors", kind="gather", function=difficulty.fit_priors,
        reads=(Read("tallies", tuple(TALLIES)), Read("references", ("prompt_id", "origin"))), writes=("priors",),
    ),
    Stage(
        name="rate_prompts", kind="reduce", key="prompt_id", function=difficulty.rate_prompts, section="difficulty",
        reads=(Read("tallies"), Read("references", ("prompt_id", "grader")), Read("members", IDS), Read("priors", whole=True)),
        writes=("difficulty",),
    ),
    Stage(
        name="choose", kind="gather", function=selection.choose, section="selection",
        reads=(
            Read("prompts", (
                "prompt_id", "thread_key", "n_media", "n_user_turns", "has_history", "is_too_long", "invoked_first", "prompt_tokens", "language",
            )),
            Read("members", ("prompt_id", "task_id", "leakage_keys")),
            Read("duplicates"),
            Read("topic_of"),
            Read("tasks", ("task_id", "name", "decision")),
            Read("references", ("prompt_id", "grader", "origin", "confidence", "conflict")),
            Read("difficulty", (
                "prompt_id", "band", "band_evidence", "n_attempts", "n_correct", "pass_rate", "pass_rate_low", "pass_rate_high",
                "mean_reward", "std_reward", "band_mass", "useful_group",
            )),
            Read("kin"),
        ),
        writes=("choices",),
    ),
    Stage(
        name="pool_requests", kind="map", function=selection.pool_requests,
        reads=(Read("prompts"), Read("members", IDS, whole=True)), writes=("requests",),
    ),
    Stage(
        name="tell_decisions", kind="reduce", key="prompt_id", function=selection.tell_decisions,
        reads=(
            Read("prompts", ("prompt_id", "language")), Read("requests"), Read("topic_of"), Read("references"),
            Read("difficulty"), Read("choices"), Read("graders", ("task_id", "grader"), whole=True),
        ),
        writes=("decisions",),
    ),
    Stage(
        name="compile_dataset", kind="reduce", key="prompt_id", function=selection.compile_dataset,
        reads=(Read("prompts"), Read("decisions")), writes=("dataset",),
    ),
    Stage(
        name="compile_judged", kind="reduce", key="prompt_id", function=selection.compile_judged, section="selection",
        reads=(Read("prompts"), Read("decisions"), Read("tasks", ("task_id", "name", "rubric"), whole=True)), writes=("judged",),
    ),
    Stage(
        name="compile_needs", kind="reduce", key="prompt_id", function=selection.compile_needs, section="difficulty",
        reads=(
            Read("prompts"), Read("decisions"), Read("attempts"), Read("verdicts"), Read("difficulty"),
            Read("choices", ("task_id", "decision"), whole=True),
        ),
        writes=("needs",),
    ),
)  # fmt: skip


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
    workers
        Processes. More than one needs the caller's script to be importable (``if __name__ == "__main__":``).
    report_progress
        Called whenever a part of a stage is done.

    Raises
    ------
    SourceError, AccessError
        If the logs cannot be listed or read.
    OutputError
        If ``out`` holds something else, is in use, or cannot be written.
    """
    config = config or Config()
    sources = [sources] if isinstance(sources, str) else list(sources)
    out = Path(out)
    tasks.check_blocks(config.task)
    require_own(out)
    if config.selection.keep is not None:
        selection.compile_filter(config.selection.keep)
    objects = list_sources(sources, config=config, endpoint_url=endpoint_url, report_progress=report_progress)
    given = references.read_outcomes(Path(outcomes), config.references) if outcomes else empty("outcomes")
    looked_at = references.read_confirmed(Path(confirmed)) if confirmed else empty("confirmed")
    started_at = datetime.now(UTC)
    with locked(out) as work:
        runner = LocalRunner(work, config, workers=workers, report=report_progress or _silent)
        runner.put("objects", list(slice_objects(objects, read_before(work))))
        runner.put("outcomes", [(digest(["outcomes", given.write_json()]), given)])
        runner.put("confirmed", [(digest(["confirmed", looked_at.write_json()]), looked_at)])
        runner.run(STAGES)
        _require_invocations(runner, objects)
        run = {
            "sources": sources,
            "outcomes": str(outcomes) if outcomes else None,
            "confirmed": str(confirmed) if confirmed else None,
            "endpoint_url": endpoint_url,
            "workers": workers,
            "host": platform.node(),
            "started_at": started_at.isoformat(),
        }
        made = _finish(runner, out, config, objects, run)
        runner.keep_index()
        runner.clean()
    return made


def count_survivors(out: str | Path, *, config: Config) -> list[tuple[Band, int]] | None:
    """Return how many prompts of the build in ``out`` each band would keep; None where there is no build, or one of an older form."""
    path = Path(out) / "decisions.parquet"
    if not path.is_file() or not {"alpha", "beta"} <= set(pl.read_parquet_schema(path)):
        return None
    return difficulty.count_survivors(pl.read_parquet(path), config.difficulty)


def regrade(
    out: str | Path, *, outcomes: str | Path | None = None, workers: int = 1, report_progress: Callable[[Progress], None] | None = None
) -> Build:
    """Apply graders once more to the attempts that a build has stored, after a grader or reference changed; no log is read, no model asked.

    Parameters
    ----------
    out
        Folder of a build, with its ``work`` folder.
    outcomes
        Other reference answers than those of the build; the same when None.
    workers, report_progress
        As of :func:`build`.

    Raises
    ------
    SourceError
        If there is no build, or its stored tables are gone.
    """
    out = Path(out)
    before = manifest.read(out)
    if before is None:
        raise SourceError(f"{out}: no build of logmine. Build one first: logmine build SOURCE -o {out}")
    config = msgspec.convert(before["config"], type=Config)
    first = next(place for place, stage in enumerate(STAGES) if stage.name == REGRADED_FROM)
    stored = ["objects", "outcomes", "confirmed", *dict.fromkeys(table for stage in STAGES[:first] for table in stage.writes)]
    with locked(out) as work:
        runner = LocalRunner(work, config, workers=workers, report=report_progress or _silent)
        if not runner.resume(stored):
            raise SourceError(
                f"{work}: the stored tables of this build are gone or damaged, and with them the attempts. "
                f"Build again from the logs: logmine build {' '.join(before['run']['sources'])} -o {out}"
            )
        if outcomes:
            given = references.read_outcomes(Path(outcomes), config.references)
            runner.put("outcomes", [(digest(["outcomes", given.write_json()]), given)])
        runner.run(STAGES[first:])
        kept = {name: before["run"].get(name) for name in ("sources", "outcomes", "confirmed", "endpoint_url")}
        run = kept | ({"outcomes": str(outcomes)} if outcomes else {}) | {"workers": workers, "host": platform.node()}
        made = _finish(runner, out, config, runner.frame("objects"), run | {"started_at": datetime.now(UTC).isoformat()})
        runner.keep_index()
    return made


def inspect(
    sources: str | Sequence[str],
    *,
    config: Config | None = None,
    endpoint_url: str | None = None,
    workers: int = 1,
    report_progress: Callable[[Progress], None] | None = None,
) -> dict[str, Any]:
    """Count what lies in ``sources``, as :func:`logmine.report.inspect_tables` describes; parameters and errors as of :func:`build`."""
    config = config or Config()
    sources = [sources] if isinstance(sources, str) else sources
    objects = list_sources(sources, config=config, endpoint_url=endpoint_url, report_progress=report_progress)
    with tempfile.TemporaryDirectory(prefix="logmine-") as work:
        runner = LocalRunner(Path(work), config, workers=workers, report=report_progress or _silent)
        runner.put("objects", list(slice_objects(objects)))
        runner.run([stage for stage in STAGES if stage.name in ("decode", "canonicalize")])
        paths = {name: [shard.path for shard in runner.tables[name]] for name in ("invocations", "calls", "dropped")}
        return report.inspect_tables(paths["invocations"], paths["calls"], paths["dropped"])


def survey_tasks(
    sources: str | Sequence[str],
    *,
    out: str | Path | None = None,
    config: Config | None = None,
    n_examples: int = 0,
    endpoint_url: str | None = None,
    workers: int = 1,
    report_progress: Callable[[Progress], None] | None = None,
) -> list[dict[str, Any]]:
    """Find the tasks in ``sources``, and the grader of each with its evidence; other parameters and errors as of :func:`build`.

    Parameters
    ----------
    out
        Folder of a build, of which finished stages are used and in which new ones are kept; None keeps nothing.
    n_examples
        Completions for and against the grader of each of ``config.selection.only_tasks``, all tasks when it is empty.

    Returns
    -------
    list of dict
        As :func:`logmine.report.describe_tasks` gives them, where asked for with ``examples``.
    """
    config = config or Config()
    tasks.check_blocks(config.task)
    if out is not None:
        require_own(Path(out))
    sources = [sources] if isinstance(sources, str) else sources
    objects = list_sources(sources, config=config, endpoint_url=endpoint_url, report_progress=report_progress)
    with locked(Path(out)) if out is not None else tempfile.TemporaryDirectory(prefix="logmine-") as work:
        runner = LocalRunner(Path(work), config, workers=workers, report=report_progress or _silent)
        runner.put("objects", list(slice_objects(objects, read_before(Path(work)))))
        runner.run(_stages_giving({"graders"}))
        _require_invocations(runner, objects)
        found = report.describe_tasks(*(runner.frame(name) for name in ("tasks", "graders", "members", "systems")))
        wanted = selection.wanted_tasks(runner.frame("tasks"), config.selection.only_tasks)
        found = [task for task in found if task["task_id"] in wanted]
        return [task | {"examples": _examples(runner, task, n_examples)} for task in found] if n_examples else found


def _examples(runner: LocalRunner, task: dict[str, Any], n_examples: int) -> list[dict[str, Any]]:
    candidates, attempts = (runner.frame(name).filter(pl.col("task_id") == task["task_id"]) for name in ("candidates", "attempts"))
    return [asdict(example) for example in references.find_examples(candidates, attempts, task, n_examples=n_examples)]


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
    counts = _counts(tables["duplicates"].join(asked, on="prompt_id")["kind"])
    return report.group_lines(
        similarity.drawn(groups, n=n_shown, seed=seed),
        n_all=len(groups),
        counts=counts,
        is_drawn=seed is not None and n_shown < len(groups),
    )


def _stages_giving(wanted: set[str]) -> list[Stage]:
    """Return the stages on which the tables ``wanted`` depend, in their order."""
    needed = set(wanted)
    chosen: list[Stage] = []
    for stage in reversed(STAGES):
        if needed & set(stage.writes):
            chosen.append(stage)
            needed |= {read.table for read in stage.reads}
    return chosen[::-1]


def _silent(_: Progress) -> None:
    """Report nothing."""


def list_sources(
    sources: Sequence[str], *, config: Config, endpoint_url: str | None = None, report_progress: Callable[[Progress], None] | None = None
) -> pl.DataFrame:
    """List the objects that a build would read (:data:`logmine.schemas.OBJECTS`); parameters and errors as of :func:`build`."""
    report = report_progress or _silent
    objects = logs.list_objects(
        sources,
        endpoint_url=endpoint_url,
        window=logs.window_of(config.logs),
        report=lambda n_found: report(Progress("list_objects", n_found, None, 0)),
    )
    kept = logs.prune_objects(objects, config.logs)
    if kept.is_empty():
        raise SourceError(
            f"none of the {objects.height:,} objects can hold a record between --since {config.logs.since} and --until {config.logs.until}. "
            "Widen the time, or leave it out."
            if objects.height
            else f"no folder holds records between --since {config.logs.since} and --until {config.logs.until}. Widen the time, or leave it out."
        )
    return kept


def slice_objects(objects: pl.DataFrame, before: Sequence[pl.DataFrame] = ()) -> Iterator[tuple[str, pl.DataFrame]]:
    """Cut the listing into slices of like size, each with a digest of its objects; about 200 slices of a large bucket.

    Parameters
    ----------
    objects
        The listing, :data:`logmine.schemas.OBJECTS`.
    before
        Slices of an earlier run over the same place: those whose objects are all there unchanged are taken as they are, so that a
        bucket that has grown is read only where it is new. No result depends on how objects are cut.
    """
    listed, rest = set(objects.rows() if before else ()), objects
    for frame in before:
        if listed.issuperset(frame.rows()):
            listed.difference_update(frame.rows())
            rest = rest.join(frame, on=OBJECTS.names(), how="anti", nulls_equal=True)
            yield _slice_digest(frame), frame
    slice_bytes = min(16_000_000, max(1_000_000, int(rest["size_bytes"].sum()) // 200))
    slices = (rest["size_bytes"].cum_sum() - rest["size_bytes"]) // slice_bytes
    for frame in rest.with_columns(slice=slices).partition_by("slice", maintain_order=True, include_key=False):
        yield _slice_digest(frame), frame


def _slice_digest(objects: pl.DataFrame) -> str:
    return digest(["objects", *(str(value) for row in objects.iter_rows() for value in row)])


def read_before(work: Path) -> list[pl.DataFrame]:
    """Return the slices of objects of the earlier run whose results ``work`` holds, in a fixed order."""
    return [pl.read_parquet(path) for path in sorted(work.glob("objects/[!.]*/objects.parquet"))]


def _require_invocations(runner: LocalRunner, objects: pl.DataFrame) -> None:
    """Refuse input of which not one record is an invocation log: a dataset card of nothing would only hide the mistake."""
    if any(shard.n_rows for shard in runner.tables["invocations"]):
        return
    reasons = ", ".join(
        f"{count:,} {reason}" for reason, count in _counts(runner.frame("dropped", ("reason", "object", "line"))["reason"]).items()
    )
    raise SourceError(
        f"no invocation log in {objects.height:,} objects, the first of them {objects['object'][0]}; found: {reasons or 'no record'}.\n"
        "Give the folder or prefix under which AWSLogs/ lies."
    )


def _finish(runner: LocalRunner, out: Path, config: Config, objects: pl.DataFrame, run: dict[str, Any]) -> Build:
    """Check the ledger, then write the outputs, the manifest last; or find them written already."""
    fingerprint = digest(
        [
            str(config.to_dict()["targets"]),
            *(f"{name}:{shard.fingerprint}" for name, shards in sorted(runner.tables.items()) for shard in shards),
        ]
    )
    if manifest.is_current(out, fingerprint):
        return Build(out, manifest.read(out) or {})
    entries = ledger.check(list(_entries(runner)))
    staging = runner.work / f".staging.{os.getpid()}"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    made = _manifest(runner, staging, config, objects, entries)
    report.write_card(staging / "README.md", made)
    made["files"] = manifest.describe_files(staging, (str(path.relative_to(staging)) for path in staging.rglob("*") if path.is_file()))
    run["objects"] = dict(objects.select("address", "etag").iter_rows())
    made["run"] = run | {"finished_at": datetime.now(UTC).isoformat(), "fingerprint": fingerprint}
    publish(staging, out, made)
    return Build(out, made)


def _manifest(runner: LocalRunner, staging: Path, config: Config, objects: pl.DataFrame, entries: list[Entry]) -> dict[str, Any]:
    """Write every output but the card into ``staging``, and return the manifest without its files."""
    dataset, decisions, needs, dropped = (runner.frame(name) for name in ("dataset", "decisions", "needs", "dropped"))
    _write_parquet(staging / "decisions.parquet", "decisions", decisions)
    _write_parquet(staging / "dropped.parquet", "dropped", dropped)
    n_rows = targets.write_dataset(dataset, staging, config=config.targets) | targets.write_needs(needs, staging)
    _prove_reward(dataset, staging)
    n_rows |= _write_judged(runner, staging, config)
    summary = report.summarize(
        decisions, dropped, runner.frame("tasks"), runner.frame("graders"), runner.frame("topics"), config=config.difficulty
    )
    summary["reference_models"] = report.count_reference_models(runner.frame("references", ("prompt_id", "models")), decisions)
    in_range = pl.col("band_mass").sort().sum().round(0).cast(pl.Int64)
    counted = needs.group_by("need").agg(n_prompts=pl.len(), n_tokens=pl.col("prompt_tokens").sum(), n_in_range=in_range).sort("need")
    by_need = {row.pop("need"): row for row in counted.to_dicts()}
    encoder = load_encoder(config.similarity.encoder, device=config.similarity.encoder_device)
    return {
        "format": manifest.FORMAT,
        "versions": manifest.versions(),
        "config": config.to_dict(),
        "encoder": {"name": encoder.name, "digest": encoder.digest, "dimensions": encoder.dimensions},
        "inputs": {
            "n_objects": objects.height,
            "stored_bytes": int(objects["size_bytes"].sum()),
            "json_bytes": int(runner.frame("objects_read")["json_bytes"].sum()),
            "digest": digest(["inputs", *(f"{name}:{size}" for name, size in objects.select("object", "size_bytes").iter_rows())]),
        },
        "outcomes": _count_outcomes(runner),
        "questions": report.count_questions(runner.frame("placed", ("prompt_id", "identity_id", "question_id"))),
        "ledger": [asdict(entry) for entry in entries],
        "summary": summary,
        "n_rows": n_rows,
        "verdict": asdict(report.judge_build(summary, n_rows, by_need, config)),
    }


def _count_outcomes(runner: LocalRunner) -> dict[str, int]:
    """Return how many reference answers the user gave, and how many became none, by reason."""
    given, looked_at = runner.frame("outcomes"), runner.frame("confirmed")
    confirmed = {"confirmed": looked_at.height} if looked_at.height else {}
    if given.is_empty():
        return confirmed
    return references.count_outcomes(given, runner.frame("unused"), runner.frame("given"), runner.frame("references")) | confirmed


def _prove_reward(dataset: pl.DataFrame, staging: Path) -> None:
    """Write the reward function, and let it score every reference in a process of its own."""
    reward.write_package(dataset, staging / "reward")
    if failed := reward.verify_package(staging / "reward" / "lambda.zip", dataset):
        raise InternalError(
            f"the reward function does not score {len(failed):,} of {dataset.height:,} references 1.0, the first of prompt {failed[0]}.\n"
            "Nothing was written. This is a bug in logmine; please report it with the grader of that prompt's task."
        )


def _write_judged(runner: LocalRunner, staging: Path, config: Config) -> dict[str, int]:
    """Write the dataset and the package for a judge, where the user names tasks for one; return rows by file."""
    if not config.selection.judge_tasks:
        return {}
    judged = runner.frame("judged")
    selection.require_judged(
        judged, runner.frame("decisions", ("prompt_id", "task_id", "decision")), runner.frame("tasks"), config.selection
    )
    (staging / "judge").mkdir()
    counts = targets.write_dataset(judged, staging / "judge", config=config.targets)
    reward.write_judge_package(judged, staging / "reward" / "judge")
    return {f"judge/{name}": count for name, count in counts.items()}


def _entries(runner: LocalRunner) -> Iterator[Entry]:
    """Yield the account of every stage at which records or prompts may go."""
    dropped = runner.frame("dropped", ("stage", "reason", "line", "object"))
    by_stage = {str(stage): frame for (stage,), frame in dropped.filter(pl.col("line") > 0).group_by("stage")}
    n_invocations, n_calls = (sum(shard.n_rows for shard in runner.tables[name]) for name in ("invocations", "calls"))
    n_records = int(runner.frame("objects_read", ("object", "n_records"))["n_records"].sum())
    decisions = runner.frame("decisions", ("prompt_id", "request_ids", "decision"))
    n_told = int(decisions["request_ids"].list.len().sum())
    n_gathered = int(runner.frame("prompts", ("prompt_id", "request_ids"))["request_ids"].list.len().sum())
    yield Entry("decode", "records", n_records, n_invocations, _reasons(by_stage.get("decode")))
    yield Entry("canonicalize", "records", n_invocations, n_calls, _reasons(by_stage.get("canonicalize")))
    yield Entry("gather_attempts", "records", n_calls, n_gathered, _reasons(by_stage.get("gather_attempts")))
    yield Entry("tell_decisions", "records", n_gathered, n_told)
    n_prompts = sum(shard.n_rows for shard in runner.tables["prompts"])
    n_exact = runner.frame("duplicates", ("prompt_id", "kind")).filter(pl.col("kind") == "exact").height
    yield Entry("find_duplicates", "prompts", n_prompts, decisions.height, {"exact_duplicate": n_exact})
    fates = _counts(decisions["decision"])
    fates.pop("selected", None)
    yield Entry("choose", "prompts", decisions.height, sum(shard.n_rows for shard in runner.tables["dataset"]), fates)


def _reasons(dropped: pl.DataFrame | None) -> dict[str, int]:
    return {} if dropped is None else _counts(dropped["reason"])


def _counts(reasons: pl.Series) -> dict[str, int]:
    return dict(sorted(reasons.value_counts().iter_rows()))


def _write_parquet(path: Path, table: str, frame: pl.DataFrame) -> None:
    pq.write_table(frame.to_arrow().cast(arrow_schema(table)), path, compression="zstd")
