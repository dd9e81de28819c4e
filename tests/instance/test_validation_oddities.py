"""Worth a look: figures and chains that are not impossible, and hardly meant."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import pytest

from optimizer.blocks.worlds import Worlds
from optimizer.instance.validation.findings import MOST_ALIKE, condensed, error, warning
from optimizer.instance.validation.usual import USD_PER_T, price_of
from tests.support.factories import errors, instance, policy, project, series, shock, warnings

YEARS = (2030, 2033)
PRICES = Path("instances/catalogue/prices.csv")


def told(part: str, *plants: Any, **tables: Any) -> list[str]:
    """Warnings that say something."""
    return [text for text in warnings(*plants, **tables) if part in text]


def paid(currency: str, rate: float, **fields: Any) -> dict[str, Any]:
    """A contribution in a currency, and what it is worth."""
    flow = {"member": "fund", "year": 2031, "amount_million": 1, "currency": currency}
    rates = {"currency": currency, "year": 2031, "usd_per_unit": rate}
    return {
        "contributions": [flow | {k: v for k, v in fields.items() if k == "nominal"}],
        "exchange_rates": [rates | {k: v for k, v in fields.items() if k != "nominal"}],
    }


@pytest.mark.parametrize(
    ("currency", "rate", "said"),
    [
        ("JPY", 150, "150 USD per JPY, where about 0.0066 is usual: is it turned round? write"
         " 0.006667"),
        ("KRW", 1400, "is it turned round? write 0.0007143"),
        ("INR", 85, "is it turned round?"),
        ("EUR", 108, "108 USD per EUR, where about 1.08 is usual"),
        ("USD", 1.1, "1.1 USD per USD, where about 1 is usual"),
    ],
)  # fmt: skip
def test_a_rate_far_from_the_usual(currency: str, rate: float, said: str) -> None:
    assert len(told(said, **paid(currency, rate))) == 1


@pytest.mark.parametrize(
    ("currency", "rate"), [("JPY", 0.0091), ("EUR", 0.93), ("USD", 1), ("XAF", 600), ("GBP", 1.5)]
)
def test_a_usual_or_unknown_rate(currency: str, rate: float) -> None:
    assert told("usual", **paid(currency, rate)) == []


def test_money_of_its_year_without_a_price_level() -> None:
    assert told("as if prices had not risen since 2030", **paid("EUR", 1.1, nominal=True))
    assert not told("as if prices", **paid("EUR", 1.1, nominal=True, price_level=1.02))
    assert not told("as if prices", **paid("EUR", 1.1))


def test_a_price_level_that_is_an_index() -> None:
    assert told("an index of 100: write 1.02?", **paid("EUR", 1.1, price_level=102))
    assert not told("an index", **paid("EUR", 1.1, price_level=1.4))


def priced(material: str, price: float) -> dict[str, Any]:
    rows = [{"id": material, "chain": "rare", "stage": "processing"}]
    rows += [{"id": "oxide", "chain": "rare", "stage": "processing"}]
    prices = series("material", [material, "oxide"], (2030, 2031), price_usd_per_t=price)
    return {"materials": rows, "prices": prices, "contents": []}


def test_prices_hundreds_of_times_off() -> None:
    assert told("20 USD/t, where 'lithium-refined' costs about 20,000: a slip of unit?",
                **priced("lithium-refined", 20))  # fmt: skip
    assert told("where 'nickel' costs", **priced("nickel", 1.8e7))
    assert not told("costs about", **priced("lithium_ore", 800))
    assert not told("costs about", **priced("unobtainium", 1e9))


def test_usual_prices_are_near_the_catalogues() -> None:
    """Within tenfold of every printed price of a metal or oxide: far from a slip of unit."""
    with PRICES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = [(row, price_of(row["material"])) for row in rows if row["unit"] == "USD/t"]
    compared = [(float(row["price"]), usual) for row, usual in known if usual]
    assert len(compared) > 50
    assert all(abs(math.log10(price / usual)) < 1.7 for price, usual in compared)
    assert all(price > 0 for price in USD_PER_T.values())


def test_more_of_an_element_out_than_in() -> None:
    mine = project("mine", makes="ore")
    (text,) = told("out of", mine, project("works", kind="refinery", uses={"ore": 0.5}))
    assert "makes 1 t of Nd out of 0.25 t of it: look at t_per_t and contents" in text
    assert not told("out of", mine, project("works", kind="refinery", uses={"ore": 2.0}))


def test_a_recipe_that_uses_no_capacity() -> None:
    free = project("p", recipe={"capacity_use": 0.0})
    assert told("is 0: 'p' can run without limit and before it is built and paid for", free)
    row = policy("home", "stage_share", 0.1, sense="least", element="Nd", stage="processing")
    assert any("'home' counts its output by capacity" in x for x in errors(free, policies=[row]))


def test_a_plant_that_has_retired() -> None:
    old = project("p", status="operating", online_year=2000, life_years=30, capex_musd=0)
    assert told("its last year of output is 2029, before 2030: it never runs", old)
    assert not told("never runs", project("p", status="operating", online_year=2001,
                                          life_years=30, capex_musd=0))  # fmt: skip


def test_a_stockpile_that_nothing_fills() -> None:
    store = project("s", kind="stockpile", makes=None, life_years=30)

    def kept(**fields: Any) -> list[str]:
        rows = [{"project": "s", "material": "oxide"} | fields]
        return told("there is never anything in it", store, stockpiles=rows)

    assert len(kept(largest_fill_t_per_year=0)) == 1
    assert len(kept(material="ore")) == 1
    assert kept() == []


def test_worlds_and_suppliers_that_are_hardly_meant() -> None:
    assert told("0.4 a year in real terms", settings={"discount_rate": 0.4})
    assert told("there is nothing to decide", project("a", locked="out"))
    free = [{"id": "chn", "country": "CHN", "material": "oxide", "price_factor": 0}]
    assert told("'oxide' is bought here for nothing", suppliers=free)
    abroad = [{"id": "fund", "burden_share": 1, "opening_cash_musd": 9, "countries": ["CHN"]}]
    assert told("'CHN' of the member is not in the alliance", members=abroad)


def test_a_floor_that_bars_what_is_unknown() -> None:
    row = policy("clean", "esg_floor", 40, sense="least", score="g")
    plants = [project("a"), project("b", g_score=50.0), project("c", g_score=10.0)]
    (text,) = told("counts as 0", *plants, policies=[row])
    assert text.startswith("projects, g_score: policy 'clean' bars 1 of 3 candidates")
    assert text.endswith("because they leave it empty, which counts as 0: 'a'")


def test_slips_of_unit_in_building_costs_and_demand() -> None:
    plants = [project(name, capex_musd=100) for name in "abc"]
    (text,) = told("a slip of unit?", *plants, project("d", capex_musd=1e5))
    assert "projects, capex_musd: row 'd': 100,000,000 USD per tonne a year" in text
    wanted = series("segment", ["motors"], (2030, 2031), demand_t_per_year=1e6)
    assert told("can be bought and made in all: a slip of unit?", demand=wanted)


def test_an_instance_that_sells_or_scores_has_a_worth_without_demand() -> None:
    nobody: dict[str, Any] = {"segments": []}
    assert told("no project earns anything", project("p"), **nobody)
    sale = {"zone": "home", "material": "oxide", "price_share": 0.9, "limit_t_per_year": 9}
    assert not told("no project earns", project("p"), **nobody, sales=[sale])
    scored = {"objective": {"sense": "maximise", "weights": {"strategic_value": 1}}}
    assert not told("no project earns", project("p"), **nobody, settings=scored)


@pytest.mark.parametrize("factor", [0.0, 1.0, 2.0])
def test_an_embargo_of_any_whole_kind_on_a_route_of_any_size(factor: float) -> None:
    """None of it, all of it or more: an unlimited route is closed, or stays as it is."""
    worlds = {
        "scenarios": [{"id": "nominal", "probability": 0.5, "nominal": True},
                      {"id": "storm", "probability": 0.5}],
        "shocks": [shock("storm", "access", factor, (2030, 2030), destination="home")],
    }  # fmt: skip
    assert errors(project("p"), **worlds) == []
    assert Worlds.of(instance(project("p"), **worlds))


def test_a_part_of_an_unlimited_route_is_no_limit() -> None:
    worlds = {
        "scenarios": [{"id": "nominal", "probability": 0.5, "nominal": True},
                      {"id": "storm", "probability": 0.5}],
        "shocks": [shock("storm", "access", 0.5, (2030, 2030), destination="home")],
    }  # fmt: skip
    assert any("is no limit" in text for text in errors(project("p"), **worlds))


def test_warnings_of_one_sort_are_one_with_their_count() -> None:
    """36 routes that carry nothing are told once; a few, and errors, one by one."""
    plants = [project(f"p{n:02}", main_material=None) for n in range(36)]
    (text,) = told("policies by material or stage do not see", *plants)
    assert "row 'p00': is empty" in text
    assert text.endswith("(and so in 'p01', 'p02', 'p03' and 32 more)")
    few = told("policies by material or stage do not see", *plants[:MOST_ALIKE])
    assert len(few) == MOST_ALIKE

    rows = [plant.project for plant in plants]
    assert len(condensed(error(row, "id", "is wrong") for row in rows)) == 36
    mixed = [warning(row, "id", f"'{row.id}' is {n}.5 of ABC") for n, row in enumerate(rows)]
    assert len(condensed([*mixed, warning(rows[0], "id", "is something else")])) == 2
