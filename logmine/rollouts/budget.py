"""What a run may spend, kept to the call: a call is made only when its dearest outcome still fits."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(slots=True)
class Budget:
    """Calls and tokens, input and output together.

    Attributes
    ----------
    max_calls, max_tokens
        What may be spent; infinite without a limit.
    n_calls, n_tokens
        What was spent, by this run also before it was interrupted.
    held_calls, held_tokens
        What the calls on their way may cost at most.
    """

    max_calls: float = math.inf
    max_tokens: float = math.inf
    n_calls: int = 0
    n_tokens: int = 0
    held_calls: int = 0
    held_tokens: int = 0

    @property
    def free_tokens(self) -> float:
        """Tokens that a further call may cost, below 0 when no further call may be made."""
        if self.n_calls + self.held_calls >= self.max_calls:
            return -1.0
        return self.max_tokens - self.n_tokens - self.held_tokens

    def hold(self, n_tokens: int) -> None:
        """Set a call aside that costs at most ``n_tokens``."""
        self.held_calls += 1
        self.held_tokens += n_tokens

    def spend(self, held: int, n_tokens: int) -> None:
        """Count a call for which ``held`` tokens were set aside."""
        self.release(held)
        self.n_calls += 1
        self.n_tokens += n_tokens

    def release(self, held: int) -> None:
        """Take back a call that was not made, or that the service refused before any work."""
        self.held_calls -= 1
        self.held_tokens -= held
