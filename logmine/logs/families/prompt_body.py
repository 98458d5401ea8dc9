"""What the families share whose request is one ``prompt`` string: reading it, and joining their streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logmine.logs.chat import Answer, Request, Usage, join_parts, media_marker, message
from logmine.logs.chat_templates import messages_of_prompt
from logmine.logs.fields import Json, count_in, list_in, number_in, text_in

if TYPE_CHECKING:
    from collections.abc import Callable


_MARKS: Final = {
    "anthropic_text": frozenset(("max_tokens_to_sample",)),
    "llama": frozenset(("max_gen_len",)),
    "ai21_jurassic": frozenset(("maxTokens", "numResults", "minTokens")),
    "cohere_command": frozenset(("return_likelihoods", "num_generations", "logit_bias", "truncate", "p", "k")),
}
_ANY_MARK: Final = frozenset().union(*_MARKS.values())


def asks_with_marks_of(name: str, body: Json) -> bool:
    """Return whether ``body`` has a prompt and a setting of family ``name``, or none of any: then its response tells."""
    is_marked = not _MARKS.get(name, frozenset()).isdisjoint(body)
    return isinstance(body.get("prompt"), str) and (is_marked or _ANY_MARK.isdisjoint(body))


def read_prompt(body: Json, *, limit_key: str = "max_tokens", split: Callable[[str], list[Json]] = messages_of_prompt) -> Request:
    """Read a request whose ``prompt`` holds all turns; ``limit_key`` names the limit of output tokens."""
    n_images = len(list_in(body.get("images")))
    messages = split(text_in(body.get("prompt")) or "")
    return Request(
        messages=_with_images(messages, n_images) if n_images else messages,
        n_media=n_images,
        temperature=number_in(body.get("temperature")),
        max_output_tokens=count_in(body.get(limit_key)),
    )


def _with_images(messages: list[Json], n_images: int) -> list[Json]:
    """Return ``messages`` with a marker for each image behind the last thing that the user said; the prompt does not say where they belong."""
    markers = [media_marker("image")] * n_images
    place = next((place for place in reversed(range(len(messages))) if messages[place]["role"] == "user"), None)
    if place is None:
        return [*messages, message("user", join_parts(markers))]
    said = message("user", join_parts([messages[place]["content"], *markers]))
    return [*messages[:place], said, *messages[place + 1 :]]


def join_answers(pieces: list[Answer]) -> Answer:
    """Return the answer that arrived in pieces: text joined, the last stop reason and the first counts that are given."""
    stops = [piece.stop for piece in pieces if piece.stop]
    inputs = [piece.usage.input_tokens for piece in pieces if piece.usage.input_tokens is not None]
    outputs = [piece.usage.output_tokens for piece in pieces if piece.usage.output_tokens is not None]
    return Answer(
        text="".join(piece.text or "" for piece in pieces),
        stop=stops[-1] if stops else None,
        usage=Usage(input_tokens=inputs[0] if inputs else None, output_tokens=outputs[-1] if outputs else None),
        is_complete=bool(stops),
    )
