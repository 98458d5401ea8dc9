import pytest

from logmine.tasks.passages import MIN_PASSAGE_CHARS, find_parts

TEA = "tea is made from the leaves of a shrub, and was first drunk in the south of china as a medicine; it came to europe by ship. " * 2
INK = "ink is a fluid with pigments or dyes, with which one writes, prints or draws; the first inks were made of soot and of glue. " * 2
ICE = "ice is water that is frozen, and lighter than the water around it; lakes freeze from above, and fish live through the winter. " * 2
WRAPPED = [TEA[start : start + 40] for start in range(0, 240, 40)]


def questions(*slots):
    return [parts and parts.question for parts in find_parts(slots)]


def keys(slots, place):
    return set(find_parts(slots)[place].leakage_keys())


SLOTS = [[TEA, INK, "where is it from?"], [INK, ICE, "is it heavy?"], [ICE, TEA, "where is it from?"], ["nothing found", "who are you?"]]


def test_the_question_is_told_apart_from_the_passages():
    assert questions(*SLOTS) == ["where is it from?", "is it heavy?", "where is it from?", None]


def test_prompts_with_a_passage_or_a_question_in_common_share_a_key():
    slots = [[TEA, "one?"], [INK, "one?"], [INK, "two?"], [TEA, "three?"]]
    assert keys(slots, 0) & keys(slots, 3)
    assert keys(slots, 0) & keys(slots, 1)
    assert not keys(slots, 0) & keys(slots, 2)


def test_a_passage_of_many_lines_is_one_passage():
    found = find_parts([[*WRAPPED, "is it hot?"], [INK, *WRAPPED, "where is it from?"], [INK, "is it wet?"]])
    assert [parts.question for parts in found] == ["is it hot?", "where is it from?", "is it wet?"]
    assert found[1].passages == ((INK,), tuple(WRAPPED))


def test_a_question_that_follows_a_passage_twice_is_no_part_of_it():
    assert (
        questions([INK, *WRAPPED, "is it hot?"], [ICE, *WRAPPED, "is it hot?"], [INK, ICE, "is it wet?"], [*WRAPPED, "who?"])[:2]
        == ["is it hot?"] * 2
    )


@pytest.mark.parametrize(
    "slots",
    [
        [["short", "a question?"], ["short", "another?"]],
        [[TEA, "one?"], [INK, "two?"], [ICE, "three?"]],
        [[TEA, "one?"], [TEA, "two?"], [INK, "three?"]],
        [[TEA], [TEA], [INK], [INK]],
        [],
    ],
    ids=["short", "no passage comes back", "one passage alone", "no questions", "nothing"],
)
def test_a_task_without_passages_that_come_back_has_none(slots):
    assert questions(*slots) == [None] * len(slots)


def test_a_line_counts_from_its_least_length():
    long, short = ("x" * MIN_PASSAGE_CHARS, "y" * (MIN_PASSAGE_CHARS - 1))
    assert find_parts([[long, INK, "a?"], [long, INK, short, "b?"]])[1].question == f"{short}\nb?"


def test_instructions_with_a_word_of_their_own_are_no_passages():
    about = [f"{TEA} The subject is {subject}." for subject in ("law", "art", "sport", "music")]
    assert questions(*([line, f"question {n}?"] for line in about for n in range(3))) == [None] * 12


def test_a_passage_that_comes_once_is_part_of_the_question():
    assert questions([TEA, INK, "one?"], [TEA, "two?"], [ICE, "three?"], [ICE, "four?"])[0] == f"{INK}\none?"


@pytest.mark.parametrize(
    ("slot", "marked", "question"),
    [
        ([TEA, "where is it from?"], {0}, "where is it from?"),
        (["where is it from?", TEA[:80], TEA[80:]], {1, 2}, "where is it from?"),
        (["guide to teas", TEA, "question: where is it from?", "say why."], {1}, "where is it from?\nsay why."),
        (["tea is hot", "where is it from?"], {0}, None),
        ([TEA, INK * 2], {0}, None),
        ([TEA], {0}, None),
    ],
    ids=["after", "before", "behind a label", "short", "a longer question", "no question"],
)
def test_marks_tell_a_passage_that_comes_once(slot, marked, question):
    [parts] = find_parts([slot], [marked])
    assert (parts and parts.question) == question


def test_passages_that_come_back_and_marked_ones_are_told_together():
    slots = [[TEA, INK, "one?"], [TEA, ICE, "two?"], [INK, ICE, "three?"], ["a note: " + TEA + INK, ICE, "four?"]]
    found = find_parts(slots, [set(), set(), set(), {0}])
    assert [parts.question for parts in found] == ["one?", "two?", "three?", "four?"]
    assert len(found[3].passages) == 2


def test_a_short_question_about_passages_that_do_not_come_back_ties_nothing():
    short, long = find_parts([[TEA, "what is it about?"], [INK, "what is it about, and " + "who would read it and why " * 3]], [{0}, {0}])
    assert short.question_id not in short.leakage_keys()
    assert long.question_id in long.leakage_keys()
