"""An instance with every rule in it and a plan for it, both small enough to be argued by hand.

Three years, 2030 to 2032, at a discount rate of 25 %: δ = 1, 0.8, 0.64. Prices: ore 10,000, oxide
50,000, scrap 5,000 USD/t. The motors at home want 1 kt of oxide a year; China sells 1 kt a year,
but none in 2032 if there is an embargo (probability 0.4), when oxide costs twice as much; motors
must then get half of what they want.

What is chosen:
    refinery (AUS, 2030)   40 lent by us, 20 granted by jp, 40 private; of its 0.5 kt 0.4 are
                           expected, half in 2031, all from 2032; takes 2 ore for 1 oxide
    port (AUS, 2030)       10 granted by us; lets 0.4 kt more onto the railway, which takes 0.1
    smelter (MYS, 2031)    outside: 30 of equity from us, 20 granted by jp; 0.1 kt of its 0.2
    recycler (AUS, 2031)   goes ahead alone: 20 private; 0.1 kt, of which scrap allows 0.075;
                           counts in no score, number or sum of what the fund has chosen
What runs anyway: pit (AUS), 0.8 kt of ore; kiln (AUS), online in 2032, idle.

Without the fund the recycler goes ahead and stands idle with pit and kiln: all oxide is bought, and
in 2032 of the embargo the motors go without. (No operation of least cost, but one that holds.)
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from optimizer.checker import judge
from optimizer.plan import Certificate, Options, Plan, Proof, Tables, WorthParts
from optimizer.plan.tables import table, tables
from tests.support.factories import instance, policy, project, relation, scenario, series

if TYPE_CHECKING:
    from optimizer.instance import Instance

YEARS = (2030, 2031, 2032)

PLANTS = (
    project(
        "pit",
        status="operating",
        makes="ore",
        capacity_t_per_year=800,
        capex_musd=0,
        recipe={"opex_usd_per_t": 1000, "carbon_t_per_t": 1, "water_m3_per_t": 2},
    ),
    project(
        "kiln",
        status="committed",
        kind="refinery",
        uses={"ore": 2},
        capacity_t_per_year=50,
        capex_musd=12,
        capex_kind="remaining",
        online_year=2032,
    ),
    project(
        "refinery",
        kind="refinery",
        uses={"ore": 2},
        recipe={"opex_usd_per_t": 2000, "carbon_t_per_t": 3, "water_m3_per_t": 10},
        capacity_t_per_year=500,
        capex_profile=(0.5, 0.5),
        build_years=1,
        life_years=4,
        ramp=(0.5, 1.0),
        success_probability=0.8,
        private_appetite=0.4,
        private_least_share=0.1,
        private_premium=0.1,
        corridor="rail",
        certified=True,
        e_score=80,
        strategic_value=7,
    ),
    project(
        "recycler",
        kind="recycling",
        uses={"scrap": 2},
        recipe={"opex_usd_per_t": 3000},
        capacity_t_per_year=100,
        capex_musd=20,
        life_years=2,
        goes_ahead_alone=2031,
        e_score=60,
        strategic_value=3,
    ),
    project(
        "port",
        kind="infrastructure",
        makes=None,
        capacity_t_per_year=400,
        capex_musd=10,
        life_years=3,
        corridor="rail",
        certified=True,
        e_score=50,
    ),
    project(
        "smelter",
        kind="refinery",
        country="MYS",
        capacity_t_per_year=200,
        offtake_share=0.5,
        capex_musd=50,
        certified=True,
        e_score=70,
    ),
    project("backup", country="MYS", latest_start=2031, e_score=10),
)

POLICIES = (
    policy("jp_refines", "money_share", 0.5, sense="least", member="jp", tag="kind",
           tag_value="refinery"),
    policy("us_lends", "money_share", 0.6, member="us", tag="instrument", tag_value="loan"),
    policy("outside", "money_share", 0.5, tag="outside"),
    policy("few", "project_count", 3),
    policy("floor", "esg_floor", 20, sense="least", score="e"),
    policy("shortfall", "esg_shortfall", 2, score="e", target=70),
    policy("mean", "esg_mean", 60, sense="least", score="e"),
    policy("uncertified", "uncertified_share", 0.2),
    policy("carbon", "carbon_cap", 2.5),
    policy("water", "water_cap", 0.01),
    policy("jobs", "attribute_sum", 30, sense="least", attribute="jobs"),
    policy("mean_jobs", "attribute_mean", 10, sense="least", attribute="jobs"),
    policy("china", "country_share", 0.5, final_value=0.4, glide_until=2032, hard=False,
           penalty_usd_per_t=10_000, element="Nd", stage="processing", country="CHN"),
    policy("mined", "country_share", 0.8, element="Nd", stage="extraction", country="CHN"),
    policy("home", "stage_share", 0.55, sense="least", element="Nd", stage="processing",
           tag="country", tag_value="AUS", first_year=2032),
    policy("recycled", "stage_share", 0.05, sense="least", element="Nd", stage="scrap",
           first_year=2031),
    policy("lights_on", "must_survive", 0.5, segment="motors", first_year=2031),
)  # fmt: skip

TABLES: dict[str, Any] = {
    "zones": [{"id": "home"}, {"id": "abroad"}, {"id": "south"}],
    "countries": [
        {"id": "AUS", "zone": "home", "alliance": True, "bloc": "quad", "governance": 1.5},
        {"id": "CHN", "zone": "abroad", "bloc": "other", "governance": -0.3},
        {"id": "MYS", "zone": "south", "bloc": "partner", "governance": 0.5},
    ],
    "corridors": [{"id": "rail", "capacity_t_per_year": 100}],
    "routes": [
        {"origin": "abroad", "destination": "home", "material": "oxide", "freight_usd_per_t": 100},
        {"origin": "south", "destination": "home", "material": "oxide", "freight_usd_per_t": 200,
         "capacity_t_per_year": 150, "corridor": "rail", "tariff_share": 0.1},
    ],
    "materials": [
        {"id": "ore", "chain": "rare", "stage": "extraction", "disposal_cost_usd_per_t": 100},
        {"id": "oxide", "chain": "rare", "stage": "processing"},
        {"id": "scrap", "chain": "rare", "stage": "scrap"},
    ],
    "contents": [
        {"material": "ore", "element": "Nd", "content_t_per_t": 0.5},
        {"material": "oxide", "element": "Nd", "content_t_per_t": 1, "gross_up_extraction": 1.25},
        {"material": "scrap", "element": "Nd", "content_t_per_t": 0.5},
    ],
    "prices": [
        *series("material", ["ore"], YEARS, price_usd_per_t=10_000),
        *series("material", ["oxide"], YEARS, price_usd_per_t=50_000),
        *series("material", ["scrap"], YEARS, price_usd_per_t=5_000),
    ],
    "suppliers": [
        {"id": "chn", "country": "CHN", "material": "oxide", "price_extra_usd_per_t": 1000}
    ],
    "origins": [
        {"supplier": "chn", "stage": "extraction", "country": "CHN", "share": 0.75},
        {"supplier": "chn", "stage": "extraction", "country": "MYS", "share": 0.25},
    ],
    "segments": [{"id": "motors", "zone": "home", "member": "us", "material": "oxide"}],
    "tranches": [
        {"segment": "motors", "tranche": 1, "share": 0.25, "cost_usd_per_t": 100_000},
        {"segment": "motors", "tranche": 2, "share": 0.75, "cost_usd_per_t": 500_000},
    ],
    "sales": [{"zone": "home", "material": "ore", "price_share": 0.5, "limit_t_per_year": 200}],
    "arisings": [
        {"zone": "home", "material": "scrap", "year": year, "arisings_t_per_year": 300,
         "collection_rate": 0.5, "collection_cost_usd_per_t": 400}
        for year in YEARS
    ],
    "members": [
        {"id": "jp", "burden_share": 0.5, "opening_cash_musd": 50},
        {"id": "us", "burden_share": 0.5, "opening_cash_musd": 100},
    ],
    "contributions": [
        *series("member", ["jp"], YEARS, amount_musd=20),
        *series("member", ["us"], YEARS, amount_musd=40),
    ],
    "outlays": [{"member": "us", "year": 2030, "amount_musd": 5}],
    "instruments": [
        {"id": "equity", "kind": "equity", "dividend_rate": 0.1, "grace_years": 1,
         "tenor_years": 3},
        {"id": "grant", "kind": "grant"},
        {"id": "loan", "kind": "loan", "largest_share": 0.5, "mobilisation": 0.2,
         "interest_rate": 0.1, "grace_years": 1, "tenor_years": 2},
    ],
    "attributes": [
        {"project": "refinery", "attribute": "jobs", "value": 30},
        {"project": "recycler", "attribute": "jobs", "value": 5},
    ],
    "relations": [
        relation("carried", "requires", "refinery", "port"),
        relation("either", "excludes", "smelter", "backup"),
        relation("some", "group", "refinery", "port", "smelter", least=1, most=3),
    ],
    "policies": POLICIES,
    "scenarios": [
        scenario("nominal", 0.6, nominal=True),
        scenario("embargo", 0.4, must_survive=True),
    ],
    "shocks": [
        {"id": "closed", "scenario": "embargo", "kind": "supply", "factor": 0, "country": "CHN",
         "first_year": 2032, "last_year": 2032},
        {"id": "dear", "scenario": "embargo", "kind": "price", "factor": 2, "material": "oxide",
         "first_year": 2032, "last_year": 2032},
    ],
}  # fmt: skip

SETTINGS = {
    "discount_rate": 0.25,
    "carbon_price_usd_per_t": 100,
    "objective": {"risk_weight": 0.5, "tail_level": 0.8},
}

LATE = ("nominal", 2032), ("embargo", 2032)
"""The two worlds of 2032."""

RUNNING = {
    "choice": [
        ("port", 2030, False),
        ("recycler", 2031, True),
        ("refinery", 2030, False),
        ("smelter", 2031, False),
    ],
    "commitments": [
        ("port", "grant", "us", 2030, 10.0),
        ("refinery", "grant", "jp", 2030, 20.0),
        ("refinery", "loan", "us", 2030, 40.0),
        ("smelter", "equity", "us", 2031, 30.0),
        ("smelter", "grant", "jp", 2031, 20.0),
    ],
    "private": [("recycler", 2031, 20.0), ("refinery", 2030, 40.0)],
    "cash": [
        ("jp", 2030, 72.5),
        ("jp", 2031, 80.625),
        ("jp", 2032, 120.78125),
        ("us", 2030, 130.0),
        ("us", 2031, 155.7),
        ("us", 2032, 155.7 * 1.25 + 40 + 0.8 * 40 * 0.1 * 1.21 / 0.21),
    ],
    "operated_as": [
        ("embargo", 2030, "nominal"),
        ("embargo", 2031, "nominal"),
        ("embargo", 2032, "embargo"),
        *(("nominal", year, "nominal") for year in YEARS),
    ],
    "activity": [
        ("nominal", 2030, "pit", "main", 0.25),
        ("nominal", 2031, "pit", "main", 0.6),
        ("nominal", 2031, "refinery", "main", 0.2),
        *((s, y, "pit", "main", 0.8) for s, y in LATE),
        *((s, y, "refinery", "main", 0.4) for s, y in LATE),
        *((s, y, "recycler", "main", 0.075) for s, y in (("nominal", 2031), *LATE)),
        *((s, y, "smelter", "main", 0.1) for s, y in (("nominal", 2031), *LATE)),
    ],
    "purchases": [
        ("nominal", 2030, "chn", 1.0),
        ("nominal", 2031, "chn", 0.625),
        ("nominal", 2032, "chn", 0.425),
    ],
    "flows": [
        ("nominal", 2030, "abroad", "home", "oxide", 1.0),
        ("nominal", 2031, "abroad", "home", "oxide", 0.625),
        ("nominal", 2032, "abroad", "home", "oxide", 0.425),
        *((s, y, "south", "home", "oxide", 0.1) for s, y in (("nominal", 2031), *LATE)),
    ],
    "collected": [(s, y, "home", "scrap", 0.15) for s, y in (("nominal", 2031), *LATE)],
    "served": [
        *(("nominal", year, "motors", 1.0) for year in YEARS),
        ("embargo", 2032, "motors", 0.575),
    ],
    "short": [("embargo", 2032, "motors", 1, 0.25), ("embargo", 2032, "motors", 2, 0.175)],
    "sold": [("nominal", 2030, "home", "ore", 0.2), ("nominal", 2031, "home", "ore", 0.2)],
    "disposed": [("nominal", 2030, "home", "ore", 0.05)],
    "excess": [("china", 2030, 0.5), ("china", 2031, 0.175), ("china", 2032, 0.025)],
}  # fmt: skip

LENT = 36 - 0.8 * 40 * (0.1 * 0.8 + 0.1 * 1.21 / 0.21 * (0.64 + 0.512))
"""The loan: 40 · (0.5 + 0.5 · 0.8) paid; 0.8 of 2031's interest and two level payments back."""

