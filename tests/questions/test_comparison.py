"""The comparison: every table against plans argued by hand."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pandas as pd
import pytest

from optimizer.checker import policy_rows
from optimizer.errors import OptimizerError
from optimizer.evaluation.supply import content_by_country
from optimizer.plan import Options, Plan
from optimizer.questions.comparison import Comparison, compare
from tests.support.compared_plans import changed_instance, first, instances, none, plans, second
from tests.support.hand_plans import CRITERIA, OBJECTIVE, hand_instance, hand_plan

TABLES = [field.name for field in fields(Comparison) if field.name != "plans"]


def compared() -> Comparison:
    return compare(plans(), instances())


def rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Rows of a table with None for what is missing."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [tuple(row) for row in plain.itertuples(index=False, name=None)]


def by_key(frame: pd.DataFrame) -> dict[Any, tuple[Any, ...]]:
    """Rows of a table by their index."""
    return dict(zip(frame.index.tolist(), rows(frame), strict=True))


def test_the_same_plan_differs_in_nothing() -> None:
    found = compare([first(), first()], [hand_instance(), hand_instance()])

    assert found.plans == ("plan 1", "plan 2")
    assert found.inputs.empty
    assert found.choice.empty
    assert found.money.empty
    assert (found.schedule["later_by_years"] == 0).all()
    assert (found.criteria["difference"] == 0).all(axis=None)
    assert found.proof["certain"].tolist() == [pd.NA, False]


def test_inputs_are_the_cells_that_differ() -> None:
    """A row that is missing in one instance shows what it says in the other."""
    inputs = by_key(compared().inputs)

    assert inputs["policies", "china", "final_value"] == (0.4, 0.3, 0.3)
    assert inputs["contributions", "us/2031", "amount_musd"] == (40.0, 80.0, 80.0)
    assert inputs["members", "jp", "opening_cash_musd"] == (50.0, 100.0, 100.0)
    assert inputs["outlays", "us/2030", "amount_musd"] == (5.0, None, None)
    assert {table for table, _, _ in inputs} == {"policies", "contributions", "members", "outlays"}


def test_inputs_tell_settings_options_and_versions() -> None:
    """Nested settings are told by their paths."""
    risky = hand_instance().changed({"settings.objective.risk_weight": 0.25})
    other = replace(
        first(),
        instance_hash=risky.content_hash,
        options=Options(gap=0.01),
        versions={"lodestone": "1"},
    )

    inputs = by_key(compare([first(), other], [hand_instance(), risky]).inputs)

    assert inputs == {
        ("settings", "", "objective.risk_weight"): (0.5, 0.25),
        ("options", "", "gap"): (0.001, 0.01),
        ("versions", "", "lodestone"): ("0", "1"),
    }


def test_inputs_without_the_instances_are_their_identity() -> None:
    inputs = by_key(compare(plans()).inputs)

    hashes = (hand_instance().content_hash, *2 * (changed_instance().content_hash,))
    assert inputs == {("instance", "", "hash"): hashes}


def test_choice_is_what_starts_otherwise() -> None:
    """The port starts in 2030 in both plans and is left out."""
    found = compare([first(), second()])

    assert by_key(found.choice) == {
        "recycler": (2031, 2031, "alone in some"),
        "refinery": (2030, 2031, "another year"),
        "smelter": (2031, None, "only in some"),
    }
    assert list(found.choice.columns) == ["plan 1", "plan 2", "differs_by"]


def test_choice_beside_no_plan_is_everything() -> None:
    choice = by_key(compared().choice)

    assert choice["port"] == (2030, 2030, None, "only in some")
    assert len(choice) == 4


def test_schedule_has_starts_and_first_outputs() -> None:
    """The refinery is built in one year; years later are counted from the first plan."""
    schedule = compared().schedule

    assert list(schedule.columns) == [
        "project", "plan", "start", "first_output", "alone", "later_by_years",
    ]  # fmt: skip
    assert rows(schedule) == [
        ("port", "one", 2030, 2030, False, 0),
        ("port", "two", 2030, 2030, False, 0),
        ("recycler", "one", 2031, 2031, True, 0),
        ("recycler", "two", 2031, 2031, False, 0),
        ("refinery", "one", 2030, 2031, False, 0),
        ("refinery", "two", 2031, 2032, False, 1),
        ("smelter", "one", 2031, 2031, False, 0),
    ]


def test_a_start_that_the_first_plan_lacks_is_later_by_nothing_known() -> None:
    schedule = compare([second(), first()]).schedule

    smelter = schedule[schedule["project"] == "smelter"]
    assert rows(smelter) == [("smelter", "plan 2", 2031, None, False, None)]


def test_money_is_what_differs_by_project_instrument_and_member() -> None:
    money = compared().money

    assert by_key(money) == {
        ("port", "grant", "us"): (10, 10, 0),
        ("recycler", "(private)", "(private)"): (20, 0, 0),
        ("recycler", "grant", "jp"): (0, 20, 0),
        ("refinery", "(private)", "(private)"): (40, 50, 0),
        ("refinery", "grant", "jp"): (20, 0, 0),
        ("refinery", "grant", "us"): (0, 50, 0),
        ("refinery", "loan", "us"): (40, 0, 0),
        ("smelter", "equity", "us"): (30, 0, 0),
        ("smelter", "grant", "jp"): (20, 0, 0),
    }
    assert ("port", "grant", "us") not in compare([first(), second()]).money.index


def test_money_by_member_and_by_instrument_are_totals() -> None:
    found = compared()

    assert by_key(found.money_by_member) == {
        "(private)": (60, 50, 0),
        "jp": (40, 20, 0),
        "us": (80, 60, 0),
    }
    assert by_key(found.money_by_instrument) == {
        "(private)": (60, 50, 0),
        "equity": (30, 0, 0),
        "grant": (50, 80, 0),
        "loan": (40, 0, 0),
    }


def test_supply_is_served_and_short_with_the_expected() -> None:
    """In 2032 the embargo (0.4) serves 0.575 and leaves 0.425 short; 2030 is as the nominal."""
    supply = compared().supply

    known = {row[:4]: row[4:] for row in rows(supply)}
    assert known["one", "embargo", 2030, "motors"] == ("oxide", 1.0, 0.0)
    assert known["one", "embargo", 2032, "motors"] == ("oxide", 0.575, 0.425)
    expected = known["one", "(expected)", 2032, "motors"]
    assert expected == ("oxide", pytest.approx(0.83), pytest.approx(0.17))
    assert known["two", "(expected)", 2032, "motors"] == ("oxide", pytest.approx(1), 0)
    assert set(supply["plan"]) == {"one", "two"}
    assert list(supply.columns)[4:] == ["material", "served_kt", "short_kt"]


def test_supply_without_the_instances_has_scenarios_only() -> None:
    supply = compare(plans()).supply

    assert set(supply["scenario"]) == {"nominal", "embargo"}
    assert supply["material"].isna().all()


def test_origins_follow_content_through_the_stages() -> None:
    """2031, processing: 0.625 bought from China; refinery 0.2 and recycler 0.075; smelter 0.1.

    At extraction each kt of oxide needs 1.25: of the purchases 0.78125, three quarters China's,
    and 0.125 by the smelter (MYS); the pit's 0.6 of ore contain 0.3, of which 0.1 is sold.
    """
    origins = compared().origins

    keys = ["plan", "stage", "year", "country"]
    share = origins.set_index(keys)["share"]
    kt = origins.set_index(keys)["kt"]
    assert share["one", "processing", 2031, "CHN"] == pytest.approx(0.625)
    assert share["one", "processing", 2031, "AUS"] == pytest.approx(0.275)
    assert share["one", "processing", 2031, "MYS"] == pytest.approx(0.1)
    assert kt["one", "extraction", 2031, "CHN"] == pytest.approx(0.78125 * 0.75)
    assert kt["one", "extraction", 2031, "MYS"] == pytest.approx(0.78125 * 0.25 + 0.125)
    assert kt["one", "extraction", 2031, "AUS"] == pytest.approx(0.3 - 0.1)
    assert set(origins["demand_kt"].round(9)) == {1.0, 1.25}
    assert set(origins["element"]) == {"Nd"}
    assert set(origins["plan"]) == {"one", "two"}


@pytest.mark.parametrize(("policy", "stage"), [("china", "processing"), ("mined", "extraction")])
def test_supply_by_country_is_what_the_checker_holds_against_the_cap(
    policy: str, stage: str
) -> None:
    instance, plan = hand_instance(), hand_plan()

    found = content_by_country(instance, plan, "Nd", stage)

    capped = policy_rows(instance, plan).query("policy == @policy")
    from_china = found[found["country"] == "CHN"].set_index("year")["kt"]
    assert from_china.to_dict() == pytest.approx(capped.set_index("year")["left"].to_dict())


@pytest.mark.parametrize(("element", "stage"), [("Dy", "processing"), ("Nd", "scrap")])
def test_an_unknown_element_or_stage_is_named(element: str, stage: str) -> None:
    with pytest.raises(OptimizerError, match="'Dy'" if element == "Dy" else "'scrap'"):
        content_by_country(hand_instance(), hand_plan(), element, stage)


def test_origins_without_the_instances_are_empty() -> None:
    assert compare(plans()).origins.empty


def test_criteria_have_units_and_differences_from_the_first() -> None:
    criteria = compared().criteria

    assert criteria.index[0] == ("expected_cost", "M$")
    assert set(criteria.index.get_level_values("criterion")) == set(CRITERIA)
    cost = criteria.loc[("expected_cost", "M$")]
    assert cost["value", "one"] == CRITERIA["expected_cost"]
    assert cost["difference", "two"] == pytest.approx(-30)
    assert pd.isna(cost["value", "none"])
    assert ("difference", "one") not in criteria.columns


def test_proof_has_a_line_for_every_plan() -> None:
    proof = compared().proof

    assert proof["status"].tolist() == ["feasible", "feasible", "infeasible"]
    assert proof["objective"].tolist()[:2] == [OBJECTIVE, OBJECTIVE - 30]
    assert proof["difference"].iloc[1] == pytest.approx(-30)
    assert proof["certified"].tolist() == [True, True, pd.NA]
    assert proof["certain"].tolist() == [pd.NA, True, True]


def stating(objective: float | None, bound: float | None, status: str = "feasible") -> Plan:
    proof = hand_plan().proof.replaced(objective=objective, bound=bound, status=status)
    return replace(hand_plan(), proof=proof)


@pytest.mark.parametrize(
    ("one", "other", "certain"),
    [
        (stating(100, 90), stating(120, 101), True),
        (stating(100, 90), stating(120, 99), False),
        (stating(100, 90), stating(95, 80), False),
        (stating(100, 90), stating(89, 80), True),
        (stating(100, 110), stating(120, 130), True),
        (stating(100, 100), stating(100.00001, 100.00001), False),
        (stating(100, 90), stating(120, None), None),
        (stating(100, 90), stating(None, None, "infeasible"), True),
        (stating(None, None, "infeasible"), stating(None, None, "infeasible"), False),
        (stating(None, None, "unknown"), stating(None, None, "infeasible"), None),
    ],
    ids=[
        "apart", "overlapping", "cheaper but overlapping", "cheaper and apart", "maximised",
        "the dust of a sum", "no bound", "infeasible", "both infeasible", "out of time",
    ],
)  # fmt: skip
def test_a_difference_is_certain_where_the_ranges_are_apart(
    one: Plan, other: Plan, certain: bool | None
) -> None:
    found = compare([one, other]).proof["certain"].iloc[1]

    assert (None if found is pd.NA else bool(found)) is certain


def test_no_plan_at_all_makes_empty_tables() -> None:
    found = compare([none(), none()], [changed_instance(), changed_instance()])

    for name in ("inputs", "choice", "schedule", "money", "supply", "origins", "criteria"):
        assert getattr(found, name).empty, name
    assert len(found.proof) == 2


@pytest.mark.parametrize("name", TABLES)
def test_tables_have_the_same_columns_with_and_without_a_plan(name: str) -> None:
    with_plans = getattr(compare([first(), second()], [hand_instance(), changed_instance()]), name)
    without = getattr(compare([none(), none()], [changed_instance(), changed_instance()]), name)

    assert list(without.columns) == list(with_plans.columns)


@pytest.mark.parametrize(
    ("given", "worlds", "message"),
    [
        ({}, None, "no plan"),
        ({"differs_by": first()}, None, "differs_by"),
        ({"one": first()}, {"other": hand_instance()}, "one, other: needs both"),
        ({"one": first()}, {"one": changed_instance()}, "one: .* another instance"),
    ],
    ids=["none", "reserved name", "unmatched", "another instance"],
)
def test_what_cannot_be_compared_is_told(given: Any, worlds: Any, message: str) -> None:
    with pytest.raises(OptimizerError, match=message):
        compare(given, worlds)
