"""Plants: candidates that stay, those without a printed tonnage, and the loop of batteries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crma.own import OWN
from optimizer.catalogue.drafting.basis import graded, rounded, rows_of
from optimizer.catalogue.drafting.outlook import price
from optimizer.catalogue.drafting.plants import unprinted

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted
    from optimizer.catalogue.drafting.chains import Chain
    from optimizer.catalogue.drafting.plants import Works

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
    rows = rows_of(drafted.basis.catalogue, "projects")
    strategic = {row["id"].lower() for row in rows if STRATEGIC in row["support"]}
    gone = {
        row["id"]
        for row in tables["projects"]
        if row["status"] == "candidate"
        and row["country"] not in drafted.basis.allied
        and row["id"].split("-")[0] not in strategic
    }
    drafted.drop(gone)
    for row in tables["projects"]:
        row["strategic_value"] = 1.0 if row["id"].split("-")[0] in strategic else 0.0


def candidate(drafted: Drafted, key: str, what: tuple[Chain, str], size: str) -> Works:
    """A Strategic Project that the catalogue names without a tonnage."""
    name = f"{key.lower()}-{size.removeprefix('plant.').removesuffix('_t')}-{what[1]}"
    made = unprinted(drafted.basis, key, what, name, OWN[size])
    made.projects[0] |= {"strategic_value": 1.0} | OWN.given(size)
    return made


def add_refineries(drafted: Drafted) -> None:
    """Refineries without a printed tonnage."""
    for key, (name, size) in REFINERIES.items():
        drafted.take(candidate(drafted, key, (drafted.chain(name), "refinery"), size))


def add_recyclers(drafted: Drafted) -> None:
    """Plants that make lithium and cobalt of black mass."""
    chain = drafted.chain("lithium")
    feed = 1 / (OWN["mass.lithium"] * OWN["mass.lithium_recovered"])
    cobalt = feed * OWN["mass.cobalt"] * OWN["mass.cobalt_recovered"]
    flows = (("lithium", "output", 1.0), ("cobalt", "output", cobalt), (MASS, "input", feed))
    for key, size in RECYCLERS.items():
        made = candidate(drafted, key, (chain, "recycling"), size)
        made.ingredients = [
            {"project": made.projects[0]["id"], "recipe": "main", "material": material}
            | {"direction": side, "t_per_t": rounded(tonnes)}
            | graded("assumed", "contents of black mass, and the recovery targets of 2031")
            for material, side, tonnes in flows
        ]
        drafted.take(made)


def add_black_mass(drafted: Drafted) -> None:
    """The scrap itself: what it contains, its price, what of the past comes back."""
    tables, years = drafted.tables, drafted.basis.years
    tables["materials"].append(
        {"id": MASS, "name": "black mass of batteries", "chain": "lithium", "stage": "scrap"}
        | graded("assumed", "shredded cells, gross tonnes")
    )
    inside = {name: OWN[f"mass.{name}"] for name in ("lithium", "cobalt")}
    tables["contents"] += [
        {"material": MASS, "element": name, "content_t_per_t": share} | OWN.given(f"mass.{name}")
        for name, share in inside.items()
    ]
    value = sum(
        share * price(drafted.basis, drafted.chain(name)).value for name, share in inside.items()
    )
    tables["prices"] += [
        {"material": MASS, "year": year}
        | {"price_usd_per_t": rounded(OWN["mass.price_share"] * value)}
        | OWN.given("mass.price_share")
        for year in years
    ]
    used = {row["year"]: row for row in tables["demand"] if row["segment"] == "eu-lithium"}
    for year in years:
        tonnes = OWN["mass.factory_share"] * used[year]["demand_t_per_year"]
        age = year - years[0]
        if age < OWN["mass.lifetime"]:
            first, last = OWN["mass.old_first"], OWN["mass.old_last"]
            part = first + (last - first) * age / (OWN["mass.lifetime"] - 1)
            tonnes += part * used[years[0]]["demand_t_per_year"]
        rate = OWN["mass.collection_last" if year >= 2030 else "mass.collection_first"]
        tables["arisings"].append(
            {"zone": "EU", "material": MASS, "year": year, "collection_rate": rate}
            | {"arisings_t_per_year": rounded(tonnes / inside["lithium"])}
            | {"collection_cost_usd_per_t": OWN["mass.collection_cost"]}
            | graded("assumed", "cuttings of cell factories and batteries sold before 2026")
        )


def close_loop(drafted: Drafted) -> None:
    """What the Union is served comes back as black mass after the life of a battery."""
    tonnes = OWN["mass.returned"] / OWN["mass.lithium"]
    drafted.tables["end_of_life"].append(
        {"segment": "eu-lithium", "material": MASS, "t_per_t": rounded(tonnes)}
        | {"lifetime_years": OWN.whole("mass.lifetime")}
        | OWN.given("mass.returned")
    )
