"""What the checker says of guarantees, tax credits, contracts and juste retour.

Departures from the plan of `hand_finance`; the good plan breaks no rule (`test_planted_errors`).
"""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.checker import check
from optimizer.plan.tables import tables
from tests.support.factories import instance, project
from tests.support.hand_finance import PLANNED, PLANTS, TABLES, YEARS, finance_instance
from tests.support.hand_plans import plan_of
from tests.support.small_plans import STATED, broken


def rules(changed: dict[str, Any] | None = None, **rows: Any) -> set[str]:
    """Rules that the plan breaks with other rows, or in a changed instance."""
    world = finance_instance()
    if changed is not None:
        world = instance(*PLANTS, years=YEARS, settings={"discount_rate": 0.25}, **TABLES | changed)
    found = check(world, plan_of(tables(PLANNED | rows))).violations
    return {row.rule for row in found if not row.rule.startswith(STATED)}


def instruments(identifier: str, **fields: Any) -> dict[str, Any]:
    """The table of instruments with one of them changed."""
    rows = [row | fields if row["id"] == identifier else row for row in TABLES["instruments"]]
    return {"instruments": rows}


def members(**fields: Any) -> dict[str, Any]:
    """The table of members with au changed."""
    return {"members": [TABLES["members"][0] | fields, TABLES["members"][1]]}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (None, set()),
        (instruments("shield", largest_share=0.34), set()),
        (instruments("shield", largest_share=0.33), {"3 capital"}),
        (instruments("shield", mobilisation=0.5), set()),
        (instruments("shield", mobilisation=0.4), {"3 capital"}),
        (instruments("credit", largest_share=0.14), {"3 capital"}),
        (members(guarantee_headroom_musd=20), set()),
        (members(guarantee_headroom_musd=19), {"4 fund"}),
        (members(countries=()), {"3 capital"}),
        (instruments("shield", provision_share=1.0), set()),
        (instruments("shield", fee_rate=0.06), {"4 fund"}),
        (instruments("shield", loss_share=0.6), {"4 fund"}),
        (instruments("shield", grace_years=0), {"4 fund"}),
    ],
)  # fmt: skip
def test_rule_4_terms_of_guarantees_and_credits(
    changed: dict[str, Any] | None, expected: set[str]
) -> None:
    """20 guaranteed of 60 private are 0.333 of it; 50 + μ · 20 must reach 60; au keeps far more
    cash than 20; other fees, losses and years of call give other balances."""
    assert rules(changed) == expected


@pytest.mark.parametrize(
    ("signed", "expected"),
    [
        ([("far_floor", 2031)], {"3 capital", "4 fund"}),
        ([("home_floor", 2030)], {"4 fund"}),
        ([("far_floor", 2032), ("home_floor", 2030)], {"3 capital", "4 fund"}),
    ],
)
def test_rule_3_signatures(signed: list[tuple[str, int]], expected: set[str]) -> None:
    """Without its floor the works is not bankable, and every floor left out was paid for."""
    assert rules(signed=signed) == expected


def test_rule_4_the_reserve_covers_the_worst_scenario() -> None:
    """A floor of 70,000 on 1 kt pays 20 M$ at the price of 50,000 and 10 in a boom: 15 on average,
    and 5 are kept for the worst. With 20 the member has enough, with 19 it has 4 left."""
    tables_of: dict[str, Any] = {
        "contracts": [{"id": "f", "project": "old", "kind": "price_floor", "tenor_years": 1}
                      | {"price_usd_per_t": 70_000, "signing_year": 2030}],
        "scenarios": [{"id": "nominal", "probability": 0.5, "nominal": True},
                      {"id": "boom", "probability": 0.5}],
        "shocks": [{"id": "b", "scenario": "boom", "kind": "price", "factor": 1.2,
                    "first_year": 2030, "last_year": 2030}],
    }  # fmt: skip
    old = project("old", status="operating", capex_musd=0)
    for cash, expected in ((19.0, {"4 fund"}), (20.0, set())):
        opened = [{"id": "fund", "burden_share": 1.0, "opening_cash_musd": cash}]
        world = instance(old, **tables_of, members=opened)
        left = [("fund", year, cash - 15.0) for year in (2030, 2031)]
        operated = [("nominal", year, "nominal") for year in (2030, 2031)]
        operated += [("boom", 2030, "boom"), ("boom", 2031, "nominal")]
        bought = [("nominal", 2030, "chn", 1.0), ("nominal", 2031, "chn", 1.0)]
        everywhere = {
            "purchases": [*bought, ("boom", 2030, "chn", 1.0)],
            "flows": [(s, t, "abroad", "home", "oxide", kt) for s, t, _, kt in bought]
            + [("boom", 2030, "abroad", "home", "oxide", 1.0)],
            "served": [(s, t, "motors", kt) for s, t, _, kt in bought]
            + [("boom", 2030, "motors", 1.0)],
        }
        found = broken(world, signed=[("f", 2030)], cash=left, operated_as=operated, **everywhere)
        assert found == expected


def test_rule_3_floors_of_an_old_mine_follow_each_other() -> None:
    """For one year each they do not meet; for two they do, in 2031. At a price of 50,000 floors of
    50,000 pay nothing."""
    old = project("old", status="operating", capex_musd=0)
    for tenor, expected in ((1, set()), (2, {"3 capital"})):
        floors = [
            {"id": name, "project": "old", "kind": "price_floor", "price_usd_per_t": 50_000}
            | {"tenor_years": tenor, "signing_year": year}
            for name, year in (("a", 2030), ("b", 2031))
        ]
        world = instance(old, contracts=floors)
        assert broken(world, signed=[("a", 2030), ("b", 2031)]) == expected
        assert broken(world, signed=[("a", 2031)]) == {"3 capital"}


@pytest.mark.parametrize(("share", "expected"), [(0.2, set()), (0.19, {"5 mandates"})])
def test_rule_5_juste_retour(share: float, expected: set[str]) -> None:
    """0.25 of 25 less than 0.2 of it is missed: 0.19 · 25 + 3.2 = 7.95, less than 8.16."""
    benefits = [TABLES["benefits"][0] | {"share": share}, TABLES["benefits"][1]]
    assert rules({"benefits": benefits}) == expected


@pytest.mark.parametrize(
    ("euro", "expected"),
    [
        ({"amount_million": 11, "nominal": True}, set()),
        ({"amount_million": 10, "nominal": False}, set()),
        ({"amount_million": 11, "nominal": False}, {"4 fund"}),
    ],
)
def test_rule_4_contributions_in_euro(euro: dict[str, Any], expected: set[str]) -> None:
    """11 · 1.2 / 1.1 = 10 · 1.2 = 12."""
    row = {"member": "de", "year": 2031, "currency": "EUR"} | euro
    assert rules({"contributions": [TABLES["contributions"][0], row]}) == expected
