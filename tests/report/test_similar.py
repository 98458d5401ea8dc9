from logmine.report.similar import SHOWN_CHARS, group_lines, pair_lines


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
    assert lines[3].endswith(f" {'x' * SHOWN_CHARS}…")


def test_what_was_sent_around_equal_texts_is_shown_from_where_it_differs():
    header, text = "be kind. " * 60, "where is my parcel"
    group = prompt(text, header + text, members=[member("exact", 1.0, text, f"{header}[ticket 17]\n{text}")])
    assert group_lines([group], n_all=1, counts={"exact": 1})[3].endswith("be kind. [ticket 17] / where is my parcel")
    assert "sent as: …" in group_lines([group], n_all=1, counts={"exact": 1})[3]


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
