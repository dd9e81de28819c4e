"""Rules 1 and 2: what can be started when, and what that asks of other projects."""

from __future__ import annotations

import pytest

from optimizer.blocks.parameters import Parameters
from tests.support.deciding import decide, investment, missed, slacks
from tests.support.factories import instance, policy, project, relation

YEARS = (2030, 2035)


def window(**fields: object) -> tuple[int, ...]:
    """Window of one candidate; plants must run three years if they are built."""
    world = instance(project("pit", **fields), years=YEARS, settings={"least_operating_years": 3})
    return Parameters(world).windows["pit"]


def test_rule_1_a_start_is_for_good() -> None:
    """Started in 2031 and no longer in 2032: the row of 2032 is short by 1."""
    m = investment(instance(project("pit"), years=(2030, 2032)))

    decide(m, w={("pit", 2031): 1})

    assert slacks(m.once) == {("pit", 2031): 1, ("pit", 2032): -1}
    assert [m.start["pit", year].expr() for year in (2030, 2031, 2032)] == [0, 1, -1]


def test_rule_1_windows_leave_room_to_operate() -> None:
    """Two years to build and three to run until 2035: 2035 − 2 − 3 + 1 = 2031 is the last start.
    Without building, one year is enough."""
    assert window(build_years=2) == (2030, 2031)
    assert window() == tuple(range(2030, 2036))
    assert window(earliest_start=2032, latest_start=2033) == (2032, 2033)
    assert window(earliest_start=2020, latest_start=2030) == (2030,)


def test_rule_1_what_goes_ahead_alone_starts_by_itself() -> None:
    """It goes ahead in 2032: its window ends there, and w of 2032 can only be 1."""
    m = investment(instance(project("pit", goes_ahead_alone=2032), years=YEARS))

    assert [key[1] for key in m.w] == [2030, 2031, 2032]
    assert [m.w["pit", year].lb for year in (2030, 2031, 2032)] == [0, 0, 1]


def test_rule_1_locks_settle_the_end_of_the_window() -> None:
    """Locked in: started by 2035 at the latest. Locked out: no w at all."""
    world = instance(project("pit", locked="in"), project("hill", locked="out"), years=YEARS)
    m = investment(world)

    assert m.w["pit", 2035].lb == 1
    assert m.w["pit", 2034].lb == 0
    assert {p for p, _ in m.w} == {"pit"}


def test_rule_1_settled_projects_are_never_chosen() -> None:
    """An operating and a committed plant have no w."""
    settled = (
        project("old", status="operating", capex_musd=0),
        project("new", status="committed", online_year=2031),
    )
    m = investment(instance(*settled, project("pit")))

    assert {p for p, _ in m.w} == {"pit"}


def test_rule_2_requires_looks_back_by_the_lag() -> None:
    """The works needs the mine two years before. Mine 2030, works 2032: it holds with nothing to
    spare. Works in 2031: one row is short by 1."""
    world = instance(
        project("mine"),
        project("works"),
        years=(2030, 2033),
        relations=[relation("fed", "requires", "works", "mine", lag_years=2)],
    )
    m = investment(world)

    decide(m, started={"mine": 2030, "works": 2032})
    assert min(slacks(m.requires).values()) == 0
    decide(m, started={"mine": 2030, "works": 2031})
    assert missed(m, "requires") == {"requires[fed,2031]"}


@pytest.mark.parametrize("status", ["operating", "committed"])
def test_rule_2_a_settled_project_fulfils_a_requirement(status: str) -> None:
    """What runs or is being built counts as started: there is no row to break."""
    world = instance(
        project("mine", status=status, capex_musd=0, online_year=2031),
        project("works"),
        relations=[relation("fed", "requires", "works", "mine", lag_years=2)],
    )

    assert len(investment(world).requires) == 0


def test_rule_2_requiring_what_is_locked_out_forbids() -> None:
    """No mine at all: w of the works is at most 0 in both years."""
    world = instance(
        project("mine", locked="out"),
        project("works"),
        relations=[relation("fed", "requires", "works", "mine")],
    )
    m = investment(world)

    decide(m, started={"works": 2031})

    assert sorted(slacks(m.requires).values()) == [-1, 0]


def test_rule_2_excludes_takes_one_at_most() -> None:
    """Two of three exclude each other: 2 is 1 more than 1; an operating one counts, too."""
    plants = (project("a"), project("b"), project("old", status="operating", capex_musd=0))
    world = instance(
        *plants,
        relations=[
            relation("either", "excludes", "a", "b"),
            relation("full", "excludes", "a", "old"),
        ],
    )
    m = investment(world)

    decide(m, started={"b": 2031})
    assert missed(m, "group") == set()
    decide(m, started={"a": 2030, "b": 2031})
    assert slacks(m.group) == {"either": -1, "full": -1}


def test_rule_2_a_group_has_a_least_and_a_most() -> None:
    """One to two of a, b, c: none is 1 too few, three is 1 too many."""
    world = instance(
        *(project(name) for name in "abc"),
        relations=[relation("some", "group", "a", "b", "c", least=1, most=2)],
    )
    m = investment(world)

    for count, slack in ((0, -1), (1, 0), (2, 0), (3, -1)):
        decide(m, started=dict.fromkeys("abc"[:count], 2031))
        assert m.group["some"].slack() == slack


def test_rule_8_a_floor_leaves_only_going_ahead_alone() -> None:
    """E score 10 under a floor of 20; unknown counts as 0. Neither can be started with the fund,
    but the second goes ahead in 2031 all the same; the third is clean enough."""
    world = instance(
        project("dirty", e_score=10),
        project("unknown", goes_ahead_alone=2031),
        project("clean", e_score=20),
        policies=[policy("floor", "esg_floor", 20, sense="least", score="e")],
    )
    m = investment(world)

    assert {key: m.w[key].ub for key in m.w} == {
        ("dirty", 2030): 0,
        ("dirty", 2031): 0,
        ("unknown", 2030): 0,
        ("unknown", 2031): 1,
        ("clean", 2030): 1,
        ("clean", 2031): 1,
    }
