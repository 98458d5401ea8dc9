import random
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from logmine.config import TasksConfig
from logmine.tasks import find_tasks

CONFIG = TasksConfig(min_template_prompts=4)
NOUNS = ["ships", "bees", "glass", "violins", "rivers", "clocks"]
BODIES = [
    "Where is my parcel?",
    "where is  my parcel?",
    "[ticket 12]\nWhere is my parcel?",
    "Add 3 and 4.",
    "Add 3 and 5.",
    "Summarize the text below in one short sentence.\nBees dance.",
    "Summarize the text below in one short sentence.\nShips sail.",
    "次の文章を三十字以内で要約してください。\n猫の話",
    "",
    " \n ",
]


def identities(table):
    return dict(find_tasks(table, config=CONFIG)["placed"].select("prompt_id", "identity_id").iter_rows())


def groups(table):
    found = {}
    for prompt, identity in identities(table).items():
        found.setdefault(identity, set()).add(prompt)
    return sorted(map(sorted, found.values()))


def test_variants_are_one_prompt(scoped):
    framed = [f"[ticket {n}{n} opened]\n{text}" for n, text in enumerate(["Where is it?", "Why was I charged?"])]
    table = scoped("Where is it?", "WHERE is\n it? ".replace("\n", ""), "Why was I charged?", *framed)
    assert groups(table) == [["p000", "p001", "p003"], ["p002", "p004"]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Add 3 and 4.", "Add 3 and 5."),
        ("Is it safe?", "Is it not safe?"),
        ("Where is it?", "Where is she?"),
        ('Spell "Polish".', 'Spell "polish".'),
        ("Run:\n```\nx = A\n```", "Run:\n```\nx = a\n```"),
        ("三つ挙げてください", "四つ挙げてください"),
    ],
)
def test_siblings_are_never_one(scoped, one, other):
    assert groups(scoped(one, other)) == [["p000"], ["p001"]]


def test_lists_below_an_instruction_are_never_taken_for_headers(scoped):
    assert len(groups(scoped(*(f"Sort this list.\n[{n}, 7, 1]" for n in range(12))))) == 12


def test_histories_part_prompts_of_one_text(scoped):
    table = scoped(
        {"body": "why?", "history_id": "a"}, {"body": "why?", "history_id": "b"}, {"body": "why?"}, {"body": "Why?", "history_id": "a"}
    )
    assert groups(table) == [["p000", "p003"], ["p001"], ["p002"]]


def test_identity_is_named_by_the_earliest_and_a_prompt_without_time_is_last(scoped):
    late, early = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    table = scoped({"body": "hi", "invoked_first": None}, {"body": "hi", "invoked_first": late}, {"body": "Hi", "invoked_first": early})
    assert set(identities(table).values()) == {"p002"}


def test_scopes_are_never_mixed(scoped):
    placed = find_tasks(pl.concat([scoped("hi"), scoped("hi", scope_id="other").with_columns(prompt_id=pl.lit("q"))]), config=CONFIG)[
        "placed"
    ]
    assert placed["task_id"].n_unique() == placed["identity_id"].n_unique() == 2


def test_slots_are_what_the_template_lacks(scoped):
    table = scoped(*(f"Summarize the text below in one sentence.\nAll about {noun}" for noun in NOUNS))
    tables = find_tasks(table, config=CONFIG)
    assert tables["placed"]["slot_text"].to_list() == NOUNS
    assert tables["found_tasks"]["skeleton"].to_list() == ["summarize the text below in one sentence.\n…"]


def test_tasks_count_their_prompts_and_requests(scoped):
    [task] = find_tasks(scoped("a", "b", n_requests=3), config=CONFIG)["found_tasks"].rows(named=True)
    assert (task["n_prompts"], task["n_requests"]) == (2, 6)


@pytest.mark.parametrize(
    ("columns", "line", "name"),
    [
        ({}, "Summarize the text below in one sentence.", "app: summarize the text below in"),
        ({"role": None, "tool_names": "add,search"}, "Summarize the text below in one sentence.", "add: summarize the text below in"),
        (
            {"role": None},
            "次の文章を三十字以内でわかりやすく要約してください。",
            "prompts: 次の文章を三十字以内でわかりやすく要約してください。",
        ),
        ({}, "Antworte bitte nur mit einer Zahl: 10 20", "app: antworte bitte nur mit einer"),
    ],
    ids=["a caller", "tools", "Japanese", "words and numbers"],
)
def test_names_are_readable(scoped, columns, line, name):
    framed, free = [f"{line}\n{noun}" for noun in NOUNS], [f"{noun} or {noun[::-1]}" for noun in NOUNS]
    names = find_tasks(scoped(*framed, *free, **columns), config=CONFIG)["found_tasks"]["name"].to_list()
    assert name in names


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("{}\nGib nur die endgültige Zahl als Antwort aus.", "app: gib nur die endgültige zahl"),
        ("Has {} been transported internationally?", "app: … been transported internationally?"),
        ("Which town has the {} been transported internationally to?", "app: which town has the"),
    ],
)
def test_a_template_is_named_by_the_beginning_of_its_line_where_it_is_shared(scoped, line, name):
    asked = [line.format(noun) for noun in NOUNS]
    names = find_tasks(scoped(*asked, *(f"{noun}?" for noun in NOUNS)), config=CONFIG)["found_tasks"]["name"].to_list()
    assert set(names) == {"app", name}


