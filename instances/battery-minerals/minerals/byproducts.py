"""By-products: what comes beside the metal, who buys it, and what has to be disposed of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minerals.own import OWN
from optimizer.catalogue.drafting.basis import graded, rounded, sources
from optimizer.catalogue.drafting.chains import LITHIUM_IN_CARBONATE

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

OUNCES = 32_150.7
"""Troy ounces per tonne."""

SOLD = {
    "boric-acid": ("boric acid", "lithium", "processing", "price.boric_acid"),
    "potassium-sulphate": ("potassium sulphate", "lithium", "processing", "price.potassium"),
    "gold": ("gold", "cobalt", "processing", "price.gold_oz"),
    "bismuth": ("bismuth", "cobalt", "processing", "price.bismuth"),
    "alumina": ("high-purity alumina", "nickel", "processing", "price.alumina"),
    "copper": ("copper", "nickel", "processing", "price.copper"),
    "copper-raw": ("copper in nickel concentrate", "nickel", "extraction", "price.copper"),
}
WASTE = {
    "sodium-sulphate": ("sodium sulphate", "lithium", "waste.sodium_sulphate_cost"),
    "leach-residue": ("leached residue", "nickel", "waste.residue_cost"),
}
PRODUCTS = {
    "p056": {"boric-acid": "boric_acid"},
    "p061": {"boric-acid": "boric_acid"},
    "p082": {"cobalt-raw": "cobalt", "copper-raw": "copper"},
    "p085": {"cobalt": "cobalt"},
    "p088": {"bismuth": "bismuth", "copper": "copper", "gold": "gold"},
    "p091": {"cobalt": "cobalt", "alumina": "high_purity_alumina"},
    "p118": {"cobalt-raw": "cobalt"},
    "p129": {"potassium-sulphate": "potassium_sulphate"},
}
"""By-products by project of the catalogue, and their names there."""

NET = {"p056": "boric-acid", "p129": "potassium-sulphate"}
"""Printed operating costs that are net of the by-product."""

WASTES = {
    "p115": ("sodium-sulphate", "waste.sodium_sulphate"),
    "p130": ("sodium-sulphate", "waste.sodium_sulphate"),
    "p083": ("leach-residue", "waste.residue_sulphide"),
    "p085": ("leach-residue", "waste.residue_sulphide"),
    "p091": ("leach-residue", "waste.residue_laterite"),
}
REFINED_BESIDE = {"p083": ("cobalt", "copper"), "p085": ("cobalt",), "p091": ("cobalt",)}
"""Refineries whose feed brings the other metals."""


def add_byproducts(drafted: Drafted) -> None:
    """Materials, their prices, and what each plant yields beside its metal."""
    tables = drafted.tables
    add_materials(drafted)
    for name in [str(row["id"]) for row in tables["projects"]]:
        key = name.split("-")[0]
        for material, printed in PRODUCTS.get(key, {}).items():
            put_out(drafted, name, material, printed)
        if key in WASTES:
            material, own = WASTES[key]
            ingredient(drafted, name, (material, "output", OWN[own]), OWN.given(own))
    feed_kahama(drafted)
    feed_beside(drafted)
    undo_credits(drafted)
    charge_byproducts(drafted)


def price_of(own: str) -> float:
    """Price of a by-product, USD/t."""
    return OWN[own] * OUNCES if own.endswith("_oz") else OWN[own]


def add_materials(drafted: Drafted) -> None:
    """Tables materials and prices."""
    tables = drafted.tables
    for name, (words, chain, stage, own) in SOLD.items():
        tables["materials"].append(
            {"id": name, "name": words, "chain": chain, "stage": stage}
            | graded("assumed", "comes beside the metal; sold outside the alliance")
        )
        value = price_of(own) * (OWN["price.raw_copper_share"] if name == "copper-raw" else 1)
        tables["prices"] += [
            {"material": name, "year": year, "price_usd_per_t": rounded(value)} | OWN.given(own)
            for year in drafted.basis.years
        ]
    for name, (words, chain, own) in WASTE.items():
        tables["materials"].append(
            {"id": name, "name": words, "chain": chain, "stage": "processing"}
            | {"disposal_cost_usd_per_t": OWN[own]}
            | OWN.given(own)
        )
        tables["prices"] += [
            {"material": name, "year": year, "price_usd_per_t": 0.0} | OWN.given(own)
            for year in drafted.basis.years
        ]


def put_out(drafted: Drafted, name: str, material: str, printed: str) -> None:
    """One by-product of one project, per tonne of its metal, from the printed quantities."""
    rows = drafted.basis.catalogue.project_products
    rows = rows[rows["project"] == name.split("-")[0].upper()]
    main = rows[rows["main"] == "yes"].iloc[0]
    row = rows[rows["product"] == printed].iloc[0]
    tonnes = float(row["quantity"]) / (OUNCES if row["unit"] == "oz/yr" else 1)
    where = drafted.basis.catalogue.projects.set_index("id").loc[row["project"], "source"]
    told = f"printed {printed} over the printed size, {main['product']}"
    given = graded("derived", told, sources([str(where)]))
    ingredient(drafted, name, (material, "output", tonnes / float(main["quantity"])), given)


def ingredient(
    drafted: Drafted, name: str, what: tuple[str, str, float], given: dict[str, str]
) -> None:
    """One more flow of a plant."""
    material, side, tonnes = what
    drafted.tables["ingredients"].append(
        {"project": name, "recipe": "main", "material": material, "direction": side}
        | {"t_per_t": rounded(tonnes)}
        | given
    )


def flow(drafted: Drafted, key: str, material: str) -> float:
    """What a project puts out per tonne of its metal."""
    return next(
        float(row["t_per_t"])
        for row in drafted.tables["ingredients"]
        if row["project"].startswith(key) and row["material"] == material
    )


def feed_kahama(drafted: Drafted) -> None:
    """Kahama puts out the cobalt and copper of Kabanga's concentrate, less the usual losses."""
    recovered = drafted.basis.assumed["market.refining_recovery"]
    name = next(r["id"] for r in drafted.tables["projects"] if r["id"].startswith("p083"))
    need = flow(drafted, "p083", "nickel-raw")
    told = graded("assumed", "what Kabanga's concentrate holds, at the recovery of nickel")
    for metal in ("cobalt", "copper"):
        tonnes = flow(drafted, "p082", f"{metal}-raw") * need
        ingredient(drafted, name, (metal, "output", tonnes * recovered), told)


