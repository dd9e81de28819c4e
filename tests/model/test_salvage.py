"""The criterion expected_cost: what plants are worth after the last year, and how much counts."""

from __future__ import annotations

import pytest

from optimizer.blocks.parameters import Parameters
from optimizer.checker import check
from optimizer.errors import InvalidInstance
from optimizer.instance import Instance
from tests.support.factories import instance, project
from tests.support.inprocess import solve_here

MINE = project("mine", capex_musd=130.0, life_years=4)
"""Saves purchases of 50 M$ in each of two years; two of its four years outlive the horizon."""


@pytest.mark.parametrize(("share", "cost"), [(1.0, 65.0), (0.5, 97.5), (0.4, 100.0), (0.0, 100.0)])
def test_salvage_share_is_what_counts_of_it(share: float, cost: float) -> None:
    """130 − share · 65 against 100 of purchases: from 6/13 on it is built."""
    case = instance(MINE, settings={"salvage_share": share})
    plan = solve_here(case)

    assert plan.proof.objective == pytest.approx(cost)
    assert plan.chosen == ([("mine", 2030)] if cost < 100 else [])
    assert check(case, plan).ok
    assert plan.proof.worth_parts is not None
    assert plan.proof.worth_parts.salvage == pytest.approx(65 * share if cost < 100 else 0.0)
    assert plan.certificate is not None
    assert plan.certificate.parts.get("salvage", 0.0) == pytest.approx(
        -65 * share if cost < 100 else 0.0
    )


def test_salvage_share_counts_in_what_comes_by_itself() -> None:
    """In 2031, when three of its four years are left: 130 − 0.5 · 97.5, after 50 of 2030."""
    alone = project(
        "mine", capex_musd=130.0, life_years=4, goes_ahead_alone=2031, earliest_start=2031
    )
    plan = solve_here(instance(alone, settings={"salvage_share": 0.5}))

    assert plan.proof.do_nothing == pytest.approx(50 + 130 - 0.5 * 97.5)


def test_all_of_it_counts_unless_said_otherwise_and_no_hash_changes() -> None:
    case = instance(MINE)

    assert case.settings.salvage_share == 1.0
    assert b"salvage_share" not in case.canonical
    assert instance(MINE, settings={"salvage_share": 1.0}).content_hash == case.content_hash
    assert case.changed({"settings.salvage_share": 0.5}).content_hash != case.content_hash
    assert Instance.model_validate_json(case.canonical) == case


def test_a_share_is_within_0_and_1() -> None:
    with pytest.raises(InvalidInstance, match=r"settings\.salvage_share"):
        instance(MINE).changed({"settings.salvage_share": 1.5})


def test_the_share_of_the_building_cost_is_scaled() -> None:
    q = Parameters(instance(MINE, settings={"salvage_share": 0.5}))

    assert q.salvage(q.candidates["mine"], 2030) == pytest.approx(0.25)
