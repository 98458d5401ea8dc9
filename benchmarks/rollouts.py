"""What early stopping saves at the same error of bands, and what the order finds in range per call.

1,000 simulated prompts of 25 tasks, over several seeds. Pass rates are Beta-distributed within each task, and tasks differ in their mean. In the mix
``published`` they are U-shaped, with little mass in the middle; in ``flatter`` those of half of the tasks are uniform. Two cases of each: nothing is known beforehand, or the logs hold three attempts of another
model at each prompt, whose pass rates are like those of the model asked but not the same. The baseline asks every prompt eight times, in random
order; bands are told by the same rule on both sides.

    python benchmarks/rollouts.py [--mix flatter]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from logmine import difficulty
from logmine.bands import PRESETS
from logmine.rollouts.docket import CORRECT, INCORRECT, Bands, Docket
from logmine.rollouts.needs import Needed
from logmine.rollouts.plans import IN_RANGE, BandRule, band_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from logmine.rollouts.docket import Standing

FIXED = 8
RULE = BandRule(PRESETS["balanced"], min_band_mass=0.5, min_attempts=4, max_attempts=FIXED + FIXED // 2, group_size=8)
N_TASKS = 25
N_OTHER = 3
#: Alpha and beta of pass rates, as fitted to published attempts of one model: CodeLlama-7B on CRUXEval (10 a prompt), GPT-4 on the game of 24
#: (26 a prompt), CodeGen-16B on HumanEval (24 a prompt).
PUBLISHED = ((0.05, 0.05), (0.11, 1.61), (0.27, 1.17))
MIXES = {"published": PUBLISHED, "flatter": (*PUBLISHED, *[(1.0, 1.0)] * len(PUBLISHED))}
MAX_CALLS = 1_000


@dataclass(frozen=True)
class Corpus:
    """Simulated prompts: task, pass rate of the model asked, and how often another model was right in so many attempts."""

    task: np.ndarray
    rates: np.ndarray
    n_other: int
    other_right: np.ndarray


def simulate(n_prompts: int, mix: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the tasks of prompts, the pass rates of the model asked, and those of another model."""
    shapes = np.array(MIXES[mix])[rng.integers(0, len(MIXES[mix]), N_TASKS)]
    shapes = np.where(rng.random((N_TASKS, 1)) < 0.5, shapes, shapes[:, ::-1])
    task = rng.integers(0, N_TASKS, n_prompts)
    rates = np.clip(rng.beta(shapes[task, 0], shapes[task, 1]), 1e-4, 1 - 1e-4)
    log_odds = np.log(rates / (1 - rates)) + rng.normal(0.5, 1.5, n_prompts)
    return task, rates, 1 / (1 + np.exp(-log_odds))


def fit_priors(
    task: np.ndarray, right: np.ndarray, attempts: np.ndarray, other_right: np.ndarray, n_other: int
) -> dict[str, tuple[float, float]]:
    """Return the prior of each task as a build fits it, with the weight of another model's attempt under an empty name."""
    tallies = pl.DataFrame(
        {
            "prompt_id": [str(n) for n in range(len(task))],
            "task_id": [str(name) for name in task],
            "n_attempts": attempts.astype(int),
            "mean_reward": right / np.maximum(attempts, 1),
            "n_other": np.full(len(task), n_other),
            "other_reward": other_right.astype(float),
        }
    )
    none = pl.DataFrame(schema={"prompt_id": pl.String, "origin": pl.String})
    priors = difficulty.fit_priors(tallies, none)["priors"]
    return {row["task_id"]: (row["alpha"], row["beta"]) for row in priors.iter_rows(named=True)} | {
        "weight": (priors["other_weight"][0], 0.0)
    }


def needs_of(corpus: Corpus, rng: np.random.Generator) -> list[Needed]:
    """Return the prompts as a build lists them, in random order."""
    nothing = np.zeros(len(corpus.task))
    priors = fit_priors(corpus.task, nothing, nothing, corpus.other_right, corpus.n_other)
    weight = priors["weight"][0]
    rows = []
    for n, (task, right) in enumerate(zip(corpus.task.tolist(), corpus.other_right.tolist(), strict=True)):
        others = (right * weight, (corpus.n_other - right) * weight)
        rows.append(Needed(str(n), str(task), (), (), "numeric", None, 1, prior=priors.get(str(task), priors[""]), others=others))
    return [rows[n] for n in rng.permutation(len(rows))]


def fixed(corpus: Corpus, rng: np.random.Generator) -> np.ndarray:
    """Return the band of each prompt after eight attempts."""
    right = rng.binomial(FIXED, corpus.rates)
    priors = fit_priors(corpus.task, right, np.full(len(right), FIXED), corpus.other_right, corpus.n_other)
    alpha, beta = np.array([priors.get(str(task), priors[""]) for task in corpus.task]).T
    return band_of(alpha + right, beta + FIXED - right, RULE)


