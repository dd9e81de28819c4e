"""Rules that look across members, countries and years: 18 HHI, 20 fairness, 21 bounds, steps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.blocks.fairness import fairness_rows
from optimizer.blocks.worlds import Worlds
from optimizer.checker import check
from optimizer.errors import SolverFailed
from optimizer.instance import Instance
from optimizer.solving import operating, portfolio
from optimizer.vocabulary.criteria import LARGEST
from tests.program.test_stamp import assert_same_program
from tests.support import hand_shared
from tests.support.factories import errors, instance, policy, project, series, warnings, world
from tests.support.inprocess import solve_here
from tests.support.profiles import examples

if TYPE_CHECKING:
    from optimizer.plan import Plan

YEARS = (2030, 2031)
EXTRA = {"CHN": 0.0, "VNM": 10_000.0, "MYS": 20_000.0}
"""What a tonne costs beyond the market price of 50,000 USD, by country."""


def diverse(limit: float, **fields: Any) -> Instance:
    """China, Vietnam and Malaysia can each sell all of the 1 kt; the index is capped."""
    rows = [policy("spread", "hhi_cap", limit, element="Nd", stage="processing", **fields)]
    return instance(
        years=YEARS,
        countries=[
            *world()["countries"],
            {"id": "VNM", "zone": "abroad"},
            {"id": "MYS", "zone": "abroad"},
        ],
        suppliers=[
            {"id": c.lower(), "country": c, "material": "oxide", "price_extra_usd_per_t": extra}
            for c, extra in EXTRA.items()
        ],
        policies=rows,
    )


def bought(plan: Plan, year: int = 2030) -> dict[str, float]:
    """Kilotonnes by supplier in a nominal year."""
    rows = plan.tables.purchases
    rows = rows[rows["year"] == year]
    return dict(zip(rows["supplier"], rows["kt"], strict=True))


def cheapest_spread(limit: float) -> float:
    """Least cost of a kilotonne from three countries under an index, by search on the sphere."""
    best = np.inf
    for chn in np.linspace(0, 1, 2001):
        for vnm in np.linspace(0, 1 - chn, 400):
            mys = 1 - chn - vnm
            if chn**2 + vnm**2 + mys**2 <= limit + 1e-9:
                best = min(best, 50 * chn + 60 * vnm + 70 * mys)
    return float(best)


def test_rule_18_the_cheap_country_sells_what_the_index_leaves() -> None:
    """0.7² + 0.3² = 0.58 would be two countries; a little from the third lets China sell more."""
    plan = solve_here(diverse(0.58))
    kt = bought(plan)

    assert sum(x**2 for x in kt.values()) <= 0.58 + 1e-6
    assert plan.proof.objective == pytest.approx(2 * cheapest_spread(0.58), rel=1e-4)
    assert plan.proof.gap == pytest.approx(0.0, abs=1e-6)
    assert plan.certificate is not None
    assert plan.certificate.ok


def test_rule_18_a_third_each() -> None:
    """At H = 1/3 there is one way to buy everything: a third from each (a trace may go short)."""
    kt = bought(solve_here(diverse(1 / 3)))

    assert list(kt.values()) == pytest.approx([1 / 3] * 3, abs=1e-2)


def test_rule_18_without_a_bite_changes_nothing() -> None:
    """Limiting case: H = 1 lets one country sell everything."""
    assert bought(solve_here(diverse(1.0))) == pytest.approx({"chn": 1.0})


def test_rule_18_a_soft_row_is_missed_where_that_is_cheaper() -> None:
    """A penalty of 1 M$/kt is less than the 10 M$/kt that Vietnam costs more."""
    plan = solve_here(diverse(0.25, hard=False, penalty_usd_per_t=1000))

    assert bought(plan) == pytest.approx({"chn": 1.0})
    assert plan.tables.excess["kt"].tolist() == pytest.approx([0.5, 0.5])
    assert plan.criteria["policy_penalty"] == pytest.approx(1.0)


def test_rule_18_can_be_what_builds_a_plant() -> None:
    """Only China sells; a mine at home is dear but brings the second origin that H = 0.5 needs."""
    row = policy("spread", "hhi_cap", 0.5, element="Nd", stage="processing", first_year=2031)
    mine = project("mine", capacity_t_per_year=500, capex_musd=60, life_years=1)
    free = instance(mine, years=YEARS)

    assert solve_here(free).chosen == []
    assert solve_here(free.changed({})).chosen == []
    held = Instance.model_validate(dict(free) | {"policies": (row,)})
    plan = solve_here(held)
    assert plan.chosen == [("mine", 2031)]
    assert bought(plan, 2031) == pytest.approx({"chn": 0.5}, abs=1e-6)


def test_rule_18_a_point_outside_the_cone_is_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """One round of tangents is not enough here: that is said, and no point outside returned."""
    monkeypatch.setattr(operating, "MOST_ROUNDS", 1)
    with pytest.raises(SolverFailed, match="after 1 rounds of tangents the operation still lies"):
        solve_here(diverse(0.58))


def test_rule_18_a_search_that_never_settles_is_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """No search is enough where none is made."""
    monkeypatch.setattr(portfolio, "MOST_ROUNDS", 0)
    with pytest.raises(SolverFailed, match="still move the portfolio"):
        solve_here(diverse(0.58))


@given(st.floats(0.34, 0.99))
@settings(max_examples=examples(8), derandomize=True)
def test_rule_18_holds_to_a_millionth_for_any_index(limit: float) -> None:
    kt = bought(solve_here(diverse(limit)))

    assert sum(x**2 for x in kt.values()) <= limit + 1e-6


def scarce(*policies: Any) -> Instance:
    """Japan's shortage costs 500 M$/kt, that of the US 100; 2 kt are there for 1 and 2 kt."""
    given = dict(hand_shared.TABLES) | {"policies": list(policies)}
    costs = {"robots": 500_000, "motors": 100_000}
    given["supply_limits"] = [
        *series("supplier", ["chn"], YEARS, limit_t_per_year=1200),
        *series("supplier", ["vnm"], YEARS, limit_t_per_year=800),
    ]
    given["tranches"] = [
        {"segment": d, "tranche": 1, "share": 1, "cost_usd_per_t": cost}
        for d, cost in costs.items()
    ]
    return instance(years=YEARS, **given)


