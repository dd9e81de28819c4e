"""Scrap: what comes back, how much of it is collected, and the centres that free what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting.basis import graded, rounded
from optimizer.catalogue.drafting.outlook import price
from urban.own import EARTHS, OWN, ZONES, between, priced, put

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

ROTORS, CELLS = "spent-rotors", "spent-cells"
FREED, MASS = "rotors", "black-mass"
RESIDUE, NICKEL = "residue", "nickel"
STREAMS = {ROTORS: "rotor", CELLS: "cell"}
SITES = {"EU": ("DEU", "POL", "ESP"), "JPN": ("JPN", "JPN")}
"""Where hubs would stand."""


def add_materials(drafted: Drafted) -> None:
    """Goods that come back, what is freed of them, and what is left over."""
    tables = drafted.tables
    names = {
        ROTORS: ("motors and drives, by the weight of their rotors", EARTHS),
        FREED: ("rotors with magnets", EARTHS),
        CELLS: ("spent cells and cuttings", "lithium"),
        MASS: ("black mass", "lithium"),
        RESIDUE: ("residue of black mass", "lithium"),
    }
    for name, (told, chain) in names.items():
        row: dict[str, Any] = {"id": name, "name": told, "chain": chain, "stage": "scrap"}
        if name == RESIDUE:
            row["disposal_cost_usd_per_t"] = OWN["residue.disposal"]
        tables["materials"].append(row | graded("assumed", "gross tonnes"))
    tables["materials"].append(
        {"id": NICKEL, "name": "nickel, in sulphate", "chain": "lithium", "stage": "processing"}
        | {"unit": "contained"}
        | graded("assumed", "sold to the market; no demand of its own here")
    )
    inside = [(name, EARTHS, 1.0, "rotor.content") for name in (ROTORS, FREED)]
    inside += [
        (name, metal, part, f"mass.{metal}")
        for name, part in ((CELLS, OWN["cell.mass"]), (MASS, 1.0))
        for metal in ("lithium", "cobalt")
    ]
    tables["contents"] += [
        {"material": name, "element": metal, "content_t_per_t": rounded(part * OWN[own])}
        | OWN.given(own)
        for name, metal, part, own in inside
    ]
    earths = price(drafted.basis, drafted.chain(EARTHS)).value
    share = drafted.basis.assumed["market.scrap_price_share"]
    priced(drafted, FREED, share * earths * OWN["rotor.content"], OWN.given("rotor.content"))
    priced(drafted, MASS, OWN["mass.price"], OWN.given("mass.price"))


def add_arisings(drafted: Drafted, more: float) -> None:
    """What comes back of goods sold before 2026 or imported, and how much of it is collected.

    Args:
        drafted: the draft.
        more: share by which collection is better than assumed.
    """
    for material, stream in STREAMS.items():
        for zone in ZONES:
            for year in drafted.basis.years:
                rate = between(f"{stream}.rate", year) + more
                drafted.tables["arisings"].append(
                    {"zone": zone, "material": material, "year": year}
                    | {"arisings_t_per_year": between(f"{stream}.{zone}", year)}
                    | {"collection_rate": rounded(min(1.0, max(0.0, rate)))}
                    | {"collection_cost_usd_per_t": OWN[f"{stream}.collection_cost"]}
                    | OWN.given(f"{stream}.{zone}_2026")
                )


def close_loop(drafted: Drafted) -> None:
    """What is made here comes back after its life."""
    of_cells = OWN["cell.mass"] * OWN["mass.lithium"]
    car, other = "loop.car_life", "loop.other_life"
    rows = (
        (EARTHS, ROTORS, "cars", car, OWN["loop.car_returned"] / OWN["rotor.content"]),
        (EARTHS, ROTORS, "other", other, OWN["loop.other_magnets"] / OWN["rotor.content"]),
        ("lithium", CELLS, "cars", car, OWN["loop.car_returned"] / of_cells),
        ("lithium", CELLS, "other", other, OWN["loop.other_cells"] / of_cells),
    )
    for zone in ZONES:
        drafted.tables["end_of_life"] += [
            {"segment": f"{zone.lower()}-{metal}-{sector}", "material": material}
            | {"t_per_t": rounded(tonnes)}
            | {"lifetime_years": OWN.whole(life)}
            | OWN.given(life)
            for metal, material, sector, life, tonnes in rows
        ]


def add_treatment(drafted: Drafted) -> None:
    """Centres that free rotors and black mass share a member's capacity; hubs add to it."""
    tables = drafted.tables
    for zone in ZONES:
        low = zone.lower()
        corridor = f"{low}-treatment"
        tables["corridors"].append(
            {"id": corridor, "name": f"treatment centres, {zone}"}
            | {"capacity_t_per_year": OWN[f"treat.{zone}_t"]}
            | OWN.given(f"treat.{zone}_t")
        )
        for spent, freed, need in ((ROTORS, FREED, 1.0), (CELLS, MASS, 1 / OWN["cell.mass"])):
            name, stream = f"{low}-treats-{freed}", STREAMS[spent]
            told = "centres as one: what limits them is the capacity that they share"
            tables["projects"].append(
                {"id": name, "name": f"Treatment: {freed.replace('-', ' ')}, {zone}"}
                | {"country": SITES[zone][0], "status": "operating", "kind": "manufacturing"}
                | {"main_material": freed, "capacity_t_per_year": 1e6, "corridor": corridor}
                | {"capex_kind": "remaining", "life_years": 100}
                | graded("assumed", told)
            )
            own = f"{stream}.treatment_cost"
            tables["recipes"].append(
                {"project": name, "recipe": "main", "opex_usd_per_t": OWN[own]} | OWN.given(own)
            )
            put(drafted, name, "main", {freed: 1.0, spent: -need}, graded("assumed", "by weight"))


def sell_and_buy(drafted: Drafted) -> None:
    """Nickel is sold at the market; black mass can be bought of two countries that shred too."""
    tables, years = drafted.tables, drafted.basis.years
    rows = drafted.basis.catalogue.prices
    rows = rows[(rows["material"] == NICKEL) & (rows["series"] == "LME cash")]
    latest = rows.sort_values("year").tail(drafted.basis.assumed.whole("market.price_years"))
    told = graded("derived", "LME cash, mean of 2024 and 2025", str(latest["source"].iloc[0]))
    priced(drafted, NICKEL, float(latest["price"].mean()), told)
    tables["sales"] += [
        {"zone": zone, "material": NICKEL, "price_share": OWN["nickel.sold"]}
        | {"limit_t_per_year": 1e6}
        | OWN.given("nickel.sold")
        for zone in ZONES
    ]
    for country in ("USA", "KOR"):
        name = f"{country.lower()}-{MASS}"
        tables["suppliers"].append(
            {"id": name, "country": country, "material": MASS} | OWN.given("mass.abroad_t")
        )
        tables["supply_limits"] += [
            {"supplier": name, "year": year, "limit_t_per_year": OWN["mass.abroad_t"]}
            | OWN.given("mass.abroad_t")
            for year in years
        ]
