import pytest

from logmine.config import ReferencesConfig
from logmine.references.metadata import reference_values


def values(task, *metadata, **settings):
    made = task()
    for number, pairs in enumerate(metadata):
        made.add(f"p{number}", metadata=pairs)
    return reference_values(made.tables()[0], ReferencesConfig(**settings))


@pytest.mark.parametrize(
    "key", ["expected_answer", "gold", "ground_truth", "groundtruth", "eval.reference", "correct-option", "Target", "label"]
)
def test_a_key_is_found_by_its_name_and_because_it_varies(task, key):
    assert values(task, *({key: text, "team": "a"} for text in "xyz")) == {"p0": "x", "p1": "y", "p2": "z"}


@pytest.mark.parametrize("key", ["team", "answered_by", "goldfish", "request", "targets2"])
def test_keys_of_other_names_are_ignored(task, key):
    assert values(task, *({key: text} for text in "xyz")) == {}


def test_a_constant_key_and_a_key_of_two_prompts_are_ignored(task):
    assert values(task, *({"expected": "x"} for _ in range(5))) == {}
    assert values(task, {"expected": "x"}, {"expected": "y"}, {}) == {}


def test_a_configured_key_wins(task):
    pairs = [{"expected": "x", "solved": "1"}, {"expected": "y", "solved": "2"}, {"expected": "z", "solved": "3"}]
    assert values(task, *pairs, reference_keys=("solved",)) == {"p0": "1", "p1": "2", "p2": "3"}


def test_a_configured_key_needs_no_variation(task):
    assert values(task, {"solved": "1"}, reference_keys=("solved",)) == {"p0": "1"}


def test_duplicates_that_disagree_leave_their_prompt_without_a_reference(task):
    made = task().add("p", metadata={"gold": "x"}).add("p", source="q", metadata={"gold": "y"})
    made.add("r", metadata={"gold": "z"}).add("s", metadata={"gold": "v"}).add("s", source="u", metadata={"gold": "v"})
    assert reference_values(made.tables()[0], ReferencesConfig()) == {"r": "z", "s": "v"}


def test_blank_values_are_no_references(task):
    assert values(task, {"gold": " "}, {"gold": "x"}, {"gold": "y"}, {"gold": "z"}) == {"p1": "x", "p2": "y", "p3": "z"}