OUTSIDE = 30 * (0.8 - 0.1 * (0.512 + 0.4096 + 0.32768)) + 20 * 0.8
"""The smelter: equity with dividends from 2033 to 2035, and a grant, both paid in 2031."""

PARTS = {
    "building": 90 + 16 + 10,
    "salvage": -90 * (0.512 + 0.4096) / (0.8 + 0.64 + 0.512 + 0.4096),
    "premium": 0.1 * 0.9 * 40,
    "committed": 6 + 6 * 0.8,
    "outside_money": OUTSIDE,
    "opex": 0.25 + 0.8 * 1.225 + 0.64 * 1.825,
    "carbon_price": 0.025 + 0.8 * 0.12 + 0.64 * 0.2,
    "outside_trade": 0.8 * 5 + 0.384 * 5 + 0.256 * 10,
    "purchases": 51 * (1.0 + 0.8 * 0.625 + 0.384 * 0.425),
    "freight": 0.1 * (1.0 + 0.8 * 0.625 + 0.384 * 0.425) + 0.2 * 0.1 * (0.8 + 0.64),
    "collection": 0.06 * (0.8 + 0.64),
    "disposal": 0.005,
    "shortage": 0.256 * (25 + 87.5),
    "export_tax": 0.0,
    "sales": -1.0 - 0.8,
}
"""Parts of the expected cost; 2032 weighs 0.64 · 0.6 = 0.384 without and 0.256 with the embargo."""

