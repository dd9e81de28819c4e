"""What each scenario-year is like: the instance's data after the shocks, in kt and USD/t.

Enters: the instance. Leaves: arrays over scenario, year and what the data describe.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.calendar import first_output
from optimizer.checker.rows import summed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimizer.checker.network import Network
    from optimizer.checker.rows import Array, Flags
    from optimizer.instance import Instance
    from optimizer.records import Row, Shock

SHOCKED = {
    "supply": "suppliers",
    "access": "routes",
    "demand": "segments",
    "price": "materials",
    "outage": "projects",
}
"""Kind of shock and the table whose data it multiplies."""


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
    """Share of each project's capacity that can run."""
    delay: Array
    """Years by which each project is late, by scenario and project."""
    late: Array
    """The same by scenario, year and project, 0 before the project could have had output."""
    emergency: Flags
    """Whether a shock that is an emergency is in force, by scenario and year."""
    shocked: Flags
    """Whether any factor on anything differs from 1 or a project is late, now or, where years
    remember, in a year before."""
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
            self.late,
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
    delay = _delays(instance, network)
    late = _late_by(instance, delay)
    shocked = np.any(
        [np.any(late > 0, axis=2), *(np.any(table != 1, axis=2) for table in factor.values())],
        axis=0,
    )
    remembers = bool(instance.stockpiles or instance.end_of_life)
    return Worlds(
        probability=np.array([row.probability for row in instance.scenarios], dtype=np.float64),
        nominal=[row.nominal for row in instance.scenarios].index(True),
        limit=limit * factor["supply"],
        access=access,
        demand=demand * factor["demand"],
        price=price * factor["price"],
        availability=factor["outage"],
        delay=delay,
        late=late,
        emergency=_emergencies(instance, network),
        shocked=np.logical_or.accumulate(shocked, axis=1) if remembers else shocked,
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
    years = instance.settings.years
    count = len(instance.scenarios)
    factor = {kind: np.ones((count, len(years), network.count(of))) for kind, of in SHOCKED.items()}
    zone_of = {row.id: row.zone for row in instance.countries}
    scenarios = network.at("scenarios", [shock.scenario for shock in instance.shocks])
    for scenario, shock in zip(scenarios, instance.shocks, strict=True):
        first = max(shock.first_year - years.start, 0)
        span = slice(first, max(shock.last_year - years.start + 1, first))
        hit = np.array(_hit(instance, zone_of, shock), dtype=bool)
        factor[shock.kind][scenario, span, hit] *= shock.factor
    return factor


def _hit(instance: Instance, zone_of: dict[str, str], shock: Shock) -> list[bool]:
    """Which suppliers, routes, segments, materials or projects a shock's targets describe."""

    def fits(**described: object) -> bool:
        return all(getattr(shock, key) in (None, value) for key, value in described.items())

    if shock.kind == "supply":
        return [
            fits(country=row.country, material=row.material, supplier=row.id)
            for row in instance.suppliers
        ]
    if shock.kind == "access":
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


def _emergencies(instance: Instance, network: Network) -> Flags:
    """Scenario-years in which a shock that is an emergency and changes something is in force."""
    years = instance.settings.years
    found = np.zeros((len(instance.scenarios), len(years)), dtype=bool)
    for shock in instance.shocks:
        usual = shock.kind in ("supply", "access", "outage")
        if shock.factor != 1 and (usual if shock.emergency is None else shock.emergency):
            scenario = network.at("scenarios", [shock.scenario])[0]
            first = max(shock.first_year - years.start, 0)
            found[scenario, first : max(shock.last_year - years.start + 1, first)] = True
    return found


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
