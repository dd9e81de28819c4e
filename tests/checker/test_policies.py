"""Rules 5, 7, 8 and 17: mandates, exposure, ESG and shares of content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optimizer.checker import policy_rows
from tests.support.factories import instance, policy, project
from tests.support.small_plans import broken, granted, plan

if TYPE_CHECKING:
    from optimizer.instance import Instance


@pytest.mark.parametrize(
    ("tag", "value", "counts"),
    [
        ("all", "", True),
        ("country", "AUS", True),
        ("country", "CHN", False),
        ("bloc", "quad", True),
        ("outside", "", False),
        ("owner", "state", True),
        ("kind", "mine", True),
        ("kind", "refinery", False),
        ("stage", "processing", True),
        ("stage", "extraction", False),
        ("material", "oxide", True),
        ("material", "ore", False),
        ("governance_below", "1.5", False),
        ("governance_below", "1.6", True),
    ],
)
def test_rule_7_counts_by_tag(tag: str, value: str, counts: bool) -> None:
    other = project("other", country="CHN", kind="refinery", main_material="ore", makes="ore")
    world = instance(
        project("salar", owner="state"),
        other,
        policies=[policy("none", "project_count", 0, tag=tag, tag_value=value)],
    )

    assert broken(world, **granted("salar")) == ({"7 exposure"} if counts else set())


def test_rule_7_takes_unknown_governance_as_below() -> None:
    world = instance(
        project("salar"),
        countries=[
            {"id": "AUS", "zone": "home", "alliance": True},
            {"id": "CHN", "zone": "abroad"},
        ],
        policies=[policy("none", "project_count", 0, tag="governance_below", tag_value="-2.5")],
    )

    assert broken(world, **granted("salar")) == {"7 exposure"}


@pytest.mark.parametrize(
    ("years", "bound"), [((2030, 2031), 0.8 * 100 * 1.8), ((2031, 2031), 0.8 * 80)]
)
def test_rule_5_is_a_share_of_the_budget_of_its_years(years: tuple[int, int], bound: float) -> None:
    """Contributions of 100 a year at 25 %; only the opening balance is no budget."""
    share = policy("most", "money_share", 0.8, member="fund", first_year=years[0],
                   last_year=years[1])  # fmt: skip
    world = instance(
        project("salar"),
        settings={"discount_rate": 0.25},
        contributions=[{"member": "fund", "year": y, "amount_musd": 100} for y in (2030, 2031)],
        policies=[share],
    )
    row = policy_rows(world, plan(world, **granted("salar", year=2031))).iloc[0]

    assert row["bound"] == pytest.approx(bound)
    assert row["left"] == pytest.approx(80)


def test_rule_8_floor_bars_the_fund_and_not_what_goes_ahead_alone() -> None:
    floor = [policy("floor", "esg_floor", 20, sense="least", score="s")]
    alone = {"choice": [("salar", 2030, True)], "private": [("salar", 2030, 100.0)]}

    assert broken(instance(project("salar"), policies=floor), **granted("salar")) == {"8 esg"}
    world = instance(project("salar", s_score=20), policies=floor)
    assert broken(world, **granted("salar")) == set()
    world = instance(project("salar", goes_ahead_alone=2030), policies=floor)
    assert broken(world, **alone) == set()


MAGNETS: dict[str, Any] = {
    "materials": [
        {"id": "ore", "chain": "rare", "stage": "extraction"},
        {"id": "oxide", "chain": "rare", "stage": "processing"},
        {"id": "magnet", "chain": "rare", "stage": "manufacturing"},
        {"id": "scrap", "chain": "rare", "stage": "scrap"},
    ],
    "contents": [
        {"material": "ore", "element": "Nd", "content_t_per_t": 0.5},
        {"material": "oxide", "element": "Nd", "content_t_per_t": 0.8,
         "gross_up_extraction": 1.5},
        {"material": "magnet", "element": "Nd", "content_t_per_t": 0.3,
         "gross_up_extraction": 2.0, "gross_up_processing": 1.25, "gross_up_metal": 1.1},
        {"material": "scrap", "element": "Nd", "content_t_per_t": 0.2},
    ],
    "suppliers": [
        {"id": "chn", "country": "CHN", "material": "oxide"},
        {"id": "chn_magnets", "country": "CHN", "material": "magnet"},
    ],
    "segments": [
        {"id": "motors", "zone": "home", "material": "oxide"},
        {"id": "turbines", "zone": "home", "material": "magnet"},
    ],
    "routes": [
        {"origin": "abroad", "destination": "home", "material": material}
        for material in ("oxide", "magnet", "ore", "scrap")
    ],
}  # fmt: skip


def left_and_bound(world: Instance, **given: list[tuple[Any, ...]]) -> tuple[float, float]:
    """Left side and bound of the only policy in 2030."""
    row = policy_rows(world, plan(world, **given)).iloc[0]
    return float(row["left"]), float(row["bound"])


@pytest.mark.parametrize(
    ("stage", "left", "demand"),
    [
        ("extraction", 0.3 * 2.0, 0.8 * 1.5 + 0.3 * 2.0),
        ("processing", 0.3 * 1.25, 0.8 + 0.3 * 1.25),
        ("metal", 0.3 * 1.1, 0.3 * 1.1),
        ("manufacturing", 0.3, 0.3),
    ],
)
def test_rule_17_counts_what_arrives_inside_a_later_form(
    stage: str, left: float, demand: float
) -> None:
    """1 kt of magnets from China; demand is 1 kt of oxide and 1 kt of magnets."""
    share = policy("china", "country_share", 0.5, element="Nd", stage=stage, country="CHN")
    world = instance(**MAGNETS, policies=[share])
    bought = [("nominal", 2030, "chn_magnets", 1.0)]

    assert left_and_bound(world, purchases=bought) == pytest.approx((left, 0.5 * demand))


@pytest.mark.parametrize(("country", "share"), [("CHN", 0.25), ("AUS", 0.75)])
def test_rule_17_follows_the_origin_at_its_stage(country: str, share: float) -> None:
    """Three quarters of the magnets' oxide was made in Australia; at their own stage all counts
    for China."""
    origins = [
        {"supplier": "chn_magnets", "stage": "processing", "country": "AUS", "share": 0.75},
        {"supplier": "chn_magnets", "stage": "processing", "country": "CHN", "share": 0.25},
    ]
    bought = [("nominal", 2030, "chn_magnets", 1.0)]

    def left(stage: str) -> float:
        row = policy("cap", "country_share", 0.5, element="Nd", stage=stage, country=country)
        world = instance(**MAGNETS, origins=origins, policies=[row])
        return left_and_bound(world, purchases=bought)[0]

    assert left("processing") == pytest.approx(0.3 * 1.25 * share)
    assert left("manufacturing") == pytest.approx(0.3 if country == "CHN" else 0.0)


@pytest.mark.parametrize(
    ("uses", "stage", "left"),
    [
        ({"ore": 2.0}, "extraction", 0.0),
        ({"ore": 2.0}, "processing", 0.3 * 1.25),
        ({"ore": 2.0}, "manufacturing", 0.3),
        ({"oxide": 2.0}, "processing", 0.0),
        ({"oxide": 2.0}, "metal", 0.3 * 1.1),
        ({"scrap": 2.0}, "processing", 0.3 * 1.25),
        ({}, "extraction", 0.3 * 2.0),
    ],
)
def test_rule_17_a_recipe_supplies_the_stages_after_its_inputs(
    uses: dict[str, float], stage: str, left: float
) -> None:
    """A plant in Australia makes 1 kt of magnets."""
    share = policy("home", "country_share", 0.5, element="Nd", stage=stage, country="AUS")
    plant = project("plant", status="operating", makes="magnet", uses=uses)
    supply = [*MAGNETS["suppliers"]]
    supply += [
        {"id": f"chn_{material}", "country": "CHN", "material": material}
        for material in ("ore", "scrap")
    ]
    world = instance(plant, **(MAGNETS | {"suppliers": supply}), policies=[share])
    activity = [("nominal", 2030, "plant", "main", 1.0)]

    assert left_and_bound(world, activity=activity, purchases=[])[0] == pytest.approx(left)


@pytest.mark.parametrize(("alone", "left"), [(True, 0.6 * 0.8), (False, 0.8)])
def test_rule_17_is_net_of_sales_from_a_zone_of_that_country_alone(
    alone: bool, left: float
) -> None:
    """Australia makes 1 kt of oxide and sells 0.4 kt outside."""
    countries = [
        {"id": "AUS", "zone": "home", "alliance": True},
        {"id": "CHN", "zone": "abroad"},
        {"id": "NZL", "zone": "abroad" if alone else "home"},
    ]
    share = policy("home", "country_share", 0.5, element="Nd", stage="processing", country="AUS")
    world = instance(
        project("plant", status="operating"),
        **MAGNETS,
        countries=countries,
        sales=[{"zone": "home", "material": "oxide", "price_share": 1, "limit_t_per_year": 400}],
        policies=[share],
    )
    sold = [("nominal", 2030, "home", "oxide", 0.4)]
    made = [("nominal", 2030, "plant", "main", 1.0)]

    assert left_and_bound(world, activity=made, sold=sold, purchases=[])[0] == pytest.approx(left)
    little = [("nominal", 2030, "plant", "main", 0.1)]
    more = left_and_bound(world, activity=little, sold=sold, purchases=[])[0]
    assert more == pytest.approx(0.0 if alone else 0.08), "0.3 kt of what is sold are of others"


@pytest.mark.parametrize(
    ("stage", "left", "demand"), [("processing", 0.8, 1.175), ("scrap", 0.4, 1.1)]
)
def test_rule_17_counts_capacity_whatever_runs(stage: str, left: float, demand: float) -> None:
    """An idle recycler of 1 kt, 2 kt of capacity per kt of oxide, and an idle refinery of 0.5 kt.

    Both supply processing, 0.8 · 1/2 + 0.8 · 0.5; only the recycler recovers, 0.4 kt, of a demand
    that counts as contained.
    """
    share = policy("least", "stage_share", 0.3, sense="least", element="Nd", stage=stage)
    plants = (
        project("recycler", status="operating", kind="recycling", uses={"scrap": 3},
                recipe={"capacity_use": 2}),
        project("refinery", status="operating", kind="refinery", capacity_t_per_year=1000,
                offtake_share=0.5),
    )  # fmt: skip
    arising = {"zone": "home", "material": "scrap", "year": 2030, "arisings_t_per_year": 9.0}
    world = instance(
        *plants, **MAGNETS, arisings=[arising | {"collection_rate": 1}], policies=[share]
    )

    assert left_and_bound(world) == pytest.approx((left, 0.3 * demand))
