"""Asking: several calls at a time, as many as the service bears, each answer kept before it counts.

One thread decides; others only wait for answers. So the budget needs no lock, and what is known of a prompt is never older than the last
answer that was taken in. Concurrency follows additive increase and multiplicative decrease (Chiu and Jain 1989), as TCP's does.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from logmine.errors import AccessError, SourceError, UsageError
from logmine.rollouts.calls import Call, CallFailedError, Reply
from logmine.rollouts.records import encode, record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logmine.rollouts.budget import Budget
    from logmine.rollouts.calls import Backend, Failure
    from logmine.rollouts.docket import Docket
    from logmine.rollouts.needs import Needed
    from logmine.rollouts.store import Store

MAX_TRIES: Final = 5  # of a call that fails for no fault of the pace
MAX_REFUSED_FIRST: Final = 10  # prompts that may be refused before any was answered
LONGEST_PAUSE_S: Final = 30.0

Outcome = str | None
Flight = tuple[Call, int, datetime]  # the tokens that it holds of the budget, and when it was asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a run asks.

    Attributes
    ----------
    models
        Asked in turn for each prompt.
    max_output_tokens
        Tokens of an answer, at most.
    concurrency
        Calls on their way at once, at most.
    patience_s
        Seconds without any answer after which a run that only fails gives up.
    first_pause_s
        Seconds of the first pause after a throttled call; it doubles up to 30.
    """

    models: Sequence[str]
    max_output_tokens: int
    concurrency: int = 8
    patience_s: float = 300.0
    first_pause_s: float = 1.0


@dataclass(slots=True)
class Progress:
    """Where a run stands; counts are of this process, but for the prompts."""

    n_answered: int = 0
    n_tokens: int = 0
    n_open: int = 0
    n_settled: int = 0
    n_given_up: int = 0
    failures: Counter[str] = field(default_factory=Counter)  # calls without an answer, by kind and code
    started_s: float = field(default_factory=time.monotonic)

    @property
    def per_minute(self) -> float:
        """Answers a minute."""
        return 60 * self.n_answered / max(time.monotonic() - self.started_s, 1e-3)


