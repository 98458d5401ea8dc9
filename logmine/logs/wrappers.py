"""What people and services wrap records in: arrays, and the exports and subscriptions of CloudWatch Logs."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

import msgspec
from msgspec import Raw

from logmine.logs.compression import decompress
from logmine.logs.fields import list_in, object_in, objects_in, text_in
from logmine.logs.json_values import UNDECODED, UnreadableJsonError, read_json

_MAX_PAYLOAD_BYTES: Final = 64_000_000
_WRAPPING_KEYS: Final = ("events", "logEvents", "results", "@message", "message", "awslogs", "Records", "records")
_POWERSHELL_PAIR: Final = re.compile(r"@\{field=(?P<field>[^;]*); value=(?P<value>.*)\}", re.DOTALL)

_raw_list = msgspec.json.Decoder(list[Raw]).decode
_raw_object = msgspec.json.Decoder(dict[str, Raw]).decode


def unwrap(text: bytes) -> list[bytes] | None:
    """Return the JSON texts that ``text`` wraps, or None where it wraps nothing.

    Elements keep their bytes, so that a record is the same one however it came.

    Raises
    ------
    UnreadableJsonError
        If ``text`` is not JSON.

    Examples
    --------
    >>> unwrap(b'{"events": [{"timestamp": 1, "message": "{}"}]}')
    [b'{"timestamp": 1, "message": "{}"}']
    """
    first = text.lstrip()[:1]
    if first == b"[":
        return _elements(text)
    if first == b'"':
        inner = str(read_json(text)).strip()
        return [inner.encode()] if inner.startswith(("{", "[")) else None
    if first != b"{":
        return None
    parts = _parts(text)
    key = next((key for key in _WRAPPING_KEYS if key in parts), None)
    return _wrapped_in(key, parts) if key else None


def _elements(text: bytes) -> list[bytes]:
    try:
        return [bytes(element) for element in _raw_list(text)]
    except UNDECODED:
        return [msgspec.json.encode(element) for element in list_in(read_json(text))]


def _parts(text: bytes) -> dict[str, bytes]:
    try:
        return {key: bytes(part) for key, part in _raw_object(text).items()}
    except UNDECODED:
        return {key: msgspec.json.encode(part) for key, part in object_in(read_json(text)).items()}


def _wrapped_in(key: str, parts: dict[str, bytes]) -> list[bytes] | None:
    """Return what stands under ``key``: events one by one, a message as its own text."""
    part = parts[key]
    if key in ("@message", "message"):
        inner = _message(part)
        return [inner] if inner[:1] == b"{" else None
    if key == "awslogs":
        return [_payload(object_in(read_json(part)).get("data"))]
    if key == "results":
        return [_row(row) for row in _rows(read_json(part))]
    if parts.get("messageType", b"").strip() == b'"CONTROL_MESSAGE"':
        return []
    if key in ("Records", "records"):
        return [_payload(_data_of(record)) for record in objects_in(read_json(part))]
    return _elements(part) if part.lstrip()[:1] == b"[" else None


def _message(part: bytes) -> bytes:
    value = read_json(part)
    return value.strip().encode() if isinstance(value, str) else part.strip()


def _data_of(record: dict[str, object]) -> object:
    return object_in(record.get("kinesis")).get("data", record.get("data"))


def _payload(data: object) -> bytes:
    """Return what a subscription delivers as base64 of gzip."""
    try:
        packed = base64.b64decode(text_in(data) or "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableJsonError("data is not base64") from error
    content = decompress(packed, _MAX_PAYLOAD_BYTES)
    if content.problem or not content.data.strip():
        raise UnreadableJsonError(content.detail or "empty data")
    return content.data.strip()


def _rows(results: object) -> list[object]:
    """Return the rows of a query; PowerShell wraps arrays as ``{"value": [...], "Count": n}``."""
    return list_in(object_in(results).get("value", results) if isinstance(results, dict) else results)


def _row(row: object) -> bytes:
    """Return a row as an object: fields come as pairs, or as PowerShell's text of pairs."""
    if isinstance(row, dict) and "value" not in row:
        return msgspec.json.encode(row)
    found: dict[str, object] = {}
    for pair in _rows(row):
        if isinstance(pair, str) and (written := _POWERSHELL_PAIR.fullmatch(pair.strip())):
            found[written["field"]] = written["value"]
        elif isinstance(pair, dict):
            found[str(pair.get("field"))] = pair.get("value")
    return msgspec.json.encode(found)
