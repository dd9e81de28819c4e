"""Where supply comes from, and who goes short in which scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.presentation.report.layout import Grid, Section
from optimizer.presentation.report.words import amount, blank_zero, percent

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array
    from optimizer.instance import Instance

MOST_MATERIALS = 12
"""Materials beyond which only those that somebody demands are listed."""


def supply(case: Case) -> Section:
    """What the alliance makes and buys of each material, first and last year, nominal."""
    first, last = case.years[0], case.years[-1]
    before, after = _made_and_bought(case, 0), _made_and_bought(case, len(case.years) - 1)
    wanted = {segment.material for segment in case.instance.segments}
    materials = [m for m in case.instance.materials if m.stage != "scrap"]
    if len(materials) > MOST_MATERIALS:
        materials = [material for material in materials if material.id in wanted]
    materials.sort(key=lambda material: (case.network.rank[_place(case, material.id)], material.id))
    rows = []
    for material in materials:
        one, other = before[material.id], after[material.id]
        if one or other:
            rows.append(
                (
                    material.name or material.id,
                    f"{amount(sum(one.values()))} → {amount(sum(other.values()))}",
                    f"{_inside(case.instance, one)} → {_inside(case.instance, other)}",
                    _largest(one),
                    _largest(other),
                )
            )
    header = ("made or bought", "kt/y", "in the alliance", f"largest {first}", f"largest {last}")
    served = ", ".join(
        f"{percent(float(_nominally(case)[place]))} in {case.years[place]}"
        for place in sorted({0, len(case.years) - 1})
    )
    text = f"Demand served without shocks: {served}."
    grid = Grid(header, "lrrrr", tuple(rows), (f"largest {first}",), names="made or bought")
    return Section(f"Supply, {first} → {last}, without shocks", (text,), grid)


def shortage(case: Case, before: dict[str, float]) -> Section:
    """Who goes short in each scenario and what that costs, beside the criteria of doing nothing."""
    from optimizer.checker.costs import shortage_by_scenario

    costs, short, served = shortage_by_scenario(case), case.books.served("short"), _served(case)
    rows, without = [], []
    for place in np.argsort(-costs, kind="stable"):
        scenario = case.every.scenarios[place]
        if costs[place] < 0.005:
            without.append(scenario.name or scenario.id)
            continue
        unserved = 1 - served[place]
        hardest = int(np.argmax(unserved))
        rows.append(
            (
                scenario.name or scenario.id,
                percent(scenario.probability),
                blank_zero(float(short[place].sum())),
                f"{percent(unserved[hardest])} in {case.years[hardest]}",
                blank_zero(float(costs[place])),
            )
        )
    header = ("scenario", "probability", "kt short", "worst year", "cost M$")
    tail = case.instance.settings.objective.tail_level
    from optimizer.indicators import conditional_value_at_risk

    risk = conditional_value_at_risk(costs, case.books.probability, tail)
    text = (
        f"Expected shortage cost {amount(float(case.books.probability @ costs))} M$; mean of the "
        f"worst {percent(1 - tail)} of outcomes {amount(risk)} M$; worst scenario "
        f"{amount(float(costs.max()))} M$ (present values)."
    )
    if before:
        expected, worst = before["mean_shortage_cost"], before["tail_shortage"]
        text += (
            f" Doing nothing: expected {amount(expected)} M$, mean of the worst {amount(worst)}."
        )
    notes = (f"No shortage: {'; '.join(without)}.",) if without else ()
    grid = Grid(header, "lrrrr", tuple(rows), ("kt short",), names="scenario")
    return Section("Shortage", (text,), grid, notes)


def _place(case: Case, material: str) -> int:
    return case.network.names["materials"][material]


def _made_and_bought(case: Case, year: int) -> dict[str, dict[str, float]]:
    """Tonnes (kt) of each material by country, in a year without shocks."""
    network, instance = case.network, case.instance
    found: dict[str, dict[str, float]] = {material.id: {} for material in instance.materials}
    block = case.nominal_year(year)
    bought = case.answer.operation["purchases"][block]
    activity = case.answer.operation["activity"][block]
    made = activity[network.ingredient_recipe] * np.maximum(network.ingredient_t_per_t, 0.0)
    project = network.recipe_project[network.ingredient_recipe]
    moved = [
        (row.material, row.country, kt) for row, kt in zip(instance.suppliers, bought, strict=True)
    ]
    moved += [
        (row.material, instance.projects[place].country, kt)
        for row, place, kt in zip(instance.ingredients, project, made, strict=True)
    ]
    for material, country, kt in moved:
        if kt > 1e-6:
            found[material][country] = found[material].get(country, 0.0) + float(kt)
    return found


def _inside(instance: Instance, by_country: dict[str, float]) -> str:
    """Share that allied countries supply."""
    allied = {country.id for country in instance.countries if country.alliance}
    total = sum(by_country.values())
    inside = sum(kt for country, kt in by_country.items() if country in allied)
    return percent(inside / total) if total else "–"


def _largest(by_country: dict[str, float]) -> str:
    """The country that supplies most, and its share."""
    total = sum(by_country.values())
    if not total:
        return "–"
    country = max(sorted(by_country), key=lambda name: by_country[name])
    return f"{country} {percent(by_country[country] / total)}"


def _served(case: Case) -> Array:
    """Share of demand that is met, by scenario and year."""
    served, short = case.books.served("served"), case.books.served("short")
    wanted = served + short
    return np.divide(served, wanted, out=np.ones(wanted.shape), where=wanted > 0)


def _nominally(case: Case) -> Array:
    """Share of demand that is met in each year without shocks."""
    nominal = [row.nominal for row in case.every.scenarios].index(True)
    return np.asarray(_served(case)[nominal])