def early(
    needs: list[Needed], corpus: Corpus, rng: np.random.Generator, *, in_order: bool, max_calls: float = np.inf
) -> tuple[int, Docket]:
    """Ask until all is settled, or ``max_calls`` are spent; return the calls and what was learned."""

    def refit(standings: Collection[Standing]) -> dict[str, tuple[float, float]]:
        right, attempts = np.zeros(len(corpus.task)), np.zeros(len(corpus.task))
        for one in standings:
            right[int(one.need.prompt_id)], attempts[int(one.need.prompt_id)] = one.outcomes[CORRECT], one.n_judged
        return fit_priors(corpus.task, right, attempts, corpus.other_right, corpus.n_other)

    docket = Docket(needs, Bands(RULE, refit), max_asked=RULE.max_attempts)
    queue = [need.prompt_id for need in reversed(needs)]
    n_calls = 0
    while docket.n_open and n_calls < max_calls:
        if in_order:
            need = docket.take(lambda _: True)
            prompt_id = need.prompt_id if need else ""
        else:
            while docket.aim.worth(docket.standings[queue[-1]]) == 0:
                queue.pop()
            prompt_id = queue[-1]
            docket.standings[prompt_id].n_flying += 1
        docket.learn(prompt_id, CORRECT if rng.random() < corpus.rates[int(prompt_id)] else INCORRECT)
        n_calls += 1
    return n_calls, docket


def settled_bands(docket: Docket) -> dict[int, int]:
    """Return the band of every settled prompt."""
    aim = docket.aim
    return {int(name): aim.band(own) for name, own in docket.standings.items() if isinstance(aim, Bands) and aim.worth(own) == 0}


def compare(n_prompts: int, mix: str, seed: int, n_other: int) -> dict[str, float]:
    """Return calls, errors and prompts in range of one simulated corpus."""
    rng = np.random.default_rng(seed)
    task, rates, others = simulate(n_prompts, mix, rng)
    corpus = Corpus(task, rates, n_other, rng.binomial(n_other, others))
    truth = np.where((rates >= 0.2) & (rates <= 0.8), IN_RANGE, np.where(rates < 0.2, 1, 2))
    needs = needs_of(corpus, rng)
    n_calls, docket = early(needs, corpus, rng, in_order=True)
    bands = settled_bands(docket)
    fixed_bands = fixed(corpus, rng)
    _, ordered = early(needs, corpus, rng, in_order=True, max_calls=MAX_CALLS)
    _, random = early(needs, corpus, rng, in_order=False, max_calls=MAX_CALLS)
    ordered_bands = settled_bands(ordered)
    fixed_found = fixed_bands[rng.permutation(n_prompts)[: MAX_CALLS // FIXED]]
    return {
        "calls": n_calls / (FIXED * n_prompts),
        "error": float(np.mean([bands[n] != truth[n] for n in range(n_prompts)])),
        "fixed_error": float(np.mean(fixed_bands != truth)),
        "in_range": float(np.mean(truth == IN_RANGE)),
        "settled": len(ordered_bands),
        "ordered": sum(band == IN_RANGE for band in ordered_bands.values()),
        "ordered_right": sum(band == IN_RANGE and truth[n] == IN_RANGE for n, band in ordered_bands.items()),
        "random": sum(band == IN_RANGE for band in settled_bands(random).values()),
        "fixed": float(np.sum(fixed_found == IN_RANGE)),
    }


def main() -> None:
    """Print the ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--prompts", type=int, default=1_000)
    options.add_argument("--seeds", type=int, default=10)
    options.add_argument("--mix", choices=MIXES, default="published")
    given = options.parse_args()
    for n_other in (0, N_OTHER):
        runs = [compare(given.prompts, given.mix, seed, n_other) for seed in range(given.seeds)]
        mean = {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}
        spread = np.std([run["error"] - run["fixed_error"] for run in runs]) / np.sqrt(len(runs))
        print(f"{n_other} attempts of another model a prompt; {mean['in_range']:.0%} of the prompts are in range")
        print(f"  calls to settle all, of a fixed {FIXED} each     {mean['calls']:.2f}")
        print(
            f"  wrong bands                               {mean['error']:.3f} against {mean['fixed_error']:.3f} (difference +- {spread:.3f})"
        )
        print(
            f"  in range, confirmed by {MAX_CALLS:,} calls          {mean['ordered']:.0f} ({mean['ordered_right'] / mean['ordered']:.0%} truly)"
        )
        print(f"    of prompts settled by then              {mean['settled']:.0f}")
        print(f"    times those of random order             {mean['ordered'] / mean['random']:.2f} with early stopping too")
        print(f"                                            {mean['ordered'] / mean['fixed']:.2f} with a fixed {FIXED} each")


if __name__ == "__main__":
    main()