CRITERIA = {
    "expected_cost": sum(PARTS.values()),
    "policy_penalty": 10 * (0.5 + 0.8 * 0.175 + 0.64 * 0.025),
    "fund_cost": 10 + 20 * 0.9 + LENT + OUTSIDE,
    "treasury_cost": 0.0,
    "public_funds_cost": 0.0,
    "public_capital": 120.0,
    "guaranteed": 0.0,
    "private_capital": 60.0,
    "expected_shortage": 0.4 * 0.425,
    "mean_shortage_cost": 0.4 * 72,
    "tail_shortage": 72.0,
    "tariffs": 0.1 * 0.1 * (50 * (0.8 + 0.384) + 100 * 0.256),
    "carbon": 0.25 + 1.2 + 2.0,
    "water": (0.5 + 3.2 + 5.6) / 1000,
    "worst_member_service": 1 - 0.4 * 0.425 / 3,
    "largest_country_share": 1.0,  # all is refined in China in 2030
    "strategic_value": 7.0,
    "attribute.jobs": 30.0,
}

OBJECTIVE = CRITERIA["expected_cost"] + 0.5 * 72 + CRITERIA["policy_penalty"]


TOGETHER = (("nominal", 2030), ("nominal", 2031), *LATE)
"""Every block."""


def by_account(**amounts: tuple[float, float, float, float]) -> list[tuple[str, str, int, float]]:
    """Rows of the table `amounts`: 2030, 2031, 2032 and 2032 of the embargo."""
    return [
        (scenario, account.replace("unserved_", "unserved."), year, amount)
        for account, values in amounts.items()
        for (scenario, year), amount in zip(TOGETHER, values, strict=True)
        if amount
    ]


