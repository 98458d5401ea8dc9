"""How well graders agree with the labels of a corpus once the right answer is known, source by source.

    python benchmarks/grading.py [--corpus ../shared/corpus] [--show 20]

Gives the true references as an outcomes file, builds the corpus, and compares each verdict with ``correct`` of its request in the truth. Instructions
(m_ifeval) are given as the constraints that the truth names; a second row tells how those do that were read from the prompts alone. Judge tasks,
rules that only their author knows, code tests and multi-turn tool use are left aside. ``agreement`` is over what was judged; ``abstained`` counts records with
a label that were not, whatever the reason; answers that are no attempts (redelivered, or repeated word for word at temperature 0) are left out.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import labelled
import polars as pl
from instructions import constraints_of

from logmine.graders import grade
from logmine.graders.constraints import find_constraints

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LEFT_ASIDE = {"judge", "rule", "code_tests"}
LEFT_ASIDE_SOURCES = {"tau_airline"}
#: The truth of these follows from a rule or a simulation; of the others it is a flag or a pattern of the source.
EXACT = {"aws_nova_tooluse", "banking77_sim", "clinc150_sim", "cruxeval_samples", "mgsm_sim"}
LEAST_AGREEMENT = {"zeroeval_math_l5": 0.95}
MAX_ABSTAINED = 0.02


def main() -> None:
    """Build, compare, print; the exit code is 1 where a source falls short."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=labelled.CORPUS)
    parser.add_argument("--show", type=int, default=0, help="disagreements and abstentions to print of each source")
    options = parser.parse_args()
    prompts = {row["prompt_id"]: row for row in labelled.read_truth(options.corpus, "prompts") if is_compared(row)}
    requests = [row for row in labelled.read_truth(options.corpus, "requests") if row["kind"] == "chat" and row["prompt_id"] in prompts]
    with tempfile.TemporaryDirectory() as scratch:
        outcomes = Path(scratch) / "outcomes.jsonl"
        outcomes.write_text("".join(json.dumps(row) + "\n" for row in outcomes_of(prompts, requests)), encoding="utf-8")
        work = labelled.build(options.corpus, Path(scratch) / "out", outcomes=outcomes)
        rows = list(compared(work, requests)) + list(compared_as_read(work, requests))
    counts = count(rows)
    print_table(counts)
    for source, kind, row in shown(rows, options.show):
        print(f"\n{source} {kind} label={row['label']} {row['request_id']} wanted={row['wanted']!r} read={row['answer']!r}\n{row['text']}")
    sys.exit(any(not is_enough(source, own) for source, own in counts.items()))


def is_compared(prompt: Mapping[str, Any]) -> bool:
    """Say whether the labels of a prompt are what a grader here can be compared with."""
    return prompt["verifier"] not in LEFT_ASIDE and prompt["source"] not in LEFT_ASIDE_SOURCES


