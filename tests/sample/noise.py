"""What a bucket holds beside chat: failed calls, embeddings, an image, lines that are no records."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from .draw import between, pick, request_id, seeded
from .records import bare, failed, identity, stamp
from .traffic import FIRST_DAY, N_DAYS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from random import Random

    from .traffic import Call

N_FAILED, N_EMBEDDINGS = 46, 32
ERRORS = ("ThrottlingException", "ThrottlingException", "ThrottlingException", "ValidationException")
WORDS = ("invoice", "kettle", "trail map", "warranty", "harvest", "reading room", "tent pole", "spare part", "delivery", "opening hours")
NOT_JSON = (
    "upstream connect error or disconnect/reset before headers",
    "{'schemaType': 'ModelInvocationLog', 'note': 'written by hand'}",
    "---- log rotated ----",
)


class Extra(NamedTuple):
    """A record that is no chat, with its kind for the truth file."""

    kind: str
    app: str
    at: datetime
    record: dict[str, Any]


def failures(calls: Sequence[Call]) -> list[Extra]:
    """Return failed tries, each a few seconds before the call that then succeeded."""
    found, rng = [], seeded("failures")
    for _ in range(N_FAILED):
        call = pick(rng, calls)
        at, name = call.at - timedelta(seconds=between(rng, 2, 20)), request_id("failed", len(found))
        record = failed(call, request_id=name, at=at, error_code=_code(rng, call))
        found.append(Extra("error", call.app.name, at, record))
    return found


def embeddings() -> list[Extra]:
    return [_embedding(seeded("embedding", place), place) for place in range(N_EMBEDDINGS)]


def image() -> Extra:
    at = FIRST_DAY + timedelta(days=1, hours=10, minutes=12)
    asked = {
        "taskType": "TEXT_IMAGE",
        "textToImageParams": {"text": "A lighthouse in fog, as a linocut"},
        "imageGenerationConfig": {"numberOfImages": 1},
    }
    record = bare(
        timestamp=stamp(at),
        region="us-east-1",
        requestId=request_id("image"),
        operation="InvokeModel",
        modelId="amazon.nova-canvas-v1:0",
        input={"inputContentType": "application/json", "inputBodyJson": asked},
        output={"outputContentType": "application/json", "outputBodyJson": {"images": ["iVBORw0KGgo="]}},
        identity=identity("greenway-members-app", "poster-job"),
    )
    return Extra("image", "coop-app", at, record)


def malformed(lines: Sequence[str]) -> list[str]:
    """Return lines that no reader can use: records cut off half way, and text."""
    return [*(line[: len(line) * 2 // 5] for line in lines[:3]), *NOT_JSON]


def _code(rng: Random, call: Call) -> str:
    code = pick(rng, ERRORS)
    return "validation_error" if code == "ValidationException" and call.shape in ("chat", "chat_stream") else code


def _embedding(rng: Random, place: int) -> Extra:
    at = FIRST_DAY + timedelta(days=between(rng, 0, N_DAYS - 1), seconds=between(rng, 6 * 3600, 20 * 3600))
    text = " ".join(pick(rng, WORDS) for _ in range(between(rng, 4, 12)))
    vector = [round(rng.random() * 0.4 - 0.2, 4) for _ in range(12)]
    if place % 3:
        model, asked = "amazon.titan-embed-text-v2:0", {"inputText": text, "dimensions": 256, "normalize": True}
        answer: dict[str, Any] = {"embedding": vector, "inputTextTokenCount": len(text) // 4}
    else:
        model, asked = "cohere.embed-multilingual-v3", {"texts": [text], "input_type": "search_document"}
        answer = {
            "embeddings": [vector],
            "id": request_id("embedding answer", place),
            "response_type": "embeddings_floats",
            "texts": [text],
        }
    record = bare(
        timestamp=stamp(at),
        region="us-east-1",
        requestId=request_id("embedding", place),
        operation="InvokeModel",
        modelId=model,
        input={"inputContentType": "application/json", "inputBodyJson": asked, "inputTokenCount": len(text) // 4},
        output={"outputContentType": "application/json", "outputBodyJson": answer},
        identity=identity("house-docs-indexer", f"lambda-{place % 4}"),
    )
    return Extra("embedding", "house-docs", at, record)
