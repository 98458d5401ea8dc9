"""What a call of a model is, whoever answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logmine.rollouts.needs import Needed

Failure = Literal[
    "throttled",  # too many calls at once: ask again, more slowly
    "unavailable",  # the service could not answer, and says so: ask again
    "lost",  # no whole answer came back, and the model may have worked: it counts as a call
    "refused",  # the request itself: another one may be taken
    "denied",  # credentials or permissions
    "unknown_model",
]


class CallFailedError(Exception):
    """A call that brought no answer. ``code`` names the error as the service does; it never holds its message, which may quote a prompt."""

    def __init__(self, failure: Failure, code: str) -> None:
        super().__init__(f"{failure}: {code}")
        self.failure: Failure = failure
        self.code = code


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt: which prompt, which model, the number of the attempt in its run."""

    need: Needed
    model: str
    run: str
    number: int

    @property
    def name(self) -> str:
        """``<prompt_id>#<n>``."""
        return f"{self.need.prompt_id}#{self.number}"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came, with the request as it was sent."""

    operation: str
    request_id: str
    request: Mapping[str, Any]
    response: Mapping[str, Any]
    input_tokens: int | None
    output_tokens: int | None


class Form(Protocol):
    """The form in which a backend sends prompts."""

    operation: str

    def body(self, call: Call) -> dict[str, Any]:
        """Return the request body of ``call`` as it will be logged."""
        ...


class Backend(Form, Protocol):
    """Something that answers calls, from several threads at once."""

    def ask(self, call: Call) -> Reply:
        """Ask, once.

        Raises
        ------
        CallFailedError
            If no answer came.
        """
        ...
