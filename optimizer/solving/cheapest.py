"""The cheapest plan for the fund among those that are proven as good.

A proof ends where the plan is within the gap asked for; what lies within it may be had for less of
the fund's money. So a short search finances what is started otherwise, and leaves out, by way of
trial, the contracts and projects that cost the fund most: what keeps the objective within the gap
of its proven bound stays out. Where leaving one out would spare much but leaves the gap, other
candidates are tried in its place. Small programs are searched as a whole besides.

What is minimised is objective + price · fund_cost. At the price (room within the gap) / fund_cost
no plan gives up more than there is room for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from optimizer.highs.gap_test import GapTest
from optimizer.highs.limits import Limits
from optimizer.plan import Options, Spared
from optimizer.program.prices import investment_prices
from optimizer.program.program import weighted_sum
from optimizer.solving.further import at_least_cost, at_least_expected_cost
from optimizer.solving.later_steps import least_fund_cost
from optimizer.solving.operating import operated
from optimizer.solving.rounding import rounding

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from optimizer.highs.process import Answer
    from optimizer.program.stamped import Stamped
    from optimizer.solving.further import Taken
    from optimizer.solving.session import Session

    Floats = NDArray[np.float64]
    Leaving = Callable[[Floats], Floats]
    """Leaves something out of a choice."""

GIVEN_UP: Final = Options().worth_gap
"""Share of the worth of the plan found first that may be given up."""
STAGE: Final = "cheapest for the fund"
MOST_TRIALS: Final = 12
"""Contracts and projects left out by way of trial; each is a linear program."""
MUCH: Final = 0.1
"""Share of the fund's cost from which it is tried what can be had in the place of something."""
FREED: Final = 5
"""Candidates that are free in a round in which others are tried in its place; each is so once."""
BRIEF: Final = Limits(time_limit_s=5.0, own_gap=5e-4)
"""How long a round searches: long enough that on small instances no clock ends it."""
SEARCHED_BELOW: Final = 20_000
"""Matrix entries up to which the choice is searched as a whole, in a moment."""
WHOLE: Final = Limits(time_limit_s=10.0)
LADDER: Final = (1.0, 8.0, 64.0)
"""Prices of the fund's money in it, in times of the one that cannot leave the gap."""
NEAR_ENOUGH: Final = 0.05
"""Share of the room within the gap by which it may miss its best."""
WORTH_TELLING: Final = 1e-6
"""A plan is cheaper where it spares more than this share of the fund's cost."""


@dataclass(frozen=True)
class Settled:
    """A portfolio operated at the end of all steps, and what a cheaper one has spared."""

    taken: Taken
    spared: Spared | None = None


def settled(taken: Taken, session: Session, answer: Answer, nothing: float) -> Settled:
    """The end of all steps, with the cheapest plan for the fund within the gaps.

    Args:
        taken: where the steps have led.
        session: options, clock and who listens.
        answer: what the first step says, with its bound.
        nothing: what doing nothing scores.
    """
    reached = at_least_cost(taken, session)
    first = at_least_expected_cost(reached, session)
    most = _most(reached, session, answer, nothing)
    if most is None or _weighs_money(reached):
        return Settled(first)
    before = _fund_cost(first, session)
    if before <= 0:
        return Settled(first)
    found = _Search(session, reached, most, (most - _objective(reached)) / before).run()
    if found is None:
        return Settled(first)
    other = at_least_expected_cost(found, session)
    spared = before - _fund_cost(other, session)
    if spared <= WORTH_TELLING * max(taken.stamped.unit, abs(before)):
        return Settled(first)
    sense = taken.stamped.worlds.q.instance.settings.objective.sense
    value = _objective(first)
    return Settled(
        other, Spared(fund_cost=before, objective=value if sense == "minimise" else -value)
    )


def _objective(taken: Taken) -> float:
    """What a solution scores by the first step, as it is minimised."""
    row, offset = taken.stamped.vector(taken.stamped.weights)
    return weighted_sum(row, taken.x) + offset


