"""An instance with every kind of public money in it and a plan for it, argued by hand.

Three years, 2030 to 2032, at a discount rate of 25 %: δ = 1, 0.8, 0.64. Nobody wants any oxide, so
that nothing runs and only money moves. Oxide costs 50,000 USD/t; in 2032 it costs 40,000 in a slump
(probability 0.25) and 80,000 in a boom (0.25). au stands for AUS and bears 0.6, de bears 0.4.

What is chosen:
    works (AUS, 2030)      100: 15 of tax credit and 15 granted by au, 10 granted by de, 60 private.
                           It is not bankable by itself; its price floor makes it so, which brings
                           0.5 · 100, and a guarantee of 20 by au draws in 20 more.
    smelter (MYS, 2031)    outside, 40: 10 granted by au, 30 by de; half of its 0.2 kt is ours, and
                           half of that in the first year.
    home_floor (works)     60,000 USD/t on 0.5 kt in 2030 to 2032: 10 M$/kt at the price of 50,000,
                           20 in a slump, nothing in a boom, so 5 M$ every year if it comes about,
                           which it does with 0.8: 4 M$ expected, at worst 10.
    far_floor (smelter)    60,000 USD/t with half of what is above it, on 0.05, 0.1 and 0.1 kt in
                           2031 to 2033: 0.5 M$ in 2031; in 2032 0.5 · 10 + 0.25 · 20 − 0.25 · 10 =
                           7.5 M$/kt, so 0.75, at worst 2; in 2033 at the prices of 2032.
    raising public money   costs a quarter of what the fund and au's treasury pay.
    guarantee              earns 1 in 2030 and in 2031, is called with 0.2 in 2031 for half of it.

de gives in euro: 11 million of 2031, which are 11 · 1.2 / 1.1 = 12 M$ of 2030.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from optimizer.plan import WorthParts
from optimizer.plan.tables import tables
from tests.support.factories import instance, policy, project, scenario, series
from tests.support.hand_plans import plan_of

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

YEARS = (2030, 2031, 2032)

PLANTS = (
    project(
        "works",
        kind="refinery",
        capacity_t_per_year=500,
        life_years=4,
        success_probability=0.8,
        private_appetite=0.5,
        private_premium=0.1,
        bankable=False,
    ),
    project(
        "smelter",
        kind="refinery",
        country="MYS",
        capacity_t_per_year=200,
        offtake_share=0.5,
        capex_musd=40,
        life_years=4,
        ramp=(0.5, 1.0),
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
    "members": [
        {"id": "au", "burden_share": 0.6, "opening_cash_musd": 100, "countries": ("AUS",),
         "guarantee_headroom_musd": 30},
        {"id": "de", "burden_share": 0.4, "opening_cash_musd": 50},
    ],
    "contributions": [
        {"member": "au", "year": 2030, "amount_musd": 20},
        {"member": "de", "year": 2031, "amount_million": 11, "currency": "EUR", "nominal": True},
    ],
    "exchange_rates": [
        {"currency": "EUR", "year": 2031, "usd_per_unit": 1.2, "price_level": 1.1}
    ],
    "instruments": [
        {"id": "credit", "kind": "tax_credit", "largest_share": 0.2},
        {"id": "grant", "kind": "grant"},
        {"id": "shield", "kind": "guarantee", "largest_share": 0.5, "mobilisation": 1,
         "fee_rate": 0.05, "loss_share": 0.5, "provision_share": 0.2, "grace_years": 1,
         "tenor_years": 2},
    ],
    "contracts": [
        {"id": "home_floor", "project": "works", "kind": "price_floor", "tenor_years": 3,
         "price_usd_per_t": 60_000, "bankable": True},
        {"id": "far_floor", "project": "smelter", "kind": "price_floor", "tenor_years": 3,
         "price_usd_per_t": 60_000, "upside_share": 0.5},
    ],
    "benefits": [
        {"project": "works", "member": "de", "share": 0.2},
        {"project": "smelter", "member": "de", "share": 0.1},
    ],
    "policies": [
        policy("fair_to_de", "juste_retour", 0.24, sense="least", member="de"),
        policy("shielded", "money_share", 0.7, tag="instrument", tag_value="shield"),
        policy("spent", "money_share", 1.0, sense="least"),
    ],
    "scenarios": [
        scenario("nominal", 0.5, nominal=True),
        scenario("slump", 0.25),
        scenario("boom", 0.25),
    ],
    "shocks": [
        {"id": "cheap", "scenario": "slump", "kind": "price", "factor": 0.8, "material": "oxide",
         "first_year": 2032, "last_year": 2032},
        {"id": "dear", "scenario": "boom", "kind": "price", "factor": 1.6, "material": "oxide",
         "first_year": 2032, "last_year": 2032},
    ],
}  # fmt: skip

PLANNED = {
    "choice": [("smelter", 2031, False), ("works", 2030, False)],
    "commitments": [
        ("smelter", "grant", "au", 2031, 10.0),
        ("smelter", "grant", "de", 2031, 30.0),
        ("works", "credit", "au", 2030, 15.0),
        ("works", "grant", "au", 2030, 15.0),
        ("works", "grant", "de", 2030, 10.0),
        ("works", "shield", "au", 2030, 20.0),
    ],
    "private": [("works", 2030, 60.0)],
    "cash": [
        ("au", 2030, 125 + 20 + 1 - 15 - 0.6 * 4),
        ("au", 2031, 1.25 * 128.6 + 1 - 2 - 10 - 0.6 * 4.5),
        ("au", 2032, 1.25 * 147.05 - 0.6 * 4.75),
        ("de", 2030, 62.5 - 10 - 0.4 * 4),
        ("de", 2031, 1.25 * 50.9 + 12 - 30 - 0.4 * 4.5),
        ("de", 2032, 1.25 * 43.825 - 0.4 * 4.75),
    ],
    "signed": [("far_floor", 2031), ("home_floor", 2030)],
    "operated_as": [
        *((s, year, "nominal") for s in ("nominal", "slump", "boom") for year in YEARS[:2]),
        *((s, 2032, s) for s in ("nominal", "slump", "boom")),
    ],
}

FAR = 0.8 * 0.5 + 0.64 * 0.75 + 0.512 * 0.75
"""Expected payments of far_floor to its end."""

FUND = 25 + 0.8 * 40 + (0.2 * 0.5 * 20 * 0.8 - 1 - 0.8) + 4 * 2.44 + FAR
"""Grants, calls less fees of the guarantee, and the two floors."""
SALVAGE = 0.5 * 100 * 0.512 / 2.952
"""Works lives four years, one of them after the last, of which half counts; the smelter stands
outside."""

CRITERIA = {
    "expected_cost": 100 - SALVAGE + 0.1 * 60 + 0.8 * 40 + FAR,
    "policy_penalty": 0.0,
    "fund_cost": FUND,
    "treasury_cost": 15.0,
    "public_funds_cost": 0.25 * (FUND + 15),
    "public_capital": 80.0,
    "guaranteed": 20.0,
    "private_capital": 60.0,
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
def finance_instance() -> Instance:
    """The instance of this module."""
    settings = {"discount_rate": 0.25, "cost_of_public_funds": 0.25, "salvage_share": 0.5}
    return instance(*PLANTS, years=YEARS, settings=settings, **TABLES)


def finance_plan() -> Plan:
    """The plan of this module, with its numbers argued by hand; without the fund nothing moves."""
    cost, public = CRITERIA["expected_cost"], CRITERIA["public_funds_cost"]
    plan = plan_of(tables(PLANNED), dict(CRITERIA), cost + public, cost + public - 0.5)
    parts = WorthParts(
        undisturbed=-cost, disruptions=0.0, risk=0.0, public_funds=-public, salvage=SALVAGE
    )
    proof = plan.proof.replaced(do_nothing=0.0, worth=-cost - public, worth_parts=parts)
    nothing = dict.fromkeys(CRITERIA, 0.0) | {"worst_member_service": 1.0}
    return replace(plan, proof=proof, without_fund=nothing)
