"""Prompts that were rendered with a chat template become messages again.

Models that take one ``prompt`` string see turns as special tokens. A template counts only where the prompt begins with
it, so that a text which merely quotes such tokens stays one user turn. Forms:

- Llama 3 and 4: https://www.llama.com/docs/model-cards-and-prompt-formats/
- ``[INST]`` of Llama 2 and Mistral: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-mistral.html
- ``Human:`` and ``Assistant:``: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-text-completion.html
- ChatML, Gemma and DeepSeek: the templates in the models' tokenizer configurations.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from logmine.logs.chat import message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logmine.logs.fields import Json

_ROLES: Final = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "ipython": "tool",
    "tool": "tool",
}

_BEGIN: Final = re.compile(r"\s*(<s>|<\|begin_of_text\|>|<bos>|<｜begin▁of▁sentence｜>)?\s*")
_HEADERS: Final = (  # header of a turn with its role, and what ends the turn
    (re.compile(r"<\|start_header_id\|>(\w+)<\|end_header_id\|>(?:\n\n|\n)?"), ("<|eot_id|>", "<|eom_id|>", "<|end_of_text|>")),
    (re.compile(r"<\|header_start\|>(\w+)<\|header_end\|>(?:\n\n|\n)?"), ("<|eot|>", "<|eom|>")),
    (re.compile(r"<\|im_start\|>(\w+)\n?"), ("<|im_end|>",)),
    (re.compile(r"<start_of_turn>(\w+)\n?"), ("<end_of_turn>",)),
)
_DEEPSEEK: Final = re.compile(r"<[｜|](User|Assistant)[｜|]>(?:<think>\n?)?")
_INST: Final = re.compile(r"\[INST\](.*?)\[/INST\]", re.DOTALL)
_SYS: Final = re.compile(r"\s*<<SYS>>\n?(.*?)\n?<</SYS>>\s*", re.DOTALL)
_HUMAN: Final = re.compile(r"(?:^|\n\n)(Human|Assistant):[ ]?")
_OPEN_ASSISTANT: Final = re.compile(r"\s+Assistant:\s*$")
_TITAN: Final = re.compile(r"(?:^|\n)(User|Bot):[ ]?")


def messages_of_prompt(prompt: str) -> list[Json]:
    """Return the messages that ``prompt`` was rendered from; one user message where no template is found.

    Examples
    --------
    >>> [turn["role"] for turn in messages_of_prompt("<s>[INST] Hi [/INST] Hello</s>[INST] 2+2? [/INST]")]
    ['user', 'assistant', 'user']
    """
    body = prompt[len(found[0]) :] if (found := _BEGIN.match(prompt)) else prompt
    for header, ends in _HEADERS:
        if header.match(body):
            return _by_headers(body, header, ends)
    if _INST.match(body):
        return _by_inst(body)
    if "Assistant" in body and (_DEEPSEEK.match(body) or (found and found[1] and _DEEPSEEK.search(body))):
        return _by_labels(body, _DEEPSEEK)
    if re.match(r"\s*Human:", prompt) and "\n\nAssistant:" in prompt:
        return _by_labels(prompt.lstrip(), _HUMAN)
    return [message("user", prompt)]


def messages_of_human_prompt(prompt: str) -> list[Json]:
    """Return the messages of a Claude text prompt: what stands before the first ``Human:`` is the system prompt."""
    if not _HUMAN.search(prompt):
        return messages_of_prompt(prompt)
    return _by_labels(_OPEN_ASSISTANT.sub("\n\nAssistant:", prompt.lstrip()), _HUMAN)


def messages_of_titan_prompt(prompt: str) -> list[Json]:
    """Return the messages of a Titan prompt: ``User:`` and ``Bot:`` only where the last line waits for the bot."""
    if not re.search(r"(^|\n)User:", prompt) or not re.search(r"\nBot:\s*$", prompt):
        return messages_of_prompt(prompt)
    return _by_labels(prompt, _TITAN)


def _by_headers(body: str, header: re.Pattern[str], ends: tuple[str, ...]) -> list[Json]:
    _, *parts = header.split(body)  # before the first header stands nothing
    return list(_without_open_turn([(role.lower(), _without_end(text, ends)) for role, text in zip(parts[::2], parts[1::2], strict=True)]))


def _without_end(text: str, ends: tuple[str, ...]) -> str:
    text = text.rstrip("\n")
    return next((text.removesuffix(end) for end in ends if text.endswith(end)), text)


def _by_inst(body: str) -> list[Json]:
    found: list[tuple[str, str]] = []
    position = 0
    for turn in _INST.finditer(body):
        found.append(("assistant", _answer(body[position : turn.start()])))
        text = turn[1]
        if not position and (system := _SYS.match(text)):
            found.append(("system", system[1]))
            text = text[system.end() :]
        found.append(("user", text.removeprefix(" ").removesuffix(" ")))
        position = turn.end()
    found.append(("assistant", _answer(body[position:])))
    return [message(role, text) for role, text in found if text]


def _answer(between: str) -> str:
    return between.replace("<s>", "").replace("</s>", "").strip()


def _by_labels(body: str, label: re.Pattern[str]) -> list[Json]:
    turns = list(label.finditer(body))
    stops = [turn.start() for turn in turns[1:]] + [len(body)]
    found = [("system", body[: turns[0].start()].strip())]
    found += [
        (turn[1].lower(), body[turn.end() : stop].removesuffix("<｜end▁of▁sentence｜>").removesuffix("\n"))
        for turn, stop in zip(turns, stops, strict=True)
    ]
    return list(_without_open_turn([turn for turn in found if turn != ("system", "")]))


def _without_open_turn(turns: list[tuple[str, str]]) -> Iterator[Json]:
    """Yield messages; an empty last turn of the assistant only asks for its answer."""
    for index, (role, text) in enumerate(turns):
        is_open = index == len(turns) - 1 and role in ("assistant", "model", "bot") and not text.strip()
        if not is_open:
            yield message(_ROLES.get(role, "user"), text)
