"""Mistral AI, text completions; its chat bodies are OpenAI's.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-mistral-text-completion.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logmine.logs.chat import Answer, Family
from logmine.logs.families.prompt_body import asks_with_marks_of, join_answers, read_prompt
from logmine.logs.fields import objects_in, text_in

if TYPE_CHECKING:
    from logmine.logs.fields import Json


def asks(body: Json) -> bool:
    """Return whether ``body`` has a prompt and no setting of another family."""
    return asks_with_marks_of("mistral_text", body)


def answers(body: Json) -> bool:
    """Return whether ``body`` is a response or a piece of its stream."""
    return any("text" in output for output in objects_in(body.get("outputs")))


def read_response(body: Json) -> Answer:
    """Read a response body, or one piece of a stream; of several outputs the first."""
    output = next(iter(objects_in(body.get("outputs"))), {})
    return Answer(text=text_in(output.get("text")) or "", stop=text_in(output.get("stop_reason")))


def read_events(events: list[Json]) -> Answer:
    """Read the pieces of a stream."""
    return join_answers([read_response(event) for event in events])


FAMILY: Final = Family("mistral_text", asks, read_prompt, answers, read_response, read_events)
