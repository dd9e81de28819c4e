"""Materials, contents, prices, outside suppliers and sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import rows_of

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import TableRow
    from quad.chemistry import Chemistry
    from quad.inputs import Inputs

MATERIALS = {
    "ndpr_feed": ("NdPr oxide in concentrate or mixed carbonate", "extraction", "contained"),
    "dytb_feed": ("DyTb oxide in concentrate or mixed carbonate", "extraction", "contained"),
    "ndpr_oxide": ("NdPr oxide", "processing", "gross"),
    "dytb_oxide": ("Dy and Tb oxide", "processing", "gross"),
    "ndpr_metal": ("NdPr metal", "metal", "gross"),
    "dytb_metal": ("Dy and Tb metal", "metal", "gross"),
    "magnet": ("Sintered NdFeB magnet", "manufacturing", "gross"),
    "magnet_scrap": ("Magnet scrap and swarf", "scrap", "gross"),
}
CHINA = ("magnet", "ndpr_metal", "dytb_metal", "ndpr_oxide", "dytb_oxide")
PRICE_ORIGIN = {
    "ndpr_oxide": ("reported", "printed price of 2025, held constant in real terms"),
    "dytb_oxide": ("derived", "0.85 Dy and 0.15 Tb at printed prices of 2025, held constant"),
}


def materials() -> list[TableRow]:
    """Table materials."""
    return [
        {"id": key, "name": name, "chain": "magnet-rare-earths", "stage": stage, "unit": unit}
        for key, (name, stage, unit) in MATERIALS.items()
    ]


def contents(chem: Chemistry) -> list[TableRow]:
    """Table contents: tonnes of element per tonne, and how much more is needed upstream."""
    rows: list[TableRow] = []
    for element, in_metal, for_metal, in_magnet in (
        ("NdPr", chem.ndpr_oxide_in_metal, chem.ndpr_oxide_for_metal, chem.ndpr_in_magnet),
        ("DyTb", chem.dytb_oxide_in_metal, chem.dytb_oxide_for_metal, chem.dytb_in_magnet),
    ):
        oxide = f"{element.lower()}_oxide"
        loss = for_metal / in_metal
        need = {
            f"{element.lower()}_feed": (1 / in_metal, 1.0, 1.0, 1.0),
            oxide: (1 / in_metal, 1 / chem.separation, 1.0, 1.0),
            f"{element.lower()}_metal": (1.0, loss / chem.separation, loss, 1.0),
            "magnet": (
                in_magnet,
                loss / chem.separation / chem.magnet_yield,
                loss / chem.magnet_yield,
                1 / chem.magnet_yield,
            ),
            "magnet_scrap": (in_magnet, 1.0, 1.0, 1.0),
        }
        for material, (content, extraction, processing, metal) in need.items():
            rows.append(
                {
                    "material": material,
                    "element": element,
                    "content_t_per_t": content,
                    "gross_up_extraction": extraction,
                    "gross_up_processing": processing,
                    "gross_up_metal": metal,
                    "source": "da_magnets;stoich",
                    "quality": "derived",
                    "note": "stoichiometry, magnet composition and nominal yields, some assumed",
                }
            )
    return rows


def prices(inputs: Inputs, chem: Chemistry) -> list[TableRow]:
    """Table prices: the level of 2025, or assumed margins over it."""
    rows: list[TableRow] = []
    for material in MATERIALS:
        quality, note = PRICE_ORIGIN.get(material, ("assumed", "see SOURCES.md, price"))
        for year in inputs.years:
            rows.append(
                {
                    "material": material,
                    "year": year,
                    "price_usd_per_t": chem.prices[material],
                    "source": "usgs_mcs2026" if quality != "assumed" else "",
                    "quality": "derived" if quality == "reported" else quality,
                    "note": note,
                }
            )
    return rows


def need(chem: Chemistry, material: str) -> float:
    """Tonnes of a material needed per tonne of magnet at nominal yields."""
    ndpr = chem.ndpr_in_magnet / chem.magnet_yield
    dytb = chem.dytb_in_magnet / chem.magnet_yield
    return {
        "magnet": 1.0,
        "ndpr_metal": ndpr,
        "dytb_metal": dytb,
        "ndpr_oxide": ndpr * chem.ndpr_oxide_for_metal,
        "dytb_oxide": dytb * chem.dytb_oxide_for_metal,
    }[material]


def suppliers(inputs: Inputs) -> list[TableRow]:
    """Table suppliers: who sells to the members from outside."""
    rows: list[TableRow] = [
        {"id": f"china-{material.replace('_', '-')}", "country": "CHN", "material": material}
        for material in CHINA
    ]
    rows[0]["price_extra_usd_per_t"] = inputs.own["supplier.china_magnet_extra"]
    rows += [
        {"id": "vietnam-magnet", "country": "VNM", "material": "magnet"},
        {"id": "thailand-magnet", "country": "THA", "material": "magnet"},
        {"id": "germany-magnet", "country": "DEU", "material": "magnet"},
        {"id": "madagascar-feed", "country": "MDG", "material": "ndpr_feed"},
        {"id": "nigeria-feed", "country": "NGA", "material": "ndpr_feed"},
    ]
    for row in rows:
        row["note"] = "sells at market price, an assumption"
    return rows


def _magnet_limits(inputs: Inputs) -> dict[str, float]:
    plants = inputs.known_plants()
    return {
        f"{name}-magnet": inputs.own[f"supply.{name}_share"] * plants[plant]["NdFeB_magnets"]
        for name, plant in (("vietnam", "X11"), ("thailand", "X12"), ("germany", "X10"))
    }


def supply_limits(inputs: Inputs, chem: Chemistry, magnets: dict[int, float]) -> list[TableRow]:
    """Table supply_limits; `magnets` is the members' nominal demand by year, t."""
    fixed = _magnet_limits(inputs)
    fixed["madagascar-feed"] = inputs.own["supply.madagascar_feed"]
    fixed["nigeria-feed"] = inputs.own["supply.nigeria_feed"]
    rows: list[TableRow] = []
    for year, demand in magnets.items():
        limits = {
            f"china-{material.replace('_', '-')}": demand
            * need(chem, material)
            * inputs.own[f"supply.china.{material}"]
            for material in CHINA
        }
        rows += [
            {"supplier": supplier, "year": year, "limit_t_per_year": float(round(limit, 1))}
            for supplier, limit in (limits | fixed).items()
        ]
    return sorted(rows, key=lambda row: (str(row["supplier"]), str(row["year"])))