def _most(taken: Taken, session: Session, answer: Answer, nothing: float) -> float | None:
    """The largest objective within the gaps, or what steps have granted; None without room.

    However wide the gaps asked for are, little of the worth of the plan found is given up: they say
    how far to search, and not what the fund's money is worth.
    """
    if taken.unfinished is not None or answer.ending != "optimal" or answer.bound is None:
        return None
    close = GapTest(session.options.gap, session.options.worth_gap, nothing)
    granted = taken.granted
    most = close.largest(answer.bound) if granted is None else answer.bound + granted
    value = _objective(taken)
    if granted is None and value < nothing:
        most = min(most, value + GIVEN_UP * (nothing - value))
    return most if most > value + rounding(value, nothing) else None


def _weighs_money(taken: Taken) -> bool:
    """Whether some step says already what the fund's money is worth."""
    raising = taken.stamped.worlds.q.instance.settings.cost_of_public_funds
    return any(
        weights.get("fund_cost", 0.0) or (raising and weights.get("public_funds_cost", 0.0))
        for weights in taken.held
    )


@dataclass
class _Search:
    """The search under way: the cheapest plan so far whose objective stays within the gaps."""

    session: Session
    first: Taken
    most: float
    price: float
    best: Taken | None = None

    def run(self) -> Taken | None:
        """The cheapest plan found; None where nothing is cheaper."""
        self.take(*operated(self.priced(self.first, self.price), self.session, self.first.x))
        missed: tuple[float, Stamped, Floats, Leaving] | None = None
        for leave in _dearest(self.first):
            if self.is_over:
                return self.best
            stamped, x = operated(self.now.stamped, self.session, leave(self.now.x))
            if not self.take(stamped, x) and x is not None:
                paid = _paid(replace(self.first, stamped=stamped, x=x))
                if missed is None or paid < missed[0]:
                    missed = (paid, stamped, x, leave)
        if missed is not None and missed[0] < (1.0 - MUCH) * _paid(self.now):
            self.take(*operated(missed[1], self.session, self.replaced(*missed[1:])))
        if self.first.stamped.program.matrix.nnz < SEARCHED_BELOW:
            self.whole()
        return self.best

    @property
    def is_over(self) -> bool:
        """Whether what is left of the time is kept for a complete plan."""
        left = self.session.left()
        return self.session.over or (left is not None and left <= self.session.reserved_s)

    @property
    def now(self) -> Taken:
        """The cheapest plan so far, priced."""
        if self.best is not None:
            return self.best
        return replace(self.first, stamped=self.priced(self.first, self.price))

    def take(self, stamped: Stamped, x: Floats | None) -> bool:
        """Take a solution that is within the gaps and cheaper; returns whether it is within."""
        if x is None:
            return False
        found = replace(self.first, stamped=stamped, x=x)
        if _objective(found) > self.most:
            return False
        if _paid(found) < _paid(self.now):
            self.best = found
        return True

    def priced(self, taken: Taken, price: float) -> Stamped:
        """The program with the fund's money at a price in what it minimises."""
        stamped = taken.stamped
        cost, offset = stamped.vector(stamped.weights)
        money, constant = stamped.vector({"fund_cost": 1.0})
        program = replace(
            stamped.program, cost=cost + price * money, offset=offset + price * constant
        )
        return replace(stamped, program=program)

    def replaced(self, stamped: Stamped, x: Floats, leave: Leaving) -> Floats:
        """The best found with something left out and others free, a few candidates at a time."""
        program, places, owner = stamped.program, *_choices(stamped)
        out = leave(np.full(len(x), np.inf))[places] < np.inf
        seed = self.session.options.seed
        order = np.random.default_rng(seed).permutation(np.unique(owner))
        for first in range(0, len(order), FREED):
            if self.is_over:
                break
            fixed = out | ~np.isin(owner, order[first : first + FREED])
            lower, upper, value = program.lower.copy(), program.upper.copy(), np.round(x[places])
            lower[places] = np.where(fixed, value, lower[places])
            upper[places] = np.where(fixed, value, upper[places])
            answer = self.session.short(program.with_bounds(lower, upper), x, BRIEF, STAGE)
            if answer.x is not None and answer.value < program.value(x):
                x = answer.x
        return x

    def whole(self) -> None:
        """Search among what was started at first, at higher and higher prices."""
        upper = _at_most_what_is_chosen(self.first.stamped, self.first.x)
        room = self.most - _objective(self.first)
        for times in LADDER:
            if self.is_over:
                return
            stamped, start = self.priced(self.now, times * self.price), self.now.x
            program = stamped.program
            limited = program.with_bounds(program.lower, np.minimum(program.upper, upper))
            own_gap = NEAR_ENOUGH * room / max(abs(program.value(start)), room)
            limits = replace(WHOLE, own_gap=own_gap)
            answer = self.session.short(limited, start, limits, STAGE)
            if answer.x is None or not self.take(*operated(stamped, self.session, answer.x)):
                return


