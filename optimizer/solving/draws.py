"""Draws of failures: a fixed plan operated anew in worlds in which projects fail or do not.

Enters: an instance and a plan. Leaves: what the plan is worth in each draw. Which projects fail is
drawn for each by itself; then starts, contracts, commitments and the plans of stockpiles stay as
they are, what failed returns nothing, and operation is found anew: one linear program a draw. Where
few projects can fail, all combinations are worked out instead.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse

from optimizer.blocks.parameters import Parameters
from optimizer.blocks.worlds import Worlds
from optimizer.instance.failure import may_fail
from optimizer.program.encode import encode_first_stage
from optimizer.program.prepared import prepared_investment, stamp_prepared
from optimizer.program.program import weighted_sum
from optimizer.program.stamp import stamp_compiled
from optimizer.solving.doing_nothing import world_of
from optimizer.solving.repricing import Repriced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.instance import Instance
    from optimizer.plan import Plan
    from optimizer.program.program import Program
    from optimizer.program.stamped import Stamped
    from optimizer.solving.session import Session

    Floats = NDArray[np.float64]

Draw = frozenset[str]
"""The projects that fail."""
COST = {"expected_cost": 1.0}


class Weighed(NamedTuple):
    """A draw and what it counts."""

    fails: Draw
    share: float


def risky_of(instance: Instance, plan: Plan) -> dict[str, float]:
    """Success probability of what is started or committed and may fail, by name."""
    started = set(plan.tables.columns("choice")["project"])
    return {
        row.id: row.success_probability
        for row in instance.projects
        if may_fail(row) and row.success_probability < 1
        if row.id in started or row.status == "committed"
    }


def all_of(risky: dict[str, float]) -> list[Weighed]:
    """Every combination of failures that can come about, with its probability, likeliest first."""
    found = []
    for succeeds in itertools.product((True, False), repeat=len(risky)):
        share = 1.0
        for chance, comes in zip(risky.values(), succeeds, strict=True):
            share *= chance if comes else 1.0 - chance
        fails = frozenset(p for p, comes in zip(risky, succeeds, strict=True) if not comes)
        if share > 0:
            found.append(Weighed(fails, share))
    return sorted(found, key=lambda one: (-one.share, sorted(one.fails)))


def drawn(risky: dict[str, float], draws: int, seed: int) -> list[Draw]:
    """So many draws, in each of which every project fails by itself with 1 − π."""
    random = Random(seed)
    return [
        frozenset(p for p, chance in risky.items() if random.random() >= chance)
        for _ in range(draws)
    ]


@dataclass(frozen=True)
class _Stage:
    """A world whose operation is stamped for each draw, from what is compiled once.

    Each of `risky` is there or not in a draw, and so are its returns, calls and price floors.
    """

    world: Instance
    risky: frozenset[str]

    @cached_property
    def stamped(self) -> Stamped:
        """The program of the world as it is expected."""
        return stamp_prepared(Worlds.of(self.world))

    def of(self, fails: Draw) -> Stamped:
        """The program of a draw.

        Its criteria are those of the draw; the rows of the investment are the world's, by which
        money was planned.
        """
        prices = replace(self.stamped.investment, expressions=self._prices(fails))
        return stamp_compiled(Worlds.of(self._in(fails)), prices, self.stamped.year.compiled)

    def _in(self, fails: Draw) -> Instance:
        """The world in which it is certain who fails."""
        projects = tuple(
            row.replaced(success_probability=float(row.id not in fails))
            if row.id in self.risky
            else row
            for row in self.world.projects
        )
        settings = self.world.settings.replaced(failure="expected")
        failures = () if self.world.settings.failure == "ignored" else self.world.failures
        changed = {"projects": projects, "settings": settings, "failures": failures}
        return self.world.model_copy(update=changed)

    def _prices(self, fails: Draw) -> sparse.csr_array:
        """(criteria × columns) what each column of the investment adds to the criteria.

        A column belongs to one project, and is priced as it is where that fails, or does not.
        """
        certain, lost = self._certain
        failing = np.array([owner in fails for owner in self._owners], dtype=float)
        return sparse.csr_array(certain + (lost - certain).multiply(failing))

    @cached_property
    def _certain(self) -> tuple[sparse.csr_array, sparse.csr_array]:
        """The same where all of `risky` succeed, and where all of them fail."""
        whole, none = (
            prepared_investment(Parameters(self._in(fails))).expressions
            for fails in (frozenset[str](), self.risky)
        )
        return whole, none

    @cached_property
    def _owners(self) -> list[str | None]:
        """The project of each column of the investment; None where it is of none."""
        contracts = {row.id: row.project for row in self.world.contracts}
        projects = {row.id for row in self.world.projects}
        owners: list[str | None] = []
        for name, keys in self.stamped.investment.keys.items():
            firsts = (key[0] if isinstance(key, tuple) else key for key in keys)
            if name == "signed":
                owners += [contracts[contract] for contract in firsts]
            else:
                owners += [first if first in projects else None for first in firsts]
        return owners


class DrawnWorlds:
    """What a fixed plan is worth in draws of failures, each worked out once."""

    def __init__(self, instance: Instance, plan: Plan, session: Session) -> None:
        """Begin with no draw.

        Args:
            instance: what the plan is for.
            plan: what is held but its operation.
            session: the solve under way.
        """
        self.risky = risky_of(instance, plan)
        names = frozenset(self.risky)
        self._session = session
        self._weights = instance.settings.objective.first_step
        # Policies are judged by what is expected of projects (rule 9), and bind no draw.
        unbound = instance.model_copy(update={"policies": (), "steps": ()})
        self._plan = _Stage(unbound, names)
        self._first = encode_first_stage(self._plan.stamped, plan.tables)
        comes = {
            row.id
            for row in instance.projects
            if row.status == "committed" or row.goes_ahead_alone is not None
        }
        self._nothing = _Stage(world_of(instance), names & comes)
        self._of_plan: dict[Draw, Repriced] = {}
        self._of_nothing: dict[Draw, Repriced] = {}

    def worth(self, fails: Draw) -> Repriced:
        """Worth of the plan in a draw, against doing nothing in the same draw.

        Raises:
            SolverFailed: the linear program did not end.
        """
        if fails not in self._of_plan:
            there = fails & self._nothing.risky
            if there not in self._of_nothing:
                self._of_nothing[there] = self._without(there)
            nothing, held = self._of_nothing[there], self._with(fails)
            self._of_plan[fails] = Repriced(nothing.worth - held.worth, nothing.saved - held.saved)
        return self._of_plan[fails]

    def _without(self, fails: Draw) -> Repriced:
        """What doing nothing scores and costs in a draw."""
        stamped = self._nothing.of(fails)
        x = self._session.linear(stamped.program.relaxed(), "doing nothing")
        return self._score(stamped, x)

    def _with(self, fails: Draw) -> Repriced:
        """What the plan scores and costs in a draw."""
        stamped = self._plan.of(fails)
        program = operation_alone(stamped, self._first)
        x = self._session.linear(program, "operation of the fixed plan")
        return self._score(stamped, np.concatenate([self._first, x]))

    def _score(self, stamped: Stamped, x: Floats) -> Repriced:
        found = []
        for weights in (self._weights, COST):
            row, constant = stamped.vector(weights)
            found.append(weighted_sum(row, x) + constant)
        return Repriced(*found)


def operation_alone(stamped: Stamped, first: Floats) -> Program:
    """The program of operation with the whole first stage as it is given.

    The columns and rows of the investment are left out, so that what a plan's file has rounded of
    its money breaks no row.

    Args:
        stamped: the program.
        first: value of each column of its investment.
    """
    program, size = stamped.program, stamped.investment.size
    rows = np.arange(len(program.row_lower)) >= len(stamped.investment.row_lower)
    matrix = sparse.csr_array(program.matrix)[rows]
    given = matrix[:, :size] @ first
    return replace(
        program,
        cost=program.cost[size:],
        offset=program.offset + weighted_sum(program.cost[:size], first),
        lower=program.lower[size:],
        upper=program.upper[size:],
        integer=np.zeros(len(program.cost) - size, dtype=bool),
        matrix=sparse.csc_array(matrix[:, size:]),
        row_lower=program.row_lower[rows] - given,
        row_upper=program.row_upper[rows] - given,
        rows=program.rows.taken(rows),
        columns=program.columns.taken(np.arange(len(program.cost)) >= size),
        units=None if program.units is None else program.units[size:],
    )
