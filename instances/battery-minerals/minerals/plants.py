"""Plants: candidates that stay, those without a printed tonnage, a railway, and research."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minerals.own import OWN
from optimizer.catalogue.drafting.basis import graded, rounded
from optimizer.catalogue.drafting.plants import LEAST_YEARS, unprinted

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

LEFT_OUT = ("p067", "p131", "p133", "p145")
"""Small, without a printed cost, or fed by flake that is sold everywhere."""

UNPRINTED = {"P127": "plant.kokkola_t", "P142": "plant.kobaloni_t"}
"""Cobalt refineries of the catalogue whose tonnage is printed nowhere."""

RINCON, SHARED = "p060-rincon", "rincon-shared"
KAHAMA = "p083-kahama-hydromet-refinery"
CRAWFORD, SECOND = "p118-crawford-nickel-sulphide", "p118-crawford-stage-2"
RAILWAY, LOBITO = "lobito-railway", "lobito"
RESEARCH = "anode-research"
YIELD = "high-yield"


def set_plants(drafted: Drafted) -> None:
    """All but the by-products."""
    ids = {str(row["id"]) for row in drafted.tables["projects"]}
    drafted.drop({name for name in ids if name.startswith(LEFT_OUT)})
    for key, size in UNPRINTED.items():
        made = unprinted(
            drafted.basis,
            key,
            (drafted.chain("cobalt"), "refinery"),
            f"{key.lower()}-{size.removeprefix('plant.').removesuffix('_t')}",
            OWN[size],
        )
        made.projects[0] |= OWN.given(size)
        drafted.take(made)
    split_crawford(drafted)
    add_shared_rincon(drafted)
    add_railway(drafted)
    add_research(drafted)
    ask_more_public_money(drafted)
    let_financed_run(drafted)
    close_window(drafted)
    hasten_kahama(drafted)


def copy(drafted: Drafted, name: str, new: str) -> dict[str, Any]:
    """A second project like one, with its recipe and flows; returns its row."""
    tables = drafted.tables
    for table, column in (("projects", "id"), ("recipes", "project"), ("ingredients", "project")):
        twins = [dict(row) for row in tables[table] if row[column] == name]
        for row in twins:
            row[column] = new
        tables[table] += twins
    return project(drafted, new)


def split_crawford(drafted: Drafted) -> None:
    """Crawford's two stages: the second needs the first."""
    first = project(drafted, CRAWFORD)
    second = copy(drafted, CRAWFORD, SECOND)
    told = OWN.given("plant.crawford_first")
    for row, name, part in (
        (first, "Crawford nickel sulphide, stage 1", OWN["plant.crawford_first"]),
        (second, "Crawford nickel sulphide, stage 2", 1 - OWN["plant.crawford_first"]),
    ):
        row["name"] = name
        row["capex_musd"] = rounded(row["capex_musd"] * part)
        row["capacity_t_per_year"] = rounded(row["capacity_t_per_year"] * part)
        row |= told
    drafted.tables["provenance"] = [
        cell for cell in drafted.tables["provenance"] if cell["row"] != CRAWFORD
    ]
    drafted.tables["relations"].append(
        {"id": "crawford-stages", "kind": "requires", "projects": (SECOND, CRAWFORD)} | told
    )


def add_shared_rincon(drafted: Drafted) -> None:
    """Rincon with more bought and paid in the province, at a higher cost: one of the two."""
    tables = drafted.tables
    twin = copy(drafted, RINCON, SHARED)
    twin["name"] = "Rincon with local purchases and training"
    twin["capex_musd"] = rounded(twin["capex_musd"] * OWN["host.shared_capex"])
    twin |= OWN.given("host.shared_capex")
    for row in tables["recipes"]:
        if row["project"] == SHARED:
            row["opex_usd_per_t"] = rounded(row["opex_usd_per_t"] * OWN["host.shared_opex"])
            row |= OWN.given("host.shared_opex")
    tables["relations"].append(
        {"id": "one-rincon", "kind": "excludes", "projects": (RINCON, SHARED)}
        | graded("assumed", "two ways to build one plant")
    )


