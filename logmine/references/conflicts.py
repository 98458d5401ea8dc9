"""References that say two things, that their prompt states, or that anything satisfies: none of them may teach."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logmine.graders import GRADER_NAMES, canonical, grade
from logmine.graders.abuse import UNRELATED
from logmine.graders.final_answer import MAX_CHARS, all_statements

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import polars as pl

BY_PROMPT: Final = "prompt"  # who disagrees: nobody, but the prompt itself states the answer
ANYTHING: Final = "anything"  # nobody, but what answers nothing is right as well
_NEXT_QUESTION: Final = re.compile(
    r"^\W{0,4}(?:question|problem|input|example|task|q|exercise|aufgabe|frage|pregunta|exercice|質問|問題|問|问题|题目)\b[^\n]{0,20}[:：.]|\?\s*\Z",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Given:
    """An answer of the user; grader and spec null: as inferred."""

    grader: str | None
    answer: str
    spec: str | None


def given_by_prompt(candidates: pl.DataFrame, outcomes: pl.DataFrame) -> dict[str, list[Given]]:
    """Return all that the user says is right of each prompt: of the prompt itself first, then of its duplicates, each answer once."""
    if outcomes.is_empty():
        return {}
    by_id: defaultdict[str, list[Given]] = defaultdict(list)
    for row in outcomes.drop_nulls("answer").sort("prompt_id", "request_id", "answer", nulls_last=True).iter_rows(named=True):
        by_id[row["prompt_id"] or row["request_id"]].append(Given(row["grader"], row["answer"], row["spec"]))
    given: defaultdict[str, dict[Given, None]] = defaultdict(dict)
    ordered = candidates.select("prompt_id", "source_id", "request_ids").sort("prompt_id", "source_id").rows()
    for prompt_id, source_id, request_ids in sorted(ordered, key=lambda row: (row[0], row[1] != row[0])):
        for name in (source_id, *sorted(request_ids)):
            given[prompt_id] |= dict.fromkeys(by_id.get(name, ()))
    return {prompt: list(own) for prompt, own in given.items() if own}


def disagreement(given: Sequence[Given], written: Collection[str], grader: str, spec: str) -> str | None:
    """Return who disagrees on the answer of a prompt, None where nobody does; what a grader cannot read disagrees with nothing.

    Parameters
    ----------
    given
        What the user says of the prompt and its duplicates.
    written
        What the metadata of its calls say.
    """
    forms = {
        "metadata": {(grader, form) for value in written if (form := canonical(grader, spec, value)) is not None},
        "outcomes": {form for own in given if (form := _form(own, grader, spec)) is not None},
    }
    within = [name for name, own in forms.items() if len(own) > 1]
    return ", ".join(within or (forms if len(forms["metadata"] | forms["outcomes"]) > 1 else [])) or None


def _form(given: Given, grader: str, spec: str) -> tuple[str, str] | None:
    own_grader = given.grader or grader
    if own_grader not in GRADER_NAMES:
        return None
    form = canonical(own_grader, given.spec or (spec if own_grader == grader else "{}"), given.answer)
    return None if form is None else (own_grader, form)


def stated_answers(texts: Mapping[str, str], grader: str, specs: Mapping[str, str]) -> dict[str, str]:
    """Return the answer that each prompt of a task states as such, canonical: "The answer is 42." and nothing asked after it.

    Where a prompt states several, they are examples, and an answer that most prompts of the task state is one, too: neither tells what is
    right of this prompt. That an answer occurs in a prompt, as options, labels and quoted passages do, states nothing.
    """
    found: dict[str, str] = {}
    for prompt, text in sorted(texts.items()):
        end = text[-MAX_CHARS:]
        statements = all_statements(end)
        if len({one.text for one in statements}) != 1 or _NEXT_QUESTION.search(end, statements[-1].start + len(statements[-1].text)):
            continue
        form = canonical(grader, specs[prompt], statements[-1].text)
        if form is not None:
            found[prompt] = form
    counts = Counter(found.values())
    return {prompt: form for prompt, form in found.items() if counts[form] == 1 or 2 * counts[form] <= len(texts)}


def is_earned_by_anything(reference: Mapping[str, str], prompt_text: str) -> bool:
    """Say whether texts that answer nothing, or an echo of the prompt, earn the reward of a reference.

    Only instructions can be so weak ("use no commas"): what the other graders compare is one answer, which these texts do not state.

    Examples
    --------
    >>> weak = {"grader": "constraints", "answer": "satisfied", "spec": '{"constraints": [{"kind": "avoids", "words": ["rain"]}]}'}
    >>> is_earned_by_anything(weak, "Write about the sun without the word rain.")
    True
    """
    return reference["grader"] == "constraints" and any(grade(reference, text).verdict == "correct" for text in (*UNRELATED, prompt_text))