def feed_beside(drafted: Drafted) -> None:
    """The other metals that a refinery puts out came in with its feed."""
    recovered = drafted.basis.assumed["market.refining_recovery"]
    told = graded("assumed", "comes with the feed, at the recovery of nickel")
    for key, metals in REFINED_BESIDE.items():
        name = next(r["id"] for r in drafted.tables["projects"] if r["id"].startswith(key))
        for metal in metals:
            need = flow(drafted, key, metal) / recovered
            ingredient(drafted, name, (f"{metal}-raw", "input", need), told)


def undo_credits(drafted: Drafted) -> None:
    """Operating costs that were printed net of a by-product, before it."""
    for row in drafted.tables["recipes"]:
        key = row["project"].split("-")[0]
        if key in NET:
            material = NET[key]
            earned = flow(drafted, key, material) * price_of(SOLD[material][3])
            row["opex_usd_per_t"] = rounded(row["opex_usd_per_t"] + earned, 5)
            told = f"printed per tonne of carbonate, times {LITHIUM_IN_CARBONATE}, and the credit"
            row |= graded("assumed", f"{told} for {material} at our price added", row["source"])


def charge_byproducts(drafted: Drafted) -> None:
    """Operating costs that are a share of the metal's price bear the same of the by-products'."""
    prices = {row["material"]: row["price_usd_per_t"] for row in drafted.tables["prices"]}
    for row in drafted.tables["recipes"]:
        key = row["project"].split("-")[0]
        beside = [name for name in PRODUCTS.get(key, ()) if name in SOLD or name.endswith("-raw")]
        if not beside or key in NET:
            continue
        value = sum(flow(drafted, key, name) * prices[name] for name in beside)
        more = OWN["price.byproduct_opex"] * value
        row["opex_usd_per_t"] = rounded(row["opex_usd_per_t"] + more, 5)
        row["note"] += (
            f"; {more:.4g} more for by-products: {OWN.rows['price.byproduct_opex'].reason}"
        )


def sell(drafted: Drafted) -> None:
    """Table sales: in each zone that makes a by-product, as much as the market there takes."""
    tables = drafted.tables
    zone = {row["id"]: row["zone"] for row in tables["countries"]}
    place = {row["id"]: zone[row["country"]] for row in tables["projects"]}
    size = {row["id"]: row["capacity_t_per_year"] for row in tables["projects"]}
    made: dict[tuple[str, str], float] = {}
    for row in tables["ingredients"]:
        if row["material"] in SOLD and row["direction"] == "output":
            where = (place[row["project"]], row["material"])
            made[where] = made.get(where, 0.0) + row["t_per_t"] * size[row["project"]]
    for (seller, material), tonnes in sorted(made.items()):
        tables["sales"].append(
            {"zone": seller, "material": material, "price_share": OWN["sale.price_share"]}
            | {"limit_t_per_year": rounded(tonnes)}
            | OWN.given("sale.price_share")
        )
