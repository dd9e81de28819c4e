"""What each scenario-year is like: the instance's data after the shocks, in kt and USD/t.

Enters: the instance. Leaves: arrays over scenario, year and what the data describe.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.calendar import first_output
from optimizer.checker.rows import summed
from optimizer.vocabulary.criteria import LARGEST
from optimizer.vocabulary.policies import OF_OPERATION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimizer.checker.network import Network
    from optimizer.checker.rows import Array, Flags
    from optimizer.instance import Instance
    from optimizer.instance.records import Row, Shock

SHOCKED = {
    "supply": "suppliers",
    "access": "routes",
    "demand": "segments",
    "price": "materials",
    "outage": "projects",
}
"""Kind of shock and the table whose data it multiplies; export taxes multiply nothing."""


@dataclass(frozen=True)
class Worlds:
    """Data of every scenario-year; the first two axes are scenario and year."""

    probability: Array
    nominal: int
    """Position of the scenario without shocks."""
    limit: Array
    """What can be had of each supplier (kt/y)."""
    access: Array
    """Largest flow on each route (kt/y), infinite where it has no capacity and is open."""
    demand: Array
    """Demand of each segment (kt/y)."""
    price: Array
    """Market price of each material (USD/t)."""
    availability: Array
    """Share of each project's capacity that can run; 0 of standby plants but in emergencies."""
    export_tax: Array
    """Tax on each route, as a share of the market price."""
    delay: Array
    """Years by which each project is late, by scenario and project."""
    late: Array
    """The same by scenario, year and project, 0 before the project could have had output."""
    emergency: Flags
    """Whether a shock that is an emergency is in force, by scenario and year."""
    opened: Array
    """1 where an emergency opens a stockpile, by scenario and year."""
    shocked: Flags
    """Whether the scenario may be told from the nominal one: where it is told apart once it is
    known, from then on; otherwise in years in which a factor differs from 1, or something is taxed
    or late."""
    remembers: bool
    """Whether stocks or scrap carry one year into the next."""

    def alike(self, scenario: int, other: int, year: int) -> bool:
        """Whether two scenarios have the same data in a year; where years remember, until then."""
        years = slice(0 if self.remembers else year, year + 1)
        data = (
            self.limit,
            self.access,
            self.demand,
            self.price,
            self.availability,
            self.export_tax,
            self.late,
            self.opened,
        )
        return all(
            np.allclose(table[scenario, years], table[other, years], rtol=1e-12, atol=0.0)
            for table in data
        )


def worlds(instance: Instance, network: Network) -> Worlds:
    """The data of every scenario-year."""
    factor = _factors(instance, network)
    capacity = np.array(
        [
            np.inf if row.capacity_t_per_year is None else row.capacity_t_per_year / 1000
            for row in instance.routes
        ],
        dtype=np.float64,
    )
    closed = factor["access"] == 0
    access = np.where(closed, 0.0, capacity) * np.where(closed, 1.0, factor["access"])
    rates = [row.limit_t_per_year / 1000 for row in instance.supply_limits]
    wanted = [row.demand_t_per_year / 1000 for row in instance.demand]
    prices = [row.price_usd_per_t for row in instance.prices]
    limit = _by_year(instance, network, "suppliers", "supply_limits", rates)
    demand = _by_year(instance, network, "segments", "demand", wanted)
    price = _by_year(instance, network, "materials", "prices", prices)
    tax, emergency = _export_taxes(instance, network), _emergencies(instance, network)
    standby = np.array([row.standby for row in instance.projects], dtype=bool)
    delay = _delays(instance, network)
    late = _late_by(instance, delay)
    touched = [np.any(table != 1, axis=2) for table in factor.values()]
    touched += [np.any(tax > 0, axis=2), np.any(late > 0, axis=2), emergency]
    shocked = np.any(touched, axis=0)
    remembers = bool(_kept(instance) or instance.end_of_life)
    apart = remembers or _told_apart(instance)
    return Worlds(
        probability=np.array([row.probability for row in instance.scenarios], dtype=np.float64),
        nominal=[row.nominal for row in instance.scenarios].index(True),
        limit=limit * factor["supply"],
        access=access,
        demand=demand * factor["demand"],
        price=price * factor["price"],
        availability=np.where(standby & ~emergency[:, :, None], 0.0, factor["outage"]),
        export_tax=tax,
        delay=delay,
        late=late,
        emergency=emergency,
        opened=np.where(emergency & _kept(instance), 1.0, 0.0),
        shocked=_known(instance, network) if apart else shocked,
        remembers=remembers,
    )


def _by_year(
    instance: Instance, network: Network, of: str, table: str, values: Sequence[float]
) -> Array:
    """Yearly values of a table keyed by (owner, year), over year and owner; 0 where not given."""
    years = instance.settings.years
    rows: Sequence[Row] = getattr(instance, table)
    keys = [row.key_values() for row in rows]
    owner = network.at(of, [key[0] for key in keys])
    year = np.array([key[1] for key in keys], dtype=np.intp) - years.start
    inside = (year >= 0) & (year < len(years))
    amounts = np.array(values, dtype=np.float64)[inside]
    return summed((len(years), network.count(of)), (year[inside], owner[inside]), amounts)


