"""How well difficulty is told once the right answers are known: pass rates, bands and intervals against the labels of a corpus.

    python benchmarks/difficulty.py [--corpus ../shared/corpus] [--plot benchmarks/difficulty.svg]

Gives the true references as an outcomes file, builds the corpus, and prints, source by source, the mean distance of ``pass_rate`` from that of the
labels, then the precision and recall of ``in_range``. Prompts count with at least four labelled attempts. Out of reach for now, and left
aside where errors are judged: code tests, rules, instructions that no grader reads, rewards over several turns.

For simulated sources the truth holds the probability itself with which an answer was drawn right (``true_p``): there the share of prompts is
told whose 90 % interval holds it, and the plot shows the same for intervals of other masses. The exit code is 1 where a figure falls short.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import labelled
import numpy as np
from grading import is_compared, outcomes_of
from scipy.special import betaincinv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PLOT = Path(__file__).with_suffix(".svg")
MIN_ATTEMPTS = 4
LEFT_ASIDE = {"judge", "rule", "code_tests", "ifeval"}
LEFT_ASIDE_SOURCES = {"tau_airline", "cruxeval_samples", "codet_humaneval", "reflexion_code"}
BAND = (0.2, 0.8)
MAX_ERROR, MAX_ERROR_OF_A_SOURCE = 0.02, 0.03
MIN_PRECISION, MIN_RECALL = 0.92, 0.70
COVERAGE = (0.86, 0.94)
MASSES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)

Row = dict[str, Any]


def main() -> None:
    """Build, compare, print, plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=labelled.CORPUS)
    parser.add_argument("--plot", type=Path, default=PLOT)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = build(options.corpus, Path(scratch))
        truth = labelled.truth_of_prompts(work, options.corpus)
        rows = rated(labelled.table(work, "difficulty").to_dicts(), truth)
    prompts = {row["prompt_id"]: row for row in labelled.read_truth(options.corpus, "prompts")}
    short = [*print_errors(rows), *print_bands(rows, prompts), *print_coverage(rows)]
    options.plot.write_text(plot(coverage_by_mass(rows)), encoding="utf-8")
    print(f"plot: {options.plot.name}", *(f"short: {line}" for line in short), sep="\n")
    sys.exit(bool(short))


def build(corpus: Path, scratch: Path) -> Path:
    """Build the corpus with its true references as outcomes."""
    prompts = {row["prompt_id"]: row for row in labelled.read_truth(corpus, "prompts") if is_compared(row)}
    requests = [row for row in labelled.read_truth(corpus, "requests") if row["kind"] == "chat" and row["prompt_id"] in prompts]
    outcomes = scratch / "outcomes.jsonl"
    outcomes.write_text("".join(json.dumps(row) + "\n" for row in outcomes_of(prompts, requests)), encoding="utf-8")
    return labelled.build(corpus, scratch / "out", outcomes=outcomes)


def rated(difficulty: Sequence[Row], truth: Mapping[str, Row]) -> list[Row]:
    """Return the rated prompts with their labels; of several rows of one labelled prompt, that with most attempts."""
    best: dict[str, Row] = {}
    for row in sorted(difficulty, key=lambda row: (-row["n_attempts"], row["prompt_id"])):
        if (label := truth.get(row["prompt_id"])) is not None:
            best.setdefault(label["prompt_id"], row | {"label": label})
    return [best[name] for name in sorted(best)]


def is_judged(label: Row) -> bool:
    """Say whether a labelled prompt counts for errors."""
    return label["verifier"] not in LEFT_ASIDE and label["source"] not in LEFT_ASIDE_SOURCES


def print_errors(rows: Sequence[Row]) -> list[str]:
    """Print the mean error of pass rates by source; return what falls short."""
    errors: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        label = row["label"]
        if row["pass_rate"] is not None and label["corpus_pass_rate"] is not None and label["corpus_n"] >= MIN_ATTEMPTS:
            errors[label["source"] + ("" if is_judged(label) else " *")].append(abs(row["pass_rate"] - label["corpus_pass_rate"]))
    print(f"{'source (* left aside)':<28} {'prompts':>8} {'pass-rate error':>16}")
    for source, own in sorted(errors.items()):
        print(f"{source:<28} {len(own):>8} {np.mean(own):>16.4f}")
    judged = {source: own for source, own in errors.items() if not source.endswith("*")}
    pooled = float(np.mean([error for own in judged.values() for error in own]))
    print(f"{'all but *':<28} {sum(map(len, judged.values())):>8} {pooled:>16.4f}")
    worst = max(judged, key=lambda source: float(np.mean(judged[source])))
    short = [] if pooled <= MAX_ERROR else [f"pass-rate error {pooled:.4f} > {MAX_ERROR}"]
    return short + ([f"{worst}: pass-rate error > {MAX_ERROR_OF_A_SOURCE}"] if np.mean(judged[worst]) > MAX_ERROR_OF_A_SOURCE else [])


