"""Labels: forms of one label, and outputs that give none or several."""

from __future__ import annotations

import json

import pytest

from logmine.graders import canonical, extract, grade

BANK = json.dumps({"labels": ["billing", "card_arrival", "card_arrival_delayed", "refund", "not_a_complaint"]})
SIGNS = json.dumps({"labels": ["C", "C++", "C#"]})
KANJI = json.dumps({"labels": ["返金", "返金の遅延", "配送"]})

GIVEN = [
    (BANK, "billing", "billing"),
    (BANK, "Billing.", "billing"),
    (BANK, '"billing"', "billing"),
    (BANK, "**Billing**", "billing"),
    (BANK, "`card_arrival`", "card_arrival"),
    (BANK, "card arrival", "card_arrival"),
    (BANK, "Card-Arrival", "card_arrival"),
    (BANK, "Label: billing", "billing"),
    (BANK, "Intent: card_arrival_delayed", "card_arrival_delayed"),
    (BANK, "**Category:** Billing", "billing"),
    (BANK, "The correct label is billing.", "billing"),
    (BANK, "The answer is billing.", "billing"),
    (BANK, "billing - because the card itself arrived", "billing"),
    (BANK, "billing (not card_arrival)", "billing"),
    (BANK, "billing\n\nThe message asks about an invoice, not about a refund.", "billing"),
    (BANK, "card_arrival_delayed: it is late", "card_arrival_delayed"),
    (BANK, '{"label": "billing"}', "billing"),
    (BANK, '```json\n{"intent": "card arrival"}\n```', "card_arrival"),
    (BANK, '{"label": "billing", "reason": "refund"}', "billing"),
    (BANK, "This message is about card arrival.", "card_arrival"),
    (BANK, "It could be refund, but the label is billing", "billing"),
    (BANK, "Label: refund\nWait, that is wrong.\nLabel: billing", "billing"),
    (BANK, "not a complaint", "not_a_complaint"),
    (SIGNS, "C++", "C++"),
    (SIGNS, "c", "C"),
    (KANJI, "返金の遅延", "返金の遅延"),
    (KANJI, "分類：返金", "返金"),
    (KANJI, "これは返金の遅延です。", "返金の遅延"),
    ("", "Card Arrival.", "card arrival"),
    # none, or several
    (BANK, "", None),
    (BANK, "billing or refund", None),
    (BANK, "billing, refund", None),
    (BANK, "billing / refund", None),
    (BANK, "billing\ncard_arrival\ncard_arrival_delayed\nrefund", None),
    (BANK, "billing, card_arrival, card_arrival_delayed, refund, not_a_complaint", None),
    (BANK, "It may be a refund, it may be billing.", None),
    (BANK, "billing. Actually, refund.", None),
    (BANK, "This is not billing.", None),
    (BANK, "cards", None),
    (BANK, "card_arrival_time", None),
    (BANK, "I cannot help with that.", None),
    (BANK, '{"label": "cards"}', None),
    (BANK, '{"label": "billing"} {"label": "refund"}', None),
    (BANK, "<think>billing</think>", None),
    ("", "A long output that explains at length what the customer may have meant by it.", None),
]


@pytest.mark.parametrize(("spec", "text", "label"), GIVEN)
def test_reads_one_label_or_none(spec: str, text: str, label: str | None) -> None:
    assert extract("label", spec, text) == label


def test_a_label_inside_another_does_not_match() -> None:
    reference = {"grader": "label", "answer": "card_arrival", "spec": BANK}

    assert grade(reference, "card_arrival_delayed").verdict == "incorrect"
    assert grade(reference, "The label is card arrival delayed.").verdict == "incorrect"


def test_a_reference_outside_the_set_is_none() -> None:
    assert canonical("label", BANK, "Card arrival") == "card_arrival"
    assert canonical("label", BANK, "shipping") is None
