from hypothesis import given, settings
from hypothesis import strategies as st

from logmine.report import funnel_lines
from logmine.report.funnel import REASONS
from logmine.schemas import DECISIONS_MADE, DROP_REASONS


def counts(lines):
    """The count of each line, by what stands before it."""
    return {line[:44].strip(): int(line[44:].split()[0].replace(",", "")) for line in lines}


def test_every_decision_has_words():
    assert REASONS.keys() == set(DECISIONS_MADE)


fates = st.lists(st.sampled_from(DECISIONS_MADE), max_size=20)
losses = st.lists(st.sampled_from(DROP_REASONS), max_size=10)


@settings(max_examples=30)
@given(fates, losses)
def test_what_is_dropped_and_selected_adds_up(summary, manifest, made, lost):
    found = counts(funnel_lines(manifest(summary(*({"decision": each} for each in made), dropped=[{"reason": each} for each in lost]))))
    assert found["log records read"] == len(made) + 1 + len(lost)
    assert found["distinct prompts"] == len(made)
    labels = {f"- {label}" for label in REASONS.values()}
    assert sum(count for label, count in found.items() if label in labels) + found["selected"] == len(made)
    reasons = {f"- {reason.replace('_', ' ')}" for reason in DROP_REASONS}
    assert sum(count for label, count in found.items() if label in reasons) == len(lost)


def test_the_funnel_reads_from_records_to_rows(summary, manifest):
    made = summary(
        {"decision": "selected", "split": "train"}, {"decision": "too_easy"}, dropped=[{"reason": "failed_call", "detail": "Throttling"}]
    )
    assert [" ".join(line.split()) for line in funnel_lines(manifest(made, {"train.jsonl": 1, "eval.jsonl": 0}))] == [
        "log records read 4",
        "- failed call: Throttling 1",
        "distinct prompts 2 of 3 calls; 2 sent once",
        "- too easy: nearly all attempts succeed 1",
        "selected 1 1 train, 0 eval",
        "eval.jsonl 0",
        "train.jsonl 1",
        "objects 3 1.5 MB stored, 12.0 MB of JSON",
    ]
