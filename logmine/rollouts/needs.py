"""The prompts to ask: rows of ``needs_rollouts.jsonl`` or ``needs_references.jsonl`` of a build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from logmine.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

Purpose = Literal["difficulty", "references"]
FILES: dict[Purpose, str] = {"difficulty": "needs_rollouts.jsonl", "references": "needs_references.jsonl"}

Beta = tuple[float, float]

UNKNOWN: Beta = (1.0, 1.0)  # of a pass rate of which nothing is known: uniform


@dataclass(frozen=True, slots=True)
class Needed:
    """A prompt that attempts would settle.

    Attributes
    ----------
    prompt_id, task_id
        As in ``decisions.parquet``.
    messages, tools
        In OpenAI's form, canonical.
    grader
        What checks an answer.
    reference
        ``grader``, ``answer``, ``spec``; None where a reference is what is looked for.
    prompt_tokens
        As logged, else estimated.
    n_attempts, n_correct
        Judged attempts of the model, in the logs.
    prior
        Beta parameters of the pass rates of its task.
    others
        What attempts of other models add to them while there are too few of its own.
    """

    prompt_id: str
    task_id: str
    messages: tuple[dict[str, Any], ...]
    tools: tuple[dict[str, Any], ...]
    grader: str
    reference: dict[str, str] | None
    prompt_tokens: int
    n_attempts: int = 0
    n_correct: int = 0
    prior: Beta = UNKNOWN
    others: Beta = (0.0, 0.0)

    @property
    def most_prompt_tokens(self) -> int:
        """Tokens that the prompt has at most, for whatever tokenizer: one a byte of it and its marks."""
        return len(msgspec.json.encode([self.messages, self.tools]))


def read_needs(out: Path, purpose: Purpose) -> list[Needed]:
    """Read the prompts that the build in ``out`` lacks attempts or references for, in the order of the file.

    Raises
    ------
    SourceError
        If the file is missing or holds something else.
    """
    path = out / FILES[purpose]
    try:
        return [_needed(msgspec.json.decode(line)) for line in path.read_bytes().splitlines() if line.strip()]
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}. Give the folder of a build.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(f"{path}: not as a build writes it. Run logmine build again, then this command.") from error


def _needed(row: dict[str, Any]) -> Needed:
    n_attempts, n_correct = row["n_attempts"] or 0, row.get("n_correct") or 0
    prior = _beta(row.get("prior")) or UNKNOWN
    posterior = _beta(row.get("posterior")) or (prior[0] + n_correct, prior[1] + n_attempts - n_correct)
    return Needed(
        prompt_id=row["prompt_id"],
        task_id=row["task_id"],
        messages=tuple(row["messages"]),
        tools=tuple(row.get("tools") or ()),
        grader=row["grader"],
        reference=row["reference_answer"],
        prompt_tokens=row["prompt_tokens"] or 1,
        n_attempts=n_attempts,
        n_correct=n_correct,
        prior=prior,
        others=(max(0.0, posterior[0] - prior[0] - n_correct), max(0.0, posterior[1] - prior[1] - n_attempts + n_correct)),
    )


def _beta(parameters: dict[str, float | None] | None) -> Beta | None:
    alpha, beta = (parameters or {}).get("alpha"), (parameters or {}).get("beta")
    return (float(alpha), float(beta)) if alpha and beta else None
