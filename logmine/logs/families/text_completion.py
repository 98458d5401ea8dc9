"""One ``prompt`` answered by ``choices`` with text: DeepSeek's prompt form, OpenAI's older completions, imported models.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-deepseek.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logmine.logs.chat import Answer, Family
from logmine.logs.families.openai_chat import read_usage
from logmine.logs.families.prompt_body import asks_with_marks_of, join_answers, read_prompt
from logmine.logs.fields import objects_in, text_in

if TYPE_CHECKING:
    from logmine.logs.fields import Json

_THOUGHT_ENDS: Final = "</think>"


def asks(body: Json) -> bool:
    """Return whether ``body`` has a prompt and no setting of another family."""
    return asks_with_marks_of("text_completion", body)


def answers(body: Json) -> bool:
    """Return whether ``body`` is a response or a piece of its stream."""
    return any("text" in choice for choice in objects_in(body.get("choices")))


def read_response(body: Json) -> Answer:
    """Read a response body; of several choices the first."""
    return _without_open_thought(_piece(body))


def _piece(body: Json) -> Answer:
    choice = next(iter(objects_in(body.get("choices"))), {})
    stop = text_in(choice.get("stop_reason")) or text_in(choice.get("finish_reason"))
    return Answer(text=text_in(choice.get("text")) or "", stop=stop, usage=read_usage(body.get("usage")))


def _without_open_thought(answer: Answer) -> Answer:
    """Take reasoning away whose opening tag stood at the end of the prompt, as DeepSeek's template has it."""
    text = answer.text or ""
    if _THOUGHT_ENDS in text and "<think>" not in text:
        thought, _, rest = text.partition(_THOUGHT_ENDS)
        answer.text, answer.reasoning = rest.lstrip(), thought.strip()
    return answer


def read_events(events: list[Json]) -> Answer:
    """Read the pieces of a stream."""
    return _without_open_thought(join_answers([_piece(event) for event in events]))


FAMILY: Final = Family("text_completion", asks, read_prompt, answers, read_response, read_events)