AMOUNTS = by_account(
    opex=(0.25, 1.225, 1.825, 1.825),
    carbon_price=(0.025, 0.12, 0.2, 0.2),
    outside_trade=(0.0, 5.0, 5.0, 10.0),
    purchases=(51.0, 51 * 0.625, 51 * 0.425, 0.0),
    freight=(0.1, 0.1 * 0.625 + 0.02, 0.1 * 0.425 + 0.02, 0.02),
    collection=(0.0, 0.06, 0.06, 0.06),
    disposal=(0.005, 0.0, 0.0, 0.0),
    shortage=(0.0, 0.0, 0.0, 25 + 87.5),
    sales=(-1.0, -1.0, 0.0, 0.0),
    short=(0.0, 0.0, 0.0, 0.425),
    served=(1.0, 1.0, 1.0, 0.575),
    tariffs=(0.0, 0.5, 0.5, 1.0),
    carbon=(0.25, 1.2, 2.0, 2.0),
    water=(0.0005, 0.0032, 0.0056, 0.0056),
    unserved_us=(0.0, 0.0, 0.0, 0.425 * 50),
)
"""What each block comes to by account: M$, kt, kt CO2e and million m³ of the year itself."""

NOTHING: dict[str, Any] = {
    "choice": [("recycler", 2031, True)],
    "private": [("recycler", 2031, 20.0)],
    "operated_as": RUNNING["operated_as"],
    "purchases": [("nominal", year, "chn", 1.0) for year in YEARS],
    "flows": [("nominal", year, "abroad", "home", "oxide", 1.0) for year in YEARS],
    "served": [("nominal", year, "motors", 1.0) for year in YEARS],
    "short": [("embargo", 2032, "motors", 1, 0.25), ("embargo", 2032, "motors", 2, 0.75)],
    "amounts": by_account(
        purchases=(51.0, 51.0, 51.0, 0.0),
        freight=(0.1, 0.1, 0.1, 0.0),
        shortage=(0.0, 0.0, 0.0, 25 + 375),
        short=(0.0, 0.0, 0.0, 1.0),
        served=(1.0, 1.0, 1.0, 0.0),
        unserved_us=(0.0, 0.0, 0.0, 50.0),
    ),
}
"""Doing nothing."""

