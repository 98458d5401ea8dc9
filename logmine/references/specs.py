"""What a grader must know of a task: options, labels, fields, tools. Proposed from the outputs, then weighed."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from logmine.graders import extract
from logmine.graders.constraints import find_constraints
from logmine.graders.literals import find_objects

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_LABELS = 400
MAX_LABEL_CHARS = 60
LONG_FIELD_CHARS = 60
MIN_FIELD_FRACTION = 0.6
MIN_CALLING = 0.3
MIN_FORMULA_FRACTION = 0.1  # of boxed answers that are no plain numbers, from where on numbers alone would misread the task
ANSWER_FIELDS = frozenset({"answer", "final_answer", "finalanswer", "result", "final"})
"""A field so named states an answer; the rest of its object is reasoning."""

_PLAIN_NUMBER = re.compile(r"-?[\d.,]+(?:\\?%)?")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A completion as graders take it."""

    prompt_id: str
    request_id: str
    base_model: str | None
    text: str
    tool_calls: list[dict[str, Any]]


def read_attempts(attempts: pl.DataFrame) -> Iterator[Attempt]:
    """Yield the rows of :data:`logmine.schemas.ATTEMPTS` in their order, tool calls parsed."""
    wanted = ("prompt_id", "request_id", "base_model", "completion", "tool_calls")
    for prompt_id, request_id, model, text, calls in attempts.select(wanted).iter_rows():
        yield Attempt(prompt_id, request_id, model, text or "", msgspec.json.decode(calls) if calls else [])


@dataclass(frozen=True, slots=True)
class Spec:
    """A grader with its specification: one of the task, or one a prompt."""

    grader: str
    shared: str = "{}"
    by_prompt: dict[str, str] = field(default_factory=dict)

    def of(self, prompt_id: str) -> str:
        """Return the specification for a prompt, as JSON text."""
        return self.by_prompt.get(prompt_id, self.shared)


def propose_specs(attempts: Sequence[Attempt], candidates: pl.DataFrame, *, references: Sequence[str]) -> list[Spec]:
    """Return a specification for every grader that may fit a task."""
    of_the_task = (
        choice_spec(candidates),
        tool_spec(attempts, candidates),
        label_spec(attempts, references),
        fields_spec(attempts, candidates),
        math_spec(attempts),
    )
    proposed = [Spec("numeric"), Spec("exact"), *(spec for spec in of_the_task if spec is not None)]
    return sorted(proposed, key=lambda spec: spec.grader)


def choice_spec(candidates: pl.DataFrame) -> Spec | None:
    """Return the options of each prompt, where most prompts list some and lists differ; one constant list is a label set."""
    by_prompt = listed_options(candidates)
    if 2 * len(by_prompt) < candidates["prompt_id"].n_unique() or len(set(by_prompt.values())) < 2:
        return None
    return Spec("choice", by_prompt=by_prompt)


def tool_spec(attempts: Sequence[Attempt], candidates: pl.DataFrame) -> Spec | None:
    """Return the declared tools of each prompt, where completions call any, natively or in text.

    Most completions must, or :data:`MIN_CALLING` of them where prompts declare tools: an agent calls and answers by turns.
    """
    calling = sum(extract("tool_call", "{}", attempt.text, attempt.tool_calls) not in (None, "[]") for attempt in attempts)
    by_prompt = declared_tools(candidates)
    least = MIN_CALLING if 2 * len(by_prompt) > candidates["prompt_id"].n_unique() else 0.5
    return Spec("tool_call", by_prompt=by_prompt) if calling > least * len(attempts) else None


def math_spec(attempts: Sequence[Attempt]) -> Spec | None:
    """Return the grader of formulas, where most completions put their answer in a box and some of these answers are more than a number."""
    boxed = [extract("math", "{}", attempt.text, []) for attempt in attempts if "\\boxed{" in attempt.text]
    n_formulas = sum(answer is not None and _PLAIN_NUMBER.fullmatch(answer) is None for answer in boxed)
    return Spec("math") if boxed and 2 * len(boxed) >= len(attempts) and n_formulas >= MIN_FORMULA_FRACTION * len(boxed) else None


