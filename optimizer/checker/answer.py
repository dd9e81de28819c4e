"""The plan's tables as arrays, and what is wrong with their form.

Enters: a plan. Leaves: its numbers at the positions of the instance: its choice and money, the same
in every scenario, and the operation of one scenario after the other, one layer per *block* (a
scenario and year whose operation was solved for).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.reader import numbers
from optimizer.checker.rows import summed
from optimizer.vocabulary.plan_tables import BY_NAME, OPERATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimizer.checker.reader import Reader
    from optimizer.checker.rows import Array, Flags, Positions, Rows
    from optimizer.checker.stream import Stream
    from optimizer.plan import Columns, Tables
    from optimizer.vocabulary.plan_tables import PlanTable

CARRIED = ("stock", "served")
"""Tables that say what one year leaves to later ones: stocks, and what comes back as scrap."""


@dataclass(frozen=True)
class Answer:
    """What a plan decides; money in M$, quantities in kt/y.

    The scenarios in hand are few (`case`): one whose blocks are judged, and the nominal one.
    """

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
    stock_plan: Array
    """Level that a stockpile is kept at, by project and year."""
    excess: Array
    """Content by which a policy is missed, by policy and year."""
    block: Positions
    """Block that is judged and serves each year of each scenario in hand, −1 where none does."""
    held: Positions
    """Block that serves each year of the scenario that is judged, −1 where none does: first those
    that are judged, then those of other scenarios."""
    scenario: Positions
    """Scenario, among those in hand, of each block that is judged: the first."""
    year: Positions
    """Year of each block that is judged."""
    serves_marked: Flags
    """Whether each block that is judged serves a scenario that must be survived."""
    operation: dict[str, Array]
    """By name of the table: quantities by block that is judged and what the table is about."""
    carried: dict[str, Array]
    """`CARRIED` by block of `held`."""
    form: tuple[Rows, ...] = ()
    """What is wrong with the form of the tables."""


def chosen(reader: Reader, tables: Tables) -> Answer:
    """Choice and money, without any operation."""
    choice, start = _choice(reader, tables.columns("choice"))
    commitment, committed = _commitments(reader, tables.columns("commitments"))
    years = len(reader.years)
    none = np.zeros(0, dtype=np.intp)
    return Answer(
        choice=choice,
        start=start,
        commitment=commitment,
        committed=committed,
        private=_yearly(reader, "private", tables, "project", "projects"),
        cash=_yearly(reader, "cash", tables, "member", "members"),
        signed=_signed(reader, tables.columns("signed")),
        stock_plan=_yearly(reader, "stock_plan", tables, "project", "projects"),
        excess=_yearly(reader, "excess", tables, "policy", "policies"),
        block=np.full((0, years), -1, dtype=np.intp),
        held=np.full(years, -1, dtype=np.intp),
        scenario=none,
        year=none,
        serves_marked=np.zeros(0, dtype=np.bool_),
        operation={},
        carried={},
    )


def served(reader: Reader, rows: Columns, scenarios: int) -> Positions:
    """The scenario whose operation serves each scenario and year, −1 where none does."""
    scenario, year = reader.at("scenarios", rows, "scenario"), reader.year(rows)
    serving = reader.at("scenarios", rows, "block")
    good = reader.good("operated_as", rows, (scenario, year, serving))
    found = np.full((scenarios, len(reader.years)), -1, dtype=np.intp)
    found[scenario[good], year[good]] = serving[good]
    return found


def operated(
    reader: Reader, streams: Mapping[str, Stream], scenario: str, years: Positions
) -> dict[str, Array]:
    """The operation of a scenario by block, of the years that are operated; faults are noted."""
    own = np.full(len(reader.years), -1, dtype=np.intp)
    own[years] = np.arange(len(years))
    return {
        table.name: _operation(reader, table, streams[table.name].of(scenario), own)
        for table in OPERATION
    }


def left_over(
    reader: Reader, streams: Mapping[str, Stream], scenario: str, years: Positions
) -> dict[str, Array]:
    """What another scenario leaves after some years; its faults are told where it is judged."""
    every = np.arange(len(reader.years))
    found = {
        name: _operation(reader, BY_NAME[name], streams[name].of(scenario), every)[years]
        for name in CARRIED
    }
    reader.noted()
    return found


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
    amounts = numbers(rows["amount_musd"])[good]
    return {column: place[good] for column, place in places.items()}, amounts


def _signed(reader: Reader, rows: Columns) -> dict[str, Positions]:
    """Contract and year of each row that names both."""
    contract, year = reader.at("contracts", rows, "contract"), reader.year(rows)
    good = reader.good("signed", rows, (contract, year))
    return {"contract": contract[good], "year": year[good]}


def _yearly(reader: Reader, name: str, tables: Tables, column: str, of: str) -> Array:
    """Amounts of a table keyed by one name and the year, over both."""
    rows = tables.columns(name)
    place, year = reader.at(of, rows, column), reader.year(rows)
    good = reader.good(name, rows, (place, year))
    amounts = numbers(rows[BY_NAME[name].amount])[good]
    return summed((reader.network.count(of), len(reader.years)), (place[good], year[good]), amounts)


def _operation(reader: Reader, table: PlanTable, rows: Columns, own: Positions) -> Array:
    """Quantities of one scenario's rows, by block and what the table is about.

    Args:
        reader: notes what is out of form.
        table: which table.
        rows: those of the scenario.
        own: its block in each year, −1 where it has none.
    """
    year, place = reader.year(rows), reader.at(table.of, rows, *table.about)
    good = reader.good(table.name, rows, (year, place))
    block = np.where(good, own[year], -1)
    kept = block >= 0
    reader.note(table.name, rows, ~good | kept, "belongs to no scenario-year that is operated")
    amounts = numbers(rows[table.amount])[kept]
    shape = (int(own.max(initial=-1)) + 1, reader.network.count(table.of))
    return summed(shape, (block[kept], place[kept]), amounts)
