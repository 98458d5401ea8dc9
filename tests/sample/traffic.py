"""Calls: each attempt at a prompt with its model, body shape, time, answer, and what went wrong on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from .draw import between, chance, hex_id, pick, request_id, seeded, shuffled, weighted

if TYPE_CHECKING:
    from random import Random

    from .prompts import Application, Prompt, Reply

FIRST_DAY = datetime(2026, 10, 12, tzinfo=UTC)
N_DAYS = 4
OPENAI = ("chat", "chat_stream", "chat_invoke")
CAN_BLOCK = ("converse", "converse_stream", "anthropic", "anthropic_stream")
P_VARIANT, P_TRUNCATED, P_BLOCKED, P_UNDELIVERED = 0.1, 0.012, 0.008, 0.006


class Model(NamedTuple):
    """A model with its Region, its strength (pass rates are raised to its inverse) and the shapes of its bodies."""

    model_id: str
    region: str
    strength: float
    shapes: dict[str, float]


MODELS = {
    "nova-2-lite": Model(
        "amazon.nova-2-lite-v1:0", "us-east-1", 1.0, {"converse": 0.35, "converse_stream": 0.3, "nova": 0.2, "nova_stream": 0.15}
    ),
    "claude": Model(
        "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "us-east-1",
        1.15,
        {"converse": 0.2, "converse_stream": 0.3, "anthropic": 0.3, "anthropic_stream": 0.2},
    ),
    "gpt-oss": Model("openai.gpt-oss-20b-1:0", "us-west-2", 1.0, {"chat": 0.7, "chat_stream": 0.3}),
    "qwen": Model("qwen.qwen3-32b-v1:0", "us-west-2", 0.95, {"chat": 0.4, "chat_invoke": 0.25, "converse": 0.35}),
    "nova-pro": Model("amazon.nova-pro-v1:0", "us-east-1", 1.1, {"converse": 0.4, "nova": 0.4, "nova_stream": 0.2}),
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of a model. ``note`` says what sets it apart, ``correct`` is None where nothing can be judged."""

    request_id: str
    app: Application
    prompt: Prompt
    model: Model
    shape: str
    at: datetime
    messages: tuple[dict[str, Any], ...]
    reply: Reply
    correct: bool | None
    note: str | None
    session: str
    metadata: dict[str, str]
    profile: bool
    temperature: float
    tokens_in: int
    tokens_out: int
    tokens_cached: int

    @property
    def truncated(self) -> bool:
        return self.note == "truncated"

    @property
    def blocked(self) -> bool:
        return self.note == "blocked"


def calls_of(app: Application) -> list[Call]:
    """Return the calls of an application in the order of its prompts."""
    calls = []
    for prompt in app.prompts:
        n_wrong = 0
        for attempt in range(prompt.n_attempts):
            call, is_right = _attempt(app, prompt, attempt, n_wrong)
            n_wrong += not is_right
            calls.append(call)
    return calls


def _attempt(app: Application, prompt: Prompt, attempt: int, n_wrong: int) -> tuple[Call, bool]:
    rng = seeded("attempt", prompt.key, attempt)
    lasting = seeded("conversation model", prompt.conversation) if prompt.conversation else rng
    model = MODELS[weighted(lasting, app.models)]
    shape = weighted(lasting, model.shapes)
    is_right = not prompt.wrong or chance(rng, prompt.p_success ** (1 / model.strength))
    reply = prompt.say(rng, prompt.right if is_right else prompt.wrong[n_wrong % len(prompt.wrong)])
    judged = is_right if prompt.reference is not None else None
    note = _note(rng, prompt, shape)
    if note == "truncated":
        reply = _cut(rng, reply)
    if note in ("truncated", "blocked", "undelivered"):
        judged = None
    call = Call(
        request_id=request_id(prompt.key, attempt),
        app=app,
        prompt=prompt,
        model=model,
        shape=shape,
        at=_time(rng, app, prompt, attempt),
        messages=_vary(rng, prompt.messages, note, attempt),
        reply=reply,
        correct=judged,
        note=note,
        session=f"{pick(lasting, ('i-', 'task-', 'lambda-'))}{hex_id(8, app.name, between(lasting, 1, 7))}",
        metadata=_metadata(rng, app, prompt),
        profile=model.model_id.startswith("us.") or (model is MODELS["nova-2-lite"] and chance(lasting, 0.5)),
        temperature=pick(rng, (0.7, 0.7, 1.0)),
        tokens_in=0,
        tokens_out=0,
        tokens_cached=0,
    )
    return _counted(call, attempt), is_right


