"""Plain records become rows of INVOCATIONS: Arrow takes over the memory of the compiled reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logmine.logs.chat import NO_CHAT, Chat
from logmine.logs.columns import INVOCATIONS, counts_of, kinds_of, times_of
from logmine.logs.envelopes import Envelope
from logmine.logs.families import FAMILIES
from logmine.logs.invocations import Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logmine.logs.columns import Column, Columns
    from logmine.logs.plain import PlainColumns
    from logmine.logs.plain.reader import Memory

compute: Any = pc  # its functions are made when it is loaded
_PAIRS: Final = INVOCATIONS.field("metadata").type
_FAMILY: Final = {family.name: family for families in FAMILIES.values() for family in families}
_NO_CALL: Final = Call("", 0, Envelope(), NO_CHAT, None)
_decode: Final = msgspec.json.Decoder().decode


def table_of_plain(plain: PlainColumns) -> pa.Table:  # pyright: ignore[reportUnknownParameterType]
    """Return plain records as rows of INVOCATIONS, in their order; in the places of others, what has no value for a call that is no chat is null."""
    if not plain.n_rows:
        return INVOCATIONS.empty_table()
    texts = {name: _texts(*parts) for name, parts in plain.texts.items()}
    counts = {name: _counts(values) for name, values in plain.counts.items()}
    kinds = _kinds(texts["kind"], plain.objects)
    columns = (
        texts
        | kinds
        | {
            "line": counts["line"],
            "invoked_at": times_of(texts["timestamp"]),
            "metadata": _pairs(texts["key"], texts["value"], plain.counts["n_pairs"]),
            "body_digest": pa.array(plain.digests, pa.string()),
            "n_media": compute.if_else(kinds["is_chat"], 0, pa.scalar(None, pa.int64())),
            "temperature": _numbers(*plain.temperature),
            "max_output_tokens": counts["max_output_tokens"],
            "latency_ms": compute.coalesce(counts["latency_ms"], counts["measured_latency_ms"]),
        }
        | counts_of(
            [counts[f"{source}input_tokens"] for source in ("logged_", "", "measured_")],
            [counts[f"{source}output_tokens"] for source in ("logged_", "", "measured_")],
            [counts[f"{source}cache_read_tokens"] for source in ("logged_", "")],
            [counts[f"{source}cache_write_tokens"] for source in ("logged_", "")],
            [counts["reasoning_tokens"]],
            kinds=kinds,
        )
    )
    return pa.Table.from_arrays([columns[name] for name in INVOCATIONS.names], schema=INVOCATIONS)


def _texts(content: Memory, ends: bytes, flags: bytes) -> Column:
    offsets = np.zeros(len(flags) + 1, dtype=np.int32)
    offsets[1:] = np.frombuffer(ends, dtype=np.int32)
    is_there = pa.py_buffer(np.packbits(np.frombuffer(flags, dtype=np.bool_), bitorder="little")) if b"\0" in flags else None
    return pa.StringArray.from_buffers(len(flags), pa.py_buffer(offsets), pa.py_buffer(content), is_there)


def _counts(values: bytes) -> Column:
    counts = np.frombuffer(values, dtype=np.int64)
    return pa.array(counts, mask=counts < 0)


def _numbers(values: bytes, flags: bytes) -> Column:
    return pa.array(np.frombuffer(values, dtype=np.float64), mask=~np.frombuffer(flags, dtype=np.bool_))


def _pairs(keys: Column, values: Column, n_pairs: bytes) -> Column:
    ends = np.concatenate([[0], np.cumsum(np.frombuffer(n_pairs, dtype=np.int64))]).astype(np.int32)
    pairs = pa.StructArray.from_arrays([keys, values], fields=list(_PAIRS.value_type))
    return pa.ListArray.from_arrays(pa.array(ends), pairs, type=_PAIRS)


def _kinds(kinds: Column, objects: Sequence[str]) -> Columns:
    """Return the columns that few things decide, made once for each kind of call, then repeated by Arrow."""
    encoded = compute.dictionary_encode(kinds, null_encoding="encode")
    calls = [_call_of(_decode(kind), objects) if kind else _NO_CALL for kind in encoded.dictionary.to_pylist()]
    rows = pa.RecordBatch.from_pydict(kinds_of(calls)).take(encoded.indices)
    return dict(zip(rows.schema.names, rows.columns, strict=True))


def _call_of(kind: list[Any], objects: Sequence[str]) -> Call:
    """Return a call with what :func:`logmine.logs.columns.kinds_of` looks at."""
    number: int
    number, account_id, region, operation, model_id, inference_region, model, stop, family, is_complete = kind
    envelope = Envelope(account_id=account_id, region=region, operation=operation, model_id=model_id, inference_region=inference_region)
    return Call(objects[number], 0, envelope, Chat(_FAMILY[family], model=model, stop=stop, is_complete=is_complete), None)
