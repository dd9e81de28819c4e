"""Two members that share what there is, with a plan argued by hand.

Two years, no discounting. Japan wants 1 kt of oxide a year, the US 2 kt; China sells 1.6 kt and
Vietnam 0.8. Fairness says that each goes short of a fifth: 0.2 and 0.4 kt. The Herfindahl index of
what is supplied, as shares of demand, is (1.6² + 0.8²) / 3² = 0.3556, of 0.36 granted.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from optimizer.plan.tables import tables
from tests.support.factories import instance, policy, series, world
from tests.support.hand_plans import plan_of

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

YEARS = (2030, 2031)

TABLES: dict[str, Any] = {
    "zones": [*world()["zones"], {"id": "tokyo"}],
    "countries": [
        *world()["countries"],
        {"id": "JPN", "zone": "tokyo", "alliance": True},
        {"id": "VNM", "zone": "abroad"},
    ],
    "members": [
        {"id": "jp", "burden_share": 0.5, "opening_cash_musd": 10},
        {"id": "us", "burden_share": 0.5, "opening_cash_musd": 10},
    ],
    "segments": [
        {"id": "robots", "zone": "tokyo", "member": "jp", "material": "oxide"},
        {"id": "motors", "zone": "home", "member": "us", "material": "oxide"},
    ],
    "demand": [
        *series("segment", ["robots"], YEARS, demand_t_per_year=1000),
        *series("segment", ["motors"], YEARS, demand_t_per_year=2000),
    ],
    "suppliers": [
        {"id": "chn", "country": "CHN", "material": "oxide"},
        {"id": "vnm", "country": "VNM", "material": "oxide"},
    ],
    "supply_limits": [
        *series("supplier", ["chn"], YEARS, limit_t_per_year=1600),
        *series("supplier", ["vnm"], YEARS, limit_t_per_year=800),
    ],
    "routes": [
        {"origin": "abroad", "destination": zone, "material": "oxide"} for zone in ("home", "tokyo")
    ],
    "policies": [
        policy("fair", "fairness", 0.1),
        policy("spread", "hhi_cap", 0.36, element="Nd", stage="processing"),
        policy("little", "criterion_bound", 1.3, criterion="expected_shortage"),
        policy("nobody", "criterion_bound", 0.7, sense="least", criterion="worst_member_service"),
    ],
}

RUNNING = {
    "cash": [(f, year, 10.0) for f in ("jp", "us") for year in YEARS],
    "operated_as": [("nominal", year, "nominal") for year in YEARS],
    "purchases": [
        ("nominal", year, j, kt) for year in YEARS for j, kt in (("chn", 1.6), ("vnm", 0.8))
    ],
    "flows": [
        ("nominal", year, "abroad", zone, "oxide", kt)
        for year in YEARS
        for zone, kt in (("home", 1.6), ("tokyo", 0.8))
    ],
    "served": [
        ("nominal", year, d, kt) for year in YEARS for d, kt in (("motors", 1.6), ("robots", 0.8))
    ],
    "short": [
        ("nominal", year, d, 1, kt)
        for year in YEARS
        for d, kt in (("motors", 0.4), ("robots", 0.2))
    ],
}

COST = 2 * (2.4 * 50 + 0.6 * 500)
CRITERIA = {
    "expected_cost": COST,
    "policy_penalty": 0.0,
    "fund_cost": 0.0,
    "public_capital": 0.0,
    "private_capital": 0.0,
    "guaranteed": 0.0,
    "treasury_cost": 0.0,
    "public_funds_cost": 0.0,
    "expected_shortage": 1.2,
    "mean_shortage_cost": 600.0,
    "tail_shortage": 600.0,
    "carbon": 0.0,
    "water": 0.0,
    "tariffs": 0.0,
    "worst_member_service": 0.8,
    "largest_country_share": 1.6 / 3,  # of China, by purchases
    "strategic_value": 0.0,
}


@cache
def hand_instance() -> Instance:
    """The instance of this module."""
    return instance(years=YEARS, **TABLES)


def hand_plan() -> Plan:
    """The plan of this module, with its numbers argued by hand."""
    return plan_of(tables(RUNNING), dict(CRITERIA), COST, COST - 0.5)
