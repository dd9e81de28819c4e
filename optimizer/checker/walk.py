"""The walk through a plan, scenario by scenario.

Enters: an instance and a plan. Leave: one case after the other, each with one scenario in hand, and
the books of what all of them come to. A scenario needs of the others only what they leave to years
of its own (stocks, and scrap of what was served), so no more than one is held beside the nominal.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.answer import CARRIED, Answer, chosen, left_over, operated, served
from optimizer.checker.books import Books, Stated, stated_accounts
from optimizer.checker.calendar import calendar
from optimizer.checker.case import Case
from optimizer.checker.costs import amounts
from optimizer.checker.fairness import members_want
from optimizer.checker.network import network, numbered
from optimizer.checker.reader import Reader
from optimizer.checker.rows import Rows, holds
from optimizer.checker.stream import Stream
from optimizer.checker.survival import largest_short
from optimizer.checker.worlds import Worlds, worlds
from optimizer.plan.tables import plain_columns
from optimizer.vocabulary.plan_tables import OPERATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.checker.network import Network
    from optimizer.checker.rows import Array, Positions
    from optimizer.instance import Instance
    from optimizer.plan import Columns, Plan


def case(instance: Instance, plan: Plan) -> Case:
    """Instance and plan side by side, the nominal scenario in hand and the books complete.

    Raises:
        InvalidPlan: where a table of the plan lacks columns or holds text for numbers.
    """
    walk = Walk(instance, plan)
    for _ in walk.cases():
        pass
    return walk.nominal


class Walk:
    """An instance and a plan, and how far one has gone through the scenarios."""

    nominal: Case
    """The nominal scenario in hand; there once the first case has been."""

    def __init__(self, instance: Instance, plan: Plan) -> None:
        """Read choice and money.

        Raises:
            InvalidPlan: where a table of the plan lacks columns or holds text for numbers.
        """
        self.instance, self.kept = instance, plan.kept
        self.network = network(instance)
        self.calendar = calendar(instance)
        self.scenarios = [row.id for row in instance.scenarios]
        self._of_scenarios = [
            name for name, row in type(instance).tables().items() if "scenario" in row.model_fields
        ]
        self._first = [row.nominal for row in instance.scenarios].index(True)
        self._reader = Reader(instance, self.network)
        self._choice = chosen(self._reader, plan.tables)
        blocks = plan.tables.columns("operated_as")
        self.serving = served(self._reader, blocks, len(self.scenarios))
        self._streams = {table.name: Stream(plan.tables, table.name) for table in OPERATION}
        self.books = Books(instance, self.serving, self.calendar.delta)
        said = plan.tables.columns("amounts")
        self._stated = Stated(self._reader, said, self.books.names)
        accounts = plan.tables.columns("project_accounts")
        self.stated_accounts = stated_accounts(self._reader, accounts)
        self._remembers = bool(instance.stockpiles or instance.end_of_life)
        self._alike = np.ones(self.serving.shape, dtype=np.bool_)
        self._quiet = np.ones(self.serving.shape, dtype=np.bool_)
        self._strangers()
        self._out_of_form = self._reader.noted()

    @property
    def states_amounts(self) -> bool:
        """Whether the plan says what its blocks come to."""
        return not self._stated.is_empty or self.kept is not None

    def cases(self) -> Iterator[Case]:
        """Each scenario in hand, the nominal one first; what it comes to is entered in the books.

        A scenario whose operation is not kept has no block that is judged.
        """
        places = [self._first, *(s for s in range(len(self.scenarios)) if s != self._first)]
        for scenario in places:
            seen = self._in_hand(scenario)
            if scenario == self._first:
                self.nominal = seen
            yield seen

    def place_of(self, seen: Case) -> int:
        """Position of the scenario in hand among all."""
        return self.scenarios.index(seen.instance.scenarios[0].id)

    def is_kept(self, scenario: int) -> bool:
        """Whether the plan has the operation of a scenario, by its position."""
        return self.kept is None or self.scenarios[scenario] in self.kept

    def stated(self, seen: Case) -> list[Rows]:
        """What the plan says that the blocks in hand come to, against what they do."""
        scenario = self.place_of(seen)
        years = [str(year) for year in seen.years]
        return self._stated.compared(self.books, scenario, self.scenarios[scenario], years)

    def operated_as(self) -> list[Rows]:
        """Every scenario-year is served by its own block or by one with the same data.

        Until a scenario is known it is the nominal one: an operator cannot know which scenario this
        is. Where it does not matter that it is known, its later years without shocks are nominal.
        """
        is_served = self.serving >= 0
        axes = (self.scenarios, list(self.instance.settings.years))
        return [
            holds(is_served, axes, "no block of operation serves this scenario-year"),
            holds(self._alike, axes, "is served by a block whose data differ from its own"),
            holds(
                ~is_served | ~self._quiet | (self.serving == self._first),
                axes,
                "is not known from the nominal year and not operated as it",
            ),
        ]

    def enough_kept(self) -> list[Rows]:
        """The nominal scenario, those to be survived, and those that serve a kept one are kept."""
        names, kept = self.scenarios, set(self.kept or ())
        there = np.array([name in kept for name in names], dtype=np.bool_)
        marked = np.array([row.nominal or row.must_survive for row in self.instance.scenarios])
        serving = np.isin(np.arange(len(names)), self.serving[there])
        unknown = sorted(kept - set(names))
        return [
            holds(there | ~marked, (names,), "has to be kept and is not"),
            holds(there | ~serving, (names,), "serves a scenario that is kept, and is not"),
            holds(np.zeros(len(unknown), np.bool_), (unknown,), "is kept and is no scenario"),
        ]

    def amounts(self) -> Columns:
        """What each block comes to, as rows of a plan's table; 0 is left out."""
        rows = []
        for name in self.books.names:
            found = self.books.of_block(name)
            for scenario, year in np.argwhere(found != 0).tolist():
                when = self.instance.settings.years[year]
                rows.append((self.scenarios[scenario], name, when, float(found[scenario, year])))
        return plain_columns("amounts", rows)

    def _in_hand(self, scenario: int) -> Case:
        """A scenario in hand, and the nominal one; it is entered in the books."""
        cut, names = self._cut(scenario, self._first)
        world = worlds(cut, names)
        self._note_world(scenario, world)
        years = self._years_of(scenario)
        is_kept = self.is_kept(scenario)
        judged = years if is_kept else years[:0]
        seen = Case(
            every=self.instance,
            instance=cut,
            network=names,
            calendar=self.calendar,
            worlds=world,
            answer=self._operation(scenario, judged, len(cut.scenarios)),
            books=self.books,
        )
        self._enter(seen, scenario, years, is_kept=is_kept)
        return seen

    def _enter(self, seen: Case, scenario: int, years: Positions, *, is_kept: bool) -> None:
        """What the scenario in hand comes to, or is said to, and what its members want."""
        found = amounts(seen) if is_kept else self._stated.of(scenario, years)
        self.books.enter(scenario, years, found)
        for member, wanted in members_want(seen).items():
            self.books.wanted[member][scenario] = wanted
        for policy, worst in largest_short(seen).items():
            empty = np.zeros(self.serving.shape)
            self.books.largest_short.setdefault(policy, empty)[scenario, seen.answer.year] = worst

    def _operation(self, scenario: int, judged: Positions, in_hand: int) -> Answer:
        """Choice and money with the operation of a scenario, and what other blocks leave to it."""
        own = operated(self._reader, self._streams, self.scenarios[scenario], judged)
        form = [*self._out_of_form, *self._reader.noted()]
        self._out_of_form = []
        block = np.full((in_hand, len(self._reader.years)), -1, dtype=np.intp)
        mine = self.serving[scenario, judged] == scenario
        block[0, judged] = np.where(mine, np.arange(len(judged)), -1)
        held, others = self._others(scenario, block[0]) if self._remembers else (block[0], {})
        marked = [row.must_survive for row in self.instance.scenarios]
        return replace(
            self._choice,
            block=block,
            held=held,
            scenario=np.zeros(len(judged), dtype=np.intp),
            year=judged,
            serves_marked=(self.serving[marked] == scenario).any(axis=0)[judged],
            operation=own,
            carried={name: np.concatenate([own[name], *others.get(name, ())]) for name in CARRIED},
            form=tuple(form),
        )

    def _others(self, scenario: int, own: Positions) -> tuple[Positions, dict[str, list[Array]]]:
        """Blocks that serve a scenario, those of others after its own, and what these leave."""
        held, count = own.copy(), int(own.max(initial=-1)) + 1
        left: dict[str, list[Array]] = {name: [] for name in CARRIED}
        for other in sorted({*self.serving[scenario].tolist()} - {-1, scenario}):
            years = np.flatnonzero(self.serving[scenario] == other)
            found = left_over(self._reader, self._streams, self.scenarios[other], years)
            held[years] = np.arange(count, count + len(years))
            count += len(years)
            for name in CARRIED:
                left[name].append(found[name])
        return held, left

    def _years_of(self, scenario: int) -> Positions:
        """Years whose operation under a scenario serves anybody."""
        return np.flatnonzero((self.serving == scenario).any(axis=0))

    def _note_world(self, scenario: int, world: Worlds) -> None:
        """Whether a scenario is like those whose blocks serve it, and where it has no shock."""
        self._quiet[scenario] = ~world.shocked[0]
        for year, other in enumerate(self.serving[scenario].tolist()):
            if other == self._first and scenario != self._first:
                self._alike[scenario, year] = world.alike(0, 1, year)
            elif other >= 0 and other != scenario:
                pair = worlds(*self._cut(scenario, other, self._first))
                self._alike[scenario, year] = pair.alike(0, 1, year)

    def _cut(self, *places: int) -> tuple[Instance, Network]:
        """The instance with some scenarios alone, in that order, and where what is in it."""
        rows = [self.instance.scenarios[place] for place in dict.fromkeys(places)]
        names = {row.id for row in rows}
        of_scenarios = {
            table: tuple(row for row in getattr(self.instance, table) if row.scenario in names)
            for table in self._of_scenarios
        }
        cut = self.instance.model_copy(update={"scenarios": tuple(rows)} | of_scenarios)
        own = self.network.names | {"scenarios": numbered(row.id for row in rows)}
        return cut, replace(self.network, names=own)

    def _strangers(self) -> None:
        """Note rows of operation whose scenario is none, or is not kept."""
        kept = self.scenarios if self.kept is None else self.kept
        for name, stream in self._streams.items():
            rows = stream.strangers(kept)
            known = self.network.at("scenarios", rows["scenario"]) >= 0
            self._reader.note(name, rows, known, "names what the instance does not have")
            self._reader.note(name, rows, ~known, "belongs to no scenario whose operation is kept")
