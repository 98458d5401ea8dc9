"""Application 3: fields of an invoice as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .draw import between, chance, pick, seeded
from .prompts import Application, Prompt, Reply, checkable

if TYPE_CHECKING:
    from random import Random

SYSTEM = """You read invoices for the accounting team of a small brewery. Return one JSON object with these keys and nothing else:
vendor (string), invoice_number (string), date (YYYY-MM-DD), total (number, the amount to pay), currency (three letters)."""

VENDORS = (
    "Kestrel Paper Ltd", "Almaviva Foods", "Bright & Daughters Electric", "Polder Packaging BV", "Halden Maskin AS", "Quarry Lane Glass",
    "Sunbeam Cleaning Co", "Torvald Transport", "Mira Hops GmbH", "Old Bridge Printers", "Capstan Chemicals", "Juniper IT Services",
    "Lagoon Catering", "Nordwind Strom AG", "Pebble & Sons Roofing", "Rivage Conseil SARL",
)  # fmt: skip
GOODS = (
    "pallet wrap", "label paper", "malt sacks", "floor cleaner", "crown caps", "cable repair", "copper pipe", "bottle crates",
    "forklift hire", "hop pellets", "toner", "yeast culture", "glass bottles", "waste pickup", "web hosting", "work gloves",
)  # fmt: skip
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
LAYOUTS = (
    ("{vendor}\nInvoice {number}\nDate of issue: {day} {month} {year}\nYour order: {po}\n\n{lines}\n\nSubtotal {subtotal} {currency}\nVAT {vat} {currency}\n"
    "Amount due {total} {currency}\n\nBill to: Foxglove Brewery, Mill Lane 4"),
    ("INVOICE\nNo. {number}    PO {po}\nIssued {month} {day}, {year}, payable by {due}\nFrom {vendor} to Foxglove Brewery\n{lines}\n"
    "net {subtotal} / tax {vat} / total {currency} {total}"),
    ("Foxglove Brewery\nMill Lane 4\n\nDear customer,\nfor our delivery (order {po}) we charge as follows, invoice {number} of {day} {month} {year}:\n{lines}\n"
    "Net amount: {subtotal}\nTax: {vat}\nPlease transfer {total} {currency} by {due}.\n\n{vendor}"),
    "{vendor} | tax invoice {number} | {day} {month} {year}\n-----\n{lines}\n-----\nsum {subtotal} + VAT {vat} = {total} {currency}\nref. {po}",
)  # fmt: skip


def invoices() -> Application:
    models = {"nova-2-lite": 0.42, "claude": 0.22, "nova-pro": 0.2, "qwen": 0.16}
    asked = [_prompt(place) for place in range(40)]
    return Application(name="invoice-reader", role="brewery-invoice-reader", prompts=asked, models=models, max_tokens=400, p_metadata=0.8)


def _prompt(place: int) -> Prompt:
    key = f"invoice-{place:02}"
    facts = _facts(seeded("invoice", place))
    right = {
        "vendor": facts["vendor"],
        "invoice_number": facts["number"],
        "date": facts["iso"],
        "total": facts["total"],
        "currency": facts["currency"],
    }
    return checkable(
        key,
        kind="fields",
        text="Extract the fields of this invoice.\n\n" + LAYOUTS[place % len(LAYOUTS)].format(**_printed(facts)),
        wrong=_misread(right, facts),
        attempts=(5, 6),
        system=SYSTEM,
        say=_say,
        right=right,
        reference=json.dumps(right, ensure_ascii=False),
        variants=("white_space", "line_ends", "header", "polite"),
    )


def _facts(rng: Random) -> dict[str, Any]:
    lines = [(pick(rng, GOODS), between(rng, 1, 24), between(rng, 350, 18_900)) for _ in range(between(rng, 2, 5))]
    subtotal = sum(count * cents for _, count, cents in lines)
    vat = subtotal * pick(rng, (7, 19, 20, 21, 25)) // 100
    year, month, day = 2026, between(rng, 1, 9), between(rng, 1, 12)
    return {
        "vendor": pick(rng, VENDORS),
        "number": pick(rng, ("{}", "R-{}", "2026/{}", "INV{}", "A{}-26")).format(between(rng, 1040, 98_700)),
        "po": f"PO-{between(rng, 3000, 9800)}",
        "iso": f"{year}-{month:02}-{day:02}",
        "swapped": f"{year}-{day:02}-{month:02}",
        "due": f"{day + 14} {MONTHS[month - 1]}",
        "due_iso": f"{year}-{month:02}-{day + 14:02}",
        "month": MONTHS[month - 1],
        "day": day,
        "year": year,
        "lines": lines,
        "subtotal": subtotal / 100,
        "vat": vat / 100,
        "total": (subtotal + vat) / 100,
        "currency": pick(rng, ("EUR", "EUR", "GBP", "USD", "SEK", "CHF")),
    }


def _printed(facts: dict[str, Any]) -> dict[str, Any]:
    lines = "\n".join(f"{count} x {goods} at {cents / 100:.2f}" for goods, count, cents in facts["lines"])
    return {**facts, "lines": lines, **{name: f"{facts[name]:.2f}" for name in ("subtotal", "vat", "total")}}


def _misread(right: dict[str, Any], facts: dict[str, Any]) -> list[dict[str, Any]]:
    changes = [
        {"total": facts["subtotal"]},
        {"invoice_number": facts["po"]},
        {"date": facts["swapped"]},
        {"date": facts["due_iso"]},
        {"vendor": "Foxglove Brewery"},
        {"total": facts["vat"]},
        {"vendor": "Foxglove Brewery", "total": facts["subtotal"]},
        {"currency": "USD" if right["currency"] != "USD" else "EUR"},
    ]
    return [wrong for change in changes if (wrong := {**right, **change}) != right]


def _say(rng: Random, fields: dict[str, Any]) -> Reply:
    plain = json.dumps(fields, ensure_ascii=False, indent=2 if chance(rng, 0.4) else None)
    text = f"```json\n{plain}\n```" if chance(rng, 0.35) else plain
    thought = "Find the seller, the number, the date of issue and the amount to pay."
    return Reply(text=text, thought=thought, answer=json.dumps(fields, ensure_ascii=False))
