"""Plants: recyclers of rotors and of black mass, hubs, research, and lighter rotors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.drafting.basis import Figure, graded, records, rounded
from optimizer.drafting.costs import MUSD, imputed, ratios, usual_opex
from optimizer.drafting.plants import site, unprinted
from urban.own import EARTHS, METALS, OWN, ZONES, put
from urban.scrap import FREED, MASS, NICKEL, RESIDUE, SITES

if TYPE_CHECKING:
    from optimizer.drafting import Drafted

BATTERIES = {
    "orano": ("P107", "plant.orano_t", 1),
    "portovesme": ("P138", "plant.portovesme_t", 2),
    "polvolt": ("P144", "plant.polvolt_t", 1),
    "northcycle": ("P106", "plant.northcycle_t", 1),
    "japan-mass": ("", "plant.japan_mass_t", 2),
}
MAGNETS = {
    "caremag": ("P017", "plant.caremag_t", 1),
    "magfactory": ("P051", "plant.magfactory_t", 1),
    "inspiree": ("P052", "plant.inspiree_t", 1),
    "japan-magnets": ("", "plant.japan_magnets_t", 2),
}
"""Name, id in the catalogue (none: a stand-in in Japan), size of a phase, phases or plants."""

LITHIUM_FIRST, DIRECT = "research-lithium-first", "research-direct-reuse"
FORTUM = "P105"


def of_catalogue(drafted: Drafted, key: str, name: str) -> dict[str, Any]:
    """Place, owner, odds and terms of a project, or of a stand-in in Japan."""
    basis = drafted.basis
    if key:
        rows = basis.catalogue.projects
        return site(basis, records(rows[rows["id"] == key])[0])
    nowhere = {"latitude": float("nan"), "longitude": float("nan")}
    row = {"id": "stand-in", "name": name, "owner": "", "country": "JPN", "status": "planned"}
    return site(basis, row | nowhere | {"source": ""})


def add_candidate(
    drafted: Drafted, name: str, key: str, own: str, row: dict[str, Any], cost: Figure
) -> None:
    """One recycling plant, or one phase of it, to be chosen."""
    told = (
        f"{key} of the catalogue; size: {OWN.rows[own]['reason']}"
        if key
        else OWN.rows[own]["reason"]
    )
    told += "; terms, odds and scores are assumed"
    base = of_catalogue(drafted, key, name.replace("-", " ").capitalize())
    if name[-2:] in ("-1", "-2"):
        base["name"] = f"{base['name'].removesuffix(' 1').removesuffix(' 2')}, {name[-1]}"
    drafted.tables["projects"].append(
        base
        | {"id": name, "status": "candidate", "kind": "recycling", "capex_musd": cost.value}
        | {"capacity_t_per_year": OWN[own], "build_years": OWN.whole("plant.build_years")}
        | row
        | graded("assumed", told, OWN.rows[own]["source"])
    )
    drafted.tables["provenance"].append(
        {"of_table": "projects", "row": name, "field": "capex_musd", "method": cost.note}
        | graded(cost.quality, "", cost.source)
    )


def add_batteries(drafted: Drafted) -> None:
    """Plants that dissolve black mass; Fortum's runs."""
    for stem, (key, own, count) in BATTERIES.items():
        cost = rounded(OWN[own] * OWN["plant.capex_per_t"] / MUSD)
        told = Figure(
            cost, "assumed", OWN.rows["plant.capex_per_t"]["source"], "as Rochester, by size"
        )
        names = [f"{stem}-{number}" for number in range(1, count + 1)] if count > 1 else [stem]
        for name in names:
            row = {"main_material": NICKEL, "capacity_t_per_year": OWN[own]}
            add_candidate(drafted, name, key, own, row, told)
            dissolve(drafted, name)
        follow(drafted, names)
    rows = drafted.basis.catalogue.projects
    fortum = records(rows[rows["id"] == FORTUM])[0]
    drafted.tables["projects"].append(
        {"id": "fortum", "name": fortum["name"], "owner": fortum["owner"]}
        | {"country": fortum["country"], "status": "operating", "kind": "recycling"}
        | {"main_material": NICKEL, "capacity_t_per_year": OWN["plant.fortum_t"]}
        | {"capex_kind": "remaining", "life_years": 100}
        | OWN.given("plant.fortum_t")
    )
    dissolve(drafted, "fortum")


