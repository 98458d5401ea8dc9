import polars as pl
import pytest
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.config import SimilarityConfig
from logmine.errors import UsageError
from logmine.similarity import collect_texts, encode_texts

CONFIG = SimilarityConfig()
NONE = schemas.empty("duplicates")


def placed(*texts, match_text="whole"):
    rows = [{"prompt_id": f"p{n:03}", "task_id": "t", "slot_text": text, "match_text": match_text} for n, text in enumerate(texts)]
    return pl.DataFrame(rows, schema=schemas.PLACED)


def collected(*texts, **given):
    table = collect_texts(placed(*texts, **given), NONE)["texts"]
    return table.sort("prompt_id")["text"].to_list()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("ship 3 parcels", "ship 0 parcels"),
        ("pay $1,234.50 or 20%", "pay $0 or 0%"),
        ("sort 3, 1, 2", "sort 0"),
        ("on 2026-02-03 at 12:30", "on 0 at 0"),
        ("ticket INC0012345 by jo@example.org", "ticket 0 by 0"),
        ("see https://example.org/a?b=c now", "see 0 now"),
        ("りんごを12個と3個", "りんごを0個と0個"),
        ("Ｔｗｏ  lines\n\tand ３", "Two lines and 0"),
        ("gpt-4 and covid-19", "gpt-0 and covid-0"),
    ],
)
def test_what_varies_between_siblings_is_masked(text, masked):
    assert collected(text) == [masked]


def test_siblings_share_one_text():
    table = collect_texts(placed("take 3 from 10", "take 14 from 2"), NONE)["texts"]
    assert table["text_id"].n_unique() == 1
    assert table["prompt_id"].to_list() == ["p000", "p001"]


def test_duplicates_have_no_text():
    gone = pl.DataFrame([("p000", "p001", "near", 0.9)], schema=schemas.DUPLICATES, orient="row")
    assert collect_texts(placed("one", "two"), gone)["texts"]["prompt_id"].to_list() == ["p001"]


def test_of_a_question_about_passages_the_question_is_encoded():
    table = placed("Context: tea is hot. Question: who sells 3?", "no passage").with_columns(question=pl.Series(["who sells 3?", None]))
    assert collect_texts(table, NONE)["texts"].sort("prompt_id")["text"].to_list() == ["who sells 0?", "no passage"]


def test_a_prompt_without_slots_is_encoded_whole():
    assert collected("", " ", None) == ["whole"] * 3
    assert collected("", match_text=None) == [""]


@pytest.mark.parametrize(("token", "n_chars"), [("word ", 5), ("語", 1), ("x" * 24, 24)])
def test_only_the_ends_of_a_long_text_are_encoded(token, n_chars):
    short, long = collected(token * 256, "begin " + token * 900 + " end")
    assert "…" not in short
    assert long.startswith("begin ")
    assert long.endswith(" end")
    assert len(long) == pytest.approx(256 * n_chars, abs=16 + n_chars)


def test_each_text_is_encoded_once_as_a_unit_vector():
    texts = collect_texts(placed("take 3 from 10", "take 14 from 2", "reset my password"), NONE)["texts"]
    vectors = encode_texts(texts, config=CONFIG)["vectors"]
    assert vectors["text_id"].to_list() == sorted(set(texts["text_id"]))
    assert vectors["vector"].list.len().to_list() == [512, 512]
    assert vectors["vector"].list.eval(pl.element() ** 2).list.sum().to_list() == pytest.approx([1, 1], abs=1e-4)


def test_row_order_and_slices_do_not_matter():
    table = placed(*(f"question about {word}" for word in ("shipping", "refunds", "cards", "passwords", "flights")))
    texts = collect_texts(table, NONE)["texts"]
    assert_frame_equal(collect_texts(table.reverse(), NONE)["texts"], texts)
    vectors = encode_texts(texts, config=CONFIG)["vectors"]
    sliced = pl.concat(encode_texts(part, config=CONFIG)["vectors"] for part in (texts[3:], texts[:3])).sort("text_id")
    assert_frame_equal(sliced, vectors, check_exact=True)


def test_vectors_are_decimals():
    vector = encode_texts(collect_texts(placed("a"), NONE)["texts"], config=CONFIG)["vectors"]["vector"][0]
    assert all(len(f"{value!r}".split("e")[0].split(".")[1]) <= 6 for value in vector)


def test_no_rows_give_no_rows():
    texts = collect_texts(schemas.empty("placed"), NONE)["texts"]
    assert_frame_equal(texts, schemas.empty("texts"))
    assert_frame_equal(encode_texts(texts, config=CONFIG)["vectors"], schemas.empty("vectors"))


def test_an_unknown_encoder_is_refused():
    texts = collect_texts(placed("a"), NONE)["texts"]
    with pytest.raises(UsageError, match="no-such-model"):
        encode_texts(texts, config=SimilarityConfig(encoder="./no-such-model"))