WITHOUT_FUND = dict.fromkeys(CRITERIA, 0.0) | {
    "expected_cost": 16 + (6 + 6 * 0.8) + 51.1 * (1 + 0.8 + 0.384) + 0.256 * 400,
    "private_capital": 20.0,
    "expected_shortage": 0.4,
    "mean_shortage_cost": 0.4 * 256,
    "tail_shortage": 256.0,
    "worst_member_service": 1 - 0.4 / 3,
    "largest_country_share": 1.0,
}
"""The recycler built in 2031, the rest of the kiln, three years of imports, one year without."""

DO_NOTHING = WITHOUT_FUND["expected_cost"] + 0.5 * 256
WORTH = DO_NOTHING - OBJECTIVE + CRITERIA["policy_penalty"]

SAVED = WITHOUT_FUND["expected_cost"] - CRITERIA["expected_cost"]
WITH_EMBARGO = 1.825 + 0.2 + 10 + 0.02 + 0.06 + 112.5
WITHOUT_EMBARGO = 1.825 + 0.2 + 5 + 51 * 0.425 + 0.0425 + 0.02 + 0.06
"""What the plan's operation costs in 2032."""
UNDISTURBED = SAVED + 0.256 * ((51.1 - 400) - (WITHOUT_EMBARGO - WITH_EMBARGO))
"""Without the embargo doing nothing would cost 348.9 less in 2032 by a weight of 0.256."""
WORTH_PARTS = WorthParts(
    undisturbed=UNDISTURBED,
    disruptions=SAVED - UNDISTURBED,
    risk=0.5 * (256 - 72),
    salvage=-PARTS["salvage"],
)


@cache
def hand_instance() -> Instance:
    """The instance of this module."""
    return instance(*PLANTS, years=YEARS, settings=SETTINGS, **TABLES)


def plan_of(
    tables: Tables,
    criteria: dict[str, float] | None = None,
    objective: float | None = 0.0,
    bound: float | None = None,
) -> Plan:
    """A plan around some tables."""
    return Plan(
        instance_id="tiny",
        instance_hash="",
        options=Options(),
        versions={"lodestone": "0"},
        proof=Proof(status="feasible", stopped_by="gap", objective=objective, bound=bound),
        criteria=criteria or {},
        policies=table("policies"),
        tables=tables,
        certificate=Certificate(ok=True, worst_violation=0.0),
    )


def hand_plan() -> Plan:
    """The plan of this module, with its numbers argued by hand.

    The accounts of its projects are the checker's: `test_project_accounts` argues such by hand.
    """
    plan = plan_of(tables(RUNNING | {"amounts": AMOUNTS}), dict(CRITERIA), OBJECTIVE)
    proof = plan.proof.replaced(
        status="feasible",
        stopped_by="time_limit",
        bound=OBJECTIVE - 0.5,
        gap=0.5 / OBJECTIVE,
        do_nothing=DO_NOTHING,
        worth=WORTH,
        worth_parts=WORTH_PARTS,
        gap_against_doing_nothing=0.5 / WORTH,
    )
    nothing = {"without_fund": dict(WITHOUT_FUND), "do_nothing": tables(NOTHING)}
    whole = replace(plan.tables, project_accounts=_accounts())
    return replace(plan, proof=proof, tables=whole, **nothing)


@cache
def _accounts() -> dict[str, list[Any]]:
    plan = plan_of(tables(RUNNING | {"amounts": AMOUNTS}), dict(CRITERIA), OBJECTIVE)
    return judge(hand_instance(), plan).project_accounts
