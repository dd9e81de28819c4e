"""Plants: recyclers of rotors and of black mass, hubs, research, and lighter rotors."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting.basis import Figure, graded, rounded, row_of
from optimizer.catalogue.drafting.costs import MUSD, imputed, ratios, usual_opex
from optimizer.catalogue.drafting.plants import site, timing
from urban.own import EARTHS, OWN, ZONES, put
from urban.scrap import FREED, MASS, NICKEL, RESIDUE, SITES

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

RECYCLERS = {
    "orano": ("P107", "plant.orano_t", 1),
    "portovesme": ("P138", "plant.portovesme_t", 2),
    "polvolt": ("P144", "plant.polvolt_t", 1),
    "northcycle": ("P106", "plant.northcycle_t", 1),
    "japan-mass": ("", "plant.japan_mass_t", 2),
    "caremag": ("P017", "plant.caremag_t", 1),
    "magfactory": ("P051", "plant.magfactory_t", 1),
    "inspiree": ("P052", "plant.inspiree_t", 1),
    "japan-magnets": ("", "plant.japan_magnets_t", 2),
}
"""Id in the catalogue (none: a stand-in), size of a phase, phases or plants."""

WORDS = {"japan-mass": "black mass", "japan-magnets": "magnets"}
"""What the stand-ins take."""

BATTERIES = ("orano", "portovesme", "polvolt", "northcycle", "japan-mass")
MAGNETS = ("caremag", "magfactory", "inspiree", "japan-magnets")
LITHIUM_FIRST, DIRECT = "lithium-first", "direct-reuse"
FORTUM = "P105"


def stand_in(drafted: Drafted, name: str, country: str) -> dict[str, Any]:
    """Odds and terms of what no source names; it takes longer to begin."""
    nowhere = {"latitude": None, "longitude": None, "owner": "", "source": ""}
    row = nowhere | {"name": name, "id": "stand-in", "country": country, "status": "planned"}
    return site(drafted.basis, row) | {"earliest_start": OWN.whole("plant.stand_in_start")}


def add_candidates(drafted: Drafted, stem: str, cost: Figure, row: dict[str, Any]) -> list[str]:
    """One recycling plant, its phases, or a pair of stand-ins in Japan, to be chosen."""
    key, own, count = RECYCLERS[stem]
    names = [f"{stem}-{number}" for number in range(1, count + 1)] if count > 1 else [stem]
    told = f"{key} of the catalogue; size: " if key else ""
    told += f"{OWN.rows[own].reason}; terms, odds and scores are assumed"
    for name in names:
        if key:
            known = row_of(drafted.basis.catalogue, "projects", id=key)
            years = Figure(row["build_years"], "assumed")
            base = site(drafted.basis, known)
            base |= timing(drafted.basis, known, years, candidate=True)
        else:
            base = stand_in(drafted, f"Japan, {WORDS[stem]} (stand-in)", "JPN")
        if count > 1:
            base["name"] += f", {name[-1]}"
        drafted.tables["projects"].append(
            base
            | {"id": name, "status": "candidate", "kind": "recycling", "capex_musd": cost.value}
            | {"capacity_t_per_year": OWN[own]}
            | row
            | graded("assumed", told, OWN.rows[own].source)
        )
        drafted.tables["provenance"].append(
            {"of_table": "projects", "row": name, "field": "capex_musd", "method": cost.note}
            | graded(cost.quality, "", cost.source)
        )
    follow(drafted, names)
    return names


def add_batteries(drafted: Drafted) -> None:
    """Plants that dissolve black mass; Fortum's runs."""
    source = OWN.rows["plant.capex_per_t"].source
    for stem in BATTERIES:
        cost = rounded(OWN[RECYCLERS[stem][1]] * OWN["plant.capex_per_t"] / MUSD)
        row = {"main_material": NICKEL, "build_years": OWN.whole("plant.build_years")}
        told = Figure(cost, "assumed", source, "that of the Rochester hub, by size")
        for name in add_candidates(drafted, stem, told, row):
            dissolve(drafted, name)
    fortum = row_of(drafted.basis.catalogue, "projects", id=FORTUM)
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
        (LITHIUM_FIRST, "full", "residue.full", LITHIUM_FIRST),
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
    for stem in MAGNETS:
        cost = imputed(basis, chain, "recycling", OWN[RECYCLERS[stem][1]], ratios(basis))
        row = {"main_material": EARTHS, "build_years": OWN.whole("plant.magnet_build_years")}
        for name in add_candidates(drafted, stem, cost, row):
            recover(drafted, name)


def recover(drafted: Drafted, name: str) -> None:
    """Two ways to recover rare earths, of which the second waits for research."""
    opex = usual_opex(drafted.basis, drafted.chain(EARTHS), "recycling")
    lost = OWN["carbon.recycled_share"] * OWN["carbon.rare_earths"]
    known = (
        ("main", 1.0, lost, "plant.magnet_recovered"),
        (DIRECT, OWN["direct-reuse_opex"], OWN["carbon.direct"], f"{DIRECT}_recovered"),
    )
    for recipe, part, emitted, won in known:
        row = {"project": name, "recipe": recipe, "carbon_t_per_t": rounded(emitted)}
        row |= {"opex_usd_per_t": rounded(part * opex.value, 4)}
        if recipe == DIRECT:
            row["unlocked_by"] = DIRECT
        drafted.tables["recipes"].append(row | opex.graded())
        flows = {EARTHS: 1.0, FREED: -1 / (OWN["rotor.content"] * OWN[won])}
        put(drafted, name, recipe, flows, OWN.given(won))


def follow(drafted: Drafted, names: list[str]) -> None:
    """A second phase needs the first."""
    for first, second in pairwise(names):
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
            drafted.tables["projects"].append(
                stand_in(drafted, f"Treatment hub {number}, {zone}", country)
                | {"id": name, "status": "candidate"}
                | {"kind": "infrastructure", "corridor": f"{zone.lower()}-treatment"}
                | {"capacity_t_per_year": OWN[own], "capex_musd": cost}
                | {"build_years": OWN.whole("treat.build_years")}
                | OWN.given(own)
            )
        follow(drafted, names)


def add_programmes(drafted: Drafted) -> None:
    """Research that unlocks recipes, and lighter rotors that lower demand."""
    for name, country, own, told in (
        (LITHIUM_FIRST, "DEU", "lithium-first_musd", "Lithium out of black mass first"),
        (DIRECT, "JPN", "direct-reuse_musd", "Magnet alloy of magnets by hydrogen"),
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
