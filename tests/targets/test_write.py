import json

import polars as pl
import pyarrow.json
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.config import TargetsConfig
from logmine.errors import OutputError, SchemaError
from logmine.targets import check_file, write_dataset
from logmine.targets.rows import json_line

CONFIG = TargetsConfig()


def rows_of(path):
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def test_a_row_has_the_documented_keys(dataset, tmp_path):
    write_dataset(dataset({}), tmp_path, config=CONFIG)
    assert rows_of(tmp_path / "train.jsonl") == [
        {
            "id": "p000",
            "messages": [{"role": "system", "content": "Add."}, {"role": "user", "content": "What is 17 + 4? (p000)"}],
            "reference_answer": {"grader": "numeric", "answer": "21", "spec": "{}"},
            "task_id": "sums",
            "topic": "",
            "pass_rate": 0.5,
            "band_evidence": "measured",
            "language": "en",
        }
    ]


def test_both_files_exist_even_when_empty(dataset, tmp_path):
    counts = write_dataset(dataset(), tmp_path, config=CONFIG)
    assert counts == {"train.jsonl": 0, "eval.jsonl": 0}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["eval.jsonl", "train.jsonl"]


def test_rows_with_tools_have_files_of_their_own(dataset, tmp_path, search_tool):
    counts = write_dataset(dataset({}, {"tools": [search_tool]}, {"split": "eval"}), tmp_path, config=CONFIG)
    assert counts == {"train.jsonl": 1, "train-tools.jsonl": 1, "eval.jsonl": 1}
    assert all("tools" in row for row in rows_of(tmp_path / "train-tools.jsonl"))
    assert not any("tools" in row for row in rows_of(tmp_path / "train.jsonl"))


def test_a_file_of_an_earlier_build_does_not_stay(dataset, tmp_path, search_tool):
    write_dataset(dataset({"tools": [search_tool]}), tmp_path, config=CONFIG)
    write_dataset(dataset({}), tmp_path, config=CONFIG)
    assert not (tmp_path / "train-tools.jsonl").exists()


def test_tools_get_what_trainers_require(dataset, tmp_path, search_tool):
    write_dataset(dataset({"tools": [search_tool, search_tool, {"type": "web_search"}]}), tmp_path, config=CONFIG)
    (tool,) = rows_of(tmp_path / "train-tools.jsonl")[0]["tools"]
    assert tool["function"]["description"] == "search"
    assert tool["function"]["parameters"] == {"type": "object", "properties": {"query": {"type": "string"}}}


@pytest.mark.parametrize("parameters", [None, {}, {"type": ["object"]}, {"required": None}, {"properties": [], "required": [1]}, "text"])
def test_odd_parameters_become_an_object_schema(dataset, tmp_path, parameters):
    write_dataset(dataset({"tools": [{"function": {"name": "f", "parameters": parameters}}]}), tmp_path, config=CONFIG)
    (tool,) = rows_of(tmp_path / "train-tools.jsonl")[0]["tools"]
    assert tool == {"function": {"name": "f", "parameters": {"type": "object", "properties": {}}, "description": "f"}, "type": "function"}


def test_messages_keep_the_four_keys_that_validators_allow(dataset, tmp_path):
    call = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": "{}"}}
    messages = [
        {"role": "developer", "content": [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}], "name": "x"},
        {"role": "user", "content": "Look it up."},
        {"role": "assistant", "content": "", "reasoning_content": "hm", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "found"},
        {"role": "user", "content": "And?"},
    ]
    write_dataset(dataset({"messages": messages}), tmp_path, config=CONFIG)
    assert rows_of(tmp_path / "train.jsonl")[0]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Look it up."},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "content": "found", "tool_call_id": "c1"},
        {"role": "user", "content": "And?"},
    ]


def test_bytes_do_not_depend_on_the_order_of_rows(dataset, tmp_path):
    rows = dataset(*[{"pass_rate": number / 10} for number in range(5)])
    write_dataset(rows, tmp_path, config=CONFIG)
    first = (tmp_path / "train.jsonl").read_bytes()
    write_dataset(rows.reverse(), tmp_path, config=CONFIG)
    assert (tmp_path / "train.jsonl").read_bytes() == first


@pytest.mark.parametrize("column", ["task_id", "topic_id", "band_evidence", "language"])
def test_nothing_is_null(dataset, tmp_path, column):
    write_dataset(dataset({}, {column: None}), tmp_path, config=CONFIG)
    rows = rows_of(tmp_path / "train.jsonl")
    assert [list(row) for row in rows] == [list(rows[0])] * 2
    assert not any(value is None for row in rows for value in row.values())


def test_pass_rate_stands_in_every_row_or_in_none(dataset, tmp_path):
    write_dataset(dataset({}, {"pass_rate": None}, {"split": "eval"}), tmp_path, config=CONFIG)
    assert ["pass_rate" in row for row in rows_of(tmp_path / "train.jsonl")] == [False, False]
    assert ["pass_rate" in row for row in rows_of(tmp_path / "eval.jsonl")] == [True]


@pytest.mark.parametrize("changes", [{"split": None}, {"split": "test"}, {"reference_answer": None}])
def test_a_row_that_cannot_be_written_is_a_bug(dataset, tmp_path, changes):
    with pytest.raises(SchemaError, match="1 rows"):
        write_dataset(dataset({}, changes), tmp_path, config=CONFIG)


def test_a_folder_that_is_not_there_is_named(dataset, tmp_path):
    with pytest.raises(OutputError, match=r"gone.*cannot be written"):
        write_dataset(dataset({}), tmp_path / "gone", config=CONFIG)


def test_files_round_trip_through_polars_and_arrow(dataset, tmp_path, search_tool):
    changes = [{"split": split, "tools": tools} for split in ("train", "eval") for tools in (None, [search_tool])]
    counts = write_dataset(dataset(*changes), tmp_path, config=CONFIG)
    for name, n_rows in counts.items():
        path = tmp_path / name
        assert pl.read_ndjson(path).rows(named=True) == rows_of(path)
        assert pyarrow.json.read_json(path).to_pylist() == rows_of(path)
        assert n_rows == 1


def test_a_written_file_passes_the_check(dataset, tmp_path, search_tool):
    write_dataset(dataset(*[{"tools": [search_tool]}] * 100, *[{}] * 100), tmp_path, config=CONFIG)
    assert check_file(tmp_path / "train.jsonl") == []
    assert check_file(tmp_path / "train-tools.jsonl") == []


@given(st.text(st.characters(), max_size=30))
def test_a_line_is_strict_json_on_one_line(text):
    line = json_line({"text": text}).decode("utf-8", "strict")
    assert len(line.splitlines()) == 1
    assert json.loads(line)["text"] == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 5000, "1" + "0" * 30])
def test_numbers_beyond_json_do_not_break_a_file(dataset, tmp_path, number):
    tools = f'[{{"function": {{"name": "f", "parameters": {{"properties": {{"n": {{"maximum": {number}}}}}}}}}}}]'
    write_dataset(dataset({"tools": tools}), tmp_path, config=CONFIG)
    maximum = rows_of(tmp_path / "train-tools.jsonl")[0]["tools"][0]["function"]["parameters"]["properties"]["n"]["maximum"]
    assert maximum in (None, 1e30)