def declared_tools(candidates: pl.DataFrame) -> dict[str, str]:
    """Return the specification of ``tool_call`` by prompt, for prompts that declare tools."""
    return {prompt: _json({"tools": tools}) for prompt, tools in _own_or_first(candidates, "tools")}


def listed_options(candidates: pl.DataFrame) -> dict[str, str]:
    """Return the specification of ``choice`` by prompt, for prompts that list options."""
    return {prompt: _json({"options": options}) for prompt, options in _own_or_first(candidates, "options")}


def _own_or_first(candidates: pl.DataFrame, column: str) -> Iterator[tuple[str, Any]]:
    """Yield what each prompt holds in a column of JSON text: its own, else that of its first duplicate that has any."""
    rows = candidates.drop_nulls(column).sort("prompt_id", pl.col("source_id") != pl.col("prompt_id"), "source_id")
    for prompt_id, text in rows.unique("prompt_id", keep="first", maintain_order=True).select("prompt_id", column).iter_rows():
        yield prompt_id, msgspec.json.decode(text)


def stated_constraints(candidates: pl.DataFrame) -> dict[str, str]:
    """Return the specification of ``constraints`` by prompt, for prompts that state some."""
    return {prompt: _json({"constraints": found}) for prompt, text in _user_texts(candidates) if (found := find_constraints(text))}


def _own_prompts(candidates: pl.DataFrame) -> dict[str, str]:
    """Return the text of each prompt, which the user's rule may need."""
    return {prompt: _json({"prompt": text}) for prompt, text in _user_texts(candidates)}


