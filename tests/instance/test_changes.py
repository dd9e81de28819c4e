"""What-ifs change data, validated, and tell every fault at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from optimizer.errors import InvalidInstance
from tests.support.factories import instance, policy, project, series
from tests.support.rich_instance import rich

if TYPE_CHECKING:
    from optimizer.instance import Instance


@pytest.fixture
def base() -> Instance:
    """Two projects, a policy and contributions."""
    return instance(
        project("salar.2", capex_musd=80),
        project("brine"),
        policies=[policy("cap", "money_share", 0.5)],
        contributions=series("member", ["fund"], [2030, 2031], amount_musd=10),
    )


def faults(base: Instance, values: dict[str, object], **more: Any) -> list[str]:
    """What a what-if complains about."""
    with pytest.raises(InvalidInstance) as caught:
        base.changed(values, **more)
    return [str(fault) for fault in caught.value.faults]


def test_nothing_changed_is_the_same_instance(base: Instance) -> None:
    assert base.changed().content_hash == base.content_hash
    assert rich().changed().content_hash == rich().content_hash


def test_values_by_path(base: Instance) -> None:
    changed = base.changed(
        {
            "projects.salar.2.capex_musd": 90,
            "projects.salar.2.ramp": (0.5, 1.0),
            "demand.motors/2031.demand_t_per_year": 5,
            "settings.discount_rate": 0.05,
            "settings.objective.risk_weight": 0.5,
            "settings.objective.weights.carbon": 0.01,
        }
    )
    assert changed.projects[1].capex_musd == 90
    assert changed.projects[1].ramp == (0.5, 1.0)
    assert [row.demand_t_per_year for row in changed.demand] == [1000, 5]
    assert changed.settings.discount_rate == 0.05
    assert changed.settings.objective.risk_weight == 0.5
    assert changed.settings.objective.weights == {"expected_cost": 1, "carbon": 0.01}
    assert base.projects[1].capex_musd == 80


def test_texts_are_read_as_cells(base: Instance) -> None:
    changed = base.changed(
        {
            "policies.cap.value": "0.4",
            "policies.cap.enabled": "false",
            "projects.brine.ramp": "0.5; 1",
            "projects.brine.earliest_start": "2031",
            "projects.brine.capex_musd": "",
            "projects.brine.name": "= text",
            "settings.last_year": "2031",
            "settings.objective.sense": "minimise",
        }
    )
    assert changed.policies[0].value == 0.4
    assert not changed.policies[0].enabled
    brine = changed.projects[0]
    assert (brine.ramp, brine.earliest_start, brine.capex_musd) == ((0.5, 1.0), 2031, 0)
    assert brine.name == "= text"


def test_none_empties_a_cell(base: Instance) -> None:
    changed = base.changed({"projects.brine.earliest_start": 2031})
    assert (
        changed.changed({"projects.brine.earliest_start": None}).content_hash == base.content_hash
    )


def test_whole_weights(base: Instance) -> None:
    changed = base.changed({"settings.objective.weights": {"fund_cost": 2}})
    assert changed.settings.objective.weights == {"fund_cost": 2}


def test_locks_switches_and_budgets(base: Instance) -> None:
    changed = base.changed(
        {"members.fund.opening_cash_musd": 50},
        fix_in=["brine"],
        fix_out=["salar.2"],
        switch_off=["cap"],
        budget_factor=0.5,
    )
    assert [project.locked for project in changed.projects] == ["in", "out"]
    assert not changed.policies[0].enabled
    assert [row.amount_musd for row in changed.contributions] == [5, 5]
    assert changed.members[0].opening_cash_musd == 25


def test_every_wrong_path_is_told_at_once(base: Instance) -> None:
    found = faults(
        base,
        {
            "project.brine.capex_musd": 1,
            "projects.brin.capex_musd": 1,
            "projects.brine.capex": 1,
            "projects.brine.id": "x",
            "projects.brine": 1,
            "settings.discount": 1,
            "settings.objective.sens": "x",
            "policies.cap.value": "many",
            "projects.brine.country": "Chile",
            "settings.discount_rate": 5,
        },
        fix_in=["nobody"],
        budget_factor=math.nan,
    )
    assert sorted(found) == sorted(
        [
            "settings.discount: settings have no field 'discount' (did you mean discount_rate?)",
            "settings.objective.sens: settings have no field 'objective.sens' (did you mean"
            " objective.sense?)",
            "settings.discount_rate: 5 is too large; it must be 0 to 0.5 share per year, real",
            "project.brine.capex_musd: there is no table 'project' (did you mean projects?)",
            "projects.brin.capex_musd: projects has no row 'brin' (did you mean brine?)",
            "projects.brine.capex: projects has no field 'capex' (did you mean capex_musd?)",
            "projects.brine.id: 'id' is part of the key of projects and cannot be changed",
            "projects.brine: a path has the form TABLE.KEY.FIELD, for example projects.brine.FIELD",
            "projects.nobody.locked: projects has no row 'nobody' (known: brine, salar.2)",
            "policies.cap.value: 'many' is text, not a number",
            "projects.brine.country: 'Chile' is not an ISO 3166-1 alpha-3 code (did you mean CHL?)",
            "budget_factor: nan is not a factor of 0 to 1,000,000",
        ]
    )


def test_rules_across_records_hold_after_a_change(base: Instance) -> None:
    found = faults(base, {"projects.brine.country": "CHL", "projects.brine.capex": 1})
    assert found == [
        "projects.brine.capex: projects has no field 'capex' (did you mean capex_musd?)",
        "projects, country: row 'brine': 'CHL' is not in the table countries (known: AUS, CHN)",
    ]


def test_budgets_beyond_every_range(base: Instance) -> None:
    found = faults(base, {}, budget_factor=1e6)
    assert found[0] == (
        "members.fund.opening_cash_musd: times 1e+06: 1,000,000,000 is too large; it must be 0 to"
        " 1,000,000 million USD of the base year: a slip of unit?"
    )


def test_a_budget_of_nothing_is_a_valid_what_if(base: Instance) -> None:
    changed = base.changed(budget_factor=0)
    assert changed.members[0].opening_cash_musd == 0


@pytest.mark.parametrize(
    "path", ["", "settings", "projects", "projects.", "..", "settings.objective"]
)
def test_paths_that_are_none(base: Instance, path: str) -> None:
    assert len(faults(base, {path: 1})) == 1
