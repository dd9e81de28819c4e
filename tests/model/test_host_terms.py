"""Rule 6: what hosts of plants are granted, and from whom the alliance buys."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.idiomatic import build_whole
from optimizer.blocks.worlds import Worlds
from optimizer.checker import check, criteria_of, policy_rows
from optimizer.program.stamp import stamp
from tests.support.deciding import a_year, decide, investment
from tests.support.factories import errors, instance, policy, project, warnings, world
from tests.support.hand_operation import CRITERIA, OBJECTIVE, PARTS, hand_instance, hand_plan
from tests.support.inprocess import optimum, solve_here
from tests.support.normal_form import fingerprint, program_of

TRACED: dict[str, Any] = {"element": "Nd", "stage": "processing"}
SOFT: dict[str, Any] = {"hard": False, "penalty_usd_per_t": 1000.0}


def refined(value: float, **fields: Any) -> Any:
    fields = {"sense": "least", "element": "Nd", "country": "AUS"} | fields
    return policy("refined", "local_processing", value, **fields)


PIT = project("pit", makes="ore", status="operating", capex_musd=0)
WORKS = project(
    "works", kind="refinery", uses={"ore": 2}, capacity_t_per_year=250, capex_musd=30, life_years=2
)
ORE_SALE = {"zone": "home", "material": "ore", "price_share": 1, "limit_t_per_year": 1000}


def test_rule_6_wants_a_share_of_what_is_mined_processed_there() -> None:
    """0.8 ore holds 0.4 Nd, of which half, 0.2, should be processed: 0.15 oxide is 0.05 short.
    A smelter in China helps nobody in Australia."""
    smelter = project("smelter", country="CHN", kind="refinery")
    m = a_year(instance(PIT, WORKS, smelter, policies=[refined(0.5)]))

    decide(
        m,
        activity={("pit", "main"): 0.8, ("works", "main"): 0.15, ("smelter", "main"): 0.5},
    )

    assert m.local_processing["refined"].slack() == pytest.approx(-0.05)


def test_rule_6_counts_later_forms_of_the_untrusted_in_content_of_the_stage() -> None:
    """Demand 1 kt of oxide, 1.25 Nd at extraction. China, not trusted, supplies 0.4 kt of ore with
    0.5 Nd each and 0.3 kt of oxide with 1.25 at extraction: 0.575, of 0.5 · 1.25 = 0.625 granted.
    At processing the ore does not count: 0.3 of 0.5. Vietnam is trusted."""
    contents = [
        {"material": "ore", "element": "Nd", "content_t_per_t": 0.5},
        {"material": "oxide", "element": "Nd", "content_t_per_t": 1, "gross_up_extraction": 1.25},
    ]
    case = instance(
        WORKS,
        contents=contents,
        countries=[*world()["countries"], {"id": "VNM", "zone": "abroad"}],
        suppliers=[
            {"id": "chn", "country": "CHN", "material": "oxide", "trusted": False},
            {"id": "chn-ore", "country": "CHN", "material": "ore", "trusted": False},
            {"id": "vnm", "country": "VNM", "material": "oxide"},
        ],
        routes=[
            *world()["routes"],
            {"origin": "abroad", "destination": "home", "material": "ore"},
        ],
        policies=[
            policy("dug", "untrusted_share", 0.5, element="Nd", stage="extraction"),
            policy("made", "untrusted_share", 0.5, **TRACED),
        ],
    )
    m = a_year(case)

    decide(m, purchase={"chn": 0.3, "chn-ore": 0.4, "vnm": 0.9})

    assert m.untrusted_share["dug"].slack() == pytest.approx(0.625 - 0.575)
    assert m.untrusted_share["made"].slack() == pytest.approx(0.2)


def test_rule_6_bars_what_leaves_its_host_too_little() -> None:
    """Five per cent at least: exactly five is enough, unknown counts as nothing, what lies outside
    the tag is free, and what goes ahead alone may at its year."""
    m = investment(
        instance(
            project("fair", host_benefit_share=0.05),
            project("greedy", host_benefit_share=0.04),
            project("silent"),
            project("other", kind="refinery"),
            project("alone", goes_ahead_alone=2031),
            policies=[
                policy("kept", "host_benefit", 0.05, sense="least", tag="kind", tag_value="mine")
            ],
        )
    )

    open_in_2030 = {p for (p, year), w in m.w.items() if year == 2030 and w.ub != 0}
    assert open_in_2030 == {"fair", "other"}
    assert m.w["alone", 2031].lb == 1


def test_rule_6_sells_ore_only_from_where_some_is_refined() -> None:
    """A kt of ore sells for 50. The works for 30 turn half of it into 0.25 oxide, which saves 12.5
    where the ore would have earned 25: nobody builds them. If half of what is mined must be
    processed, the choice is to close the pit, or to build: 2 · (25 + 12.5) − 30 = 45 gained."""
    free = instance(PIT, WORKS, sales=[ORE_SALE])
    held = instance(PIT, WORKS, sales=[ORE_SALE], policies=[refined(0.5)])

    assert solve_here(free).chosen == []
    assert solve_here(free).proof.objective == pytest.approx(100 - 100)
    plan = solve_here(held)
    assert plan.chosen == [("works", 2030)]
    assert plan.proof.objective == pytest.approx(100 - 45)
    assert plan.policies["binding"].tolist() == [True, True]


def test_rule_6_holds_in_its_own_years() -> None:
    """Only from 2031: the ore of 2030 is sold, and 50 saved. In 2031 the works earn 37.5 and half
    of their 30 outlives the horizon, more than nothing from a closed pit."""
    plan = solve_here(
        instance(PIT, WORKS, sales=[ORE_SALE], policies=[refined(0.5, first_year=2031)])
    )

    assert plan.chosen == [("works", 2031)]
    assert plan.proof.objective == pytest.approx(100 - 50 - 37.5 + 15)


def untrusted(**fields: Any) -> Any:
    """China is not trusted; Vietnam is, and asks 20,000 USD/t more."""
    return instance(
        countries=[*world()["countries"], {"id": "VNM", "zone": "abroad"}],
        suppliers=[
            {"id": "chn", "country": "CHN", "material": "oxide", "trusted": False},
            {"id": "vnm", "country": "VNM", "material": "oxide", "price_extra_usd_per_t": 20_000},
        ],
        policies=[policy("trust", "untrusted_share", 0.3, **TRACED, **fields)],
    )


def test_rule_6_buys_of_the_trusted_what_the_untrusted_may_not_sell() -> None:
    """0.3 kt for 50 and 0.7 kt for 70 a kt: 64 a year."""
    plan = solve_here(untrusted())

    assert plan.proof.objective == pytest.approx(128)
    assert plan.policies["bound"].tolist() == pytest.approx([0.3, 0.3])


@pytest.mark.parametrize(("penalty", "a_year"), [(10_000.0, 50 + 7.0), (30_000.0, 64.0)])
def test_rule_6_may_be_soft(penalty: float, a_year: float) -> None:
    """Missing 0.7 kt of content costs 10 or 30 a kt; the trusted cost 20 more than the others."""
    plan = solve_here(untrusted(hard=False, penalty_usd_per_t=penalty))

    assert plan.proof.objective == pytest.approx(2 * a_year)
    assert plan.certificate is not None
    assert plan.certificate.ok


def test_rule_6_takes_the_fair_mine_though_it_is_dearer() -> None:
    """Both save 100. The greedy one costs 10 and the fair one 20; life ends with the horizon."""
    mines = (
        project("fair", capex_musd=20, life_years=2, host_benefit_share=0.1),
        project("greedy", capex_musd=10, life_years=2, host_benefit_share=0.0),
    )
    kept = policy("kept", "host_benefit", 0.05, sense="least")

    assert solve_here(instance(*mines)).chosen == [("greedy", 2030)]
    assert solve_here(instance(*mines, policies=[kept])).chosen == [("fair", 2030)]


def test_the_hand_argued_case_has_these_numbers() -> None:
    """Criteria, parts of the cost, and rows of rule 6: 0.4 and 0.2 ore hold 0.2 and 0.1 Nd, half
    of which should be processed, and 0.1 is; 0.85 of 1 kt is bought of China, where 0.8 may be."""
    certificate = check(hand_instance(), hand_plan())
    rows = policy_rows(hand_instance(), hand_plan()).set_index(["policy", "year"])

    assert criteria_of(hand_instance(), hand_plan()) == pytest.approx(CRITERIA)
    assert {name: certificate.parts[name] for name in PARTS} == pytest.approx(PARTS)
    assert sum(certificate.parts.values()) == pytest.approx(OBJECTIVE)
    assert rows.loc[("refined", 2030), ["left", "bound"]].tolist() == pytest.approx([0.1, 0.1])
    assert rows.loc[("refined", 2031), ["left", "bound"]].tolist() == pytest.approx([0.1, 0.05])
    assert rows.loc[("trust", 2030), ["left", "bound"]].tolist() == pytest.approx([0.85, 0.8])
    assert rows.loc[("trust", 2030), "slack"] == pytest.approx(0)
    assert rows.loc[("kept", 0), ["left", "bound", "binding"]].tolist() == [0, 0, False]
    assert rows.loc[("ready", 2031), ["left", "bound"]].tolist() == pytest.approx([0.1, 0.1])


def test_the_hand_argued_case_is_the_same_program_stamped_and_whole() -> None:
    worlds = Worlds.of(hand_instance())

    assert fingerprint(stamp(worlds).program) == fingerprint(program_of(build_whole(worlds)))
    best = optimum(hand_instance())
    assert best is not None
    assert best <= OBJECTIVE + 1e-9


def test_host_terms_are_validated() -> None:
    """One value for all years; the fields that each kind needs."""
    said = errors(
        PIT,
        policies=[
            refined(0.5, final_value=0.8, glide_until=2031),
            policy("kept", "host_benefit", 5, sense="least"),
            policy("trust", "untrusted_share", 0.5, element="Nd"),
            policy("where", "local_processing", 0.5, sense="least", element="Nd"),
            policy("most", "host_benefit", 0.5, **SOFT),
        ],
    )

    assert said == [
        "policies, stage: row 'trust': untrusted_share needs it",
        "policies, country: row 'where': local_processing needs it",
        "policies, value: row 'kept': 5 is not within 0 to 1, as host_benefit needs (40 % is 0.4)",
        "policies, hard: row 'most': host_benefit is always hard; only country_share, stage_share,"
        " untrusted_share and hhi_cap may be soft",
        "policies, glide_until: row 'refined': local_processing holds at one value: give a row per"
        " step",
    ]


def test_good_host_terms_raise_no_eyebrow() -> None:
    rows = [
        refined(0.5, first_year=2031),
        policy("kept", "host_benefit", 0.05, sense="least", tag="inside"),
        policy("trust", "untrusted_share", 0.5, final_value=0.2, glide_until=2031, **TRACED),
    ]
    found = warnings(PIT, WORKS, policies=rows)

    assert [text for text in found if text.startswith("policies")] == []


@pytest.mark.parametrize(("tag", "left"), [("inside", 1.0), ("outside", 0.0)])
def test_the_tag_inside_is_the_alliance(tag: str, left: float) -> None:
    """The mine at home counts as inside."""
    row = policy("most", "project_count", 2, tag=tag)
    case = instance(project("mine", capex_musd=10), policies=[row])

    assert solve_here(case).policies["left"].tolist() == [left]
