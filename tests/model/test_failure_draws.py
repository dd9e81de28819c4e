"""`failures`: scenarios that say who fails, as often as projects say that they do (rule 9)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer import OptimizerError, failures
from optimizer.instance.validation import faults_of
from tests.support.factories import instance, policy, project, scenario, shock
from tests.support.inprocess import solve_here
from tests.support.profiles import examples

if TYPE_CHECKING:
    from optimizer.instance import Instance

CHANCES = (0.0, 0.05, 0.35, 0.5, 0.75, 0.9, 1.0)
COUNTRIES = ("AUS", "CHN")


def plants(chances: list[float]) -> list[Any]:
    """Mines in turn in AUS and CHN."""
    return [
        project(f"p{n}", country=COUNTRIES[n % 2], success_probability=chance, capex_musd=10)
        for n, chance in enumerate(chances)
    ]


def risky(chances: list[float], **tables: Any) -> Instance:
    """An embargo of 2031 with 0.4, and a world that must be survived."""
    given = {
        "scenarios": [
            scenario("nominal", 0.5, nominal=True),
            scenario("embargo", 0.4),
            scenario("held", 0.1, must_survive=True),
            scenario("seen", 0.0),
        ],
        "shocks": [
            shock("embargo", "supply", 0.0, (2031, 2031), country="CHN"),
            shock("held", "supply", 0.5, (2030, 2031), country="CHN"),
            shock("seen", "supply", 0.1, (2030, 2031), country="CHN"),
        ],
    }
    return instance(*plants(chances), **given | tables)


def often(drawn: Instance) -> dict[str, float]:
    """Probability with which each project fails, of all draws."""
    weight = {row.id: row.probability for row in drawn.scenarios}
    found = dict.fromkeys((row.id for row in drawn.projects), 0.0)
    for row in drawn.failures:
        found[row.project] += weight[row.scenario]
    return found


@given(
    st.lists(st.sampled_from(CHANCES), min_size=1, max_size=6),
    st.integers(1, 30),
    st.integers(0, 2**31 - 1),
    st.sampled_from([0.0, 0.3, 1.0]),
)
@settings(max_examples=examples(60), deadline=None)
def test_every_project_fails_as_often_as_it_says(
    chances: list[float], draws: int, seed: int, common: float
) -> None:
    """Within 1/draws, whatever the seed and the common cause; probabilities sum to 1."""
    case = risky(chances)
    try:
        drawn = failures(case, draws, seed, common_cause=common)
    except OptimizerError:  # Nobody fails, which is right where less than one failure is expected.
        assert all((1 - chance) * draws < 1 for chance in chances)
        return
    if min(chances) == 1:
        assert drawn is case
        return

    assert sum(row.probability for row in drawn.scenarios) == pytest.approx(1.0, abs=1e-12)
    for row in case.projects:
        chance = 1 - row.success_probability
        assert abs(often(drawn)[row.id] - chance) < 1 / draws + 1e-9
    assert drawn.settings.failure == "drawn"
    told = [str(found) for found in faults_of(drawn) if "says that it fails" in str(found)]
    assert not told or draws < 20


def test_over_seeds_every_project_fails_by_its_chance() -> None:
    """0.65 of 3 draws are 1.95: once or twice, so that the mean is right. 400 seeds are within four
    standard errors of at most 0.5 / √400 draws."""
    case = risky([0.35, 0.95, 0.5])
    counts: Counter[str] = Counter()
    for seed in range(400):
        for name, share in often(failures(case, 3, seed, common_cause=0.5)).items():
            counts[name] += round(3 * share)

    for row in case.projects:
        mean = counts[row.id] / 400
        assert mean == pytest.approx(3 * (1 - row.success_probability), abs=4 * 0.5 / 20)


def test_equal_seeds_give_equal_draws_and_others_others() -> None:
    case = risky([0.5] * 5)

    assert failures(case, 12, 7) == failures(case, 12, 7)
    assert failures(case, 12, 7).failures != failures(case, 12, 8).failures


def test_draws_are_crossed_with_the_scenarios() -> None:
    """One mine with 0.75 in 4 draws: it fails in one of them, in every world with a probability."""
    drawn = failures(risky([0.75]), 4)
    rows = {row.id: row for row in drawn.scenarios}

    assert {name: row.probability for name, row in rows.items()} == pytest.approx(
        {
            "nominal": 0.0,
            "nominal.draw-1": 0.375,
            "nominal.draw-2": 0.125,
            "embargo.draw-1": 0.3,
            "embargo.draw-2": 0.1,
            "held": 0.0,
            "held.draw-1": 0.075,
            "held.draw-2": 0.025,
            "seen": 0.0,
        }
    )
    assert [name for name, row in rows.items() if row.nominal] == ["nominal"]
    assert [name for name, row in rows.items() if row.must_survive] == ["held"]
    assert {row.scenario for row in drawn.failures} == {
        "nominal.draw-2", "embargo.draw-2", "held.draw-2"
    }  # fmt: skip
    assert rows["embargo.draw-2"].name == "embargo; p0 fails"
    assert rows["embargo.draw-1"].name == "embargo; no project fails"
    hit = Counter(row.scenario for row in drawn.shocks)
    assert set(hit) == set(rows) - {"nominal", "nominal.draw-1", "nominal.draw-2"}
    assert set(hit.values()) == {1}


def test_what_fails_is_not_late_and_what_failed_anyway_still_does() -> None:
    """p0 is late in the embargo unless it fails; p1 fails there whatever is drawn."""
    case = risky(
        [0.5, 0.5],
        delays=[{"scenario": "embargo", "project": "p0", "years": 1}],
        failures=[{"scenario": "embargo", "project": "p1"}],
    )
    drawn = failures(case, 2, 1)
    worlds = {row.id for row in drawn.scenarios if row.id.startswith("embargo")}
    late = {row.scenario for row in drawn.delays}
    failing = {(row.scenario, row.project) for row in drawn.failures}

    assert late == {name for name in worlds if (name, "p0") not in failing}
    assert 0 < len(late) < len(worlds)
    assert all((name, "p1") in failing for name in worlds)


def test_a_common_cause_fells_the_likelier_whenever_it_fells_the_other() -> None:
    """All of it common: in AUS p0 (0.6) fails in 4 of 10 draws, p2 (0.9) in one of those; in CHN
    p1 the same, apart from AUS."""
    drawn = failures(risky([0.6, 0.6, 0.9]), 10, 3, common_cause=1.0)
    by_draw: dict[str, set[str]] = {}
    for row in drawn.failures:
        by_draw.setdefault(row.scenario, set()).add(row.project)

    assert all("p0" in fails for fails in by_draw.values() if "p2" in fails)
    assert any("p2" in fails for fails in by_draw.values())
    assert any("p1" in fails and "p0" not in fails for fails in by_draw.values())


def together(common: float) -> float:
    """Mean over seeds of the probability that two mines of 0.5 in a country fail together."""
    total = 0.0
    for seed in range(100):
        drawn = failures(risky([0.5, 1.0, 0.5]), 20, seed, common_cause=common)
        weight = {row.id: row.probability for row in drawn.scenarios}
        failing = Counter(row.scenario for row in drawn.failures)
        total += sum(weight[name] for name, n in failing.items() if n == 2)
    return total / 100


def test_a_common_cause_of_a_part_is_between() -> None:
    """ρ · 0.5 + (1 − ρ) · 0.25, but for what strata that are shared out leave: 0.01."""
    assert together(0.0) == pytest.approx(0.25, abs=0.02)
    assert together(0.5) == pytest.approx(0.375, abs=0.02)
    assert together(1.0) == pytest.approx(0.5, abs=1e-9)


def test_names_stay_short_and_apart() -> None:
    """Scenarios and shocks of 64 letters that differ in the last alone."""
    names = ["s" * 63 + letter for letter in "abc"]
    case = instance(
        *plants([0.5, 0.5, 0.5]),
        scenarios=[
            scenario(names[0], 0.5, nominal=True),
            scenario(names[1], 0.25),
            scenario(names[2], 0.25),
        ],
        shocks=[
            {"id": name, "scenario": name, "kind": "supply", "factor": 0, "country": "CHN",
             "first_year": 2031, "last_year": 2031}
            for name in names[1:]
        ],
    )  # fmt: skip
    drawn = failures(case, 8)

    ids = [row.id for row in drawn.scenarios]
    assert len(set(ids)) == len(ids)
    assert len({row.id for row in drawn.shocks}) == len(drawn.shocks)


@pytest.mark.parametrize(
    ("draws", "common", "said"),
    [
        (0, 0.0, "0 draws: there must be at least 1"),
        (5, 1.5, "a common cause of 1.5 is not within 0 to 1"),
        (5000, 0.0, "30,000 years to be operated, and 5,000 are the most: take at most 833 draws"),
    ],
)
def test_what_cannot_be_drawn_is_said(draws: int, common: float, said: str) -> None:
    with pytest.raises(OptimizerError) as trouble:
        failures(risky([0.5]), draws, common_cause=common)

    assert said in str(trouble.value)


def test_draws_in_which_nobody_fails_are_refused() -> None:
    with pytest.raises(OptimizerError, match="in 1 draws with seed 0 no project fails"):
        failures(risky([0.999]), 1)


def test_failures_are_drawn_once() -> None:
    drawn = failures(risky([0.5]), 4)

    with pytest.raises(OptimizerError, match="drawn already"):
        failures(drawn, 4)


def test_what_may_not_fail_leaves_the_instance_as_it_is() -> None:
    """The certain, and what runs already."""
    there = project("there", status="operating", success_probability=0.5, capex_musd=0)
    case = instance(project("sure"), there)

    assert failures(case, 10) is case


def test_a_drawn_instance_is_solved_and_its_worth_is_that_of_the_draws() -> None:
    """One mine of 0.75 for 10 M$, 1 of them within the horizon; nobody sells. It fails in 1 of 4
    draws: 1 + 0.25 · 1,000. The share of a policy is judged by 0.75 of it."""
    case = instance(
        *plants([0.75]),
        supply_limits=[
            {"supplier": "chn", "year": year, "limit_t_per_year": 0} for year in (2030, 2031)
        ],
        policies=[policy("own", "stage_share", 0.75, sense="least", element="Nd",
                         stage="processing")],
    )  # fmt: skip
    plan = solve_here(failures(case, 4, 5))

    assert plan.proof.objective == pytest.approx(1 + 250)
    assert plan.proof.worth == pytest.approx(749)
    assert plan.policies["left"].tolist() == pytest.approx([0.75, 0.75])
