"""What the benchmarks of the evidence share: a labelled corpus, a build of it in a temporary folder, and the tables of its stages."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from logmine import pipeline
from logmine.schemas import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logmine.config import Config

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"


def read_truth(corpus: Path, name: str) -> list[dict[str, Any]]:
    """Read ``truth/NAME.jsonl.gz`` of a corpus."""
    with gzip.open(corpus / "truth" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def build(corpus: Path, out: Path, *, config: Config | None = None, outcomes: Path | None = None, workers: int = 1) -> Path:
    """Build a corpus and return the folder of its stages."""
    pipeline.build([str(corpus / "logs")], out, config=config, outcomes=outcomes, workers=workers)
    return out / "work"


def table(work: Path, name: str) -> pl.DataFrame:
    """Read a table that a stage wrote, rows of all its shards."""
    paths = sorted(work.glob(f"*/*/{name}.parquet"))
    return pl.read_parquet(paths, schema=TABLES[name]) if paths else pl.DataFrame(schema=TABLES[name])


def truth_of_prompts(work: Path, corpus: Path) -> dict[str, dict[str, Any]]:
    """Return the labelled prompt of each kept prompt: that of most of its requests."""
    of_request = {row["request_id"]: row["prompt_id"] for row in read_truth(corpus, "requests") if row["kind"] == "chat"}
    labelled = {row["prompt_id"]: row for row in read_truth(corpus, "prompts")}
    counts: dict[str, Counter[str]] = {}
    for prompt_id, request_id in _requests(work):
        if request_id in of_request:
            counts.setdefault(prompt_id, Counter())[of_request[request_id]] += 1
    return {prompt: labelled[min(own, key=lambda name: (-own[name], name))] for prompt, own in sorted(counts.items())}


def score(corpus: Path, out: Path, *, by: Path) -> dict[str, float]:
    """Return the figures that the corpus' own script prints first of a build."""
    done = subprocess.run([sys.executable, by, corpus, out / "decisions.parquet"], check=True, capture_output=True, text=True)
    return json.JSONDecoder().raw_decode(done.stdout)[0]


def _requests(work: Path) -> Iterator[tuple[str, str]]:
    rows = table(work, "candidates").select("prompt_id", "request_ids").explode("request_ids").drop_nulls()
    yield from rows.sort("prompt_id", "request_ids").iter_rows()
