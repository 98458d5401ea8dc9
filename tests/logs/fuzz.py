#!/usr/bin/env python3
"""A coverage-guided fuzzer of the room's reading, and the laws that hold for any bytes at all.

The laws are checked for every input of ``fuzz_corpus`` on every run of the tests. To look for new inputs::

    pip install atheris
    python tests/logs/fuzz.py WORKING_FOLDER tests/logs/fuzz_corpus -max_total_time=600

New inputs go to the first folder; an input that breaks a law is written as ``crash-*`` into the current one. To fold what was found
into the corpus, without what adds no coverage::

    tests/logs/fuzz.py -merge=1 -use_counters=0 tests/logs/fuzz_corpus WORKING_FOLDER
"""

from __future__ import annotations

import copy
import gzip
import json
import random
import sys
import tempfile
from pathlib import Path

LIMITS = {"max_object_bytes": 200_000, "max_record_bytes": 20_000, "max_nesting": 40}
JSON_COLUMNS = ("messages", "tools", "completion_tool_calls")
STOPS = {None, "stop", "length", "tool_calls", "content_filter"}
ODD_VALUES = (
    None, True, False, 0, -0.0, 1e400, -1, 2**63, 2**64, 10**30, 0.5, "", " ", "\x00", "\u2028", "\ud83d", "é", "null", "{}", "[]",
    "<thinking>", "</think>", "[INST]", "<s>", "\n\nHuman:", "Bot:", [], [None], {}, {"type": "text"}, {"text": "a"}, ["a"], {"": {}},
)  # fmt: skip


def check(data, folder):
    """Read ``data`` as an object, and raise AssertionError where a law does not hold; return the tables."""
    tables = read(data, folder)
    rows, dropped = tables["invocations"], tables["dropped"]
    with_line = [entry for entry in dropped.iter_rows(named=True) if entry["line"]]
    assert tables["objects_read"].height == 1
    assert tables["objects_read"]["n_records"][0] == rows.height + len(with_line), "records were lost or counted twice"
    lines = rows["line"].to_list() + [entry["line"] for entry in with_line]
    assert len(set(lines)) == len(lines), "two records share a line"
    for entry in rows.iter_rows(named=True):
        check_row(entry)
    check_reasons(rows["unusable"].drop_nulls().to_list() + dropped["reason"].to_list())
    check_compiled_reader(data, folder, tables)
    return tables


def read(data, folder):
    """Return what the room gives for an object of these bytes."""
    import polars as pl  # noqa: PLC0415 - the fuzzer instruments what is imported after it

    from logmine.config import LogsConfig  # noqa: PLC0415
    from logmine.logs import decode  # noqa: PLC0415
    from logmine.schemas import OBJECTS  # noqa: PLC0415

    path = Path(folder) / "object"
    path.write_bytes(data)
    objects = pl.DataFrame([("object", str(path), None, len(data), "")], schema=OBJECTS, orient="row")
    return decode(objects, config=LogsConfig(**LIMITS))


def check_compiled_reader(data, folder, tables):
    """Raise AssertionError where the compiled reader gives other rows than the general way."""
    from logmine.logs import plain  # noqa: PLC0415

    reader, plain.PlainReader = plain.PlainReader, None
    try:
        others = read(data, folder)
    finally:
        plain.PlainReader = reader
    assert others["dropped"].equals(tables["dropped"])
    for row, other in zip(tables["invocations"].iter_rows(named=True), others["invocations"].iter_rows(named=True), strict=True):
        differing = [column for column in row if row[column] != other[column]]
        assert not differing, differing


def check_reasons(reasons):
    """Raise AssertionError for a reason outside the closed set."""
    from logmine.schemas import DROP_REASONS  # noqa: PLC0415

    assert set(reasons) <= set(DROP_REASONS), set(reasons)


def check_row(row):
    """Raise AssertionError where a row holds what strict JSON, or its column, cannot hold."""
    assert (row["unusable"] is None) == (row["messages"] is not None)
    assert row["stop_reason"] in STOPS, row["stop_reason"]
    assert row["n_media"] is None or row["n_media"] >= 0
    for column in JSON_COLUMNS:
        if row[column] is not None:
            check_json(row[column])
    for message in json.loads(row["messages"] or "[]"):
        assert isinstance(message["role"], str), message
        assert isinstance(message["content"], str), message
    for call in json.loads(row["completion_tool_calls"] or "[]"):
        assert isinstance(call["function"]["arguments"], str), call
    for column in ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens"):
        assert row[column] is None or row[column] >= 0, column


def check_json(text):
    """Raise AssertionError unless ``text`` is strict JSON that is strict UTF-8 when it is written again."""

    def refuse(constant):
        raise AssertionError(constant)

    value = json.loads(text, parse_constant=refuse)
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def mutate(data, max_size, seed):
    """Return ``data`` with one JSON value of it changed, or with its bytes changed where it is no JSON."""
    import atheris  # noqa: PLC0415 - only the fuzzer needs it

    draw = random.Random(seed)
    if draw.random() < 0.3:
        return atheris.Mutate(data, max_size)
    lines = data.split(b"\n")
    position = draw.randrange(len(lines))
    try:
        value = json.loads(lines[position])
    except (ValueError, RecursionError):
        return atheris.Mutate(data, max_size)
    changed = json.dumps(_changed(value, draw), ensure_ascii=draw.random() < 0.5).encode("utf-8", "surrogatepass")
    lines[position] = changed
    whole = b"\n".join(lines)
    whole = gzip.compress(whole, 1, mtime=0) if draw.random() < 0.01 else whole
    return whole[:max_size]


def _changed(value, draw):
    """Return ``value`` with one part replaced, removed, doubled, or exchanged for another part."""
    value = copy.deepcopy(value)
    places = list(_places(value))
    if not places:
        return draw.choice(ODD_VALUES)
    holder, key = draw.choice(places)
    action = draw.randrange(6)
    if action == 0:
        del holder[key]
    elif action == 1 and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    elif action == 2:
        other, place = draw.choice(places)
        holder[key] = copy.deepcopy(other[place])
    elif action == 3 and isinstance(holder, dict):
        holder[draw.choice(places)[1] if draw.random() < 0.5 else key] = holder[key]
        holder = {str(name): entry for name, entry in holder.items()}
    elif action == 4:
        holder[key] = json.dumps(holder[key])
    else:
        holder[key] = copy.deepcopy(draw.choice(ODD_VALUES))
    return value


def _places(value):
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list):
        entries = list(enumerate(value))
    else:
        return
    for key, entry in entries:
        yield value, key
        yield from _places(entry)


def main():
    """Run until the limits given on the command line, which are libFuzzer's."""
    import atheris  # noqa: PLC0415 - only the fuzzer needs it

    with atheris.instrument_imports(include=["logmine.logs", "logmine.model_ids"]):
        import logmine.logs  # noqa: F401, PLC0415

    shared_memory = Path("/dev/shm")  # noqa: S108 - where there is one: each input is written to a file
    folder = tempfile.mkdtemp(dir=shared_memory if shared_memory.is_dir() else None)
    atheris.Setup(sys.argv, lambda data: check(data, folder), custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
