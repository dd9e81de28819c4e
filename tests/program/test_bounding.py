"""Rows that bound one column have keys as all others, and the program's bounds are theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from optimizer.blocks.worlds import Worlds
from optimizer.highs.limits import Limits
from optimizer.program.bounding import bounding_rows
from optimizer.program.keys import RowKey
from optimizer.program.stamp import stamp
from optimizer.vocabulary.rules import RULES
from tests.support.factories import instance, series
from tests.support.hand_cases import hand_cases
from tests.support.inprocess import solve_program_here
from tests.support.strategies import random_instance

if TYPE_CHECKING:
    from optimizer.instance import Instance

CASES = {f"hand-{i}": case.instance for i, case in enumerate(hand_cases())} | {
    f"random-{seed}": random_instance(seed) for seed in range(12)
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_row_of_operation_that_can_bind_has_its_key(case: Instance) -> None:
    """In the program or beside it, and never in both; the others hold whatever is decided."""
    stamped = stamp(Worlds.of(case))
    year, bounding = stamped.year, bounding_rows(stamped)
    inside, beside = set(stamped.program.rows), set(bounding.rows)
    assert not inside & beside
    assert len(beside) == len(bounding.rows)
    number = 0
    for component in year.compiled.row_components:
        for key in component.keys:
            for b, block in enumerate(stamped.worlds.blocks):
                if component.pattern._replace(key=key, block=block) in inside | beside:
                    continue
                entries = year.recourse[[number], :].toarray().ravel() != 0
                lower, upper = year.row_lower[b, number], year.row_upper[b, number]
                free = np.isinf(lower) and np.isinf(upper)
                empty = not (entries & year.kept_columns[b]).any() and lower <= 0 <= upper
                assert free or empty, (component.pattern, key, block)
            number += 1


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_bound_of_the_program_is_the_tightest_of_its_rows(case: Instance) -> None:
    stamped = stamp(Worlds.of(case))
    program, bounding = stamped.program, bounding_rows(stamped)
    there = bounding.column >= 0
    lower = np.full(len(program.lower), -np.inf)
    upper = np.full(len(program.upper), np.inf)
    np.maximum.at(lower, bounding.column[there], bounding.lower[there])
    np.minimum.at(upper, bounding.column[there], bounding.upper[there])
    soft = program.columns.where("excess")

    assert (program.lower >= lower).all()
    tight = np.isfinite(upper)
    tight[soft] = False
    assert np.array_equal(program.upper[tight], upper[tight])


def test_what_can_be_bought_binds_where_members_want_more() -> None:
    """China sells 0.4 of the 1 kt that is wanted, and would be bought from; 2 kt leave room."""
    for limit, binds in ((400.0, True), (2000.0, False)):
        limits = series("supplier", ["chn"], [2030], limit_t_per_year=limit)
        stamped = stamp(Worlds.of(instance(years=(2030, 2030), supply_limits=limits)))
        x = solve_program_here(stamped.program, Limits()).x
        assert x is not None
        key = RowKey(RULES[12], "purchase_limit", ("chn",), (stamped.worlds.frame.nominal, 2030))
        found = bounding_rows(stamped)

        assert key in set(found.rows)
        assert (key in set(found.binding(x, 1e-9))) is binds
