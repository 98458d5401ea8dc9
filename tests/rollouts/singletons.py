"""Most production logs look like this: every prompt sent once, by another model than the one to be tuned; here with its true answer known.

``python tests/rollouts/singletons.py FOLDER`` writes ``logs/`` and ``outcomes.jsonl``, made of ``sample_logs`` and its truth.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
KINDS = ("numeric", "choice", "label", "fields", "tool_call")  # the others have no single right answer


def truth():
    """Return what the sample's records hold, by request id."""
    with gzip.open(ROOT / "tests" / "sample_truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        return {row["request_id"]: row for row in map(json.loads, lines)}


def first_requests(rows):
    """Return the first request of each question that has a right answer, of all applications."""
    kept = {}
    for request_id, row in sorted(rows.items()):
        if row["kind"] in KINDS:
            kept.setdefault(row["question"], request_id)
    return set(kept.values())


def write_singletons(folder):
    """Write logs without repeats below ``folder``, and the true answers beside them."""
    rows = truth()
    kept = first_requests(rows)
    for source in sorted(path for path in (ROOT / "sample_logs").rglob("*.gz") if path.parent.name != "data"):
        with gzip.open(source, "rt", encoding="utf-8", errors="replace") as lines:
            records = [record for line in lines if (record := decoded(line)) and record.get("requestId") in kept]
        for record in records:
            record.pop("requestMetadata", None)
        target = folder / "logs" / source.relative_to(ROOT / "sample_logs")
        target.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(target, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    outcomes = ({"request_id": name, "reference_answer": reference(rows, name)} for name in sorted(kept))
    (folder / "outcomes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in outcomes), encoding="utf-8")
    return folder / "logs", folder / "outcomes.jsonl"


def reference(rows, name):
    """Return the true answer to a request: its text, with the grader where the application's own answers differ in form alone."""
    own = rows[name]
    if own["kind"] not in ("choice", "label"):
        return own["reference"]
    labels = sorted({row["reference"] for row in rows.values() if row["kind"] == "label" and row["app"] == own["app"]})
    return {"grader": own["kind"], "answer": own["reference"], "spec": json.dumps({"labels": labels}) if labels else ""}


def decoded(line):
    """Return the record of a line, nothing for a line that is none."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


if __name__ == "__main__":
    write_singletons(Path(sys.argv[1]))
