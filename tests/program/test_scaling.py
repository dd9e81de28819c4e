"""Units of a program: no absolute tolerance of a solver decides what is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.blocks.worlds import Worlds
from optimizer.highs.limits import Limits
from optimizer.instance import Instance
from optimizer.instance.formats.reader import load
from optimizer.program.program import Program
from optimizer.program.scaling import scaled
from optimizer.program.stamp import stamp
from optimizer.solving.solve import solve
from tests.support.inprocess import EXACT, solve_here, solve_program_here
from tests.support.numbered import numbered
from tests.support.strategies import random_instance

TINY = Path(__file__).resolve().parents[2] / "instances" / "tiny"


def money_times(world: Instance, factor: float) -> Instance:
    """The instance with every sum of money multiplied."""
    fields: dict[str, Any] = {}
    for name in type(world).model_fields:
        rows = getattr(world, name)
        if isinstance(rows, tuple):
            fields[name] = tuple(times(row, factor) for row in rows)
    settings = times(world.settings, factor)
    return Instance.model_validate(dict(world) | fields | {"settings": settings})


def times(record: Any, factor: float) -> Any:
    changes = {
        name: getattr(record, name) * factor
        for name in type(record).model_fields
        if name.endswith(("_musd", "_usd_per_t", "amount_million"))
        and getattr(record, name) is not None
    }
    return record.replaced(**changes) if changes else record


@pytest.mark.parametrize("factor", [1e-7, 1e-6, 1e-3, 1e3])
def test_the_size_of_money_does_not_change_the_choice(factor: float) -> None:
    """Argued by hand for tiny: 44.768 and its three plants, in whatever money."""
    plan = solve_here(money_times(load(TINY), factor))

    assert sorted(plan.chosen) == [("loop", 2027), ("pit", 2027), ("works", 2026)]
    assert plan.proof.status == "optimal"
    assert plan.proof.objective == pytest.approx(44.768 * factor, rel=1e-6)
    assert plan.proof.bound == pytest.approx(44.768 * factor, rel=1e-6)


@pytest.mark.parametrize("factor", [1e-6, 1e3])
def test_nor_through_the_processes(factor: float) -> None:
    plan = solve(money_times(load(TINY), factor), EXACT)

    assert plan.proof.status == "optimal"
    assert plan.proof.objective == pytest.approx(44.768 * factor, rel=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_nor_in_any_small_instance(seed: int) -> None:
    world = random_instance(seed)
    usual, small = solve_here(world), solve_here(money_times(world, 1e-6))

    assert small.proof.status == usual.proof.status
    if usual.proof.objective is not None and small.proof.objective is not None:
        nothing = abs(usual.proof.do_nothing or 0.0)
        size = max(abs(usual.proof.objective), nothing)
        assert small.proof.objective * 1e6 == pytest.approx(usual.proof.objective, abs=1e-6 * size)


def test_ordinary_programs_are_left_as_they_are() -> None:
    program = stamp(Worlds.of(load(TINY))).program
    found = scaled(program)

    assert found.objective == 1.0
    assert (found.columns == 1.0).all()
    assert (found.program.matrix != program.matrix).nnz == 0
    np.testing.assert_array_equal(found.program.row_upper, program.row_upper)


@pytest.mark.parametrize("cost", [1e-9, 1.0, 1e10])
@pytest.mark.parametrize("row", [1e-8, 1.0, 1e9])
@pytest.mark.parametrize("unit", [2.0**-20, 1.0, 2.0**20])
def test_a_scaled_program_says_the_same(cost: float, row: float, unit: float) -> None:
    """Two of three things fit; a continuous column fills up what is left, in a unit of its own.

    5 + 4 would need 5 of 4.5, 5 + 3 need 3: 8, and 1.5 are left, at half the price of the first.
    """
    from scipy import sparse

    program = Program(
        cost=cost * np.array([-5.0, -4.0, -3.0, -0.5 / unit]),
        offset=cost,
        lower=np.zeros(4),
        upper=np.array([1.0, 1.0, 1.0, 10 * unit]),
        integer=np.array([True, True, True, False]),
        matrix=sparse.csc_array(row * np.array([[2.0, 3.0, 1.0, 1.0 / unit]])),
        row_lower=np.array([-np.inf]),
        row_upper=np.array([4.5 * row]),
        **numbered(1, 4),
        units=np.array([1.0, 1.0, 1.0, unit]),
    )
    answer = solve_program_here(program, Limits())

    assert answer.x is not None
    assert answer.x[:3] == pytest.approx([1, 0, 1])
    assert answer.x[3] == pytest.approx(1.5 * unit)
    assert answer.objective == pytest.approx(cost * (-8.75 + 1))
    assert answer.bound == pytest.approx(cost * (-8.75 + 1))
