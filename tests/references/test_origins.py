import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logmine.graders import grade, render
from logmine.graders.rule import install

TOOL = {"add": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}


def found(row):
    """Origin and answer of a reference."""
    return row["origin"], row["reference_answer"] and json.loads(row["reference_answer"])["answer"]


def summed(task, **metadata):
    """Three prompts: four models agree on 4, on 5, and on nothing."""
    made = task()
    for prompt, answers, gold in (("p", "4444", "40"), ("q", "5555", "50"), ("r", "1236", "60")):
        made.add(prompt, [f"The answer is {answer}." for answer in answers], metadata={"gold": gold} if metadata.get("gold") else None)
    return made


def test_outcomes_come_before_metadata_and_metadata_before_consensus(task):
    given_answers = [{"prompt_id": "p", "answer": "40.0"}]
    assert found(summed(task).referenced("numeric")["p"]) == ("consensus", "4")
    assert found(summed(task, gold=True).referenced("numeric")["p"]) == ("metadata", "40")
    assert found(summed(task, gold=True).referenced("numeric", outcomes=given_answers)["p"]) == ("outcomes", "40")


def test_prompts_that_disagree_have_no_reference(task):
    assert found(summed(task).referenced("numeric")["r"]) == (None, None)


def test_consensus_needs_enough_answers_and_confidence(task):
    assert found(summed(task).referenced("numeric", min_consensus_attempts=5)["p"]) == (None, None)
    assert found(summed(task).referenced("numeric", min_consensus_confidence=1.0)["p"]) == (None, None)


def test_unusable_answers_have_no_vote(task):
    assert found(task().add("p", ["4"] * 4, unusable="truncated").referenced("numeric")["p"]) == (None, None)


@pytest.mark.parametrize("answers", [["7", "8"], ["7", "7.5"]])
def test_answers_that_contradict_one_another_are_a_conflict(task, answers):
    row = summed(task).referenced("numeric", outcomes=[{"prompt_id": "p", "answer": answer} for answer in answers])["p"]
    assert (found(row), row["grader"], row["conflict"]) == ((None, None), "numeric", "outcomes")


def test_an_answer_that_is_only_written_in_two_ways_is_one(task):
    row = summed(task).referenced("numeric", outcomes=[{"prompt_id": "p", "answer": answer} for answer in ("1,200", "1200.0", "1200")])["p"]
    assert (found(row), row["conflict"]) == (("outcomes", "1200"), None)


def test_an_outcome_may_name_a_grader_of_its_own(task):
    options = {"A": "Oslo", "B": "Rome"}
    made = task().add("p", ["Rome is nice."], options=options)
    row = made.referenced("judge", outcomes=[{"prompt_id": "p", "grader": "choice", "answer": "Rome"}])["p"]
    assert (row["grader"], found(row)) == ("choice", ("outcomes", "B"))
    assert json.loads(json.loads(row["reference_answer"])["spec"]) == {"options": options}


def test_labels_that_the_user_gives_widen_the_set(task):
    spec, rows = {"labels": ["refund"]}, [{"prompt_id": "p", "answer": "account closed"}]
    row = task().add("p", ["refund"]).referenced("label", spec, outcomes=rows)["p"]
    assert found(row)[0] == "outcomes"
    assert json.loads(json.loads(row["reference_answer"])["spec"]) == {"labels": ["account closed", "refund"]}


def test_that_no_tool_is_called_is_no_consensus(task):
    silent = task().add("p", ["Which day?", "On which day?", "What day?", "When?"], tools={"book": {"type": "object"}})
    assert found(silent.referenced("tool_call")["p"]) == (None, None)


@pytest.mark.parametrize("grader", [None, "judge", "code_tests"])
def test_tasks_that_nothing_checks_have_no_reference(task, grader):
    row = summed(task, gold=True).referenced(grader, outcomes=[{"prompt_id": "p", "answer": "4"}])["p"]
    assert (row["grader"], found(row)) == (grader, (None, None))


def test_nothing_takes_the_place_of_an_outcome_that_cannot_be_read(task):
    made = summed(task, gold=True)
    rows = made.referenced("numeric", outcomes=[{"prompt_id": "p", "answer": "some"}, {"prompt_id": "q", "answer": "50"}])
    assert (found(rows["p"]), found(rows["q"])) == ((None, None), ("outcomes", "50"))


