"""Application 4: an assistant that calls tools, once or in a conversation that grows by turns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .draw import between, chance, hex_id, pick, seeded, shuffled
from .prompts import Application, Prompt, Reply, checkable, user

if TYPE_CHECKING:
    from random import Random

SYSTEM = """You are the concierge of Wayfarer Outfitters. Use the tools for anything about weather, orders or money; never guess such facts. \
Call a tool only when you have what it needs. Answer in one or two sentences."""


def _tool(name: str, about: str, **parameters: dict[str, Any]) -> dict[str, Any]:
    required = [key for key, schema in parameters.items() if "enum" not in schema]
    return {"name": name, "description": about, "schema": {"type": "object", "properties": parameters, "required": required}}


TOOLS = (
    _tool(
        "get_weather",
        "Current weather in a city.",
        city={"type": "string", "description": "Name of the city, in English"},
        unit={"type": "string", "enum": ["celsius", "fahrenheit"]},
    ),
    _tool("get_order_status", "Where an order is.", order_id={"type": "string", "description": "Seven characters, such as W-48210"}),
    _tool(
        "convert_currency",
        "Convert an amount at today's rate.",
        amount={"type": "number"},
        source={"type": "string", "description": "ISO 4217 code"},
        target={"type": "string", "description": "ISO 4217 code"},
    ),
)
CITIES = ("Porto", "Tromso", "Kyoto", "Nairobi", "Quito", "Galway", "Bergen", "Hobart", "Cusco", "Windhoek", "Innsbruck", "Reykjavik")
NEAR = {"Porto": "Lisbon", "Kyoto": "Osaka", "Cusco": "Lima", "Galway": "Dublin", "Bergen": "Oslo"}
WEATHER = (
    "What is the weather like in {} at the moment?",
    "Do I need a rain jacket in {} right now?",
    "Tell me the current temperature in {}, in Fahrenheit please.",
    "Is it windy in {} today?",
)
ORDERS = (
    "Where is my order {}?",
    "Could you look up {} for me? It is a tent.",
    "Has {} been sent yet?",
    "I am waiting for order {}. Any news?",
)
MONEY = (
    "How much is {amount} {source} in {target}?",
    "Please convert {amount} {source} to {target}.",
    "I have {amount} {source} left. What would that be in {target}?",
)
CURRENCIES = ("EUR", "NOK", "JPY", "GBP", "USD", "CHF", "ISK", "KES")
STATES = ("packed", "on its way", "at the customs office", "ready for pickup", "out for delivery")
SKIES = ("light rain", "clear sky", "fog", "strong wind", "snow showers", "sunshine")
DECLINED = (
    "Could you give me a few more details first?",
    "I am afraid I cannot look that up at the moment.",
    "Which one do you mean exactly?",
)

Call = tuple[str, dict[str, Any]]


def assistant() -> Application:
    single = [_single(place) for place in range(27)]
    turns = [prompt for place in range(25) for prompt in _conversation(place)]
    models = {"claude": 0.45, "nova-2-lite": 0.35, "nova-pro": 0.2}
    return Application(
        name="concierge", role="outfitter-concierge", prompts=[*single, *turns], models=models, max_tokens=600, p_metadata=0.75
    )


def _single(place: int) -> Prompt:
    rng = seeded("single tool call", place)
    text, right, wrong = (_weather, _order, _money)[place % 3](rng, place // 3)
    return checkable(
        f"concierge-{place:02}",
        kind="tool_call",
        text=text,
        wrong=[*wrong, None],
        attempts=(4, 8),
        system=SYSTEM,
        say=_say,
        right=right,
        reference=_written(right),
        tools=TOOLS,
        variants=("white_space", "line_ends", "header"),
    )


def _weather(rng: Random, place: int) -> tuple[str, Call, list[Call]]:
    city, form = CITIES[place % len(CITIES)], WEATHER[place % len(WEATHER)]
    asked = {"unit": "fahrenheit"} if "Fahrenheit" in form else {}
    other = NEAR.get(city, pick(rng, ("Oslo", "Lima", "Tokyo")))
    wrong = [
        ("get_weather", {"city": other, **asked}),
        ("get_weather", {"city": city} if asked else {"city": city, "unit": "fahrenheit"}),
        ("get_weather", {"city": f"{city} Airport", **asked}),
        ("get_order_status", {"order_id": city}),
    ]
    return form.format(city), ("get_weather", {"city": city, **asked}), wrong


def _order(rng: Random, place: int) -> tuple[str, Call, list[Call]]:
    digits = str(between(rng, 20_300, 98_900))
    spelled = [f"W-{digits[:-1]}", f"W-{digits[1]}{digits[0]}{digits[2:]}x"[:7], digits, f"W-{digits[:3]}{digits[4]}{digits[3]}"]
    wrong = [("get_order_status", {"order_id": order}) for order in dict.fromkeys(spelled) if order != f"W-{digits}"]
    return ORDERS[place % len(ORDERS)].format(f"W-{digits}"), ("get_order_status", {"order_id": f"W-{digits}"}), wrong


def _money(rng: Random, place: int) -> tuple[str, Call, list[Call]]:
    source, target = shuffled(rng, CURRENCIES)[:2]
    amount = between(rng, 12, 240) * 5
    right = {"amount": amount, "source": source, "target": target}
    changes = [
        {"source": target, "target": source},
        {"amount": amount * 10},
        {"target": "EUR" if target != "EUR" else "USD"},
        {"amount": amount + 5},
    ]
    wrong = [("convert_currency", {**right, **change}) for change in changes if {**right, **change} != right]
    return MONEY[place % len(MONEY)].format(**right), ("convert_currency", right), wrong


def _conversation(place: int) -> list[Prompt]:
    """Return the calls of one conversation: ask, look up, tell; half of them ask once more."""
    rng, name = seeded("conversation", place), f"concierge-talk-{place:02}"
    prompts: list[Prompt] = []
    history: tuple[dict[str, Any], ...] = ()
    for exchange in range(2 if place % 2 else 1):
        text, (tool, arguments), _ = shuffled(rng, (_weather, _order, _money))[0](rng, between(rng, 0, 11))
        history = (*history, user(text))
        call = {"id": hex_id(22, name, exchange), "name": tool, "arguments": arguments}
        prompts.append(_turn(name, history, Reply(tool_calls=(call,), answer=_written((tool, arguments))), len(prompts)))
        found, told = _look_up(rng, tool, arguments)
        history = (
            *history,
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "id": call["id"], "content": found},
        )
        prompts.append(_turn(name, history, Reply(text=told), len(prompts)))
        history = (*history, {"role": "assistant", "content": told})
    return prompts


def _turn(name: str, messages: tuple[dict[str, Any], ...], reply: Reply, turn: int) -> Prompt:
    return Prompt(
        key=f"{name}-{turn}",
        kind="tool_call" if reply.tool_calls else "judge",
        system=SYSTEM,
        messages=messages,
        say=lambda _rng, _right: reply,
        reference=reply.answer,
        tools=TOOLS,
        conversation=name,
        turn=turn,
    )


def _look_up(rng: Random, tool: str, arguments: dict[str, Any]) -> tuple[str, str]:
    if tool == "get_weather":
        sky, degrees = pick(rng, SKIES), between(rng, -4, 29)
        return json.dumps({"sky": sky, "temperature": degrees}), f"In {arguments['city']} it is {degrees} degrees with {sky} right now."
    if tool == "get_order_status":
        state, day = pick(rng, STATES), between(rng, 14, 28)
        return json.dumps(
            {"state": state, "expected": f"2026-10-{day}"}
        ), f"Your order {arguments['order_id']} is {state}. Expect it on October {day}."
    result = round(arguments["amount"] * between(rng, 3, 190) / 17, 2)
    return json.dumps(
        {"result": result}
    ), f"{arguments['amount']} {arguments['source']} are {result} {arguments['target']} at today's rate."


def _say(rng: Random, call: Call | None) -> Reply:
    if call is None:
        return Reply(text=pick(rng, DECLINED), answer="no call")
    name, arguments = call
    made = {"id": hex_id(22, rng.random()), "name": name, "arguments": arguments}
    text = pick(rng, ("Let me check that.", "One moment, I will look it up.")) if chance(rng, 0.3) else ""
    return Reply(text=text, tool_calls=(made,), thought=f"The user wants something that {name} can tell.", answer=_written(call))


def _written(call: Call) -> str:
    return json.dumps({"name": call[0], "arguments": call[1]}, ensure_ascii=False)