def short(plan: Plan) -> dict[str, float]:
    rows = plan.tables.short
    rows = rows[rows["year"] == 2030]
    return dict(zip(rows["segment"], rows["kt"], strict=True))


def test_rule_20_no_member_is_left_behind() -> None:
    """Cheapest is that the US go short of 1 of 2 kt, 50 % against 33 % of all.

    With a tolerance of 10 % they go short of 43.33 %, 0.8667 kt, and Japan of the rest.
    """
    assert short(solve_here(scarce())) == pytest.approx({"motors": 1.0})
    plan = solve_here(scarce(policy("fair", "fairness", 0.1)))

    assert short(plan) == pytest.approx(
        {"motors": 2 * (1 / 3 + 0.1), "robots": 1 - 2 * (1 / 3 + 0.1)}
    )
    assert plan.policies.set_index(["policy", "year"]).loc[("fair", 2030), "binding"]


def test_rule_20_a_full_tolerance_says_nothing() -> None:
    assert short(solve_here(scarce(policy("fair", "fairness", 1.0)))) == pytest.approx(
        {"motors": 1.0}
    )


def test_rule_20_has_a_row_for_each_member_and_judged_year() -> None:
    worlds = Worlds.of(hand_shared.hand_instance())

    rows = fairness_rows(worlds)

    assert set(rows) == {("fair", f, b) for f in ("jp", "us") for b in (0, 1)}
    terms = {key: factor for _, key, factor in rows["fair", "jp", 0].terms}
    assert terms["unserved", "jp"] == pytest.approx(1 / 50 - 1 / 150)
    assert terms["unserved", "us"] == pytest.approx(-1 / 150)


