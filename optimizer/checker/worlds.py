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
    from optimizer.instance.records import Project, Row, Scenario, Shock

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
    performing: Array
    """Share of each project that counts: its chance, 0 where it fails, 1 where it is drawn."""
    availability: Array
    """Share of each project's capacity that can run; 0 of standby plants but in emergencies, and of
    candidates that are locked out."""
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
            self.performing,
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
    tax, emergency = _export_taxes(instance, network), emergencies(instance, network)
    standby = np.array([row.standby for row in instance.projects], dtype=bool)
    gone = np.array([_is_gone(row) for row in instance.projects], dtype=bool)
    off = gone | (standby & ~emergency[:, :, None])
    delay = _delays(instance, network)
    late = _late_by(instance, delay)
    touched = [np.any(table != 1, axis=2) for table in factor.values()]
    touched += [np.any(tax > 0, axis=2), np.any(late > 0, axis=2), emergency]
    nominal = [row.nominal for row in instance.scenarios].index(True)
    performing = _performing(instance)
    touched.append(np.any(performing != performing[nominal], axis=2))
    shocked = np.any(touched, axis=0)
    remembers = bool(_kept(instance) or instance.end_of_life)
    apart = remembers or _told_apart(instance)
    return Worlds(
        nominal=nominal,
        limit=limit * factor["supply"],
        access=access,
        demand=demand * factor["demand"],
        price=price * factor["price"],
        performing=performing,
        availability=np.where(off, 0.0, factor["outage"] * performing),
        export_tax=tax,
        delay=delay,
        late=late,
        emergency=emergency,
        opened=np.where(emergency & _kept(instance), 1.0, 0.0),
        shocked=_known(instance, network) if apart else shocked,
        remembers=remembers,
    )


def prices_of(instance: Instance, material: str) -> Array:
    """Market price of one material after the shocks, by scenario and year (USD/t)."""
    years = instance.settings.years
    price = np.zeros((len(instance.scenarios), len(years)))
    for row in instance.prices:
        if row.material == material and row.year in years:
            price[:, row.year - years.start] = row.price_usd_per_t
    place = {row.id: place for place, row in enumerate(instance.scenarios)}
    for shock in instance.shocks:
        if shock.kind == "price" and shock.material in (None, material):
            price[place[shock.scenario], _span(instance, shock)] *= shock.factor
    return price


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


def emergencies(instance: Instance, network: Network) -> Flags:
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
    return int(network.at("scenarios", [shock.scenario])[0]), _span(instance, shock)


def _span(instance: Instance, shock: Shock) -> slice:
    """Years of a shock within the horizon."""
    start = instance.settings.years.start
    first = max(shock.first_year - start, 0)
    return slice(first, max(shock.last_year - start + 1, first))


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


def success(instance: Instance) -> Array:
    """Probability that each project comes about: 1 of what runs, or where failure is ignored."""
    sure = [
        instance.settings.failure == "ignored"
        or row.status == "operating"
        or (row.status == "committed" and row.online_year is None)
        for row in instance.projects
    ]
    chance = [row.success_probability for row in instance.projects]
    return np.where(np.array(sure, dtype=bool), 1.0, np.array(chance, dtype=np.float64))


def _performing(instance: Instance) -> Array:
    """Share of each project that counts, by scenario, year and project.

    Its chance of success in the nominal scenario, in those to be survived and in those without
    probability; where failures are drawn 1 in the others; 0 of a project that fails there.
    Before it could have had output 1, for nobody knows.
    """
    mode = instance.settings.failure
    shares = np.tile(success(instance), (len(instance.scenarios), 1))
    scenarios = [row.id for row in instance.scenarios]
    for line, row in enumerate(instance.scenarios):
        if _is_drawn(instance, row):
            shares[line] = 1.0
    places = {row.id: place for place, row in enumerate(instance.projects)}
    for failure in instance.failures if mode != "ignored" else ():
        shares[scenarios.index(failure.scenario), places[failure.project]] = 0.0
    first = np.array([first_output(instance, row) for row in instance.projects])
    years = np.array(instance.settings.years)
    there = years[None, :, None] >= first[None, None, :]
    return np.where(there, shares[:, None, :], 1.0)


def _is_drawn(instance: Instance, row: Scenario) -> bool:
    """Whether a scenario itself says who fails in it: all others succeed."""
    judged = row.nominal or row.must_survive
    return instance.settings.failure == "drawn" and row.probability > 0 and not judged


def _kept(instance: Instance) -> bool:
    """Whether there is a stockpile: one that is not a candidate locked out."""
    gone = {row.id for row in instance.projects if _is_gone(row)}
    return any(row.project not in gone for row in instance.stockpiles)


def _is_gone(project: Project) -> bool:
    """Whether a project is a candidate that is locked out: nothing that befalls it matters."""
    return project.status == "candidate" and project.locked == "out"


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
    late or fails in it could run if it were started in the first year; always, where the failures
    of a scenario are drawn.
    """
    years = np.array(instance.settings.years)
    known = np.zeros((len(instance.scenarios), len(years)), dtype=bool)
    for shock in instance.shocks:
        if shock.factor != (0.0 if shock.kind == "export_tax" else 1.0):
            known[_when(instance, network, shock)] = True
    build = {row.id: row.build_years for row in instance.projects}
    failures = instance.failures if instance.settings.failure != "ignored" else ()
    late = [(row.scenario, row.project) for row in instance.delays]
    late += [(row.scenario, row.project) for row in failures]
    for name, project in late:
        scenario = network.at("scenarios", [name])[0]
        known[scenario] |= years >= years[0] + build[project]
    for place, row in enumerate(instance.scenarios):
        known[place] |= _is_drawn(instance, row)
    return np.logical_or.accumulate(known, axis=1)
