from datetime import UTC, datetime

import polars as pl
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.selection import compile_dataset, pool_requests, tell_decisions

MORNING, NOON, NIGHT = (datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (8, 12, 22))


def table(name, *rows):
    """Rows of a table; what is not given is null."""
    schema = schemas.TABLES[name]
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def test_requests_are_pooled_under_the_prompt_that_theirs_is_one_with():
    prompts = table("prompts", {"prompt_id": "a", "request_ids": ["r1"]}, {"prompt_id": "b", "request_ids": ["r2"]})
    placed = table("placed", {"prompt_id": "a", "identity_id": "a"}, {"prompt_id": "b", "identity_id": "a"})
    requests = pool_requests(prompts, placed.select("prompt_id", "task_id", "identity_id"))["requests"]
    assert requests.select("prompt_id", "source_id", "request_ids").rows() == [("a", "a", ["r1"]), ("a", "b", ["r2"])]


REQUESTS = table(
    "requests",
    {"prompt_id": "a", "source_id": "a", "request_ids": ["r3", "r1"], "invoked_first": NOON, "invoked_last": NOON},
    {"prompt_id": "a", "source_id": "b", "request_ids": ["r2"], "invoked_first": MORNING, "invoked_last": NIGHT},
    {"prompt_id": "c", "source_id": "c", "request_ids": ["r4"]},
)
PROMPTS = table("prompts", *({"prompt_id": name, "messages": "[]", "language": "en", "prompt_tokens": 9} for name in "abc"))
CHOICES = table("choices", {"prompt_id": "a", "task_id": "t", "decision": "selected", "split": "train"}, {"prompt_id": "c", "task_id": "u"})


def tell(references=(), difficulty=()):
    graders = table("graders", {"task_id": "t", "grader": "numeric"}).select("task_id", "grader")
    tables = (schemas.empty("topic_of"), table("references", *references), table("difficulty", *difficulty), CHOICES, graders)
    return tell_decisions(PROMPTS, REQUESTS, *tables)["decisions"].sort("prompt_id")


def test_a_row_tells_of_every_request_that_it_stands_for():
    told = tell().select("prompt_id", "request_ids", "invoked_first", "invoked_last", "language")
    assert told.rows() == [("a", ["r1", "r2", "r3"], MORNING, NIGHT, "en"), ("c", ["r4"], None, None, "en")]


def test_signs_of_pooled_requests_are_added_up():
    signs = pl.DataFrame({"signs_against": [1, 2, None], "signs_for": [0, 1, None]}, schema_overrides={"signs_for": pl.Int64})
    tables = (schemas.empty(name) for name in ("topic_of", "references", "difficulty"))
    graders = schemas.empty("graders").select("task_id", "grader")
    told = tell_decisions(PROMPTS, REQUESTS.with_columns(*signs), *tables, CHOICES, graders)["decisions"].sort("prompt_id")
    assert told.select("signs_against", "signs_for").rows() == [(3, 1), (0, 0)]


def test_the_grader_is_that_of_the_reference_else_that_of_the_task():
    assert tell()["grader"].to_list() == ["numeric", None]
    assert tell(references=[{"prompt_id": "a", "grader": "choice"}])["grader"].to_list() == ["choice", None]


def test_a_prompt_that_was_never_judged_has_no_attempts_and_no_band():
    told = tell(difficulty=[{"prompt_id": "a", "n_attempts": 4, "n_correct": 1, "band": "in_range"}])
    assert told.select("n_attempts", "n_correct", "band").rows() == [(4, 1, "in_range"), (0, 0, "unknown")]


def test_the_dataset_holds_the_selected_prompts():
    dataset = compile_dataset(PROMPTS, tell(references=[{"prompt_id": "a", "reference_answer": "{}"}]))["dataset"]
    assert dataset.select("prompt_id", "split", "messages", "reference_answer", "language").rows() == [("a", "train", "[]", "{}", "en")]


def test_no_prompts_give_empty_tables():
    nothing = {name: schemas.empty(name) for name in schemas.TABLES}
    told = tell_decisions(
        *(nothing[name] for name in ("prompts", "requests", "topic_of", "references", "difficulty", "choices", "graders"))
    )
    assert_frame_equal(told["decisions"], nothing["decisions"])
    assert_frame_equal(compile_dataset(nothing["prompts"], nothing["decisions"])["dataset"], nothing["dataset"])
