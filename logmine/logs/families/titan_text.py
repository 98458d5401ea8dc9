"""Amazon Titan Text.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-text.html.
"""

from __future__ import annotations

from typing import Final

from logmine.logs.chat import Answer, Family, Request, Usage
from logmine.logs.chat_templates import messages_of_titan_prompt
from logmine.logs.families.prompt_body import join_answers
from logmine.logs.fields import Json, count_in, number_in, object_in, objects_in, text_in


def asks(body: Json) -> bool:
    """Return whether ``body`` has an input text; Titan's embeddings look alike but are told apart before."""
    return isinstance(body.get("inputText"), str)


def answers(body: Json) -> bool:
    """Return whether ``body`` is a response or a piece of its stream."""
    return "outputText" in body or any("outputText" in result for result in objects_in(body.get("results")))


def read_request(body: Json) -> Request:
    """Read a request body."""
    config = object_in(body.get("textGenerationConfig"))
    return Request(
        messages=messages_of_titan_prompt(text_in(body.get("inputText")) or ""),
        temperature=number_in(config.get("temperature")),
        max_output_tokens=count_in(config.get("maxTokenCount")),
    )


def read_response(body: Json) -> Answer:
    """Read a response body; of several results the first."""
    result = next(iter(objects_in(body.get("results"))), {})
    return Answer(
        text=text_in(result.get("outputText")) or "",
        stop=text_in(result.get("completionReason")),
        usage=Usage(count_in(body.get("inputTextTokenCount")), count_in(result.get("tokenCount"))),
    )


def read_events(events: list[Json]) -> Answer:
    """Read the pieces of a stream."""
    return join_answers([_piece(event) for event in events])


def _piece(event: Json) -> Answer:
    usage = Usage(count_in(event.get("inputTextTokenCount")), count_in(event.get("totalOutputTextTokenCount")))
    return Answer(text=text_in(event.get("outputText")), stop=text_in(event.get("completionReason")), usage=usage)


FAMILY: Final = Family("titan_text", asks, read_request, answers, read_response, read_events)