def test_rule_21_a_bound_on_shortage_builds_a_mine() -> None:
    """A mine for 10,000 M$ that nobody would build: but only 0.5 kt may be short in two years."""
    mine = project("mine", capex_musd=10_000, life_years=2)
    rich = [{"id": "fund", "burden_share": 1.0, "opening_cash_musd": 20_000.0}]
    none = series("supplier", ["chn"], (2030, 2031), limit_t_per_year=0.0)
    row = policy("little", "criterion_bound", 0.5, criterion="expected_shortage")
    free = instance(mine, years=YEARS, members=rich, supply_limits=none)
    held = instance(mine, years=YEARS, members=rich, supply_limits=none, policies=[row])

    assert solve_here(free).chosen == []
    assert solve_here(held).chosen == [("mine", 2030)]


def test_rule_21_every_member_is_served_so_much() -> None:
    """The US are served 60 % over two years: of 4 kt then 1.6 are short, and 0.4 in Japan."""
    row = policy("nobody", "criterion_bound", 0.6, sense="least", criterion="worst_member_service")
    plan = solve_here(scarce(row))

    assert plan.criteria["worst_member_service"] == pytest.approx(0.6)
    total = plan.tables.short.groupby("segment")["kt"].sum().to_dict()
    assert total == pytest.approx({"motors": 1.6, "robots": 0.4})


def test_rule_21_a_bound_on_the_largest_share_spreads_what_is_bought() -> None:
    """At most 0.6 from one country outside: 0.4 kt from Vietnam, 10 M$ per kt dearer, in two years
    without discounting; the same plan as by the rows of rule 17 that the bound stands for."""
    half = policy("wide", "criterion_bound", 0.6, criterion=LARGEST)
    spelled = [
        policy(f"{stage}-{c}", "country_share", 0.6, element="Nd", stage=stage, country=c)
        for stage in ("extraction", "processing")
        for c in EXTRA
    ]
    worlds = (diverse(1.0).replaced(policies=rows) for rows in ([], [half], spelled))
    free, held, same = (solve_here(world) for world in worlds)

    assert free.criteria[LARGEST] == pytest.approx(1.0)
    assert held.criteria[LARGEST] == pytest.approx(0.6)
    assert bought(held) == pytest.approx({"chn": 0.6, "vnm": 0.4})
    assert held.proof.objective == pytest.approx(same.proof.objective)
    dearer = held.proof.objective - free.proof.objective
    assert dearer == pytest.approx(0.4 * 10 * 2)


def test_rule_21_a_bound_on_the_largest_share_is_the_same_in_the_whole_model() -> None:
    half = policy("wide", "criterion_bound", 0.6, criterion=LARGEST)
    assert_same_program(diverse(1.0).replaced(policies=[half]))


def test_rule_21_the_tail_can_be_bounded_without_being_weighed() -> None:
    row = policy("tail", "criterion_bound", 1.0, criterion="tail_shortage")
    mine = project("mine", capex_musd=900, life_years=2)
    none = series("supplier", ["chn"], (2030, 2031), limit_t_per_year=500.0)
    held = instance(mine, years=YEARS, supply_limits=none, policies=[row])

    assert_same_program(held)
    assert solve_here(held).chosen == [("mine", 2030)]


def test_the_stamped_rows_are_those_of_the_whole_model() -> None:
    assert_same_program(hand_shared.hand_instance())
    assert_same_program(diverse(0.58))
    assert_same_program(diverse(0.58, hard=False, penalty_usd_per_t=1000))


def banners(**fields: Any) -> Instance:
    """Buying costs 100 M$ in two years; a flag for 4 M$ is worth 5 points, a banner for 8 is 20."""
    programme = {"makes": None, "kind": "programme", "life_years": 1}
    return instance(
        project("flag", capex_musd=4, strategic_value=5, **programme),
        project("banner", capex_musd=8, strategic_value=20, **programme),
        years=YEARS,
        **fields,
    )


