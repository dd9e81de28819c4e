"""Rule 17 and the operating caps of rule 8: content traced through the chain.

The chain: ore (0.5 Nd) → oxide (0.8 Nd) → metal (1.0 Nd) → magnet (0.3 Nd); scrap holds 0.25 Nd.
A tonne of Nd in a magnet took 1.1 at metal making, 1.2 at processing and 1.5 at extraction; in
oxide 1.25 at extraction. Home wants 1 kt of magnets a year: 0.3 Nd of magnet, 0.33 of metal, 0.36
of oxide and 0.45 of ore.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.blocks.parameters import Parameters
from optimizer.blocks.worlds import Worlds
from tests.support.deciding import a_year, decide
from tests.support.factories import Plant, instance, policy, project, scenario, series, shock, world

STAGES = {
    "ore": "extraction",
    "oxide": "processing",
    "metal": "metal",
    "magnet": "manufacturing",
    "scrap": "scrap",
}
CONTENTS = [
    {"material": "ore", "element": "Nd", "content_t_per_t": 0.5},
    {"material": "oxide", "element": "Nd", "content_t_per_t": 0.8, "gross_up_extraction": 1.25},
    {"material": "metal", "element": "Nd", "content_t_per_t": 1.0},
    {
        "material": "magnet",
        "element": "Nd",
        "content_t_per_t": 0.3,
        "gross_up_extraction": 1.5,
        "gross_up_processing": 1.2,
        "gross_up_metal": 1.1,
    },
    {"material": "scrap", "element": "Nd", "content_t_per_t": 0.25},
]
WANTED = {"extraction": 0.45, "processing": 0.36, "metal": 0.33, "manufacturing": 0.3}


def chain(*plants: Plant, **tables: Any) -> Any:
    """The world of this module, with tables added or given instead."""
    base = world()
    given: dict[str, Any] = {
        "materials": [{"id": m, "chain": "rare", "stage": stage} for m, stage in STAGES.items()],
        "contents": CONTENTS,
        "countries": [*base["countries"], {"id": "MYS", "zone": "abroad"}],
        "suppliers": [{"id": f"chn-{m}", "country": "CHN", "material": m} for m in STAGES],
        "routes": [{"origin": "abroad", "destination": "home", "material": m} for m in STAGES],
        "segments": [{"id": "motors", "zone": "home", "material": "magnet"}],
    }
    return instance(*plants, **given | tables)


def china(stage: str, value: float = 0.5, **fields: Any) -> Any:
    row = {"element": "Nd", "stage": stage, "country": "CHN"}
    return policy("china", "country_share", value, **row | fields)


def left(m: Any, **decided: Any) -> float:
    """What counts for China, where the bound is known: bound − slack."""
    decide(m, **decided)
    return float(m.policy_bound["china"].value - m.country_share["china"].slack())


@pytest.mark.parametrize("stage", WANTED)
def test_rule_17_shares_are_of_demand_in_content(stage: str) -> None:
    """Half of what the 1 kt of magnets needs at the stage, whether or not it is served."""
    m = a_year(chain(policies=[china(stage)]))

    assert m.policy_bound["china"].value == pytest.approx(0.5 * WANTED[stage])


@pytest.mark.parametrize("stage", WANTED)
def test_rule_17_content_inside_a_later_form_counts(stage: str) -> None:
    """1 kt of Chinese magnets supplies all that home needs at every stage, though no oxide, metal
    or ore has been bought."""
    m = a_year(chain(policies=[china(stage)]))

    assert left(m, purchase={"chn-magnet": 1.0}) == pytest.approx(WANTED[stage])


def test_rule_17_a_purchase_supplies_its_own_stage_and_those_before() -> None:
    """0.4 of oxide supplies 0.32 at processing and 0.32 · 1.25 = 0.4 at extraction, and nothing at
    metal making."""
    for stage, content in (("extraction", 0.4), ("processing", 0.32), ("metal", 0.0)):
        m = a_year(chain(policies=[china(stage)]))
        assert left(m, purchase={"chn-oxide": 0.4}) == pytest.approx(content)


def test_rule_17_the_row_reads_left_at_most_bound() -> None:
    """0.8 · 0.4 = 0.32 of oxide against 0.5 · 0.36 = 0.18: 0.14 too much."""
    m = a_year(chain(policies=[china("processing")]))

    decide(m, purchase={"chn-oxide": 0.4})

    assert m.country_share["china"].slack() == pytest.approx(-0.14)


def test_rule_17_embodied_origin_is_the_suppliers_own() -> None:
    """A quarter of the ore in Chinese magnets is Malaysian: 0.75 · 0.45 count at extraction. At
    processing no origin is given: all of it is Chinese."""
    origins = [
        {"supplier": "chn-magnet", "stage": "extraction", "country": code, "share": share}
        for code, share in (("CHN", 0.75), ("MYS", 0.25))
    ]
    for stage, content in (("extraction", 0.75 * 0.45), ("processing", 0.36)):
        m = a_year(chain(origins=origins, policies=[china(stage)]))
        assert left(m, purchase={"chn-magnet": 1.0}) == pytest.approx(content)
    malaysia = china("extraction", country="MYS")
    m = a_year(chain(origins=origins, policies=[malaysia]))
    assert left(m, purchase={"chn-magnet": 1.0}) == pytest.approx(0.25 * 0.45)


def test_rule_17_a_recipe_supplies_the_stages_after_its_inputs() -> None:
    """A Chinese plant makes magnets from oxide: at metal making and manufacturing its output counts
    as Chinese, before that its input's origin does."""
    plant = project(
        "plant",
        country="CHN",
        makes="magnet",
        uses={"oxide": 0.45},
        kind="manufacturing",
        status="operating",
        capex_musd=0,
    )
    for stage, content in (
        ("extraction", 0.0),
        ("processing", 0.0),
        ("metal", 0.33),
        ("manufacturing", 0.3),
    ):
        m = a_year(chain(plant, policies=[china(stage)]))
        assert left(m, activity={("plant", "main"): 1.0}) == pytest.approx(content)


