"""Objects: records by Region and hour, side-cars, deliveries that were repeated, lines that are no records."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from .chat import chat, retrieval
from .draw import between, hex_id, seeded, shuffled
from .invoices import invoices
from .noise import Extra, embeddings, failures, image, malformed
from .policy import policy
from .records import ACCOUNT, record_of
from .routing import quiz, routing
from .tools import assistant
from .traffic import Call, calls_of
from .tutor import japanese, tutor

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = f"AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs"
BUCKET = "example-bedrock-logs"
APPLICATIONS = (tutor, japanese, routing, quiz, invoices, assistant, chat, retrieval, policy)
N_REDELIVERED, N_INPUTS_MOVED, N_OUTPUTS_MOVED = 26, 5, 3

Delivery = tuple[datetime, dict[str, Any]]
Batch = tuple[str, str]
Batches = dict[Batch, list[Delivery]]


def build() -> tuple[dict[str, bytes], bytes]:
    """Return the objects of the bucket by key, and the truth file."""
    calls = [call for application in APPLICATIONS for call in calls_of(application())]
    extras = [*failures(calls), *embeddings(), image()]
    delivered = sorted([*((call.at, record_of(call)) for call in calls), *((extra.at, extra.record) for extra in extras)], key=_order)
    batches = {key: list(batch) for key, batch in groupby(sorted(delivered, key=_batch), key=_batch)}
    twice = _redeliver(batches)
    names = _names(batches)
    objects = _move_bodies(batches, names, calls)
    files = {names[key]: [_written(record) for _, record in batch] for key, batch in batches.items()}
    _spoil(files)
    windows = max(files)
    objects |= {name: _packed(lines, "\r\n" if name == windows else "\n") for name, lines in files.items()}
    objects[f"{ROOT}/amazon-bedrock-logs-permission-check"] = b""
    rows = [_truth(call, redelivered=call.request_id in twice) for call in calls]
    rows += [_truth_beside(extra, redelivered=extra.record["requestId"] in twice) for extra in extras]
    return dict(sorted(objects.items())), _packed([_written(row) for row in rows], "\n")


def _order(delivery: Delivery) -> tuple[datetime, str]:
    return delivery[0], delivery[1]["requestId"]


def _batch(delivery: Delivery) -> Batch:
    return delivery[1]["region"], delivery[0].strftime("%Y-%m-%dT%H")


def _redeliver(batches: Batches) -> set[str]:
    """Deliver some records once more in the next object of their Region; return their ids."""
    rng, keys, ids = seeded("redelivered"), sorted(batches), set()
    for here, after in shuffled(rng, list(pairwise(keys)))[:N_REDELIVERED]:
        at, record = shuffled(rng, batches[here])[0]
        if here[0] == after[0] and record["requestId"] not in ids:
            batches[after].append((at, record))
            ids.add(record["requestId"])
    return ids


def _names(batches: Batches) -> dict[Batch, str]:
    """Return the key of each batch: named after the time of its flush, about a minute after its last record."""
    names = {}
    for (region, hour), batch in batches.items():
        rng = seeded("flush", region, hour)
        last = max(delivery[0] for delivery in batch if _batch(delivery) == (region, hour))
        flushed = last + timedelta(seconds=between(rng, 28, 75), milliseconds=between(rng, 0, 999))
        stamp = f"{flushed:%Y%m%dT%H%M%S}{flushed.microsecond // 1000:03}Z"
        names[region, hour] = f"{ROOT}/{region}/{flushed:%Y/%m/%d/%H}/{stamp}_{hex_id(16, 'object', region, hour)}.json.gz"
    return names


def _move_bodies(batches: Batches, names: dict[Batch, str], calls: Sequence[Call]) -> dict[str, bytes]:
    """Replace a few large bodies by paths; return the objects that now hold them, by key."""
    records = [record_of(call) for call in calls if call.note is None]
    sides = dict.fromkeys(_largest(records, "input")[: N_INPUTS_MOVED * 9 : 9], "input")
    sides |= dict.fromkeys(_largest(records, "output")[:N_OUTPUTS_MOVED], "output")
    objects: dict[str, bytes] = {}
    for key, batch in batches.items():
        for _, record in batch:
            side = sides.get(record["requestId"])
            if side and f"{side}BodyJson" in record[side]:
                path = f"{names[key].rsplit('/', 1)[0]}/data/{record['requestId']}_{side}.json.gz"
                objects[path] = gzip.compress(_written(record[side].pop(f"{side}BodyJson")).encode(), mtime=0)
                record[side][f"{side}BodyS3Path"] = f"s3://{BUCKET}/{path}"
    return objects


def _largest(records: Sequence[dict[str, Any]], side: str) -> list[str]:
    """Return request ids by the size of a body, the largest first."""
    sizes = [(-len(_written(record[side])), record["requestId"]) for record in records]
    return [name for _, name in sorted(sizes)]


def _spoil(files: dict[str, list[str]]) -> None:
    """Put lines that are no records, and blank lines, between the records of some objects."""
    rng = seeded("spoil")
    chosen = shuffled(rng, sorted(files))
    for name, line in zip(chosen, malformed([files[name][0] for name in chosen]), strict=False):
        files[name].insert(between(rng, 1, len(files[name])), line)
    for name in chosen[6:9]:
        files[name].insert(between(rng, 1, len(files[name])), "")


def _packed(lines: Sequence[str], end: str) -> bytes:
    return gzip.compress("".join(f"{line}{end}" for line in lines).encode(), mtime=0)


def _written(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _truth(call: Call, *, redelivered: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "request_id": call.request_id,
        "app": call.app.name,
        "kind": "undelivered" if call.note == "undelivered" else call.prompt.kind,
        "question": call.prompt.key,
        "reference": call.prompt.reference,
        "answer": call.reply.answer if call.correct is not None else None,
        "correct": call.correct,
        "model": call.model.model_id.removeprefix("us."),
        "shape": call.shape,
        "note": call.note,
        "redelivered": redelivered or None,
    }
    return {name: value for name, value in row.items() if value is not None}


def _truth_beside(extra: Extra, *, redelivered: bool) -> dict[str, Any]:
    row = {"request_id": extra.record["requestId"], "app": extra.app, "kind": extra.kind}
    return {**row, "redelivered": True} if redelivered else row
