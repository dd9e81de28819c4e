"""Cuts at the root: they never cut off the best plan, and lift the bound of location problems."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from optimizer.blocks.worlds import Worlds
from optimizer.highs.limits import Limits
from optimizer.highs.process import Watch
from optimizer.plan import Options
from optimizer.program.program import matrix_of
from optimizer.program.stamp import stamp
from optimizer.solving import first_step as search
from optimizer.solving.use_cuts import UseCuts
from tests.published.convert import Location, instance_of
from tests.support.factories import instance, project
from tests.support.inprocess import optimum, solve_program_here
from tests.support.strategies import random_instance

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.program.program import Program

ROUNDS = 30


def cut(world: Instance) -> tuple[Program, Program, float, float]:
    """The program without and with all cuts of its root, and the bounds of both relaxations."""
    stamped = stamp(Worlds.of(world))
    program, cuts, bounds = stamped.program, UseCuts(stamped), []
    for _ in range(ROUNDS):
        answer = solve_program_here(program.relaxed(), Limits())
        if answer.x is None or answer.objective is None:
            return program, program, np.inf, np.inf
        bounds.append(answer.objective)
        found = cuts.violated(answer.x)
        if not found:
            break
        assert (matrix_of(found, len(answer.x)) @ answer.x > 0).all()
        program = program.with_rows(found)
    return stamped.program, program, bounds[0], bounds[-1]


def location(seed: int, sites: int = 5, customers: int = 12) -> Location:
    """A random location problem; capacities sometimes bind."""
    random = Random(seed)
    demands = [float(random.randint(1, 20)) for _ in range(customers)]
    total = sum(demands)
    return Location(
        [total * random.uniform(0.3, 1.0) for _ in range(sites)],
        [float(random.randint(20, 200)) for _ in range(sites)],
        demands,
        [[d * random.uniform(0.5, 10) for _ in range(sites)] for d in demands],
    )


@pytest.mark.parametrize("seed", range(8))
def test_locations_keep_their_optimum_and_gain_a_bound(seed: int) -> None:
    world = instance_of(location(seed), "location")
    before, after, bound, lifted = cut(world)
    best = solve_program_here(before, Limits()).objective
    assert best is not None

    assert solve_program_here(after, Limits()).objective == pytest.approx(best)
    assert lifted <= best * (1 + 1e-7)
    assert best - lifted <= 0.7 * (best - bound) + 1e-7 * best


@pytest.mark.parametrize("seed", range(100))
def test_no_instance_loses_its_optimum(seed: int) -> None:
    """Networks with stocks, delays, outages, programmes, contracts and policies."""
    before, after, bound, lifted = cut(random_instance(seed))

    assert lifted >= bound - 1e-7 * max(1.0, abs(bound))
    first, second = (solve_program_here(p, Limits()).objective for p in (before, after))
    assert (first is None) == (second is None)
    if first is not None:
        assert second == pytest.approx(first, rel=1e-6, abs=1e-6)


def served(*plants: Any, **tables: Any) -> Instance:
    """Two customers of 100 t each at home want the oxide of plants of 1,000 t."""
    return instance(
        *plants,
        segments=[{"id": name, "zone": "home", "material": "oxide"} for name in ("a", "b")],
        demand=[
            {"segment": name, "year": year, "demand_t_per_year": 100}
            for name in ("a", "b")
            for year in (2030, 2031)
        ],
        suppliers=[],
        routes=[],
        **tables,
    )


def test_a_start_serves_as_much_of_a_segment_as_of_itself() -> None:
    """A fifth of the works would make all the 200 t; with the cuts only the whole does."""
    _, program, bound, lifted = cut(served(project("works", life_years=2, latest_start=2030)))
    x = solve_program_here(program.relaxed(), Limits()).x

    assert bound == pytest.approx(20)
    assert lifted == pytest.approx(100)
    assert x is not None
    assert x[0] == pytest.approx(1)


def test_retired_and_unfinished_plants_serve_nothing() -> None:
    """A life of one year: with one start a year is served, and a year goes short for 100."""
    world = served(project("works", life_years=1))
    before, after, _, lifted = cut(world)

    assert solve_program_here(after, Limits()).objective == pytest.approx(
        solve_program_here(before, Limits()).objective
    )
    assert lifted <= (optimum(world) or 0.0) * (1 + 1e-9)


def test_no_rows_where_tonnes_moved_for_nothing_pay() -> None:
    """Who bounds tariffs from below may want flows that nobody uses."""
    world = instance_of(location(1), "location")
    bound = {
        "id": "tariffs",
        "kind": "criterion_bound",
        "criterion": "tariffs",
        "sense": "least",
        "value": 0.0,
    }
    fields = {name: getattr(world, name) for name in type(world).model_fields}
    fields["policies"] = [*(row.model_dump() for row in world.policies), bound]
    stamped = stamp(Worlds.of(type(world).model_validate(fields)))
    x = solve_program_here(stamped.program.relaxed(), Limits()).x

    assert x is not None
    assert UseCuts(stamped).violated(x) == []
    assert UseCuts(stamp(Worlds.of(world))).violated(x) is not None


def test_the_search_adds_them_at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds of relaxations, each no lower than the one before; the plan is the same."""
    bounds: list[float] = []

    def solved(program: Program, limits: Limits, watch: Watch, start: Any = None) -> Any:
        answer = solve_program_here(program, limits, watch, start)
        if watch.stage == "relaxation":
            bounds.append(answer.objective or 0.0)
        return answer

    world = instance_of(location(3), "location")
    monkeypatch.setattr(search, "SEARCHED_FROM", 0)
    monkeypatch.setattr(search, "solve_program", solved)
    stamped = stamp(Worlds.of(world))
    answer = search.first_step(stamped, Options(gap=0.0, worth_gap=0.0), np.inf, Watch())

    assert len(bounds) > 1
    assert bounds == sorted(bounds)
    assert answer.objective == pytest.approx(optimum(world))
    assert answer.ending == "optimal"
