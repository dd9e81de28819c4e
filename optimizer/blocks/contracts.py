"""Contracts: what can be signed, when it is in force, and what it is expected to pay."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from optimizer.blocks.parameters import T_PER_KT

if TYPE_CHECKING:
    from optimizer.blocks.parameters import Parameters
    from optimizer.instance.records import Contract


@dataclass(frozen=True)
class Contracts:
    """What can be signed, and what it is expected to pay."""

    q: Parameters

    @cached_property
    def open(self) -> dict[str, Contract]:
        """Contracts of projects that may come online."""
        return {x.id: x for x in self.q.instance.contracts if x.project in self.q.plants}

    def signing_years(self, x: str) -> tuple[int, ...]:
        """Years in which a contract can be signed: a start with the fund, or its signing year."""
        contract = self.open[x]
        if contract.project in self.q.candidates:
            return self.q.fund_years(contract.project)
        return () if contract.signing_year is None else (contract.signing_year,)

    def years(self, x: str, t: int) -> range:
        """Years in which a contract signed in t is in force: its tenor from the first output on."""
        contract = self.open[x]
        project = self.q.plants[contract.project]
        if contract.project in self.q.candidates:
            first = t + project.build_years
        else:
            first = max(t, project.online_year or t)
        return range(first, first + contract.tenor_years)

    def deemed(self, x: str, t: int, year: int) -> float:
        """Nominal online capacity that the alliance can have of a project started in t, kt."""
        return self.q.deemed_output(self.open[x].project, t, year)

    @cached_property
    def prices(self) -> dict[tuple[str, str, int], float]:
        """Market price of each material in each scenario and year of the horizon, M$/kt."""
        instance = self.q.instance
        found = {
            (row.material, s.id, row.year): row.price_usd_per_t / T_PER_KT
            for row in instance.prices
            for s in instance.scenarios
        }
        for shock in instance.shocks:
            if shock.kind == "price":
                for material, s, year in found:
                    hit = shock.material in (None, material) and s == shock.scenario
                    if hit and shock.first_year <= year <= shock.last_year:
                        found[material, s, year] *= shock.factor
        return found

    def payment(self, x: str, s: str, year: int) -> float:
        """(floor − price)+ − upside_share · (price − floor)+ of a price floor, M$/kt."""
        contract = self.open[x]
        price = self.prices[self.q.plants[contract.project].main_material or "", s, year]
        below = contract.price_usd_per_t / T_PER_KT - price
        return max(0.0, below) - contract.upside_share * max(0.0, -below)

    @cached_property
    def rates(self) -> dict[tuple[str, int], tuple[float, float]]:
        """What a floor is expected to pay, and the worst beyond it, per deemed output (M$/kt).

        π times the mean over the scenarios; at worst the project succeeds where that costs most.
        """
        scenarios, found = self.q.instance.scenarios, {}
        for x in {x for x, _ in self.floors}:
            success = self.q.success(self.open[x].project)
            nothing = [0.0] if success < 1 else []
            for year in self.q.years:
                paid = [self.payment(x, s.id, year) for s in scenarios]
                mean = sum(s.probability * one for s, one in zip(scenarios, paid, strict=True))
                found[x, year] = (success * mean, max(paid + nothing) - success * mean)
        return found

    def expected_payment(self, x: str, year: int) -> float:
        """Expected payment, M$/kt; after the horizon prices stay what they are in its last year."""
        return self.rates[x, min(year, self.q.years[-1])][0]

    def largest_surprise(self, x: str, year: int) -> float:
        """What the worst case pays beyond what is expected, M$/kt."""
        return self.rates[x, year][1]

    @cached_property
    def floors(self) -> list[tuple[str, int]]:
        """Price floors and the years in which they can be signed."""
        return [
            (x, t)
            for x, contract in self.open.items()
            if contract.kind == "price_floor"
            for t in self.signing_years(x)
        ]

    @cached_property
    def paying(self) -> dict[int, list[tuple[str, int, float]]]:
        """Price floors in force in each year, when they were signed, and deemed output (kt)."""
        found: dict[int, list[tuple[str, int, float]]] = {y: [] for y in self.q.years}
        for x, t in self.floors:
            for y in self.years(x, t):
                if y in found and self.deemed(x, t, y) > 0:
                    found[y].append((x, t, self.deemed(x, t, y)))
        return found

    @cached_property
    def securing(self) -> dict[tuple[str, int], list[str]]:
        """Contracts that make a project bankable that is not so by itself, by start."""
        found: dict[tuple[str, int], list[str]] = {}
        for x, contract in self.open.items():
            if contract.bankable and not self.q.plants[contract.project].bankable:
                for t in self.signing_years(x):
                    found.setdefault((contract.project, t), []).append(x)
        return found

    def present_value(self, x: str, t: int) -> float:
        """Expected payments of a price floor signed in t, to its end (M$)."""
        return sum(
            self.q.delta(y) * self.deemed(x, t, y) * self.expected_payment(x, y)
            for y in self.years(x, t)
        )
