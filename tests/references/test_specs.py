import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.references.specs import (
    MAX_LABELS,
    Attempt,
    choice_spec,
    declared_tools,
    fields_spec,
    folded,
    label_spec,
    listed_options,
    tool_spec,
)
from logmine.schemas import empty

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city"]}


def attempts(*texts):
    """One attempt a text, each to a prompt of its own."""
    return [Attempt(f"p{number}", f"r{number}", "m", text, []) for number, text in enumerate(texts)]


def labels(*texts, references=()):
    spec = label_spec(attempts(*texts), references)
    return spec and json.loads(spec.shared)["labels"]


def fields(*values):
    spec = fields_spec(attempts(*(value if isinstance(value, str) else json.dumps(value) for value in values)), empty("candidates"))
    return spec and json.loads(spec.shared)["fields"]


def test_a_label_with_a_prefix_is_the_label():
    assert labels(*["refund", "Intent: refund", "delivery", "Intent: delivery"] * 2) == ["delivery", "refund"]


def test_forms_of_a_label_are_one_and_the_most_frequent_is_its_name():
    assert labels("card_lost", "Card lost", "card_lost", "other", "Other.", "other") == ["card_lost", "other"]


def test_a_colon_before_a_label_does_not_remove_it():
    assert labels(": refund", "refund", "refund", "other", "other") == ["other", "refund"]


def test_numbers_are_no_labels():
    assert labels("4", "4", "5", "5", "1 0", "1 0") is None


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["only once"],
        [f"answer {letter}" for letter in "abcdefgh"],
        ["refund", "refund", *("a long answer of many words that nobody would take for a label of any kind" for _ in range(9))],
        [f"label {n // 2}" for n in range(2 * MAX_LABELS + 2)],
    ],
    ids=["nothing", "one", "all different", "mostly long", "too many"],
)
def test_answers_that_are_no_closed_set(texts):
    assert labels(*texts) is None


def test_one_prompt_makes_no_label():
    assert label_spec([Attempt("p", f"r{n}", "m", "refund", []) for n in range(9)], ()) is None


def test_references_add_labels_that_no_model_gave():
    assert labels("refund", "refund", "other", "other", references=["fraud", "Refund", "x" * 99]) == ["fraud", "other", "refund"]


def test_objects_have_rules_by_the_type_of_their_values():
    spec = fields(*({"city": "Oslo", "days": n, "tags": ["a"], "ok": True, "note": "very long text " * 9} for n in range(3)))
    assert spec == {"city": "exact", "days": "number", "note": "ignored", "ok": "exact", "tags": "set"}


@pytest.mark.parametrize("name", ["answer", "Final_Answer", "result"])
def test_an_object_that_states_an_answer_is_no_object_of_fields(name):
    assert fields(*({"reasoning": "because", name: n} for n in range(3))) is None


def test_fields_that_are_rare_or_long_are_no_evidence():
    assert fields({"a": 1}, {"a": 2}, {"a": 3, "b": 4}) == {"a": "number"}
    assert fields(*({"essay": "word " * 40} for _ in range(3))) is None
    assert fields({"a": 1}, "prose", "more prose") is None


def test_options_that_vary_make_a_choice_and_a_constant_list_does_not(task):
    varied = task().add("p", options={"A": "x", "B": "y"}).add("q", options={"A": "v", "B": "w"}).add("r")
    constant = task().add("p", options={"A": "yes", "B": "no"}).add("q", options={"A": "yes", "B": "no"})
    assert json.loads(choice_spec(varied.tables()[0]).of("q")) == {"options": {"A": "v", "B": "w"}}
    assert choice_spec(constant.tables()[0]) is None


def test_the_prompt_itself_lists_its_options_before_its_duplicates(task):
    pooled = task().add("p", source="a", options={"A": "1"}).add("p", options={"A": "2"}).add("q", source="b", options={"A": "3"}).add("q")
    assert listed_options(pooled.tables()[0]) == {"p": '{"options":{"A":"2"}}', "q": '{"options":{"A":"3"}}'}


def test_tools_count_when_most_completions_call_one_or_a_third_where_they_are_declared(task, call):
    made = task().add("p", [[call("add", a=1)], [call("add", a=2)], "no call"], tools={"add": {}})
    calling = [Attempt("p", str(n), "m", "" if n else "text", [call("add", a=n)] if n else []) for n in range(3)]
    assert tool_spec(calling, made.tables()[0]).by_prompt == declared_tools(made.tables()[0]) == {"p": '{"tools":{"add":{}}}'}
    assert tool_spec(calling[:1], made.tables()[0]) is None
    assert tool_spec(calling[:2], made.tables()[0]) is not None
    assert tool_spec(calling[:2], task().add("p", ["no tools are declared"]).tables()[0]) is None


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    ("stated", "is_taken"),
    [
        (json.dumps(SCHEMA), True),
        (json.dumps({"type": "object", "properties": {"hotel": {}, "stars": {}, "city": {}}}), False),
        (json.dumps({**SCHEMA, "required": ["hotel"]}), False),
        ("{'type': 'object', 'properties': {'city': {}, 'days': {}}, 'required': [city", False),
        ("a city and days", False),
    ],
)
def test_the_schema_that_prompts_state_is_taken_where_it_describes_their_outputs(task, stated, is_taken):
    made = task()
    for n in range(6):
        made.add(f"p{n}", [json.dumps({"city": f"c{n}", "days": n})] * 2, user_text=f"Trip {n}. Answer by this schema: {stated}")
    spec = json.loads(made.inferred()["spec"])
    assert spec["fields"] == {"city": "exact", "days": "number"}
    assert spec.get("schema") == (SCHEMA if is_taken else None)
