"""Rules on projects, recipes and relations."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.factories import Plant, errors, project, relation, warnings

LATER = (2030, 2035)

CANDIDATES: list[tuple[dict[str, Any], str, str]] = [
    ({"online_year": 2030}, "online_year", "only committed and operating projects have an online"
     " year"),
    ({"capex_profile": (0.5, 0.4)}, "capex_profile", "the shares sum to 0.9, not 1"),
    ({"ramp": ()}, "ramp", "must end at 1, full capacity"),
    ({"ramp": (0.5,)}, "ramp", "must end at 1, full capacity"),
    ({"ramp": (0.0, 1.0)}, "ramp", "every share must be above 0; add years of building instead"),
    ({"ramp": (0.8, 0.5, 1.0)}, "ramp", "must not fall from one year to the next"),
    ({"ramp": (0.5, 1.0), "life_years": 1}, "ramp", "has 2 years, more than life_years 1"),
    (
        {"earliest_start": 2033, "latest_start": 2031},
        "latest_start",
        "can never be started: latest_start 2031 is before earliest_start 2033",
    ),
    (
        {"build_years": 6},
        "build_years",
        "can never be started: it could start in 2030 at the earliest, 2029 at the latest (6"
        " years of"
        " building and 1 of operation before the end of 2035)",
    ),
    (
        {"capex_profile": (0.5,) + (0.1,) * 5, "earliest_start": 2031},
        "capex_profile",
        "has 6 years, but only 5 are left from the earliest start 2031",
    ),
    ({"goes_ahead_alone": 2029}, "goes_ahead_alone", "2029 is outside its window 2030–2035"),
    (
        {"latest_start": 2031, "goes_ahead_alone": 2032},
        "goes_ahead_alone",
        "2032 is outside its window 2030–2031",
    ),
    (
        {"private_least_share": 0.1},
        "private_least_share",
        "0.1 is more than private money may cover, 0",
    ),
    ({"country": "CHL"}, "country", "'CHL' is not in the table countries (known: AUS, CHN)"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "field", "message"), CANDIDATES)
def test_a_candidate(fields: dict[str, Any], field: str, message: str) -> None:
    assert f"projects, {field}: row 'p': {message}" in errors(project("p", **fields), years=LATER)


@pytest.mark.parametrize("status", ["committed", "operating"])
def test_fields_of_candidates_only(status: str) -> None:
    fields = {
        "earliest_start": 2030,
        "latest_start": 2031,
        "goes_ahead_alone": 2031,
        "locked": "in",
    }
    assert errors(project("p", status=status, **fields)) == [
        f"projects, {field}: row 'p': is for candidates only; this project is {status}"
        for field in fields
    ]


def test_least_operating_years_leave_no_room() -> None:
    plant = project("p", build_years=1)
    assert errors(plant, years=(2030, 2032), settings={"least_operating_years": 2}) == []
    assert (
        "3 of operation"
        in errors(plant, years=(2030, 2032), settings={"least_operating_years": 3})[0]
    )


def instruments(**mobilisation: float) -> list[dict[str, Any]]:
    """Grants of at most 40 % each, and what they draw in."""
    return [
        {"id": name, "kind": "grant", "largest_share": 0.4, "mobilisation": drawn}
        for name, drawn in mobilisation.items()
    ]


def test_a_candidate_that_can_never_be_financed() -> None:
    """One grant covers 40 %; appetite 0.5 leaves 10 % open."""
    plant = project("p", private_appetite=0.5)
    assert errors(plant, instruments=instruments(a=0)) == [
        "projects, private_appetite: row 'p': can never be financed: private money and the"
        " instruments that it admits cover at most 0.9 of the building cost"
    ]
    assert errors(plant, instruments=instruments(a=0.25)) == []
    assert errors(plant, instruments=instruments(a=0, b=0)) == []
    only_a = project("p", private_appetite=0.5, instruments=("a",))
    assert "projects, instruments: row 'p'" in errors(only_a, instruments=instruments(a=0, b=0))[0]
    unbankable = project("p", private_appetite=1.0, bankable=False)
    assert "cover at most 0.4" in errors(unbankable, instruments=instruments(a=0))[0]
    alone = project("p", private_appetite=0.5, goes_ahead_alone=2031)
    assert errors(alone, instruments=instruments(a=0)) == []
    assert "there is no member to pay" in errors(project("p"), members=[], segments=[])[0]


def test_private_money_is_drawn_in_by_what_mobilises_most() -> None:
    """a draws 2 per unit: c of a with c + 2c = 1 leaves 2/3 to private money."""
    money = instruments(a=2, b=0)
    assert errors(project("p", private_least_share=0.66), instruments=money) == []
    assert errors(project("p", private_least_share=0.67), instruments=money) == [
        "projects, private_least_share: row 'p': 0.67 is more than private money may cover, 0.6667"
    ]


def test_recipes() -> None:
    assert errors(project("p", makes=None)) == [
        "projects, kind: row 'p': a mine needs a recipe in the table recipes"
    ]
    assert errors(project("p", makes=None, kind="programme")) == []
    assert errors(project("p", makes=None, kind="infrastructure")) == [
        "projects, corridor: row 'p': infrastructure needs the corridor that it adds to"
    ]
    assert errors(project("p"), recipes=[{"project": "p", "recipe": "other"}]) == [
        "recipes, recipe: row 'p/other': has no output in the table ingredients"
    ]
    ingredient = {"project": "p", "recipe": "mian", "material": "ore", "direction": "output"}
    assert errors(project("p"), ingredients=[ingredient | {"t_per_t": 1}]) == [
        "ingredients, recipe: row 'p/mian/ore/output': project 'p' has no recipe 'mian' (did you"
        " mean main?)"
    ]
    assert errors(project("p", uses={"ore": 2})) == [
        "ingredients, material: row 'p/main/ore/input': nobody makes, sells or collects 'ore'"
    ]


@pytest.mark.parametrize(
    ("use", "least", "most", "said"),
    [
        (1e-9, 1.0, 1.0, "1e-09 t"),
        (0.009, 1.0, 1.0, "between 0.01 and 100"),
        (0.01, 1.0, 1.0, None),
        (100, 1.0, 1.0, None),
        (101, 1.0, 1.0, "between 0.01 and 100"),
        (5, 5e-6, 500.0, None),  # Gold beside copper: tonnes of ore, of copper, or of gold.
        (1e4, 5e-6, 500.0, None),
        (1e-3, 1e4, 1e4, "(10000 to 10000 t)"),
        (0, 1.0, 1.0, None),
    ],
)
def test_a_capacity_counts_something_like_what_the_recipe_moves(
    use: float, least: float, most: float, said: str | None
) -> None:
    plant = project("p", makes={"oxide": least}, uses={"ore": most}, recipe={"capacity_use": use})
    found = [words for words in errors(plant) if "capacity_use" in words]

    assert len(found) == (0 if said is None else 1)
    assert said is None or said in found[0]


WARNINGS: list[tuple[Plant, str]] = [
    (
        project("p", makes={"oxide": 0.5}),
        "recipes, recipe: row 'p/main': no output has t_per_t 1: which one do capacity and opex"
        " refer to?",
    ),
    (
        project("p", recipe={"capacity_use": 0}),
        "recipes, capacity_use: row 'p/main': is 0: 'p' can run without limit and before it is"
        " built and paid for; write 1 if it is usual",
    ),
    (
        project("p", main_material=None),
        "projects, main_material: row 'p': is empty: policies by material or stage do not see this"
        " project",
    ),
    (
        project("p", main_material="ore"),
        "projects, main_material: row 'p': 'ore' is none of its outputs (oxide)",
    ),
    (
        project("p", capacity_t_per_year=0),
        "projects, capacity_t_per_year: row 'p': is 0: it adds nothing",
    ),
    (
        project("p", status="operating"),
        "projects, capex_musd: row 'p': is sunk for an operating project and not used",
    ),
    (
        project("p", status="committed", online_year=2031),
        "projects, capex_kind: row 'p': is full: only what is still to be paid counts for a"
        " committed project",
    ),
    (
        project("p", status="committed"),
        "projects, online_year: row 'p': is empty: it counts as producing already",
    ),
    (
        project("p", status="committed", online_year=2040),
        "projects, online_year: row 'p': is after 2035: it never produces",
    ),
    (
        project("p", earliest_start=2020),
        "projects, earliest_start: row 'p': is before 2030 and counts as 2030",
    ),
    (
        project("p", latest_start=2035, build_years=2),
        "projects, latest_start: row 'p': leaves too few years of operation and counts as 2033",
    ),
    (
        project("p", capex_profile=(0.5, 0.5)),
        "projects, capex_profile: row 'p': has 2 years, which reach beyond 2035 when it starts in"
        " 2035",
    ),
    (
        project("p", capex_musd=1001),
        "projects, capex_musd: row 'p': needs more public money than the fund's 1,000 MUSD in all"
        " years together",
    ),
    (
        project("p", private_appetite=0.1, bankable=False),
        "projects, private_appetite: row 'p': does not count because the project is not bankable",
    ),
]


@pytest.mark.parametrize(("plant", "message"), WARNINGS)
def test_worth_a_look(plant: Plant, message: str) -> None:
    assert message in warnings(plant, years=LATER)


def test_an_input_that_cannot_get_to_the_plant() -> None:
    """Ore is mined abroad and no route carries it."""
    plants = (project("mine", makes="ore", country="CHN"), project("p", uses={"ore": 2}))
    assert (
        "ingredients, material: row 'p/main/ore/input': no route brings 'ore' to 'home', where"
        " 'p' is" in warnings(*plants)
    )


RELATIONS: list[tuple[Any, str]] = [
    (
        relation("r", "requires", "a"),
        "projects: row 'r': requires names exactly 2 projects, the one and what it needs; here 1",
    ),
    (
        relation("r", "requires", "a", "b", "c"),
        "projects: row 'r': requires names exactly 2 projects, the one and what it needs; here 3",
    ),
    (
        relation("r", "excludes", "a"),
        "projects: row 'r': excludes names at least 2 projects; here 1",
    ),
    (relation("r", "group"), "projects: row 'r': group names at least 2 projects; here 0"),
    (relation("r", "group", "a", "a"), "projects: row 'r': names 'a' more than once"),
    (relation("r", "group", "a", "b", least=2, most=1), "least: row 'r': 2 is more than most, 1"),
    (
        relation("r", "group", "a", "b", least=3),
        "least: row 'r': 3 can never be reached: only 2 projects are listed",
    ),
    (
        relation("r", "group", "old", "alone", "a", most=1),
        "most: row 'r': at most 1, but these run without the fund: old, alone",
    ),
    (
        relation("r", "excludes", "old", "alone"),
        "projects: row 'r': at most 1, but these run without the fund: old, alone",
    ),
]

PLANTS = (
    project("a"),
    project("b"),
    project("c"),
    project("old", status="operating", capex_musd=0),
    project("alone", goes_ahead_alone=2031),
)


@pytest.mark.parametrize(("row", "message"), RELATIONS)
def test_relations(row: Any, message: str) -> None:
    assert f"relations, {message}" in errors(*PLANTS, relations=[row])


def test_circles_are_named() -> None:
    rows = [
        relation("r1", "requires", "a", "b"),
        relation("r2", "requires", "b", "c"),
        relation("r3", "requires", "c", "a"),
    ]
    found = errors(*PLANTS, relations=rows)
    assert len(found) == 1
    assert "projects require each other: " in found[0]
    circle = found[0].rsplit(": ", 1)[1].split(" → ")
    assert circle in (["a", "b", "c", "a"], ["b", "c", "a", "b"], ["c", "a", "b", "c"])


def test_what_goes_ahead_alone_needs_what_is_there() -> None:
    rows = [relation("r", "requires", "alone", "a", lag_years=1)]
    assert errors(*PLANTS, relations=rows) == [
        "projects, goes_ahead_alone: row 'alone': it requires 'a' (relation 'r'), which must then"
        " be"
        " operating, committed or go ahead alone by 2030"
    ]
    early = project("early", goes_ahead_alone=2030)
    rows = [relation("r", "requires", "alone", "early", lag_years=1)]
    assert errors(*PLANTS, early, relations=rows) == []
    assert errors(*PLANTS, relations=[relation("r", "requires", "alone", "old")]) == []


def test_relations_worth_a_look() -> None:
    late = project("late", earliest_start=2031)
    rows = [
        relation("q", "requires", "old", "a"),
        relation("r", "requires", "a", "late", lag_years=1, least=1, most=2),
        relation("s", "excludes", "a", "b", lag_years=1),
    ]
    found = [text for text in warnings(*PLANTS, late, relations=rows) if "relations" in text]
    assert found == [
        "relations, least: row 'r': is for groups only; requires does not use it",
        "relations, most: row 'r': is for groups only; requires does not use it",
        "relations, lag_years: row 's': is for requires only; excludes does not use it",
        "relations, projects: row 'q': 'old' is operating, so what it requires has no effect",
        "relations, projects: row 'r': 'a' can start until 2031, but 'late' allows that only from"
        " 2032",
    ]