def test_rule_17_a_plant_elsewhere_is_not_chinas() -> None:
    """The same plant in Malaysia, fed with Chinese oxide: at processing the oxide counts, at metal
    making nothing does."""
    plant = project(
        "plant",
        country="MYS",
        makes="magnet",
        uses={"oxide": 0.45},
        kind="manufacturing",
        status="operating",
        capex_musd=0,
    )
    for stage, content in (("processing", 0.36), ("metal", 0.0)):
        m = a_year(chain(plant, policies=[china(stage)]))
        run = {"activity": {("plant", "main"): 1.0}, "purchase": {"chn-oxide": 0.45}}
        assert left(m, **run) == pytest.approx(content)


def test_rule_17_a_mine_supplies_extraction() -> None:
    """No input: 1 kt of Chinese ore is 0.5 at extraction. An integrated plant that makes oxide from
    the ground supplies extraction and processing."""
    mine = project("mine", country="CHN", makes="ore", status="operating", capex_musd=0)
    both = project("both", country="CHN", makes="oxide", status="operating", capex_musd=0)
    for stage, ore, oxide in (("extraction", 0.5, 1.0), ("processing", 0.0, 0.8)):
        m = a_year(chain(mine, both, policies=[china(stage)]))
        assert left(m, activity={("mine", "main"): 1.0}) == pytest.approx(ore)
        assert left(m, activity={("both", "main"): 1.0}) == pytest.approx(oxide)


def test_rule_17_inputs_without_the_element_do_not_count() -> None:
    """Acid is of the processing stage and holds no Nd: a Chinese refinery that takes acid and ore
    supplies processing all the same."""
    plant = project(
        "plant",
        country="CHN",
        makes="oxide",
        uses={"ore": 2.0, "acid": 1.0},
        kind="refinery",
        status="operating",
        capex_musd=0,
    )
    acid = {"id": "acid", "chain": "rare", "stage": "processing"}
    base = chain()
    m = a_year(
        chain(
            plant,
            materials=[*base.materials, acid],
            suppliers=[*base.suppliers, {"id": "chn-acid", "country": "CHN", "material": "acid"}],
            policies=[china("processing")],
        )
    )

    assert left(m, activity={("plant", "main"): 1.0}) == pytest.approx(0.8)