def test_a_further_step_spends_its_tolerance_on_the_next_criterion() -> None:
    """Of 10 % of 100 M$ the banner takes 8; flag and banner together would be 12."""
    step = {"step": 2, "criterion": "strategic_value", "sense": "maximise", "tolerance_share": 0.1}
    plan = solve_here(banners(steps=[step]))

    assert solve_here(banners()).chosen == []
    assert [name for name, _ in plan.chosen] == ["banner"]
    assert plan.proof.objective == pytest.approx(108)
    assert plan.proof.bound == pytest.approx(100)
    assert plan.proof.steps[0].objective == pytest.approx(20)
    assert plan.proof.steps[0].bound == pytest.approx(20)


def test_a_step_that_is_misstated_is_refused() -> None:
    step = {"step": 2, "criterion": "strategic_value", "sense": "maximise", "tolerance_share": 0.1}
    world = banners(steps=[step])
    plan = solve_here(world)
    proven = plan.proof.steps[0]

    for wrong in (proven.replaced(objective=25.0), proven.replaced(bound=19.0)):
        found = check(world, replace(plan, proof=plan.proof.replaced(steps=(wrong,))))
        assert {row.rule for row in found.violations} == {"steps"}


def test_a_third_step_keeps_to_the_second() -> None:
    """Both fit into 12 %; the third step may give up 10 % of 25 points: nothing can go."""
    steps = [
        {"step": 2, "criterion": "strategic_value", "sense": "maximise", "tolerance_share": 0.12},
        {"step": 3, "criterion": "public_capital", "tolerance_share": 0.1},
    ]
    plan = solve_here(banners(steps=steps))

    assert {name for name, _ in plan.chosen} == {"banner", "flag"}
    assert [step.criteria for step in plan.proof.steps] == [
        ("strategic_value",),
        ("public_capital",),
    ]
    loose = [steps[0], steps[1] | {"tolerance_share": 0.2}]
    assert {name for name, _ in solve_here(banners(steps=loose)).chosen} == {"banner"}


def test_the_certificate_of_the_shared_case_names_the_rules() -> None:
    found = check(hand_shared.hand_instance(), hand_shared.hand_plan())

    assert {"18 hhi", "20 fairness", "21 criterion_bound"} <= set(found.rules_checked)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            {"policies": [policy("x", "criterion_bound", 1, criterion="expected_cots")]},
            "criterion: row 'x': 'expected_cots' is not a criterion (did you mean expected_cost?)",
        ),
        (
            {"policies": [policy("x", "criterion_bound", 0.5, criterion="worst_member_service")]},
            "can only be bounded from below: write least",
        ),
        (
            {
                "policies": [
                    policy("x", "criterion_bound", 1, sense="least", criterion=LARGEST),
                ]
            },
            "largest_country_share can only be bounded from above: write most",
        ),
        (
            {
                "policies": [
                    policy("x", "criterion_bound", 1, sense="least", criterion="tail_shortage")
                ]
            },
            "can only be bounded from above: write most",
        ),
        ({"policies": [policy("x", "criterion_bound", 1)]}, "criterion_bound needs it"),
        ({"steps": [{"step": 2, "criterion": "joy"}]}, "'joy' is not a criterion"),
        (
            {
                "steps": [
                    {"step": 2, "criterion": "carbon"},
                    {"step": 2, "criterion": "water", "tolerance_share": 0.5},
                ]
            },
            "differs from that of carbon in the same step",
        ),
    ],
)
def test_what_is_wrong_is_said(tables: dict[str, Any], message: str) -> None:
    assert any(message in text for text in errors(**tables))


def test_fairness_among_one_member_is_worth_a_look() -> None:
    assert any(
        "fewer than two members" in text
        for text in warnings(policies=[policy("x", "fairness", 0.1)])
    )
