"""A mine and a stockpile that may fail, each by the draw, with a plan argued by hand.

Three years, 2030 to 2032, no discounting. Oxide costs 50,000 USD/t; the motors want 1 kt a year;
China sells up to 1.2 kt a year, and in 2032 nothing but in the nominal scenario, an emergency.

What is chosen in 2030:
    mine (AUS)    40 M$, half granted and half lent; 0.4 kt in 2031 and 2032; comes about with 0.5
    vault (AUS)   4 M$, granted; kept at 0.2 kt; comes about with 0.75

Apart from each other: both 0.375, the vault alone 0.375, the mine alone 0.125, neither 0.125; the
nominal scenario has no probability, and all of both counts there by its chance: 0.2 kt of the mine,
0.15 in the vault, which is what the policies see. The loan returns 0.5 · 20 / 2 in 2031 and 2032.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from optimizer.plan.tables import tables
from tests.support.factories import instance, policy, project, scenario, series
from tests.support.hand_plans import plan_of

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

YEARS = (2030, 2031, 2032)

PLANTS = (
    project(
        "mine",
        capacity_t_per_year=400,
        capex_musd=40,
        build_years=1,
        life_years=2,
        success_probability=0.5,
        recipe={"opex_usd_per_t": 2000},
    ),
    project(
        "vault",
        kind="stockpile",
        makes=None,
        main_material="oxide",
        capacity_t_per_year=400,
        capex_musd=4,
        life_years=3,
        success_probability=0.75,
    ),
)

CHANCES = {"both": 0.375, "no-mine": 0.375, "no-vault": 0.125, "neither": 0.125}

TABLES: dict[str, Any] = {
    "supply_limits": series("supplier", ["chn"], YEARS, limit_t_per_year=1200),
    "stockpiles": [{"project": "vault", "material": "oxide"}],
    "instruments": [
        {"id": "grant", "kind": "grant"},
        {"id": "loan", "kind": "loan", "tenor_years": 2},
    ],
    "policies": [
        policy("cover", "days_of_cover", 0.15 * 365, sense="least"),
        policy("own", "stage_share", 0.2, sense="least", element="Nd", stage="processing",
               first_year=2031),
    ],
    "scenarios": [
        scenario("nominal", 0.0, nominal=True),
        *(scenario(name, chance) for name, chance in CHANCES.items()),
    ],
    "shocks": [
        {"id": name, "scenario": name, "kind": "supply", "factor": 0, "country": "CHN",
         "first_year": 2032, "last_year": 2032}
        for name in CHANCES
    ],
    "failures": [
        {"scenario": "no-mine", "project": "mine"},
        {"scenario": "no-vault", "project": "vault"},
        {"scenario": "neither", "project": "mine"},
        {"scenario": "neither", "project": "vault"},
    ],
}  # fmt: skip

MADE = {"nominal": 0.2, "both": 0.4, "no-vault": 0.4}
KEPT = {"nominal": 0.15, "both": 0.2, "no-mine": 0.2}
BOUGHT = {
    (name, year): round(kt, 9)
    for name in ("nominal", *CHANCES)
    for year, kt in (
        (2030, 1 + KEPT.get(name, 0)),
        (2031, 1 - MADE.get(name, 0)),
        (2032, 0.8 if name == "nominal" else 0),
    )
    if kt
}
SHORT = {"both": 0.4, "no-mine": 0.8, "no-vault": 0.6, "neither": 1.0}
"""Of 1 kt in 2032, less what is made and what was kept."""

RUNNING = {
    "choice": [("mine", 2030, False), ("vault", 2030, False)],
    "commitments": [
        ("mine", "grant", "fund", 2030, 20.0),
        ("mine", "loan", "fund", 2030, 20.0),
        ("vault", "grant", "fund", 2030, 4.0),
    ],
    "cash": [("fund", 2030, 956.0), ("fund", 2031, 961.0), ("fund", 2032, 966.0)],
    "operated_as": [(name, year, name) for name in ("nominal", *CHANCES) for year in YEARS],
    "activity": [(s, y, "mine", "main", kt) for s, kt in MADE.items() for y in YEARS[1:]],
    "purchases": [(*block, "chn", kt) for block, kt in BOUGHT.items()],
    "flows": [(*block, "abroad", "home", "oxide", kt) for block, kt in BOUGHT.items()],
    "served": [
        *((s, y, "motors", 1.0) for s in CHANCES for y in YEARS[:2]),
        *(("nominal", y, "motors", 1.0) for y in YEARS),
        *((s, 2032, "motors", 1 - kt) for s, kt in SHORT.items() if kt < 1),
    ],
    "short": [(s, 2032, "motors", 1, kt) for s, kt in SHORT.items()],
    "stock_plan": [("vault", y, 0.2) for y in YEARS],
    "stock": [
        *(("nominal", y, "vault", 0.15) for y in YEARS),
        *((s, y, "vault", 0.2) for s in ("both", "no-mine") for y in YEARS[:2]),
    ],
    "filled": [(s, 2030, "vault", kt) for s, kt in KEPT.items()],
    "released": [(s, 2032, "vault", 0.2) for s in ("both", "no-mine")],
}

PARTS = {
    "building": 44.0,
    "opex": 2 * 0.5 * 2 * 0.4,
    "purchases": 50 * (0.375 * (1.2 + 0.6) + 0.375 * 2.2 + 0.125 * 1.6 + 0.125 * 2),
    "shortage": 500 * (0.375 * 0.4 + 0.375 * 0.8 + 0.125 * 0.6 + 0.125 * 1.0),
}
"""Parts of the expected cost; the mine runs in half of the worlds, two years each."""

COST = sum(PARTS.values())
CRITERIA = {
    "expected_cost": COST,
    "policy_penalty": 0.0,
    "fund_cost": 44.0 - 10.0,
    "public_capital": 44.0,
    "private_capital": 0.0,
    "guaranteed": 0.0,
    "treasury_cost": 0.0,
    "public_funds_cost": 0.0,
    "expected_shortage": 0.65,
    "mean_shortage_cost": 325.0,
    "tail_shortage": 500.0,
    "carbon": 0.0,
    "water": 0.0,
    "tariffs": 0.0,
    "worst_member_service": 1 - 0.65 / 3,
    "largest_country_share": 1.15,  # the demand of 2030 and what is expected to lie in the vault
    "strategic_value": 0.0,
}


@cache
def hand_instance() -> Instance:
    """The instance of this module."""
    return instance(*PLANTS, years=YEARS, settings={"failure": "drawn"}, **TABLES)


def hand_plan() -> Plan:
    """The plan of this module, with its numbers argued by hand."""
    return plan_of(tables(RUNNING), dict(CRITERIA), COST, COST - 0.5)
