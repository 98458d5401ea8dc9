from logmine.report.similar import SHOWN_CHARS, group_lines, pair_lines

GROUPS = [
    {"text": "where is my parcel", "members": [("near", 0.75, "where is my parcle"), ("semantic", 0.96, "has my parcel been sent")]},
    {"text": "one\n\n  two", "members": [("near", 1.0, "one two")]},
]
PAIRS = [
    {"score": 0.97, "why": "one place differs", "one": "a", "other": "b"},
    {"score": 0.9, "why": "below the threshold", "one": "a", "other": "c"},
]


def test_a_group_shows_what_is_kept_and_then_its_members():
    assert group_lines(GROUPS, n_shown=1) == [
        "2 groups of near or semantic duplicates, the least alike first",
        "",
        "kept            where is my parcel",
        "near     0.750  where is my parcle",
        "semantic 0.960  has my parcel been sent",
    ]


def test_a_text_is_one_line_and_cut():
    assert "kept            one / two" in group_lines(GROUPS, n_shown=2)
    long = group_lines([{"text": "x" * 1000, "members": []}], n_shown=1)[2]
    assert long.endswith(f" {'x' * SHOWN_CHARS}…")


def test_pairs_of_other_tasks_are_not_counted():
    assert pair_lines(PAIRS, {"a": "pay by card", "b": "pay by cheque"}, n_shown=9) == [
        "1 pairs that were kept apart, the most alike first",
        "",
        "0.970  one place differs",
        "  pay by card",
        "  pay by cheque",
    ]


def test_no_groups_and_no_pairs_are_a_heading():
    assert [len(group_lines([], n_shown=3)), len(pair_lines([], {}, n_shown=3))] == [1, 1]
