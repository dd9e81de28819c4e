"""An instance and a plan for it argued by hand: host terms, emergencies, programmes and ranks.

Two years, 2030 and 2031, at a discount rate of 25 %: δ = 1, 0.8. Oxide costs 50,000 USD/t. At home
defence wants 0.2 kt of it and motors want 0.8 kt; defence is served first. China, whom nobody has
certified, sells 1 kt a year; if there is a quota (probability 0.25) it sells half of that in 2031,
and takes 30 % and another 20 % of the price from what leaves it for home.

What is chosen in 2030, each by a grant of its whole cost:
    works    a refinery of 0.1 kt; takes 4 ore for 1 oxide, or 2 once the lab has shown how
    lab      a programme for 5, online in 2031
    thrift   a programme for 10 that replaces 0.05 kt of what motors want
What is not: `greedy`, whose host would keep 1 % of its revenue, where 5 % is the least.
What runs anyway: the pit, 0.4 kt of ore; the reserve, 0.15 kt of oxide, in emergencies alone.

Undisturbed, 0.1 kt is made, 0.05 replaced and 0.85 bought. Under the quota 0.5 can be bought and
the reserve makes 0.15: 0.75 in all, 0.2 of which is defence's, so that motors go short of 0.2.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from optimizer.plan.tables import tables
from tests.support.factories import instance, policy, project, scenario, series, shock
from tests.support.hand_plans import plan_of

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

YEARS = (2030, 2031)
AT_WORKS = {"project": "works", "recipe": "better"}

PLANTS = (
    project(
        "pit",
        status="operating",
        makes="ore",
        capacity_t_per_year=400,
        capex_musd=0,
        recipe={"opex_usd_per_t": 1000},
    ),
    project(
        "reserve",
        status="operating",
        capacity_t_per_year=150,
        capex_musd=0,
        recipe={"opex_usd_per_t": 70_000},
        standby=True,
    ),
    project(
        "works",
        kind="refinery",
        uses={"ore": 4},
        recipe={"opex_usd_per_t": 2000},
        capacity_t_per_year=100,
        capex_musd=40,
        life_years=4,
        host_benefit_share=0.1,
    ),
    project(
        "lab",
        kind="programme",
        makes=None,
        capacity_t_per_year=10,
        capex_musd=5,
        build_years=1,
        life_years=2,
        host_benefit_share=0.06,
    ),
    project(
        "thrift",
        kind="programme",
        makes=None,
        segment="motors",
        capacity_t_per_year=50,
        capex_musd=10,
        life_years=2,
        host_benefit_share=0.05,
    ),
    project("greedy", host_benefit_share=0.01),
)

SHARE = {"element": "Nd", "stage": "processing"}

TABLES: dict[str, Any] = {
    "recipes": [
        AT_WORKS | {"opex_usd_per_t": 3000, "unlocked_by": "lab"},
        {"project": "thrift", "recipe": "main", "opex_usd_per_t": 20_000},
    ],
    "ingredients": [
        AT_WORKS | {"material": "ore", "direction": "input", "t_per_t": 2},
        AT_WORKS | {"material": "oxide", "direction": "output", "t_per_t": 1},
    ],
    "routes": [
        {"origin": "abroad", "destination": "home", "material": "oxide", "freight_usd_per_t": 100,
         "tariff_share": 0.1},
    ],
    "suppliers": [{"id": "chn", "country": "CHN", "material": "oxide", "trusted": False}],
    "segments": [
        {"id": "defence", "zone": "home", "member": "fund", "material": "oxide", "priority": 1},
        {"id": "motors", "zone": "home", "member": "fund", "material": "oxide", "priority": 2},
    ],
    "demand": [
        *series("segment", ["defence"], YEARS, demand_t_per_year=200),
        *series("segment", ["motors"], YEARS, demand_t_per_year=800),
    ],
    "tranches": [
        {"segment": "defence", "tranche": 1, "share": 1, "cost_usd_per_t": 900_000},
        {"segment": "motors", "tranche": 1, "share": 1, "cost_usd_per_t": 300_000},
    ],
    "members": [{"id": "fund", "burden_share": 1, "opening_cash_musd": 100}],
    "policies": [
        policy("refined", "local_processing", 0.5, sense="least", element="Nd", country="AUS"),
        policy("kept", "host_benefit", 0.05, sense="least"),
        policy("trust", "untrusted_share", 0.8, hard=False, penalty_usd_per_t=10_000, **SHARE),
        policy("ready", "stage_share", 0.1, sense="least", tag="inside", **SHARE),
    ],
    "scenarios": [scenario("nominal", 0.75, nominal=True), scenario("quota", 0.25)],
    "shocks": [
        shock("quota", "supply", 0.5, (2031, 2031), country="CHN"),
        shock("quota", "export_tax", 0.3, (2031, 2031), country="CHN"),
        shock("quota", "export_tax", 0.2, (2031, 2031), id="toll", destination="home"),
    ],
}  # fmt: skip

QUIET = ("nominal", 2030), ("nominal", 2031)
LAST = ("nominal", 2031), ("quota", 2031)
EVERY = (*QUIET, ("quota", 2031))

RUNNING: dict[str, Any] = {
    "choice": [("lab", 2030, False), ("thrift", 2030, False), ("works", 2030, False)],
    "commitments": [
        ("lab", "grant", "fund", 2030, 5.0),
        ("thrift", "grant", "fund", 2030, 10.0),
        ("works", "grant", "fund", 2030, 40.0),
    ],
    "cash": [("fund", 2030, 100 * 1.25 - 55), ("fund", 2031, 70 * 1.25)],
    "operated_as": [
        ("nominal", 2030, "nominal"),
        ("nominal", 2031, "nominal"),
        ("quota", 2030, "nominal"),
        ("quota", 2031, "quota"),
    ],
    "activity": [
        ("nominal", 2030, "pit", "main", 0.4),
        ("nominal", 2030, "works", "main", 0.1),
        *((s, y, "pit", "main", 0.2) for s, y in LAST),
        *((s, y, "works", "better", 0.1) for s, y in LAST),
        *((s, y, "thrift", "main", 0.05) for s, y in EVERY),
        ("quota", 2031, "reserve", "main", 0.15),
    ],
    "purchases": [*((s, y, "chn", 0.85) for s, y in QUIET), ("quota", 2031, "chn", 0.5)],
    "flows": [
        *((s, y, "abroad", "home", "oxide", 0.85) for s, y in QUIET),
        ("quota", 2031, "abroad", "home", "oxide", 0.5),
    ],
    "served": [
        *((s, y, "defence", 0.2) for s, y in EVERY),
        *((s, y, "motors", 0.75) for s, y in QUIET),
        ("quota", 2031, "motors", 0.55),
    ],
    "short": [("quota", 2031, "motors", 1, 0.2)],
    "excess": [("trust", 2030, 0.05), ("trust", 2031, 0.05)],
}

MOVED = 0.85 + 0.6 * 0.85 + 0.2 * 0.5
"""Bought and moved (kt): 2031 weighs 0.8 · 0.75 = 0.6 without and 0.8 · 0.25 = 0.2 with the
quota."""

PARTS = {
    "building": 40.0 + 5 + 10,
    "salvage": -40 * (0.64 + 0.512) / (1 + 0.8 + 0.64 + 0.512) - 5 * 0.64 / (0.8 + 0.64),
    "premium": 0.0,
    "committed": 0.0,
    "outside_money": 0.0,
    "opex": (0.4 + 0.2 + 1.0) + 0.6 * (0.2 + 0.3 + 1.0) + 0.2 * (0.2 + 0.3 + 1.0 + 10.5),
    "carbon_price": 0.0,
    "outside_trade": 0.0,
    "purchases": 50 * MOVED,
    "freight": 0.1 * MOVED,
    "collection": 0.0,
    "disposal": 0.0,
    "shortage": 0.2 * 60,
    "export_tax": 0.2 * 0.5 * 50 * 0.5,
    "sales": 0.0,
}

CRITERIA = {
    "expected_cost": sum(PARTS.values()),
    "policy_penalty": 10 * 0.05 * 1.8,
    "fund_cost": 55.0,
    "public_capital": 55.0,
    "private_capital": 0.0,
    "guaranteed": 0.0,
    "treasury_cost": 0.0,
    "public_funds_cost": 0.0,
    "expected_shortage": 0.25 * 0.2,
    "mean_shortage_cost": 0.25 * 0.8 * 60,
    "tail_shortage": 0.8 * 60,
    "tariffs": 0.1 * 50 * MOVED,
    "carbon": 0.0,
    "water": 0.0,
    "worst_member_service": 1 - 0.25 * 0.2 / 2,
    "largest_country_share": 0.85,  # bought in China, of 1 kt wanted
    "strategic_value": 0.0,
}

OBJECTIVE = CRITERIA["expected_cost"] + CRITERIA["policy_penalty"]


@cache
def hand_instance() -> Instance:
    """The instance of this module."""
    settings = {"discount_rate": 0.25, "objective": {"tail_level": 0.8}}
    return instance(*PLANTS, years=YEARS, settings=settings, **TABLES)


def hand_plan() -> Plan:
    """The plan of this module, with its numbers argued by hand."""
    return plan_of(tables(RUNNING), dict(CRITERIA), OBJECTIVE, OBJECTIVE - 0.5)
