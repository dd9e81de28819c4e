"""What is kept for an emergency: plan, days of demand, and what emergencies take out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.presentation.report.layout import Grid, Section
from optimizer.presentation.report.words import blank_zero

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.plan import Plan

DAYS = 365
T_PER_KT = 1000
"""Small markets are stocked in tonnes."""


def stockpiles(case: Case, plan: Plan) -> Section:
    """One row for each stockpile that is kept at all (t)."""
    from optimizer.checker.stockpiles import stock_plan

    planned, released = stock_plan(case) * case.success, _released(case, plan)
    rows = []
    for row in case.instance.stockpiles:
        p = case.network.at("projects", [row.project])[0]
        fullest = float(planned[:, p].max(initial=0.0))
        if fullest <= 0:
            continue
        year = int(planned[:, p].argmax())
        wanted = [d.material == row.material for d in case.instance.segments]
        demand = float(case.worlds.demand[case.worlds.nominal, year] @ wanted)
        days = f"{fullest / demand * DAYS:.0f}" if demand else "–"
        kept, released_t = (
            blank_zero(T_PER_KT * kt) for kt in (fullest, released.get(row.project, 0.0))
        )
        cells = (kept, str(case.years[year]), days, released_t)
        rows.append((row.project, row.material, *cells))
    text = (
        "In t. Kept: the fullest that it is expected to be kept, and when; days: of that year's "
        "nominal demand; released: the most that any year of an emergency takes out"
    )
    text += "." if plan.kept is None else ", of the scenarios whose operation is kept."
    header = ("stockpile", "material", "kept", "year", "days", "released")
    return Section("Stockpiles", (text,) if rows else (), Grid(header, "llrlrr", tuple(rows)))


def _released(case: Case, plan: Plan) -> dict[str, float]:
    """The most that each stockpile releases in a year of an emergency (kt)."""
    from optimizer.checker.network import network
    from optimizer.checker.worlds import emergencies

    emergency = emergencies(case.every, network(case.every))
    place = {row.id: place for place, row in enumerate(case.every.scenarios)}
    rows = plan.tables.columns("released")
    most: dict[str, float] = {}
    for scenario, year, project, kt in zip(*rows.values(), strict=True):
        if emergency[place[scenario], year - case.years[0]]:
            most[project] = max(kt, most.get(project, 0.0))
    return most
