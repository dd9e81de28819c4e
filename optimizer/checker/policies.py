"""Policies on money and projects: mandates, exposure, ESG.

Enters: a case. Leaves: one `PolicyRow` for each policy, and for each year where a policy is
judged by year; rules 5, 7 and 8 are these rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from optimizer.checker.finance import contributed, of_kind, paid_out
from optimizer.checker.rows import Rows, at_most
from optimizer.vocabulary.instruments import PAID_BY_THE_FUND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array, Flags
    from optimizer.instance.records import Policy, Project

CAPS = {"carbon_cap": ("carbon_t_per_t", 1.0), "water_cap": ("water_m3_per_t", 1000.0)}
"""Recipe figure that a cap counts, and what divides it to reach kt CO2e and million m³."""


@dataclass(frozen=True)
class PolicyRow:
    """A policy in a year, or over the whole horizon."""

    policy: Policy
    year: int
    """0 where the row covers the whole horizon."""
    left: float
    bound: float
    sense: Literal["most", "least"]
    excess: float = 0.0
    """By how much a soft row is missed, as the plan says."""

    @property
    def slack(self) -> float:
        """Room left in the row as it reads, the excess of a soft row included."""
        room = self.bound - self.left if self.sense == "most" else self.left - self.bound
        return room + self.excess


def mandates(case: Case) -> list[Rows]:
    """Rule 5 mandates: the money of a member to projects with a tag stays between bounds.

    Σ_{p,i,f,t in the tag and the row's years} δ_t · commit[p,i,f,t] ≤ or ≥ value · budget; and
    juste_retour: Σ_p benefit[p,f] · Σ_{i,g,t} PVprofile · commit[p,i,g,t] ≥ value ·
    Σ_{p,i,t} PVprofile · commit[p,i,f,t]. Guarantees and tax credits do not count, but for the
    tag of their instrument.
    """
    money = [money_row(case, policy) for policy in money_policies(case, of_member=True)]
    return judged([*money, *retour_rows(case)])


def exposure(case: Case) -> list[Rows]:
    """Rule 7 exposure: the fund's money to projects with a tag, and their number, are bounded.

    Σ δ_t · commit[p,i,f,t] ≤ or ≥ value · budget of the fund; Σ_p chosen[p] ≤ or ≥ value.
    """
    money = [money_row(case, policy) for policy in money_policies(case, of_member=False)]
    return judged([*money, *count_rows(case)])


def esg(case: Case) -> list[Rows]:
    """Rule 8 esg: floors, shortfalls, means and sums over candidates; caps on emissions.

    esg_floor: under the floor only what goes ahead by itself; esg_shortfall:
    Σ_p (target − score_p)+ · capex_p · chosen[p] ≤ value · budget; esg_mean and attribute_mean:
    Σ_p capex_p · (score_p − value) · chosen[p] ≥ 0; uncertified_share:
    Σ_{p not certified} capex_p · chosen[p] ≤ value · budget; attribute_sum:
    Σ_p attribute_p · chosen[p] ≤ or ≥ value; carbon_cap, water_cap: nominal sums by year ≤ value.
    """
    return judged(esg_rows(case))


def judged(rows: Iterable[PolicyRow]) -> list[Rows]:
    """Policy rows as rows of a rule."""
    verdicts = []
    for row in rows:
        place = row.policy.id if row.year == 0 else f"{row.policy.id}, {row.year}"
        sign = 1.0 if row.sense == "most" else -1.0
        left, bound = np.array([sign * row.left - row.excess]), sign * row.bound
        what = f"{row.left:.9g} should be at {row.sense} {row.bound:.9g}"
        verdicts.append(at_most(left, bound, ([place],), what))
    return verdicts


def in_force(case: Case, *kinds: str) -> list[Policy]:
    """Policies of some kinds that are switched on."""
    return [row for row in case.instance.policies if row.enabled and row.kind in kinds]


def money_policies(case: Case, *, of_member: bool) -> list[Policy]:
    """Money shares of members, or those of the whole fund."""
    shares = in_force(case, "money_share")
    return [policy for policy in shares if (policy.member is not None) == of_member]


def policy_years(case: Case, policy: Policy) -> range:
    """The years of the horizon that a policy covers."""
    first = policy.first_year or case.years[0]
    last = policy.last_year or case.years[-1]
    return range(max(first, case.years[0]), min(last, case.years[-1]) + 1)


def value_in(case: Case, policy: Policy, year: int) -> float:
    """Value of a policy in a year: a straight line to the final value, level after the glide."""
    if policy.final_value is None or policy.glide_until is None:
        return policy.value
    first = policy_years(case, policy).start
    done = min((year - first) / (policy.glide_until - first), 1.0)
    return policy.value + done * (policy.final_value - policy.value)


def tagged(case: Case, policy: Policy) -> Flags:
    """Which projects have the tag of a policy; the tag `instrument` is about money and bars none.

    An unknown governance counts as below any value.
    """
    countries = {row.id: row for row in case.instance.countries}
    stage_of = {row.id: row.stage for row in case.instance.materials}
    value = policy.tag_value

    def has(project: Project) -> bool:
        country = countries[project.country]
        material = project.main_material
        match policy.tag:
            case "country":
                return project.country == value
            case "bloc":
                return country.bloc == value
            case "inside" | "outside":
                return country.alliance == (policy.tag == "inside")
            case "owner":
                return project.owner == value
            case "kind":
                return project.kind == value
            case "stage":
                return material is not None and stage_of[material] == value
            case "material":
                return material == value
            case "governance_below":
                return country.governance is None or country.governance < float(value)
            case _:
                return True

    return np.array([has(project) for project in case.instance.projects], dtype=bool)


def budget(case: Case, policy: Policy, member: str | None) -> float:
    """Σ δ_t · contribution of a member, or of all, over the row's years (M$)."""
    years = policy_years(case, policy)
    counted = np.isin(np.array(case.years), np.array(years))
    money = contributed(case) @ (case.calendar.delta * counted)
    if member is None:
        return float(money.sum())
    return float(money[case.network.at("members", [member])[0]])


def money_row(case: Case, policy: Policy) -> PolicyRow:
    """Money to projects with the tag against a share of the budget (present value, M$)."""
    rows, years = case.answer.commitment, policy_years(case, policy)
    counted = tagged(case, policy)[rows["project"]]
    counted &= np.isin(rows["year"] + case.years[0], np.array(years))
    if policy.member is not None:
        counted &= rows["member"] == case.network.at("members", [policy.member])[0]
    if policy.tag == "instrument":
        counted &= rows["instrument"] == case.network.at("instruments", [policy.tag_value])[0]
    else:
        counted &= of_kind(case, *PAID_BY_THE_FUND)[rows["instrument"]]
    left = float(np.sum((case.answer.committed * case.calendar.delta[rows["year"]])[counted]))
    bound = policy.value * budget(case, policy, policy.member)
    return PolicyRow(policy, 0, left, bound, policy.sense)


def retour_rows(case: Case) -> list[PolicyRow]:
    """What members' firms get of the fund's money against what they pay (present value, M$)."""
    rows = case.answer.commitment
    paid = paid_out(case) * of_kind(case, *PAID_BY_THE_FUND)[rows["instrument"]]
    found = []
    for policy in in_force(case, "juste_retour"):
        share = np.zeros(case.network.count("projects"))
        for row in case.instance.benefits:
            if row.member == policy.member:
                share[case.network.at("projects", [row.project])[0]] = row.share
        own = rows["member"] == case.network.at("members", [policy.member])[0]
        bound = policy.value * float(paid[own].sum())
        found.append(PolicyRow(policy, 0, float(share[rows["project"]] @ paid), bound, "least"))
    return found


def count_rows(case: Case) -> list[PolicyRow]:
    """Number of candidates started with each tag."""
    return [
        PolicyRow(
            policy,
            0,
            float(np.sum(case.counted & tagged(case, policy))),
            policy.value,
            policy.sense,
        )
        for policy in in_force(case, "project_count")
    ]


def esg_rows(case: Case) -> list[PolicyRow]:
    """All rows of rule 8."""
    kinds = ("esg_floor", "esg_shortfall", "esg_mean", "uncertified_share")
    chosen = [
        _chosen_row(case, policy)
        for policy in in_force(case, *kinds, "attribute_sum", "attribute_mean")
    ]
    capped = in_force(case, *CAPS)
    return chosen + [row for policy in capped for row in _cap_rows(case, policy)]


def _chosen_row(case: Case, policy: Policy) -> PolicyRow:
    """A row on what the candidates started add up to."""
    counted = (case.counted & tagged(case, policy)).astype(np.float64)
    invested = counted * case.capex
    of_budget = policy.value * budget(case, policy, None)
    match policy.kind:
        case "esg_floor":
            under = counted @ (_scores(case, policy) < policy.value)
            return PolicyRow(policy, 0, float(under), 0.0, "most")
        case "esg_shortfall":
            missing = np.maximum((policy.target or 0.0) - _scores(case, policy), 0.0)
            return PolicyRow(policy, 0, float(invested @ missing), of_budget, "most")
        case "uncertified_share":
            bare = np.array([not row.certified for row in case.instance.projects], dtype=bool)
            return PolicyRow(policy, 0, float(invested @ bare), of_budget, "most")
        case "esg_mean":
            above = float(invested @ (_scores(case, policy) - policy.value))
            return PolicyRow(policy, 0, above, 0.0, "least")
        case "attribute_mean":
            above = float(invested @ (attribute(case, policy.attribute) - policy.value))
            return PolicyRow(policy, 0, above, 0.0, policy.sense)
        case _:
            total = float(counted @ attribute(case, policy.attribute))
            return PolicyRow(policy, 0, total, policy.value, policy.sense)


def _cap_rows(case: Case, policy: Policy) -> list[PolicyRow]:
    """Nominal emissions or water of all projects, by year."""
    field, divisor = CAPS[policy.kind]
    per_kt = case.of_recipes(field) / divisor
    rows = []
    for year in policy_years(case, policy):
        block = case.nominal_year(year - case.years[0])
        if block >= 0:
            left = float(case.answer.operation["activity"][block] @ per_kt)
            rows.append(PolicyRow(policy, year, left, value_in(case, policy, year), "most"))
    return rows


def _scores(case: Case, policy: Policy) -> Array:
    """E, S or G score of every project; an unknown score counts as 0."""
    scores = [getattr(row, f"{policy.score}_score") or 0.0 for row in case.instance.projects]
    return np.array(scores, dtype=np.float64)


def attribute(case: Case, name: str | None) -> Array:
    """An attribute of every project, 0 where the instance gives none."""
    given = {row.project: row.value for row in case.instance.attributes if row.attribute == name}
    return np.array([given.get(row.id, 0.0) for row in case.instance.projects], dtype=np.float64)
