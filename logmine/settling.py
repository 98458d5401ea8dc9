"""Settling what a build lacks: its open prompts, judged as the build judges them, and the command that takes the answers in."""

from __future__ import annotations

import hashlib
import math
import shlex
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from logmine import difficulty, logs, manifest, prompts
from logmine.config import DEFAULT_FILE, Config, load_config, setting_words
from logmine.errors import SourceError, UsageError
from logmine.folder import WORK
from logmine.graders import extract, grade
from logmine.model_ids import same_base_model
from logmine.references.specs import specs_by_prompt
from logmine.rollouts import CORRECT, INCORRECT, Answers, BandRule, Bands, Budget, Call, Docket, asked_record, open_store, read_needs
from logmine.schemas import RUN_KEY, TABLES, digest

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence

    from logmine.rollouts import Form, Needed, Purpose, Standing, Store

SPECIFIED = ("label", "choice", "json_fields", "tool_call")  # graders that read an answer only by a specification


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be settled, and at what cost.

    Attributes
    ----------
    purpose
        ``difficulty``: the bands of prompts that lack attempts of the base model. ``references``: the answers of prompts that lack one.
    models
        Whom to ask; several in turn, for references.
    attempts
        Attempts a prompt that settle it as surely as so many each would; it is asked half as many again where it stays in doubt.
    max_calls, max_tokens
        Budget, over interruptions too; None for no limit.
    temperature, max_output_tokens
        Of every call.
    """

    purpose: Purpose
    models: tuple[str, ...]
    attempts: int = 8
    max_calls: int | None = None
    max_tokens: int | None = None
    temperature: float = 1.0
    max_output_tokens: int = 2048

    @property
    def max_attempts(self) -> int:
        """Attempts after which a prompt is settled in any case."""
        return self.attempts + self.attempts // 2


class Settling:
    """The open prompts of a build, with what earlier runs have learned of them; see :func:`open_settling`."""

    def __init__(self, out: Path, wanted: Wanted, config: Config, made: Mapping[str, Any], store: Store) -> None:
        self.out, self.wanted, self.config, self.store = out, wanted, config, store
        self._made = made
        needs = read_needs(out, wanted.purpose)
        self._specs = _specs(out, needs) if wanted.purpose == "references" else {}
        self.docket = Docket(needs, self._aim(needs), max_asked=wanted.max_attempts + wanted.attempts // 2)
        self.budget = Budget(_or_infinite(wanted.max_calls), _or_infinite(wanted.max_tokens))
        self.n_asked: Counter[str] = Counter()
        self.n_inexpressible = 0
        self.n_refused = 0
        self._account()
        self._leave_out_refused()
        self.n_known = self._learn_from_earlier(needs)

    def judge(self, need: Needed, lines: bytes) -> str | None:
        """Return the outcome of a record as the next build will see it, None where it is no attempt or cannot be judged."""
        calls = prompts.canonicalize(logs.read_records(lines, config=self.config.logs))["calls"]
        return next((outcome for _, outcome in self._judged(calls, {need.prompt_id: need})), None)

    def leave_out_inexpressible(self, backend: Form) -> None:
        """Give up the prompts that the backend's requests cannot hold: the next build would read another prompt out of them."""
        standings = [one for one in self.docket.standings.values() if not one.is_given_up]
        lines = [self._asked(backend, one.need) for one in standings]
        read = prompts.canonicalize(logs.read_records(b"".join(lines), config=self.config.logs))["calls"]
        same = set(read.filter(pl.col("prompt_id") == pl.col("request_id"))["prompt_id"])
        for one in standings:
            if one.need.prompt_id not in same:
                self.n_inexpressible += 1
                self.docket.leave_out(one.need.prompt_id)

    def estimate(self) -> dict[str, int]:
        """Return what is to be expected: ``n_prompts``, ``n_calls``, ``n_input_tokens``, and ``n_output_tokens`` at most."""
        aim = self.docket.aim
        open_prompts = [one for one in self.docket.standings.values() if not one.is_given_up and aim.worth(one) > 0]
        calls = [aim.n_calls(one) for one in open_prompts]
        n_calls = sum(calls)
        share = min(1.0, max(0.0, self.budget.max_calls - self.budget.n_calls) / n_calls) if n_calls else 0.0
        n_input = sum(n * one.need.prompt_tokens for n, one in zip(calls, open_prompts, strict=True))
        return {
            "n_prompts": len(open_prompts),
            "n_calls": math.ceil(share * n_calls),
            "n_input_tokens": math.ceil(share * n_input),
            "n_output_tokens": math.ceil(share * n_calls) * self.wanted.max_output_tokens,
        }

    def next_command(self) -> str:
        """Return the build that takes the answers in: that of this build, with one more source and the settings that its file does not hold.

        Raises
        ------
        UsageError
            If the file of settings is there no longer as it was meant.
        """
        run = self._made["run"]
        settings = Path(run.get("config_file") or DEFAULT_FILE)
        file = load_config(settings if settings.is_file() else None)
        sources = [source for source in run["sources"] if source.rstrip("/") != str(self.store.folder)]
        config = self.config
        if self.wanted.purpose == "difficulty" and config.difficulty.base_model is None:
            config = replace(config, difficulty=replace(config.difficulty, base_model=self.wanted.models[0]))
        named = settings if settings.is_file() and settings != DEFAULT_FILE else None
        given = [
            ("--config", named),
            ("--outcomes", run.get("outcomes")),
            ("--confirmed", run.get("confirmed")),
            ("--endpoint-url", run.get("endpoint_url")),
        ]
        told = [word for flag, value in given if value for word in (flag, str(value))]
        words = ["logmine", "build", *sources, str(self.store.folder), "-o", str(self.out)]
        return shlex.join([*words, *setting_words(config, file), *told])

    def _aim(self, needs: Sequence[Needed]) -> Bands | Answers:
        if self.wanted.purpose == "references":
            return Answers(
                self.config.references.min_consensus_attempts, max(self.wanted.attempts, self.config.references.min_consensus_attempts)
            )
        known = self.config.difficulty
        rule = BandRule(known.resolved_band, known.min_band_mass, known.min_attempts, self.wanted.max_attempts, known.group_size)
        return Bands(rule, _Priors(self.out, needs))

    def _asked(self, backend: Form, need: Needed) -> bytes:
        call = Call(need, self.wanted.models[0], self.store.run, 0)
        return asked_record(call, backend.operation, backend.body(call))

    def _account(self) -> None:
        """Take what this run has spent before into the budget; a call whose answer was lost counts with all that it might have cost."""
        spent: dict[str, int] = {}
        for note in self.store.notes():
            if "asked" in note:
                spent[note["asked"]] = note["tokens"]
                self.n_asked[note["asked"].partition("#")[0]] += 1
            elif "answered" in note:
                spent[note["answered"]] = note["tokens"]
            elif "released" in note:
                spent.pop(note["released"], None)
        self.budget.n_calls, self.budget.n_tokens = len(spent), sum(spent.values())

    def _leave_out_refused(self) -> None:
        """Give up the prompts that this run has asked for and the service has refused: it would refuse them again."""
        names = {str(note["refused"]).partition("#")[0] for note in self.store.notes() if "refused" in note}
        for prompt_id in sorted(names & self.docket.standings.keys()):
            self.n_refused += 1
            self.docket.leave_out(prompt_id)

    def _learn_from_earlier(self, needs: Sequence[Needed]) -> int:
        """Take in the attempts in the folder that the build has not read."""
        if not self.store.has_answers():
            return 0
        objects = logs.list_objects([str(self.store.folder)])
        calls = prompts.canonicalize(logs.decode(objects, config=self.config.logs)["invocations"])["calls"]
        bought = self._bought(calls)
        unread = self._unread(bought)
        known = bought.filter(pl.col("prompt_id").is_in([need.prompt_id for need in needs])).join(unread, on="request_id", how="anti")
        self.docket.recall(dict(known.group_by("prompt_id").len().iter_rows()))
        n_known = 0
        for prompt_id, outcome in self._judged(unread, {need.prompt_id: need for need in needs}):
            self.docket.know(prompt_id, outcome)
            n_known += 1
        return n_known

    def _bought(self, calls: pl.DataFrame) -> pl.DataFrame:
        """Return the calls of the models asked that were rollouts."""
        models = [
            name for name in calls["base_model"].unique().drop_nulls() if any(same_base_model(name, one) for one in self.wanted.models)
        ]
        is_rollout = pl.col("metadata").list.eval(pl.element().struct.field("key") == RUN_KEY).list.any()
        return calls.filter(is_rollout, pl.col("base_model").is_in(models))

    def _unread(self, calls: pl.DataFrame) -> pl.DataFrame:
        """Return the calls that the build does not know yet."""
        ids = pl.scan_parquet(self.out / "decisions.parquet").select(pl.col("request_ids").explode().alias("request_id"))
        read = ids.filter(pl.col("request_id").is_in(calls["request_id"].to_list())).collect()
        return calls.join(read, on="request_id", how="anti")

    def _judged(self, calls: pl.DataFrame, needs: Mapping[str, Needed]) -> Iterator[tuple[str, str | None]]:
        """Yield prompt and outcome of each call, in a fixed order."""
        completions = prompts.gather_attempts(calls.filter(pl.col("prompt_id").is_in(list(needs))), config=self.config.prompts)[
            "completions"
        ]
        wanted = ("prompt_id", "completion", "tool_calls", "unusable")
        for prompt_id, text, tool_calls, unusable in completions.sort("prompt_id", "invoked_at", "request_id").select(wanted).iter_rows():
            found = msgspec.json.decode(tool_calls) if tool_calls else []
            yield prompt_id, None if unusable else self._outcome(needs[prompt_id], text, found)

    def _outcome(self, need: Needed, text: str | None, tool_calls: list[Any]) -> str | None:
        if need.reference is not None and self.wanted.purpose == "difficulty":
            verdict = grade(need.reference, text, tool_calls).verdict
            return verdict if verdict in (CORRECT, INCORRECT) else None
        spec = self._specs.get(need.prompt_id)
        if spec is None and need.grader in SPECIFIED:
            return (text or "").strip() or None
        return extract(need.grader, spec or "{}", text, tool_calls)


