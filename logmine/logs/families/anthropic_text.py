"""Anthropic Claude 2 and Instant, text completions.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-text-completion.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logmine.logs.chat import Answer, Family
from logmine.logs.chat_templates import messages_of_human_prompt
from logmine.logs.families.prompt_body import asks_with_marks_of, join_answers, read_prompt
from logmine.logs.fields import text_in

if TYPE_CHECKING:
    from logmine.logs.chat import Request
    from logmine.logs.fields import Json


def asks(body: Json) -> bool:
    """Return whether ``body`` has a prompt and no setting of another family."""
    return asks_with_marks_of("anthropic_text", body)


def answers(body: Json) -> bool:
    """Return whether ``body`` has a ``completion``."""
    return isinstance(body.get("completion"), str)


def read_request(body: Json) -> Request:
    """Read a request body."""
    return read_prompt(body, limit_key="max_tokens_to_sample", split=messages_of_human_prompt)


def read_response(body: Json) -> Answer:
    """Read a response body. The space after ``Assistant:`` belongs to the template."""
    return Answer(text=(text_in(body.get("completion")) or "").removeprefix(" "), stop=text_in(body.get("stop_reason")))


def read_events(events: list[Json]) -> Answer:
    """Read the pieces of a stream."""
    answer = join_answers([Answer(text=text_in(event.get("completion")), stop=text_in(event.get("stop_reason"))) for event in events])
    answer.text = (answer.text or "").removeprefix(" ")
    return answer


FAMILY: Final = Family("anthropic_text", asks, read_request, answers, read_response, read_events)
