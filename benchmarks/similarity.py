"""Near and semantic duplicates beside rensa, semhash and brute force; the search in cells beside all pairs; MinHash signatures beside a floor.

    pip install -e '.[test]' rensa semhash   # the dictionaries of the labelled pairs are of the tests; a peer that is missing is left out
    python benchmarks/similarity.py     # 20,000 prompts, 50,000 vectors: about five minutes; --prompts 2000 --vectors 5000 for a first look

The prompts are English and Japanese, half and half, from a seed: questions that stand alone, pairs that are one question written twice (a typo,
punctuation, white space, letter case, courtesy, a ticket number, other words), and pairs of siblings that differ in what changes their answer. Each
method sees the same prompts in the same order, in a process of its own; the peers get them in lower case with white space collapsed. A method names
for each prompt the one that it would keep instead. Recall is the share of pairs of one question of which one prompt is left; precision, of the
prompts that were taken out, the share that ask what the one that is kept asks; the third figure is the share of siblings that became one.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import random
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from logmine import schemas
from logmine.config import SimilarityConfig, TasksConfig
from logmine.encoders import load_encoder
from logmine.similarity import cells, collect_texts, encode_texts, find_duplicates, find_semantic_duplicates, minhash, sign_meanings
from logmine.similarity.duplicates import shingle_set
from logmine.tasks import find_tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

    from numpy.typing import NDArray

LABELLED: Final = Path(__file__).resolve().parents[1] / "tests" / "similarity" / "labelled.py"
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
CONFIG: Final = SimilarityConfig()
COSINE: Final = 0.9  # semhash's default, of vectors that are not centered
COPIES: Final = ("typo", "punctuation", "white space", "letter case", "courtesy", "ticket")
# Ways to ask one thing; {x} is something to do.
ASKED: Final = {
    "en": ("how do i {x}", "what is the best way to {x}", "i would like to know how to {x}", "can somebody tell me the steps to {x}"),
    "ja": ("{x}方法を教えてください", "どうすれば{x}ことができますか", "{x}手順を知りたいです", "{x}にはどうしたらいいでしょうか"),
}
DONE: Final = {
    "en": (
        ("clean", "repair", "replace", "paint", "carry", "order", "store", "wrap", "measure", "sell"),
        ("garden chair", "kitchen window", "bread oven", "ferry ticket", "office radiator", "train engine", "school desk", "cat basket"),
    ),
    "ja": (
        ("を洗う", "を直す", "を取り替える", "を塗る", "を運ぶ", "を注文する", "をしまう", "を包む", "を測る", "を売る"),
        ("庭のいす", "台所の窓", "パンのオーブン", "船のきっぷ", "会社の暖房", "電車の模型", "学校の机", "ねこのかご"),
    ),
}

Links = dict[int, int]  # prompt that is taken out: prompt that is kept instead


class Prompt(NamedTuple):
    """A text with the number of its pair, that of its question, and how the two of its pair differ."""

    pair: int
    question: int
    kind: str
    text: str


def prompts(n: int, *, seed: int) -> list[Prompt]:
    """Return about ``n`` prompts in random order: three tenths stand alone, the others come in pairs, as many copies as siblings."""
    labelled = _labelled()
    rng = random.Random(seed)
    made: list[Prompt] = []
    for language in ("en", "ja"):
        for kind, texts in (*_copies(labelled, rng, language, n=n // 2), *_siblings(labelled, language, n_pairs=n * 7 // 80)):
            pair = len(made)
            made += [Prompt(pair, pair + place * (kind == "sibling"), kind, text) for place, text in enumerate(texts)]
    rng.shuffle(made)
    return made


def _labelled() -> ModuleType:
    spec = importlib.util.spec_from_file_location("labelled", LABELLED)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(LABELLED)
    labelled = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(labelled)
    return labelled


def _copies(labelled: ModuleType, rng: random.Random, language: str, *, n: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield questions that stand alone, and questions that are asked twice."""
    kinds = (*COPIES, "other words")
    seen: set[str] = set()
    for place in range(n * 3 // 10 + n * 7 // 40):
        text = _question(labelled, rng, language)
        while text in seen:
            text = _question(labelled, rng, language)
        seen.add(text)
        kind = kinds[place % len(kinds)]
        if place >= n * 7 // 40:
            yield "alone", (text,)
        elif kind == "other words":
            yield kind, _two_ways(rng, language, text)
        else:
            yield kind, (text, labelled.WAYS[kind](rng, text, language))


def _question(labelled: ModuleType, rng: random.Random, language: str) -> str:
    """Return two to seven runs of three words (in Japanese: phrases) out of running text."""
    gap, words = (" ", labelled.ENGLISH.split()) if language == "en" else ("", labelled.JAPANESE.replace("\n", "").split("|"))
    starts = [rng.randrange(len(words) - 3) for _ in range(rng.randrange(2, 8))]
    return gap.join(gap.join(words[start : start + 3]) for start in starts)


def _two_ways(rng: random.Random, language: str, text: str) -> tuple[str, str]:
    """Ask in two ways, after ``text``, how to do a thing."""
    verbs, things = DONE[language]
    one, other = rng.sample(ASKED[language], 2)
    verb, thing = rng.choice(verbs), rng.choice(things)
    gap, x = (". ", f"{verb} a {thing}") if language == "en" else ("。", f"{thing}{verb}")
    return text + gap + one.format(x=x), text + gap + other.format(x=x)


def _siblings(labelled: ModuleType, language: str, *, n_pairs: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    kinds = list(labelled.SIBLINGS[language])
    for place, kind in enumerate(kinds):
        for pair in labelled.siblings(language, kind, -(-n_pairs // len(kinds)), seed=place):
            yield "sibling", pair


def _placed(texts: Sequence[str]) -> pl.DataFrame:
    rows = [
        {"prompt_id": f"{place:06x}", "scope_id": "5", "role": "app", "tool_names": "", "body": text, "n_requests": 1}
        | {"invoked_first": START + timedelta(minutes=place)}
        for place, text in enumerate(texts)
    ]
    return find_tasks(pl.DataFrame(rows, schema=schemas.SCOPED), config=TasksConfig())["placed"]


def near(texts: Sequence[str]) -> Links:
    """Take out exact and near duplicates as a build does."""
    found = find_duplicates(_placed(texts), config=CONFIG)["near_duplicates"]
    return {int(one, 16): int(other, 16) for one, other in found.select("prompt_id", "kept_instead").iter_rows()}


def mine(texts: Sequence[str]) -> Links:
    """Take out near and semantic duplicates as a build does, tasks first."""
    placed = _placed(texts)
    _lap("logmine: finding tasks")
    first = find_duplicates(placed, config=CONFIG)["near_duplicates"]
    _lap("logmine: exact and near")
    kept = collect_texts(placed, first)["texts"]
    vectors = encode_texts(kept, config=CONFIG)["vectors"]
    _lap("logmine: encoding")
    languages = placed.select("prompt_id", language=pl.lit(None, pl.String))
    found = find_semantic_duplicates(sign_meanings(placed, first)["meanings"], first, kept, vectors, languages, config=CONFIG)["duplicates"]
    _lap("logmine: semantic, with leakage groups")
    return {int(one, 16): int(other, 16) for one, other in found.select("prompt_id", "kept_instead").iter_rows()}


def by_rensa(texts: Sequence[str]) -> Links:
    """Take out what MinHash of 128 permutations in 32 bands puts at the near threshold or above; the first is kept."""
    rensa = importlib.import_module("rensa")
    index = rensa.RMinHashLSH(threshold=CONFIG.near_threshold, num_perm=minhash.BINS, num_bands=minhash.BINS // minhash.ROWS_PER_BAND)
    kept: dict[int, Any] = {}
    links: Links = {}
    for place, text in enumerate(map(_collapsed, texts)):
        signature = rensa.RMinHash(num_perm=minhash.BINS, seed=1)
        signature.update(list(shingle_set(text)))
        alike = [(signature.jaccard(kept[other]), -other) for other in index.query(signature)]
        score, best = max(alike, default=(0.0, 0))
        if score >= CONFIG.near_threshold:
            links[place] = -best
        else:
            kept[place] = signature
            index.insert(place, signature)
    return links


def by_semhash(texts: Sequence[str]) -> Links:
    """Take out what semhash does at its default threshold, with the vectors that logmine has by default."""
    semhash = importlib.import_module("semhash")
    encoder = load_encoder("embedded")

    class Model:
        def encode(self, sentences: Sequence[str], **_: object) -> NDArray[np.float32]:
            return encoder.encode(list(sentences))

    rows = [{"place": str(place), "text": _collapsed(text)} for place, text in enumerate(texts)]
    found = semhash.SemHash.from_records(rows, columns=["text"], model=Model()).self_deduplicate(threshold=COSINE)
    return {int(row.record["place"]): int(row.duplicate_of["place"]) for row in found.filtered}


def by_jaccard(texts: Sequence[str]) -> Links:
    """Compare the shingles of all pairs."""
    columns: dict[str, int] = {}
    rows = [[columns.setdefault(shingle, len(columns)) for shingle in sorted(shingle_set(_collapsed(text)))] for text in texts]
    sizes = np.array([len(row) for row in rows])
    shape = (len(rows), len(columns))
    matrix = csr_array((np.ones(sizes.sum(), dtype=np.float32), np.concatenate(rows), np.cumsum([0, *sizes])), shape=shape)
    listed: dict[int, list[tuple[float, int]]] = {}
    for first in range(0, len(rows), 256):
        shared = (matrix[first : first + 256] @ matrix.T).tocoo()
        one, other = shared.row + first, shared.col
        scores = shared.data / (sizes[one] + sizes[other] - shared.data)
        keep = (scores >= CONFIG.near_threshold) & (other < one)
        _listed(listed, one[keep], other[keep], scores[keep])
    return _stars(listed)


def by_cosine(texts: Sequence[str]) -> Links:
    """Compare the vectors of all pairs."""
    vectors = load_encoder("embedded").encode([_collapsed(text) for text in texts])
    _lap("brute force, cosine: encoding")
    low, high, scores = all_pairs(vectors, COSINE)
    listed: dict[int, list[tuple[float, int]]] = {}
    _listed(listed, high, low, scores)
    return _stars(listed)


METHODS: Final[dict[str, Callable[[Sequence[str]], Links]]] = {
    "logmine": mine,
    "rensa": by_rensa,
    "semhash": by_semhash,
    "brute force, Jaccard": by_jaccard,
    "brute force, cosine": by_cosine,
}


def _collapsed(text: str) -> str:
    return " ".join(text.casefold().split())


def _listed(listed: dict[int, list[tuple[float, int]]], rows: NDArray[Any], others: NDArray[Any], scores: NDArray[Any]) -> None:
    for row, other, score in zip(rows.tolist(), others.tolist(), scores.tolist(), strict=True):
        listed.setdefault(row, []).append((score, -other))


def _stars(listed: dict[int, list[tuple[float, int]]]) -> Links:
    """Keep the first of what is alike, and give to each other prompt the most alike of those that are kept."""
    links: Links = {}
    for row in sorted(listed):
        kept = [pair for pair in listed[row] if -pair[1] not in links]
        if kept:
            links[row] = -max(kept)[1]
    return links


def all_pairs(vectors: NDArray[np.float32], threshold: float) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Return all pairs of rows at or above ``threshold``, the lower first, and their similarities; on one thread."""
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]] = []
    with threadpool_limits(limits=1):
        for first in range(0, len(vectors), cells.ROWS_AT_ONCE):
            scores = vectors[first : first + cells.ROWS_AT_ONCE] @ vectors[first:].T
            one, other = np.nonzero(scores >= threshold)
            above = one < other
            found.append((first + one[above], first + other[above], scores[one[above], other[above]]))
    low, high, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return low, high, scores


def _lap(name: str) -> None:
    """Say on the error stream how much CPU time this process has used so far."""
    print(f"  {name}: {time.process_time():.1f} CPU s since the start of the process", file=sys.stderr)


def print_case(name: str, made: Sequence[Prompt]) -> None:
    """Run one method in this process and print a row: CPU time without that of imports, and the memory of the process."""
    importlib.import_module({"rensa": "rensa", "semhash": "semhash"}.get(name, "logmine"))
    load_encoder("embedded").encode(["warm"])
    begun = time.process_time()
    links = METHODS[name]([prompt.text for prompt in made])
    cpu_s = time.process_time() - begun
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    right = [made[one].question == made[other].question for one, other in links.items()]
    shares = [_joined_fraction(made, links, kind) for kind in ("copy", "sibling", *COPIES, "other words")]
    cells_of = [f"{cpu_s:.2f}", f"{peak_mb:,.0f}", f"{np.mean(right):.3f}", *(f"{share:.3f}" for share in shares)]
    print(f"| {name} | {' | '.join(cells_of)} |", flush=True)


def _joined_fraction(made: Sequence[Prompt], links: Links, kind: str) -> float:
    """Return the share of pairs of ``kind`` of which one prompt is left; of all copies for ``copy``."""
    homes: dict[int, list[int]] = {}
    for place, prompt in enumerate(made):
        if prompt.kind == kind or (kind == "copy" and prompt.kind not in {"alone", "sibling"}):
            home = place
            while home in links:
                home = links[home]
            homes.setdefault(prompt.pair, []).append(home)
    return float(np.mean([one == other for one, other in homes.values()]))


def print_search(n: int) -> None:
    """Print how many of the pairs that brute force finds among ``n`` encoded prompts the cells find, and at which share of its CPU."""
    texts = sorted({_collapsed(prompt.text) for prompt in prompts(n * 21 // 20, seed=5)})[:n]
    vectors = cells.centered(load_encoder("embedded").encode(texts))
    print(
        f"\n{len(vectors):,} encoded prompts, all in one group\n\n| cosine | pairs | found | CPU s, all pairs | CPU s, cells | share |\n|---|---|---|---|---|---|"
    )
    for threshold in (0.95, 0.85):
        begun = time.process_time()
        low, high, _ = all_pairs(vectors, threshold)
        brute_s = time.process_time() - begun
        begun = time.process_time()
        pairs, _ = cells.alike_pairs(vectors, np.zeros(len(vectors), dtype=np.int64), threshold=threshold)
        cells_s = time.process_time() - begun
        found = np.isin(low * len(vectors) + high, pairs[:, 0] * len(vectors) + pairs[:, 1]).mean() if len(low) else 1.0
        print(f"| {threshold} | {len(low):,} | {found:.4f} | {brute_s:.1f} | {cells_s:.1f} | {cells_s / brute_s:.3f} |", flush=True)


def print_edits(n_rounds: int = 3) -> None:
    """Print which share of the pairs that are one edit apart and say the same is found, by number of words, and of those that do not, is merged."""
    labelled = _labelled()
    print("\n| words | en | en, another wording | ja | ja, another wording |\n|---|---|---|---|---|")
    for length in range(3, 21):
        shares: list[str] = []
        for language in ("en", "ja"):
            rng = random.Random(length)
            found: dict[bool, list[bool]] = {True: [], False: []}
            for seed in range(n_rounds):
                pairs = [(text, labelled.one_edit(rng, text)) for text in labelled.windows(language, length, 150, seed=seed)]
                links = near(list(itertools.chain.from_iterable(pairs)))
                for place, pair in enumerate(pairs):
                    first, second = (links.get(2 * place + side, 2 * place + side) for side in (0, 1))
                    found[labelled.is_another_wording(language, *pair)].append(first == second)
            shares += [f"{np.mean(found[False]):.3f} of {len(found[False])}", f"{np.mean(found[True]):.2f} of {len(found[True])}"]
        print(f"| {length} | {' | '.join(shares)} |", flush=True)


def print_signatures(n: int = 20_000) -> None:
    """Print the rate of signatures of texts of 160 characters, and that of the floor: one hash of each character and the smallest of each text."""
    letters = random.Random(1).choices("abcdefghijklmnopqrstuvwxyz     ", k=160 * n)
    texts = ["".join(letters[first : first + 160]) for first in range(0, len(letters), 160)]
    rates: list[float] = []
    for make in (lambda: minhash.mix32(minhash.code_points("".join(texts))).reshape(n, -1).min(axis=1), lambda: minhash.signatures(texts)):
        make()
        took_s: list[float] = []
        for _ in range(5):
            begun = time.process_time()
            make()
            took_s.append(time.process_time() - begun)
        rates.append(n / min(took_s))
    print(
        f"\nsignatures a CPU-second at 160 characters: {rates[1]:,.0f}; floor {rates[0]:,.0f}; {rates[0] / rates[1]:.1f} times the floor's time"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Duplicates beside rensa, semhash and brute force.")
    parser.add_argument("--prompts", type=int, default=20_000)
    parser.add_argument("--vectors", type=int, default=50_000)
    parser.add_argument("--case", choices=[*METHODS, "search", "signatures", "edits"], help="one part alone, in this process")
    given = parser.parse_args(arguments)
    if given.case == "search":
        print_search(given.vectors)
    elif given.case == "signatures":
        print_signatures()
    elif given.case == "edits":
        print_edits()
    elif given.case:
        print_case(given.case, prompts(given.prompts, seed=1))
    else:
        print("| method | CPU s | peak MB | precision | recall | siblings merged | " + " | ".join((*COPIES, "other words")) + " |")
        print("|" + "---|" * 13, flush=True)
        for case in (*METHODS, "search", "signatures", "edits"):
            if case in {"rensa", "semhash"} and importlib.util.find_spec(case) is None:
                print(f"| {case} | not installed: pip install {case} |", flush=True)
            else:
                subprocess.run([sys.executable, __file__, "--case", case, *(arguments or sys.argv[1:])], check=True)


if __name__ == "__main__":
    main()
