"""Write ``sample_logs``, the bucket that a new user builds first, and the truth about it.

::

    python tests/make_sample_logs.py sample_logs [TRUTH]

TRUTH is ``tests/sample_truth.jsonl.gz`` beside this script unless given: one line a request with its application, kind, question, reference and
whether the answer is correct. The same bytes come out every time (with one version of zlib).
"""

from __future__ import annotations

import sys
from pathlib import Path

TRUTH = Path(__file__).with_name("sample_truth.jsonl.gz")


def write(destination: Path, truth: Path) -> None:
    """Write every object below ``destination``; it must not hold another bucket."""
    from sample.bucket import build  # noqa: PLC0415 - tests/ is on the path only when this file runs as a script

    if destination.exists() and any(destination.iterdir()):
        raise SystemExit(f"{destination} is not empty. Remove it first, then run the same command again.")
    objects, rows = build()
    for key, data in objects.items():
        path = destination / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    truth.write_bytes(rows)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else TRUTH)
