"""A plan as a point of its program: what is read back and written again is the same point."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from optimizer.blocks.worlds import Worlds
from optimizer.errors import InvalidPlan
from optimizer.highs.limits import Limits
from optimizer.instance.formats.reader import load
from optimizer.plan.files import load_plan
from optimizer.program.criteria import criteria_of
from optimizer.program.encode import encode
from optimizer.program.readback import tables_of
from optimizer.program.stamp import stamp
from optimizer.solving.fixed_choice import with_choice
from optimizer.vocabulary.plan_tables import COLUMNS
from tests.support.hand_cases import hand_cases
from tests.support.inprocess import solve_program_here
from tests.support.strategies import random_instance

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.program.stamped import Stamped

CASES = {f"hand-{i}": case.instance for i, case in enumerate(hand_cases())} | {
    f"random-{seed}": random_instance(seed) for seed in range(40)
}
TAIL = ("tail_threshold", "beyond", "missed")


def solved(case: Instance) -> tuple[Stamped, Any]:
    """A program and a solution of it with a whole choice, if it has one."""
    stamped = stamp(Worlds.of(case))
    x = solve_program_here(stamped.program, Limits()).x
    if x is None:
        return stamped, None
    return stamped, solve_program_here(with_choice(stamped, x), Limits()).x


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_is_read_back_is_written_again(case: Instance) -> None:
    """The same tables and, but for dust and the tail, the same point; feasible, and as good."""
    stamped, x = solved(case)
    if x is None:
        return
    said = tables_of(stamped, x)
    y = encode(stamped, said)

    own = np.ones(len(x), dtype=bool)
    own[stamped.program.columns.where(*TAIL)] = False
    np.testing.assert_allclose(y[own], x[own], rtol=1e-12, atol=2e-9)
    for name in COLUMNS:
        pd.testing.assert_frame_equal(getattr(tables_of(stamped, y), name), getattr(said, name))
    assert stamped.program.violation(y) <= 1e-6
    size = max(1.0, abs(stamped.program.value(x)))
    assert stamped.program.value(y) <= stamped.program.value(x) + 1e-6 * size


@pytest.mark.parametrize("level", [0.0, 0.5, 0.9])
def test_the_tail_is_at_its_best(level: float) -> None:
    """The columns of the tail price what the criterion computes from the shortage alone."""
    averse = {"settings.objective.risk_weight": 0.7, "settings.objective.tail_level": level}
    stamped, x = solved(load("instances/tiny").changed(averse))
    y = encode(stamped, tables_of(stamped, x))
    row, offset = stamped.vector({"tail_shortage": 1.0})

    assert row @ y + offset == pytest.approx(criteria_of(stamped, x)["tail_shortage"])
    assert stamped.program.violation(y) <= 1e-6


@pytest.mark.parametrize("name", ["embargo-2010", "urban-mine"])
def test_a_saved_plan_is_a_point_of_its_program(name: str) -> None:
    """From files: it keeps every row, and has the objective that it states."""
    stamped = stamp(Worlds.of(load(f"instances/{name}")))
    plan = load_plan(f"instances/{name}/plan")
    x = encode(stamped, plan.tables)

    assert stamped.program.violation(x) <= 1e-6
    assert stamped.program.value(x) == pytest.approx(plan.proof.objective, rel=1e-8)


def test_what_the_instance_does_not_have_is_refused() -> None:
    stamped, x = solved(load("instances/tiny"))
    said = tables_of(stamped, x)
    for name, column in (("choice", "project"), ("served", "segment"), ("served", "scenario")):
        frame = getattr(said, name).assign(**{column: "nowhere"})
        with pytest.raises(InvalidPlan, match=f"{name}: .*nothing of this instance"):
            encode(stamped, replace(said, **{name: frame}))