def _user_texts(candidates: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield the text of each prompt's last user turn: its own, else that of its first duplicate that has any."""
    own = candidates.drop_nulls("user_text").sort("prompt_id", pl.col("source_id") != pl.col("prompt_id"), "source_id")
    yield from own.unique("prompt_id", keep="first", maintain_order=True).select("prompt_id", "user_text").iter_rows()


def specs_by_prompt(grader: str | None, candidates: pl.DataFrame) -> dict[str, str]:
    """Return what ``grader`` must know of each prompt, where that differs from prompt to prompt."""
    if grader == "choice":
        return listed_options(candidates)
    if grader == "constraints":
        return stated_constraints(candidates)
    if grader == "rule":
        return _own_prompts(candidates)
    return declared_tools(candidates) if grader == "tool_call" else {}


def merged_spec(own: str, shared: str) -> str:
    """Return the specification of a prompt and that of its task as one, of which the task's wins: it is the user's."""
    return own if shared == "{}" else _json(msgspec.json.decode(own) | msgspec.json.decode(shared))


def label_spec(attempts: Sequence[Attempt], references: Sequence[str]) -> Spec | None:
    """Return the closed set of short answers of a task: few, and most of them given to several prompts."""
    prompts_of: dict[str, set[str]] = defaultdict(set)
    surfaces: dict[str, Counter[str]] = defaultdict(Counter)
    for attempt, answer in _without_markers(list(_short_answers(attempts))):
        prompts_of[folded(answer)].add(attempt.prompt_id)
        surfaces[folded(answer)][answer] += 1
    recurring = {label for label, prompts in prompts_of.items() if len(prompts) > 1}
    n_short = sum(counts.total() for counts in surfaces.values())
    n_recurring = sum(surfaces[label].total() for label in recurring)
    is_closed = 2 * n_short >= len(attempts) and 10 * n_recurring >= 8 * n_short
    n_numbers = sum(label.replace(" ", "").isdecimal() for label in recurring)
    if not 0 < len(recurring) <= MAX_LABELS or not is_closed or 2 * n_numbers > len(recurring):
        return None
    labels = {folded(value): value for value in sorted(references, reverse=True) if len(value) <= MAX_LABEL_CHARS and folded(value)}
    labels |= {label: min(surfaces[label].items(), key=lambda pair: (-pair[1], pair[0]))[0] for label in recurring}
    return Spec("label", _json({"labels": sorted(labels.values())}))


def _without_markers(answers: Sequence[tuple[Attempt, str]]) -> Iterator[tuple[Attempt, str]]:
    """Yield answers without what only announces a label: of "Intent: refund" the label is "refund", where many are given without "Intent"."""
    bare = {folded(answer) for _, answer in answers if ":" not in answer}
    rests: dict[str, set[str]] = defaultdict(set)
    for _, answer in answers:
        head, colon, rest = answer.partition(":")
        if colon:
            rests[folded(head)].add(folded(rest))
    markers = {head for head, own in rests.items() if 2 * len(own & bare) >= len(own)}
    for attempt, answer in answers:
        head, colon, rest = answer.partition(":")
        yield attempt, rest.strip() if colon and folded(head) in markers and folded(rest) else answer


def with_labels(spec: str, answers: Sequence[str]) -> str:
    """Return the specification of ``label`` widened by the labels that the user gave: the logs need not hold them all."""
    read = msgspec.json.decode(spec)
    known = {folded(label) for label in read.get("labels", [])}
    new = {answer for answer in answers if len(answer) <= MAX_LABEL_CHARS and folded(answer) and folded(answer) not in known}
    return _json(read | {"labels": sorted([*read.get("labels", []), *new])}) if new else spec


def folded(label: str) -> str:
    """Return ``label`` without what is only form: case, punctuation, underscores, runs of white space."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", label).casefold().replace("_", " ")))


def _short_answers(attempts: Sequence[Attempt]) -> Iterator[tuple[Attempt, str]]:
    for attempt in attempts:
        answer = extract("exact", "{}", attempt.text, [])
        if answer is not None and len(answer) <= MAX_LABEL_CHARS and folded(answer):
            yield attempt, answer


def fields_spec(attempts: Sequence[Attempt], candidates: pl.DataFrame) -> Spec | None:
    """Return the fields of the JSON objects that a task's completions hold, with how each is compared, and the schema that prompts state."""
    objects = [msgspec.json.decode(found) for attempt in attempts if (found := extract("json_fields", "{}", attempt.text, [])) is not None]
    objects = [one for one in objects if isinstance(one, dict)]
    if not objects or 2 * len(objects) < len(attempts):
        return None
    counts = Counter(name for one in objects for name in one)
    common = sorted(name for name, count in counts.items() if count >= MIN_FIELD_FRACTION * len(objects))
    if not common or any(name.casefold() in ANSWER_FIELDS for name in common):
        return None
    rules = {name: _rule([one[name] for one in objects if name in one]) for name in common}
    if all(rule == "ignored" for rule in rules.values()):
        return None
    schema = stated_schema(candidates, common)
    return Spec("json_fields", _json({"fields": rules, "schema": schema} if schema else {"fields": rules}))


def stated_schema(candidates: pl.DataFrame, common: Sequence[str]) -> dict[str, Any] | None:
    """Return the JSON Schema that most prompts of a task state, and that describes what most completions hold; None without."""
    texts = [text for _, text in _user_texts(candidates)]
    found = Counter(_json(schema) for text in texts if (schema := _schema_in(text)) is not None)
    if not found:
        return None
    written, count = min(found.items(), key=lambda pair: (-pair[1], pair[0]))
    schema = msgspec.json.decode(written, type=dict[str, Any])
    named, required = set(schema["properties"]), schema.get("required", [])
    describes = 2 * len(named & set(common)) >= len(named | set(common)) and set(required) <= set(common)
    return schema if 2 * count >= len(texts) and describes else None


def _schema_in(text: str) -> dict[str, Any] | None:
    """Return the first JSON Schema of an object in a text."""
    if '"properties"' not in text:
        return None
    for value, start, end in find_objects(text):
        if isinstance(value.get("properties"), dict) and value.get("type") == "object" and isinstance(value.get("required", []), list):
            try:
                return msgspec.json.decode(text[start:end])
            except msgspec.DecodeError:  # written loosely: what it means is a guess
                return None
    return None


def _rule(values: Sequence[Any]) -> str:
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return "number"
    if all(isinstance(value, list) for value in values):
        return "set"
    lengths = [len(value) for value in values if isinstance(value, str)]
    return "ignored" if lengths and sum(lengths) > LONG_FIELD_CHARS * len(lengths) else "exact"


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode()
