"""The room reads as its slow twin does: real records, corpora, and chats that hypothesis writes in every shape and container."""

import importlib.util
import json
import tempfile
from collections import defaultdict
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.config import LogsConfig
from logmine.logs import decode, list_objects

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared"
JSON_COLUMNS = ("messages", "tools", "completion_tool_calls")


def neighbor(name):
    """Return the module beside this one."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


twin, written = neighbor("twin"), neighbor("written")


def rows_of(source):
    """Return the rows of the room, JSON parsed, and the number of things that are no records."""
    tables = decode(list_objects([str(source)]), config=LogsConfig())
    rows = list(tables["invocations"].iter_rows(named=True))
    for row in rows:
        row |= {column: json.loads(row[column]) for column in JSON_COLUMNS if row[column]}
    return rows, tables["dropped"].filter(tables["dropped"]["line"] > 0).height


def rows_within(data):
    """Return what room and twin make of the bytes of one object."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "object.json").write_bytes(data)
        return rows_of(folder)[0], twin.read_folder(folder)[0]


def assert_alike(rows, expected):
    """Compare rows in the columns that the twin gives."""
    assert len(rows) == len(expected)
    for row, other in zip(rows, expected, strict=True):
        assert {column: row[column] for column in other} == other


def by_request(rows):
    """Return rows by request id: several may share one."""
    found = defaultdict(list)
    for row in rows:
        found[row["request_id"]].append(row)
    return found


@pytest.mark.parametrize("source", [HERE.parents[1] / "sample_logs", SHARED / "corpus" / "logs"], ids=["sample_logs", "corpus"])
def test_logs_read_as_the_twin_reads_them(source):
    if not source.is_dir():
        pytest.skip(f"needs {source.name}")
    (rows, n_dropped), (expected, n_refused) = rows_of(source), twin.read_folder(source)
    assert n_dropped == n_refused
    found, other = by_request(rows), by_request(expected)
    assert found.keys() == other.keys()
    for name, group in found.items():
        assert_alike(sorted(group, key=repr_of), sorted(other[name], key=repr_of))


def repr_of(row):
    return json.dumps([row.get("unusable"), row.get("messages"), row.get("completion")])


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/real_logs")
@pytest.mark.parametrize("name", ["slashid", "vectadb"])
def test_captured_records_read_as_the_twin_reads_them(name):
    assert_alike(*rows_within((SHARED / "real_logs" / f"{name}.jsonl").read_bytes()))


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/real_logs")
def test_captured_bodies_read_as_the_twin_reads_them():
    bodies = map(json.loads, (SHARED / "real_logs" / "otel_bodies.jsonl").read_text(encoding="utf-8").splitlines())
    records = [record_of(one["inputBody"], one["outputBody"], operation=one["operation"]) for one in bodies if one["status"] == 200]
    assert_alike(*rows_within("\n".join(map(json.dumps, records)).encode()))


def record_of(request, response, **fields):
    """Return a record around two bodies."""
    envelope = {"schemaType": "ModelInvocationLog", "requestId": "r", "modelId": "a.model", "operation": "InvokeModel"}
    return envelope | {"input": {"inputBodyJson": request}, "output": {"outputBodyJson": response}} | fields


WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), exclude_characters="<>[]|｜{}:\ufeff"), min_size=1, max_size=8
)
SAID = st.lists(WORDS, min_size=1, max_size=4).flatmap(
    lambda words: st.sampled_from((" ", "\n", "\u2028", "  ")).map(lambda gap: gap.join(words))
)
ANSWERS = st.one_of(SAID, st.just(""), st.text(max_size=20))
ARGUMENTS = st.dictionaries(WORDS, st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.text(max_size=5)), max_size=2)
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CALLS = st.lists(st.fixed_dictionaries({"id": WORDS, "name": WORDS, "arguments": ARGUMENTS}), max_size=2)
CHATS = st.fixed_dictionaries(
    {
        "system": st.none() | SAID,
        "turns": st.lists(SAID, min_size=1, max_size=5).filter(lambda turns: len(turns) % 2),
        "tools": st.lists(st.fixed_dictionaries({"name": WORDS, "schema": st.just(SCHEMA)}), max_size=2),
        "used": st.booleans(),
        "text": ANSWERS,
        "thought": st.none() | SAID,
        "calls": CALLS,
    }
)
CUTS = st.lists(st.integers(0, 30), max_size=6)
PLAIN_SHAPES = ("cohere", "llama", "instruct", "claude_text", "deepseek", "titan")  # no tools, no thoughts of their own
LAST_TURN_ALONE = ("jurassic", "command", "pictured")


