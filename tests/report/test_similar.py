import pytest

from logmine.report.similar import END_CHARS, SHOWN_CHARS, group_lines, pair_lines

SYSTEM = "be kind. " * 60


def prompt(text, whole=None, **given):
    return given | {"text": text, "whole": whole or text}


def member(kind, score, text, whole=None):
    return prompt(text, whole, kind=kind, score=score)


PARCEL = prompt(
    "where is my parcel", members=[member("near", 0.75, "where is my parcle"), member("semantic", 0.96, "has my parcel been sent")]
)
PAIRS = [
    {"kind": "semantic", "score": 0.97, "why": "one place differs", "one": "a", "other": "b"},
    {"kind": "near", "score": 0.6, "why": "below the threshold", "one": "a", "other": "c"},
]


def test_a_group_shows_what_is_kept_and_then_its_members():
    assert group_lines([PARCEL], n_all=2, counts={"near": 1, "semantic": 2}) == [
        "2 groups of duplicates (prompts not kept: 1 near, 2 semantic), the least alike first",
        "",
        "kept            where is my parcel",
        "near     0.750  where is my parcle",
        "semantic 0.960  has my parcel been sent",
    ]


def test_a_text_is_one_line_and_cut():
    group = prompt("one\n\n  two", members=[member("near", 1.0, "x" * 1000)])
    lines = group_lines([group], n_all=1, counts={"near": 1})
    assert lines[2] == "kept            one / two"
    assert lines[3].endswith(f" {'x' * (SHOWN_CHARS - END_CHARS)} … {'x' * END_CHARS}")


@pytest.mark.parametrize(
    ("whole", "expected"),
    [
        (f"{SYSTEM}[ticket 17]\nwhere is my parcel", "sent with: [ticket 17] /"),
        (f"{SYSTEM}where is my parcel thanks", "sent with: thanks"),
        (f"{SYSTEM}\n\nwhere is my parcel", "sent with: /"),
        (f"{SYSTEM}where is my parcel\r\n", "sent with other white space"),
        ("where is my parcel", "sent with less around it"),
    ],
)
def test_of_equal_texts_what_was_sent_around_them_is_shown(whole, expected):
    group = prompt("where is my parcel", f"{SYSTEM}where is my parcel", members=[member("exact", 1.0, "where is my parcel", whole)])
    assert group_lines([group], n_all=1, counts={"exact": 1})[3] == f"exact    1.000  {expected}"


def test_pairs_stand_under_what_kept_them_apart():
    texts = {"a": "pay by card", "b": "pay by cheque", "c": "pay"}
    assert pair_lines(
        PAIRS[:1], texts, reasons={"semantic: one place differs": 1, "near: other words": 1200}, floors={"semantic": 0.8}
    ) == [
        "1,201 pairs that were kept apart (semantic from 0.80), some for each reason, the most alike first",
        "     1,200  near: other words",
        "         1  semantic: one place differs",
        "",
        "semantic 0.970  one place differs",
        "  pay by card",
        "  pay by cheque",
    ]


def test_no_groups_and_no_pairs_are_a_heading():
    assert [len(group_lines([], n_all=0, counts={})), len(pair_lines([], {}, reasons={}, floors={}))] == [1, 1]