def test_rule_17_recycling_supplies_processing_and_displaces_mining() -> None:
    """Scrap counts as extraction: a Chinese recycler that makes oxide from scrap supplies 0.8 at
    processing and nothing at extraction."""
    loop = project(
        "loop",
        country="CHN",
        kind="recycling",
        uses={"scrap": 3.2},
        status="operating",
        capex_musd=0,
    )
    for stage, content in (("extraction", 0.0), ("processing", 0.8)):
        m = a_year(chain(loop, policies=[china(stage)]))
        assert left(m, activity={("loop", "main"): 1.0}) == pytest.approx(content)


def test_rule_17_sales_from_a_zone_of_one_country_are_taken_off() -> None:
    """0.5 of oxide sold from China's own zone: 0.4 off at processing, 0.5 off at extraction, and
    nothing at metal making. In a zone with Malaysia nobody knows whose it was."""
    alone = [
        {"id": "AUS", "zone": "home", "alliance": True, "bloc": "quad", "governance": 1.5},
        {"id": "CHN", "zone": "abroad"},
    ]
    sale = [{"zone": "abroad", "material": "oxide", "price_share": 0.5, "limit_t_per_year": 900}]
    sold = {("abroad", "oxide"): 0.5}
    for stage, content in (("extraction", -0.5), ("processing", -0.4), ("metal", 0.0)):
        m = a_year(chain(countries=alone, sales=sale, policies=[china(stage)]))
        assert left(m, sold=sold) == pytest.approx(content)
    m = a_year(chain(sales=sale, policies=[china("processing")]))
    assert left(m, sold=sold) == 0


def test_rule_17_a_soft_row_is_missed_by_its_excess() -> None:
    """0.32 against 0.18: an excess of 0.1 leaves 0.04, one of 0.14 nothing. It costs 10 M$/kt."""
    row = china("processing", hard=False, penalty_usd_per_t=10_000)
    m = a_year(chain(policies=[row]))

    decide(m, purchase={"chn-oxide": 0.4}, excess={"china": 0.1})
    assert m.country_share["china"].slack() == pytest.approx(-0.04)
    decide(m, purchase={"chn-oxide": 0.4}, excess={"china": 0.14})
    assert m.country_share["china"].slack() == pytest.approx(0)
    assert m.account["penalty", ""].expr() == pytest.approx(1.4)


def test_rule_17_a_hard_row_has_no_excess() -> None:
    assert len(a_year(chain(policies=[china("processing")])).excess) == 0


def test_rule_17_rows_glide_and_have_their_years() -> None:
    """From 0.8 in 2031 to 0.4 in 2033, level after that, off before: 0.8, 0.6, 0.4, 0.4 of 0.36.
    In a scenario, from the first shock on, the row is off."""
    row = china("processing", 0.8, final_value=0.4, glide_until=2033, first_year=2031)
    worlds = Worlds.of(
        chain(
            years=(2030, 2034),
            policies=[row],
            scenarios=[scenario("nominal", 0.5, nominal=True), scenario("boom", 0.5)],
            shocks=[shock("boom", "demand", 2, (2032, 2032))],
        )
    )

    expected = [np.inf, *(share * 0.36 for share in (0.8, 0.6, 0.4, 0.4)), *[np.inf] * 3]
    assert worlds.policy_bound[:, 0].tolist() == pytest.approx(expected)
    q = Parameters(worlds.q.instance)
    assert [q.policy_value(row, year) for year in range(2031, 2035)] == pytest.approx(
        [0.8, 0.6, 0.4, 0.4]
    )


def test_rule_17_demand_counts_at_and_before_its_own_stage() -> None:
    """A second segment wants 0.5 kt of oxide: 0.4 more at processing and 0.5 at extraction, nothing
    at metal making."""
    segments = [
        {"id": "motors", "zone": "home", "material": "magnet"},
        {"id": "glass", "zone": "home", "material": "oxide"},
    ]
    demand = series("segment", ["motors"], (2030, 2031), demand_t_per_year=1000)
    demand += series("segment", ["glass"], (2030, 2031), demand_t_per_year=500)
    for stage, content in (("extraction", 0.95), ("processing", 0.76), ("metal", 0.33)):
        m = a_year(chain(segments=segments, demand=demand, policies=[china(stage, 1.0)]))
        assert m.policy_bound["china"].value == pytest.approx(content)


