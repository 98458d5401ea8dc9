"""The dataset card: ``README.md`` of a build."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from logmine.report.funnel import REASONS, funnel_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


def write_card(path: Path, manifest: Mapping[str, Any]) -> None:
    """Write the dataset card of a build: verdict, funnel, tasks, how difficulty was told, files, limits."""
    path.write_text("\n".join(_card(manifest)) + "\n", encoding="utf-8")


def _card(manifest: Mapping[str, Any]) -> list[str]:
    summary, verdict, config = manifest["summary"], manifest["verdict"], manifest["config"]
    return [
        "# RFT dataset mined from Amazon Bedrock invocation logs",
        "",
        f"**{verdict['name']}.** {_cell(verdict['reason'])}",
        "",
        "Next: `" + verdict["next_command"] + "`",
        "",
        *_model_note(config["difficulty"], summary),
        "",
        "## Funnel",
        "",
        "```",
        *(_fenced(line) for line in funnel_lines(manifest)),
        "```",
        "",
        *_tasks(summary["tasks"]),
        "",
        *_topics(summary["topics"]),
        "",
        *_evidence(summary, config),
        *_questions(manifest.get("questions", {})),
        "",
        *_judge(manifest["n_rows"]),
        *_files(manifest),
    ]


def _model_note(difficulty: Mapping[str, Any], summary: Mapping[str, Any]) -> list[str]:
    if difficulty["base_model"] is None:
        return [
            (
                "> No base model was named, so attempts of all models are pooled: pass rates are those of the models that answered in "
                "production, not of the model that will be tuned. Name it with `--base-model` to measure it alone."
            )
        ]
    counted = ", ".join(f"{count:,} {name}" for name, count in summary["evidence"].items()) or "none selected"
    return [f"> Base model: `{difficulty['base_model']}`. Bands of selected prompts: {counted}."]


def _tasks(tasks: Iterable[Mapping[str, Any]]) -> list[str]:
    header = ("task", "grader", "prompts", "with reference", "in range", "selected", "mean pass rate", "of those left out, most are")
    rows = (
        (
            task["name"],
            task["grader"] or "none",
            *(task[count] for count in ("n_prompts", "n_with_reference", "n_in_range", "n_selected")),
            "" if task["mean_pass_rate"] is None else f"{task['mean_pass_rate']:.2f}",
            f"{REASONS[task['left_out_as']]} ({task['n_left_out_as']:,})" if task["left_out_as"] else "",
        )
        for task in tasks
    )
    return ["## Tasks", "", *_table(header, rows)]


def _topics(topics: Sequence[Mapping[str, Any]]) -> list[str]:
    """Describe topics, those of one theme together where there are themes."""
    n_prompts = Counter[str | None]()
    for topic in topics:
        n_prompts[topic["theme"]] += topic["n_prompts"]
    ordered = sorted(topics, key=lambda topic: (-n_prompts[topic["theme"]], topic["theme"] or "", topic["topic_id"]))
    levels = ("theme", "name") if any(n_prompts.keys()) else ("name",)
    rows = ((*(topic[level] for level in levels), topic["n_prompts"], topic["n_selected"]) for topic in ordered)
    return ["## Topics", "", *_table((*levels[:-1], "topic", "prompts", "selected"), rows)]


def _evidence(summary: Mapping[str, Any], config: Mapping[str, Any]) -> list[str]:
    difficulty = config["difficulty"]
    origins = ", ".join(f"{count:,} from {name}" for name, count in summary["reference_origins"].items()) or "none"
    languages = ", ".join(f"{name} {count:,}" for name, count in summary["languages"].items()) or "none"
    return [
        "## How references and difficulty were told",
        "",
        (
            f"- References of selected rows: {origins}. A reference by consensus is the answer on which attempts agree: it can be wrong "
            "where models share an error. Look at some before you train."
        ),
        *_reference_models(summary.get("reference_models", {}), summary.get("excluded_models", {})),
        *(
            [
                "- References from spec are instructions that the prompt states. Their reward is for form alone: an answer without sense can earn it."
            ]
            if "spec" in summary["reference_origins"]
            else []
        ),
        (
            f"- In range: pass rate {summary['band']['words']} with probability at least "
            f"{difficulty['min_band_mass']}, from at least {difficulty['min_attempts']} judged attempts."
        ),
        f"- Band {summary['band']['name']}: {summary['band']['source']}.",
        *([f"- Kept by a filter in place of the band: {_cell(config['selection']['keep'])}"] if config["selection"]["keep"] else []),
        *_useful_groups(summary, difficulty),
        *_signs(summary.get("signs", {})),
        f"- Languages of selected rows: {languages}.",
        "- Leakage groups (duplicates, one conversation, equal numbers, equal code, equal question) never straddle the split.",
    ]


def _questions(counts: Mapping[str, int]) -> list[str]:
    """Say that a question about other passages is another prompt, where there are such."""
    if not counts.get("asked_again"):
        return []
    return [
        (
            f"- Of {counts['about_passages']:,} prompts with long shared passages, {counts['asked_again']:,} ask a question that others ask about "
            "other passages. They are not pooled, since the passages decide the answer; they share a leakage group."
        )
    ]


def _useful_groups(summary: Mapping[str, Any], difficulty: Mapping[str, Any]) -> list[str]:
    groups = summary["useful_groups"]
    if groups["selected"] is None:
        return []
    return [
        (
            f"- Expected share of groups of {difficulty['group_size']} rollouts that hold both outcomes, so that a trainer learns from them: "
            f"{groups['selected']:.2f} over the selected prompts, {groups['checkable']:.2f} over a random choice from the "
            f"{groups['n_checkable']:,} checkable ones."
        )
    ]


def _signs(n_prompts: Mapping[str, int]) -> list[str]:
    """Say what conversations and ratings tell of answers, where they tell anything."""
    told = {
        "against": "after answers to {:,} prompts a tool failed, the user corrected or asked again, or a rating was down",
        "for": "answers to {:,} prompts were rated up",
    }
    found = "; ".join(text.format(n_prompts[name]) for name, text in told.items() if n_prompts.get(name))
    return (
        [f"- Signs in the logs: {found}. They order the files of what is lacking; no reference or pass rate comes from them."]
        if found
        else []
    )


def _judge(n_rows: Mapping[str, int]) -> list[str]:
    counts = {name: count for name, count in n_rows.items() if name.startswith("judge/")}
    if not counts:
        return []
    return [
        "## For a judge",
        "",
        (
            f"`judge/` holds {sum(counts.values()):,} open-ended prompts, apart from the checked rows: train on them with the function in `reward/judge/`, which asks a model on "
            "Amazon Bedrock. **Confirm the rubrics first**: `reward/judge/README.md` lists them; what a task's `[[task]]` block says wins over the default. "
            "No program has checked these rows, and no difficulty was measured."
        ),
        "",
    ]


def _reference_models(counts: Mapping[str, int], excluded: Mapping[str, int]) -> list[str]:
    """Name the models whose outputs became references, and those that were kept out: their terms may limit what may be trained."""
    named = ", ".join(f"{_cell(model)} ({count:,})" for model, count in counts.items())
    lines = [f"- Models whose answers agree with references by consensus: {named}."] if named else []
    kept_out = ", ".join(
        f"{_cell(model)} ({f'{n:,} answers' if n else '**no answer here is of a model of this id**'})" for model, n in excluded.items()
    )
    return lines + (
        [f"- Models whose outputs were kept out of references, label sets and fine-tuning candidates: {kept_out}."] if kept_out else []
    )


def _files(manifest: Mapping[str, Any]) -> list[str]:
    return [
        "## Files",
        "",
        *_table(("file", "rows"), sorted(manifest["n_rows"].items())),
        "",
        (
            "`reward/` holds the reward function: an AWS Lambda package for Bedrock and SageMaker with a SAM template, and `handler.py` for TRL and verl. Deploy it as "
            "`reward/README.md` says, after `logmine reward test OUT`. `decisions.parquet` tells the story of every prompt (`logmine explain REQUEST_ID OUT`); "
            "`dropped.parquet` holds every record that did not become part of a prompt; `needs_rollouts.jsonl`, `needs_references.jsonl` and "
            "`sft_candidates.jsonl` what other prompts lack; `manifest.json` inputs, settings, versions and checksums."
        ),
    ]


def _table(header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> list[str]:
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return lines + ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]


def _cell(value: Any) -> str:  # noqa: ANN401 - a figure or a name
    """Return ``value`` for a table; names hold words of logs, so nothing in them may act as markup."""
    if isinstance(value, int):
        return f"{value:,}"
    escaped = " ".join(str(value).split()).replace("\\", "\\\\").replace("<", "&lt;")
    return "".join(f"\\{letter}" if letter in "|`*_[]#!~$" else letter for letter in escaped)


def _fenced(line: str) -> str:
    """Return ``line`` for a fenced block, which nothing in it may end."""
    return " ".join(line.splitlines()).replace("`", "'")
