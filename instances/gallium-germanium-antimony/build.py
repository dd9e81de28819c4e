"""Writes the instance from the catalogue: a draft, then stockpiles, plants and worlds of its own.

Usage:
    python instances/gallium-germanium-antimony/build.py [--without-stockpiles] [--into FOLDER]
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.catalogue import Catalogue
from optimizer.drafting import Drafted, Request, draft
from optimizer.drafting.basis import graded, rounded
from optimizer.drafting.costs import Plant, building_years, imputed, ratios, usual_opex
from optimizer.drafting.outlook import demand_of, price
from optimizer.drafting.plants import Works, add_recipe, governance_of, site, timing
from optimizer.drafting.worlds import PERCENT
from optimizer.formats import save

if TYPE_CHECKING:
    from optimizer.drafting.chains import Chain
    from optimizer.drafting.request import Ally

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


def own_assumptions() -> dict[str, dict[str, str]]:
    """The instance's own assumed numbers by name."""
    with (HERE / "inputs" / "assumptions.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


OWN = own_assumptions()


def number(name: str) -> float:
    """The value of an own assumption."""
    return float(OWN[name]["value"])


def add_germanium(drafted: Drafted) -> None:
    """Plants that the catalogue names without a tonnage."""
    basis = drafted.basis
    chain = next(chain for chain in basis.chains if chain.id == "germanium")
    made = Works()
    for row in basis.catalogue.projects.to_dict("records"):
        if row["id"] not in EXTRA:
            continue
        size = number(EXTRA[row["id"]])
        reason = OWN[EXTRA[row["id"]]]["reason"]
        plant = Plant(row, chain, "integrated", size, "assumed")
        cost = imputed(basis, chain, "integrated", size, ratios(basis))
        name = f"{row['id'].lower()}-germanium"
        made.projects.append(
            site(basis, row)
            | {"id": name, "status": "candidate", "kind": "refinery", "main_material": chain.id}
            | {"capacity_t_per_year": size, "capex_musd": cost.value}
            | timing(basis, row, building_years(basis, row, plant.form), candidate=True)
            | graded("assumed", f"{row['id']} of the catalogue; size: {reason}")
        )
        made.cell(name, "capex_musd", cost)
        add_recipe(made, basis, name, (chain, "integrated"), usual_opex(basis, chain, "integrated"))
    for table, rows in vars(made).items():
        drafted.tables[table].extend(rows)


def add_standby(drafted: Drafted) -> None:
    """Lines that are kept ready and run in emergencies alone: cheap to hold, dear to run."""
    basis = drafted.basis
    made = Works()
    for chain in basis.chains:
        if chain.id not in STANDBY:
            continue
        wanted = sum(demand_of(basis, chain, ally, YEAR_OF_SIZE).value for ally in basis.allies)
        size = rounded(number("standby.size_share") * wanted, 3)
        cost = imputed(basis, chain, "integrated", size, ratios(basis))
        name, country = f"{chain.id}-standby", STANDBY[chain.id]
        points = governance_of(basis, country)
        made.projects.append(
            {"id": name, "name": f"Standby {chain.name} line", "country": country}
            | {"status": "candidate", "kind": "refinery", "main_material": chain.id}
            | {"capacity_t_per_year": size, "build_years": int(number("standby.build_years"))}
            | {"capex_musd": rounded(number("standby.capex_share") * cost.value, 4)}
            | {"standby": True, "e_score": points, "s_score": points, "g_score": points}
            | graded("assumed", OWN["standby.size_share"]["reason"])
        )
        opex = usual_opex(basis, chain, "integrated")
        dear = replace(opex, value=rounded(opex.value * number("standby.opex_factor")))
        add_recipe(made, basis, name, (chain, "integrated"), dear)
    for table, rows in vars(made).items():
        drafted.tables[table].extend(rows)


def let_stibnite_run(drafted: Drafted) -> None:
    """Stibnite is built for its gold, with money that is agreed: its antimony comes anyway."""
    row = next(row for row in drafted.tables["projects"] if row["id"].startswith("p093"))
    for name in ("build_years", "earliest_start"):
        del row[name]
    told = "built for its gold; the antimony comes from the printed year without the fund"
    row |= {"status": "committed", "capex_musd": 0.0, "capex_kind": "remaining", "note": told}
    row["online_year"] = int(number("plant.stibnite_year"))
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
    source = OWN[HELD.get(ally.id, "stock.most_days")]["source"]
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
        row["capex_musd"] = rounded(number("stock.capex_share") * size * value / MUSD, 4)
    else:
        row["capex_kind"] = "remaining"
    drafted.tables["projects"].append(row | graded("assumed", told, source))
    drafted.tables["stockpiles"].append(
        {"project": name, "material": chain.id}
        | {"opening_t": size if status == "operating" else 0.0}
        | {"loss_share": number("stock.loss_share")}
        | {"holding_cost_usd_per_t": rounded(number("stock.holding_share") * value)}
        | {"understock_cost_usd_per_t": rounded(number("stock.understock_share") * value)}
        | {"largest_release_t_per_year": rounded(number("stock.release_share") * size)}
        | {"residual_share": number("stock.residual_share")}
        | graded("assumed", told, source)
    )


def add_stockpiles(drafted: Drafted, *, new: bool) -> None:
    """Stocks that Japan and Korea keep, those that the fund could add, and the days to be kept."""
    for chain in drafted.basis.chains:
        for ally in drafted.basis.allies:
            days = number(HELD[ally.id]) if ally.id in HELD else 0.0
            if days:
                stockpile(drafted, chain, ally, days, "operating")
            if new:
                stockpile(drafted, chain, ally, number("stock.most_days") - days, "candidate")
        if new:
            drafted.tables["policies"].append(
                {"id": f"cover-{chain.id}", "kind": "days_of_cover", "sense": "least"}
                | {"value": number("cover.days"), "first_year": int(number("cover.first_year"))}
                | {"tag": "material", "tag_value": chain.id}
                | graded("assumed", OWN["cover.days"]["reason"], OWN["cover.days"]["source"])
            )


def past(drafted: Drafted, material: str, start: str) -> dict[str, Any]:
    """A disruption of the catalogue."""
    rows = drafted.basis.catalogue.disruptions
    fits = (rows["material"] == material) & (rows["start_date"] == start)
    found: dict[str, Any] = rows[fits].to_dict("records")[0]
    return found


def replay(drafted: Drafted, kind: str, start: int) -> list[dict[str, Any]]:
    """Shocks of one past disruption of all three metals that begins again in a year."""
    dates = {"licences": LICENCES, "enforcement": ENFORCED}
    dates["ban"] = dict.fromkeys(LICENCES, BAN)
    last = start + int(number("world.years")) - 1
    rows = []
    for material, date in dates[kind].items():
        event = past(drafted, material, date)
        row = {"id": f"{kind}-{start}-{material}", "scenario": f"{kind}-{start}"}
        row |= {"first_year": start, "last_year": last, "country": "CHN", "material": material}
        if kind == "ban":
            row |= {"kind": "access", "factor": 0.0, "destination": "USA"}
        else:
            row |= {"kind": "supply", "factor": round(1 + event["effect_pct"] / PERCENT, 3)}
        told = f"{event['effect']}; {number('world.years'):g} years and the start are ours"
        rows.append(row | graded("assumed", told, event["source"]))
    return rows


def replace_worlds(drafted: Drafted) -> None:
    """The controls of all three metals together, from two years on, in place of one by one."""
    starts = [int(number(f"world.{which}_start")) for which in ("first", "second")]
    kinds = ("licences", "ban", "enforcement")
    shocks = [row for kind in kinds for start in starts for row in replay(drafted, kind, start)]
    scenarios = []
    for kind in kinds:
        own = OWN[f"world.{kind}_probability"]
        scenarios += [
            {"id": f"{kind}-{start}", "name": f"Chinese {kind} again from {start}"}
            | {"probability": float(own["value"])}
            | graded("assumed", own["reason"])
            for start in starts
        ]
    rest = round(1 - sum(row["probability"] for row in scenarios), 6)
    quiet = {"id": "nominal", "name": "No disruption", "probability": rest, "nominal": True}
    drafted.tables["scenarios"] = [quiet | graded("assumed", "what is left"), *scenarios]
    drafted.tables["shocks"] = shocks


def words(drafted: Drafted) -> str:
    """SOURCES.md: what the draft assumes, and what the instance does."""
    lines = ["", "## Assumed for this instance", "", "| name | value | unit | source | why |"]
    lines.append("|---|---:|---|---|---|")
    for row in OWN.values():
        cells = (f"`{row['name']}`", row["value"], row["unit"], row["source"], row["reason"])
        lines.append("| " + " | ".join(cells) + " |")
    return drafted.words() + "\n".join([*lines, ""])


def main() -> None:
    """Read the command line and write the instance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without-stockpiles", action="store_true", help="no new ones, no cover")
    parser.add_argument("--into", type=Path, help="folder to write to, else the instance's own")
    options = parser.parse_args()
    folder = options.into or HERE
    folder.mkdir(parents=True, exist_ok=True)
    drafted = draft(Catalogue.load(HERE.parent / "catalogue"), REQUEST)
    add_germanium(drafted)
    add_standby(drafted)
    let_stibnite_run(drafted)
    add_stockpiles(drafted, new=not options.without_stockpiles)
    replace_worlds(drafted)
    drafted.place()
    save(drafted.instance(), folder)
    (folder / "SOURCES.md").write_text(words(drafted), encoding="utf-8")


if __name__ == "__main__":
    main()