def _factors(instance: Instance, network: Network) -> dict[str, Array]:
    """Product of all shocks by kind, over scenario, year and what they multiply."""
    shape = len(instance.scenarios), len(instance.settings.years)
    factor = {kind: np.ones((*shape, network.count(of))) for kind, of in SHOCKED.items()}
    for shock in instance.shocks:
        if shock.kind in SHOCKED:
            hit = np.array(_hit(instance, shock), dtype=bool)
            factor[shock.kind][(*_when(instance, network, shock), hit)] *= shock.factor
    return factor


def _export_taxes(instance: Instance, network: Network) -> Array:
    """Sum of the export taxes, over scenario, year and route."""
    shape = len(instance.scenarios), len(instance.settings.years), network.count("routes")
    tax = np.zeros(shape)
    for shock in instance.shocks:
        if shock.kind == "export_tax":
            hit = np.array(_hit(instance, shock), dtype=bool)
            tax[(*_when(instance, network, shock), hit)] += shock.factor
    return tax


def _emergencies(instance: Instance, network: Network) -> Flags:
    """Whether a shock that counts as an emergency changes something, by scenario and year.

    Where nothing is said, shocks on supply, access and plants are emergencies.
    """
    found = np.zeros((len(instance.scenarios), len(instance.settings.years)), dtype=bool)
    for shock in instance.shocks:
        said = shock.emergency
        counts = shock.kind in ("supply", "access", "outage") if said is None else said
        neutral = 0.0 if shock.kind == "export_tax" else 1.0
        if counts and shock.factor != neutral:
            found[_when(instance, network, shock)] = True
    return found


def _when(instance: Instance, network: Network, shock: Shock) -> tuple[int, slice]:
    """Scenario of a shock, and its years within the horizon."""
    start = instance.settings.years.start
    first = max(shock.first_year - start, 0)
    scenario = int(network.at("scenarios", [shock.scenario])[0])
    return scenario, slice(first, max(shock.last_year - start + 1, first))


def _hit(instance: Instance, shock: Shock) -> list[bool]:
    """Which suppliers, routes, segments, materials or projects a shock's targets describe."""

    def fits(**described: object) -> bool:
        return all(getattr(shock, key) in (None, value) for key, value in described.items())

    if shock.kind == "supply":
        return [
            fits(country=row.country, material=row.material, supplier=row.id)
            for row in instance.suppliers
        ]
    if shock.kind in ("access", "export_tax"):
        zone_of = {row.id: row.zone for row in instance.countries}
        origin = None if shock.country is None else zone_of[shock.country]
        return [
            origin in (None, row.origin)
            and fits(material=row.material, destination=row.destination)
            for row in instance.routes
        ]
    if shock.kind == "demand":
        return [
            fits(material=row.material, segment=row.id, destination=row.zone)
            for row in instance.segments
        ]
    if shock.kind == "price":
        return [fits(material=row.id) for row in instance.materials]
    return [
        fits(country=row.country, material=row.main_material, project=row.id)
        for row in instance.projects
    ]


def _delays(instance: Instance, network: Network) -> Array:
    """Years late by scenario and project."""
    late = np.zeros((len(instance.scenarios), network.count("projects")))
    for row in instance.delays:
        scenario = network.at("scenarios", [row.scenario])[0]
        late[scenario, network.at("projects", [row.project])] = row.years
    return late


def _late_by(instance: Instance, delay: Array) -> Array:
    """Years late by scenario, year and project, 0 before the project could have had output."""
    first = np.array([first_output(instance, row) for row in instance.projects])
    years = np.array(instance.settings.years)
    return np.where(years[None, :, None] >= first[None, None, :], delay[:, None, :], 0.0)


def _kept(instance: Instance) -> bool:
    """Whether there is a stockpile: one that is not a candidate locked out."""
    gone = {p.id for p in instance.projects if p.status == "candidate" and p.locked == "out"}
    return any(row.project not in gone for row in instance.stockpiles)


def _told_apart(instance: Instance) -> bool:
    """Whether it matters without memory that a scenario is operated apart once it is known.

    Where tail_shortage is weighed or bounded, and where some policy looks at the operation of some
    scenarios alone.
    """
    objective = instance.settings.objective
    sign = 1.0 if objective.sense == "minimise" else -1.0
    tail = sign * objective.weights.get("tail_shortage", 0.0) + objective.risk_weight > 0
    tail = tail or any(row.criterion == "tail_shortage" for row in instance.steps)
    judged = any(
        row.criterion in ("tail_shortage", LARGEST)
        if row.kind == "criterion_bound"
        else row.kind in OF_OPERATION or row.kind in ("must_survive", "fairness")
        for row in instance.policies
        if row.enabled
    )
    return bool(tail or judged)


def _known(instance: Instance, network: Network) -> Flags:
    """Whether each scenario is known to be no other, by scenario and year.

    From the first year on in which one of its shocks is in force, or in which a project that is
    late in it could run if it were started in the first year.
    """
    years = np.array(instance.settings.years)
    known = np.zeros((len(instance.scenarios), len(years)), dtype=bool)
    for shock in instance.shocks:
        if shock.factor != (0.0 if shock.kind == "export_tax" else 1.0):
            known[_when(instance, network, shock)] = True
    build = {row.id: row.build_years for row in instance.projects}
    for row in instance.delays:
        scenario = network.at("scenarios", [row.scenario])[0]
        known[scenario] |= years >= years[0] + build[row.project]
    return np.logical_or.accumulate(known, axis=1)
