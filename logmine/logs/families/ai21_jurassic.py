"""AI21 Labs Jurassic-2; Jamba's bodies are OpenAI's.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-jurassic2.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logmine.logs.chat import Answer, Family
from logmine.logs.families.prompt_body import asks_with_marks_of, join_answers, read_prompt
from logmine.logs.fields import object_in, objects_in, text_in

if TYPE_CHECKING:
    from logmine.logs.chat import Request
    from logmine.logs.fields import Json


def asks(body: Json) -> bool:
    """Return whether ``body`` has a prompt and no setting of another family."""
    return asks_with_marks_of("ai21_jurassic", body)


def answers(body: Json) -> bool:
    """Return whether ``body`` is a response."""
    return any("data" in completion for completion in objects_in(body.get("completions")))


def read_request(body: Json) -> Request:
    """Read a request body."""
    return read_prompt(body, limit_key="maxTokens")


def read_response(body: Json) -> Answer:
    """Read a response body; of several completions the first."""
    completion = next(iter(objects_in(body.get("completions"))), {})
    reason = object_in(completion.get("finishReason")).get("reason")
    return Answer(text=text_in(object_in(completion.get("data")).get("text")) or "", stop=text_in(reason))


def read_events(events: list[Json]) -> Answer:
    """Read the pieces of a stream."""
    return join_answers([read_response(event) for event in events])


FAMILY: Final = Family("ai21_jurassic", asks, read_request, answers, read_response, read_events)
