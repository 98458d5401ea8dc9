import polars as pl
import pytest
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.similarity import sign_meanings
from logmine.similarity.meanings import MAX_CHARS, ask_apart, is_minimal_pair

NONE = schemas.empty("near_duplicates")


def placed(*texts, **shared):
    rows = [{"prompt_id": f"p{n:03}", "task_id": "t", "guard": "", "n_requests": n + 1, "slot_text": text} for n, text in enumerate(texts)]
    return pl.DataFrame([row | shared for row in rows], schema=schemas.PLACED)


def keys(*texts):
    return sign_meanings(placed(*texts), NONE)["meanings"].sort("prompt_id")["match_key"].to_list()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("why is a ship sent to Iran late", "why is a ship sent to Iraq late"),
        ("イランまで運ぶ方法", "イラクまで運ぶ方法"),
    ],
)
def test_names_tell_two_prompts_apart(one, other):
    assert len(set(keys(one, other))) == 2


def test_other_words_do_not():
    assert len(set(keys("how do i pay a bill", "which way can a bill be settled"))) == 1
    assert len(set(keys("Today I want to go. I've packed", "Today I'm off and I'll go"))) == 1


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("which town has more rain", "name the town where less rain falls", True),
        ("what comes before lunch", "say what follows after lunch", True),
        ("what do i put in", "which things are to be taken out", True),
        ("how do i get from rome to paris", "what is the way to rome from paris", True),
        ("is rome larger than paris", "has paris larger crowds than rome", True),
        ("東京から大阪までの行き方", "大阪から東京までどう行きますか", True),
        ("東京から大阪までの行き方", "大阪まで東京からどう行きますか", False),
        ("how do i log in", "what is the best way to sign into the account", False),
        ("i want to change some bookings", "how do i get to modify my booking", False),
        ("my flight on monday from oslo to rome", "monday's flight to rome from oslo", False),
    ],
)
def test_what_is_compared_opposed_or_goes_from_one_to_the_other_tells_texts_apart(one, other, apart):
    assert ask_apart(one, other) is ask_apart(other, one) is apart


def test_tasks_and_guards_tell_prompts_apart():
    rows = [placed("same words"), placed("same words", task_id="u"), placed("same words", guard="g")]
    assert len({sign_meanings(table, NONE)["meanings"]["match_key"][0] for table in rows}) == 3


def test_a_long_text_has_no_key():
    assert [key is None for key in keys("x" * MAX_CHARS, "x" * (MAX_CHARS + 1))] == [False, True]


def test_numbers_are_compared_by_value_as_written_in_any_width():
    table = sign_meanings(placed("pay 1,200 now", "１２００ now", "pay 12", "pay"), NONE)["meanings"].sort("prompt_id")
    first, second, third, none = table["numbers_key"].to_list()
    assert (first == second, first == third, none) == (True, False, "")


def test_a_question_about_passages_counts_without_them():
    passages = "Ada and Bob sell 3 teas. " * 60
    table = placed(f"{passages} who?", f"{passages} who is it?").with_columns(
        question=pl.Series(["who?", "who is it?"]), guard=pl.Series(["g", "h"])
    )
    meanings = sign_meanings(table, NONE)["meanings"]
    assert meanings["match_key"].null_count() == 0
    assert meanings["numbers_key"].n_unique() == 2  # kin of one another have the same passages


def test_a_near_duplicate_leaves_its_requests_to_what_is_kept():
    gone = pl.DataFrame([("p001", "p000", "near", 0.9)], schema=schemas.DUPLICATES, orient="row")
    table = sign_meanings(placed("one", "won", "two"), gone)["meanings"].sort("prompt_id")
    assert table.select("prompt_id", "n_requests").rows() == [("p000", 3), ("p002", 3)]


def test_row_order_and_shards_of_whole_tasks_do_not_matter():
    one, other = placed("a", "b", "c"), placed("d", "e", task_id="u").with_columns(prompt_id="q" + pl.col("prompt_id"))
    whole = pl.concat([one, other])
    signed = [sign_meanings(table, NONE)["meanings"] for table in (whole.reverse(), one, other)]
    assert_frame_equal(signed[0].sort("prompt_id"), sign_meanings(whole, NONE)["meanings"].sort("prompt_id"))
    assert_frame_equal(pl.concat(signed[1:]).sort("prompt_id"), signed[0].sort("prompt_id"))


@pytest.mark.parametrize(
    ("one", "other", "minimal"),
    [
        ("how do i cancel my flight", "how do i change my flight", True),
        ("list the rivers", "list the longest rivers", True),
        ("is rain heavier than snow", "is snow heavier than rain", True),
        ("how do i pay", "in what way can i pay", False),
        ("東京の人口は何人ですか", "大阪の人口は何人ですか", True),
        ("荷物がまだ届きません。いつ来ますか", "注文した品の配送状況を教えてください", False),
        ("", "", True),
    ],
)
def test_siblings_differ_at_one_place(one, other, minimal):
    assert is_minimal_pair(one, other) is is_minimal_pair(other, one) is minimal
