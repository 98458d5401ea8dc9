import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.tasks.frames import comparable_lines
from logmine.tasks.templates import find_templates, shared_lines, shared_run

TOPICS = ["ships", "bees", "glass", "violins", "rivers", "clocks", "bread", "maps", "ice", "kites", "paper", "salt"]
FEW_SHOT = "\n".join(f"Review: {topic} are lovely to look at\nVerdict: kind" for topic in TOPICS[:6])
TEMPLATES = {
    "summary": "Summarize the text below in one sentence for a newsletter.\n{}",
    "title": "Write a catchy title for an article about the following subject.\n{}",
    "quiz": "{}\nTurn the notes above into a quiz question with one right answer.",
}


def prose(seed, n_words=25):
    rng = random.Random(seed)
    return " ".join("".join(rng.choice("abcdefghiklmnoprstuw") for _ in range(rng.randint(2, 9))) for _ in range(n_words))


def grouped(texts, min_prompts=8):
    """Names of texts by template."""
    groups = {}
    for name, template in find_templates({name: comparable_lines(text) for name, text in texts.items()}, min_prompts=min_prompts).items():
        groups.setdefault(template, set()).add(name)
    return groups


def filled(templates, n=10):
    return {f"{name}-{i}": template.format(prose(f"{name}{i}")) for name, template in templates.items() for i in range(n)}


def kinds(groups):
    return sorted(sorted({name.split("-")[0] for name in names}) for names in groups.values())


def test_three_tasks_behind_one_system_prompt_come_apart():
    assert kinds(grouped(filled(TEMPLATES))) == [["quiz"], ["summary"], ["title"]]


def test_a_long_shared_prefix_of_examples_does_not_hide_them():
    prefixed = {name: f"{FEW_SHOT}\n{template}" for name, template in TEMPLATES.items()}
    assert kinds(grouped(filled(prefixed))) == [["quiz"], ["summary"], ["title"]]


def test_one_template_alone_is_one_task():
    assert len(grouped(filled({"summary": TEMPLATES["summary"]}, n=20))) == 1


def test_lines_of_content_that_recur_are_no_templates():
    texts = {f"chat-{i}": f"{prose(i)}\nThank you so much for all of your help today.\n{prose(-i - 1)}" for i in range(10)}
    texts |= {f"talk-{i}": f"{prose(i + 50)}\n{prose(i + 90)}" for i in range(30)}
    assert len(grouped(texts)) == 1


def test_free_chat_is_one_task():
    assert set(grouped({f"p{i}": prose(i, n_words=4 + i % 9) for i in range(40)})) == {frozenset()}


def test_a_template_of_too_few_prompts_is_none():
    few = filled({"summary": TEMPLATES["summary"]}, n=7) | {f"chat-{i}": prose(i) for i in range(30)}
    assert set(grouped(few)) == {frozenset()}


def test_slots_inside_a_long_line_do_not_hide_a_template():
    line = "Please translate the following sentence about {} from English to formal German as used in letters"
    order = "Give me a packing list for a journey of a week to a place known for {} and for good weather in May"
    texts = {f"{kind}-{i}": text.format(prose(f"{kind}{i}", 2)) for kind, text in (("line", line), ("order", order)) for i in range(10)}
    assert kinds(grouped(texts)) == [["line"], ["order"]]


def test_japanese_templates_come_apart():
    texts = {f"summary-{i}": f"次の文章を三十字以内で要約してください。\n{TOPICS[i]}についての長い文章" for i in range(10)}
    texts |= {f"polite-{i}": f"{TOPICS[i]}の話をしています\n上の文を丁寧な言葉に書き換えて出力してください。" for i in range(10)}
    assert kinds(grouped(texts)) == [["polite"], ["summary"]]


def test_lines_of_half_of_the_prompts_are_shared():
    assert shared_lines([["same 1", "a"], ["same 2", "b"], ["same 3", "c"], ["d"]]) == {"same 0"}
    assert shared_lines([["alone"]]) == set()


@pytest.mark.parametrize(
    ("lines", "from_end", "run"),
    [
        (["what is a", "what is b", "what is c"], False, ["what", "is"]),
        (["a in one word", "b in one word"], True, ["in", "one", "word"]),
        (["a b", "c d"], False, []),
        (["a b c"], False, []),
        ([], False, []),
        (["same text", "same text"], False, ["same", "text"]),
    ],
)
def test_words_shared_at_an_end(lines, from_end, run):
    assert shared_run([line.split() for line in lines], from_end=from_end) == run


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=5), max_size=10))
def test_a_shared_run_begins_four_fifths_of_the_lines(lines):
    run = shared_run(lines, from_end=False)
    assert not run or sum(words[: len(run)] == run for words in lines) >= 0.8 * sum(map(bool, lines))
    assert shared_run([words[::-1] for words in lines], from_end=True) == run[::-1]


@given(
    st.lists(
        st.lists(st.sampled_from(["a long line that tells a template", "another line that may well tell one", "x", "猫が好き"])),
        max_size=12,
    )
)
def test_the_order_of_prompts_does_not_count(bodies):
    named = {f"p{number}": lines for number, lines in enumerate(bodies)}
    backwards = dict(reversed(named.items()))
    assert find_templates(named, min_prompts=2) == find_templates(backwards, min_prompts=2)
