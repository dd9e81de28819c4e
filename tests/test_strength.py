"""The formulations that the benchmark compares have the same best plan, and none a better bound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from inprocess import solve_program_here
from profiles import examples
from strategies import instances

from benchmarks.strength import VARIANTS, Named
from optimizer.model.worlds import Worlds
from optimizer.reader import load
from optimizer.solving.process import Limits
from optimizer.solving.stamp import stamp

if TYPE_CHECKING:
    from optimizer.instance import Instance

INSTANCES = Path(__file__).resolve().parent.parent / "instances"
UNDONE = sorted(set(VARIANTS) - {"ours"})


def compared(instance: Instance, variant: str) -> None:
    """Same optimum; a bound without integrality that is no better."""
    named = Named.of(stamp(Worlds.of(instance)))
    loose = VARIANTS[variant](named)
    limits = Limits()
    whole, other = (solve_program_here(p.program, limits).objective for p in (named, loose))
    assert other == pytest.approx(whole, rel=1e-6, abs=1e-6)
    if whole is None:
        return
    tight, weak = (solve_program_here(p.program.relaxed(), limits) for p in (named, loose))
    assert tight.objective is not None
    assert weak.objective is not None
    assert weak.objective <= tight.objective + 1e-6 * max(1.0, abs(tight.objective))


@pytest.mark.parametrize("variant", UNDONE)
def test_the_plan_of_tiny_is_the_same(variant: str) -> None:
    compared(load(INSTANCES / "tiny"), variant)


@given(instances())
@settings(max_examples=examples(25))
def test_the_plans_of_random_instances_are_the_same(case: Instance) -> None:
    for variant in UNDONE:
        compared(case, variant)