def add_railway(drafted: Drafted) -> None:
    """The line from the copperbelt to the Atlantic: slots for cobalt, and what repairs add."""
    tables = drafted.tables
    tables["corridors"].append(
        {"id": LOBITO, "name": "railway from the copperbelt to Lobito"}
        | {"capacity_t_per_year": OWN["rail.slots_t"]}
        | OWN.given("rail.slots_t")
    )
    tables["projects"].append(
        {"id": RAILWAY, "name": "Lobito railway, repair and wagons", "country": "AGO"}
        | {"status": "candidate", "kind": "infrastructure", "corridor": LOBITO}
        | {"capacity_t_per_year": OWN["rail.added_t"], "capex_musd": OWN["rail.capex"]}
        | {"build_years": OWN.whole("rail.build_years"), "life_years": 30}
        | {"private_appetite": OWN["fund.appetite_abroad"], "private_premium": 0.1}
        | {"success_probability": 0.8, "e_score": 50, "s_score": 40, "g_score": 40}
        | OWN.given("rail.added_t")
    )


def add_research(drafted: Drafted) -> None:
    """A programme that raises the yield of flake in anode plants: a second recipe of each."""
    tables = drafted.tables
    tables["projects"].append(
        {"id": RESEARCH, "name": "Research on the yield of spherical graphite", "country": "DEU"}
        | {"status": "candidate", "kind": "programme", "capacity_t_per_year": 1.0}
        | {"capex_musd": OWN["research.capex"], "build_years": OWN.whole("research.years")}
        | {"life_years": 30, "e_score": 60, "s_score": 60, "g_score": 60}
        | OWN.given("research.capex")
    )
    fed = [
        row
        for row in tables["ingredients"]
        if row["material"] == "graphite-raw" and row["direction"] == "input"
    ]
    for row in fed:
        usual, name = float(row["t_per_t"]), str(row["project"])
        need = rounded(1 / OWN["research.yield"], 4)
        opex = next(r["opex_usd_per_t"] for r in tables["recipes"] if r["project"] == name)
        put = {"project": name, "recipe": YIELD}
        tables["recipes"].append(
            put
            | {"opex_usd_per_t": opex, "unlocked_by": RESEARCH}
            | {"capacity_use": rounded(need / usual, 4)}
            | OWN.given("research.yield")
        )
        for material, side, tonnes in (
            ("graphite", "output", 1.0),
            ("graphite-raw", "input", need),
        ):
            tables["ingredients"].append(
                put
                | {"material": material, "direction": side, "t_per_t": tonnes}
                | OWN.given("research.yield")
            )


def let_financed_run(drafted: Drafted) -> None:
    """What is being built with agreed public money comes without the fund."""
    catalogue = drafted.basis.catalogue
    deals = catalogue.instruments
    deals = deals[(deals["status"] == "agreed") & deals["instrument"].isin(["loan", "grant"])]
    building = catalogue.projects["status"] == "construction"
    paid = {*catalogue.projects["id"][building]} & {*deals["project"]}
    for row in drafted.tables["projects"]:
        if row["status"] == "candidate" and row["id"].split("-")[0].upper() in paid:
            row["goes_ahead_alone"] = row["earliest_start"] = drafted.basis.years[0]


def close_window(drafted: Drafted) -> None:
    """The fund starts plants in its first years alone."""
    for row in drafted.tables["projects"]:
        if row["status"] == "candidate" and "goes_ahead_alone" not in row:
            last = drafted.basis.years[-1] - row.get("build_years", 0) - LEAST_YEARS + 1
            row["latest_start"] = min(last, OWN.whole("fund.latest_start"))


def ask_more_public_money(drafted: Drafted) -> None:
    """Private lenders bring less of a plant outside the alliance."""
    for row in drafted.tables["projects"]:
        if row["status"] == "candidate" and row["country"] not in drafted.basis.allied:
            row["private_appetite"] = OWN["fund.appetite_abroad"]
            row["private_least_share"] = OWN["fund.least_private_abroad"]


def hasten_kahama(drafted: Drafted) -> None:
    """Kahama can be built beside the mine, if public money wants it; at a cost of ours."""
    row = project(drafted, KAHAMA)
    row["earliest_start"] = OWN.whole("plant.kahama_start")
    row["capex_musd"] = OWN["plant.kahama_capex"]
    row |= OWN.given("plant.kahama_capex")
    drafted.tables["provenance"] = [
        cell
        for cell in drafted.tables["provenance"]
        if (cell["row"], cell["field"]) != (KAHAMA, "capex_musd")
    ]


def project(drafted: Drafted, name: str) -> dict[str, Any]:
    """A project's row."""
    return next(row for row in drafted.tables["projects"] if row["id"] == name)
