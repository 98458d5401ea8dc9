"""References of tasks that the user's own rule judges: every prompt has one, when a completion is known that the rule accepts."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from logmine.graders import grade, render
from logmine.references.specs import merged_spec, specs_by_prompt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import polars as pl

    from logmine.references.specs import Attempt

MAX_ASKED = 64  # attempts of a prompt that are shown to the rule for an example


def rule_references(
    specs: Mapping[str, str], given: Mapping[str, str], metadata: Mapping[str, str], attempts: Iterable[Attempt]
) -> Iterator[tuple[Any, ...]]:
    """Yield a row of :data:`logmine.schemas.REFERENCES` for each prompt.

    The answer is the user's, else that of ``requestMetadata``, else empty: a rule may need none. A reference must grade itself correct, so
    where the rule does not accept the answer itself, an attempt that it accepts becomes the reference's ``example``; without any
    there is no reference.

    Parameters
    ----------
    specs
        The specification of each prompt.
    given, metadata
        Answers by prompt.
    attempts
        Those of these prompts that may be shown as examples, in a fixed order.
    """
    by_prompt: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        by_prompt[attempt.prompt_id].append(attempt)
    for prompt, spec in sorted(specs.items()):
        answer = given.get(prompt, metadata.get(prompt, ""))
        reference = _proved(answer, spec, by_prompt[prompt])
        origin = "outcomes" if prompt in given else "metadata" if prompt in metadata else "spec"
        yield (prompt, "rule", reference, origin, 1.0) if reference else (prompt, "rule", None, None, None)


def _proved(answer: str, spec: str, attempts: Sequence[Attempt]) -> str | None:
    """Return the reference as JSON text with what proves it, None without proof."""
    plain = {"grader": "rule", "answer": answer, "spec": spec}
    if grade(plain, *render(plain)).verdict == "correct":
        return msgspec.json.encode(plain).decode()
    for attempt in attempts[:MAX_ASKED]:
        if grade(plain, attempt.text, attempt.tool_calls).verdict == "correct":
            example = {"text": attempt.text, "tool_calls": attempt.tool_calls}
            return msgspec.json.encode(plain | {"spec": merged_spec(spec, msgspec.json.encode({"example": example}).decode())}).decode()
    return None


def try_rule(spec: str, attempts: Sequence[Attempt], candidates: pl.DataFrame, references: Mapping[str, str]) -> dict[str, Any]:
    """Return the evidence of a rule: how many completions it judges, how many it accepts, and why it abstained, by reason."""
    specs = {prompt: merged_spec(own, spec) for prompt, own in specs_by_prompt("rule", candidates).items()}
    judged: Counter[str] = Counter()
    abstained: Counter[str] = Counter()
    for attempt in attempts:
        reference = {"grader": "rule", "answer": references.get(attempt.prompt_id, ""), "spec": specs.get(attempt.prompt_id, spec)}
        judgement = grade(reference, attempt.text, attempt.tool_calls)
        judged[judgement.verdict] += 1
        if judgement.verdict == "abstain":
            abstained[judgement.reason or "an empty completion"] += 1
    n_read = judged["correct"] + judged["incorrect"]
    coverage = round(n_read / max(1, len(attempts)), 4)
    figures = {"n_read": n_read, "coverage": coverage, "explicit": 1.0, "lift": coverage, "fits": True}
    unknown = dict.fromkeys(("agreement_within", "agreement_between", "reference_match"))
    return {"grader": "rule", **figures, **unknown, "n_accepted": judged["correct"], "abstained": dict(sorted(abstained.items()))}
