"""Which grader fits a task, from the distribution of its outputs.

An extractor fits when it reads most completions, when answers to one prompt agree far more often than answers to
different prompts, or when what it reads matches references that the logs carry. One completion proves nothing; a task does. Where
no prompt was answered twice, the form of the outputs must speak: a number or a text that happens to end a line of prose is no answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from logmine.graders import GRADER_NAMES
from logmine.graders.constraints import find_constraints
from logmine.model_ids import without_models
from logmine.references.evidence import FITTED, Evidence, Reading, Thresholds, evidence_of, figures_of, read_all, weigh
from logmine.references.metadata import reference_values
from logmine.references.rules import try_rule
from logmine.references.specs import Attempt, Spec, merged_spec, propose_specs, read_attempts, specs_by_prompt
from logmine.schemas import GRADERS, RUN_KEY, digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logmine.config import ReferencesConfig

MAX_ATTEMPTS = 3000  # per task; more do not change a share by more than its noise
MAX_ATTEMPTS_PER_PROMPT = 64  # so that no prompt speaks for its task alone
N_SPLITS = 3  # of the prompts in halves, for stability
MIN_STABILITY_PROMPTS = 8
MAX_CONSTRAINT_PROMPTS = 200  # that are looked through for constraints

_FENCED = re.compile(r"```[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
_CODE_LINE = re.compile(
    r"\s*(?:def|class|return|import|from|for|while|if|elif|else|try|except|with|assert|public|private|function|const|let|var|func|fn)\b.*[:;({)\]\w]$"
    r"|.*[;{}]$|\s*[\w.\[\]]+(?:,\s*[\w.\[\]]+)*\s*[-+*/]?=[^=].*|(?: {4}|\t).*[()\[\]=].*|\s*(?:#|//)\s.*|\s*(?:@|\"\"\").*"
)


def infer_graders(
    candidates: pl.DataFrame, attempts: pl.DataFrame, rulings: pl.DataFrame, *, config: ReferencesConfig
) -> dict[str, pl.DataFrame]:
    """Choose the grader of each task, ``judge`` for free text, null where no completion was seen; what the user rules wins.

    Parameters
    ----------
    candidates, attempts
        All rows of any number of whole tasks.
    rulings
        The whole table.
    """
    ruled = {row["task_id"]: row for row in rulings.drop_nulls("grader").iter_rows(named=True)}
    attempts = without_models(attempts, config.exclude_models)  # labels and fields, too, are what models put out
    rows = [
        _infer(str(task_id), own, attempts.filter(pl.col("task_id") == task_id), ruled.get(task_id), config)
        for (task_id,), own in sorted(candidates.group_by("task_id"), key=lambda pair: str(pair[0]))
    ]
    return {"graders": pl.DataFrame(rows, schema=GRADERS, orient="row")}


def _infer(
    task_id: str, candidates: pl.DataFrame, attempts: pl.DataFrame, ruled: Mapping[str, Any] | None, config: ReferencesConfig
) -> tuple[Any, ...]:
    usable = _sample(_as_logged(attempts.filter(pl.col("unusable").is_null() | (pl.col("unusable") == "repeated"))))
    references = reference_values(candidates, config)
    readings = [read_all(spec, usable) for spec in propose_specs(usable, candidates, references=list(references.values()))]
    tried = [evidence_of(reading, references) for reading in readings]
    stability = stability_of(readings, references)
    if ruled is not None and ruled["grader"] == "rule":
        tried_rule = try_rule(ruled["spec"], usable, candidates, references)
        n_judged = tried_rule["n_read"]
        evidence = msgspec.json.encode([*map(figures_of, tried), tried_rule]).decode()
        return (task_id, "rule", ruled["spec"], len(usable), n_judged / max(1, len(usable)), None, 0.0, evidence, stability)
    if ruled is not None:
        return (*_as_ruled(task_id, ruled, tried, weigh_ruled(ruled, usable, candidates, references)), stability)
    best = best_of(tried)
    evidence = msgspec.json.encode([figures_of(one) for one in tried]).decode()
    if best is None:
        return (task_id, _without_extractor(usable, candidates), None, len(usable), 0.0, None, 0.0, evidence, stability)
    figures = (best.coverage, best.agreement_within, best.agreement_between)
    return (task_id, best.grader, best.spec, len(usable), *figures, evidence, stability)


def best_of(tried: Sequence[Evidence], thresholds: Thresholds = FITTED) -> Evidence | None:
    """Return the extractor that fits best, None where none fits."""
    return max((one for one in tried if one.fits(thresholds)), key=lambda one: (one.worth, one.grader), default=None)


def stability_of(readings: Sequence[Reading], references: dict[str, str]) -> float | None:
    """Return the share of halves of a task's prompts from which alone the same extractor, or none, would be chosen.

    Returns
    -------
    float or None
        In [0, 1], from :data:`N_SPLITS` splits in two by digest; None with too few prompts for halves.
    """
    prompts = sorted({prompt for reading in readings for prompt in reading.n_completions})
    if len(prompts) < MIN_STABILITY_PROMPTS:
        return None
    whole = best_of([evidence_of(reading, references) for reading in readings])
    chosen: list[bool] = []
    for number in range(N_SPLITS):
        drawn = sorted(prompts, key=lambda prompt: digest(["half", str(number), prompt]))
        for half in (set(drawn[: len(drawn) // 2]), set(drawn[len(drawn) // 2 :])):
            best = best_of([evidence_of(reading.among(half), references) for reading in readings])
            chosen.append((best and best.grader) == (whole and whole.grader))
    return sum(chosen) / len(chosen)


def weigh_ruled(
    ruled: Mapping[str, Any], attempts: Sequence[Attempt], candidates: pl.DataFrame, references: dict[str, str]
) -> Evidence | None:
    """Measure the extractor that the user rules, with the specification that comes with it; None where no extractor belongs to it."""
    if ruled["grader"] not in GRADER_NAMES:
        return None
    if ruled["grader"] == "rule":
        return None
    by_prompt = specs_by_prompt(ruled["grader"], candidates)
    shared = ruled["spec"] or "{}"
    merged = {prompt: merged_spec(own, shared) for prompt, own in by_prompt.items()}
    return weigh(Spec(ruled["grader"], shared, merged), attempts, references)


def _as_ruled(task_id: str, ruled: Mapping[str, Any], tried: Sequence[Evidence], own: Evidence | None) -> tuple[Any, ...]:
    """Return the row of a task whose grader the user rules: a specification that he leaves out is the one that was found."""
    found = next((one for one in tried if one.grader == ruled["grader"]), own)
    chosen = own if ruled["spec"] else found
    evidence = msgspec.json.encode([figures_of(one) for one in ([*tried, own] if own and own is chosen else tried)]).decode()
    if chosen is None:
        return (task_id, ruled["grader"], ruled["spec"], 0, 0.0, None, 0.0, evidence)
    figures = (chosen.n_completions, chosen.coverage, chosen.agreement_within, chosen.agreement_between)
    return (task_id, ruled["grader"], chosen.spec, *figures, evidence)


def _without_extractor(attempts: Sequence[Attempt], candidates: pl.DataFrame) -> str | None:
    """Return what a task calls for whose answers no extractor reads; None without answers.

    Tests where the answers are code; the constraints that prompts state where most state some; else a judge.
    """
    if not attempts:
        return None
    if code_fraction(attempts) >= FITTED.min_code:
        return "code_tests"
    return "constraints" if stating_fraction(candidates) >= FITTED.min_stating else "judge"


def code_fraction(attempts: Sequence[Attempt]) -> float:
    """Return the share of answers that are programs."""
    return sum(is_code(attempt.text) for attempt in attempts) / len(attempts) if attempts else 0.0


def stating_fraction(candidates: pl.DataFrame) -> float:
    """Return the share of prompts, of a fixed draw, that state constraints."""
    texts = (
        candidates.drop_nulls("user_text")
        .sort("prompt_id", "source_id")
        .unique("prompt_id", keep="first", maintain_order=True)["user_text"]
    )
    drawn = sorted(texts, key=lambda text: digest(["constraints", text]))[:MAX_CONSTRAINT_PROMPTS]
    return sum(bool(find_constraints(text)) for text in drawn) / len(drawn) if drawn else 0.0


def is_code(text: str) -> bool:
    r"""Whether ``text`` is a program: a fenced block with code in it, or mostly lines of code.

    Examples
    --------
    >>> is_code("def add(a, b):\n    return a + b"), is_code("First, add the two. Then return home.")
    (True, False)
    """
    blocks = _FENCED.findall(text)
    lines = [line for line in "\n".join(blocks or [text]).split("\n") if line.strip()]
    n_code = sum(_CODE_LINE.match(line) is not None for line in lines)
    return n_code > 0 and 2 * n_code >= len(lines)


def _as_logged(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return the answers that the application itself got; bought ones, which tell of a model and not of the task, where there are no others."""
    is_bought = pl.col("metadata").list.eval(pl.element().struct.field("key") == RUN_KEY).list.any().fill_null(value=False)
    logged = attempts.filter(~is_bought)
    return attempts if logged.is_empty() else logged


def _sample(attempts: pl.DataFrame) -> list[Attempt]:
    """Return at most :data:`MAX_ATTEMPTS` attempts in a fixed order, drawn prompt by prompt: an answer alone agrees with none."""
    drawn = {prompt: digest(["draw", prompt]) for prompt in attempts["prompt_id"].unique()}
    place = pl.int_range(pl.len()).over("prompt_id")
    capped = attempts.sort("prompt_id", "request_id").filter(place < MAX_ATTEMPTS_PER_PROMPT)
    chosen = capped.sort(pl.col("prompt_id").replace_strict(drawn, return_dtype=pl.String), maintain_order=True).head(MAX_ATTEMPTS)
    return list(read_attempts(chosen))
