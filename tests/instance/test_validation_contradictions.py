"""What arithmetic refutes: each contradiction is told with its figures, and none is imagined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.instance.formats import examine, save
from optimizer.instance.validation import contradictions
from tests.support.contradicted import strained
from tests.support.factories import (
    errors,
    instance,
    policy,
    project,
    relation,
    scenario,
    series,
    shock,
)
from tests.support.inprocess import optimum
from tests.support.profiles import examples
from tests.support.strategies import instances

if TYPE_CHECKING:
    from optimizer.instance import Instance

YEARS = (2030, 2033)
POOR = [{"id": "fund", "burden_share": 1.0, "opening_cash_musd": 10.0}]
PAYING = [{"member": "fund", "year": 2030, "amount_musd": 200.0}]
CASES: dict[str, tuple[Instance, str]] = {}


def case(name: str, said: str, *plants: Any, **tables: Any) -> None:
    """An instance that contradicts itself, and what is said of it."""
    tables.setdefault("years", YEARS)
    CASES[name] = (instance(*plants, **tables), said)


def stock(identifier: str, **fields: Any) -> Any:
    """A candidate stockpile of 100 t of oxide."""
    fields = {"kind": "stockpile", "capacity_t_per_year": 100.0, "capex_musd": 1.0} | fields
    return project(identifier, makes=None, main_material="oxide", **fields)


A, B, C = project("a"), project("b"), project("c")
IN, OUT = {"locked": "in"}, {"locked": "out"}
SCORES = {"e_score": 20.0}
ELEMENT = {"element": "Nd", "stage": "processing"}

case(
    "more projects than there are",
    "policies, value: row 'nine': asks for at least 9 projects, and at most 3 can be had",
    A,
    B,
    C,
    policies=[policy("nine", "project_count", 9, sense="least")],
)
case(
    "more projects than carry the tag",
    "no candidate counts for it",
    A,
    policies=[policy("one", "project_count", 1, sense="least", tag="kind", tag_value="refinery")],
)
case(
    "more projects than exclusions allow",
    "at least 3 projects, and at most 2 can be had",
    A,
    B,
    C,
    relations=[relation("either", "excludes", "a", "b")],
    policies=[policy("three", "project_count", 3, sense="least")],
)
case(
    "more projects than locks allow",
    "'c' cannot be chosen: it is locked out",
    A,
    B,
    project("c", **OUT),
    policies=[policy("three", "project_count", 3, sense="least")],
)
case(
    "more projects than floors allow",
    "'a' cannot be chosen: policy 'clean' asks for 50, and its e_score is unknown and counts as 0",
    A,
    B,
    policies=[
        policy("two", "project_count", 2, sense="least"),
        policy("clean", "esg_floor", 50, sense="least", score="e"),
    ],
)
case(
    "a least above a most of the same projects",
    "asks for at least 3 projects, which takes at least 3 projects; policy 'few' allows 1",
    A,
    B,
    C,
    project("d"),
    policies=[policy("many", "project_count", 3, sense="least"), policy("few", "project_count", 1)],
)
case(
    "a least of some above a most of all",
    "policy 'few' allows 1",
    A,
    B,
    C,
    policies=[
        policy("mines", "project_count", 2, sense="least", tag="kind", tag_value="mine"),
        policy("few", "project_count", 1),
    ],
)
case(
    "a group above a policy",
    "relation",
    A,
    B,
    relations=[relation("both", "group", "a", "b", least=2)],
    policies=[policy("few", "project_count", 1)],
)
case(
    "both sides of an exclusion locked in",
    "allows at most 1 projects, and at least 2 come about: 'a' is locked in; 'b' is locked in",
    project("a", **IN),
    project("b", **IN),
    relations=[relation("or", "excludes", "a", "b")],
)
case(
    "more locked in than a group allows",
    "relations, most: row 'few': allows at most 1",
    project("a", **IN),
    project("b", **IN),
    C,
    relations=[relation("few", "group", "a", "b", "c", most=1)],
)
case(
    "more locked out than a group needs",
    "relations, least: row 'two': asks for at least 2",
    A,
    project("b", **OUT),
    relations=[relation("two", "group", "a", "b", least=2)],
)
case(
    "a prerequisite locked out",
    "projects, locked: row 'a': 'a' is locked in, but cannot be started: it requires 'b', which"
    " cannot be started: it is locked out",
    project("a", **IN),
    project("b", **OUT),
    relations=[relation("r", "requires", "a", "b")],
)
case(
    "a prerequisite of a prerequisite locked out",
    "'a' is locked in, but cannot be started",
    project("a", **IN),
    B,
    project("c", **OUT),
    relations=[relation("r", "requires", "a", "b"), relation("s", "requires", "b", "c")],
)
case(
    "a prerequisite that comes too late",
    "it could start from 2032 on, and no later than 2030",
    project("a", **IN, latest_start=2030),
    project("b", earliest_start=2032),
    relations=[relation("r", "requires", "a", "b")],
)
case(
    "a prerequisite whose lag is too long",
    "it could start from 2034 on",
    project("a", **IN),
    B,
    relations=[relation("r", "requires", "a", "b", lag_years=4)],
)
case(
    "a prerequisite that an exclusion bars",
    "'b' is required by 'a', which is locked in; 'c' is locked in",
    project("a", **IN),
    B,
    project("c", **IN),
    relations=[relation("r", "requires", "a", "b"), relation("x", "excludes", "b", "c")],
)
case(
    "a floor above what is locked in",
    "policy 'clean' asks for 50, and its e_score is 20",
    project("a", **IN, **SCORES),
    policies=[policy("clean", "esg_floor", 50, sense="least", score="e")],
)
case(
    "a host's share above what is locked in",
    "its host_benefit_share is unknown",
    project("a", **IN),
    policies=[policy("fair", "host_benefit", 0.1, sense="least")],
)
case(
    "a count below what is locked in",
    "policies, value: row 'none': allows at most 0 projects",
    project("a", **IN),
    policies=[policy("none", "project_count", 0)],
)
case(
    "a mean that what is locked in spoils",
    "policies, value: row 'mean': asks for at least 0",
    project("a", **IN, **SCORES),
    policies=[policy("mean", "esg_mean", 50, sense="least", score="e")],
)
case(
    "missing points above the budget",
    "MUSD times missing points",
    project("a", **IN, **SCORES),
    contributions=PAYING,
    policies=[policy("gap", "esg_shortfall", 1, score="e", target=60)],
)
case(
    "what is not certified above the budget",
    "MUSD in what is not certified",
    project("a", **IN),
    contributions=PAYING,
    policies=[policy("bare", "uncertified_share", 0.1)],
)
case(
    "an attribute that there is not enough of",
    "asks for at least 50 of the attribute jobs",
    A,
    B,
    attributes=[{"project": "a", "attribute": "jobs", "value": 30}],
    policies=[policy("jobs", "attribute_sum", 50, sense="least", attribute="jobs")],
)
case(
    "an attribute mean that what is locked in spoils",
    "of MUSD times jobs beyond the mean",
    project("a", **IN),
    attributes=[{"project": "a", "attribute": "jobs", "value": 30}],
    policies=[policy("jobs", "attribute_mean", 50, sense="least", attribute="jobs")],
)
case(
    "a score that nobody has",
    "asks for at least 5 of strategic_value, and at most 3",
    project("a", strategic_value=3.0),
    policies=[policy("score", "criterion_bound", 5, sense="least", criterion="strategic_value")],
)
case(
    "less carbon than none",
    "allows at most -1, and carbon is never below 0",
    A,
    policies=[policy("air", "criterion_bound", -1, criterion="carbon")],
)
case(
    "a criterion between bounds that cross",
    "policy 'low' allows at most 10",
    A,
    policies=[
        policy("high", "criterion_bound", 20, sense="least", criterion="expected_cost"),
        policy("low", "criterion_bound", 10, criterion="expected_cost"),
    ],
)
case(
    "more public capital than all plants cost",
    "at most 100 can be had",
    A,
    policies=[policy("big", "criterion_bound", 500, sense="least", criterion="public_capital")],
)
case(
    "less public capital than a lock takes",
    "allows at most 50 MUSD of public_capital",
    project("a", **IN),
    policies=[policy("small", "criterion_bound", 50, criterion="public_capital")],
)
case(
    "a lock that the fund cannot pay",
    "projects, locked: row 'a': needs money that the fund does not have: 'a' is locked in;"
    " together they take at least 100 MUSD (present value) of the fund's cash by 2033, of which"
    " there are 10",
    project("a", **IN),
    members=POOR,
)
case(
    "locks that the fund can pay one by one",
    "'a' is locked in; 'b' is locked in",
    project("a", **IN),
    project("b", **IN),
    members=[{"id": "fund", "burden_share": 1.0, "opening_cash_musd": 150.0}],
)
case(
    "a lock that must be paid before the money comes",
    "by 2030, of which there are 10",
    project("a", **IN, latest_start=2030),
    members=POOR,
    contributions=[{"member": "fund", "year": 2032, "amount_musd": 500.0}],
)
case(
    "a prerequisite that the fund cannot pay",
    "'b' is required by 'a', which is locked in",
    project("a", **IN, capex_musd=1),
    project("b", capex_musd=500),
    members=POOR,
    relations=[relation("r", "requires", "a", "b")],
)
case(
    "more projects than there is money for",
    "MUSD (present value) of the fund's cash",
    A,
    B,
    C,
    policies=[policy("two", "project_count", 2, sense="least")],
    members=[{"id": "fund", "burden_share": 1.0, "opening_cash_musd": 150.0}],
)
case(
    "a lock after outlays",
    "of which there are 50",
    project("a", **IN),
    members=[{"id": "fund", "burden_share": 1.0, "opening_cash_musd": 150.0}],
    outlays=[{"member": "fund", "year": 2030, "amount_musd": 100.0}],
)
case(
    "a mandate for what there is not",
    "no candidate counts for it",
    A,
    contributions=PAYING,
    policies=[policy("abroad", "money_share", 0.5, sense="least", tag="outside")],
)
case(
    "a mandate for more than it costs",
    "asks for at least 160 MUSD (present value)",
    A,
    contributions=PAYING,
    policies=[policy("a", "money_share", 0.8, sense="least")],
)
case(
    "a mandate below a lock",
    "allows at most 20 MUSD (present value)",
    project("a", **IN),
    contributions=PAYING,
    policies=[policy("a", "money_share", 0.1)],
)
case(
    "a mandate above a cap",
    "policy 'most' allows 40",
    project("a", capex_musd=500),
    contributions=PAYING,
    policies=[
        policy("least", "money_share", 0.5, sense="least", tag="kind", tag_value="mine"),
        policy("most", "money_share", 0.2),
    ],
)
case(
    "mandates above all that can be paid",
    "and the fund can commit at most 200 MUSD",
    project("a", capex_musd=500),
    project("b", capex_musd=500, kind="refinery"),
    contributions=PAYING,
    members=[{"id": "fund", "burden_share": 1.0}],
    policies=[
        policy("mines", "money_share", 0.6, sense="least", tag="kind", tag_value="mine"),
        policy("works", "money_share", 0.6, sense="least", tag="kind", tag_value="refinery"),
    ],
)
case(
    "own capacity before it can be built",
    "as capacity at processing in 2030, and at most 0",
    project("a", build_years=2),
    policies=[policy("home", "stage_share", 0.5, sense="least", **ELEMENT)],
)
case(
    "own capacity that nobody offers",
    "no candidate counts for it",
    A,
    policies=[
        policy(
            "home", "stage_share", 0.5, sense="least", tag="kind", tag_value="refinery", **ELEMENT
        )
    ],
)
case(
    "days of cover before a stockpile can be built",
    "t in stockpiles in 2030, and at most 0",
    stock("s", earliest_start=2032, life_years=30),
    stockpiles=[{"project": "s", "material": "oxide"}],
    policies=[policy("cover", "days_of_cover", 10, sense="least")],
)
case(
    "days of cover beyond all stockpiles",
    "asks for at least 164.384 t in stockpiles",
    stock("s", life_years=30),
    stockpiles=[{"project": "s", "material": "oxide"}],
    policies=[policy("cover", "days_of_cover", 60, sense="least")],
)
case(
    "a service level above all supply",
    "asks for at least 900 t of 'oxide' in 2030 of scenario 'storm', and at most 400 can be had",
    project("a", capacity_t_per_year=200.0),
    supply_limits=series("supplier", ["chn"], range(2030, 2034), limit_t_per_year=400.0),
    scenarios=[scenario("nominal", 0.5, nominal=True), scenario("storm", 0.5, must_survive=True)],
    shocks=[shock("storm", "supply", 0.5, (2030, 2030), country="CHN")],
    policies=[policy("lights", "must_survive", 0.1)],
)


SCARCE = {"supply_limits": series("supplier", ["chn"], range(2030, 2034), limit_t_per_year=400.0)}
case(
    "shortage below what cannot be avoided",
    "allows at most 1 kt of expected_shortage, and at least 2.4 come about",
    policies=[policy("short", "criterion_bound", 1, criterion="expected_shortage")],
    **SCARCE,
)
case(
    "cost of shortage below what cannot be avoided",
    "at least 1,200 come about",
    policies=[policy("short", "criterion_bound", 1, criterion="mean_shortage_cost")],
    **SCARCE,
)
case(
    "service above what can be had",
    "the worst served can have 0.4 of it, whatever is chosen",
    policies=[
        policy("all", "criterion_bound", 0.5, sense="least", criterion="worst_member_service")
    ],
    **SCARCE,
)
case(
    "a service level that no route can carry",
    "and at most 100 can be had",
    routes=[
        {
            "origin": "abroad",
            "destination": "home",
            "material": "oxide",
            "capacity_t_per_year": 200.0,
        }
    ],
    scenarios=[scenario("nominal", 0.5, nominal=True), scenario("storm", 0.5, must_survive=True)],
    shocks=[shock("storm", "access", 0.5, (2030, 2030), destination="home")],
    policies=[policy("lights", "must_survive", 0.5)],
)


@pytest.mark.parametrize("name", CASES)
def test_a_contradiction_is_told_with_its_figures(name: str) -> None:
    """And the solver agrees that there is no plan."""
    made, said = CASES[name]

    found = contradictions(made)

    text = [
        f"{row.table}, {row.field}: row '{'/'.join(map(str, row.key or ()))}': {row.message}"
        for row in found
    ]
    assert any(said in line for line in text) or said in {row.table for row in found}, text
    assert {row.level for row in found} == {"error"}
    assert optimum(made) is None


FINE = {
    "a switched off policy": instance(
        A, policies=[policy("nine", "project_count", 9, sense="least", enabled=False)]
    ),
    "a lock that private money pays": instance(
        project("a", **IN, private_appetite=1.0), members=POOR
    ),
    "a lock that a guarantee draws money to": instance(
        project("a", **IN, private_appetite=0.9),
        members=POOR,
        instruments=[
            {"id": "grant", "kind": "grant"},
            {"id": "promise", "kind": "guarantee", "mobilisation": 1.0, "tenor_years": 2,
             "largest_share": 0.5},
        ],
    ),
    "a lock that a treasury pays": instance(
        project("a", **IN),
        members=[POOR[0] | {"countries": ["AUS"]}],
        instruments=[{"id": "credit", "kind": "tax_credit"}],
    ),
    "a prerequisite just in time": instance(
        project("a", **IN, latest_start=2031),
        project("b", latest_start=2030),
        relations=[relation("r", "requires", "a", "b", lag_years=1)],
        years=YEARS,
    ),
    "mandates that what comes back pays": instance(
        project("a"),
        project("b", kind="refinery", earliest_start=2032),
        years=YEARS,
        members=[{"id": "fund", "burden_share": 1.0}],
        contributions=[{"member": "fund", "year": 2030, "amount_musd": 100.0}],
        instruments=[{"id": "loan", "kind": "loan", "tenor_years": 1}],
        policies=[
            policy("m", "money_share", 1.0, sense="least", tag="kind", tag_value="mine"),
            policy("r", "money_share", 1.0, sense="least", tag="kind", tag_value="refinery"),
        ],
    ),
    "an exclusion of what goes ahead alone": instance(
        project("a", goes_ahead_alone=2031),
        B,
        relations=[relation("or", "excludes", "a", "b")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FINE)
def test_what_can_be_kept_is_no_contradiction(name: str) -> None:
    assert contradictions(FINE[name]) == ()
    assert optimum(FINE[name]) is not None


@given(st.integers(0, 2**32 - 1))
@settings(derandomize=True, max_examples=examples(150))
def test_no_contradiction_is_imagined(seed: int) -> None:
    """Whatever is told of random locks, mandates and bounds, the solver finds no plan either."""
    made = strained(seed)
    if made is not None and contradictions(made):
        assert optimum(made) is None


@given(instances())
@settings(derandomize=True, max_examples=examples(50))
def test_an_instance_that_can_do_nothing_is_not_contradicted(made: Instance) -> None:
    assert contradictions(made) == ()


def test_most_contradictions_of_random_instances_are_told() -> None:
    """Of what the solver cannot solve, arithmetic explains at least four of five."""
    made = [row for row in map(strained, range(60)) if row is not None]
    stuck = [row for row in made if optimum(row) is None]
    told = [row for row in stuck if contradictions(row)]

    assert len(stuck) > 20
    assert len(told) >= 0.8 * len(stuck)


def test_a_file_that_contradicts_itself_is_refused(tmp_path: Any) -> None:
    """An instance in memory is a what-if, and may end without a plan; a file is told."""
    save(CASES["more projects than there are"][0], tmp_path / "x.json")

    made, faults = examine(tmp_path / "x.json")

    assert made is None
    assert [fault.field for fault in faults if fault.level == "error"] == ["value"]


OWED = {"outlays": [{"member": "fund", "year": 2031, "amount_musd": 40.0}], "members": POOR}


def test_an_outlay_that_its_member_cannot_pay_names_member_and_year() -> None:
    assert errors(**OWED) == [
        "outlays, amount_musd: row 'fund/2031': member 'fund' owes 40 MUSD in 2031 and has 10 then,"
        " though nothing is started: raise its contributions or opening cash by 30 MUSD, or move"
        " the outlay"
    ]
    paid = [{"member": "fund", "year": 2030, "amount_musd": 29.999}]
    assert len(errors(**OWED, contributions=paid)) == 1
    assert errors(**OWED, contributions=[paid[0] | {"amount_musd": 30.0}]) == []
    late = [{"member": "fund", "year": 2032, "amount_musd": 30.0}]
    assert len(errors(**OWED, contributions=late, years=YEARS)) == 1


def test_an_outlay_counts_interest() -> None:
    """10 at the end of 2029 at 50 % are 22.5 at the end of 2031."""
    owed = [{"member": "fund", "year": 2031, "amount_musd": 22.5}]
    assert errors(members=POOR, outlays=owed, settings={"discount_rate": 0.5}) == []
    owed[0]["amount_musd"] = 22.6
    assert len(errors(members=POOR, outlays=owed, settings={"discount_rate": 0.5})) == 1
