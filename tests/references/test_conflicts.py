import pytest

from logmine.references.conflicts import Given, disagreement, is_earned_by_anything, stated_answers

RIGHT, SAME, OTHER = Given(None, "18", None), Given("numeric", "18.0", "{}"), Given(None, "81", None)


@pytest.mark.parametrize(
    ("given", "written", "who"),
    [
        ([], [], None),
        ([RIGHT, SAME], ["$18"], None),
        ([RIGHT, OTHER], [], "outcomes"),
        ([RIGHT], ["18", "81"], "metadata"),
        ([RIGHT], ["81"], "metadata, outcomes"),
        ([RIGHT, OTHER], ["18", "81"], "metadata, outcomes"),
        ([RIGHT, Given(None, "unknown", None)], ["n/a"], None),
        ([RIGHT, Given("exact", "18", None)], [], "outcomes"),
    ],
)
def test_who_disagrees(given, written, who):
    assert disagreement(given, written, "numeric", "{}") == who


def test_two_outcomes_for_one_prompt_or_its_duplicates_that_differ_give_no_reference(task):
    pooled = task().add("p", ["1"]).add("p", ["2"], source="q")
    for key in ({"prompt_id": "p"}, {"request_id": "p-0"}, {"prompt_id": "q"}, {"request_id": "q-0"}):
        row = pooled.referenced("numeric", outcomes=[{"prompt_id": "p", "answer": "7"}, {**key, "answer": "8"}])["p"]
        assert (row["reference_answer"], row["origin"], row["conflict"]) == (None, None, "outcomes")


def test_metadata_that_contradicts_the_user_gives_no_reference(task):
    made = task()
    for n in range(4):
        made.add(f"p{n}", [f"{n}"] * 4, metadata={"gold": str(n)})
    rows = made.referenced("numeric", outcomes=[{"prompt_id": "p1", "answer": "9"}, {"prompt_id": "p2", "answer": "2"}])
    assert [rows[f"p{n}"]["conflict"] for n in range(4)] == [None, "metadata, outcomes", None, None]
    assert [rows[f"p{n}"]["origin"] for n in range(4)] == ["metadata", None, "outcomes", "metadata"]


STATES = "What is 6 times 7?\nThe answer is 42."
SILENT = [
    "What is 6 times 7?",
    "Is 42 more than 41?",
    "Q: What is 1 and 1?\nThe answer is 2.\nQ: What is 6 times 7?",
    "Q: 1 and 1? A: The answer is 2.\nQ: 2 and 2? A: The answer is 4.\nHow much is 6 times 7?",
    "The answer is 42. What was the question?",
    "Copy this line as it is: 42",
    "The answer is not 42.",
]


def test_a_prompt_that_states_its_answer_is_found():
    assert stated_answers({"p": STATES}, "numeric", {"p": ""}) == {"p": "42"}


@pytest.mark.parametrize("text", SILENT)
def test_a_number_that_only_stands_in_a_prompt_is_not_stated(text):
    assert stated_answers({"p": text}, "numeric", {"p": ""}) == {}


def test_what_most_prompts_of_a_task_state_is_an_example():
    texts = {f"p{n}": f'What is {n} times 7? Reply as {{"answer": "42"}}' for n in range(8)}
    assert stated_answers(texts, "numeric", dict.fromkeys(texts, "")) == {}


def test_options_and_labels_that_a_prompt_lists_are_not_stated():
    options = "Which city?\nA. Oslo\nB. Rome\nAnswer with the letter only."
    assert stated_answers({"p": options}, "choice", {"p": '{"options": {"A": "Oslo", "B": "Rome"}}'}) == {}
    labels = 'Choose one label, refund or billing, for "I was charged twice".'
    assert stated_answers({"p": labels}, "label", {"p": '{"labels": ["refund", "billing"]}'}) == {}


def test_a_reference_that_its_prompt_states_is_none(task):
    made = task().add("p", ["42"] * 4, user_text=STATES).add("q", ["42"] * 4, user_text="What is 6 times 7?")
    rows = made.referenced("numeric")
    assert (rows["p"]["conflict"], rows["p"]["reference_answer"]) == ("prompt", None)
    assert (rows["q"]["conflict"], rows["q"]["origin"]) == (None, "consensus")


WEAK = [
    "Write about the sun without using the word rain.",
    "Tell me of your day. Do not use any commas.",
    "Write at least 300 words on harbors.",
]
STRONG = [
    "Write at least 30 words on harbors and mention the word lighthouse.",
    "Write a poem of exactly 3 paragraphs. End it with the word sea.",
]


@pytest.mark.parametrize("text", [*WEAK, *STRONG])
def test_instructions_that_any_text_follows_measure_but_do_not_teach(task, text):
    made = task()
    for n in range(3):
        made.add(f"p{n}", ["A story."] * 4, user_text=f"{text} Number {n}.")
    row = made.referenced("constraints")["p0"]
    assert row["origin"] == "spec"
    assert row["conflict"] == ("anything" if text in WEAK else None)


@pytest.mark.parametrize("grader", ["exact", "label"])
def test_an_answer_that_is_the_word_correct_is_no_weak_reference(grader):
    spec = '{"labels": ["correct", "wrong"]}' if grader == "label" else ""
    assert not is_earned_by_anything({"grader": grader, "answer": "correct", "spec": spec}, "Is 2 + 2 = 4?")
