"""One valid instance with rows in every table and awkward values, for tests of formats."""

from __future__ import annotations

from typing import Any

from optimizer.instance import Instance
from tests.support.factories import (
    fields_of,
    policy,
    project,
    relation,
    scenario,
    series,
    shock,
    world,
)

YEARS = (2030, 2031, 2032)
AWKWARD = "=1+1, \"quoted\"; ünï – 中文\nsecond line\t'end' "


def rich_fields() -> dict[str, Any]:
    """What Instance validates: every table filled."""
    base = world()
    routes = [
        {
            "origin": "abroad",
            "destination": "home",
            "material": "oxide",
            "capacity_t_per_year": 1e9 / 3,
            "corridor": "port",
            "tariff_share": 0.1 + 0.2,
        },
        {"origin": "home", "destination": "abroad", "material": "ore", "freight_usd_per_t": 12.5},
        {"origin": "home", "destination": "far", "material": "oxide"},
    ]
    plants = (
        project("mine", makes="ore", capacity_t_per_year=5000, name=AWKWARD, e_score=41.5),
        project(
            "refinery",
            kind="refinery",
            uses={"ore": 2.0},
            capex_profile=(0.2, 0.8),
            ramp=(0.3, 1.0),
            build_years=1,
            instruments=("grant", "loan"),
            corridor="port",
            recipe={"opex_usd_per_t": 0.1, "water_m3_per_t": 1e-7},
        ),
        project("old", status="operating", online_year=2029, capex_musd=0, owner="-minus"),
        project("reserve", makes=None, kind="stockpile", status="operating", capex_musd=0),
        project(
            "port-2",
            makes=None,
            kind="infrastructure",
            corridor="port",
            strategic_value=-0.5,
            instruments=("grant",),
        ),
    )
    fields = fields_of(
        *plants,
        years=YEARS,
        settings={
            "title": "+ rich, “quoted”",
            "discount_rate": 0.035,
            "objective": {
                "sense": "minimise",
                "weights": {"expected_cost": 1, "attribute.jobs": -1e-3, "carbon": 1 / 3},
                "risk_weight": 0.25,
            },
        },
        zones=[*base["zones"], {"id": "far", "name": "@home"}],
        corridors=[{"id": "port", "capacity_t_per_year": 1234.5}],
        routes=routes,
        entrepots=[{"zone": "home", "material": "oxide"}],
        materials=[*base["materials"], {"id": "scrap", "chain": "rare", "stage": "scrap"}],
        origins=[{"supplier": "chn", "stage": "extraction", "country": "CHN", "share": 1}],
        sales=[{"zone": "far", "material": "oxide", "price_share": 0.7, "limit_t_per_year": 10}],
        arisings=[
            {
                "zone": "home",
                "material": "scrap",
                "year": 2032,
                "arisings_t_per_year": 7,
                "collection_rate": 0.5,
            }
        ],
        relations=[relation("needs", "requires", "refinery", "mine", lag_years=1)],
        attributes=[{"project": "mine", "attribute": "jobs", "value": 120}],
        end_of_life=[
            {"segment": "motors", "material": "scrap", "t_per_t": 0.9, "lifetime_years": 2}
        ],
        contributions=[
            *series("member", ["fund"], YEARS[:2], amount_musd=100 / 3),
            {
                "member": "fund",
                "year": 2032,
                "amount_million": 50,
                "currency": "EUR",
                "nominal": True,
            },
        ],
        exchange_rates=[
            {"currency": "EUR", "year": 2032, "usd_per_unit": 1.13, "price_level": 1.05}
        ],
        outlays=[{"member": "fund", "year": 2030, "amount_musd": 1e-12}],
        instruments=[
            {"id": "grant", "kind": "grant"},
            {"id": "loan", "kind": "loan", "interest_rate": 0.03, "tenor_years": 5},
            {"id": "nsr", "kind": "royalty", "royalty_share": 0.1 + 0.2, "tenor_years": 5},
        ],
        contracts=[
            {
                "id": "floor",
                "project": "refinery",
                "kind": "price_floor",
                "price_usd_per_t": 45_000,
                "upside_share": 0.3,
            }
        ],
        benefits=[{"project": "mine", "member": "fund", "share": 0.25}],
        stockpiles=[{"project": "reserve", "material": "oxide", "opening_t": 10}],
        policies=[
            policy(
                "cap",
                "country_share",
                0.6,
                final_value=0.4,
                glide_until=2032,
                hard=False,
                penalty_usd_per_t=1000,
                element="Nd",
                stage="processing",
                country="CHN",
            ),
            policy("mandate", "money_share", 0.5, member="fund", tag="country", tag_value="AUS"),
        ],
        steps=[{"step": 2, "criterion": "attribute.jobs", "sense": "maximise"}],
        scenarios=[scenario("nominal", 0.7, nominal=True), scenario("embargo", 0.3)],
        shocks=[shock("embargo", "supply", 0.1, (2031, 2032), supplier="chn")],
        delays=[{"scenario": "embargo", "project": "mine", "years": 1}],
        failures=[{"scenario": "embargo", "project": "refinery"}],
    )
    fields["provenance"] = [
        {"of_table": "projects", "row": "mine", "field": "capex_musd", "quality": "derived"}
    ]
    return fields


def rich() -> Instance:
    """The instance."""
    return Instance.model_validate(rich_fields())
