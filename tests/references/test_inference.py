import itertools
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from logmine.config import ReferencesConfig
from logmine.references import infer_graders
from logmine.references.evidence import agreement_between, agreement_within
from logmine.references.inference import MAX_ATTEMPTS, _sample
from logmine.schemas import RUN_KEY, empty

CITIES = ["Paris", "Rome", "Oslo", "Cairo", "Lima", "Quito", "Delhi", "Seoul", "Tunis", "Riga", "Bern", "Doha"]
ANSWERS = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=5), max_size=6)
FIELDS_TOOL = {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}}


def within_slowly(groups):
    shares = [[one == other for one, other in itertools.combinations(group, 2)] for group in groups if len(group) > 1]
    return sum(sum(pairs) / len(pairs) for pairs in shares) / len(shares) if shares else None


def between_slowly(groups):
    pairs = [[one == other for one in a for other in b] for a, b in itertools.combinations(groups, 2)]
    return sum(sum(pair) / len(pair) for pair in pairs) / len(pairs) if pairs else 0.0


@given(ANSWERS)
def test_agreement_within_equals_its_slow_twin(groups):
    assert agreement_within(groups) == pytest.approx(within_slowly(groups))


@given(ANSWERS)
def test_agreement_between_equals_its_slow_twin(groups):
    assert agreement_between(groups) == pytest.approx(between_slowly(groups), abs=1e-12)


def test_numbers_at_the_end_of_reasoning_are_numeric(task):
    sums = task()
    for n in range(12):
        steps = f"First I double {n} to get {2 * n}, and then I add {n}."
        sums.add(
            f"p{n}",
            [f"{steps} So the answer is {3 * n}.", f"Let me think. {steps}\n\n**Answer: {3 * n}**", f"The answer is {3 * n + n % 2}."],
        )
    assert sums.inferred()["grader"] == "numeric"


@pytest.mark.parametrize(("answer", "grader"), [(r"\frac{{{0}}}{{7}}\sqrt{{3}}", "math"), ("x^2 + {0}x", "math"), ("{0}", "numeric")])
def test_boxed_formulas_are_checked_as_formulas_and_boxed_numbers_as_numbers(task, answer, grader):
    made = task()
    for n in range(2, 12):
        said = [f"Step {k} gives it. So the answer is $\\boxed{{{answer.format(n if k else n + 40)}}}$." for k in range(4)]
        made.add(f"p{n}", said)
    assert made.inferred()["grader"] == grader
    row = made.referenced(grader, {})["p3"]
    assert (row["origin"], row["grader"]) == ("consensus", grader)


def test_instructions_that_prompts_state_are_constraints(task):
    made = task()
    for n, city in enumerate(CITIES):
        text = f"Write about {city} in at most {40 + n} words. Do not use any commas."
        made.add(f"p{n}", [f"{city} lies by the water and has {word} streets." for word in ("wide", "old", "quiet")], user_text=text)
    assert made.inferred()["grader"] == "constraints"
    row = made.referenced("constraints")["p0"]
    assert (row["origin"], row["grader"]) == ("spec", "constraints")


@pytest.mark.parametrize("wrap", ["{}", "Here it is:\n```python\n{}\n```\nIt runs in linear time."])
def test_programs_call_for_tests(task, wrap):
    made = task()
    for n in range(8):
        made.add(f"p{n}", [wrap.format(f"def times_{n}(x):\n    total = x * {n + k}\n    return total") for k in range(2)])
    assert made.inferred()["grader"] == "code_tests"


def test_an_agent_that_calls_and_answers_by_turns_is_checked_by_its_calls(task, call):
    made = task()
    for n in range(12):
        said = [call("weather", city=CITIES[n])] if n % 3 == 0 else f"In {CITIES[n]} it is mild, {n} people told me, and it may rain later."
        made.add(f"p{n}", [[said[0]] if isinstance(said, list) else said], tools={"weather": FIELDS_TOOL})
    assert made.inferred()["grader"] == "tool_call"


def test_letters_of_options_that_vary_are_choices(task):
    exam = task()
    for n in range(12):
        letter, options = "ABC"[n % 3], {mark: CITIES[(n + k) % 12] for k, mark in enumerate("ABC")}
        exam.add(f"p{n}", [f"The answer is ({letter}).", letter, f"{letter}. {options[letter]}"], options=options)
    assert exam.inferred()["grader"] == "choice"


def test_a_few_short_answers_over_many_prompts_are_labels(task):
    triage = task()
    for n in range(12):
        label = ("refund", "delivery", "password", "other")[n % 4]
        triage.add(f"p{n}", [label, label.title(), f"Intent: {label}", label])
    row = triage.inferred()
    assert (row["grader"], row["spec"]) == ("label", '{"labels":["delivery","other","password","refund"]}')


