"""Names of log objects: what can be one, and what lies beside them.

Layout: ``[prefix/]AWSLogs/<account>/BedrockModelInvocationLogs/<region>/YYYY/MM/DD/HH/<time>_<hex>.json.gz``, with moved
bodies in a folder ``data/`` beside the log objects. Source:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html.
"""

from __future__ import annotations

import re
from typing import Final

_MOVED: Final = re.compile(r"(^|/)BedrockModelInvocationLogs/(.*/)?data/[^/]+$")
_MARKER: Final = "amazon-bedrock-logs-permission-check"
_RECORD_SUFFIXES: Final = ("", "json", "jsonl", "ndjson", "log")
_COMPRESSED: Final = (".gz", ".gzip", ".zst", ".zstd")


def object_key(key: str, *, prefix: str = "") -> str:
    """Return ``key`` from ``AWSLogs/`` on, else without ``prefix``.

    Examples
    --------
    >>> object_key("team/logs/AWSLogs/1/x.json.gz")
    'AWSLogs/1/x.json.gz'
    >>> object_key("team/logs/x.json.gz", prefix="team/")
    'logs/x.json.gz'
    """
    start = key.rfind("/AWSLogs/") + 1
    return key[start:] if start or key.startswith("AWSLogs/") else key.removeprefix(prefix).lstrip("/")


def may_hold_records(key: str) -> bool:
    """Return whether an object of this name can hold log records.

    Examples
    --------
    >>> may_hold_records("exports/000000.gz"), may_hold_records("notes.txt"), may_hold_records("table.csv.gz")
    (True, False, False)
    """
    name = key.rsplit("/", 1)[-1].lower()
    if not name or name.startswith((".", _MARKER)) or ("data/" in key and _MOVED.search(key)):
        return False
    if name.endswith(".json.gz"):
        return True
    stem = next((name.removesuffix(ending) for ending in _COMPRESSED if name.endswith(ending)), name)
    suffix = stem.rpartition(".")[2] if "." in stem else ""
    return suffix in _RECORD_SUFFIXES or (stem != name and not suffix.isalpha())
