"""The plan's tables as arrays, and what is wrong with their form.

Enters: a plan. Leaves: its numbers at the positions of the instance, one layer per *block* (a
scenario and year whose operation was solved for), and a list of the rows that name nothing in
the instance, repeat another row or carry an amount that is no amount.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.network import numbered, positions
from optimizer.checker.rows import TOLERANCE, Rows, summed
from optimizer.vocabulary.plan_tables import BY_NAME, COLUMNS, OPERATION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimizer.checker.network import Network
    from optimizer.checker.rows import Array, Flags, Positions
    from optimizer.instance import Instance
    from optimizer.plan import Columns, Plan
    from optimizer.vocabulary.plan_tables import PlanTable


@dataclass(frozen=True)
class Answer:
    """What a plan decides; money in M$, quantities in kt/y."""

    choice: dict[str, Positions]
    """project, year and alone of every row of the choice."""
    start: Positions
    """Start year of each project as a position, −1 for never."""
    commitment: dict[str, Positions]
    """project, instrument, member and year of every commitment."""
    committed: Array
    """Amount of every commitment."""
    private: Array
    """Private money by project and year."""
    cash: Array
    """Unspent money by member and year."""
    signed: dict[str, Positions]
    """contract and year of every contract that is signed."""
    block: Positions
    """Block that serves each scenario and year, −1 where none does."""
    scenario: Positions
    """Scenario of each block."""
    year: Positions
    """Year of each block."""
    operation: dict[str, Array]
    """By name of the table: quantities by block and what the table is about."""
    stock_plan: Array
    """Level that a stockpile is kept at, by project and year."""
    excess: Array
    """Content by which a policy is missed, by policy and year."""
    form: tuple[Rows, ...]
    """What is wrong with the form of the tables."""


class Reader:
    """Looks up the rows of a plan's tables and notes those that are out of form."""

    def __init__(self, instance: Instance, network: Network) -> None:
        self.network = network
        self.years = numbered(instance.settings.years)
        self.form: list[Rows] = []

    def year(self, rows: Columns) -> Positions:
        """Positions of the years of a table's rows."""
        return positions(self.years, rows["year"])

    def at(self, of: str, rows: Columns, *columns: str) -> Positions:
        """Positions of what some columns name in a table of the instance."""
        if len(columns) == 1:
            return self.network.at(of, rows[columns[0]])
        return self.network.at(of, zip(*(rows[name] for name in columns), strict=True))

    def good(self, name: str, rows: Columns, found: Sequence[Positions]) -> Flags:
        """Rows that name what exists, once, with a finite amount; the others are noted."""
        counts = BY_NAME[name].amount
        known = np.all([place >= 0 for place in found], axis=0)
        amount = _numbers(rows[counts]) if counts else np.zeros(len(known))
        finite = np.isfinite(amount)
        keys = list(zip(*(rows[column] for column in BY_NAME[name].keys), strict=True))
        self.note(name, rows, known, "names what the instance does not have")
        self.note(name, rows, _first_of_each(keys), "says the same twice")
        self.note(name, rows, finite, "has an amount that is not a number")
        if not BY_NAME[name].is_signed:
            self.note(name, rows, ~(amount < -TOLERANCE), "has a negative amount")
        return np.asarray(known & finite, np.bool_)

    def note(self, name: str, rows: Columns, right: Flags, what: str) -> None:
        """Note the rows of a table that are not right."""
        if right.all():
            return
        wrong = itertools.compress(zip(*rows.values(), strict=True), ~right)
        labels = [" ".join(map(str, row)) for row in wrong]
        self.form.append(Rows(np.ones(len(labels)), (labels,), f"a row of {name} that {what}"))


