"""The two forms in which prompts are sent, known without anybody to send them to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logmine.rollouts.bodies import chat_body, converse_body

if TYPE_CHECKING:
    from logmine.rollouts.calls import Call


class ConverseForm:
    """Amazon Bedrock's Converse.

    Parameters
    ----------
    temperature, max_output_tokens
        Of every call.
    """

    operation = "Converse"

    def __init__(self, *, temperature: float, max_output_tokens: int) -> None:
        self._inference: dict[str, Any] = {"temperature": temperature, "max_output_tokens": max_output_tokens}

    def body(self, call: Call) -> dict[str, Any]:
        """Return the request body as Bedrock logs it: without model and metadata."""
        return converse_body(call.need, **self._inference)


class ChatForm:
    """OpenAI's chat completions.

    Parameters
    ----------
    temperature, max_output_tokens
        Of every call.
    """

    operation = "ChatCompletions"

    def __init__(self, *, temperature: float, max_output_tokens: int) -> None:
        self._inference: dict[str, Any] = {"temperature": temperature, "max_output_tokens": max_output_tokens}

    def body(self, call: Call) -> dict[str, Any]:
        """Return the request body."""
        return chat_body(call.need, model=call.model, **self._inference)
