"""Records that lie in memory are read as those of an object are."""

import json

import polars as pl

from logmine.config import LogsConfig
from logmine.logs import decode, list_objects, read_records

PLACES = ("object", "line", "address", "endpoint_url")


def lines_of(*rows):
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def test_records_in_memory_are_read_as_those_of_a_file(converse, tmp_path):
    data = lines_of(*(converse(text=f"Question {n}", requestId=f"r{n}") for n in range(3)))
    (tmp_path / "a.json").write_bytes(data)
    of_file = decode(list_objects([str(tmp_path)]), config=LogsConfig())["invocations"]
    in_memory = read_records(data, config=LogsConfig())
    same = [name for name, kind in in_memory.schema.items() if name not in PLACES and kind != pl.Object]
    assert in_memory.select(same).equals(of_file.select(same))
    assert in_memory["request_id"].to_list() == ["r0", "r1", "r2"]


def test_lines_that_are_no_records_are_left_out(converse):
    read = read_records(b"not JSON\n[1]\n" + lines_of(converse(requestId="kept")), config=LogsConfig())
    assert read["request_id"].to_list() == ["kept"]


def test_nothing_gives_an_empty_table_of_the_same_columns(converse):
    nothing = read_records(b"", config=LogsConfig())
    assert nothing.is_empty()
    assert nothing.schema == read_records(lines_of(converse()), config=LogsConfig()).schema
