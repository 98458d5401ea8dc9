"""Application 6: open chat, and questions about long passages. Nothing here has a right answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .draw import between, pick, seeded, shuffled
from .prompts import Application, Prompt, Reply, texts, user

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random


def chat() -> Application:
    book = texts("chat")
    asked = [_open(book, place, line) for place, line in enumerate(book["lines"].strip().splitlines())]
    models = {"nova-2-lite": 0.35, "claude": 0.4, "gpt-oss": 0.25}
    return Application(name="coop-app", role="greenway-members-app", prompts=asked, models=models, max_tokens=700)


def retrieval() -> Application:
    book = texts("passages")
    asked = [_passages(book, document, place) for document in book["document"] for place in range(5)]
    models = {"nova-pro": 0.4, "claude": 0.35, "nova-2-lite": 0.25}
    return Application(name="house-docs", role="house-docs-search", prompts=asked, models=models, max_tokens=500, p_metadata=0.6)


def _open(book: dict, place: int, line: str) -> Prompt:
    question, *points = (part.strip() for part in line.split("|"))
    return Prompt(
        key=f"chat-{place:02}",
        kind="judge",
        system=book["system"].strip(),
        messages=(user(question),),
        say=lambda rng, _right: _chatted(rng, points, book),
        n_attempts=3 if place % 20 == 7 else 1,
    )


def _passages(book: dict, document: dict, place: int) -> Prompt:
    name = document["names"][place]
    rng = seeded("passages", name)
    slots = {
        "name": name,
        "h1": between(rng, 7, 10),
        "h2": between(rng, 17, 20),
        "n1": between(rng, 18, 45),
        "n2": between(rng, 2, 6),
        "n3": between(rng, 2, 8),
    }
    answering, question, *points = (part.strip().format(**slots) for part in document["questions"][place].split("|"))
    others = [at for at in shuffled(rng, range(len(document["passages"]))) if at != int(answering)]
    kept = sorted([int(answering), *others[: between(rng, 2, 4)]])
    passages = "\n\n".join(f"[{number}] {document['passages'][at].format(**slots)}" for number, at in enumerate(kept, 1))
    text = f"Answer from the passages below.\n\n# {document['title'].format(**slots)}\n\n{passages}\n\nQuestion: {question}"
    return Prompt(
        key=f"passages-{name}",
        kind="judge",
        system=book["system"].strip(),
        messages=(user(text),),
        say=lambda rng, _right: _answered(rng, points),
        n_attempts=1 + place % 2,
    )


def _chatted(rng: Random, points: Sequence[str], book: dict) -> Reply:
    opening, closing, chosen = pick(rng, book["openings"]), pick(rng, book["closings"]), shuffled(rng, points)
    if rng.random() < 0.4:
        body = "\n".join(f"{number}. {_sentence(point)}" for number, point in enumerate(chosen, 1))
        return Reply(text=f"{opening}\n\n{body}\n\n{closing}", thought="A short list is best here.")
    return Reply(text=f"{opening} {' '.join(map(_sentence, chosen))} {closing}", thought="Keep it warm and brief.")


def _answered(rng: Random, points: Sequence[str]) -> Reply:
    lead = pick(rng, ("According to the passages, ", "The document says the following: ", "In short: ", ""))
    return Reply(text=lead + "; ".join(points) + ".", thought="Look for the passage on this subject.")


def _sentence(point: str) -> str:
    return f"{point[0].upper()}{point[1:]}."
