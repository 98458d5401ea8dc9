"""Attempts as invocation log records, in the form in which Bedrock writes them: the next build reads them as it reads all others.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from logmine.schemas import RUN_KEY

if TYPE_CHECKING:
    from datetime import datetime

    from logmine.rollouts.calls import Call, Reply

PROMPT_KEY: Final = "logmine_prompt"
ATTEMPT_KEY: Final = "logmine_attempt"


def request_metadata(call: Call) -> dict[str, str]:
    """Return the requestMetadata of a call: run, prompt and number of the attempt."""
    return {RUN_KEY: call.run, PROMPT_KEY: call.need.prompt_id, ATTEMPT_KEY: str(call.number)}


def record(call: Call, reply: Reply, *, asked_at: datetime) -> dict[str, Any]:
    """Return the log record of an answered call."""
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": asked_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestId": reply.request_id,
        "operation": reply.operation,
        "modelId": call.model,
        "requestMetadata": request_metadata(call),
        "input": {"inputContentType": "application/json", "inputBodyJson": reply.request, **_count("inputTokenCount", reply.input_tokens)},
        "output": {
            "outputContentType": "application/json",
            "outputBodyJson": reply.response,
            **_count("outputTokenCount", reply.output_tokens),
        },
    }


def asked_record(call: Call, operation: str, body: dict[str, Any]) -> bytes:
    """Return the record of a call without an answer, to see which prompt would be read out of it."""
    return encode(
        {
            "schemaType": "ModelInvocationLog",
            "requestId": call.need.prompt_id,
            "operation": operation,
            "modelId": call.model,
            "input": {"inputBodyJson": body},
        }
    )


def encode(row: dict[str, Any]) -> bytes:
    """Return a record as one line."""
    return msgspec.json.encode(row) + b"\n"


def _count(name: str, count: int | None) -> dict[str, int]:
    return {} if count is None else {name: count}
