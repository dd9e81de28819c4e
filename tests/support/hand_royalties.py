"""An instance with royalties and a plan for it, argued by hand.

Four years, 2030 to 2033, at a discount rate of 25 %: δ = 1, 0.8, 0.64, 0.512, and after the horizon
0.4096, 0.32768, 0.262144. Nobody wants any oxide, so that nothing runs and only money moves. Oxide
costs 40,000 USD/t in 2030 and 2031, 50,000 in 2032 and 60,000 in 2033; half as much in 2033 in a
slump (probability 0.5), which changes no royalty. au bears 0.6, de bears 0.4.

What is chosen:
    works (AUS, 2030)      100: 60 for a royalty of a quarter of revenue by au, 40 granted by de. It
                           succeeds with 0.8. After a year of building half of its 0.4 kt is there
                           in 2031, all of it in 2032 and 2033; then its life of 3 years is over,
                           before the 5 years of the royalty are. A quarter of revenue is
                               0.25 · 40 · 0.2 = 2,  0.25 · 50 · 0.4 = 5,  0.25 · 60 · 0.4 = 6,
                           of which 60 of 100 have bought 1.2, 3, 3.6: expected 0.96, 2.4, 2.88.
    smelter (MYS, 2032)    outside, 40; half of its 0.2 kt is ours. de pays 20 for 20,000 USD/t in 3
                           years, half of 20 · 0.1 = 2: 1 in 2032, 2033 and 2034. au pays 20 for a
                           quarter of revenue in 5 years: half of 0.25 · 50 · 0.1 = 1.25 is 0.625 in
                           2032, half of 0.25 · 60 · 0.1 = 1.5 is 0.75 in 2033, and from then on, at
                           the price of 2033, in 2034, 2035 and 2036.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from optimizer.plan.tables import tables
from tests.support.factories import instance, project, scenario, series
from tests.support.hand_plans import plan_of

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

YEARS = (2030, 2031, 2032, 2033)

PLANTS = (
    project(
        "works",
        kind="refinery",
        capacity_t_per_year=400,
        build_years=1,
        life_years=3,
        ramp=(0.5, 1.0),
        success_probability=0.8,
    ),
    project(
        "smelter",
        kind="refinery",
        country="MYS",
        capacity_t_per_year=200,
        offtake_share=0.5,
        capex_musd=40,
    ),
)

TABLES: dict[str, Any] = {
    "zones": [{"id": "home"}, {"id": "abroad"}, {"id": "south"}],
    "countries": [
        {"id": "AUS", "zone": "home", "alliance": True},
        {"id": "CHN", "zone": "abroad"},
        {"id": "MYS", "zone": "south"},
    ],
    "segments": [{"id": "motors", "zone": "home", "member": "au", "material": "oxide"}],
    "demand": series("segment", ["motors"], YEARS, demand_t_per_year=0),
    "prices": [
        {"material": "oxide", "year": year, "price_usd_per_t": price}
        for year, price in zip(YEARS, (40_000, 40_000, 50_000, 60_000), strict=True)
    ],
    "members": [
        {"id": "au", "burden_share": 0.6, "opening_cash_musd": 100},
        {"id": "de", "burden_share": 0.4, "opening_cash_musd": 80},
    ],
    "instruments": [
        {"id": "grant", "kind": "grant"},
        {"id": "per_tonne", "kind": "royalty", "royalty_usd_per_t": 20_000, "tenor_years": 3},
        {"id": "quarter", "kind": "royalty", "largest_share": 0.6, "royalty_share": 0.25,
         "tenor_years": 5},
    ],
    "scenarios": [scenario("nominal", 0.5, nominal=True), scenario("slump", 0.5)],
    "shocks": [
        {"id": "cheap", "scenario": "slump", "kind": "price", "factor": 0.5, "material": "oxide",
         "first_year": 2033, "last_year": 2033},
    ],
}  # fmt: skip

PLANNED = {
    "choice": [("smelter", 2032, False), ("works", 2030, False)],
    "commitments": [
        ("smelter", "per_tonne", "de", 2032, 20.0),
        ("smelter", "quarter", "au", 2032, 20.0),
        ("works", "grant", "de", 2030, 40.0),
        ("works", "quarter", "au", 2030, 60.0),
    ],
    "cash": [
        ("au", 2030, 125 - 60),
        ("au", 2031, 1.25 * 65 + 0.96),
        ("au", 2032, 1.25 * 82.21 + 2.4 - 20 + 0.625),
        ("au", 2033, 1.25 * 85.7875 + 2.88 + 0.75),
        ("de", 2030, 100 - 40),
        ("de", 2031, 1.25 * 60),
        ("de", 2032, 1.25 * 75 - 20 + 1),
        ("de", 2033, 1.25 * 74.75 + 1),
    ],
    "operated_as": [
        *((s, year, "nominal") for s in ("nominal", "slump") for year in YEARS[:3]),
        ("nominal", 2033, "nominal"),
        ("slump", 2033, "slump"),
    ],
}

HOME = 0.8 * 0.96 + 0.64 * 2.4 + 0.512 * 2.88
"""What the royalty on the works is worth."""
FAR = 0.64 * 0.625 + 0.75 * (0.512 + 0.4096 + 0.32768 + 0.262144) + (0.64 + 0.512 + 0.4096)
"""What both royalties on the smelter are worth, to their ends."""

CRITERIA = {
    "expected_cost": 100 + 0.64 * 40 - FAR,
    "policy_penalty": 0.0,
    "fund_cost": 100 - HOME + 0.64 * 40 - FAR,
    "treasury_cost": 0.0,
    "public_funds_cost": 0.0,
    "public_capital": 140.0,
    "guaranteed": 0.0,
    "private_capital": 0.0,
    "expected_shortage": 0.0,
    "mean_shortage_cost": 0.0,
    "tail_shortage": 0.0,
    "carbon": 0.0,
    "tariffs": 0.0,
    "worst_member_service": 1.0,
    "water": 0.0,
    "largest_country_share": 0.0,
    "strategic_value": 0.0,
}


@cache
def hand_instance() -> Instance:
    """The instance of this module."""
    return instance(*PLANTS, years=YEARS, settings={"discount_rate": 0.25}, **TABLES)


def hand_plan() -> Plan:
    """The plan of this module, with its numbers argued by hand."""
    objective = CRITERIA["expected_cost"]
    return plan_of(tables(PLANNED), dict(CRITERIA), objective, objective - 0.5)