def test_objects_of_one_shape_are_fields(task):
    invoices = task()
    for n, city in enumerate(CITIES):
        text = f'{{"city": "{city}", "total": {n * 17}, "paid": true}}'
        invoices.add(f"p{n}", [text, f"```json\n{text}\n```", text.replace("true", "false")])
    row = invoices.inferred()
    assert (row["grader"], row["spec"]) == ("json_fields", '{"fields":{"city":"exact","paid":"exact","total":"number"}}')


def test_calls_of_declared_tools_are_tool_calls(task, call):
    router = task()
    for n, city in enumerate(CITIES):
        calls = [call("forecast", city=city, days=n)]
        router.add(f"p{n}", [calls, calls, [call("forecast", city=city, days=1)]], tools={"forecast": FIELDS_TOOL})
    assert router.inferred()["grader"] == "tool_call"


def test_short_answers_that_vary_are_exact(task):
    runs = task()
    for n, city in enumerate(CITIES):
        runs.add(f"p{n}", [f"[ANSWER]'{city}x'[/ANSWER]", f"'{city}x'", f"Tracing the code step by step.\n\nAnswer: '{city}x'"])
    assert runs.inferred()["grader"] == "exact"


OPEN_ANSWERS = {
    "advice in numbered lists": "Here are some ideas about {a}:\n\n1. Start with {b}.\n2. Try {c} for a week.\n3. Talk about {a} with a friend.",
    "summary": "The text describes how {a} and {b} changed the town, and why {c} mattered to the people who lived there in those years.",
    "translation": "Der Ort {a} liegt nicht weit von {b}, und wer {c} besucht, sollte unbedingt auch dorthin fahren.",
    "small talk": "That sounds lovely! I have always liked {a}. Did you also get to see {b}? I hear that {c} is nice too.",
    "brainstorming": "- {a} on wheels\n- A night of {b}\n- {c} for beginners\n- The great {a} swap\n- Slow {b}",
    "advice with numbers": "I would set aside about {n} minutes a day for {a}. After {m} weeks, move on to {b}, then rest {n} days before {c}.",
    "plan in steps": "Step 1: gather {a}.\nStep 2: combine it with {b} for {n} minutes.\nStep 3: serve with {c}.\n\nEnjoy! Serves {m}.",
    "story": 'Once upon a time, {a} met {b} beneath an old oak. "Follow me," said {a}, and together they went to look for {c}.',
    "email": "Subject: {a}\n\nDear team,\n\nplease find {b} attached. I will be back on day {n}.\n\nBest,\n{c}",
    "ja advice": "{a}についてのおすすめは次の通りです。\n1. {b}を見る\n2. {c}を食べる\n3. ゆっくり休む",
}


def open_task(empty, pattern, n_prompts, n_answers):
    words = [
        "gardens",
        "music",
        "harbors",
        "pottery",
        "cycling",
        "bread",
        "poems",
        "chess",
        "rowing",
        "maps",
        "tea",
        "birds",
        "glass",
        "kites",
    ]
    for p in range(n_prompts):
        rng = random.Random(f"{pattern} {p}")
        texts = []
        for _ in range(n_answers):
            a, b, c = rng.sample(words, 3)
            texts.append(pattern.format(a=a, b=b, c=c, n=rng.randint(2, 60), m=rng.randint(2, 60)))
        empty.add(f"p{p}", texts)
    return empty


@pytest.mark.parametrize("n_answers", [1, 4])
@pytest.mark.parametrize("pattern", OPEN_ANSWERS.values(), ids=OPEN_ANSWERS.keys())
def test_open_tasks_are_for_a_judge(task, pattern, n_answers):
    row = open_task(task(), pattern, n_prompts=24, n_answers=n_answers).inferred()
    assert (row["grader"], row["spec"], row["n_completions"]) == ("judge", None, 24 * n_answers)


def test_a_label_that_only_excluded_models_give_is_none(task):
    triage = task()
    for n in range(24):
        triage.add(f"p{n}", [("refund", "delivery", "password", "other")[n % 4]] * 3 + ["billing"])
    assert triage.inferred()["spec"] == '{"labels":["billing","delivery","other","password","refund"]}'
    assert triage.inferred(exclude_models=("claude",))["spec"] == '{"labels":["delivery","other","password","refund"]}'


def test_labels_with_one_answer_a_prompt_are_found(task):
    triage = task()
    for n in range(40):
        triage.add(f"p{n}", [("refund", "delivery", "password", "other")[n % 4]])
    assert triage.inferred()["grader"] == "label"


