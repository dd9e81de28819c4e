"""What policies ask of capacity, stocks and supply in a year, against all that there can be.

Enters: what can be chosen. Leaves: a total for each hard row of rules 14, 17 and 19 and each of
its years, in tonnes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from optimizer.instance.failure import failing, performing, success
from optimizer.instance.validation.capacity import Capacity
from optimizer.instance.validation.shocks import SHOCKED
from optimizer.instance.validation.tags import has_tag
from optimizer.instance.validation.totals import Total

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.records import Policy, Project, Row, Segment
    from optimizer.instance.validation.limits import Limits

DAYS = 365.0


class Coverage:
    """The hard rows that ask for capacity, stocks or supply."""

    def __init__(self, limits: Limits) -> None:
        """Take what is known of policies and of the choice so far."""
        self.limits = limits
        self.selection = limits.selection
        self.draft = limits.draft
        self.instance = limits.instance
        self.capacity = Capacity(self.selection)
        self.demand = {(x.segment, x.year): x.demand_t_per_year for x in self.instance.demand}
        self.stocked = {x.project: x.material for x in self.instance.stockpiles}
        self.late = {(x.scenario, x.project): x.years for x in self.instance.delays}
        self.scenarios = {x.id: x for x in self.instance.scenarios}
        self.failures = failing(self.instance)
        self.hit = {
            shock.id: {
                "/".join(map(str, row.key_values()))
                for row in SHOCKED[shock.kind][0](self.draft, shock)
            }
            for shock in self.instance.shocks
            if shock.kind in ("supply", "demand", "outage", "access")
        }

    def totals(self) -> Iterator[Total]:
        """The totals of every such row and year that asks for something."""
        for row in self.limits.rows:
            asked = {
                "stage_share": self._stage_share,
                "days_of_cover": self._days,
                "must_survive": self._survival,
            }.get(row.kind)
            if asked is None or not row.hard:
                continue
            for year in self.limits.money.years_of(row):
                for total in asked(row, year):
                    if total.bound > 0 and math.isfinite(total.fixed + sum(total.weights.values())):
                        yield total

    def value(self, row: Policy, year: int) -> float:
        """A policy's bound in a year, on its glide path where it has one."""
        if row.final_value is None or row.glide_until is None:
            return row.value
        first = self.limits.money.years_of(row).start
        progress = min(1.0, (year - first) / max(1, row.glide_until - first))
        return row.value + progress * (row.final_value - row.value)

    def _total(
        self, row: Row, what: str, bound: float, most: dict[str, float], fixed: float = 0.0
    ) -> Total:
        """A total over all projects: what only the choice brings, and what comes anyway."""
        free = {
            p: value
            for p, value in most.items()
            if p in self.selection.candidates and p not in self.selection.alone and value
        }
        anyway = fixed + sum(value for p, value in most.items() if p not in free)
        return Total(row, "value", what, "least", bound, free, anyway)

    def _tagged(self, row: Policy) -> list[Project]:
        return [x for x in self.instance.projects if has_tag(self.draft, row, x)]

    def _stage_share(self, row: Policy, year: int) -> Iterator[Total]:
        """Capacity at a stage, in content, against demand in content."""
        element, stage = row.element or "", row.stage or ""
        wanted = sum(
            self.demand.get((x.id, year), 0.0) * self.capacity.content(x.material, element, stage)
            for x in self.instance.segments
        )
        most = {
            x.id: self.capacity.supplied(x, element, stage) * self._expected(x, year)
            for x in self._tagged(row)
            if not x.standby and x.kind not in ("stockpile", "infrastructure")
        }
        what = f"t of {element} a year as capacity at {stage} in {year}"
        yield self._total(row, what, self.value(row, year) * wanted, most)

    def _days(self, row: Policy, year: int) -> Iterator[Total]:
        """Stocks against days of demand."""
        projects = {x.id: x for x in self._tagged(row)}
        kept = [
            x
            for x in self.instance.stockpiles
            if x.project in projects and projects[x.project].locked != "out"
        ]
        materials = {x.material for x in kept}
        wanted = sum(
            self.demand.get((x.id, year), 0.0)
            for x in self.instance.segments
            if x.material in materials and row.member in (None, x.member)
        )
        most = {
            x.project: self._expected(projects[x.project], year)
            if x.project in self.selection.candidates
            else x.opening_t
            for x in kept
        }
        what = f"t in stockpiles in {year}"
        yield self._total(row, what, self.value(row, year) / DAYS * wanted, most)

    def _expected(self, project: Project, year: int) -> float:
        """Largest capacity that counts of a project in a nominal year, t."""
        chance = success(self.instance.settings, project)
        return chance * self.capacity.online(project, year) if chance else 0.0

    def _survival(self, row: Policy, year: int) -> Iterator[Total]:
        """Supply of a material in a scenario against the demand that must be served."""
        for scenario in self.instance.scenarios:
            if not scenario.must_survive:
                continue
            for segment in self.instance.segments:
                if row.segment in (None, segment.id):
                    total = self.served(segment, scenario.id, year)
                    bound = (1 - self.value(row, year)) * total.bound
                    yield total._replace(row=row, bound=bound)

    def served(self, segment: Segment, scenario: str, year: int) -> Total:
        """Supply of a segment's material against its demand, t.

        What is made, sold or kept in its zone, and what routes can bring there.
        """
        bought = self._bought(segment, scenario, year)
        most = {
            x.id: self._made(x, segment, scenario, year)
            for x in self.instance.projects
            if x.country in self.draft.zone_of
        }
        zones = {x.id: self.draft.zone_of[x.country] for x in self.instance.projects}
        far = [p for p in most if zones[p] != segment.zone]
        brought = bought[False] + sum(most[p] for p in far)
        carried = self._carried(segment, scenario, year)
        fixed = bought[True] + bought[False]
        if carried < brought:
            fixed = bought[True] + carried
            most = {p: value for p, value in most.items() if p not in far}
        wanted = self.demand.get((segment.id, year), 0.0)
        wanted *= self.factor("demand", scenario, year, segment.id)
        what = f"t of '{segment.material}' in {year} of scenario '{scenario}'"
        return self._total(segment, what, wanted, most, fixed)

    def _bought(self, segment: Segment, scenario: str, year: int) -> dict[bool, float]:
        """What suppliers sell of a segment's material: in its zone, and elsewhere."""
        found = {True: 0.0, False: 0.0}
        limits = {x.supplier: x for x in self.instance.supply_limits if x.year == year}
        for x in self.instance.suppliers:
            if x.material == segment.material and x.id in limits:
                factor = self.factor("supply", scenario, year, x.id)
                here = self.draft.zone_of[x.country] == segment.zone
                found[here] += limits[x.id].limit_t_per_year * factor
        for arising in self.instance.arisings:
            if arising.material == segment.material:
                found[arising.zone == segment.zone] = math.inf
        return found

    def _made(self, project: Project, segment: Segment, scenario: str, year: int) -> float:
        """Most that a project makes, keeps or replaces of what a segment wants."""
        stock = self.stocked.get(project.id) == segment.material
        share = 1.0 if stock else self.capacity.made(project, segment.material)
        if project.segment == segment.id:
            uses = [x.capacity_use for x in self.capacity.recipes[project.id]]
            share = math.inf if 0 in uses else max((1 / use for use in uses), default=0.0)
        late = self.late.get((scenario, project.id), 0)
        online = max(self.capacity.online(project, year, years) for years in (0, late))
        factor = 1.0 if stock else self.factor("outage", scenario, year, project.id)
        settings, world = self.instance.settings, self.scenarios[scenario]
        factor *= performing(settings, world, project, self.failures)
        return share * online * factor if online and factor else 0.0

    def _carried(self, segment: Segment, scenario: str, year: int) -> float:
        """Most that routes can bring to a segment's zone."""
        most = 0.0
        for route in self.instance.routes:
            if (route.destination, route.material) == (segment.zone, segment.material):
                name = "/".join(map(str, route.key_values()))
                factor = self.factor("access", scenario, year, name)
                capacity = route.capacity_t_per_year
                most += (math.inf if capacity is None else capacity) * factor if factor else 0.0
        return most

    def factor(self, kind: str, scenario: str, year: int, name: str) -> float:
        """What the shocks of a kind make of a supplier, plant or segment in a year."""
        return math.prod(
            x.factor
            for x in self.instance.shocks
            if x.kind == kind
            and x.scenario == scenario
            and x.first_year <= year <= x.last_year
            and name in self.hit[x.id]
        )
