"""Selection: which candidates are started, and when.

Sets        (p, t) ∈ START, years in which candidate p can be started
Variables   w[p, t]   1 if p has been started by year t
Expressions start[p, t] = w[p, t] − w[p, t−1]
Rules       1 once, 2 relations
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

if TYPE_CHECKING:
    from optimizer.blocks.parameters import Parameters


def add_selection(m: pyo.ConcreteModel, q: Parameters) -> None:
    """The decision to start, cumulative over the window (domain and fixed ends of rule 1).

    Bounds carry what is settled: a candidate that goes ahead alone or is locked in has been
    started by the end of its window; one under an ESG floor, or that leaves its host too little,
    is not started with the fund.
    """
    m.START = pyo.Set(initialize=[(p, t) for p, window in q.windows.items() for t in window])
    m.w = pyo.Var(m.START, domain=pyo.Binary)
    m.nothing = pyo.Var(bounds=(0, 0), doc="keeps a row that no candidate enters a row")
    for p, project in q.candidates.items():
        window = q.windows[p]
        if window and (project.goes_ahead_alone == window[-1] or project.locked == "in"):
            m.w[p, window[-1]].setlb(1)
        if under_a_floor(q, p) or short_for_its_host(q, p):
            for t in q.fund_years(p):
                m.w[p, t].setub(0)

    @m.Expression(m.START)
    def start(m, p, t):
        return m.w[p, t] - (m.w[p, t - 1] if (p, t - 1) in m.START else 0)


def add_once(m: pyo.ConcreteModel, q: Parameters) -> None:
    """Rule 1: a start is for good.

    w[p,t] ≥ w[p,t−1]    ∀ (p,t), (p,t−1) ∈ START
    """
    m.LATER = pyo.Set(initialize=[(p, t) for p, w in q.windows.items() for t in w[1:]])

    @m.Constraint(m.LATER, doc="rule 1")
    def once(m, p, t):
        return m.w[p, t] >= m.w[p, t - 1]


def add_relations(m: pyo.ConcreteModel, q: Parameters) -> None:
    """Rule 2: requirements, exclusions and groups between projects.

    requires:  w[p,t] ≤ w[r,t−lag]                  ∀ t in the window of p
    group:     least ≤ Σ_p w[p,T] ≤ most            (excludes: 0 and 1)
    """
    relations = {relation.id: relation for relation in q.instance.relations}
    needs = [
        (relation.id, t)
        for relation in relations.values()
        if relation.kind == "requires" and not _settled(q, relation.projects[1])
        for t in q.windows.get(relation.projects[0], ())
    ]
    m.NEEDS = pyo.Set(initialize=needs, dimen=2)

    @m.Constraint(m.NEEDS, doc="rule 2")
    def requires(m, relation, t):
        p, r = relations[relation].projects
        return m.w[p, t] <= started(m, q, r, t - relations[relation].lag_years)

    bounds = {
        key: (relation.least, 1 if relation.kind == "excludes" else relation.most)
        for key, relation in relations.items()
        if relation.kind != "requires"
    }
    m.GROUPS = pyo.Set(initialize=list(bounds))

    @m.Constraint(m.GROUPS, doc="rule 2")
    def group(m, relation):
        projects = relations[relation].projects
        total = m.nothing + sum(started(m, q, p, q.years[-1]) for p in projects)
        return pyo.inequality(bounds[relation][0], total, bounds[relation][1])


def started(m: pyo.ConcreteModel, q: Parameters, p: str, year: int) -> Any:
    """w[p, year] for any year: 0 before the window, its last value after it, 1 if settled."""
    if _settled(q, p):
        return 1
    window = q.windows.get(p, ())
    if not window or year < window[0]:
        return 0
    return m.w[p, min(year, window[-1])]


def online_share(m: pyo.ConcreteModel, q: Parameters, p: str, year: int, delay: int = 0) -> Any:
    """Share of a candidate's capacity online in a year, as an expression of w.

    Σ_h (ramp_h − ramp_{h−1}) · w[p, year − build − delay − h] − w[p, year − build − delay − life]
    """
    project = q.candidates[p]
    ramp = (0.0, *project.ramp)
    built = year - project.build_years - delay
    online = sum(
        (ramp[h + 1] - ramp[h]) * started(m, q, p, built - h) for h in range(len(project.ramp))
    )
    return online - started(m, q, p, built - project.life_years)


def chosen(m: pyo.ConcreteModel, q: Parameters, p: str) -> Any:
    """1 if the candidate has been started with the fund, and not merely alone."""
    years = q.fund_years(p)
    return m.w[p, years[-1]] if years else 0


def under_a_floor(q: Parameters, p: str) -> bool:
    """Whether an `esg_floor` policy shuts the candidate out; an unknown score counts as 0."""
    return any(
        q.tagged(policy, q.candidates[p])
        and (getattr(q.candidates[p], f"{policy.score}_score") or 0.0) < policy.value
        for policy in q.enabled("esg_floor").values()
    )


def short_for_its_host(q: Parameters, p: str) -> bool:
    """Whether a `host_benefit` policy shuts the candidate out; an unknown share counts as 0."""
    project = q.candidates[p]
    return any(
        q.tagged(policy, project) and (project.host_benefit_share or 0.0) < policy.value
        for policy in q.enabled("host_benefit").values()
    )


def _settled(q: Parameters, p: str) -> bool:
    return p in q.plants and p not in q.candidates
