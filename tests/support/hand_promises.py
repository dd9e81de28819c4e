"""A price floor and a collective offtake, with a plan argued by hand.

Two years, no discounting. Oxide costs 50,000 USD/t, half of it in 2031 if prices crash (probability
0.5). The motors want 1 kt a year; China sells what is missing.

    mine (AUS)      runs already: 0.4 kt at a cash cost of 30,000 USD/t, of which a quarter stays
                    open below it. A floor at 45,000 is signed in 2031, half of the upside is the
                    fund's: it pays 20 M$/kt in the crash and earns 2.5 else, on 0.4 kt: 3.5 M$
                    expected, 8 at worst
    smelter (MYS)   outside, runs already: 1 kt, of which a fifth can be had, half with the offtake
                    signed in 2031, whose 0.3 kt are paid for by half. In the crash 0.1 kt is taken
                    of the 0.15 owed
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from optimizer.plan.tables import tables
from tests.support.factories import instance, project, scenario, shock, world
from tests.support.hand_plans import plan_of

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

YEARS = (2030, 2031)

PLANTS = (
    project(
        "mine",
        status="operating",
        capacity_t_per_year=400,
        capex_musd=0,
        open_share=0.25,
        recipe={"opex_usd_per_t": 30_000},
    ),
    project(
        "smelter",
        status="operating",
        kind="refinery",
        country="MYS",
        offtake_share=0.2,
        capex_musd=0,
    ),
)

TABLES: dict[str, Any] = {
    "zones": [*world()["zones"], {"id": "south"}],
    "countries": [*world()["countries"], {"id": "MYS", "zone": "south"}],
    "routes": [
        {"origin": zone, "destination": "home", "material": "oxide"} for zone in ("abroad", "south")
    ],
    "contracts": [
        {"id": "floor", "project": "mine", "kind": "price_floor", "signing_year": 2031,
         "tenor_years": 1, "price_usd_per_t": 45_000, "upside_share": 0.5},
        {"id": "offtake", "project": "smelter", "kind": "offtake", "signing_year": 2031,
         "tenor_years": 5, "offtake_share": 0.3, "take_share": 0.5},
    ],
    "scenarios": [scenario("nominal", 0.5, nominal=True), scenario("crash", 0.5)],
    "shocks": [shock("crash", "price", 0.5, (2031, 2031), material="oxide")],
}  # fmt: skip

MADE = {
    ("nominal", 2030): (0.4, 0.2, 0.4),
    ("nominal", 2031): (0.4, 0.5, 0.1),
    ("crash", 2031): (0.3, 0.1, 0.6),
}
"""Kilotonnes of the mine, the smelter and China in each block."""

RUNNING = {
    "cash": [("fund", 2030, 1000.0), ("fund", 2031, 996.5)],
    "signed": [("floor", 2031), ("offtake", 2031)],
    "operated_as": [
        ("crash", 2030, "nominal"),
        ("crash", 2031, "crash"),
        *(("nominal", year, "nominal") for year in YEARS),
    ],
    "activity": [
        *((*block, "mine", "main", kt[0]) for block, kt in MADE.items()),
        *((*block, "smelter", "main", kt[1]) for block, kt in MADE.items()),
    ],
    "purchases": [(*block, "chn", kt[2]) for block, kt in MADE.items()],
    "flows": [
        *((*block, "abroad", "home", "oxide", kt[2]) for block, kt in MADE.items()),
        *((*block, "south", "home", "oxide", kt[1]) for block, kt in MADE.items()),
    ],
    "served": [(*block, "motors", 1.0) for block in MADE],
    "untaken": [("crash", 2031, "smelter", 0.05)],
}

PARTS = {
    "opex": 30 * (0.4 + 0.5 * 0.4 + 0.5 * 0.3),
    "outside_trade": 50 * 0.2 + 0.5 * 50 * 0.5 + 0.5 * 25 * 0.1,
    "purchases": 50 * 0.4 + 0.5 * 50 * 0.1 + 0.5 * 25 * 0.6,
    "untaken": 0.5 * 25 * 0.05,
}
COST = sum(PARTS.values())
CRITERIA = {
    "expected_cost": COST,
    "policy_penalty": 0.0,
    "fund_cost": 3.5,
    "treasury_cost": 0.0,
    "public_funds_cost": 0.0,
    "public_capital": 0.0,
    "guaranteed": 0.0,
    "private_capital": 0.0,
    "expected_shortage": 0.0,
    "mean_shortage_cost": 0.0,
    "tail_shortage": 0.0,
    "carbon": 0.0,
    "water": 0.0,
    "tariffs": 0.0,
    "worst_member_service": 1.0,
    "largest_country_share": 0.5,  # made in Malaysia in 2031, of 1 kt wanted
    "strategic_value": 0.0,
}


@cache
def hand_instance() -> Instance:
    """The instance of this module."""
    return instance(*PLANTS, years=YEARS, **TABLES)


def hand_plan() -> Plan:
    """The plan of this module, with its numbers argued by hand."""
    return plan_of(tables(RUNNING), dict(CRITERIA), COST, COST - 0.5)
