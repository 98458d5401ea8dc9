"""One application with a system prompt of 4,000 tokens that serves three tasks."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from .draw import between, chance, pick, seeded, shuffled
from .prompts import Application, Prompt, Reply, checkable, texts

if TYPE_CHECKING:
    from random import Random

SENTIMENTS = ("positive", "negative", "mixed", "neutral")
COLORS = {"A": "white", "B": "gray", "C": "blue", "D": "green", "E": "red", "F": "black"}
PACKING = ("in paper wool", "in double cardboard", "flat, with corner guards", "in a reused box", "in a paper bag")
OPENED = (
    "are taken back at the full price when clean",
    "are taken back at 80 percent of the price",
    "are inspected in Gera before any refund",
)
CARE = ("keep out of the dishwasher", "wash at 40 degrees", "oil once a year", "wipe with a dry cloth", "rinse before the first use")
WORKSHOPS = (
    "repairs small motors",
    "sews bags from curtains",
    "teaches carpentry to school leavers",
    "sorts glass by color",
    "mends lamps",
)


def policy() -> Application:
    tasks = [_review(label, place) for label in SENTIMENTS for place in range(5)]
    tasks += [_extraction(place) for place in range(20)] + [_fee(place) for place in range(20)]
    models = {"nova-2-lite": 0.45, "claude": 0.3, "qwen": 0.25}
    return Application(
        name="back-office", role="marlow-back-office", prompts=tasks, models=models, max_tokens=300, cached_system=True, nightly=True
    )


@cache
def system() -> str:
    """Return the policy: its sections, then annexes that are written out row by row."""
    book = texts("policy")
    zones = "\n".join(
        f"Zone {name}: base {zone['base'] / 100:.2f}, {zone['rate'] / 100:.2f} per started kilogram. Countries: {', '.join(zone['countries'])}."
        for name, zone in book["zones"].items()
    )
    families = "\n".join(_family(code, about, days) for code, (about, days) in book["families"].items())
    stores = "\n".join(_store(city, hours) for city, hours in book["stores"].items())
    annexes = (
        f"ANNEX A. ZONES\n{zones}\n\nANNEX B AND C. FAMILIES AND RETURN WINDOWS\n{families}\n\nANNEX D. STORES AND WORKSHOPS\n{stores}"
    )
    return "\n\n".join([book["preamble"].strip(), *book["sections"], annexes])


def _family(code: str, about: str, days: int) -> str:
    rng = seeded("family", code)
    return (
        f"{code} ({about}): {days} days. Opened goods {pick(rng, OPENED)}. They are packed {pick(rng, PACKING)}; parcels of more than "
        f"{between(rng, 8, 25)} kilograms need two carriers. Advice on care, if asked for: {pick(rng, CARE)}. "
        f"Questions of detail go to extension {between(rng, 210, 489)}, on weekends to extension {between(rng, 500, 640)}. "
        f"Second choice of this family is sold at {between(rng, 12, 18) * 5} percent of the price, and spare parts are kept for {between(rng, 4, 12)} years."
    )


def _store(city: str, hours: str) -> str:
    rng = seeded("store", city)
    return (
        f"{city}: open {hours}, telephone extension {between(rng, 700, 989)}, pickup desk on the {pick(rng, ('ground', 'first', 'second'))} floor, "
        f"holds parcels for {between(rng, 5, 14)} days; its partner workshop {pick(rng, WORKSHOPS)}."
    )


def _task(key: str, *, kind: str, text: str, right: Any, wrong: list[Any], **others: Any) -> Prompt:
    return checkable(
        key,
        kind=kind,
        text=text,
        right=right,
        wrong=wrong,
        attempts=(6, 6),
        system=system(),
        variants=("white_space", "line_ends"),
        **others,
    )


def _review(label: str, place: int) -> Prompt:
    text = f"Task: sentiment of a review\n\nReview: {texts('policy')['reviews'][label][place]}\n\nAnswer with the label only."
    wrong = [other for other in SENTIMENTS if other != label]
    return _task(f"review-{label}-{place}", kind="label", text=text, right=label, wrong=wrong, say=_say_label, reference=label)


def _say_label(rng: Random, label: str) -> Reply:
    return Reply(text=pick(rng, ("{}", "{}", "{}", "{}\n", "**{}**")).format(label), answer=label)


def _extraction(place: int) -> Prompt:
    book, rng = texts("policy"), seeded("extraction", place)
    (code, letter), (decoy, other) = _code(rng, book), _code(rng, book)
    quantity, right_code = between(rng, 2, 9), f"{code}-{letter}"
    filled = {
        "quantity": quantity,
        "code": right_code,
        "decoy": f"{decoy}-{other}",
        "old": decoy,
        "order": between(rng, 10_000_000, 99_000_000),
    }
    message = pick(rng, book["extraction"]["templates"]).format(**filled)
    right = {"product_code": right_code, "color": COLORS[letter], "quantity": quantity}
    misread = [
        {"product_code": filled["decoy"], "color": COLORS[other]},
        {"quantity": 1},
        {"color": COLORS["C" if letter != "C" else "E"]},
        {"product_code": code},
        {"product_code": f"MF{filled['order']}"},
    ]
    return _task(
        f"extraction-{place:02}",
        kind="fields",
        text=f"Task: product code from a message\n\nMessage: {message}\n\nReturn the JSON object.",
        right=right,
        wrong=[{**right, **change} for change in misread],
        say=_say_fields,
        reference=json.dumps(right),
    )


def _code(rng: Random, book: dict) -> tuple[str, str]:
    return f"{pick(rng, list(book['families']))}-{between(rng, 1010, 9890)}", pick(rng, list(COLORS))


def _say_fields(rng: Random, fields: dict[str, Any]) -> Reply:
    plain = json.dumps(fields)
    return Reply(text=f"```json\n{plain}\n```" if chance(rng, 0.25) else plain, answer=plain)


def _fee(place: int) -> Prompt:
    zones, rng = texts("policy")["zones"], seeded("fee", place)
    zone = "ABCD"[place % 4]
    kilograms, express, fragile, member = between(rng, 2, 17), chance(rng, 0.5), chance(rng, 0.4), chance(rng, 0.4)
    extras = [
        text for text, true in (("It is marked as fragile.", fragile), ("The customer is a member of the Finch Club.", member)) if true
    ]
    asked = f"A parcel of {kilograms} kilograms goes to {pick(rng, zones[zone]['countries'])} by {'express' if express else 'standard'} delivery."
    right = _steps(zones, zone, kilograms, express=express, fragile=fragile, member=member)
    misread = [
        _steps(zones, zone, kilograms, express=not express, fragile=fragile, member=member),
        _steps(zones, zone, kilograms, express=express, fragile=not fragile, member=member),
        _steps(zones, zone, kilograms, express=express, fragile=fragile, member=not member),
        _steps(zones, zone, kilograms - 1, express=express, fragile=fragile, member=member),
        *(
            _steps(zones, other, kilograms, express=express, fragile=fragile, member=member)
            for other in shuffled(rng, "ABCD")
            if other != zone
        ),
    ]
    return _task(
        f"fee-{place:02}",
        kind="numeric",
        text=f"Task: shipping fee\n\n{' '.join([asked, *extras])} What is the fee?",
        right=right,
        wrong=[steps for steps in misread if steps[-1] != right[-1]],
        say=_say_fee,
        reference=right[-1],
    )


def _steps(zones: dict, zone: str, kilograms: int, *, express: bool, fragile: bool, member: bool) -> tuple[str, ...]:
    """Return the lines of a calculation; the last is the fee in euros."""
    base, rate = zones[zone]["base"], zones[zone]["rate"]
    cents = base + kilograms * rate
    lines = [f"Zone {zone}: {base / 100:.2f} + {kilograms} x {rate / 100:.2f} = {cents / 100:.2f}"]
    if express:
        lines.append(f"Express: {cents / 100:.2f} x 1.5 = {cents * 3 / 200:.2f}")
        cents = cents * 3 // 2
    cents += 300 * fragile - 200 * member
    lines += ["Fragile: + 3.00"] * fragile + ["Member: - 2.00"] * member
    return (*lines, f"{cents / 100:.2f}")


def _say_fee(rng: Random, steps: tuple[str, ...]) -> Reply:
    return Reply(text="\n".join([*steps[:-1], pick(rng, ("Fee: {}", "Fee: {}", "**Fee: {}**")).format(steps[-1])]), answer=steps[-1])
