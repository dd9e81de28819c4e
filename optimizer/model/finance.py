"""Finance: who pays for what, and when.

Sets        (p, t) ∈ START; (p, i, f, t) ∈ MONEY: money that may be committed
Parameters  capex[p]               building cost (M$)
            profile[p, h]          share of it paid h years after the start
            scheduled[i, h]        return of a performing unit h years after the start
            expected[p, i, t, y]   expected return in y of a unit whose returns follow output
Variables   commit[p, i, f, t]     committed by member f through instrument i at a start in t (M$)
            private[p, t]          private money (M$)
            performing[i, f, t]    money committed in t, weighted by success probability (M$)
            cash[f, t]             unspent balance at the end of t (M$)
Rules       3 capital, 4 fund; their rows on guarantees and contracts have modules of their own
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from optimizer.vocabulary.instruments import BY_OUTPUT, PAID_BY_THE_FUND, PROMISED

if TYPE_CHECKING:
    from optimizer.blocks.cash_flows import CashFlows
    from optimizer.blocks.parameters import Parameters


def add_money(m: pyo.ConcreteModel, q: Parameters) -> None:
    """The money that can be committed (domain of rules 3 and 4).

    A start that happens alone takes no public money, so it has no `commit`; a tax credit is the
    matter of the member in whose countries the candidate stands.
    """
    paid = {p for p, project in q.candidates.items() if project.capex_musd > 0}
    m.PAID = pyo.Set(initialize=[(p, t) for p, t in m.START if p in paid])
    m.FUNDED = pyo.Set(initialize=[(p, t) for p in sorted(paid) for t in q.fund_years(p)])
    m.MEMBERS = pyo.Set(initialize=q.members)
    m.MONEY = pyo.Set(
        initialize=[
            (p, i, f, t) for p, t in m.FUNDED for i in q.admitted[p] for f in q.payers(p, i)
        ]
    )
    m.commit = pyo.Var(m.MONEY, domain=pyo.NonNegativeReals)
    m.private = pyo.Var(m.PAID, domain=pyo.NonNegativeReals)
    m.cash = pyo.Var(m.MEMBERS, q.years, domain=pyo.NonNegativeReals)


def add_capital(m: pyo.ConcreteModel, q: Parameters) -> None:
    """Rule 3: the money committed at a start equals building cost (M$).

    capital:           Σ_{i ≠ guarantee, f} commit[p,i,f,t] + private[p,t] = capex[p] · start[p,t]
    instrument_share:  Σ_f commit[p,i,f,t] ≤ largest_share[i] · capex[p] · start[p,t]
    """
    promised = q.of_kind(*PROMISED)
    paying = {p: [i for i in q.admitted[p] if i not in promised] for p in q.candidates}

    @m.Constraint(m.PAID, doc="rule 3")
    def capital(m, p, t):
        instruments = paying[p] if (p, t) in m.FUNDED else ()
        money = sum(m.commit[p, i, f, t] for i in instruments for f in q.payers(p, i))
        return money + m.private[p, t] == q.candidates[p].capex_musd * m.start[p, t]

    m.COVERED = pyo.Set(
        initialize=[
            (p, i, t)
            for p, t in m.FUNDED
            for i in paying[p]
            if q.instruments[i].largest_share < 1 and q.payers(p, i)
        ]
    )

    @m.Constraint(m.COVERED, doc="rule 3")
    def instrument_share(m, p, i, t):
        most = q.instruments[i].largest_share * q.candidates[p].capex_musd
        return sum(m.commit[p, i, f, t] for f in q.payers(p, i)) <= most * m.start[p, t]


def add_private(m: pyo.ConcreteModel, q: Parameters) -> None:
    """Rule 3: private money is at least its minimum and at most what it would bring (M$).

    private_least:  private[p,t] ≥ least_share[p] · capex[p] · start[p,t]
    private_most:   private[p,t] ≤ appetite[p] · bankable[p] · capex[p] · start[p,t]
                                   + appetite[p] · capex[p] · Σ_x signed[x,t]
                                   + Σ_{i,f} mobilisation[i] · commit[p,i,f,t]
    private_once:   private[p,t] ≤ appetite[p] · capex[p] · start[p,t] + Σ_{i,f} mobilisation …

    The last, where two contracts of p can each make it bankable: the appetite counts once.
    """
    m.LEAST = pyo.Set(
        initialize=[(p, t) for p, t in m.FUNDED if q.candidates[p].private_least_share > 0]
    )

    @m.Constraint(m.LEAST, doc="rule 3")
    def private_least(m, p, t):
        project = q.candidates[p]
        return m.private[p, t] >= project.private_least_share * project.capex_musd * m.start[p, t]

    @m.Constraint(m.FUNDED, doc="rule 3")
    def private_most(m, p, t):
        project = q.candidates[p]
        alone = project.private_appetite * project.bankable * project.capex_musd
        by_contract = project.private_appetite * project.capex_musd * m.bankable_by_contract[p, t]
        return m.private[p, t] <= alone * m.start[p, t] + by_contract + _drawn(m, q, p, t)

    @m.Constraint(m.BANKABLE_TWICE, doc="rule 3")
    def private_once(m, p, t):
        project = q.candidates[p]
        most = project.private_appetite * project.capex_musd
        return m.private[p, t] <= most * m.start[p, t] + _drawn(m, q, p, t)


def _drawn(m: pyo.ConcreteModel, q: Parameters, p: str, t: int) -> Any:
    """Private money that public money draws in: Σ_{i,f} mobilisation[i] · commit[p,i,f,t]."""
    return sum(
        q.instruments[i].mobilisation * m.commit[p, i, f, t]
        for i in q.admitted[p]
        if q.instruments[i].mobilisation > 0
        for f in q.payers(p, i)
    )


def add_purse(m: pyo.ConcreteModel, q: Parameters, *, given: bool) -> None:
    """The members' own money, which rules 4, 5, 7 and 8 read (M$).

    income[f,t]     contribution less outlays, and the opening balance with interest (first year)
    budget[policy]  present value of the contributions that a policy's shares refer to

    Args:
        m: the investment.
        q: its parameters.
        given: whether the numbers are put in here; otherwise they are columns, to be filled later.
    """
    incomes, budgets = [(f, t) for f in q.members for t in q.years], list(q.of_budget)
    if not given:
        m.income, m.budget = pyo.Var(incomes), pyo.Var(budgets)
        return
    m.income = pyo.Expression(incomes, initialize=lambda _, f, t: q.income(f, t))
    m.budget = pyo.Expression(budgets, initialize=lambda _, k: q.budget(q.of_budget[k]))


def add_fund(m: pyo.ConcreteModel, flows: CashFlows) -> None:
    """Rule 4: each member's balance revolves and never goes below zero (M$).

    fund:  cash[f,t] = (1+r) · cash[f,t−1] + income[f,t]
                       + Σ_{i,h} scheduled[i,h] · performing[i,f,t−h] + guarantee_income[f,t]
                       + Σ_{p,i,s} expected[p,i,s,t] · commit[p,i,f,s]
                       − Σ_{p,i,h} profile[p,h] · commit[p,i,f,t−h] − key[f] · contract_payment[t]
    """
    q = flows.q
    interest = 1.0 + q.instance.settings.discount_rate
    payments, royalties = paid(m, q), earned_by_output(m, flows)

    @m.Constraint(m.MEMBERS, q.years, doc="rule 4")
    def fund(m, f, t):
        before = interest * m.cash[f, t - 1] if t > q.years[0] else 0.0
        returned = m.guarantee_income[f, t] + sum(
            flows.scheduled(i, t - s) * m.performing[i, g, s]
            for i, g, s in m.RETURNING
            if g == f and flows.scheduled(i, t - s)
        )
        returned += sum(share * m.commit[key] for share, key in royalties.get((f, t), ()))
        spent = q.keys[f] * m.contract_payment[t] + sum(
            share * m.commit[key] for share, key in payments.get((f, t), ())
        )
        return m.cash[f, t] == before + m.income[f, t] + returned - spent


def add_performing(m: pyo.ConcreteModel, flows: CashFlows) -> None:
    """Rule 4: what is expected to be returned, by member and year of the start (M$).

    performing_part:  performing[i,f,t] = Σ_p success[p] · commit[p,i,f,t]
    """
    q = flows.q
    returning = {(i, f, t) for _, i, f, t in m.MONEY if i in flows.on_schedule}
    m.RETURNING = pyo.Set(initialize=sorted(returning), dimen=3)
    m.performing = pyo.Var(m.RETURNING, domain=pyo.NonNegativeReals)
    committed: dict[tuple[str, str, int], list[str]] = {}
    for p, i, f, t in m.MONEY:
        committed.setdefault((i, f, t), []).append(p)

    @m.Constraint(m.RETURNING, doc="rule 4")
    def performing_part(m, i, f, t):
        return m.performing[i, f, t] == sum(
            q.success(p) * m.commit[p, i, f, t] for p in committed[i, f, t]
        )


Shares = dict[tuple[str, int], list[tuple[float, tuple[str, str, str, int]]]]
"""Shares of money committed that move in a year, with their `commit`, by member and year."""


def earned_by_output(m: pyo.ConcreteModel, flows: CashFlows) -> Shares:
    """What each member gets in each year of what follows output: shares expected[p,i,s,t]."""
    by_output = flows.q.of_kind(*BY_OUTPUT)
    found: Shares = {}
    for key in m.MONEY:
        p, i, f, start = key
        for year in flows.years(p, i, start) if i in by_output else ():
            share = flows.expected(p, i, start, year)
            if share > 0:
                found.setdefault((f, year), []).append((share, key))
    return found


def paid(m: pyo.ConcreteModel, q: Parameters) -> Shares:
    """What each member pays out of the fund in each year: shares profile[p,h], their `commit`."""
    cash = q.of_kind(*PAID_BY_THE_FUND)
    profiles = {p: q.profile(project) for p, project in q.candidates.items()}
    found: Shares = {}
    for key in m.MONEY:
        p, i, f, start = key
        for h, share in enumerate(profiles[p] if i in cash else ()):
            found.setdefault((f, start + h), []).append((share, key))
    return found