def _note(rng: Random, prompt: Prompt, shape: str) -> str | None:
    drawn = rng.random()
    if prompt.conversation:
        return None
    can_cut, can_block = prompt.kind not in ("label", "tool_call"), shape in CAN_BLOCK
    limits = (("undelivered", P_UNDELIVERED), ("truncated", P_TRUNCATED * can_cut), ("blocked", P_BLOCKED * can_block))
    for note, share in limits:
        if drawn < share:
            return note
        drawn -= share
    return pick(rng, prompt.variants) if prompt.variants and prompt.n_attempts > 1 and drawn < P_VARIANT else None


def _cut(rng: Random, reply: Reply) -> Reply:
    kept = int(len(reply.text) * (0.3 + 0.3 * rng.random()))
    return replace(reply, text=reply.text[:kept], answer=None)


def _vary(rng: Random, messages: tuple[dict[str, Any], ...], note: str | None, attempt: int) -> tuple[dict[str, Any], ...]:
    text = messages[-1]["content"]
    if note == "white_space":
        text = f"  {text.replace('. ', '.  ').replace('。', '。 ')}\n\n"
    elif note == "case":
        text = text.upper() if attempt % 2 else text.lower()
    elif note == "line_ends":
        text = text.replace("\n", "\r\n") + "\r\n"
    elif note == "header":
        text = f"[Ticket #{between(rng, 40_000, 99_000)} | 2026-10-{between(rng, 12, 15)} {between(rng, 8, 18):02}:{between(rng, 10, 59)} UTC]\n{text}"
    elif note == "polite":
        text = f"Please help with this one.\n{text}"
    return (*messages[:-1], {**messages[-1], "content": text})


def _metadata(rng: Random, app: Application, prompt: Prompt) -> dict[str, str]:
    if not prompt.metadata and not chance(rng, app.p_metadata):
        return {}
    return {"app": app.name, "env": "staging" if chance(rng, 0.08) else "prod", **prompt.metadata}


def _time(rng: Random, app: Application, prompt: Prompt, attempt: int) -> datetime:
    """Return when a call was made: nightly runs lie close together, everything else over the working day."""
    if prompt.conversation:
        opened = seeded("opened", prompt.conversation)
        start = FIRST_DAY + timedelta(days=between(opened, 0, N_DAYS - 1), seconds=between(opened, 7 * 3600, 18 * 3600))
        return start + timedelta(seconds=prompt.turn * 9 + between(opened, 0, 6))
    days = shuffled(seeded("days", prompt.key), range(N_DAYS))
    day = timedelta(days=days[attempt % N_DAYS])
    return FIRST_DAY + day + timedelta(seconds=between(rng, 7380, 9000) if app.nightly else between(rng, 7 * 3600, 19 * 3600))


def _counted(call: Call, attempt: int) -> Call:
    """Fill in the token counts, at four characters a token; a cached system prompt is counted apart."""
    spoken = sum(len(str(message["content"])) for message in call.messages) + sum(len(str(tool)) for tool in call.prompt.tools)
    system = len(call.prompt.system) // 4
    cached = system if call.app.cached_system and attempt else 0
    said = len(call.reply.text) + sum(len(str(made["arguments"])) + 40 for made in call.reply.tool_calls)
    return replace(call, tokens_in=system + spoken // 4 + 7 - cached, tokens_out=said // 3 + 4, tokens_cached=cached)