def outcomes_of(prompts: Mapping[str, Mapping[str, Any]], requests: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the true reference of each request; only instructions name their grader."""
    for request_id, prompt_id in sorted((row["request_id"], row["prompt_id"]) for row in requests):
        prompt = prompts[prompt_id]
        answer: Any = prompt["reference_answer"]
        if prompt["verifier"] == "ifeval":
            if (constraints := constraints_of(json.loads(answer))) is None:
                continue
            spec = json.dumps({"constraints": constraints}, ensure_ascii=False)
            answer = {"grader": "constraints", "answer": "satisfied", "spec": spec}
        yield {"request_id": request_id, "reference_answer": answer}


def compared(work: Path, requests: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield one row a labelled attempt: its label, the verdict of the build, and what a person needs to see who is right."""
    attempts = labelled.table(work, "attempts").filter(pl.col("unusable").is_null())
    of = {row["request_id"]: row for row in attempts.iter_rows(named=True)}
    judged = {row["request_id"]: row for row in labelled.table(work, "verdicts").iter_rows(named=True)}
    for row in requests:
        if row.get("correct") is not None and row["request_id"] in of:
            verdict = judged.get(row["request_id"], {"verdict": "abstain", "answer": None})
            yield _row(row, verdict["verdict"], verdict["answer"], of[row["request_id"]]["completion"])


def compared_as_read(work: Path, requests: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the same rows of instructions, with the constraints that the prompts themselves tell."""
    texts = dict(labelled.table(work, "candidates").select("prompt_id", "user_text").sort("prompt_id", "user_text").iter_rows())
    specs = {prompt: json.dumps({"constraints": find_constraints(text or "")}, ensure_ascii=False) for prompt, text in texts.items()}
    attempts = labelled.table(work, "attempts").filter(pl.col("unusable").is_null())
    of = {row["request_id"]: row for row in attempts.iter_rows(named=True)}
    for row in requests:
        if row["verifier"] == "ifeval" and row.get("correct") is not None and row["request_id"] in of:
            attempt = of[row["request_id"]]
            reference = {"grader": "constraints", "answer": "satisfied", "spec": specs[attempt["prompt_id"]]}
            judgement = grade(reference, attempt["completion"])
            yield _row(row, judgement.verdict, judgement.answer, attempt["completion"]) | {"source": f"{row['source']}, as read"}


def _row(request: Mapping[str, Any], verdict: str, answer: str | None, text: str | None) -> dict[str, Any]:
    known = {"source": request["source"], "request_id": request["request_id"], "label": request["correct"]}
    return known | {"wanted": str(request["reference_answer"])[:300], "verdict": verdict, "answer": answer, "text": (text or "")[-1500:]}


def kind_of(row: Mapping[str, Any]) -> str:
    """Say whether a row agrees with its label, disagrees, or was not judged."""
    if row["verdict"] == "abstain":
        return "abstained"
    return "agrees" if (row["verdict"] == "correct") == row["label"] else "disagrees"


def count(rows: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    """Count the rows of each source by kind."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[row["source"]][kind_of(row)] += 1
        counts[row["source"]]["too_good"] += kind_of(row) == "disagrees" and row["verdict"] == "correct"
    return dict(sorted(counts.items()))


def is_enough(source: str, own: Counter[str]) -> bool:
    """Say whether a source reaches its mark; what was read from prompts alone has none."""
    if source.endswith("as read"):
        return True
    least = LEAST_AGREEMENT.get(source, 0.99 if source in EXACT else 0.97)
    may_abstain = source == "m_ifeval" or own["abstained"] <= MAX_ABSTAINED * _total(own)
    return own["agrees"] >= least * (own["agrees"] + own["disagrees"]) and may_abstain


def _total(own: Counter[str]) -> int:
    return own["agrees"] + own["disagrees"] + own["abstained"]


def print_table(counts: Mapping[str, Counter[str]]) -> None:
    """Print one line a source."""
    print(f"{'source':24}{'labels':>8}{'agreement':>11}{'abstained':>11}{'wrongly correct':>17}  mark")
    for source, own in counts.items():
        judged = own["agrees"] + own["disagrees"]
        shares = f"{own['agrees'] / max(1, judged):>11.4f}{own['abstained'] / max(1, _total(own)):>11.4f}{own['too_good']:>17}"
        print(f"{source:24}{_total(own):>8}{shares}  {'reached' if is_enough(source, own) else 'MISSED'}")


def shown(rows: list[dict[str, Any]], at_most: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield rows that do not agree, at most so many of each source and kind."""
    n_shown: Counter[tuple[str, str]] = Counter()
    for row in sorted(rows, key=lambda row: (row["source"], kind_of(row), row["request_id"])):
        kind = kind_of(row)
        n_shown[row["source"], kind] += 1
        if kind != "agrees" and n_shown[row["source"], kind] <= at_most:
            yield row["source"], kind, row


if __name__ == "__main__":
    main()