def test_excluded_models_have_no_vote(task):
    made = task().add("p", ["4"] * 6).add("q", ["5"] * 6)
    assert found(made.referenced("numeric")["p"]) == ("consensus", "4")
    assert found(made.referenced("numeric", exclude_models=("us.amazon.nova-lite-v1:0",))["p"]) == ("consensus", "4")
    assert found(made.referenced("numeric", exclude_models=("amazon.nova-lite", "openai.gpt-oss-20b"))["p"]) == (None, None)


def test_a_key_found_by_name_is_not_believed_when_no_answer_ever_agrees_with_it(task):
    made = task()
    for n in range(6):
        made.add(f"p{n}", ["The answer is 4."] * 4, metadata={"target": str(7 + n)})
    assert found(made.referenced("numeric")["p0"])[0] == "consensus"
    assert found(made.referenced("numeric", reference_keys=("target",))["p0"]) == ("metadata", "7")


def test_metadata_that_the_grader_cannot_read_is_passed_over(task):
    made = summed(task).add("s", ["6"], metadata={"gold": "x"}).add("t", ["7"], metadata={"gold": "7"}).add("u", metadata={"gold": "8"})
    rows = made.referenced("numeric")
    assert [found(rows[name]) for name in "stu"] == [(None, None), ("metadata", "7"), ("metadata", "8")]


SPECS = {
    "numeric": {},
    "exact": {},
    "label": {"labels": ["refund", "delivery", "Other things"]},
    "json_fields": {"fields": {"city": "exact", "days": "number"}},
}
WRITTEN = st.one_of(
    st.text(max_size=30),
    st.integers().map(str),
    st.floats(allow_nan=False).map(str),
    st.sampled_from(["refund", "Delivery!", "B", "Oslo", "1,060", "60%", "3/4", "['a', 1]", '"x"', "add(a=3)", "[]"]),
    st.fixed_dictionaries({"city": st.text(max_size=8), "days": st.integers(0, 99)}).map(json.dumps),
)


@settings(max_examples=60)
@given(WRITTEN, st.sampled_from(["numeric", "exact", "label", "json_fields", "choice", "tool_call"]))
def test_every_reference_grades_itself_correct(task, answer, grader):
    made = task().add("p", ["x"], options={"A": "Oslo", "B": "Rome"}, tools=TOOL)
    row = made.referenced(grader, SPECS.get(grader), outcomes=[{"prompt_id": "p", "answer": answer}])["p"]
    if row["reference_answer"] is not None:
        reference = json.loads(row["reference_answer"])
        assert set(reference) == {"grader", "answer", "spec"}
        assert grade(reference, *render(reference)).verdict == "correct"


@settings(max_examples=30)
@given(
    st.lists(st.lists(st.sampled_from(["4", "5", "The answer is 4.", "none"]), max_size=5), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_does_not_count(task, answers, rng):
    made, moved = task(), task()
    for number, texts in enumerate(answers):
        made.add(f"p{number}", texts, metadata={"gold": "4"})
    moved.candidates, moved.attempts = (rng.sample(rows, len(rows)) for rows in (made.candidates, made.attempts))
    assert made.referenced("numeric") == moved.referenced("numeric")


RULE = "def check(text, tool_calls, reference, spec):\n    return reference in text if reference else len(text) > len(spec['prompt'])\n"


def test_a_rule_gives_every_prompt_a_reference_that_something_proves(task):
    spec = {"rule": f"rules:check@{install(RULE)}"}
    made = task().add("p", ["no", "a long answer"], user_text="short").add("q", ["no"], user_text="quite long")
    made.add("r", ["no"], user_text="x", metadata={"gold": "n"}).add("s", ["?"]).add("t", ["n"], metadata={"gold": "m"}).add(
        "u", metadata={"gold": "k"}
    )
    rows = made.referenced("rule", spec, outcomes=[{"prompt_id": "s", "answer": "yes"}])
    assert [(prompt, *found(row)) for prompt, row in sorted(rows.items())] == [
        ("p", "spec", ""),
        ("q", None, None),
        ("r", "metadata", "n"),
        ("s", "outcomes", "yes"),
        ("t", "metadata", "m"),
        ("u", "metadata", "k"),
    ]
    assert json.loads(json.loads(rows["p"]["reference_answer"])["spec"])["example"]["text"] == "a long answer"
    assert all(
        grade(one, *render(one)).verdict == "correct" for row in rows.values() if (one := json.loads(row["reference_answer"] or "null"))
    )
