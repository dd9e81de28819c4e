"""Contracts: what is signed, when that is allowed, and what it is expected to pay.

Enters: a case. Leaves: the rows of rule 3 on contracts, and the sums that rule 4 and the criteria
read, in M$.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.calendar import discount, output_share
from optimizer.checker.rows import Rows, holds

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array, Flags, Positions
    from optimizer.instance.records import Contract


@dataclass(frozen=True)
class Floors:
    """What all price floors signed pay in each year of the horizon (M$)."""

    expected: Array
    worst: Array
    """Where its project succeeds, in the scenario that is worst for each contract by itself."""


def signing(case: Case) -> list[Rows]:
    """A contract is signed once, at a start with the fund or in its signing year, one of a kind.

    With an operating or committed project contracts of a kind may follow each other.
    """
    signed, contracts = case.answer.signed, case.instance.contracts
    labels = ([contracts[x].id for x in signed["contract"]],)
    pairs = list(zip(signed["contract"], signed["year"], strict=True))
    allowed = [_may_be_signed(case, contracts[x], int(t)) for x, t in pairs]
    spans = [(contracts[x], in_force(case, contracts[x], int(t))) for x, t in pairs]
    alone = [
        not any(_collide(case, one, other) for k, other in enumerate(spans) if k != n)
        for n, one in enumerate(spans)
    ]
    return [
        holds(np.array(allowed, dtype=bool), labels, "is signed without a start with the fund"),
        holds(np.array(alone, dtype=bool), labels, "is not the only one of its kind"),
    ]


def _collide(case: Case, one: tuple[Contract, range], other: tuple[Contract, range]) -> bool:
    """Whether two contracts with their years are of one kind and project, at the same time."""
    (first, years), (second, others) = one, other
    overlap = years.start < others.stop and others.start < years.stop
    alike = first.kind == second.kind and first.project == second.project
    return alike and (overlap or _is_candidate(case, first))


def bankable_at(case: Case) -> Flags:
    """Whether each project is bankable at a start in each year, by itself or with a contract."""
    bankable = np.array([row.bankable for row in case.instance.projects], dtype=bool)
    found = np.tile(bankable[:, None], (1, len(case.years)))
    signed = case.answer.signed
    for x, t in zip(signed["contract"], signed["year"], strict=True):
        contract = case.instance.contracts[x]
        if contract.bankable:
            found[case.network.at("projects", [contract.project])[0], t] = True
    return found


def burden_key(case: Case) -> Array:
    """Each member's part of the burden-sharing key."""
    return np.array([row.burden_share for row in case.instance.members], dtype=np.float64)


def floor_flows(case: Case) -> Floors:
    """Payments of the price floors signed, within the horizon."""
    count = len(case.years)
    total = Floors(np.zeros(count), np.zeros(count))
    for contract, years, paid in _payments(case):
        chance = case.success[case.network.at("projects", [contract.project])[0]]
        expected, worst = chance * (case.books.probability @ paid), paid.max(axis=0)
        worst = worst if chance == 1 else np.maximum(worst, 0.0)
        within = (years >= 0) & (years < count)
        np.add.at(total.expected, years[within], expected[within])
        np.add.at(total.worst, years[within], worst[within])
    return total


def floor_costs(case: Case) -> tuple[float, float]:
    """Expected payments of all price floors, and of those of plants outside (PV, M$)."""
    costs = floor_cost_by_project(case)
    return float(costs.sum()), float(costs[~case.inside].sum())


def floor_cost_by_project(case: Case) -> Array:
    """Expected payments of the price floors of each project (PV, M$)."""
    costs = np.zeros(case.network.count("projects"))
    for contract, years, paid in _payments(case):
        place = case.network.at("projects", [contract.project])[0]
        mean = case.books.probability @ paid @ discount(case.instance, years)
        costs[place] += float(case.success[place] * mean)
    return costs


def _payments(case: Case) -> list[tuple[Contract, Positions, Array]]:
    """Each price floor signed, its years as positions, and what it pays if its project succeeds.

    On the deemed output, nominal capacity online that the alliance can have:
    (floor − price)+ − upside_share · (price − floor)+, at the last year's price after the horizon.
    """
    found = []
    signed, last = case.answer.signed, len(case.years) - 1
    for x, t in zip(signed["contract"], signed["year"], strict=True):
        contract = case.instance.contracts[x]
        if contract.kind != "price_floor":
            continue
        place = case.network.at("projects", [contract.project])[0]
        project = case.instance.projects[place]
        span = in_force(case, contract, int(t))
        years = np.arange(span.start, span.stop, dtype=np.intp)
        online = project.capacity_t_per_year / 1000 * project.offtake_share
        output = online * output_share(case.instance, project, int(t), years)
        price = case.prices(str(project.main_material))[:, np.minimum(years, last)]
        gap = contract.price_usd_per_t - price
        rate = np.maximum(gap, 0.0) - contract.upside_share * np.maximum(-gap, 0.0)
        found.append((contract, years, rate / 1000 * output))
    return found


def in_force(case: Case, contract: Contract, signed: int) -> range:
    """Years of a contract as positions: its tenor from the first output on."""
    project = case.instance.projects[case.network.at("projects", [contract.project])[0]]
    if project.status == "candidate":
        first = signed + project.build_years
    else:
        first = max(signed, (project.online_year or case.years[0]) - case.years[0])
    return range(first, first + contract.tenor_years)


def _may_be_signed(case: Case, contract: Contract, year: int) -> bool:
    """At a start with the fund; with what runs already, in the signing year."""
    place = case.network.at("projects", [contract.project])[0]
    if _is_candidate(case, contract):
        return bool(case.answer.start[place] == year and case.counted[place])
    return contract.signing_year == case.years[year]


def _is_candidate(case: Case, contract: Contract) -> bool:
    return bool(case.candidate[case.network.at("projects", [contract.project])[0]])
