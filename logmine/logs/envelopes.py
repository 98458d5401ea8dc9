"""The envelope of a log record: who called which model, with the bodies left as JSON text.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html; fields that it does not name were
seen in captured records.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
from msgspec import Raw, Struct

from logmine.logs.chat import Count  # noqa: TC001 - msgspec reads it
from logmine.logs.fields import Json, count_in, json_text, object_in, text_in

ABSENT: Final = Raw(b"")


class Identity(Struct, gc=False, rename="camel"):
    """``identity``."""

    arn: str | None = None


class Input(Struct, gc=False, rename="camel"):
    """``input``: the request body, or where it was moved, with its counts."""

    input_body_json: Raw = ABSENT
    input_body_s3_path: str | None = None
    input_token_count: Count | None = None
    cache_read_input_token_count: Count | None = None
    cache_write_input_token_count: Count | None = None


class Output(Struct, gc=False, rename="camel"):
    """``output``: the response body, or where it was moved, with its counts."""

    output_body_json: Raw = ABSENT
    output_body_s3_path: str | None = None
    output_token_count: Count | None = None


class Envelope(Struct, gc=False, rename="camel"):
    """A record."""

    schema_type: str | None = None
    timestamp: str | int | float | None = None
    account_id: str | None = None
    region: str | None = None
    request_id: str | None = None
    operation: str | None = None
    model_id: str | None = None
    identity: Identity | None = None
    inference_region: str | None = None
    request_metadata: dict[str, str] | None = None
    error_code: str | None = None
    input: Input | None = None
    output: Output | None = None


class Record(NamedTuple):
    """A log record whose bodies are still to be read."""

    envelope: Envelope
    n_bytes: int


decode_envelope = msgspec.json.Decoder(Envelope).decode
"""Decode the bytes of an envelope whose fields have their declared types."""


def is_record(envelope: Envelope) -> bool:
    """Return whether the object decoded is a log record at all."""
    if envelope.schema_type == "ModelInvocationLog":
        return True
    return bool(envelope.model_id) and (envelope.input is not None or envelope.output is not None or envelope.error_code is not None)


def envelope_of(record: Json) -> Envelope:
    """Return the envelope of an object of which some fields may have other types; those count as absent."""
    stamp = record.get("timestamp")
    metadata = {str(key): _as_text(value) for key, value in object_in(record.get("requestMetadata")).items()}
    return Envelope(
        schema_type=text_in(record.get("schemaType")),
        timestamp=stamp if isinstance(stamp, str | int | float) else None,
        account_id=text_in(record.get("accountId")),
        region=text_in(record.get("region")),
        request_id=text_in(record.get("requestId")),
        operation=text_in(record.get("operation")),
        model_id=text_in(record.get("modelId")),
        identity=Identity(text_in(object_in(record.get("identity")).get("arn"))),
        inference_region=text_in(record.get("inferenceRegion")),
        request_metadata=metadata or None,
        error_code=None if record.get("errorCode") is None else _as_text(record["errorCode"]),
        input=None if record.get("input") is None else _input(object_in(record["input"])),
        output=None if record.get("output") is None else _output(object_in(record["output"])),
    )


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json_text(value)


def _input(part: Json) -> Input:
    return Input(
        input_body_json=_body(part, "inputBodyJson"),
        input_body_s3_path=text_in(part.get("inputBodyS3Path")),
        input_token_count=count_in(part.get("inputTokenCount")),
        cache_read_input_token_count=count_in(part.get("cacheReadInputTokenCount")),
        cache_write_input_token_count=count_in(part.get("cacheWriteInputTokenCount")),
    )


def _output(part: Json) -> Output:
    return Output(
        output_body_json=_body(part, "outputBodyJson"),
        output_body_s3_path=text_in(part.get("outputBodyS3Path")),
        output_token_count=count_in(part.get("outputTokenCount")),
    )


def _body(part: Json, name: str) -> Raw:
    return Raw(json_text(part[name]).encode()) if name in part else ABSENT
