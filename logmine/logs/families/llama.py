"""Meta Llama.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-meta.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logmine.logs.chat import Answer, Family, Usage
from logmine.logs.families.prompt_body import asks_with_marks_of, join_answers, read_prompt
from logmine.logs.fields import count_in, text_in

if TYPE_CHECKING:
    from logmine.logs.chat import Request
    from logmine.logs.fields import Json


def asks(body: Json) -> bool:
    """Return whether ``body`` has a prompt and no setting of another family."""
    return asks_with_marks_of("llama", body)


def answers(body: Json) -> bool:
    """Return whether ``body`` is a response or a piece of its stream."""
    return "generation" in body


def read_request(body: Json) -> Request:
    """Read a request body."""
    return read_prompt(body, limit_key="max_gen_len")


def read_response(body: Json) -> Answer:
    """Read a response body, or one piece of a stream."""
    return Answer(
        text=text_in(body.get("generation")) or "",
        stop=text_in(body.get("stop_reason")),
        usage=Usage(count_in(body.get("prompt_token_count")), count_in(body.get("generation_token_count"))),
    )


def read_events(events: list[Json]) -> Answer:
    """Read the pieces of a stream."""
    return join_answers([read_response(event) for event in events])


FAMILY: Final = Family("llama", asks, read_request, answers, read_response, read_events)
