"""What could be built in 2005, and the one plant that ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embargo.market import OXIDES, base_prices, in_alloy, member_totals
from embargo.own import FACTS, OWN
from optimizer.catalogue.drafting.basis import row_of, rows_of

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import TableRow

KINDS = {
    "mt-weld-1": ("mine", "AUS", "Mt Weld mine and concentrator, first stage", "feed"),
    "mt-weld-2": ("mine", "AUS", "Mt Weld, second stage", "feed"),
    "kuantan-1": ("refinery", "MYS", "Lynas plant in Malaysia, first stage", "ndpr"),
    "kuantan-2": ("refinery", "MYS", "Lynas plant in Malaysia, second stage", "ndpr"),
    "mountain-pass-1": ("mine", "USA", "Mountain Pass restart, first stage", "ndpr"),
    "mountain-pass-2": ("mine", "USA", "Mountain Pass, second stage", "ndpr"),
    "la-rochelle": ("refinery", "FRA", "La Rochelle separation, kept on standby", "ndpr"),
    "silmet": ("refinery", "EST", "Silmet separation", "ndpr"),
    "recycling-jpn": ("recycling", "JPN", "Japanese recycling of magnet swarf", "ndpr"),
    "dy-saving": ("programme", "JPN", "Magnets with less dysprosium (R&D)", "dytb"),
    "stock-ndpr": ("stockpile", "JPN", "Japanese stockpile of NdPr oxide", "ndpr"),
    "stock-dytb": ("stockpile", "JPN", "Japanese stockpile of DyTb oxide", "dytb"),
    "stock-other": ("stockpile", "JPN", "Japanese stockpile of other oxides", "other"),
}
"""Kind, country, name and main material."""

STAGES = {
    "mt-weld-2": "mt-weld-1",
    "kuantan-2": "kuantan-1",
    "kuantan-1": "mt-weld-1",
    "mountain-pass-2": "mountain-pass-1",
}
"""What a project needs first."""

KNOWN = {
    "mt-weld-1": "X01",
    "mt-weld-2": "X01",
    "kuantan-1": "X02",
    "kuantan-2": "X02",
    "mountain-pass-1": "P001",
    "mountain-pass-2": "P001",
    "la-rochelle": "P018",
    "silmet": "P019",
}
"""Rows of the catalogue for the same sites, twenty years later."""

BASKETS = {"kuantan": "mt_weld", "mountain-pass": "mountain_pass"}


def _numbers(name: str) -> dict[str, str]:
    """Assumptions of one project by the part of their name after it."""
    start = f"{name}."
    known = OWN.rows
    keys = [key for key in known if key.startswith(start)]
    return {key.removeprefix(start): OWN.text(key) for key in keys}


def _stock_tonnes(material: str) -> float:
    days = OWN["stock.days"]
    return member_totals()["jpn"][material] * days / 365


def _capacity(name: str) -> float:
    kind, _, _, material = KINDS[name]
    if kind == "stockpile":
        return _stock_tonnes(material)
    if kind == "programme":
        saved = OWN["dy-saving.share"]
        return saved * member_totals()["jpn"]["dytb"]
    if name == "silmet":
        return float(row_of(FACTS, "projects", id=KNOWN[name])["capacity"]) * _ndpr(name)
    return OWN[f"{name}.capacity"] * _ndpr(name)


FIELDS = ("capex_musd", "build_years", "private_appetite", "private_least_share", "life_years")


def projects() -> list[TableRow]:
    """Table projects."""
    places = {row["id"]: row for row in rows_of(FACTS, "projects")}
    rows: list[TableRow] = []
    for name, (kind, country, title, material) in KINDS.items():
        place = places.get(KNOWN.get(name, ""), {})
        given = _numbers(name)
        candidate = name != "silmet"
        row: TableRow = {
            "id": name,
            "name": title,
            "country": country,
            "latitude": given.get("latitude") or place.get("latitude"),
            "longitude": given.get("longitude") or place.get("longitude"),
            "status": "candidate" if candidate else "operating",
            "kind": kind,
            "main_material": material,
            "capacity_t_per_year": _capacity(name),
        }
        row |= {field: given.get(field) for field in FIELDS}
        if candidate:
            row["earliest_start"] = given.get("earliest_start")
            row["success_probability"] = given.get("success_probability")
            row["private_premium"] = OWN["private.premium"] if "private_appetite" in given else None
        if kind in ("mine", "refinery") and candidate:
            row["ramp"] = tuple(OWN.text("build.ramp").split(";"))
        row["standby"] = name == "la-rochelle"
        row["segment"] = "jpn-dytb" if kind == "programme" else None
        row["source"] = place.get("source") if name == "silmet" else None
        row["quality"] = "assumed"
        row["note"] = f"site: {KNOWN[name]} of the catalogue" if name in KNOWN else None
        rows.append(row)
    return rows


def recipes() -> list[TableRow]:
    """Table recipes: one way of running each; stockpiles have none."""
    return [
        {
            "project": name,
            "recipe": "main",
            "opex_usd_per_t": OWN[f"{name}.opex"] / _ndpr(name),
        }
        for name, (kind, *_) in KINDS.items()
        if kind != "stockpile"
    ]


def _basket(name: str) -> dict[str, float]:
    """Oxides in a tonne of all oxides."""
    site = next((key for start, key in BASKETS.items() if name.startswith(start)), "monazite")
    found = {key: OWN[f"basket.{site}.{key}"] for key in ("ndpr", "dytb")}
    return found | {"other": 1 - sum(found.values())}


def _flows(name: str) -> dict[tuple[str, str], float]:
    """What a tonne of feed, of swarf or of all oxides together takes and gives."""
    kind, *_ = KINDS[name]
    if name.startswith("mt-weld"):
        return {("feed", "output"): 1}
    if kind == "recycling":
        recovery = OWN["recycling-jpn.recovery"]
        out = {(key, "output"): recovery * t for key, t in in_alloy().items()}
        return {("swarf", "input"): 1} | out
    out = {(key, "output"): share for key, share in _basket(name).items()}
    if name.startswith("mountain-pass"):
        return out
    return {("feed", "input"): 1 / OWN["yield.separation"]} | out


def _ndpr(name: str) -> float:
    """NdPr oxide in the tonne that assumptions speak of, by which plants are sized; else 1."""
    return 1 if KINDS[name][0] == "programme" else _flows(name).get(("ndpr", "output"), 1)


def ingredients() -> list[TableRow]:
    """Table ingredients, per tonne of NdPr oxide or, at the mines, of feed."""
    return [
        {
            "project": name,
            "recipe": "main",
            "material": material,
            "direction": direction,
            "t_per_t": amount / _ndpr(name),
        }
        for name, (kind, *_) in KINDS.items()
        if kind not in ("stockpile", "programme")
        for (material, direction), amount in _flows(name).items()
    ]


def stockpiles() -> list[TableRow]:
    """Table stockpiles: oxides keep; holding is a share of their value."""
    found = base_prices()
    return [
        {
            "project": f"stock-{key}",
            "material": key,
            "holding_cost_usd_per_t": OWN["stock.holding_share"] * found[key],
            "understock_cost_usd_per_t": OWN["stock.understock_share"] * found[key],
            "largest_fill_t_per_year": OWN["stock.fill_share"] * _stock_tonnes(key),
            "residual_share": OWN["stock.residual_share"],
            "source": "iea_japan_stock",
            "note": "size: up to 180 days of national use; the rest assumed",
        }
        for key in OXIDES
    ]


def relations() -> list[TableRow]:
    """Table relations: stages and the plant's mine."""
    lag = OWN.whole("build.stage_lag")
    return [
        {
            "id": f"{later}-after-{first}",
            "kind": "requires",
            "projects": (later, first),
            "lag_years": 0 if later == "kuantan-1" else lag,
            "quality": "derived",
        }
        for later, first in STAGES.items()
    ]
