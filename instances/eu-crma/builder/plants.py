"""Plants: candidates that stay, those without a printed tonnage, and the loop of batteries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from builder.own import chain_of, given, number
from optimizer.drafting.basis import graded, rounded
from optimizer.drafting.costs import Plant, building_years, imputed, ratios, usual_opex
from optimizer.drafting.outlook import price
from optimizer.drafting.plants import Works, add_recipe, site, timing

if TYPE_CHECKING:
    from optimizer.drafting import Drafted
    from optimizer.drafting.chains import Chain

MASS = "black-mass"
STRATEGIC = "CRMA Strategic Project"
REFINERIES = {
    "P075": ("graphite", "plant.bam4ever_t"),
    "P078": ("graphite", "plant.ngc_t"),
    "P127": ("cobalt", "plant.kokkola_t"),
}
RECYCLERS = {
    "P107": "plant.orano_t",
    "P138": "plant.portovesme_t",
    "P144": "plant.polvolt_t",
}
"""Strategic Projects of the catalogue whose tonnage is printed nowhere."""


def keep_ours(drafted: Drafted) -> None:
    """Candidates in the Union, and Strategic Projects anywhere; others look for money elsewhere."""
    tables = drafted.tables
    rows = drafted.basis.catalogue.projects.to_dict("records")
    strategic = {row["id"].lower() for row in rows if STRATEGIC in str(row["support"])}
    gone = {
        row["id"]
        for row in tables["projects"]
        if row["status"] == "candidate"
        and row["country"] not in drafted.basis.allied
        and row["id"].split("-")[0] not in strategic
    }
    tables["projects"] = [row for row in tables["projects"] if row["id"] not in gone]
    for row in tables["projects"]:
        row["strategic_value"] = 1.0 if row["id"].split("-")[0] in strategic else 0.0
    for name in ("recipes", "ingredients"):
        tables[name] = [row for row in tables[name] if row["project"] not in gone]
    tables["provenance"] = [row for row in tables["provenance"] if row["row"] not in gone]
    tables["relations"] = [row for row in tables["relations"] if not gone & {*row["projects"]}]


def candidate(drafted: Drafted, key: str, what: tuple[Chain, str], size: str) -> Works:
    """A Strategic Project that the catalogue names without a tonnage; no recipe yet."""
    basis, (chain, form) = drafted.basis, what
    rows = basis.catalogue.projects
    row: dict[str, Any] = rows[rows["id"] == key].to_dict("records")[0]
    plant = Plant(row, chain, form, number(size), "assumed")
    cost = imputed(basis, chain, form, plant.size_t, ratios(basis))
    name = f"{key.lower()}-{size.removeprefix('plant.').removesuffix('_t')}-{form}"
    made = Works()
    made.projects.append(
        site(basis, row)
        | {"id": name, "status": "candidate", "strategic_value": 1.0}
        | {"kind": "recycling" if form == "recycling" else "refinery", "main_material": chain.id}
        | {"capacity_t_per_year": plant.size_t, "capex_musd": cost.value}
        | timing(basis, row, building_years(basis, row, form), candidate=True)
        | given(size)
    )
    made.cell(name, "capex_musd", cost)
    return made


def extend(drafted: Drafted, made: Works) -> None:
    """Take plants over into the draft."""
    for table, rows in vars(made).items():
        drafted.tables[table].extend(rows)


def add_refineries(drafted: Drafted) -> None:
    """Refineries without a printed tonnage."""
    for key, (name, size) in REFINERIES.items():
        what = (chain_of(drafted, name), "refinery")
        made = candidate(drafted, key, what, size)
        opex = usual_opex(drafted.basis, *what)
        add_recipe(made, drafted.basis, made.projects[0]["id"], what, opex)
        extend(drafted, made)


def add_recyclers(drafted: Drafted) -> None:
    """Plants that make lithium and cobalt of black mass."""
    chain = chain_of(drafted, "lithium")
    feed = 1 / (number("mass.lithium") * number("mass.lithium_recovered"))
    cobalt = feed * number("mass.cobalt") * number("mass.cobalt_recovered")
    flows = (("lithium", "output", 1.0), ("cobalt", "output", cobalt), (MASS, "input", feed))
    for key, size in RECYCLERS.items():
        made = candidate(drafted, key, (chain, "recycling"), size)
        name = made.projects[0]["id"]
        opex = usual_opex(drafted.basis, chain, "recycling")
        made.recipes.append(
            {"project": name, "recipe": "main", "opex_usd_per_t": opex.value} | opex.graded()
        )
        made.ingredients += [
            {"project": name, "recipe": "main", "material": material}
            | {"direction": side, "t_per_t": rounded(tonnes)}
            | graded("assumed", "contents of black mass, and the recovery targets of 2031")
            for material, side, tonnes in flows
        ]
        extend(drafted, made)


def add_black_mass(drafted: Drafted) -> None:
    """The scrap itself: what it contains, its price, what of the past comes back."""
    tables, years = drafted.tables, drafted.basis.years
    tables["materials"].append(
        {"id": MASS, "name": "black mass of batteries", "chain": "lithium", "stage": "scrap"}
        | graded("assumed", "shredded cells, gross tonnes")
    )
    inside = {name: number(f"mass.{name}") for name in ("lithium", "cobalt")}
    tables["contents"] += [
        {"material": MASS, "element": name, "content_t_per_t": share} | given(f"mass.{name}")
        for name, share in inside.items()
    ]
    value = sum(
        share * price(drafted.basis, chain_of(drafted, name)).value
        for name, share in inside.items()
    )
    tables["prices"] += [
        {"material": MASS, "year": year}
        | {"price_usd_per_t": rounded(number("mass.price_share") * value)}
        | given("mass.price_share")
        for year in years
    ]
    used = {row["year"]: row for row in tables["demand"] if row["segment"] == "eu-lithium"}
    for year in years:
        tonnes = number("mass.factory_share") * used[year]["demand_t_per_year"]
        age = year - years[0]
        if age < number("mass.lifetime"):
            first, last = number("mass.old_first"), number("mass.old_last")
            part = first + (last - first) * age / (number("mass.lifetime") - 1)
            tonnes += part * used[years[0]]["demand_t_per_year"]
        rate = number("mass.collection_last" if year >= 2030 else "mass.collection_first")
        tables["arisings"].append(
            {"zone": "EU", "material": MASS, "year": year, "collection_rate": rate}
            | {"arisings_t_per_year": rounded(tonnes / inside["lithium"])}
            | {"collection_cost_usd_per_t": number("mass.collection_cost")}
            | graded("assumed", "cuttings of cell factories and batteries sold before 2026")
        )


def close_loop(drafted: Drafted) -> None:
    """What the Union is served comes back as black mass after the life of a battery."""
    tonnes = number("mass.returned") / number("mass.lithium")
    drafted.tables["end_of_life"].append(
        {"segment": "eu-lithium", "material": MASS, "t_per_t": rounded(tonnes)}
        | {"lifetime_years": int(number("mass.lifetime"))}
        | given("mass.returned")
    )
