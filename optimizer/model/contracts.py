"""Contracts: price floors and collective offtake that the fund can sign with a project.

Sets        (x, t) ∈ SIGNABLE: years in which contract x can be signed
Parameters  deemed[x, t, y]         output of year y that a contract signed in t pays on (kt)
            payment[x, s, y]        what a price floor pays in scenario s (M$/kt); an income if < 0
Variables   signed[x, t]            1 if contract x is signed in t
Expressions bankable_by_contract[p, t], contract_payment[y], contract_reserve[y], contract_cost[x]
Rules       3 capital, 4 fund: their rows on contracts
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pyomo.core as pyo

from optimizer.model.parameters import T_PER_KT
from optimizer.model.selection import share_since

if TYPE_CHECKING:
    from optimizer.model.parameters import Parameters
    from optimizer.records import Contract


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
        p = self.open[x].project
        return self.q.capacity(p) * self.share_online(p, t, year)

    def share_online(self, p: str, t: int, year: int) -> float:
        """Share of a plant's capacity that is online in a year, after a start in t."""
        project = self.q.plants[p]
        online = t + project.build_years if p in self.q.candidates else project.online_year
        return share_since(project, online, year)

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
        """Mean over the scenarios of what a floor pays, and the worst beyond it, M$/kt."""
        scenarios, found = self.q.instance.scenarios, {}
        for x in {x for x, _ in self.floors}:
            for year in self.q.years:
                paid = [self.payment(x, s.id, year) for s in scenarios]
                mean = sum(s.probability * one for s, one in zip(scenarios, paid, strict=True))
                found[x, year] = (mean, max(paid) - mean)
        return found

    def expected_payment(self, x: str, year: int) -> float:
        """Mean payment, M$/kt; after the horizon prices stay what they are in its last year."""
        return self.rates[x, min(year, self.q.years[-1])][0]

    def largest_surprise(self, x: str, year: int) -> float:
        """What the worst scenario pays beyond the mean, M$/kt."""
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


def add_contracts(m: pyo.ConcreteModel, terms: Contracts) -> None:
    """What can be signed, and the sums that rules 3 and 4 and the criteria read.

    bankable_by_contract:  Σ_{x of p, bankable with x and not without} signed[x,t]
    contract_payment:      Σ_{x,t} deemed[x,t,y] · E_s payment[x,s,y] · signed[x,t]
    contract_reserve:      Σ_{x,t} deemed[x,t,y] · (max_s payment − E_s payment) · signed[x,t]
    contract_cost:         Σ_t PV of the expected payments · signed[x,t]
    """
    paying, securing = terms.paying, terms.securing
    signable = [(x, t) for x in terms.open for t in terms.signing_years(x)]
    m.SIGNABLE = pyo.Set(initialize=signable, dimen=2)
    m.signed = pyo.Var(m.SIGNABLE, domain=pyo.Binary)
    kinds = {key: {terms.open[x].kind for x in found} for key, found in securing.items()}
    twice = [key for key, found in kinds.items() if len(found) > 1 and key in m.FUNDED]
    m.BANKABLE_TWICE = pyo.Set(initialize=twice, dimen=2)
    m.RESERVING = pyo.Set(
        initialize=[y for y in paying if any(terms.largest_surprise(x, y) for x, *_ in paying[y])]
    )

    @m.Expression(m.FUNDED)
    def bankable_by_contract(m, p, t):
        return sum(m.signed[x, t] for x in securing.get((p, t), ()))

    @m.Expression(terms.q.years)
    def contract_payment(m, y):
        return sum(kt * terms.expected_payment(x, y) * m.signed[x, t] for x, t, kt in paying[y])

    @m.Expression(terms.q.years)
    def contract_reserve(m, y):
        return sum(kt * terms.largest_surprise(x, y) * m.signed[x, t] for x, t, kt in paying[y])

    @m.Expression(terms.open)
    def contract_cost(m, x):
        return sum(terms.present_value(x, t) * m.signed[x, t] for z, t in terms.floors if z == x)


def add_signing(m: pyo.ConcreteModel, terms: Contracts) -> None:
    """Rule 3: a contract needs a start, and a project has one of each kind at a time.

    signing:        Σ_{x of p and kind} signed[x,t] ≤ start[p,t]        candidates
    one_at_a_time:  Σ_{x of p and kind, in force in y} signed[x,·] ≤ 1   operating and committed
    """
    groups: dict[tuple[str, str, int], list[str]] = {}
    running: dict[tuple[str, str, int], list[tuple[str, int]]] = {}
    for x, t in m.SIGNABLE:
        contract = terms.open[x]
        p, kind = contract.project, contract.kind
        if p in terms.q.candidates:
            groups.setdefault((p, kind, t), []).append(x)
            continue
        for y in terms.years(x, t):
            running.setdefault((p, kind, y), []).append((x, t))
    m.SIGNING = pyo.Set(initialize=list(groups), dimen=3)
    crowded = {key: found for key, found in running.items() if len(found) > 1}
    m.CROWDED = pyo.Set(initialize=list(crowded), dimen=3)

    @m.Constraint(m.SIGNING, doc="rule 3")
    def signing(m, p, kind, t):
        return sum(m.signed[x, t] for x in groups[p, kind, t]) <= m.start[p, t]

    @m.Constraint(m.CROWDED, doc="rule 3")
    def one_at_a_time(m, p, kind, y):
        return sum(m.signed[key] for key in crowded[p, kind, y]) <= 1