def print_bands(rows: Sequence[Row], prompts: Mapping[str, Row]) -> list[str]:
    """Print precision and recall of ``in_range`` over all labelled prompts, also those left aside above; return what falls short."""
    found = {row["label"]["prompt_id"] for row in rows if row["band"] == "in_range"}
    counted = {
        name: BAND[0] <= label["corpus_pass_rate"] <= BAND[1]
        for name, label in prompts.items()
        if label["corpus_pass_rate"] is not None and label["corpus_n"] >= MIN_ATTEMPTS and label["verifier"] not in ("judge", "rule")
    }
    hits = sum(inside for name, inside in counted.items() if name in found)
    precision, recall = hits / max(1, len(found & counted.keys())), hits / max(1, sum(counted.values()))
    print(f"in_range: precision {precision:.3f}, recall {recall:.3f} of {sum(counted.values())} prompts")
    short = [] if precision >= MIN_PRECISION else [f"in_range precision {precision:.3f} < {MIN_PRECISION}"]
    return short + ([] if recall >= MIN_RECALL else [f"in_range recall {recall:.3f} < {MIN_RECALL}"])


def print_coverage(rows: Sequence[Row]) -> list[str]:
    """Print the share of intervals that hold the true probability, by simulated source; return what falls short."""
    held: dict[str, list[bool]] = defaultdict(list)
    for row in simulated(rows):
        held[row["label"]["source"]].append(row["pass_rate_low"] <= row["label"]["true_p"] <= row["pass_rate_high"])
    for source, own in sorted(held.items()):
        print(f"{source:<28} {len(own):>8} intervals, {np.mean(own):.3f} hold the true probability")
    pooled = float(np.mean([one for own in held.values() for one in own]))
    print(f"{'pooled':<28} {sum(map(len, held.values())):>8} intervals, {pooled:.3f} hold the true probability")
    return [] if COVERAGE[0] <= pooled <= COVERAGE[1] else [f"coverage {pooled:.3f} outside {COVERAGE}"]


def simulated(rows: Sequence[Row]) -> list[Row]:
    """Return the prompts whose probability of a right answer is known, and that were judged."""
    return [row for row in rows if row["label"]["true_p"] is not None and row["n_attempts"] > 0]


def coverage_by_mass(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """Return, for central intervals of each mass, the share that holds the true probability; built like those of 90 %."""
    known = simulated(rows)
    alpha, beta, abstained, truth = (
        np.array([value(row) for row in known], dtype=float)
        for value in (lambda row: row["alpha"], lambda row: row["beta"], lambda row: row["n_abstained"], lambda row: row["label"]["true_p"])
    )
    none, every = (np.array([row["pass_rate"] == end for row in known]) for end in (0.0, 1.0))
    shares = []
    for mass in MASSES:
        low = np.where(none, 0.0, betaincinv(alpha, beta + abstained, (1 - mass) / 2))
        high = np.where(every, 1.0, betaincinv(alpha, beta, (1 + mass) / 2))
        shares.append((mass, float(np.mean((low <= truth) & (truth <= high)))))
    return shares


def plot(shares: Sequence[tuple[float, float]]) -> str:
    """Draw nominal mass against the share of intervals that hold the truth, with the diagonal of perfect calibration."""
    side, margin = 320, 48

    def at(x: float, y: float) -> tuple[float, float]:
        return margin + x * side, margin + (1 - y) * side

    ticks = [0.0, 0.25, 0.5, 0.75, 1.0]
    across = [f'<text x="{at(tick, 0)[0]:.0f}" y="{at(0, 0)[1] + 18:.0f}" text-anchor="middle">{tick:g}</text>' for tick in ticks]
    upward = [f'<text x="{margin - 8}" y="{at(0, tick)[1] + 4:.0f}" text-anchor="end">{tick:g}</text>' for tick in ticks]
    dots = [f'<circle cx="{at(*share)[0]:.1f}" cy="{at(*share)[1]:.1f}" r="4" fill="#1f5fa8"/>' for share in shares]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*share) for share in shares))
    (x0, y0), (x1, y1) = at(0, 0), at(1, 1)
    size = side + 2 * margin
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}" font-family="sans-serif" font-size="12">',
        f'<rect width="{size}" height="{size}" fill="white"/>',
        f'<rect x="{x0}" y="{y1}" width="{side}" height="{side}" fill="none" stroke="#999"/>',
        f'<line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" stroke="#999" stroke-dasharray="4 4"/>',
        f'<polyline points="{path}" fill="none" stroke="#1f5fa8" stroke-width="1.5"/>',
        *dots, *across, *upward,
        f'<text x="{size / 2}" y="{size - 10}" text-anchor="middle">mass of the interval</text>',
        f'<text x="{size / 2}" y="28" text-anchor="middle">share of intervals that hold the true pass rate</text>',
        "</svg>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
