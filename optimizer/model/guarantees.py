"""Guarantees: promises that draw in private money, backed by cash and limited by headroom.

Sets        (i, f, t) ∈ GUARANTEED: guarantees that member f may give at a start in t
Parameters  fee_rate[i], loss_share[i], provision_share[i], grace[i], tenor[i]
            headroom[f]              largest amount that a member may have guaranteed (M$)
Variables   guaranteed[i, f, t]      guaranteed by f through i at the starts in t (M$)
Expressions guarantee_income[f, t]   fees less expected calls (M$)
Rules       3 capital, 4 fund: their rows on guarantees
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

if TYPE_CHECKING:
    from optimizer.blocks.parameters import Parameters


def add_guarantees(m: pyo.ConcreteModel, q: Parameters) -> None:
    """Rule 3: a guarantee secures a part of the private money in a project (M$).

    guarantee_share:  Σ_f commit[p,i,f,t] ≤ largest_share[i] · private[p,t]
    """
    guarantees = q.of_kind("guarantee")
    m.SECURED = pyo.Set(
        initialize=[
            (p, i, t) for p, t in m.FUNDED for i in q.admitted[p] if i in guarantees and q.members
        ]
    )

    @m.Constraint(m.SECURED, doc="rule 3")
    def guarantee_share(m, p, i, t):
        secured = sum(m.commit[p, i, f, t] for f in q.members)
        return secured <= q.instruments[i].largest_share * m.private[p, t]


def add_calls(m: pyo.ConcreteModel, q: Parameters) -> None:
    """Rule 4: what guarantees earn, and what they cost when projects fail (M$).

    guaranteed_part:   guaranteed[i,f,t] = Σ_p commit[p,i,f,t]
    guarantee_income:  Σ_{i, t ≤ y < t+tenor} fee_rate[i] · guaranteed[i,f,t]
                       − Σ_{p,i} (1 − success[p]) · loss_share[i] · commit[p,i,f,y−grace]
    """
    guarantees = q.of_kind("guarantee")
    promised: dict[tuple[str, str, int], list[str]] = {}
    called: dict[tuple[str, int], list[tuple[float, Any]]] = {}
    for p, i, f, t in m.MONEY:
        if i in guarantees:
            terms = q.instruments[i]
            promised.setdefault((i, f, t), []).append(p)
            loss = (1.0 - q.success(p)) * terms.loss_share
            called.setdefault((f, t + terms.grace_years), []).append((loss, (p, i, f, t)))
    m.GUARANTEED = pyo.Set(initialize=sorted(promised), dimen=3)
    m.guaranteed = pyo.Var(m.GUARANTEED, domain=pyo.NonNegativeReals)

    @m.Constraint(m.GUARANTEED, doc="rule 4")
    def guaranteed_part(m, i, f, t):
        return m.guaranteed[i, f, t] == sum(m.commit[p, i, f, t] for p in promised[i, f, t])

    @m.Expression(m.MEMBERS, q.years)
    def guarantee_income(m, f, t):
        fees = sum(
            q.instruments[i].fee_rate * m.guaranteed[i, f, s] for i, s in outstanding(m, q, f, t)
        )
        return fees - sum(loss * m.commit[key] for loss, key in called.get((f, t), ()))


def add_provision(m: pyo.ConcreteModel, q: Parameters) -> None:
    """Rule 4: what is promised is limited, and covered by cash in the fund (M$).

    headroom:   Σ_{i, s ≤ t < s+tenor} guaranteed[i,f,s] ≤ headroom[f]
    provision:  cash[f,t] ≥ Σ_{i, s ≤ t < s+tenor} provision_share[i] · guaranteed[i,f,s]
                            + key[f] · contract_reserve[t]
    """
    room = {row.id: row.guarantee_headroom_musd for row in q.instance.members}
    terms = [(f, t) for f in q.members for t in q.years]
    promising = [(f, t) for f, t in terms if outstanding(m, q, f, t)]
    limited = [(f, t) for f, t in promising if room[f] is not None]
    m.LIMITED = pyo.Set(initialize=limited, dimen=2)

    @m.Constraint(m.LIMITED, doc="rule 4")
    def headroom(m, f, t):
        return sum(m.guaranteed[i, f, s] for i, s in outstanding(m, q, f, t)) <= room[f]

    backed = [
        (f, t)
        for f, t in terms
        if (q.keys[f] > 0 and t in m.RESERVING)
        or any(q.instruments[i].provision_share > 0 for i, _ in outstanding(m, q, f, t))
    ]
    m.BACKED = pyo.Set(initialize=backed, dimen=2)

    @m.Constraint(m.BACKED, doc="rule 4")
    def provision(m, f, t):
        reserved = sum(
            q.instruments[i].provision_share * m.guaranteed[i, f, s]
            for i, s in outstanding(m, q, f, t)
        )
        return m.cash[f, t] >= reserved + q.keys[f] * m.contract_reserve[t]


def outstanding(m: pyo.ConcreteModel, q: Parameters, f: str, t: int) -> list[tuple[str, int]]:
    """Instrument and start year of a member's guarantees that are outstanding in a year."""
    return [
        (i, s) for i, g, s in m.GUARANTEED if g == f and s <= t < s + q.instruments[i].tenor_years
    ]
