"""Contracts: price floors and collective offtake that the fund can sign with a project.

Sets        (x, t) ∈ SIGNABLE: years in which contract x can be signed
Parameters  deemed[x, t, y]         output of year y that a contract signed in t pays on (kt)
            payment[x, s, y]        what a price floor pays in scenario s (M$/kt); an income if < 0
            success[p]              probability that its project comes about
Variables   signed[x, t]            1 if contract x is signed in t
Expressions bankable_by_contract[p, t], contract_payment[y], contract_reserve[y], contract_cost[x]
Rules       3 capital, 4 fund: their rows on contracts
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyomo.core as pyo

if TYPE_CHECKING:
    from optimizer.blocks.contracts import Contracts


def add_contracts(m: pyo.ConcreteModel, terms: Contracts) -> None:
    """What can be signed, and the sums that rules 3 and 4 and the criteria read.

    bankable_by_contract:  Σ_{x of p, bankable with x and not without} signed[x,t]
    contract_payment:      Σ_{x,t} deemed[x,t,y] · success[p] · E_s payment[x,s,y] · signed[x,t]
    contract_reserve:      Σ_{x,t} deemed[x,t,y] · (max payment − success[p] · E_s payment)
                           · signed[x,t], max over the scenarios, and failing (0) if success[p] < 1
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
