"""What a plan keeps of its operation: the rest is checked, summed up and left out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from optimizer.checker import check, criteria_of, policy_rows
from optimizer.errors import InvalidOptions
from optimizer.evaluation.assumed_share import assumed_share
from optimizer.instance.formats.reader import load
from optimizer.plan import Options
from optimizer.plan.files import load_plan, plans_equal, save_plan
from optimizer.plan.keeping import kept_part
from optimizer.plan.tables import plain_columns
from optimizer.presentation.report import plain, report
from optimizer.questions.comparison import compare
from optimizer.scenarios.n_minus import n_minus_1
from optimizer.vocabulary.accounts import COSTS
from optimizer.vocabulary.plan_tables import OPERATION
from tests.support.hand_plans import CRITERIA, hand_instance, hand_plan
from tests.support.inprocess import solve_here

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.instance import Instance
    from optimizer.plan import Plan

ALL_BUT_ONE = (
    "Operation of 1 of 6 scenario-years is not kept: what it comes to, and what projects earn in "
    "it,"
)


def unmarked() -> Instance:
    """The hand-made instance, in which nothing has to be survived."""
    instance = hand_instance()
    scenarios = tuple(row.replaced(must_survive=False) for row in instance.scenarios)
    return instance.model_copy(update={"scenarios": scenarios})


def without_accounts(plan: Plan) -> Plan:
    """The plan without what its projects earn, which another scenario would have rows of."""
    none = plain_columns("project_accounts")
    return replace(plan, tables=replace(plan.tables, project_accounts=none))


def marked_plan(instance: Instance) -> Plan:
    """The hand-made plan with its marked scenarios kept, and its certificate."""
    plan = replace(hand_plan(), options=Options(keep="marked"))
    return kept_part(replace(plan, certificate=check(instance, plan)), instance)


def scenarios_in(plan: Plan) -> set[str]:
    """Scenarios of which there is any operation."""
    return {name for table in OPERATION for name in getattr(plan.tables, table.name)["scenario"]}


def test_the_embargo_goes_and_what_it_came_to_stays() -> None:
    """The block of the embargo is left out; its amounts, and so all criteria, are still there."""
    instance = unmarked()
    part = marked_plan(instance)

    assert part.kept == ("nominal",)
    assert scenarios_in(part) == {"nominal"}
    assert part.tables.amounts.equals(hand_plan().tables.amounts)
    assert criteria_of(instance, part) == pytest.approx(CRITERIA)
    assert check(instance, part).violations == ()
    rows = policy_rows(instance, hand_plan())
    assert policy_rows(instance, part).equals(rows)


def test_the_certificate_says_what_is_not_kept_and_when_it_was_checked() -> None:
    part = marked_plan(unmarked())
    assert part.certificate is not None

    then, now = part.certificate, check(unmarked(), part)

    assert f"{ALL_BUT_ONE} was recomputed before it was dropped." in then.remarks
    assert f"{ALL_BUT_ONE} is the plan's word (`amounts`)." in now.remarks
    assert {"amounts", "kept", "do_nothing", "without_fund", "worth", "status"} <= {
        *now.rules_checked
    }
    assert "Operation of 1 of 6 scenario-years is not kept" in plain(report(part, unmarked()), 200)


def test_what_must_be_survived_is_always_kept() -> None:
    """Both scenarios are marked, so that all is kept and nothing is said."""
    part = marked_plan(hand_instance())

    assert part.kept is None
    assert scenarios_in(part) == {"nominal", "embargo"}
    assert not [said for said in check(hand_instance(), part).remarks if "kept" in said]


def test_named_scenarios_are_kept_beside_the_marked_ones() -> None:
    instance = unmarked()
    plan = replace(hand_plan(), options=Options(keep=("embargo",)))

    assert kept_part(plan, instance).kept is None


def test_who_serves_a_kept_scenario_is_kept() -> None:
    """A second embargo is operated as the first: who keeps it keeps the first, too."""
    instance = unmarked()
    again = instance.scenarios[1].replaced(id="again", must_survive=True, probability=0.0)
    shocks = [row.replaced(id=f"{row.id}_2", scenario="again") for row in instance.shocks]
    instance = instance.model_copy(
        update={
            "scenarios": (*instance.scenarios, again),
            "shocks": (*instance.shocks, *shocks),
        }
    )
    plan = without_accounts(hand_plan())
    operated = {
        name: [*values, *values[:3]] for name, values in plan.tables.columns("operated_as").items()
    }
    operated["scenario"][6:] = ["again"] * 3
    served = replace(plan.tables, operated_as=operated)
    nothing = replace(plan.do_nothing, operated_as=operated)
    plan = replace(plan, options=Options(keep="marked"), tables=served, do_nothing=nothing)
    assert check(instance, plan).violations == ()

    part = kept_part(plan, instance)
    assert part.kept is None
    short = replace(part, kept=("nominal", "again"), do_nothing=None)
    assert "embargo: serves a scenario that is kept, and is not" in {
        found.where for found in check(instance, short).violations
    }
    milder = tuple(row.replaced(factor=0.5) if row.kind == "supply" else row for row in shocks)
    other = instance.model_copy(update={"shocks": (*hand_instance().shocks, *milder)})
    assert "again, 2032: is served by a block whose data differ from its own" in {
        found.where for found in check(other, plan).violations
    }


def test_readers_say_that_they_see_a_part() -> None:
    """No mean of served and short where not all are there, and assumed figures of what is there."""
    instance = unmarked()
    part = replace(marked_plan(instance), instance_hash=instance.content_hash)

    supply = compare({"part": part}, {"part": instance}).supply
    assert set(supply["scenario"]) == {"nominal", "embargo"}
    embargo = supply[supply["scenario"] == "embargo"]
    assert set(embargo["year"]) == {2030, 2031}  # operated as the nominal years
    assert 0 < assumed_share(instance, part) <= 1
    assert "in the scenarios whose operation is kept" in " ".join(
        plain(report(part, instance), 300).split()
    )


def test_a_solve_keeps_what_it_is_asked_to(tmp_path: Path) -> None:
    """With n − 1 scenarios to be survived, and stockpiles none: nominal and these are kept."""
    instance = n_minus_1(load("instances/tiny"))
    whole = solve_here(instance)
    part = solve_here(instance, Options(keep="marked"))
    marked = {row.id for row in instance.scenarios if row.nominal or row.must_survive}

    assert part.kept == tuple(row.id for row in instance.scenarios if row.id in marked)
    assert scenarios_in(part) <= marked
    assert scenarios_in(whole) - marked
    assert part.criteria == whole.criteria
    assert part.tables.amounts.equals(whole.tables.amounts)
    assert part.do_nothing is not None
    assert set(part.do_nothing.activity["scenario"]) <= marked
    save_plan(part, tmp_path / "plan")
    back = load_plan(tmp_path / "plan")
    assert plans_equal(back, part)
    assert check(instance, back).violations == ()


def test_amounts_add_up_to_the_criteria() -> None:
    """Discounted and weighed here, from the table alone."""
    instance = load("instances/tiny")
    plan = solve_here(instance)
    settings = instance.settings
    operated = plan.tables.operated_as.rename(columns={"scenario": "served"})
    amounts = plan.tables.amounts.rename(columns={"scenario": "block"})
    rows = operated.merge(amounts, on=["block", "year"])
    probability = {row.id: row.probability for row in instance.scenarios}
    weight = rows["served"].map(probability) / (1 + settings.discount_rate) ** (
        rows["year"] - settings.base_year
    )
    assert plan.certificate is not None

    for name in COSTS:
        expected = (rows["value"] * weight)[rows["account"] == name].sum()
        assert expected == pytest.approx(plan.certificate.parts[name], abs=1e-9)
    short = rows["value"] * rows["served"].map(probability)
    assert short[rows["account"] == "short"].sum() == pytest.approx(
        plan.criteria["expected_shortage"]
    )


def test_unknown_scenarios_are_refused_before_anything_is_solved() -> None:
    with pytest.raises(InvalidOptions, match="'licencing' is no scenario of tiny; it has "):
        solve_here(load("instances/tiny"), Options(keep=("licencing",)))
