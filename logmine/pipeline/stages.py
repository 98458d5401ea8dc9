"""The stages, from the listing of a source to the tables of a dataset: data, in the order in which they run."""

from __future__ import annotations

from typing import Final

from logmine import difficulty, logs, prompts, references, selection, similarity, tasks, topics
from logmine.schemas import MATCHES, OUTCOMES, TALLIES
from logmine.stages import Read, Stage

IDS = ("prompt_id", "task_id", "identity_id")

STAGES: Final[tuple[Stage, ...]] = (
    Stage(
        name="decode", kind="map", function=logs.decode_in_parts, section="logs",
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
        reads=(Read("attempts"), Read("candidates", ("prompt_id", "source_id", "request_ids")), Read("outcomes", whole=True)), writes=("matches",),
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
        name="compile_needs", kind="reduce", key="prompt_id", function=selection.compile_needs, section="difficulty", beside=("references",),
        reads=(
            Read("prompts"), Read("decisions"), Read("attempts"), Read("verdicts"), Read("difficulty"),
            Read("choices", ("task_id", "decision"), whole=True),
        ),
        writes=("needs",),
    ),
)  # fmt: skip


def stages_giving(wanted: set[str]) -> list[Stage]:
    """Return the stages on which the tables ``wanted`` depend, in their order."""
    needed = set(wanted)
    chosen: list[Stage] = []
    for stage in reversed(STAGES):
        if needed & set(stage.writes):
            chosen.append(stage)
            needed |= {read.table for read in stage.reads}
    return chosen[::-1]
