"""The formulations that the benchmark compares have the same best plan, and none a better bound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from benchmarks.strength import VARIANTS
from optimizer.blocks.worlds import Worlds
from optimizer.highs.limits import Limits
from optimizer.instance.formats.reader import load
from optimizer.program.stamp import stamp
from tests.support.inprocess import solve_program_here
from tests.support.profiles import examples
from tests.support.strategies import instances, random_instance

if TYPE_CHECKING:
    from optimizer.instance import Instance

INSTANCES = Path(__file__).resolve().parents[2] / "instances"
UNDONE = sorted(set(VARIANTS) - {"ours"})


def compared(instance: Instance, variant: str) -> None:
    """Same optimum; a bound without integrality that is no better."""
    ours = stamp(Worlds.of(instance)).program
    loose = VARIANTS[variant](ours)
    limits = Limits()
    whole, other = (solve_program_here(p, limits).objective for p in (ours, loose))
    assert other == pytest.approx(whole, rel=1e-6, abs=1e-6)
    if whole is None:
        return
    tight, weak = (solve_program_here(p.relaxed(), limits) for p in (ours, loose))
    assert tight.objective is not None
    assert weak.objective is not None
    assert weak.objective <= tight.objective + 1e-6 * max(1.0, abs(tight.objective))


@pytest.mark.parametrize("variant", UNDONE)
def test_the_plan_of_tiny_is_the_same(variant: str) -> None:
    compared(load(INSTANCES / "tiny"), variant)


@pytest.mark.parametrize("variant", UNDONE)
def test_a_variant_is_another_formulation(variant: str) -> None:
    """The comparisons here would hold of one that does nothing."""
    ours = stamp(Worlds.of(load(INSTANCES / "tiny"))).program
    other = VARIANTS[variant](ours)
    assert ours.matrix.shape != other.matrix.shape or (ours.matrix != other.matrix).nnz > 0


@pytest.mark.parametrize("variant", ["big-m", "all"])
def test_large_numbers_weaken_the_bound(variant: str) -> None:
    """On one instance by 0.88 M$; the other variants say the same in more words."""
    ours = stamp(Worlds.of(random_instance(7))).program
    tight, weak = (
        solve_program_here(program.relaxed(), Limits()).objective
        for program in (ours, VARIANTS[variant](ours))
    )
    assert tight is not None
    assert weak is not None
    assert weak < tight - 0.5


@given(instances())
@settings(max_examples=examples(25))
def test_the_plans_of_random_instances_are_the_same(case: Instance) -> None:
    for variant in UNDONE:
        compared(case, variant)
