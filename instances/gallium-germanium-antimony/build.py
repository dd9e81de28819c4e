"""Writes the instance from the catalogue: a draft, then stockpiles, plants and worlds of its own.

Usage:
    python instances/gallium-germanium-antimony/build.py [--without-stockpiles] [--into FOLDER]
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.catalogue import Catalogue
from optimizer.catalogue.drafting import Request, draft
from optimizer.catalogue.drafting.assumptions import Assumptions
from optimizer.catalogue.drafting.basis import graded, rounded
from optimizer.catalogue.drafting.costs import imputed, ratios, usual_opex
from optimizer.catalogue.drafting.outlook import demand_of, price
from optimizer.catalogue.drafting.plants import Works, add_recipe, governance_of, unprinted
from optimizer.catalogue.drafting.worlds import PERCENT, past, with_nominal

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted
    from optimizer.catalogue.drafting.chains import Chain
    from optimizer.catalogue.drafting.request import Ally

HERE = Path(__file__).resolve().parent
NAME = "gallium-germanium-antimony"
YEAR_OF_SIZE = 2030
DAYS = 365.0
MUSD = 1e6
HELD = {"JPN": "stock.japan_days", "KOR": "stock.korea_days"}
"""Members that keep stocks already."""

EXTRA = {"P096": "plant.clarksville_ge_t", "P097": "plant.trail_t", "P103": "plant.gepeto_t"}
"""Germanium projects of the catalogue whose tonnage is printed nowhere."""

STANDBY = {"gallium": "USA", "germanium": "DEU"}
"""Metals with a standby line to build, and where."""

LICENCES = {"gallium": "2023-08-01", "germanium": "2023-08-01", "antimony": "2024-09-15"}
ENFORCED = {"germanium": "2025-05-09", "antimony": "2025-05-09"}
BAN = "2024-12-03"
"""Start dates of the disruptions that come back, as in the catalogue."""

REQUEST = Request(
    name=NAME,
    title="Gallium, germanium and antimony of four members, 2026 to 2040",
    materials=("gallium", "germanium", "antimony"),
    members=("USA", "JPN", "KOR", "EU"),
    yearly_musd=60.0,
    assumptions={"market.price_years": 5, "market.margin": 0.15},
)


OWN = Assumptions.own(HERE)


def add_germanium(drafted: Drafted) -> None:
    """Plants that the catalogue names without a tonnage."""
    chain = drafted.chain("germanium")
    for key, size in EXTRA.items():
        name = f"{key.lower()}-germanium"
        made = unprinted(drafted.basis, key, (chain, "integrated"), name, OWN[size])
        told = f"{key} of the catalogue; size: {OWN.rows[size].reason}"
        made.projects[0] |= graded("assumed", told)
        drafted.take(made)


def add_standby(drafted: Drafted) -> None:
    """Lines that are kept ready and run in emergencies alone: cheap to hold, dear to run."""
    basis = drafted.basis
    made = Works()
    for chain in basis.chains:
        if chain.id not in STANDBY:
            continue
        wanted = sum(demand_of(basis, chain, ally, YEAR_OF_SIZE).value for ally in basis.allies)
        size = rounded(OWN["standby.size_share"] * wanted, 3)
        cost = imputed(basis, chain, "integrated", size, ratios(basis))
        name, country = f"{chain.id}-standby", STANDBY[chain.id]
        points = governance_of(basis, country)
        made.projects.append(
            {"id": name, "name": f"Standby {chain.name} line", "country": country}
            | {"status": "candidate", "kind": "refinery", "main_material": chain.id}
            | {"capacity_t_per_year": size, "build_years": OWN.whole("standby.build_years")}
            | {"capex_musd": rounded(OWN["standby.capex_share"] * cost.value, 4)}
            | {"standby": True, "e_score": points, "s_score": points, "g_score": points}
            | graded("assumed", OWN.rows["standby.size_share"].reason)
        )
        opex = usual_opex(basis, chain, "integrated")
        dear = replace(opex, value=rounded(opex.value * OWN["standby.opex_factor"]))
        add_recipe(made, basis, name, (chain, "integrated"), dear)
    drafted.take(made)


def let_stibnite_run(drafted: Drafted) -> None:
    """Stibnite is built for its gold, with money that is agreed: its antimony comes anyway."""
    row = next(row for row in drafted.tables["projects"] if row["id"].startswith("p093"))
    for name in ("build_years", "earliest_start"):
        del row[name]
    told = "built for its gold; the antimony comes from the printed year without the fund"
    row |= {"status": "committed", "capex_musd": 0.0, "capex_kind": "remaining", "note": told}
    row["online_year"] = OWN.whole("plant.stibnite_year")
    cells = drafted.tables["provenance"]
    cells[:] = [
        cell
        for cell in cells
        if cell["row"] != row["id"] or cell["field"] not in ("capex_musd", "build_years")
    ]


def stockpile(drafted: Drafted, chain: Chain, ally: Ally, days: float, status: str) -> None:
    """One stockpile of a member: what it keeps already, or what the fund could add."""
    basis = drafted.basis
    size = rounded(demand_of(basis, chain, ally, YEAR_OF_SIZE).value * days / DAYS, 4)
    value = price(basis, chain).value
    word = "kept" if status == "operating" else "new"
    name = f"{ally.id.lower()}-{chain.id}-stock-{word}"
    source = OWN.rows[HELD.get(ally.id, "stock.most_days")].source
    told = f"{days:g} days of use in {YEAR_OF_SIZE}; costs are assumed shares of the value"
    row: dict[str, Any] = {
        "id": name,
        "name": f"{chain.name.capitalize()} stockpile of {ally.name}, {word}",
        "country": "DEU" if ally.id == "EU" else ally.countries[0],
        "status": status,
        "kind": "stockpile",
        "main_material": chain.id,
        "capacity_t_per_year": size,
        "life_years": 100,
    }
    if status == "candidate":
        points = governance_of(basis, row["country"])
        row |= {"e_score": points, "s_score": points, "g_score": points}
        row["capex_musd"] = rounded(OWN["stock.capex_share"] * size * value / MUSD, 4)
    else:
        row["capex_kind"] = "remaining"
    drafted.tables["projects"].append(row | graded("assumed", told, source))
    drafted.tables["stockpiles"].append(
        {"project": name, "material": chain.id}
        | {"opening_t": size if status == "operating" else 0.0}
        | {"loss_share": OWN["stock.loss_share"]}
        | {"holding_cost_usd_per_t": rounded(OWN["stock.holding_share"] * value)}
        | {"understock_cost_usd_per_t": rounded(OWN["stock.understock_share"] * value)}
        | {"largest_release_t_per_year": rounded(OWN["stock.release_share"] * size)}
        | {"residual_share": OWN["stock.residual_share"]}
        | graded("assumed", told, source)
    )


def add_stockpiles(drafted: Drafted, *, new: bool) -> None:
    """Stocks that Japan and Korea keep, those that the fund could add, and the days to be kept."""
    if new:
        drafted.tables["policies"].append(
            {"id": "few-depots", "kind": "project_count", "sense": "most"}
            | {"value": OWN["stock.most_depots"], "tag": "kind", "tag_value": "stockpile"}
            | OWN.given("stock.most_depots")
        )
    for chain in drafted.basis.chains:
        for ally in drafted.basis.allies:
            days = OWN[HELD[ally.id]] if ally.id in HELD else 0.0
            if days:
                stockpile(drafted, chain, ally, days, "operating")
            if new:
                stockpile(drafted, chain, ally, OWN["stock.most_days"] - days, "candidate")
        if new:
            drafted.tables["policies"].append(
                {"id": f"cover-{chain.id}", "kind": "days_of_cover", "sense": "least"}
                | {"value": OWN["cover.days"], "first_year": OWN.whole("cover.first_year")}
                | {"tag": "material", "tag_value": chain.id}
                | OWN.given("cover.days")
            )


def replay(drafted: Drafted, kind: str, start: int) -> list[dict[str, Any]]:
    """Shocks of one past disruption of all three metals that begins again in a year."""
    dates = {"licences": LICENCES, "enforcement": ENFORCED}
    dates["ban"] = dict.fromkeys(LICENCES, BAN)
    last = start + OWN.whole("world.years") - 1
    rows = []
    for material, date in dates[kind].items():
        event = past(drafted.basis, date, material)
        row: dict[str, Any] = {"id": f"{kind}-{start}-{material}", "scenario": f"{kind}-{start}"}
        row |= {"first_year": start, "last_year": last, "country": "CHN", "material": material}
        if kind == "ban":
            row |= {"kind": "access", "factor": 0.0, "destination": "USA"}
        else:
            row |= {"kind": "supply", "factor": round(1 + event["effect_pct"] / PERCENT, 3)}
        told = f"{event['effect']}; {OWN['world.years']:g} years and the start are ours"
        rows.append(row | graded("assumed", told, event["source"]))
    return rows


def replace_worlds(drafted: Drafted) -> None:
    """The controls of all three metals together, from two years on, in place of one by one."""
    starts = [OWN.whole(f"world.{which}_start") for which in ("first", "second")]
    kinds = ("licences", "ban", "enforcement")
    shocks = [row for kind in kinds for start in starts for row in replay(drafted, kind, start)]
    scenarios = []
    for kind in kinds:
        own = f"world.{kind}_probability"
        scenarios += [
            {"id": f"{kind}-{start}", "name": f"Chinese {kind} again from {start}"}
            | {"probability": OWN[own]}
            | graded("assumed", OWN.rows[own].reason)
            for start in starts
        ]
    drafted.tables["scenarios"] = with_nominal(scenarios)
    drafted.tables["shocks"] = shocks


def main() -> None:
    """Read the command line and write the instance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without-stockpiles", action="store_true", help="no new ones, no cover")
    parser.add_argument("--into", type=Path, help="folder to write to, else the instance's own")
    options = parser.parse_args()
    drafted = draft(Catalogue.load(HERE.parent / "catalogue"), REQUEST)
    add_germanium(drafted)
    add_standby(drafted)
    let_stibnite_run(drafted)
    add_stockpiles(drafted, new=not options.without_stockpiles)
    replace_worlds(drafted)
    drafted.place()
    drafted.publish(OWN, options.into or HERE)


if __name__ == "__main__":
    main()
