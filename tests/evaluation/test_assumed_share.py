"""How much of what a plan costs is priced by assumed figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.checker import check
from optimizer.evaluation.assumed_share import assumed_share
from optimizer.instance import Instance
from optimizer.instance.formats.reader import load
from optimizer.instance.records import Provenance
from tests.support.hand_plans import hand_instance, hand_plan
from tests.support.inprocess import solve_here

TINY = Path(__file__).resolve().parents[2] / "instances" / "tiny"
MONEY = ("premium", "outside_money", "outside_floors", "carbon_price")
"""Parts that the terms of money and the price of carbon make."""

PRICED = ("outside_trade", "purchases", "sales", "untaken", "export_tax")
"""Parts of the cost that market prices make."""


def graded(instance: Instance, quality: str, *tables: str) -> Instance:
    """The instance with all rows of some tables of one grade."""
    changes = {}
    for table in tables:
        rows = getattr(instance, table)
        changes[table] = tuple(row.model_copy(update={"quality": quality}) for row in rows)
    return instance.model_copy(update=changes)


def test_where_all_is_assumed_all_is_but_the_terms_of_money() -> None:
    plan, everything = hand_plan(), hand_instance()
    assumed = graded(everything, "assumed", *Instance.tables())
    parts = {name: abs(value) for name, value in check(everything, plan).parts.items()}
    terms = sum(parts.get(name, 0.0) for name in MONEY)
    costs = sum(value for name, value in parts.items() if name not in ("risk", "policy_penalty"))

    assert terms > 0
    assert assumed_share(assumed, plan) == pytest.approx(1 - terms / costs)
    assert assumed_share(graded(everything, "reported", *Instance.tables()), plan) == 0.0


def test_reported_prices_leave_building_operation_and_shortage() -> None:
    instance = graded(load(TINY), "assumed", *Instance.tables())
    plan = solve_here(instance)
    assert plan.certificate is not None
    parts = {name: abs(value) for name, value in plan.certificate.parts.items()}

    share = assumed_share(graded(instance, "reported", "prices", "suppliers"), plan)

    of_prices = sum(parts.get(name, 0.0) for name in PRICED)
    assert of_prices > 0
    assert share == pytest.approx(1 - of_prices / sum(parts.values()), abs=0.02)


def test_a_cell_may_be_worse_than_its_row() -> None:
    instance = graded(load(TINY), "reported", *Instance.tables())
    plan = solve_here(instance)
    project = plan.chosen[0][0]
    cell = Provenance(
        of_table="projects", row=project, field="capex_musd", quality="assumed", method="ours"
    )

    assert assumed_share(instance, plan) == 0.0
    doubted = instance.model_copy(update={"provenance": (cell,)})
    assert 0 < assumed_share(doubted, plan) < 1