def answer(instance: Instance, network: Network, plan: Plan) -> Answer:
    """The plan's numbers as arrays."""
    reader = Reader(instance, network)
    given = {name: plan.tables.columns(name) for name in COLUMNS}
    block, scenario, year = _blocks(instance, reader, given["operated_as"])
    own = np.full(block.shape, -1, dtype=np.intp)
    own[scenario, year] = np.arange(len(scenario))
    choice, start = _choice(reader, given["choice"])
    commitment, committed = _commitments(reader, given["commitments"])
    return Answer(
        choice=choice,
        start=start,
        commitment=commitment,
        committed=committed,
        private=_yearly(reader, "private", given["private"], "project", "projects"),
        cash=_yearly(reader, "cash", given["cash"], "member", "members"),
        signed=_signed(reader, given["signed"]),
        block=block,
        scenario=scenario,
        year=year,
        operation={
            table.name: _operation(reader, table, given[table.name], own, len(scenario))
            for table in OPERATION
        },
        stock_plan=_yearly(reader, "stock_plan", given["stock_plan"], "project", "projects"),
        excess=_yearly(reader, "excess", given["excess"], "policy", "policies"),
        form=tuple(reader.form),
    )


def _choice(reader: Reader, rows: Columns) -> tuple[dict[str, Positions], Positions]:
    """Rows of the choice, and the first start year of each project."""
    project, year = reader.at("projects", rows, "project"), reader.year(rows)
    good = reader.good("choice", rows, (project, year))
    found = {"project": project[good], "year": year[good]}
    found["alone"] = np.array(rows["alone"], np.bool_)[good].astype(np.intp)
    start = np.full(reader.network.count("projects"), -1, dtype=np.intp)
    start[found["project"][::-1]] = found["year"][::-1]
    return found, start


def _commitments(reader: Reader, rows: Columns) -> tuple[dict[str, Positions], Array]:
    """Rows of the commitments and their amounts."""
    places = {
        column: reader.at(of, rows, column)
        for column, of in (
            ("project", "projects"),
            ("instrument", "instruments"),
            ("member", "members"),
        )
    }
    places["year"] = reader.year(rows)
    good = reader.good("commitments", rows, tuple(places.values()))
    amounts = _numbers(rows["amount_musd"])[good]
    return {column: place[good] for column, place in places.items()}, amounts


def _signed(reader: Reader, rows: Columns) -> dict[str, Positions]:
    """Contract and year of each row that names both."""
    contract, year = reader.at("contracts", rows, "contract"), reader.year(rows)
    good = reader.good("signed", rows, (contract, year))
    return {"contract": contract[good], "year": year[good]}


def _yearly(reader: Reader, name: str, rows: Columns, column: str, of: str) -> Array:
    """Amounts of a table keyed by one name and the year, over both."""
    place, year = reader.at(of, rows, column), reader.year(rows)
    good = reader.good(name, rows, (place, year))
    amounts = _numbers(rows[BY_NAME[name].amount])[good]
    return summed((reader.network.count(of), len(reader.years)), (place[good], year[good]), amounts)


def _blocks(
    instance: Instance, reader: Reader, rows: Columns
) -> tuple[Positions, Positions, Positions]:
    """Block of each scenario and year, and the scenario and year of each block."""
    scenario, year = reader.at("scenarios", rows, "scenario"), reader.year(rows)
    serving = reader.at("scenarios", rows, "block")
    good = reader.good("operated_as", rows, (scenario, year, serving))
    count, years = len(instance.scenarios), len(reader.years)
    used, number = np.unique(serving[good] * years + year[good], return_inverse=True)
    block = np.full((count, years), -1, dtype=np.intp)
    block[scenario[good], year[good]] = number
    return block, used // years, used % years


def _operation(
    reader: Reader, table: PlanTable, rows: Columns, own: Positions, blocks: int
) -> Array:
    """Quantities of a table of operation, by block and what the table is about."""
    name, of = table.name, table.of
    scenario, year = reader.at("scenarios", rows, "scenario"), reader.year(rows)
    place = reader.at(of, rows, *table.about)
    good = reader.good(name, rows, (scenario, year, place))
    block = np.where(good, own[scenario, year], -1)
    kept = block >= 0
    reader.note(name, rows, ~good | kept, "belongs to no scenario-year that is operated")
    amounts = _numbers(rows[table.amount])[kept]
    return summed((blocks, reader.network.count(of)), (block[kept], place[kept]), amounts)


def _numbers(values: list[float]) -> Array:
    return np.array(values, dtype=np.float64)


def _first_of_each(keys: list[tuple[object, ...]]) -> Flags:
    """Which rows are the first with their key."""
    first = {key: place for place, key in reversed(list(enumerate(keys)))}
    flags = np.zeros(len(keys), dtype=np.bool_)
    flags[list(first.values())] = True
    return flags