def test_numbers_with_one_answer_a_prompt_are_found(task):
    sums = task()
    for n in range(40):
        sums.add(f"p{n}", [f"Doubling {n} gives {2 * n}; adding one gives {2 * n + 1}. The answer is {2 * n + 1}."])
    assert sums.inferred()["grader"] == "numeric"


def test_letters_with_one_answer_a_prompt_are_choices(task):
    quiz = task()
    for n in range(40):
        options = {mark: f"{CITIES[(n + k) % 12]} {n}" for k, mark in enumerate("ABCD")}
        letter = "ABCD"[n * 7 % 11 % 4]
        quiz.add(f"p{n}", [f"**Answer: {letter}) {options[letter]}**"], options=options)
    assert quiz.inferred()["grader"] == "choice"


@pytest.mark.parametrize("unusable", [None, "truncated"])
def test_a_task_without_usable_completions_has_no_grader(task, unusable):
    row = task().add("p", ["4", "4"] if unusable else [], unusable=unusable).inferred()
    assert (row["grader"], row["n_completions"], row["evidence"] != "") == (None, 0, True)


def test_references_that_models_miss_still_show_the_grader(task):
    sums = task()
    for n in range(12):
        given = [f"The answer is {3 * n}.", f"The answer is {n + 50}.", f"The answer is {n + 70}."]
        sums.add(f"p{n}", given, metadata={"expected_answer": str(3 * n)})
    row = sums.inferred()
    assert (row["grader"], '"reference_match":0.3333' in row["evidence"]) == ("numeric", True)


@settings(max_examples=25)
@given(
    st.lists(
        st.lists(st.sampled_from(["refund", "Refund", "Intent: refund", "4", "no idea", "", "{}"]), max_size=4), min_size=1, max_size=5
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_does_not_count(task, answers, rng):
    made = task()
    for number, texts in enumerate(answers):
        made.add(f"p{number}", texts, options={"A": texts[0], "B": "x"} if texts else None)
        made.add(f"p{number}", texts[::-1], source=f"q{number}", options={"A": "x", "B": "y"})
    tables = made.tables()
    moved = [table[rng.sample(range(table.height), table.height)] for table in tables]
    config = ReferencesConfig()
    rulings = empty("rulings")
    assert_frame_equal(infer_graders(*tables, rulings, config=config)["graders"], infer_graders(*moved, rulings, config=config)["graders"])


def test_a_large_task_is_sampled_prompt_by_prompt(task):
    large = task()
    for n in range(MAX_ATTEMPTS // 2):
        large.add(f"p{n:04}", [str(n)] * 4)
    drawn = Counter(attempt.prompt_id for attempt in _sample(large.tables()[1]))
    assert (drawn.total(), set(drawn.values())) == (MAX_ATTEMPTS, {4})


def test_one_prompt_does_not_speak_for_its_task(task):
    skewed = task().add("p0", ["4"] * 500).add("p1", ["5"] * 4)
    assert Counter(attempt.prompt_id for attempt in _sample(skewed.tables()[1])) == {"p0": 64, "p1": 4}


def test_the_grader_that_the_user_rules_wins_with_what_was_found(task):
    made = task()
    for n in range(12):
        label = ("refund", "delivery", "password", "other")[n % 4]
        made.add(f"p{n}", [label, label.title(), f"Intent: {label}", label])
    assert made.inferred(ruled={"grader": "exact"})["grader"] == "exact"
    row = made.inferred(ruled={"grader": "label"})
    assert (row["spec"], row["coverage"]) == ('{"labels":["delivery","other","password","refund"]}', 1.0)
    row = made.inferred(ruled={"grader": "label", "spec": '{"labels":["refund"]}'})
    assert (row["grader"], row["spec"], row["coverage"]) == ("label", '{"labels":["refund"]}', 0.25)


def test_a_task_that_the_user_gives_to_a_judge_has_no_figures(task):
    row = task().add("p", ["4", "4"]).add("q", ["5", "5"]).inferred(ruled={"grader": "judge"})
    assert (row["grader"], row["spec"], row["coverage"]) == ("judge", None, 0.0)


def test_answers_that_were_bought_do_not_turn_the_grader_of_a_task(task):
    made = task()
    for n in range(12):
        made.add(f"p{n}", [f"The answer is {3 * n}."])
        bought = {"prompt_id": f"p{n}", "task_id": "t", "base_model": "small", "metadata": [{"key": RUN_KEY, "value": "run"}]}
        texts = [f"Once upon a time there was a number {word}." for word in ("and", "so", "then", "but")]
        made.attempts += [{**bought, "request_id": f"bought-{n}-{text}", "completion": text} for text in texts]
    assert made.inferred()["grader"] == "numeric"