def dissolve(drafted: Drafted, name: str) -> None:
    """Two ways to dissolve black mass, of which the second waits for research.

    Capacity is in tonnes of black mass, reference output a tonne of nickel.
    """
    for recipe, which, left, unlocked in (
        ("main", "first", "residue.per_mass", None),
        ("lithium-first", "full", "residue.full", LITHIUM_FIRST),
    ):
        others = OWN[f"recover.others_{which}"]
        feed = 1 / (OWN["mass.nickel"] * others)
        emitted = OWN["carbon.mass" if which == "first" else "carbon.full"]
        row = {"project": name, "recipe": recipe, "capacity_use": rounded(feed)}
        row |= {"opex_usd_per_t": rounded(feed * OWN["plant.mass_opex"])}
        row |= {"carbon_t_per_t": rounded(feed * emitted)}
        if unlocked:
            row["unlocked_by"] = unlocked
        drafted.tables["recipes"].append(row | OWN.given("plant.mass_opex"))
        flows = {
            NICKEL: 1.0,
            "lithium": feed * OWN["mass.lithium"] * OWN[f"recover.lithium_{which}"],
            "cobalt": feed * OWN["mass.cobalt"] * others,
            RESIDUE: feed * OWN[left],
            MASS: -feed,
        }
        told = OWN.given(f"recover.lithium_{which}")
        put(drafted, name, recipe, flows, told)


def add_magnets(drafted: Drafted) -> None:
    """Plants that recover rare earths of rotors."""
    basis, chain = drafted.basis, drafted.chain(EARTHS)
    opex = usual_opex(basis, chain, "recycling")
    lost = OWN["carbon.recycled_share"] * OWN["carbon.rare_earths"]
    for stem, (key, own, count) in MAGNETS.items():
        cost = imputed(basis, chain, "recycling", OWN[own], ratios(basis))
        names = [f"{stem}-{number}" for number in range(1, count + 1)] if count > 1 else [stem]
        for name in names:
            row = {"main_material": EARTHS, "build_years": 2}
            add_candidate(drafted, name, key, own, row, cost)
            for recipe, part, emitted, won, unlocked in (
                ("main", 1.0, lost, OWN["plant.magnet_recovered"], None),
                (
                    "direct",
                    OWN["research.direct_opex"],
                    OWN["carbon.direct"],
                    OWN["research.direct_recovered"],
                    DIRECT,
                ),
            ):
                made = {"project": name, "recipe": recipe, "carbon_t_per_t": rounded(emitted)}
                made |= {"opex_usd_per_t": rounded(part * opex.value, 4)}
                if unlocked:
                    made["unlocked_by"] = unlocked
                drafted.tables["recipes"].append(made | opex.graded())
                flows = {EARTHS: 1.0, FREED: -1 / (OWN["rotor.content"] * won)}
                put(drafted, name, recipe, flows, OWN.given("plant.magnet_recovered"))


def follow(drafted: Drafted, names: list[str]) -> None:
    """A second phase needs the first."""
    for first, second in zip(names, names[1:], strict=False):
        drafted.tables["relations"].append(
            {"id": f"{second}-after-{first}", "kind": "requires", "projects": (second, first)}
            | graded("assumed", "phases are built in their order")
        )


def add_hubs(drafted: Drafted) -> None:
    """Treatment hubs: infrastructure that adds to the shared capacity."""
    for zone in ZONES:
        own = f"treat.{zone}_hub_t"
        names = []
        for number, country in enumerate(SITES[zone], 1):
            name = f"{zone.lower()}-hub-{number}"
            names.append(name)
            cost = rounded(OWN[own] * OWN["treat.capex_per_t"] / MUSD)
            terms = of_catalogue(drafted, "", f"Treatment hub {number}, {zone}")
            drafted.tables["projects"].append(
                terms
                | {"id": name, "country": country, "status": "candidate"}
                | {"kind": "infrastructure", "corridor": f"{zone.lower()}-treatment"}
                | {"capacity_t_per_year": OWN[own], "capex_musd": cost}
                | {"build_years": OWN.whole("treat.build_years")}
                | OWN.given(own)
            )
        follow(drafted, names)


def add_programmes(drafted: Drafted) -> None:
    """Research that unlocks recipes, and lighter rotors that lower demand."""
    for name, country, own, told in (
        (LITHIUM_FIRST, "DEU", "research.mass_musd", "Lithium out of black mass first"),
        (DIRECT, "JPN", "research.direct_musd", "Magnet alloy of magnets by hydrogen"),
    ):
        drafted.tables["projects"].append(
            {"id": name, "name": told, "country": country, "status": "candidate"}
            | {"kind": "programme", "capacity_t_per_year": 1.0, "capex_musd": OWN[own]}
            | {"build_years": OWN.whole("research.years"), "life_years": 30}
            | OWN.given(own)
        )
    drafted.tables["projects"].append(
        {"id": "lighter-rotors", "name": "Lighter rotors for cars", "country": "DEU"}
        | {"status": "candidate", "kind": "programme", "segment": f"eu-{EARTHS}-cars"}
        | {"capacity_t_per_year": OWN["thrift.t"], "capex_musd": OWN["thrift.musd"]}
        | {"build_years": OWN.whole("research.years"), "life_years": 15}
        | OWN.given("thrift.t")
    )
    drafted.tables["recipes"].append(
        {"project": "lighter-rotors", "recipe": "main", "opex_usd_per_t": OWN["thrift.opex"]}
        | OWN.given("thrift.opex")
    )