def _choices(stamped: Stamped) -> tuple[NDArray[np.intp], NDArray[np.str_]]:
    """Columns of the starts and signatures, and the project of each."""
    block = stamped.investment
    of = {row.id: row.project for row in stamped.worlds.q.instance.contracts}
    owners = {place: p for (p, _), place in block.places("w").items()}
    owners |= {place: of[contract] for (contract, _), place in block.places("signed").items()}
    return np.array(list(owners), dtype=np.intp), np.array(list(owners.values()), dtype=np.str_)


def _dearest(taken: Taken) -> list[Leaving]:
    """What leaves each contract and project out of a choice, the dearest for the fund first."""
    block, x = taken.stamped.investment, taken.x
    cost = block.expression("fund_cost") * x[: block.size]
    commits, w, signed = (block.places(name) for name in ("commit", "w", "signed"))
    paid: dict[tuple[str, str], float] = {}
    for (p, *_), place in commits.items():
        paid["w", p] = paid.get(("w", p), 0.0) + float(cost[place])
    for (contract, _), place in signed.items():
        own = float(block.expression("fund_cost")[place]) * round(float(x[place]))
        paid["signed", contract] = paid.get(("signed", contract), 0.0) + own
    lower = taken.stamped.program.lower

    def without(kind: str, name: str) -> Leaving:
        places = [
            place for (one, _), place in (w if kind == "w" else signed).items() if one == name
        ]

        def fewer(x: Floats) -> Floats:
            found = x.copy()
            found[places] = lower[places]
            return found

        return fewer

    dear = sorted((key for key in paid if paid[key] > 0), key=lambda key: (-paid[key], key))
    return [without(*key) for key in dear[:MOST_TRIALS]]


def _paid(taken: Taken) -> float:
    """What a solution costs the fund, M$."""
    row, offset = taken.stamped.vector({"fund_cost": 1.0})
    return weighted_sum(row, taken.x) + offset


def _at_most_what_is_chosen(stamped: Stamped, x: Floats) -> Floats:
    """Upper bounds by which nothing is started before it is, and no other contract is signed."""
    upper = np.full(len(x), np.inf)
    w = stamped.investment.columns["w"]
    upper[w] = np.round(x[w])
    places = stamped.investment.places("signed")
    signed = {contract for (contract, _), place in places.items() if x[place] > 0.5}
    for (contract, _), place in places.items():
        if contract not in signed:
            upper[place] = 0.0
    return upper


def _fund_cost(taken: Taken, session: Session) -> float:
    """The least that the choice costs the fund with all steps held, M$."""
    block = taken.stamped.investment
    held = [investment_prices(block, weights) for weights in taken.held]
    money = session.linear(least_fund_cost(taken.stamped, taken.x, held), "least fund cost")
    constants = dict(zip(block.expression_keys, block.expression_constants, strict=True))
    return weighted_sum(block.expression("fund_cost"), money) + float(constants["fund_cost"])
