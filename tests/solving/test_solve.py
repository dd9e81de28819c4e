"""Solving through the public function: outcomes, proofs, and whose money pays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from optimizer.instance.formats.reader import load
from optimizer.plan import Options
from optimizer.solving.solve import solve
from tests.support.factories import instance, policy, project, relation
from tests.support.inprocess import EXACT, solve_here

if TYPE_CHECKING:
    from optimizer.highs.process import Progress
    from optimizer.instance import Instance

TINY = Path(__file__).resolve().parents[2] / "instances" / "tiny"


def test_tiny_is_solved_to_what_was_argued_by_hand() -> None:
    """The file says the optimum and its choice; the README argues them."""
    expected = json.loads((TINY / "expected.json").read_text())
    heard: list[Progress] = []

    plan = solve(load(TINY), EXACT, progress=heard.append)

    assert plan.proof.objective == pytest.approx(expected["objective"], abs=expected["tolerance"])
    assert [list(start) for start in sorted(plan.chosen)] == expected["chosen"]
    assert plan.proof.status == "optimal"
    assert plan.proof.stopped_by == "gap"
    assert plan.proof.do_nothing == pytest.approx(64.4)
    assert plan.proof.worth == pytest.approx(19.712)
    assert plan.certificate is not None
    assert plan.certificate.ok
    assert plan.proof.cpu_s > 0
    assert set(plan.versions) == {"lodestone", "python", "pyomo", "highs"}
    assert {line.stage for line in heard} & {"portfolio"}


def impossible() -> dict[str, Instance]:
    """Cases that no plan can satisfy, each for one reason."""
    share = {"sense": "least", "element": "Nd", "stage": "processing"}
    return {
        "a hard share of capacity that nobody can build": instance(
            project("works", capacity_t_per_year=400),
            policies=[policy("home", "stage_share", 0.5, **share)],
        ),
        "a group that the money does not reach": instance(
            project("a", capex_musd=800),
            project("b", capex_musd=800),
            relations=[relation("both", "group", "a", "b", least=2)],
        ),
        "two that are locked in and exclude each other": instance(
            project("a", locked="in"),
            project("b", locked="in"),
            relations=[relation("either", "excludes", "a", "b")],
        ),
        "a count of what there is not": instance(
            project("a"),
            policies=[
                policy("one", "project_count", 1, sense="least", tag="kind", tag_value="refinery")
            ],
        ),
    }


@pytest.mark.parametrize("reason", impossible())
def test_infeasible_is_an_outcome(reason: str) -> None:
    plan = solve_here(impossible()[reason])

    assert not plan.found
    assert plan.proof.status == "infeasible"
    assert plan.proof.stopped_by == "infeasible"
    assert plan.proof.objective is None
    assert plan.chosen == []
    assert plan.certificate is None


def test_infeasible_through_the_processes() -> None:
    plan = solve(impossible()["a group that the money does not reach"])

    assert not plan.found
    assert plan.proof.status == "infeasible"


def test_maximising_keeps_the_natural_sign() -> None:
    """Value 5 and 3 for 30 each beat 9 for 60 only with 7 more: 9 for 60 of 80. Nothing is worth 0,
    so the worth is 9, though buying as before costs the same whatever is chosen."""
    plan = solve_here(
        instance(
            project("a", capex_musd=60, strategic_value=9),
            project("b", capex_musd=30, strategic_value=5),
            project("c", capex_musd=30, strategic_value=3),
            members=[{"id": "fund", "burden_share": 1.0, "opening_cash_musd": 80}],
            settings={"objective": {"sense": "maximise", "weights": {"strategic_value": 1.0}}},
        )
    )

    assert [p for p, _ in plan.chosen] == ["a"]
    assert plan.proof.objective == pytest.approx(9)
    assert plan.proof.bound == pytest.approx(9)
    assert plan.proof.do_nothing == pytest.approx(0)
    assert plan.proof.worth == pytest.approx(9)


@pytest.mark.parametrize("paid_by_jp", [0.25, 0.6])
def test_payments_follow_the_key_where_money_is_free(paid_by_jp: float) -> None:
    """Works costs 100 and both members have plenty: each pays its part of the key."""
    plan = solve_here(financed(paid_by_jp, jp=500, us=500))

    assert by_member(plan.tables.commitments) == pytest.approx(
        {"jp": 100 * paid_by_jp, "us": 100 * (1 - paid_by_jp)}
    )


def test_payments_come_near_the_key_where_money_is_short() -> None:
    """The key asks 60 of jp, which has 40: it pays all of it, us the rest."""
    plan = solve_here(financed(0.6, jp=40, us=500))

    assert by_member(plan.tables.commitments) == pytest.approx({"jp": 40, "us": 60})


def test_the_cheapest_money_comes_first() -> None:
    """A loan without loss costs the fund nothing, a grant all: 70 by the loan, whose share ends
    there, and 30 by the grant; to within the 1e-6 of fund_cost that the fairest payments may take.
    Private money, which has no premium, would be cheaper still, but has no appetite."""
    case = financed(
        0.5,
        jp=500,
        us=500,
        instruments=[
            {"id": "grant", "kind": "grant"},
            {"id": "loan", "kind": "loan", "largest_share": 0.7, "tenor_years": 1},
        ],
    )
    money = solve_here(case).tables.commitments.groupby("instrument")["amount_musd"].sum()

    assert money.to_dict() == pytest.approx({"grant": 30, "loan": 70}, abs=1e-3)


def financed(key_of_jp: float, jp: float, us: float, **tables: object) -> Instance:
    """Works is worth building in 2030 alone, and two members have some cash."""
    return instance(
        project("works", life_years=4, latest_start=2030),
        years=(2030, 2033),
        members=[
            {"id": "jp", "burden_share": key_of_jp, "opening_cash_musd": jp},
            {"id": "us", "burden_share": 1 - key_of_jp, "opening_cash_musd": us},
        ],
        segments=[{"id": "motors", "zone": "home", "material": "oxide"}],
        **tables,  # type: ignore[arg-type]
    )


def by_member(commitments: pd.DataFrame) -> dict[str, float]:
    return {str(k): float(v) for k, v in commitments.groupby("member")["amount_musd"].sum().items()}


def test_the_same_seed_gives_the_same_plan_twice() -> None:
    first, second = (solve(load(TINY), Options(seed=11)) for _ in range(2))

    for name in first.tables.names():
        pd.testing.assert_frame_equal(getattr(first.tables, name), getattr(second.tables, name))
    assert first.criteria == second.criteria
    assert first.proof.bound == second.proof.bound


def test_another_seed_gives_the_same_optimum() -> None:
    values = {round(solve_here(load(TINY), Options(seed=seed)).criteria["expected_cost"], 6)
              for seed in range(4)}  # fmt: skip

    assert values == {44.688}


def test_an_instance_without_anything_to_decide() -> None:
    """No candidate at all: the plan is to go on buying, 50 a year."""
    plan = solve_here(instance())

    assert plan.chosen == []
    assert plan.proof.objective == pytest.approx(100)
    assert plan.proof.worth == pytest.approx(0)


def test_an_instance_without_a_fund() -> None:
    """What private money pays for alone needs no member."""
    plan = solve_here(
        instance(
            project("works", life_years=4, latest_start=2030, private_appetite=1.0),
            years=(2030, 2033),
            members=[],
            instruments=[],
            segments=[{"id": "motors", "zone": "home", "material": "oxide"}],
        )
    )

    assert [p for p, _ in plan.chosen] == ["works"]
    assert plan.criteria["private_capital"] == pytest.approx(100)