class Asker:
    """One run.

    Parameters
    ----------
    docket, backend, store, budget, settings
        What to ask, whom, where answers go, what it may cost, how.
    judge
        Reads the outcome out of a record's line, as the next build will; None where it counts as no attempt.
    report
        Called after every answer.
    """

    def __init__(
        self,
        docket: Docket,
        backend: Backend,
        store: Store,
        budget: Budget,
        settings: Settings,
        *,
        judge: Callable[[Needed, bytes], Outcome],
        report: Callable[[Progress], None],
    ) -> None:
        self.docket, self.backend, self.store, self.budget, self.settings = docket, backend, store, budget, settings
        self.judge, self.report = judge, report
        self.progress = Progress()
        self._numbers: Counter[str] = Counter()
        self._tries: Counter[str] = Counter()
        self._flights: dict[Future[Reply], Flight] = {}
        self._limit = float(settings.concurrency)
        self._pause_s, self._resume_at = 0.0, 0.0
        self._answered_at = time.monotonic()

    def count_before(self, prompt_id: str, n_calls: int) -> None:
        """Let the numbers of attempts begin after those of an interrupted run; of one prompt."""
        self._numbers[prompt_id] = max(self._numbers[prompt_id], n_calls)

    def run(self) -> Progress:
        """Ask until every prompt is settled or given up, or the budget is spent.

        Interrupted, it asks nothing more and keeps the answers that are on their way; interrupted again, it stops at once.

        Raises
        ------
        AccessError, UsageError, SourceError
            If the service says no to everything, or has not answered for too long.
        """
        pool = ThreadPoolExecutor(self.settings.concurrency, thread_name_prefix="logmine-ask")
        try:
            try:
                self._ask_all(pool)
            finally:
                while self._flights:
                    self._take_in()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return self.progress

    def _ask_all(self, pool: ThreadPoolExecutor) -> None:
        while True:
            rest_s = self._resume_at - time.monotonic()  # read once: a pause that ended between two looks would be taken for the end
            while rest_s <= 0 and len(self._flights) < int(self._limit) and (call := self._next_call()):
                self._send(pool, call)
            if self._flights:
                self._take_in()
            elif rest_s > 0:
                time.sleep(min(0.2, rest_s))
            else:
                return

    def _next_call(self) -> Call | None:
        free = self.budget.free_tokens
        need = self.docket.take(lambda one: self._most_tokens(one) <= free) if free >= 0 else None
        if need is None:
            return None
        number = self._numbers[need.prompt_id]
        self._numbers[need.prompt_id] += 1
        return Call(need, self.settings.models[number % len(self.settings.models)], self.store.run, number)

    def _most_tokens(self, need: Needed) -> int:
        return need.most_prompt_tokens + self.settings.max_output_tokens

    def _send(self, pool: ThreadPoolExecutor, call: Call) -> None:
        held = self._most_tokens(call.need)
        self.budget.hold(held)
        self.store.note(asked=call.name, tokens=held)
        self._flights[pool.submit(self.backend.ask, call)] = (call, held, datetime.now(UTC))

    def _take_in(self) -> None:
        done, _ = wait(self._flights, timeout=0.2, return_when=FIRST_COMPLETED)
        for future in done:
            call, held, asked_at = self._flights.pop(future)
            try:
                reply = future.result()
            except CallFailedError as error:
                self._fail(call, held, error)
            else:
                self._answer(call, held, asked_at, reply)
        if done:
            self.progress.n_open, self.progress.n_settled = self.docket.n_open, self.docket.n_settled
            self.progress.n_given_up = self.docket.n_given_up
            self.report(self.progress)

    def _answer(self, call: Call, held: int, asked_at: datetime, reply: Reply) -> None:
        n_tokens = (reply.input_tokens or call.need.prompt_tokens) + (reply.output_tokens or 0)
        line = encode(record(call, reply, asked_at=asked_at))
        self.store.keep(line)
        self.store.note(answered=call.name, tokens=n_tokens)
        self.budget.spend(held, n_tokens)
        self.progress.n_answered += 1
        self.progress.n_tokens += n_tokens
        self._limit = min(float(self.settings.concurrency), self._limit + 1 / self._limit)
        self._pause_s = 0.0
        self._answered_at = time.monotonic()
        self.docket.learn(call.need.prompt_id, self.judge(call.need, line))

    def _fail(self, call: Call, held: int, error: CallFailedError) -> None:
        self.progress.failures[f"{error.failure}: {error.code}"] += 1
        if error.failure == "lost":
            self.budget.spend(held, held)
        else:
            self.store.note(released=call.name)
            self.budget.release(held)
        if error.failure == "refused" and self.progress.n_answered:  # a model that takes chat, and not this prompt
            self.store.note(refused=call.name)
        if error.failure in ("denied", "unknown_model"):
            self.docket.put_back(call.need.prompt_id)
            raise said_no(error.failure, error.code, call.model)
        self._tries[call.need.prompt_id] += error.failure != "throttled"
        if error.failure == "refused" or self._tries[call.need.prompt_id] >= MAX_TRIES:
            self.docket.give_up(call.need.prompt_id)
        else:
            self.docket.put_back(call.need.prompt_id)
        self._slow_down(error)

    def _slow_down(self, error: CallFailedError) -> None:
        if error.failure == "refused":
            if self.progress.n_answered == 0 and self.docket.n_given_up >= MAX_REFUSED_FIRST:
                raise UsageError(
                    f"the first {self.docket.n_given_up} prompts were refused ({error.code}), and none was answered. "
                    "Check that the model takes chat with these settings, such as --max-output-tokens and --temperature."
                )
            return
        if time.monotonic() - self._answered_at > self.settings.patience_s:
            raise SourceError(
                f"no answer for {self.settings.patience_s:.0f} s, the last failure: {error.code}. "
                "What was answered is kept; run the same command again when the service answers: it continues."
            )
        self._limit = max(1.0, self._limit / 2)
        self._pause_s = min(LONGEST_PAUSE_S, max(self.settings.first_pause_s, 2 * self._pause_s))
        self._resume_at = time.monotonic() + self._pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - spreads callers, keeps no secret


def said_no(failure: Failure, code: str, model: str) -> AccessError | UsageError:
    """Return the error for an operator where no prompt would be answered."""
    if failure == "denied":
        return AccessError(
            f"{model}: access denied ({code}). Check the credentials and the key, grant bedrock:InvokeModel for the model, "
            "and request access to it in the Bedrock console; then run the same command again."
        )
    return UsageError(f"{model}: no such model here ({code}). Check --model, the Region and --endpoint-url.")
