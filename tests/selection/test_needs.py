import polars as pl
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.config import DifficultyConfig, ReferencesConfig
from logmine.selection import compile_needs


def table(name, *rows):
    """Rows of a table; what is not given is null."""
    schema = schemas.TABLES[name]
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


FATES = {"a": "unknown_band", "b": "estimated_band", "c": "no_reference", "d": "too_hard", "e": "too_easy", "f": "selected"}


def needs(*verdicts, grader="numeric", difficulty=(), attempts=(), exclude_models=(), **settings):
    prompts = table("prompts", *({"prompt_id": name, "messages": "[]", "prompt_tokens": 9} for name in FATES))
    decisions = table(
        "decisions",
        *({"prompt_id": name, "task_id": "t", "grader": grader, "decision": fate, "n_attempts": 1} for name, fate in FATES.items()),
    )
    plain = [{"prompt_id": "d", "request_id": f"r{n}", "body_digest": "x", "completion": f"answer {n}"} for n in range(3)]
    judged = [
        {"prompt_id": "d", "request_id": request, "body_digest": "x", "verdict": verdict, "base_model": "nova"}
        for request, verdict in verdicts
    ]
    tables = (table("attempts", *plain, *attempts), table("verdicts", *judged), table("difficulty", *difficulty))
    configs = {"config": DifficultyConfig(**settings), "references": ReferencesConfig(exclude_models=exclude_models)}
    return compile_needs(prompts, decisions, *tables, decisions.select("task_id", "decision"), **configs)["needs"].sort("prompt_id")


def test_what_a_prompt_lacks_follows_from_its_decision():
    found = needs().select("prompt_id", "need", "task_prompts", "prompt_tokens")
    assert found.rows() == [("a", "rollouts", 2, 9), ("b", "rollouts", 2, 9), ("c", "references", 1, 9), ("d", "sft", 1, 9)]


def test_a_check_that_is_only_named_needs_nothing_that_could_be_given():
    assert needs(grader="code_tests").is_empty()


def test_a_prompt_for_supervised_fine_tuning_comes_with_its_first_right_answer():
    found = needs(("r2", "correct"), ("r1", "correct"), ("r0", "incorrect"))
    assert found.select("completion", "completion_model").rows() == [(None, None)] * 3 + [("answer 1", "nova")]
    assert needs(("r0", "incorrect"))["completion"].to_list() == [None] * 4


def test_an_answer_of_an_excluded_model_is_no_candidate_to_train_on():
    other = [{"prompt_id": "d", "request_id": "o", "body_digest": "x", "completion": "another"}]
    judged = (("r1", "correct"), ("r2", "correct"), ("r0", "incorrect"))
    assert needs(*judged, attempts=other, exclude_models=("us.nova",))["completion"].to_list() == [None] * 4
    assert needs(*judged, attempts=other, exclude_models=("mistral",))["completion_model"].to_list()[-1] == "nova"


def test_two_records_of_one_request_id_are_told_apart():
    twin = {"prompt_id": "d", "request_id": "r1", "body_digest": "y", "completion": "another record"}
    assert needs(("r1", "correct"), attempts=[twin])["completion"].to_list()[-1] == "answer 1"


def test_a_prompt_for_rollouts_comes_with_what_is_known_of_it():
    known = {"n_other": 3, "n_other_correct": 1, "prior_alpha": 0.4, "prior_beta": 0.6, "alpha": 1.4, "beta": 2.6, "band_mass": 0.7}
    asked = [
        {"prompt_id": "a", "request_id": name, "temperature": value, "max_output_tokens": 512}
        for name, value in (("x", 0.0), ("y", 1.0), ("z", 1.0))
    ]
    row = needs(difficulty=[{"prompt_id": "a"} | known], attempts=asked).row(0, named=True)
    assert {name: row[name] for name in known} == known
    assert (row["temperature"], row["max_output_tokens"]) == (1.0, 512)


def test_rollouts_are_ordered_by_the_chance_of_being_in_range_per_call_that_is_lacking():
    found = needs(difficulty=[{"prompt_id": "a", "band_mass": 0.2}, {"prompt_id": "b", "band_mass": 0.6}], min_attempts=3)
    assert found.filter(pl.col("need") == "rollouts").select("prompt_id", "value").rows() == [("a", 0.1), ("b", 0.3)]


def test_no_prompts_give_no_needs():
    nothing = {name: schemas.empty(name) for name in schemas.TABLES}
    tables = (nothing[name] for name in ("prompts", "decisions", "attempts", "verdicts", "difficulty", "choices"))
    assert_frame_equal(compile_needs(*tables, config=DifficultyConfig(), references=ReferencesConfig())["needs"], nothing["needs"])
