"""Policies: the rows that members and the fund set on money, numbers, ESG and attributes.

Data        budget[policy]   present value of the contributions that a share refers to (M$)
Expressions chosen[p]        1 if candidate p is started with the fund
Rules       5 mandates, 7 exposure, 8 ESG; of rule 8 the operating caps bound a year of operation
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from optimizer.blocks.parameters import T_PER_KT
from optimizer.model.selection import chosen
from optimizer.vocabulary.instruments import PAID_BY_THE_FUND

if TYPE_CHECKING:
    from optimizer.blocks.network import Network
    from optimizer.blocks.parameters import Parameters
    from optimizer.blocks.shares import Shares
    from optimizer.instance.records import Policy


def add_mandates(m: pyo.ConcreteModel, q: Parameters) -> None:
    """Rule 5: what a member wants done with its own money, as shares of its budget.

    Σ_{p,i,f,t in tag and years} δ[t] · commit[p,i,f,t] ≤ or ≥ value · budget
    """
    rows = {k: v for k, v in q.enabled("money_share").items() if v.member}
    m.MANDATES = pyo.Set(initialize=list(rows))

    @m.Constraint(m.MANDATES, doc="rule 5")
    def mandates(m, policy):
        return _bounded(rows[policy], _money(m, q, rows[policy]), m.budget[policy])


def add_juste_retour(m: pyo.ConcreteModel, q: Parameters) -> None:
    """Rule 5: what a member's firms get of the fund's money, against what it pays.

    Σ_p benefit[p,f] · Σ_{i,g,t} PVprofile[p,t] · commit[p,i,g,t]
        ≥ value · Σ_{p,i,t} PVprofile[p,t] · commit[p,i,f,t]
    """
    rows = q.enabled("juste_retour")
    benefits: dict[tuple[str, str | None], float] = {
        (row.project, row.member): row.share for row in q.instance.benefits
    }
    cash = q.of_kind(*PAID_BY_THE_FUND)
    paid = [(q.pv_profile(q.candidates[key[0]], key[3]), key) for key in m.MONEY if key[1] in cash]
    m.RETOURS = pyo.Set(initialize=list(rows))

    @m.Constraint(m.RETOURS, doc="rule 5")
    def juste_retour(m, policy):
        member, value = rows[policy].member, rows[policy].value
        total = m.nothing + sum(
            (benefits.get((key[0], member), 0.0) - value * (key[2] == member))
            * worth
            * m.commit[key]
            for worth, key in paid
        )
        return total >= 0


def add_exposure(m: pyo.ConcreteModel, q: Parameters) -> None:
    """Rule 7: how much of the fund's money, and how many projects, carry a tag.

    money_share:    Σ_{p,i,f,t in tag and years} δ[t] · commit[p,i,f,t] ≤ or ≥ value · budget
    project_count:  Σ_{p in tag} chosen[p] ≤ or ≥ value
    """
    rows = {k: v for k, v in q.enabled("money_share").items() if not v.member}
    rows |= q.enabled("project_count")
    m.EXPOSURES = pyo.Set(initialize=list(rows))

    @m.Constraint(m.EXPOSURES, doc="rule 7")
    def exposure(m, policy):
        row = rows[policy]
        if row.kind == "project_count":
            return _bounded(row, _weighted(m, q, _ones(q, row)), 1.0)
        return _bounded(row, _money(m, q, row), m.budget[policy])


def add_esg(m: pyo.ConcreteModel, q: Parameters) -> None:
    """Rule 8: what the chosen projects' scores, certificates and attributes add up to.

    esg_shortfall:      Σ_p (target − score[p])+ · capex[p] · chosen[p] ≤ value · budget
    esg_mean:           Σ_p capex[p] · (score[p] − value) · chosen[p] ≥ 0
    uncertified_share:  Σ_{p not certified} capex[p] · chosen[p] ≤ value · budget
    attribute_sum:      Σ_p attribute[p] · chosen[p] ≤ or ≥ value
    attribute_mean:     Σ_p capex[p] · (attribute[p] − value) · chosen[p] ≤ or ≥ 0
    """
    rows = q.enabled(
        "esg_shortfall", "esg_mean", "uncertified_share", "attribute_sum", "attribute_mean"
    )
    weights = {policy: esg_weights(q, row) for policy, row in rows.items()}
    m.ESG = pyo.Set(initialize=list(rows))

    @m.Constraint(m.ESG, doc="rule 8")
    def esg(m, policy):
        row = rows[policy]
        sense, bound = esg_bound(m, row)
        total = _weighted(m, q, weights[policy])
        return total - bound <= 0.0 if sense == "most" else total - bound >= 0.0


def add_operating_caps(m: Any, shares: Shares) -> None:
    """Rule 8: emissions (kt CO2e) and water (million m³) of nominal operation in a year.

    Σ_{p,k} carbon[p,k] · activity[p,k] ≤ policy_bound        (water the same)
    """
    m.CAPS = pyo.Set(initialize=shares.of_kind("carbon_cap", "water_cap"))

    @m.Constraint(m.CAPS, doc="rule 8")
    def operating_cap(m, policy):
        carbon = shares.rows[policy].kind == "carbon_cap"
        used = emissions(m, shares.net) if carbon else water(m, shares.net)
        return m.nothing + used <= m.policy_bound[policy]


def emissions(m: Any, net: Network) -> Any:
    """Emissions of a year, kt CO2e."""
    return sum(r.carbon_t_per_t * m.activity[mode] for mode, r in net.recipes.items())


def water(m: Any, net: Network) -> Any:
    """Water withdrawn in a year, million m³."""
    return sum(r.water_m3_per_t / T_PER_KT * m.activity[mode] for mode, r in net.recipes.items())


def esg_weights(q: Parameters, policy: Policy) -> dict[str, float]:
    """What each candidate adds to the left side of a rule 8 row if it is chosen."""
    attributes = {
        a.project: a.value for a in q.instance.attributes if a.attribute == policy.attribute
    }
    weights = {}
    for p, project in q.candidates.items():
        if not q.tagged(policy, project):
            continue
        score = getattr(project, f"{policy.score}_score", None) or 0.0
        weights[p] = {
            "esg_shortfall": max(0.0, (policy.target or 0.0) - score) * project.capex_musd,
            "esg_mean": project.capex_musd * (score - policy.value),
            "uncertified_share": 0.0 if project.certified else project.capex_musd,
            "attribute_sum": attributes.get(p, 0.0),
            "attribute_mean": project.capex_musd * (attributes.get(p, 0.0) - policy.value),
        }[policy.kind]
    return weights


def esg_bound(m: pyo.ConcreteModel, policy: Policy) -> tuple[str, Any]:
    """Sense and right side of a rule 8 row."""
    if policy.kind in ("esg_shortfall", "uncertified_share"):
        return "most", policy.value * m.budget[policy.id]
    if policy.kind == "esg_mean":
        return "least", 0.0
    return policy.sense, policy.value if policy.kind == "attribute_sum" else 0.0


def _money(m: pyo.ConcreteModel, q: Parameters, policy: Policy) -> Any:
    """What the fund pays to projects with the tag, or what is committed through an instrument."""
    projects = {p for p, project in q.candidates.items() if q.tagged(policy, project)}
    years = q.policy_years(policy)
    named = policy.tag == "instrument"
    counted = {policy.tag_value} if named else q.of_kind(*PAID_BY_THE_FUND)
    return m.nothing + sum(
        q.delta(t) * m.commit[p, i, f, t]
        for p, i, f, t in m.MONEY
        if p in projects and t in years and policy.member in (None, f) and i in counted
    )


def _ones(q: Parameters, policy: Policy) -> dict[str, float]:
    return {p: 1.0 for p, project in q.candidates.items() if q.tagged(policy, project)}


def _weighted(m: pyo.ConcreteModel, q: Parameters, weights: dict[str, float]) -> Any:
    return m.nothing + sum(weight * chosen(m, q, p) for p, weight in weights.items() if weight)


def _bounded(policy: Policy, total: Any, unit: Any) -> Any:
    left = total - policy.value * unit
    return left <= 0.0 if policy.sense == "most" else left >= 0.0
