"""How well topics follow what people meant: V-measure on known intents and tasks, for each encoder, beside TF-IDF with k-means.

    python benchmarks/topics.py [--corpus ../shared/corpus] [--encoder embedded --encoder all-MiniLM-L6-v2]

Builds the corpus (or takes ``--build OUT``, a finished build of it with its work folder), and clusters the texts that the build encodes: all of
them, against the sources they come from, and those of two classification tasks alone, against the intents in the truth. Each encoder goes
through ``logmine.topics``, which finds the number of clusters by itself; once more with the true number. Beside it: TF-IDF of words with k-means
of scikit-learn (which is told the true number, and the number that logmine found with the first encoder), and, where igraph is installed,
Leiden communities of the graph of 15 nearest neighbors, its resolution chosen by silhouette.

V-measure grows with the number of clusters; adjusted mutual information (AMI) does not, so both are printed.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import importlib.util
import json
import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_mutual_info_score, v_measure_score

from logmine import pipeline
from logmine.encoders import load_encoder
from logmine.topics import clusters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

INTENTS = ("banking77_sim", "clinc150_sim")
MAX_TOPICS = 60  # as by default
RESOLUTIONS = (0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.0, 16.0)
NEIGHBORS = 15
N_INIT: Any = 3  # its annotation in scikit-learn knows 'auto' only

Case = tuple[str, list[str], list[str]]  # name, texts, true classes


def cases(corpus: Path, out: Path) -> Iterator[Case]:
    """Yield the texts of the build with what is true of them: each distinct text once, in the order of their digests."""
    texts = pl.read_parquet(sorted((out / "work").glob("collect_texts/*/texts.parquet")))
    decisions = pl.read_parquet(out / "decisions.parquet").select("prompt_id", request_id="request_ids").explode("request_id")
    requests, prompts = (_truth(corpus, name) for name in ("requests", "prompts"))
    known = requests.select("request_id", true_id="prompt_id").drop_nulls().join(prompts, left_on="true_id", right_on="prompt_id")
    told = texts.join(decisions, on="prompt_id").join(known, on="request_id").sort("text_id", "source", "reference_answer")
    told = told.unique("text_id", keep="first", maintain_order=True)
    yield "sources", told["text"].to_list(), told["source"].to_list()
    for source in INTENTS:
        own = told.filter(pl.col("source") == source)
        yield source, own["text"].to_list(), own["reference_answer"].to_list()


def _truth(corpus: Path, name: str) -> pl.DataFrame:
    with gzip.open(corpus / "truth" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    wanted = {"requests": ("request_id", "prompt_id"), "prompts": ("prompt_id", "source", "reference_answer")}[name]
    return pl.DataFrame([{key: row[key] for key in wanted} for row in rows], infer_schema_length=None)


def _centered(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return clusters.units(vectors - vectors.mean(axis=0))


def with_true_number(vectors: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Cluster as ``logmine.topics`` does, told the number of clusters."""
    centered = _centered(vectors)
    seeds = clusters.draw_seeds(centered, k, np.random.default_rng(clusters.SEED))
    return clusters.fit(centered, k, seeds)[1]


def tfidf(texts: Sequence[str], k: int) -> NDArray[np.int64]:
    """Cluster words: what needs no encoder."""
    rows = TfidfVectorizer(sublinear_tf=True, min_df=1, stop_words="english").fit_transform(texts)
    return np.asarray(KMeans(k, n_init=N_INIT, random_state=0).fit(rows).labels_)


def leiden(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return communities of the graph of nearest neighbors, at the resolution with the best silhouette."""
    igraph = importlib.import_module("igraph")
    centered = _centered(vectors)
    alike = centered @ centered.T
    np.fill_diagonal(alike, -np.inf)
    near = np.argsort(-alike, axis=1, kind="stable")[:, :NEIGHBORS]
    first = np.repeat(np.arange(len(near)), near.shape[1])
    graph = igraph.Graph(n=len(near), edges=np.stack([first, near.ravel()], axis=1).tolist())
    graph.es["weight"] = np.clip(alike[first, near.ravel()], 0.01, 1).tolist()
    graph.simplify(combine_edges="max")
    random.seed(0)
    found = [
        np.array(graph.community_leiden("modularity", weights="weight", resolution=one, n_iterations=4).membership) for one in RESOLUTIONS
    ]
    found = [labels for labels in found if labels.max() < len(centered) // clusters.MIN_PER_CLUSTER]
    return max(found, key=lambda labels: clusters.mean_silhouette(centered, labels))


def _row(method: str, labels: NDArray[Any], true: Sequence[str], cpu_s: float | None) -> str:
    scores = (v_measure_score(true, labels), adjusted_mutual_info_score(true, labels))
    return f"| {method} | {len(set(labels.tolist()))} | {scores[0]:.3f} | {scores[1]:.3f} | {'' if cpu_s is None else f'{cpu_s:.2f}'} |"


def _print_case(case: Case, encoders: Sequence[str]) -> None:
    name, texts, true = case
    k = len(set(true))
    print(f"\n{name}: {len(texts):,} texts, {k} classes\n\n| method | clusters | V-measure | AMI | CPU s |\n|---|---|---|---|---|")
    n_found: list[int] = []
    for encoder in encoders:
        begun = time.process_time()
        vectors = load_encoder(encoder).encode(texts)
        encoded_s = time.process_time() - begun
        begun = time.process_time()
        labels = clusters.cluster(vectors, max_clusters=MAX_TOPICS)
        n_found.append(int(labels.max()) + 1)
        print(_row(f"{encoder}, logmine", labels, true, time.process_time() - begun))
        print(_row(f"{encoder}, logmine told the number", with_true_number(vectors, k), true, None))
        if importlib.util.find_spec("igraph"):
            begun = time.process_time()
            print(_row(f"{encoder}, Leiden", leiden(vectors), true, time.process_time() - begun))
        print(f"| {encoder}, encoding | | | | {encoded_s:.2f} |")
    for number, about in ((n_found[0], "the number that logmine found"), (k, "the true number")):
        begun = time.process_time()
        print(_row(f"TF-IDF, k-means, {about}", tfidf(texts, number), true, time.process_time() - begun))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table a set of texts."""
    parser = argparse.ArgumentParser(description="V-measure of topics on known intents and tasks.")
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"), help="folder with logs/ and truth/")
    parser.add_argument("--build", type=Path, help="a finished build of it")
    parser.add_argument("--encoder", action="append", help="may be given again; embedded and all-MiniLM-L6-v2 by default")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="logmine-topics-") as folder:
        out = given.build or pipeline.build(str(given.corpus / "logs"), Path(folder) / "out").out
        for case in cases(given.corpus, out):
            _print_case(case, given.encoder or ["embedded", "all-MiniLM-L6-v2"])


if __name__ == "__main__":
    main()