def stage_share(stage: str, **fields: Any) -> Any:
    row = {"sense": "least", "element": "Nd", "stage": stage}
    return policy("share", "stage_share", 0.5, **row | fields)


def capacity_of(m: Any) -> float:
    """What is online in content: bound + slack."""
    return float(m.policy_bound["share"].value + m.stage_share["share"].slack())


def test_rule_17_a_stage_share_counts_capacity_with_the_tag() -> None:
    """0.5 · 0.36 of processing in Australia: a refinery of 0.2 online is 0.16, so 0.02 are missing;
    one in China has no tag, and what runs is of no account."""
    plants = (
        project("works", kind="refinery", uses={"ore": 2}),
        project("far", country="CHN", kind="refinery", uses={"ore": 2}),
    )
    row = stage_share("processing", tag="country", tag_value="AUS")
    m = a_year(chain(*plants, policies=[row]), online={"works": 0.2, "far": 1.0})

    assert m.stage_share["share"].slack() == pytest.approx(-0.02)


def test_rule_17_capacity_counts_in_the_first_recipe_that_supplies_the_stage() -> None:
    """Magnets from metal supply manufacturing alone: 0.3 a kt. The second recipe, from oxide, takes
    twice the room and supplies metal making, too: 0.33 / 2 a kt online."""
    plant = project("plant", kind="manufacturing", makes="magnet", uses={"metal": 0.33})
    more = {
        "recipes": [{"project": "plant", "recipe": "slow", "capacity_use": 2}],
        "ingredients": [
            {"project": "plant", "recipe": "slow", "material": m, "direction": way, "t_per_t": t}
            for m, way, t in (("magnet", "output", 1.0), ("oxide", "input", 0.45))
        ],
    }
    for stage, content in (("manufacturing", 0.3), ("metal", 0.33 / 2), ("processing", 0.0)):
        m = a_year(chain(plant, policies=[stage_share(stage)], **more), online={"plant": 1.0})
        assert capacity_of(m) == pytest.approx(content)


def test_rule_17_scrap_as_stage_means_recycling_plants() -> None:
    """A recycler of 0.5 online recovers 0.4 in its oxide. Mine and refinery are no recyclers."""
    plants = (
        project("loop", kind="recycling", uses={"scrap": 3.2}),
        project("works", kind="refinery", uses={"ore": 2}),
        project("mine", makes="ore"),
    )
    m = a_year(
        chain(*plants, policies=[stage_share("scrap")]),
        online={"loop": 0.5, "works": 1.0, "mine": 1.0},
    )

    assert capacity_of(m) == pytest.approx(0.4)


def test_rule_17_a_soft_stage_share_is_missed_by_its_excess() -> None:
    """Nothing online and 0.18 asked for: an excess of 0.18 fills it."""
    row = stage_share("processing", hard=False, penalty_usd_per_t=5_000)
    m = a_year(chain(policies=[row]))

    decide(m)
    assert m.stage_share["share"].slack() == pytest.approx(-0.18)
    decide(m, excess={"share": 0.18})
    assert m.stage_share["share"].slack() == pytest.approx(0)


def test_rule_8_caps_count_what_runs() -> None:
    """0.4 of activity emits 3 t a tonne, 1.2 kt, and takes 500 m³ a tonne, 0.2 million m³. Caps of
    1.0 and 0.25."""
    plant = project("works", recipe={"carbon_t_per_t": 3, "water_m3_per_t": 500})
    rows = [policy("carbon", "carbon_cap", 1.0), policy("water", "water_cap", 0.25)]
    m = a_year(chain(plant, policies=rows))

    decide(m, activity={("works", "main"): 0.4})

    assert m.operating_cap["carbon"].slack() == pytest.approx(-0.2)
    assert m.operating_cap["water"].slack() == pytest.approx(0.05)


def test_rule_8_caps_glide() -> None:
    """From 10 to 6 kt over five years, a straight line."""
    row = policy("carbon", "carbon_cap", 10, final_value=6, glide_until=2034)
    worlds = Worlds.of(chain(project("works"), years=(2030, 2034), policies=[row]))

    assert worlds.policy_bound[:, 0].tolist() == pytest.approx([10, 9, 8, 7, 6])
