"""Rules on policies and shocks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.factories import errors, policy, project, scenario, shock, warnings, world

TRACED = {"element": "Nd", "stage": "processing"}
CAP = TRACED | {"country": "CHN"}
SOFT = {"hard": False, "penalty_usd_per_t": 1000.0}

POLICIES: list[tuple[str, float, dict[str, Any], str]] = [
    ("country_share", 0.5, {}, "element: row 'x': country_share needs it"),
    ("country_share", 0.5, TRACED, "country: row 'x': country_share needs it"),
    ("stage_share", 0.5, {"element": "Nd"}, "stage: row 'x': stage_share needs it"),
    ("esg_floor", 50, {}, "score: row 'x': esg_floor needs it"),
    ("esg_mean", 50, {}, "score: row 'x': esg_mean needs it"),
    ("esg_shortfall", 5, {"score": "e"}, "target: row 'x': esg_shortfall needs it"),
    ("attribute_sum", 5, {}, "attribute: row 'x': attribute_sum needs it"),
    (
        "attribute_mean",
        5,
        {"attribute": "jbs"},
        "attribute: row 'x': no project has the attribute 'jbs' (did you mean jobs?)",
    ),
    (
        "country_share",
        0.5,
        CAP | {"element": "Dy"},
        "element: row 'x': no material contains 'Dy' (contents) (known: Nd)",
    ),
    (
        "money_share",
        40,
        {},
        "value: row 'x': 40 is not within 0 to 1, as money_share needs (40 % is 0.4)",
    ),
    ("uncertified_share", -1, {}, "value: row 'x': -1 is not within 0 to 1, as uncertified_share"
     " needs"),
    ("esg_floor", 101, {"score": "e"}, "value: row 'x': 101 is not within 0 to 100, as esg_floor"
     " needs"),
    ("carbon_cap", -1, {}, "value: row 'x': -1 is not within 0 to 1,000,000,000,000, as"
     " carbon_cap needs"),
    ("project_count", 1.5, {}, "value: row 'x': 1.5 is not a whole number of projects"),
    ("country_share", 0.5, CAP | {"sense": "least"}, "sense: row 'x': country_share is an upper"
     " bound:"
     " write most"),
    ("money_share", 0.5, {"tag": "country"}, "tag_value: row 'x': the tag country needs a value"),
    (
        "money_share",
        0.5,
        {"tag": "bloc", "tag_value": "quadd"},
        "tag_value: row 'x': nothing has the bloc 'quadd' (did you mean quad?)",
    ),
    (
        "money_share",
        0.5,
        {"tag": "kind", "tag_value": "mines"},
        "tag_value: row 'x': nothing has the kind 'mines' (did you mean mine?)",
    ),
    (
        "money_share",
        0.5,
        {"tag": "governance_below", "tag_value": "low"},
        "tag_value: row 'x': 'low' is not a number",
    ),
    (
        "money_share",
        0.5,
        {"tag": "governance_below", "tag_value": "60"},
        "tag_value: row 'x': 60 is not a WGI value within -2.5 to 2.5",
    ),
    (
        "project_count",
        2,
        {"tag": "instrument", "tag_value": "grant"},
        "tag: row 'x': project_count counts projects, and an instrument is a tag of money",
    ),
    (
        "money_share",
        0.5,
        SOFT,
        "hard: row 'x': money_share is always hard; only country_share,"
        " stage_share, untrusted_share and hhi_cap may be soft",
    ),
    (
        "country_share",
        0.5,
        CAP | {"hard": False},
        "penalty_usd_per_t: row 'x': a soft row needs a penalty above 0",
    ),
    (
        "country_share",
        0.5,
        CAP | {"final_value": 0.3},
        "glide_until: row 'x': a glide path needs both final_value and glide_until",
    ),
    (
        "country_share",
        0.5,
        CAP | {"glide_until": 2031},
        "final_value: row 'x': a glide path needs both final_value and glide_until",
    ),
    (
        "country_share",
        0.5,
        CAP | {"final_value": 30, "glide_until": 2031},
        "final_value: row 'x': 30 is not within 0 to 1, as country_share needs (40 % is 0.4)",
    ),
    (
        "country_share",
        0.5,
        CAP | {"final_value": 0.3, "glide_until": 2030},
        "glide_until: row 'x': 2030 is not after 2030 and until 2031, the years of the row",
    ),
    (
        "money_share",
        0.5,
        {"final_value": 0.3, "glide_until": 2031},
        "glide_until: row 'x': money_share does not hold year by year and cannot glide",
    ),
    ("money_share", 0.5, {"first_year": 2029}, "first_year: row 'x': 2029 is outside the horizon"
     " 2030–2031"),
    (
        "money_share",
        0.5,
        {"first_year": 2031, "last_year": 2030},
        "last_year: row 'x': 2030 is before first_year 2031",
    ),
    ("money_share", 0.5, {"member": "fond"}, "member: row 'x': 'fond' is not in the table members"
     " (did"
     " you mean fund?)"),
]  # fmt: skip

JOBS = [{"project": "p", "attribute": "jobs", "value": 1}]


@pytest.mark.parametrize(("kind", "value", "fields", "message"), POLICIES)
def test_a_policy(kind: str, value: float, fields: dict[str, Any], message: str) -> None:
    found = errors(project("p"), policies=[policy("x", kind, value, **fields)], attributes=JOBS)
    assert f"policies, {message}" in found


VALID: list[tuple[str, float, dict[str, Any]]] = [
    ("money_share", 0.5, {"tag": "outside"}),
    ("money_share", 0.5, {"tag": "instrument", "tag_value": "grant"}),
    ("money_share", 0.5, {"tag": "governance_below", "tag_value": "-0.5", "member": "fund"}),
    ("project_count", 2, {"tag": "stage", "tag_value": "processing", "sense": "least"}),
    ("esg_floor", 50, {"score": "g", "sense": "least"}),
    ("esg_shortfall", 5, {"score": "e", "target": 60.0}),
    ("esg_mean", 50, {"score": "s", "sense": "least"}),
    ("uncertified_share", 0.2, {}),
    ("attribute_sum", -5, {"attribute": "jobs"}),
    ("attribute_mean", 5, {"attribute": "jobs", "sense": "least"}),
    ("carbon_cap", 5, {"first_year": 2030, "final_value": 1, "glide_until": 2031}),
    ("water_cap", 5, {"last_year": 2030}),
    ("country_share", 0.5, CAP | SOFT),
    ("stage_share", 0.5, TRACED | {"sense": "least", "tag": "country", "tag_value": "AUS"}),
]


@pytest.mark.parametrize(("kind", "value", "fields"), VALID)
def test_a_good_policy_of_each_kind(kind: str, value: float, fields: dict[str, Any]) -> None:
    known = project("p", e_score=60, s_score=60, g_score=60, host_benefit_share=0.9)
    found = warnings(known, policies=[policy("x", kind, value, **fields)], attributes=JOBS)
    assert [text for text in found if text.startswith("policies")] == []


LOOK: list[tuple[str, float, dict[str, Any], str]] = [
    ("esg_floor", 50, {"score": "e"}, "sense: row 'x': esg_floor is a lower bound whatever this"
     " says:"
     " write least"),
    ("money_share", 0.5, TRACED, "element: row 'x': money_share does not use it; country_share,"
     " stage_share, local_processing, untrusted_share and hhi_cap do"),
    ("project_count", 1, {"member": "fund"}, "member: row 'x': project_count does not use it;"
     " money_share, juste_retour and days_of_cover do"),
    ("carbon_cap", 1, {"tag": "outside"}, "tag: row 'x': carbon_cap does not use it"),
    ("money_share", 0.5, {"tag_value": "x"}, "tag_value: row 'x': the tag all does not use it"),
    ("project_count", 1, {"last_year": 2031}, "first_year: row 'x': project_count counts all"
     " years and"
     " does not use it"),
    (
        "country_share",
        0.5,
        CAP | {"penalty_usd_per_t": 5.0},
        "penalty_usd_per_t: row 'x': is not used: the row is hard",
    ),
    (
        "country_share",
        0.5,
        CAP | {"hard": False, "penalty_usd_per_t": 5e5},
        "penalty_usd_per_t: row 'x': 500,000 USD/t is not below the cheapest shortage of Nd,"
        " 500,000"
        " USD/t: the row is met by starving demand",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value", "fields", "message"), LOOK)
def test_policies_worth_a_look(
    kind: str, value: float, fields: dict[str, Any], message: str
) -> None:
    found = warnings(project("p"), policies=[policy("x", kind, value, **fields)])
    assert f"policies, {message}" in found


WORLDS = {"scenarios": [scenario("nominal", 0.5, nominal=True), scenario("bad", 0.5)]}
BOTH = (2030, 2031)

SHOCKS: list[tuple[Any, str]] = [
    (shock("nominal", "supply", 0, BOTH), "scenario: row 'nominal-supply': 'nominal' is nominal:"
     " the"
     " world without shocks"),
    (shock("worse", "supply", 0, BOTH), "scenario: row 'worse-supply': 'worse' is not in the table"
     " scenarios (known: bad, nominal)"),
    (shock("bad", "supply", 0, BOTH, project="p"), "project: row 'bad-supply': does not apply to"
     " supply"
     " shocks, only country, material, supplier"),
    (shock("bad", "price", 2, BOTH, country="CHN"), "country: row 'bad-price': does not apply to"
     " price"
     " shocks, only material"),
    (shock("bad", "outage", 0, BOTH, segment="motors"), "segment: row 'bad-outage': does not"
     " apply to"
     " outage shocks, only country, material, project"),
    (shock("bad", "supply", 0, BOTH, country="AUS", material="oxide"), "country: row"
     " 'bad-supply': no"
     " supplier has country 'AUS', material 'oxide'"),
    (shock("bad", "access", 0, BOTH, destination="abroad"), "destination: row 'bad-access': no"
     " route"
     " has destination 'abroad'"),
    (shock("bad", "demand", 2, BOTH, material="ore"), "material: row 'bad-demand': no segment has"
     " material 'ore'"),
    (shock("bad", "outage", 0, BOTH, project="p", country="CHN"), "country: row 'bad-outage': no"
     " project has country 'CHN', project 'p'"),
    (shock("bad", "access", 0.5, BOTH), "factor: row 'bad-access': 0.5 of the unlimited route"
     " abroad →"
     " home of 'oxide' is no limit: give the route a capacity, or close it with factor 0"),
    (shock("bad", "supply", 0, (2031, 2030)), "last_year: row 'bad-supply': 2030 is before"
     " first_year"
     " 2031"),
    (shock("bad", "supply", 0, (2040, 2041)), "first_year: row 'bad-supply': 2040–2041 is outside"
     " the"
     " horizon 2030–2031"),
    (shock("bad", "supply", 0, BOTH, supplier="chm"), "supplier: row 'bad-supply': 'chm' is not"
     " in the"
     " table suppliers (did you mean chn?)"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "message"), SHOCKS)
def test_a_shock(row: Any, message: str) -> None:
    assert f"shocks, {message}" in errors(project("p"), shocks=[row], **WORLDS)


def test_good_shocks_of_each_kind() -> None:
    rows = [
        shock("bad", "supply", 0.5, BOTH, country="CHN"),
        shock("bad", "access", 0, BOTH, country="CHN", destination="home"),
        shock("bad", "demand", 2, BOTH, segment="motors"),
        shock("bad", "price", 2, BOTH),
        shock("bad", "outage", 0, BOTH, project="p"),
    ]
    found = warnings(project("p"), shocks=rows, **WORLDS)
    assert [text for text in found if text.startswith("shocks")] == []


def test_shocks_worth_a_look() -> None:
    countries = [*world()["countries"], {"id": "VNM", "zone": "abroad"}]
    rows = [
        shock("bad", "access", 0, BOTH, country="CHN"),
        shock("bad", "price", 1, (2020, 2030)),
    ]
    found = warnings(project("p"), shocks=rows, countries=countries, **WORLDS)
    assert [text for text in found if text.startswith("shocks")] == [
        "shocks, country: row 'bad-access': zone 'abroad' also holds VNM, which the shock hits too",
        "shocks, first_year: row 'bad-price': 2020–2030 is cut to the horizon 2030–2031",
        "shocks, factor: row 'bad-price': 1 changes nothing",
    ]
