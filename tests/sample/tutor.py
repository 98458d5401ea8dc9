"""Applications 1 and 7: arithmetic word problems in English, calculations in Japanese."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .chains import Problem, Step, fill, slips
from .draw import chance, pick
from .prompts import Application, Prompt, Reply, checkable, texts

if TYPE_CHECKING:
    from random import Random

SIGNS = {"+": "+", "-": "-", "*": "x", "/": "/"}
ENDINGS = (
    "#### {n}",
    "#### {n}",
    "The answer is {n}.",
    "The answer is {n}.",
    "So the final answer is \\boxed{{{n}}}.",
    "$$\\boxed{{{n}}}$$",
    "**Answer: {n}**",
    "Final answer: {n}",
)
LEADS = ("Let's go step by step.", "First, let's write down what we know.", "We can solve this in order.", "", "Step by step:")
ENDINGS_JA = (
    "答えは{n}です。",
    "答えは{n}{unit}です。",
    "よって、答えは{n}{unit}です。",
    "答えは、{n}です。",
    "したがって答えは **{n}{unit}** です。",
)
LEADS_JA = ("順番に計算しましょう。", "まず、式を立てます。", "一つずつ考えます。", "計算の途中を示します。")


def tutor() -> Application:
    book = texts("tutor")
    asked = [_english(book, place, series) for series in range(2) for place in range(len(book["problem"]))]
    once = [_once(_english(book, place, 2)) for place in range(0, len(book["problem"]), 4)]
    models = {"nova-2-lite": 0.36, "claude": 0.18, "gpt-oss": 0.22, "qwen": 0.16, "nova-pro": 0.08}
    return Application(name="tutor", role="evening-school-tutor", prompts=[*asked, *once], models=models, max_tokens=1024)


def japanese() -> Application:
    book = texts("japanese")
    asked = [_japanese(book, place, series) for series in range(2) for place in range(len(book["problem"]))]
    models = {"nova-2-lite": 0.4, "claude": 0.25, "qwen": 0.2, "nova-pro": 0.15}
    return Application(name="juku", role="aoba-juku-prod", prompts=asked, models=models, max_tokens=800)


def _english(book: dict, place: int, series: int) -> Prompt:
    problem, key = fill(book["problem"][place], series), f"tutor-{place:02}-{series}"
    return checkable(
        key,
        kind="numeric",
        text=problem.text,
        wrong=slips(problem.steps),
        attempts=(5, 8),
        system=book["system"].strip(),
        say=_say,
        right=problem.steps,
        reference=str(problem.answer),
        variants=("white_space", "case", "line_ends", "header", "polite"),
        metadata={"expected_answer": str(problem.answer)} if place % 3 == 1 else {},
    )


def _once(prompt: Prompt) -> Prompt:
    return replace(prompt, n_attempts=1, metadata={})


def _japanese(book: dict, place: int, series: int) -> Prompt:
    problem, key = fill(book["problem"][place], series), f"juku-{place:02}-{series}"
    return checkable(
        key,
        kind="numeric",
        text=problem.text,
        wrong=slips(problem.steps),
        attempts=(6, 6),
        system=book["system"].strip(),
        say=lambda rng, steps: _say_japanese(rng, steps, problem),
        right=problem.steps,
        reference=str(problem.answer),
        variants=("white_space", "line_ends"),
    )


def _say(rng: Random, steps: tuple[Step, ...]) -> Reply:
    lines = [_line(step) for step in steps]
    written = f"{steps[-1].result:,}" if chance(rng, 0.4) else str(steps[-1].result)
    text = "\n".join([*filter(None, [pick(rng, LEADS)]), *lines, "", pick(rng, ENDINGS).format(n=written)])
    thought = f"The numbers give {'; '.join(lines)}. Check the sign of each step, then answer."
    return Reply(text=text, thought=thought, answer=str(steps[-1].result))


def _say_japanese(rng: Random, steps: tuple[Step, ...], problem: Problem) -> Reply:
    lines = [f"{_line(step).replace('x', '×').replace('/', '÷')} です。" for step in steps]
    written = f"{steps[-1].result:,}" if chance(rng, 0.3) else str(steps[-1].result)
    text = "\n".join([pick(rng, LEADS_JA), *lines, pick(rng, ENDINGS_JA).format(n=written, unit=problem.unit)])
    return Reply(text=text, thought=f"式は {'、'.join(map(_line, steps))}。", answer=str(steps[-1].result))


def _line(step: Step) -> str:
    return f"{step.left} {SIGNS[step.symbol]} {step.right} = {step.result}"