@contextmanager
def open_settling(out: Path, wanted: Wanted) -> Generator[Settling]:
    """Open what the build in ``out`` lacks, and hold the folder of its attempts, ``<out>-rollouts``.

    Raises
    ------
    SourceError
        If there is no build.
    UsageError
        If the model is not the one whose attempts the build measures.
    OutputError
        If the folder cannot be written, or another process holds it.
    """
    made = manifest.read(out)
    if made is None:
        raise SourceError(f"{out}: no build of logmine. Build one first: logmine build SOURCE -o {out}")
    config = msgspec.convert(made["config"], type=Config)
    wanted = _with_model(wanted, config)
    with open_store(out.with_name(f"{out.name}-rollouts"), _run_id(out, wanted)) as store:
        yield Settling(out, wanted, config, made, store)


def _with_model(wanted: Wanted, config: Config) -> Wanted:
    """Return ``wanted`` with the base model where none is named, if the build can use what is wanted."""
    base = config.difficulty.base_model
    models = wanted.models or ((base,) if base and wanted.purpose == "difficulty" else ())
    if not models:
        raise UsageError("no model is named. Add --model ID.")
    if wanted.purpose == "difficulty":
        _require_measuring(models[0], len(models), base, wanted.temperature)
    return replace(wanted, models=models)