def origins(inputs: Inputs) -> list[TableRow]:
    """Table origins: where suppliers' products went through earlier stages."""
    mined = {
        row["country"]: row["quantity"]
        for row in rows_of(inputs.catalogue, "production")
        if row["material"] == "magnet_rare_earths"
        and row["stage"] == "extraction"
        and row["year"] == 2024
        and row["quantity"]
    }
    myanmar = round(mined["MMR"] / (mined["MMR"] + mined["CHN"]), 3)
    rows: list[TableRow] = []

    def add(supplier: str, stage: str, shares: dict[str, float], quality: str) -> None:
        for country, share in shares.items():
            if share > 0:
                rows.append(
                    {
                        "supplier": supplier,
                        "stage": stage,
                        "country": country,
                        "share": round(share, 3),
                        "source": "iea_cmde2025" if quality == "derived" else "",
                        "quality": quality,
                    }
                )

    for material in CHINA:
        supplier = f"china-{material.replace('_', '-')}"
        add(supplier, "extraction", {"CHN": 1 - myanmar, "MMR": myanmar}, "derived")
    for name, other in (("vietnam", "VNM"), ("thailand", "THA"), ("germany", "GBR")):
        china = inputs.own[f"origin.{name}_china"]
        add(f"{name}-magnet", "metal", {"CHN": china, other: 1 - china}, "assumed")
        upstream = "EST" if name == "germany" else "MYS"
        add(f"{name}-magnet", "processing", {"CHN": china, upstream: 1 - china}, "assumed")
    return rows


def sales(inputs: Inputs) -> list[TableRow]:
    """Table sales: oxide that third countries would buy."""
    return [
        {
            "zone": member.upper(),
            "material": "ndpr_oxide",
            "price_share": inputs.own["sales.price_share"],
            "limit_t_per_year": inputs.own[f"sales.{member}_ndpr_oxide"],
        }
        for member in ("aus", "usa")
    ]