def pieces(text, places):
    """Cut ``text`` at the places that lie in it."""
    ends = [0, *sorted({place for place in places if 0 < place < len(text)}), len(text)]
    return [text[start:end] for start, end in pairwise(ends) if end > start]


@given(chat=CHATS, places=CUTS)
def test_a_chat_reads_alike_in_every_shape(chat, places):
    bodies = written.every_shape(chat, partial(pieces, places=places))
    records = [record_of(*both, requestId=shape) for shape, both in bodies.items()]
    rows, expected = rows_within("\n".join(map(json.dumps, records)).encode())
    assert_alike(rows, expected)
    for row in rows:
        shape = row["request_id"].removesuffix("_events")
        if shape not in PLAIN_SHAPES + LAST_TURN_ALONE:
            assert row["messages"] == written.messages_of(chat), shape
            assert [one["function"]["name"] for one in row["completion_tool_calls"] or []] == [one["name"] for one in chat["calls"]]
        elif shape in PLAIN_SHAPES:
            assert row["messages"] == [{"role": who, "content": text} for who, text in written.spoken(chat)], shape
        elif shape == "pictured":
            assert row["messages"][-1]["content"] == chat["turns"][-1] + "\n[image]\n[image]"
            assert row["n_media"] == 2


@given(chat=CHATS, places=CUTS)
def test_a_stream_says_what_the_whole_response_says(chat, places):
    bodies = written.every_shape(chat, partial(pieces, places=places))
    records = [record_of(*both, requestId=shape) for shape, both in bodies.items()]
    rows = {row["request_id"]: row for row in rows_within("\n".join(map(json.dumps, records)).encode())[0]}
    columns = ("messages", "tools", "completion", "completion_tool_calls", "stop_reason", "reasoning", "stream_incomplete")
    for shape in [shape for shape in rows if f"{shape}_events" in rows]:
        whole, streamed = rows[shape], rows[f"{shape}_events"]
        assert {column: streamed[column] for column in columns} == {column: whole[column] for column in columns}, shape


@given(chat=CHATS, places=CUTS)
def test_bodies_exported_as_text_read_as_the_bodies_themselves(chat, places):
    bodies = written.every_shape(chat, partial(pieces, places=places))
    records = [record_of(*both, requestId=shape) for shape, both in bodies.items()]
    texts = [record_of(*map(json.dumps, both), requestId=shape) for shape, both in bodies.items()]
    (rows, expected), (exported, _) = (rows_within("\n".join(map(json.dumps, some)).encode()) for some in (records, texts))
    assert_alike(exported, expected)
    assert [row | {"body_digest": None} for row in exported] == [row | {"body_digest": None} for row in rows]


@given(
    ids=st.lists(WORDS, min_size=1, max_size=4, unique=True),
    kind=st.sampled_from(written.KINDS),
    packing=st.sampled_from(("not", "once", "twice", "members")),
    text=st.text(max_size=30),
    at=st.integers(1, 400),
)
def test_a_container_gives_the_records_that_it_holds(ids, kind, packing, text, at):
    asked, answer = (
        {"messages": [{"role": "user", "content": text}]},
        {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]},
    )
    records = [record_of(asked, answer, requestId=name) for name in ids]
    data = written.compressed(packing, written.contained(kind, records).encode(), at)
    rows, expected = rows_within(data)
    assert [row["request_id"] for row in rows] == ids
    assert_alike(rows, expected)
    assert {row["messages"][0]["content"] for row in rows} == {text}
