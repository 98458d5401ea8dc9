"""The prompts that are still open, the most promising first, and what has been learned of each."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from scipy.special import betainc

from logmine.rollouts.plans import BandRule, Plan, plan_attempts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from logmine.rollouts.needs import Beta, Needed

Entry = tuple[int, float, int, str]  # calls on their way, worth below 0, place in the file, prompt

CORRECT, INCORRECT = "correct", "incorrect"
#: Answers in a row without a verdict (cut off, blocked, not readable) at which a prompt is given up.
MAX_VOID: Final = 3
#: Chance that the leading answer stays the leading one, from which no more are asked (Aggarwal et al. 2023, "Let's sample step by step").
STABLE: Final = 0.95
#: Answers at which priors are fitted to them first, and the growth from one fit to the next.
FIRST_FIT: Final = 50
FIT_GROWTH: Final = 1.5


@dataclass(slots=True)
class Standing:
    """What is known of one prompt: counts of outcomes, calls on their way, answers without an outcome in a row, in all, and in earlier runs."""

    need: Needed
    outcomes: Counter[str] = field(default_factory=Counter)
    n_asked: int = 0
    n_flying: int = 0
    n_void: int = 0
    n_unread: int = 0
    n_unread_before: int = 0
    is_given_up: bool = False

    @property
    def n_judged(self) -> int:
        """Answers with an outcome."""
        return self.outcomes.total()


class Aim(Protocol):
    """What one wants to know of prompts."""

    def reconsider(self, standings: Collection[Standing], n_answers: int) -> bool:
        """Learn from all prompts for each; return whether that changed what they are worth."""
        ...

    def recall(self, standings: Collection[Standing]) -> None:
        """Learn from what earlier runs were answered."""
        ...

    def worth(self, standing: Standing) -> float:
        """Return what a call for the prompt is worth, 0 where it is settled."""
        ...

    def n_surely_needed(self, standing: Standing) -> int:
        """Return how many more answers are needed whatever they are."""
        ...

    def n_calls(self, standing: Standing) -> float:
        """Return how many calls the prompt will take, expected."""
        ...


@dataclass(slots=True)
class Bands:
    """The aim ``difficulty``: the band of each prompt. Outcomes are ``correct`` and ``incorrect``.

    Attributes
    ----------
    rule
        What the build calls in range.
    fit_priors
        Fits the Beta distribution of pass rates of each task to what has been learned, as the next build will; by task id. None keeps
        those of the prompts.
    """

    rule: BandRule
    fit_priors: Callable[[Collection[Standing]], dict[str, Beta]] | None = None
    _priors: dict[str, Beta] = field(default_factory=dict)
    _read: dict[str, float] = field(default_factory=dict)
    _refit_at: int = FIRST_FIT

    def reconsider(self, standings: Collection[Standing], n_answers: int) -> bool:
        """Fit the priors anew when answers have grown by a part; return whether they were."""
        if self.fit_priors is None or n_answers < self._refit_at:
            return False
        self._read = _read_fractions(standings)
        self._priors = {task: (round(alpha, 3), round(beta, 3)) for task, (alpha, beta) in self.fit_priors(standings).items()}
        self._refit_at = math.ceil(n_answers * FIT_GROWTH)
        return True

    def recall(self, standings: Collection[Standing]) -> None:
        """Learn which tasks had answers that could not be judged in earlier runs."""
        self._read = _read_fractions(standings)

    def worth(self, standing: Standing) -> float:
        """Return the Gittins index, for as many calls as it takes to get an answer that can be judged; 0 where the prompt is settled."""
        plan, place = self._plan(standing), _place(standing)
        return 0.0 if plan.settled[place] else float(plan.index[place]) * self._read.get(standing.need.task_id, 1.0)

    def n_surely_needed(self, standing: Standing) -> int:
        """Return the attempts without which the band stays unknown."""
        return max(1, self.rule.min_attempts - standing.need.n_attempts - standing.n_judged)

    def n_calls(self, standing: Standing) -> float:
        """Return the calls until the band is settled, expected."""
        return float(self._plan(standing).n_calls[_place(standing)])

    def band(self, standing: Standing) -> int:
        """Return the band at present, as :attr:`Plan.bands`."""
        return int(self._plan(standing).bands[_place(standing)])

    def _plan(self, standing: Standing) -> Plan:
        need = standing.need
        alpha, beta = self._priors.get(need.task_id) or self._priors.get("", need.prior)
        measured = alpha + need.n_correct, beta + need.n_attempts - need.n_correct
        belief = measured[0] + need.others[0], measured[1] + need.others[1]
        return plan_attempts(measured, belief, need.n_attempts, _room_for(self.rule, standing))


def _read_fractions(standings: Collection[Standing]) -> dict[str, float]:
    """Return the fraction of answers that could be judged, by task; as if one more had been."""
    judged, answered = Counter[str](), Counter[str]()
    for one in standings:
        n_judged = one.need.n_attempts + one.n_judged
        judged[one.need.task_id] += n_judged
        answered[one.need.task_id] += n_judged + one.n_unread + one.n_unread_before
    return {task: (judged[task] + 1) / (count + 1) for task, count in answered.items()}


def _place(standing: Standing) -> tuple[int, int]:
    return standing.outcomes[CORRECT], standing.outcomes[INCORRECT]


def _room_for(rule: BandRule, standing: Standing) -> BandRule:
    """Return the rule with room for all answers there are: an earlier run may have been allowed more attempts."""
    n_attempts = standing.need.n_attempts + standing.n_judged
    return rule if n_attempts <= rule.max_attempts else replace(rule, max_attempts=n_attempts)


@dataclass(frozen=True, slots=True)
class Answers:
    """The aim ``references``: the answer on which attempts agree. Outcomes are canonical answers.

    Attributes
    ----------
    min_attempts
        Answers that a consensus needs.
    max_attempts
        Answers at which a prompt is settled in any case.
    """

    min_attempts: int
    max_attempts: int

    def reconsider(self, standings: Collection[Standing], n_answers: int) -> bool:
        """Return False: each prompt stands for itself."""
        del standings, n_answers
        return False

    def recall(self, standings: Collection[Standing]) -> None:
        """Do nothing: each prompt stands for itself."""
        del standings

    def worth(self, standing: Standing) -> float:
        """Return the chance that the answers still needed all agree, to their number; 0 where the leading answer stays."""
        lead, n_needed = self._lead(standing), self._n_needed(standing)
        if n_needed == 0:
            return 0.0
        chances = ((lead + 1 + n) / (standing.n_judged + 2 + n) for n in range(n_needed))
        return math.prod(chances) / n_needed

    def n_surely_needed(self, standing: Standing) -> int:
        """Return the answers without which there can be no consensus."""
        return max(1, self.min_attempts - standing.n_judged)

    def n_calls(self, standing: Standing) -> float:
        """Return the answers needed if all that are missing agree: the least that it takes."""
        return float(self._n_needed(standing))

    def is_stable(self, standing: Standing) -> bool:
        """Return whether enough answers agree for the leading one to stay the leading one."""
        return standing.n_judged >= self.min_attempts and _stability(standing.outcomes) >= STABLE

    def _lead(self, standing: Standing) -> int:
        return max(standing.outcomes.values(), default=0)

    def _n_needed(self, standing: Standing) -> int:
        """Return how many further answers settle the prompt if all of them agree with the leading one."""
        n_left = max(0, self.max_attempts - standing.n_judged)
        if self.is_stable(standing):
            return 0
        first, second = _two_most(standing.outcomes)
        for n in range(1, n_left + 1):
            if standing.n_judged + n >= self.min_attempts and _stays(first + n, second) >= STABLE:
                return n
        return n_left


def _stability(votes: Counter[str]) -> float:
    return _stays(*_two_most(votes))


def _two_most(votes: Counter[str]) -> tuple[int, int]:
    first, second = [*sorted(votes.values(), reverse=True), 0, 0][:2]
    return first, second


def _stays(first: int, second: int) -> float:
    """Return the chance that the answer with ``first`` votes is likelier than that with ``second``, from a uniform prior."""
    return 1.0 - float(betainc(first + 1, second + 1, 0.5))


class Docket:
    """The prompts of one run.

    Parameters
    ----------
    needs
        Prompts in the order in which equals are asked.
    aim
        What is wanted of them.
    max_asked
        Calls that one prompt may cost, answers without an outcome included.
    """

    def __init__(self, needs: Iterable[Needed], aim: Aim, *, max_asked: int) -> None:
        self.aim = aim
        self.max_asked = max_asked
        self.n_answers = 0
        self.standings = {need.prompt_id: Standing(need) for need in needs}
        self._place = {prompt_id: place for place, prompt_id in enumerate(self.standings)}
        self._queue: list[Entry] = []
        self._entry: dict[str, Entry] = {}
        self._open: set[str] = set()
        for prompt_id in self.standings:
            self._requeue(prompt_id)

    @property
    def n_open(self) -> int:
        """Prompts that are neither settled nor given up."""
        return len(self._open)

    @property
    def n_settled(self) -> int:
        """Prompts of which enough is known."""
        return len(self.standings) - len(self._open) - self.n_given_up

    @property
    def n_given_up(self) -> int:
        """Prompts that could not be asked, or whose answers could not be read."""
        return sum(standing.is_given_up for standing in self.standings.values())

    @property
    def n_unread(self) -> int:
        """Answers from which nothing could be judged."""
        return sum(standing.n_unread for standing in self.standings.values())

    def take(self, fits: Callable[[Needed], bool]) -> Needed | None:
        """Return the prompt that is to be asked next and count the call as on its way, None if no open prompt can use one now.

        Parameters
        ----------
        fits
            Whether a call for a prompt is within the budget; others are passed over.
        """
        passed: list[Entry] = []
        found = None
        while self._queue and found is None:
            entry = heapq.heappop(self._queue)
            need = self.standings[entry[-1]].need
            if self._entry.get(entry[-1]) != entry:
                continue  # an older state of the prompt
            if fits(need):
                found = need
            else:
                passed.append(entry)
        for entry in passed:
            heapq.heappush(self._queue, entry)
        if found is not None:
            self.send(found.prompt_id)
            self._requeue(found.prompt_id)
        return found

    def send(self, prompt_id: str) -> None:
        """Count a call as on its way."""
        standing = self.standings[prompt_id]
        standing.n_flying += 1
        standing.n_asked += 1

    def know(self, prompt_id: str, outcome: str | None) -> None:
        """Take in an answer that was there before."""
        self.send(prompt_id)
        self.learn(prompt_id, outcome)

    def recall(self, n_answers: Mapping[str, int]) -> None:
        """Take in how many answers of earlier runs the build has read, by prompt: those that are no attempts could not be judged."""
        for prompt_id, count in n_answers.items():
            standing = self.standings[prompt_id]
            standing.n_unread_before = max(0, count - standing.need.n_attempts)
        self.aim.recall(self.standings.values())
        for prompt_id in self.standings:
            self._requeue(prompt_id)

    def learn(self, prompt_id: str, outcome: str | None) -> None:
        """Take in the outcome of a call that was on its way, None where its answer cannot be judged."""
        standing = self.standings[prompt_id]
        standing.n_flying -= 1
        if outcome is None:
            standing.n_void += 1
            standing.n_unread += 1
        else:
            standing.n_void = 0
            standing.outcomes[outcome] += 1
        self.n_answers += 1
        self._requeue(prompt_id)
        if self.aim.reconsider(self.standings.values(), self.n_answers):
            for other in self.standings:
                self._requeue(other)

    def put_back(self, prompt_id: str) -> None:
        """Take back a call that brought no answer."""
        standing = self.standings[prompt_id]
        standing.n_flying -= 1
        standing.n_asked -= 1
        self._requeue(prompt_id)

    def give_up(self, prompt_id: str) -> None:
        """Take back a call, and ask no more for its prompt."""
        self.standings[prompt_id].is_given_up = True
        self.put_back(prompt_id)

    def leave_out(self, prompt_id: str) -> None:
        """Never ask for a prompt."""
        self.standings[prompt_id].is_given_up = True
        self._requeue(prompt_id)

    def _requeue(self, prompt_id: str) -> None:
        standing = self.standings[prompt_id]
        worth = self.aim.worth(standing)
        is_spent = standing.n_asked - standing.n_flying >= self.max_asked or standing.n_void >= MAX_VOID
        if worth > 0 and is_spent:
            standing.is_given_up = True
        if worth > 0 and not standing.is_given_up:
            self._open.add(prompt_id)
        else:
            self._open.discard(prompt_id)
        may_fly = min(self.aim.n_surely_needed(standing), self.max_asked - standing.n_asked + standing.n_flying)
        if prompt_id in self._open and standing.n_flying < may_fly:
            entry = (standing.n_flying, -worth, self._place[prompt_id], prompt_id)
            self._entry[prompt_id] = entry
            heapq.heappush(self._queue, entry)
        else:
            self._entry.pop(prompt_id, None)
