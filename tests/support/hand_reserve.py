"""A reserve, a closed loop and a late plant, with a plan argued by hand.

Three years, 2030 to 2032, at a discount rate of 25 %: δ = 1, 0.8, 0.64. Oxide costs 50,000 USD/t;
the motors want 1 kt a year; China sells up to 1.5 kt, but 0.6 kt in 2031 if there is an embargo
(probability 0.4), an emergency in which the works are a year late, too.

What is chosen, with grants, in 2030:
    vault (AUS)   4 M$; kept at 0.3 kt; loses a tenth a year, a fifth is rotated
    works (AUS)   10 M$; 0.1 kt of oxide a year from 2031, from 2032 if there is the embargo
What runs anyway: loop (AUS), which makes 1 oxide of 2 scrap; of 1 kt served, half comes back as
scrap a year later, besides 0.1 kt of old scrap; half of it can be collected.

Nominal: 0.3 kt go into the vault in 2030; in 2031 and 2032 it loses 0.03, 0.06 are rotated out and
0.09 bought in. Embargo: 0.2 of the 0.27 kt left are released and 0.1 kt are short; in 2032 0.244 kt
are bought in, 0.014 rotated out, 0.007 of 0.07 lost: 0.293 are kept and 0.007 are missing.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from optimizer.plan.tables import tables
from tests.support.factories import instance, policy, project, scenario, series, world
from tests.support.hand_plans import plan_of

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

YEARS = (2030, 2031, 2032)

PLANTS = (
    project(
        "vault",
        kind="stockpile",
        makes=None,
        main_material="oxide",
        capacity_t_per_year=400,
        capex_musd=4,
        life_years=3,
    ),
    project(
        "works",
        kind="refinery",
        capacity_t_per_year=100,
        capex_musd=10,
        build_years=1,
        life_years=2,
        recipe={"opex_usd_per_t": 2000},
    ),
    project(
        "loop",
        kind="recycling",
        status="operating",
        uses={"scrap": 2},
        capacity_t_per_year=100,
        capex_musd=0,
        recipe={"opex_usd_per_t": 3000},
    ),
)

TABLES: dict[str, Any] = {
    "materials": [*world()["materials"], {"id": "scrap", "chain": "rare", "stage": "scrap"}],
    "supply_limits": series("supplier", ["chn"], YEARS, limit_t_per_year=1500),
    "arisings": [
        {"zone": "home", "material": "scrap", "year": year, "arisings_t_per_year": 100,
         "collection_rate": 0.5, "collection_cost_usd_per_t": 400}
        for year in YEARS
    ],
    "end_of_life": [
        {"segment": "motors", "material": "scrap", "t_per_t": 0.5, "lifetime_years": 1}
    ],
    "stockpiles": [
        {"project": "vault", "material": "oxide", "loss_share": 0.1, "rotation_share": 0.2,
         "holding_cost_usd_per_t": 1000, "understock_cost_usd_per_t": 30_000,
         "largest_release_t_per_year": 200, "largest_fill_t_per_year": 300, "residual_share": 0.5}
    ],
    "policies": [policy("cover", "days_of_cover", 73, sense="least")],
    "scenarios": [scenario("nominal", 0.6, nominal=True), scenario("embargo", 0.4)],
    "shocks": [
        {"id": "less", "scenario": "embargo", "kind": "supply", "factor": 0.4, "country": "CHN",
         "first_year": 2031, "last_year": 2031}
    ],
    "delays": [{"scenario": "embargo", "project": "works", "years": 1}],
}  # fmt: skip

LATE = [("nominal", 2031), ("nominal", 2032)]
AFTER = [("embargo", 2031), ("embargo", 2032)]
BOUGHT = {
    ("nominal", 2030): 1.275,
    ("nominal", 2031): 0.83,
    ("nominal", 2032): 0.83,
    ("embargo", 2031): 0.6,
    ("embargo", 2032): 1.03,
}
"""1 kt wanted, plus what is filled, less what is released, recycled and made."""

RUNNING = {
    "choice": [("vault", 2030, False), ("works", 2030, False)],
    "commitments": [
        ("vault", "grant", "fund", 2030, 4.0),
        ("works", "grant", "fund", 2030, 10.0),
    ],
    "cash": [("fund", 2030, 1236.0), ("fund", 2031, 1545.0), ("fund", 2032, 1931.25)],
    "operated_as": [
        ("embargo", 2030, "nominal"),
        *((s, year, s) for s, year in AFTER),
        *(("nominal", year, "nominal") for year in YEARS),
    ],
    "activity": [
        ("nominal", 2030, "loop", "main", 0.025),
        *((*block, "loop", "main", 0.1) for block in LATE + AFTER),
        *((*block, "works", "main", 0.1) for block in [*LATE, AFTER[1]]),
    ],
    "purchases": [(*block, "chn", kt) for block, kt in BOUGHT.items()],
    "flows": [(*block, "abroad", "home", "oxide", kt) for block, kt in BOUGHT.items()],
    "collected": [
        ("nominal", 2030, "home", "scrap", 0.05),
        *((*block, "home", "scrap", 0.2) for block in LATE + AFTER),
    ],
    "served": [(*block, "motors", 0.9 if block == ("embargo", 2031) else 1.0) for block in BOUGHT],
    "short": [("embargo", 2031, "motors", 1, 0.1)],
    "stock_plan": [("vault", year, 0.3) for year in YEARS],
    "stock": [
        *(("nominal", year, "vault", 0.3) for year in YEARS),
        ("embargo", 2031, "vault", 0.07),
        ("embargo", 2032, "vault", 0.293),
    ],
    "filled": [
        ("nominal", 2030, "vault", 0.3),
        *((*block, "vault", 0.09) for block in LATE),
        ("embargo", 2032, "vault", 0.244),
    ],
    "released": [
        *((*block, "vault", 0.06) for block in LATE),
        ("embargo", 2031, "vault", 0.2),
        ("embargo", 2032, "vault", 0.014),
    ],
    "understock": [("embargo", 2032, "vault", 0.007)],
}

PARTS = {
    "building": 14.0,
    "opex": 0.075 + 0.48 * 0.5 + 0.32 * 0.3 + 0.64 * 0.5,
    "purchases": 50 * (1.275 + 0.48 * 0.83 + 0.32 * 0.6 + 0.384 * 0.83 + 0.256 * 1.03),
    "collection": 0.4 * (0.05 + 0.8 * 0.2 + 0.64 * 0.2),
    "holding": 0.3 + 0.48 * 0.3 + 0.32 * 0.07 + 0.384 * 0.3 + 0.256 * 0.293,
    "understock": 30 * 0.256 * 0.007,
    "residual_stock": -25 * (0.384 * 0.3 + 0.256 * 0.293),
    "shortage": 0.32 * 0.1 * 500,
}
"""Parts of the expected cost; 2031 weighs 0.48 and 0.32, 2032 0.384 and 0.256."""

COST = sum(PARTS.values())
CRITERIA = {
    "expected_cost": COST,
    "policy_penalty": 0.0,
    "fund_cost": 14.0,
    "public_capital": 14.0,
    "private_capital": 0.0,
    "guaranteed": 0.0,
    "treasury_cost": 0.0,
    "public_funds_cost": 0.0,
    "expected_shortage": 0.04,
    "mean_shortage_cost": 16.0,
    "tail_shortage": 40.0,
    "carbon": 0.0,
    "water": 0.0,
    "tariffs": 0.0,
    "worst_member_service": 1 - 0.4 * 0.1 / 3,
    "largest_country_share": 1.275,  # the demand of 2030 and what the store is filled with
    "strategic_value": 0.0,
}


@cache
def hand_instance() -> Instance:
    """The instance of this module."""
    return instance(*PLANTS, years=YEARS, settings={"discount_rate": 0.25}, **TABLES)


def hand_plan() -> Plan:
    """The plan of this module, with its numbers argued by hand."""
    return plan_of(tables(RUNNING), dict(CRITERIA), COST, COST - 0.5)