def test_the_end_of_a_japanese_template_is_not_cut_into_pieces(scoped):
    asked = [f"{noun}について上の文を丁寧な言葉に書き換えて出力してください。" for noun in NOUNS]
    names = find_tasks(scoped(*asked, *(f"{noun}?" for noun in NOUNS)), config=CONFIG)["found_tasks"]["name"]
    assert all(name == "app" or (name.endswith("してください。") and " " not in name.removeprefix("app: ")) for name in names)


@settings(max_examples=30)
@given(st.lists(st.sampled_from(BODIES), min_size=1, max_size=14), st.randoms(use_true_random=False))
def test_each_prompt_has_one_place_whatever_the_order_of_rows(scoped, bodies, rng):
    table = scoped(*bodies)
    tables = find_tasks(table, config=CONFIG)
    assert sorted(tables["placed"]["prompt_id"]) == table["prompt_id"].to_list()
    assert set(tables["placed"]["task_id"]) == set(tables["found_tasks"]["task_id"])
    moved = find_tasks(table[rng.sample(range(table.height), table.height)], config=CONFIG)
    for name, key in (("placed", "prompt_id"), ("found_tasks", "task_id")):
        assert_frame_equal(tables[name].sort(key), moved[name].sort(key))


@settings(max_examples=30)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_prompts_of_any_text_are_placed_and_identity_is_its_own_head(scoped, bodies):
    heads = identities(scoped(*bodies))
    assert all(heads[head] == head for head in heads.values())
    assert len(set(heads.values())) <= len(set(bodies))


def passage(seed):
    """Forty words of a seed's own."""
    draw = random.Random(seed)
    return " ".join("".join(draw.choices("abdegiklmnoprstu", k=draw.randint(4, 8))) for _ in range(40)) + "."


def test_other_questions_about_the_same_passages_are_other_prompts(scoped):
    questions = ["What is the fee?", "What is the fee for boats?", "Who owns the walls?", "What is the fee?", *(f"And {n}?" for n in NOUNS)]
    bodies = [
        f"Answer from the context.\n{passage(n // 2)}\n{passage(n // 2 + 1)}\n{question}\nBe brief." for n, question in enumerate(questions)
    ]
    placed = find_tasks(scoped(*bodies, bodies[0].upper()), config=CONFIG)["placed"].sort("prompt_id")
    assert placed["identity_id"].n_unique() == len(bodies)
    assert placed["guard"].n_unique() == len(bodies) / 2  # each two have the same passages
    assert placed["question"][:2].to_list() == questions[:2]
    assert placed["question_id"][0] == placed["question_id"][3] == placed["question_id"][10]
    assert placed["question_id"].n_unique() == len(bodies) - 1
    first, second, third, fourth, *_, last, _ = [set(keys) for keys in placed["leakage_keys"].to_list()]
    assert first & second
    assert second & third
    assert first & fourth
    assert not first & last


MARKED = (
    "Context:\n{passage}\nQuestion: {question}",
    "{question}\n<document index='1'>\n{passage}\n</document>",
    "Use the sources.\n[1] {first}\n[2] {last}\n{question}",
    "次の質問に答えてください。\n## 参考資料\n{passage}\n## 質問\n{question}",
)


@pytest.mark.parametrize("form", MARKED)
def test_a_passage_that_comes_once_is_told_by_its_marks(scoped, form):
    bodies = []
    for n, noun in enumerate(NOUNS):
        text = passage(n)
        bodies.append(form.format(passage=text, first=text[:100], last=text[100:], question=f"Who keeps the {noun}?"))
    placed = find_tasks(scoped(*bodies), config=CONFIG)["placed"].sort("prompt_id")
    assert placed["question"].to_list() == [f"Who keeps the {noun}?" for noun in NOUNS]
    assert placed["question_id"].n_unique() == len(NOUNS)


def test_prompts_that_share_a_passage_share_a_leakage_key_whatever_is_asked(scoped):
    bodies = [f"Context:\n{passage(n // 2)}\nQuestion: Who keeps the {noun}?" for n, noun in enumerate(NOUNS)]
    keys = [set(found) for found in find_tasks(scoped(*bodies), config=CONFIG)["placed"].sort("prompt_id")["leakage_keys"].to_list()]
    assert all(bool(one & other) == (n // 2 == m // 2) for n, one in enumerate(keys) for m, other in enumerate(keys) if n < m)


def test_the_same_short_question_about_other_passages_ties_no_prompts_together(scoped):
    bodies = [
        f"Context:\n{passage(n)}\nQuestion: {'What is it about?' if n % 3 else f'Who keeps the {noun}?'}" for n, noun in enumerate(NOUNS)
    ]
    keys = [set(found) for found in find_tasks(scoped(*bodies), config=CONFIG)["placed"].sort("prompt_id")["leakage_keys"].to_list()]
    assert not any(one & other for n, one in enumerate(keys) for other in keys[:n])
