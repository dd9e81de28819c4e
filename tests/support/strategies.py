"""Small random instances that are valid by construction, for tests of what must always hold.

Home wants oxide. China sells oxide and ore, Malaysia can host plants, and candidates of every kind
compete for the money of one or two members. Windows are short, so that every choice of start years
can be tried: `choices` counts them, and there are never more than `MOST_CHOICES`.
"""

from __future__ import annotations

import itertools
from math import prod
from random import Random
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from optimizer.blocks.parameters import Parameters
from tests.support.factories import instance, policy, project, relation, scenario, series
from tests.support.random_finance import random_contracts, random_fund, with_royalties
from tests.support.random_memory import (
    random_failures,
    random_memory,
    random_offtakes,
    with_offtakes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance import Instance
    from optimizer.instance.records import Policy, Relation, Scenario
    from tests.support.factories import Plant

FIRST = 2030
LONGEST_WINDOW = {2: 4, 3: 4, 4: 2, 5: 1}
"""Years in which a candidate can be started, by the number of candidates."""
MOST_CHOICES = 200

KINDS: dict[str, dict[str, Any]] = {
    "mine": {"makes": "ore"},
    "works": {"kind": "refinery", "uses": {"ore": 2.0}},
    "both": {"kind": "refinery"},
    "loop": {"kind": "recycling", "uses": {"scrap": 2.0}},
    "far": {"kind": "refinery", "country": "MYS", "offtake_share": 0.5},
    "rail": {"kind": "infrastructure", "makes": None, "corridor": "rail"},
    "reserve": {"standby": True},
    "study": {"kind": "programme", "makes": None, "strategic_value": 5.0},
    "thrift": {"kind": "programme", "makes": None, "segment": "motors"},
}
"""What a candidate may be; a tonne of `both` comes with half a tonne of gypsum."""

CURRENT = {
    "countries": [
        {"id": "AUS", "zone": "home", "alliance": True, "bloc": "quad", "governance": 1.5},
        {"id": "CHN", "zone": "abroad", "bloc": "other", "governance": -0.3},
        {"id": "MYS", "zone": "south", "bloc": "partner"},
    ],
    "zones": [{"id": "home"}, {"id": "abroad"}, {"id": "south"}],
    "corridors": [{"id": "rail", "capacity_t_per_year": 300}],
    "materials": [
        {"id": "ore", "chain": "rare", "stage": "extraction", "disposal_cost_usd_per_t": 100},
        {"id": "oxide", "chain": "rare", "stage": "processing"},
        {"id": "gypsum", "chain": "rare", "stage": "processing", "disposal_cost_usd_per_t": 50},
        {"id": "scrap", "chain": "rare", "stage": "scrap"},
    ],
    "contents": [
        {"material": "ore", "element": "Nd", "content_t_per_t": 0.5},
        {"material": "oxide", "element": "Nd", "content_t_per_t": 1, "gross_up_extraction": 1.25},
        {"material": "scrap", "element": "Nd", "content_t_per_t": 0.5},
    ],
    "suppliers": [
        {"id": "chn", "country": "CHN", "material": "oxide", "price_extra_usd_per_t": 1000},
        {"id": "chn-ore", "country": "CHN", "material": "ore", "trusted": False},
    ],
    "segments": [{"id": "motors", "zone": "home", "material": "oxide"}],
    "routes": [
        {"origin": "abroad", "destination": "home", "material": "oxide", "freight_usd_per_t": 200,
         "tariff_share": 0.05},
        {"origin": "abroad", "destination": "home", "material": "ore", "freight_usd_per_t": 50},
        {"origin": "south", "destination": "home", "material": "oxide", "corridor": "rail",
         "capacity_t_per_year": 400},
    ],
    "sales": [{"zone": "home", "material": "ore", "price_share": 0.5, "limit_t_per_year": 200}],
}  # fmt: skip
"""Tables that are the same in every instance."""


def instances() -> st.SearchStrategy[Instance]:
    """Instances by their seed: neighbouring seeds have nothing in common, so that few examples
    already differ in everything."""
    return st.integers(0, 2**32 - 1).map(random_instance)


def random_instance(seed: int) -> Instance:
    """A valid instance with two to five candidates, two to four years, one to three scenarios."""
    random = Random(seed)
    years = range(FIRST, FIRST + random.randint(2, 4))
    kinds = random.choices(sorted(KINDS), k=random.randint(2, 5))
    plants = [
        _candidate(random, f"{kind}-{number}", kind, years, LONGEST_WINDOW[len(kinds)])
        for number, kind in enumerate(kinds)
    ]
    if random.random() < 0.5:
        plants.append(
            project("old", makes="ore", status="operating", capacity_t_per_year=300, capex_musd=0)
        )
    tables = (
        CURRENT | _market(random, years) | random_fund(random, years) | _scenarios(random, years)
    )
    memory = random_memory(Random(-seed - 1), plants, tables["scenarios"], years)
    promised = random_offtakes(Random(-seed - 2), plants, tables)
    tables["instruments"] = with_royalties(Random(-seed - 3), plants, tables["instruments"])
    failure, failures = random_failures(Random(-seed - 4), plants, tables["scenarios"], memory)
    relations, policies = _relations(random, plants), _policies(random, years)
    return instance(
        *plants,
        years=(years[0], years[-1]),
        settings={
            "id": f"random-{seed}",
            "discount_rate": random.choice([0.0, 0.1]),
            "carbon_price_usd_per_t": random.choice([0.0, 100.0]),
            "objective": {"risk_weight": random.choice([0.0, 0.0, 0.5])},
            "failure": failure,
        },
        **tables | memory | {"scenarios": _survived(random, tables, policies)},
        failures=failures,
        **with_offtakes(random_contracts(random, plants), promised),
        recipes=_recipes(plants),
        ingredients=_ingredients(plants),
        relations=relations,
        policies=policies,
        attributes=[
            {"project": plant.project.id, "attribute": "jobs", "value": 10.0 * n}
            for n, plant in enumerate(plants)
        ],
    )


def _candidate(random: Random, name: str, kind: str, years: range, longest: int) -> Plant:
    build = random.randint(0, 1)
    life = random.randint(1, 4)
    window = random.randint(1, min(longest, len(years) - build))
    alone = random.choice([None, None, None, FIRST + window - 1])
    given = dict(KINDS[kind])
    if kind == "both":
        given["makes"] = {"oxide": 1.0, "gypsum": 0.5}
    if given.get("makes", "") is not None:
        given["recipe"] = {
            "opex_usd_per_t": random.choice([1000.0, 5000.0, 20_000.0]),
            "carbon_t_per_t": 2.0,
            "water_m3_per_t": 10.0,
        }
    return project(
        name,
        **given,
        capacity_t_per_year=random.choice([200.0, 500.0, 900.0]),
        capex_musd=random.choice([0.0, 5.0, 20.0, 40.0, 80.0]),
        capex_profile=random.choice([(), (0.5, 0.5)]) if build else (),
        build_years=build,
        life_years=life,
        ramp=random.choice([(1.0,), (0.5, 1.0)]) if life > 1 else (1.0,),
        latest_start=FIRST + window - 1,
        goes_ahead_alone=alone,
        success_probability=random.choice([0.8, 1.0]),
        private_appetite=random.choice([0.0, 0.4]),
        bankable=random.random() < 0.7,
        private_premium=random.choice([0.0, 0.2]),
        e_score=random.choice([None, 30.0, 80.0]),
        host_benefit_share=random.choice([None, 0.1]),
        certified=random.random() < 0.5,
    )


def _recipes(plants: list[Plant]) -> list[dict[str, Any]]:
    """What programmes of thrift replace, and what the first study unlocks at every works."""
    saving = {"recipe": "main", "opex_usd_per_t": 9000.0}
    rows = [saving | {"project": plant.project.id} for plant in plants if plant.project.segment]
    return rows + [row | {"unlocked_by": study} for row, study in _unlocked(plants)]


def _ingredients(plants: list[Plant]) -> list[dict[str, Any]]:
    """The unlocked recipe needs half as much ore."""
    amounts = [("ore", "input", 1.0), ("oxide", "output", 1.0)]
    return [
        row | {"material": material, "direction": way, "t_per_t": amount}
        for row, _ in _unlocked(plants)
        for material, way, amount in amounts
    ]


def _unlocked(plants: list[Plant]) -> list[tuple[dict[str, Any], str]]:
    names = [plant.project.id for plant in plants]
    studies = [name for name in names if name.startswith("study")]
    works = [name for name in names if name.startswith("works")]
    return [({"project": p, "recipe": "better"}, study) for study in studies[:1] for p in works]


def _market(random: Random, years: range) -> dict[str, Any]:
    limit = random.choice([600.0, 1500.0])
    arising = {"zone": "home", "material": "scrap", "arisings_t_per_year": 500}
    return {
        "prices": [
            *series("material", ["ore"], years, price_usd_per_t=8_000),
            *series("material", ["oxide"], years, price_usd_per_t=40_000),
            *series("material", ["gypsum"], years, price_usd_per_t=10),
            *series("material", ["scrap"], years, price_usd_per_t=3_000),
        ],
        "supply_limits": [
            *series("supplier", ["chn"], years, limit_t_per_year=limit),
            *series("supplier", ["chn-ore"], years, limit_t_per_year=400),
        ],
        "demand": series("segment", ["motors"], years, demand_t_per_year=1000.0),
        "tranches": [
            {"segment": "motors", "tranche": 1, "share": 0.25, "cost_usd_per_t": 120_000},
            {"segment": "motors", "tranche": 2, "share": 0.75, "cost_usd_per_t": 400_000},
        ],
        "arisings": [
            arising | {"year": year, "collection_rate": 0.6, "collection_cost_usd_per_t": 500}
            for year in years
        ],
    }


def _scenarios(random: Random, years: range) -> dict[str, Any]:
    names = ["nominal", "embargo", "boom"][: random.randint(1, 3)]
    probability = {1: (1.0,), 2: (0.7, 0.3), 3: (0.5, 0.3, 0.2)}[len(names)]
    targets = {
        "embargo": [
            {"kind": "supply", "country": "CHN", "factor": random.choice([0.0, 0.5])},
            {"kind": "access", "destination": "home", "material": "ore", "factor": 0.0},
        ],
        "boom": [
            {"kind": "demand", "factor": 1.25},
            {"kind": "price", "material": "oxide", "factor": 2.0},
            {"kind": "export_tax", "country": "CHN", "factor": 0.3, "emergency": True},
        ],
    }
    return {
        "scenarios": [
            scenario(name, p, nominal=name == "nominal")
            for name, p in zip(names, probability, strict=True)
        ],
        "shocks": [
            shock | {"id": f"{name}-{n}", "scenario": name, "first_year": years[-1] - late}
            | {"last_year": years[-1]}
            for name in names[1:]
            for late in [random.randint(0, 1)]
            for n, shock in enumerate(targets[name])
        ],
    }  # fmt: skip


def _relations(random: Random, plants: list[Plant]) -> list[Relation]:
    free = [p.project for p in plants if p.project.status == "candidate"]
    free = [p for p in free if p.goes_ahead_alone is None]
    if len(free) < 2:
        return []
    first, second = free[0].id, free[1].id
    found = {
        "none": [],
        "requires": [relation("needs", "requires", first, second)],
        "later": [relation("needs", "requires", first, second, lag_years=1)],
        "excludes": [relation("either", "excludes", first, second)],
        "group": [relation("few", "group", first, second, most=1)],
    }
    return random.choice([found[name] for name in sorted(found)])


def _policies(random: Random, years: range) -> list[Policy]:
    """Up to four rows, none of which forbids doing nothing."""
    share = {"element": "Nd", "stage": "processing"}
    rows = [
        policy("china", "country_share", 0.6, hard=False, penalty_usd_per_t=20_000, country="CHN",
               final_value=0.3, glide_until=years[-1], **share),
        policy("home", "stage_share", 0.5, sense="least", hard=False, penalty_usd_per_t=9_000,
               first_year=years[-1], tag="country", tag_value="AUS", **share),
        policy("few", "project_count", 2),
        policy("outside", "money_share", 0.3, tag="outside"),
        policy("gap", "esg_shortfall", 10, score="e", target=60),
        policy("floor", "esg_floor", 20, sense="least", score="e"),
        policy("jobs", "attribute_sum", 40, attribute="jobs"),
        policy("carbon", "carbon_cap", 1.5),
        policy("water", "water_cap", 0.008),
        policy("mandate", "money_share", 0.4, member="us", tag="kind", tag_value="refinery"),
        policy("retour", "juste_retour", 0.4, sense="least", member="us"),
        policy("mean", "esg_mean", 50, sense="least", score="e"),
        policy("bare", "uncertified_share", 0.5),
        policy("mean-jobs", "attribute_mean", 15, attribute="jobs"),
        policy("refined", "local_processing", 0.5, sense="least", element="Nd", country="AUS"),
        policy("kept", "host_benefit", 0.05, sense="least", tag="kind", tag_value="refinery"),
        policy("trust", "untrusted_share", 0.2, hard=False, penalty_usd_per_t=8_000,
               element="Nd", stage="extraction"),
        policy("mined", "country_share", 0.9, element="Nd", stage="extraction", country="CHN"),
    ]  # fmt: skip
    return random.sample(rows, random.randint(0, 4))


def _survived(random: Random, tables: dict[str, Any], policies: list[Policy]) -> list[Scenario]:
    """In a quarter of the instances the last scenario must be survived, as well as doing nothing
    survives it; not where a hard share may already starve demand."""
    scenarios: list[Scenario] = tables["scenarios"]
    last = scenarios[-1]
    starving = any(row.kind == "country_share" and row.hard for row in policies)
    if last.nominal or starving or random.random() < 0.75:
        return scenarios
    bought = tables["supply_limits"][0]["limit_t_per_year"]
    factors = {row["kind"]: row["factor"] for row in tables["shocks"] if row["scenario"] == last.id}
    served = min(bought, bought * factors.get("supply", 1.0) / factors.get("demand", 1.0)) / 1000.0
    policies.append(policy("lights", "must_survive", max(0.0, 1.0 - served), segment="motors"))
    return [*scenarios[:-1], last.replaced(must_survive=True)]


def choices(world: Instance) -> Iterator[dict[str, int | None]]:
    """Every choice of start years, None for a candidate that is never started.

    What goes ahead alone is started in the last year of its window at the latest.
    """
    q = Parameters(world)
    options: dict[str, list[int | None]] = {}
    for p, window in q.windows.items():
        alone = q.candidates[p].goes_ahead_alone
        options[p] = [*window] if alone else [None, *window]
    assert prod(len(years) for years in options.values()) <= MOST_CHOICES
    for starts in itertools.product(*options.values()):
        yield dict(zip(options, starts, strict=True))
