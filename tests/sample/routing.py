"""Applications 2 and 5: support tickets sorted by label, and quiz questions with four options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .draw import pick, seeded, shuffled
from .prompts import Application, Prompt, Reply, checkable, texts

if TYPE_CHECKING:
    from random import Random

LABEL_FORMS = ("{}", "{}", "{}", "{}", "{}", "{}", "{}\n", "Label: {}", "**{}**", "`{}`")
LETTER_FORMS = (
    "({letter})",
    "The answer is {letter}.",
    "({letter}) {option}",
    "{reason}\n\nThe answer is {letter}.",
    "The correct option is ({letter}) {option}.",
    "{reason} So the answer is ({letter}).",
    "**{letter}**",
    "{letter}",
)
REASONS = (
    "{option} fits the question best.",
    "The other options can be ruled out, which leaves {option}.",
    "This is a matter of knowing that it is {option}.",
)
WRAPS = ("{}", "Hi there,\n\n{}\n\nThanks", "{}\n\nKind regards", "Good morning. {}", "{}", "{}")


def routing() -> Application:
    book = texts("routing")
    asked = [_ticket(book, label, place) for label in book["tickets"] for place in range(len(book["tickets"][label]))]
    models = {"nova-2-lite": 0.4, "qwen": 0.2, "claude": 0.2, "gpt-oss": 0.2}
    return Application(name="ticket-router", role="support-ticket-router", prompts=asked, models=models, max_tokens=64)


def quiz() -> Application:
    book = texts("quiz")
    asked = [_question(book, place) for place in range(len(book["question"]))]
    models = {"nova-2-lite": 0.4, "gpt-oss": 0.2, "claude": 0.2, "nova-pro": 0.2}
    return Application(name="quiz-night", role="quiz-night-app", prompts=asked, models=models, max_tokens=256)


def _ticket(book: dict, label: str, place: int) -> Prompt:
    key = f"ticket-{label}-{place}"
    text = pick(seeded("wrap", key), WRAPS).format(book["tickets"][label][place])
    return checkable(
        key,
        kind="label",
        text=text,
        wrong=book["confused_with"][label],
        attempts=(1, 1) if place == 6 and label < "d" else (5, 6),
        system=book["system"].strip(),
        say=_say_label,
        right=label,
        reference=label,
        variants=("white_space", "case", "line_ends", "header", "polite"),
    )


def _question(book: dict, place: int) -> Prompt:
    question, key = book["question"][place], f"quiz-{place:02}"
    options = dict(zip("ABCD", question["options"], strict=True))
    listed = "\n".join(f"{letter}) {option}" for letter, option in options.items())
    return checkable(
        key,
        kind="choice",
        text=f"{question['ask']}\n\n{listed}\n\nWhich option is right?",
        wrong=shuffled(seeded("letters", key), [letter for letter in options if letter != question["right"]]),
        attempts=(5, 7),
        system=book["system"].strip(),
        say=lambda rng, letter: _say_letter(rng, letter, options),
        right=question["right"],
        reference=question["right"],
        variants=("white_space", "line_ends", "header", "polite"),
        metadata={"gold": question["right"]} if place % 2 == 0 else {},
    )


def _say_label(rng: Random, label: str) -> Reply:
    return Reply(text=pick(rng, LABEL_FORMS).format(label), thought=f"The message fits {label} best.", answer=label)


def _say_letter(rng: Random, letter: str, options: dict[str, str]) -> Reply:
    reason = pick(rng, REASONS).format(option=options[letter])
    text = pick(rng, LETTER_FORMS).format(letter=letter, option=options[letter], reason=reason)
    return Reply(text=text, thought=f"Compare the four options. {options[letter]} seems right.", answer=letter)
