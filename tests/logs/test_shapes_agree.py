"""A prompt is the same one in every shape of body: measured on the labelled corpus, whose records were rebuilt in eleven shapes."""

import gzip
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from logmine.config import LogsConfig
from logmine.logs import decode, list_objects
from logmine.prompts import canonicalize
from logmine.prompts.canonical import canonical_text

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
MERGED = "mistral"  # its template has no system turn: the text stands before the user's, a blank line between

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus")


@pytest.fixture(scope="module")
def truth():
    lines = gzip.decompress((CORPUS / "truth" / "requests.jsonl.gz").read_bytes()).splitlines()
    return {entry["request_id"]: entry for entry in map(json.loads, lines)}


@pytest.fixture(scope="module")
def decoded():
    return decode(list_objects([str(CORPUS / "logs")]), config=LogsConfig())


@pytest.fixture(scope="module")
def same_prompt(truth, decoded):
    """Return, for each prompt, the shape and columns of its records without variant or personal data."""
    calls = canonicalize(decoded["invocations"])["calls"].rename({"messages": "canonical"}).select("request_id", "canonical")
    rows = decoded["invocations"].filter(decoded["invocations"]["unusable"].is_null()).join(calls, on="request_id")
    found = defaultdict(list)
    for row in rows.select("request_id", "messages", "tools", "canonical").iter_rows(named=True):
        entry = truth[row["request_id"]]
        if not entry.get("variant") and not entry.get("pii") and entry["source"] != "tau_airline":
            found[entry["prompt_id"]].append(row | {"shape": entry["shape"]})
    return found


def test_every_record_is_read_once_and_nothing_else_is_taken_for_one(truth, decoded):
    rows = decoded["invocations"]
    assert Counter(rows["request_id"]) == Counter(dict.fromkeys(truth, 1))  # recall 1.0, no false record, none listed twice
    assert Counter(decoded["dropped"]["reason"]) == {"unreadable": 7}


def test_every_record_is_read_as_the_kind_that_it_is(truth, decoded):
    kinds = {"chat": None, "error": "failed_call", "nonchat": "not_chat"}
    found = dict(decoded["invocations"].select("request_id", "unusable").iter_rows())
    assert found == {name: kinds[entry["kind"]] for name, entry in truth.items()}


def test_one_prompt_has_equal_canonical_messages_in_every_shape(same_prompt):
    texts = {name: {row["canonical"] for row in rows if row["shape"] != MERGED} for name, rows in same_prompt.items()}
    assert {name for name, found in texts.items() if len(found) > 1} == set()
    assert len({row["shape"] for rows in same_prompt.values() for row in rows}) == 11


def test_where_a_template_has_no_system_turn_the_text_is_still_equal(same_prompt):
    def whole(row):
        return canonical_text("\n\n".join(message["content"] for message in json.loads(row["messages"])))

    texts = {name: {whole(row) for row in rows} for name, rows in same_prompt.items()}
    assert {name for name, found in texts.items() if len(found) > 1} == set()
    assert sum(row["shape"] == MERGED for rows in same_prompt.values() for row in rows) > 300


def test_one_prompt_has_equal_tools_in_every_shape(same_prompt):
    assert {name for name, rows in same_prompt.items() if len({row["tools"] for row in rows}) > 1} == set()
