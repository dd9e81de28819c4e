"""Stockpiles that the fund could fill: Project Vault and the Australian reserve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import rounded
from optimizer.catalogue.drafting.outlook import price
from optimizer.catalogue.drafting.plants import governance_of
from pact.market import needed
from pact.own import CHAIN, MAGNET, MUSD, OWN

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

DAYS = 365.0
YEAR_OF_SIZE = 2030


def sizes(drafted: Drafted) -> dict[str, tuple[str, str, float, str]]:
    """Country, material, tonnes and assumption of each stock."""
    part = OWN["stock.days"] / DAYS
    gallium = sum(
        row["demand_t_per_year"]
        for row in drafted.tables["demand"]
        if row["segment"].startswith("usa-gallium") and row["year"] == YEAR_OF_SIZE
    )
    oxide = OWN["stock.oxide_musd"] * MUSD / price(drafted.basis, drafted.chain(CHAIN)).value
    magnets = part * needed(drafted, YEAR_OF_SIZE)
    more = OWN["stock.defence_days"] / DAYS * needed(drafted, YEAR_OF_SIZE)
    return {
        "usa-magnet-stock": ("USA", MAGNET, magnets, "stock.days"),
        "usa-magnet-stock-2": ("USA", MAGNET, more, "stock.defence_days"),
        "usa-gallium-stock": ("USA", "gallium", part * gallium, "stock.days"),
        "aus-oxide-stock": ("AUS", CHAIN, oxide, "stock.oxide_musd"),
    }


def add_stockpiles(drafted: Drafted) -> None:
    """Stores to be built, filled by purchases and released in emergencies alone."""
    value = {MAGNET: OWN["chain.magnet_price"]}
    for name in (CHAIN, "gallium"):
        value[name] = price(drafted.basis, drafted.chain(name)).value
    for name, (country, material, tonnes, own) in sizes(drafted).items():
        points = governance_of(drafted.basis, country)
        size, worth = rounded(tonnes, 4), value[material]
        drafted.tables["projects"].append(
            {"id": name, "name": name.replace("-", " "), "country": country}
            | {"status": "candidate", "kind": "stockpile", "main_material": material}
            | {"capacity_t_per_year": size, "life_years": 40}
            | {"latest_start": OWN.whole("stock.latest")}
            | {"capex_musd": rounded(OWN["stock.capex_share"] * size * worth / MUSD, 4)}
            | {"e_score": points, "s_score": points, "g_score": points}
            | OWN.given(own)
        )
        drafted.tables["stockpiles"].append(
            {"project": name, "material": material}
            | {"holding_cost_usd_per_t": rounded(OWN["stock.holding_share"] * worth)}
            | {"understock_cost_usd_per_t": rounded(OWN["stock.understock_share"] * worth)}
            | {"residual_share": OWN["stock.residual_share"]}
            | OWN.given(own)
        )
    drafted.tables["relations"].append(
        {"id": "first-store-first", "kind": "requires"}
        | {"projects": ("usa-magnet-stock-2", "usa-magnet-stock")}
        | OWN.given("stock.defence_days")
    )