def _require_measuring(model: str, n_models: int, base: str | None, temperature: float) -> None:
    if n_models > 1:
        raise UsageError("difficulty is that of one model. Give --model once, or add --purpose references.")
    if base and not same_base_model(model, base):
        raise UsageError(
            f"this build measures the attempts of {base}; those of {model} would only estimate them. "
            f"Give --model {base}, or build again with --base-model {model}."
        )
    if temperature == 0:
        raise UsageError("at temperature 0 identical answers count as one attempt. Give a --temperature above 0.")


def _run_id(out: Path, wanted: Wanted) -> str:
    """Return the name of the run: the same command on the same build continues it, under one budget."""
    needs = hashlib.blake2b(b"".join(path.read_bytes() for path in sorted(out.glob("needs_*.jsonl")))).hexdigest()
    return digest([wanted.purpose, needs, *wanted.models, str(wanted.temperature), str(wanted.max_output_tokens)])[:12]


def _or_infinite(limit: int | None) -> float:
    return math.inf if limit is None else limit


class _Priors:
    """Fits the priors of tasks to the attempts in the build and those of a run, as the next build will."""

    def __init__(self, out: Path, needs: Iterable[Needed]) -> None:
        asked = {need.prompt_id for need in needs}
        decisions = pl.read_parquet(
            out / "decisions.parquet", columns=["prompt_id", "task_id", "n_attempts", "n_correct", "reference_origin"]
        )
        known = decisions.filter(pl.col("n_attempts") > 0, ~pl.col("prompt_id").is_in(list(asked)))
        self._known = known.select("prompt_id", "task_id", "n_attempts", "n_correct")
        self._origins = decisions.select("prompt_id", origin="reference_origin")

    def __call__(self, standings: Collection[Standing]) -> dict[str, tuple[float, float]]:
        """Return Beta parameters by task; under an empty name those of all."""
        rows = [
            (one.need.prompt_id, one.need.task_id, one.need.n_attempts + one.n_judged, one.need.n_correct + one.outcomes[CORRECT])
            for one in standings
            if one.need.n_attempts + one.n_judged
        ]
        counts = pl.concat([self._known, pl.DataFrame(rows, schema=self._known.schema, orient="row")])
        tallies = counts.with_columns(
            n_abstained=0, mean_reward=pl.col("n_correct") / pl.col("n_attempts"), n_other=0, n_other_correct=0, other_reward=0.0
        )
        priors = difficulty.fit_priors(tallies, self._origins)["priors"]
        return {row["task_id"]: (row["alpha"], row["beta"]) for row in priors.iter_rows(named=True)}


def _specs(out: Path, needs: Sequence[Needed]) -> dict[str, str]:
    """Return what an answer is read by, by prompt; none where the work folder is gone."""
    graders, candidates = (_work_table(out, name) for name in ("graders", "candidates"))
    by_task = dict(graders.select("task_id", "spec").iter_rows())
    specs = {need.prompt_id: spec for need in needs if (spec := by_task.get(need.task_id))}
    own = candidates.filter(pl.col("prompt_id").is_in([need.prompt_id for need in needs]))
    for grader in sorted({need.grader for need in needs}):
        asked = {need.prompt_id for need in needs if need.grader == grader}
        specs |= {prompt: spec for prompt, spec in specs_by_prompt(grader, own).items() if prompt in asked}
    return specs


def _work_table(out: Path, table: str) -> pl.DataFrame:
    paths = sorted((out / WORK).glob(f"*/[!.]*/{table}.parquet"))
    return pl.concat([pl.read_parquet(path) for path in paths]) if paths else pl.DataFrame(schema=TABLES[table])
