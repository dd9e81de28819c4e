"""Errors in guarantees, tax credits, contracts and juste retour (rules 3 to 5)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optimizer.vocabulary.instruments import PAID_BY_THE_FUND
from tests.support.planted_policies import in_force, missed
from tests.support.planting import Planting, first_year, with_frame, with_row

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan


def promised(kind: str, factor: float) -> Planting:
    """What is committed through the instruments of a kind, multiplied."""

    def plant(instance: Instance, plan: Plan) -> Plan | None:
        named = {row.id for row in instance.instruments if row.kind == kind}
        rows = plan.tables.commitments.copy()
        mine = rows["instrument"].isin(named)
        if rows.loc[mine, "amount_musd"].sum() < 0.1:
            return None
        rows.loc[mine, "amount_musd"] *= factor
        return with_frame(plan, "commitments", rows)

    return plant


def taken_for_grants(instance: Instance, plan: Plan) -> Plan | None:
    """What has bought royalties is said to be granted: the cash that they bring is invented."""
    kinds = {row.id: row.kind for row in instance.instruments}
    grants = [name for name, kind in kinds.items() if kind == "grant"]
    rows = plan.tables.commitments.copy()
    mine = rows["instrument"].map(kinds) == "royalty"
    last = instance.settings.last_year
    if not grants or rows.loc[mine & (rows["year"] < last), "amount_musd"].sum() < 0.1:
        return None
    rows.loc[mine, "instrument"] = grants[0]
    keys = ["project", "instrument", "member", "year"]
    return with_frame(plan, "commitments", rows.groupby(keys, as_index=False).sum())


def credit_of_another(instance: Instance, plan: Plan) -> Plan | None:
    """A member grants a tax credit in a country that is not its own."""
    named = {row.id for row in instance.instruments if row.kind == "tax_credit"}
    rows = plan.tables.commitments.copy()
    for place in rows.index[rows["instrument"].isin(named)]:
        others = [row.id for row in instance.members if row.id != rows.loc[place, "member"]]
        if others:
            rows.loc[place, "member"] = others[0]
            return with_frame(plan, "commitments", rows)
    return None


def signed_at_no_start(instance: Instance, plan: Plan) -> Plan | None:
    rows = plan.tables.signed.copy()
    if rows.empty:
        return None
    year = int(rows.loc[rows.index[0], "year"])
    first, last = instance.settings.first_year, instance.settings.last_year
    rows.loc[rows.index[0], "year"] = year + 1 if year < last else first
    return with_frame(plan, "signed", rows)


def floor_forgotten(instance: Instance, plan: Plan) -> Plan | None:
    """A price floor that the members pay for is not among the contracts signed."""
    floors = {row.id for row in instance.contracts if row.kind == "price_floor"}
    rows = plan.tables.signed
    paid = rows["contract"].isin(floors)
    return with_frame(plan, "signed", rows[~paid]) if paid.any() else None


def nothing_in_return(instance: Instance, plan: Plan) -> Plan | None:
    """A member pays a lot for a project of which it has little."""
    paid = [row.id for row in instance.instruments if row.kind in PAID_BY_THE_FUND]
    for policy in in_force(instance, "juste_retour"):
        for project in instance.projects:
            money = (project.id, paid[0], policy.member, first_year(instance), 1e4)
            other = with_row(plan, "commitments", *money)
            if missed(instance, other, policy):
                return other
    return None


def salvage_counted_whole(instance: Instance, plan: Plan) -> Plan | None:
    """All that plants are worth after the last year is taken off what they cost."""
    share, stated = instance.settings.salvage_share, plan.proof.worth_parts
    if stated is None or share in (0.0, 1.0) or stated.salvage <= 0:
        return None
    more = stated.salvage / share - stated.salvage
    cost = plan.criteria["expected_cost"] - more
    parts = stated.replaced(salvage=stated.salvage + more, undisturbed=stated.undisturbed + more)
    proof = plan.proof.replaced(worth_parts=parts)
    return replace(plan, criteria=plan.criteria | {"expected_cost": cost}, proof=proof)
