"""The data of the years need no Pyomo, and go to another process as they are."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from optimizer.blocks.worlds import Worlds
from optimizer.highs.limits import Limits
from optimizer.highs.process import solve_program
from optimizer.program.compile import compile_worlds
from optimizer.program.stamp import stamp, stamp_compiled
from tests.support import hand_reserve
from tests.support.hand_plans import hand_instance
from tests.support.strategies import random_instance

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.program.stamped import Stamped

ROOT = Path(__file__).parents[2]
HEAVY = ("pyomo", "pandas", "pyarrow", "highspy")
STAMPS = """
import pickle, sys
from optimizer.blocks.worlds import Worlds
from optimizer.highs.limits import Limits
from optimizer.highs.process import solve_program
from optimizer.program.stamp import stamp_compiled
program = stamp_compiled(*pickle.load(sys.stdin.buffer)).program
answer = solve_program(program, Limits())
print(repr(answer.objective), *(name for name in {heavy} if name in sys.modules))
"""


@pytest.mark.parametrize("case", [hand_instance(), random_instance(3)], ids=["hand", "random"])
def test_what_is_compiled_is_stamped_elsewhere(case: Instance) -> None:
    """In a process that never loads Pyomo or pandas, with the same program and optimum."""
    worlds = Worlds.of(case)
    packed = pickle.dumps((worlds, *compile_worlds(worlds)))
    said = subprocess.run(
        [sys.executable, "-c", STAMPS.format(heavy=HEAVY)],
        input=packed,
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    objective, *loaded = said.stdout.decode().split()

    assert loaded == []
    assert float(objective) == solve_program(stamp(worlds).program, Limits()).objective


def test_what_went_through_a_pickle_is_the_same_program() -> None:
    worlds = Worlds.of(hand_instance())
    again = stamp_compiled(*pickle.loads(pickle.dumps((worlds, *compile_worlds(worlds)))))
    whole = stamp(worlds)

    assert (again.program.matrix != whole.program.matrix).nnz == 0
    for name in ("cost", "lower", "upper", "row_lower", "row_upper"):
        assert np.array_equal(getattr(again.program, name), getattr(whole.program, name))
    assert list(again.program.rows) == list(whole.program.rows)


def entries(stamped: Stamped, blocks: set[tuple[str, int]]) -> dict[tuple[object, object], float]:
    """Coefficients of the rows of some blocks of operation, and their bounds, by name."""
    program = stamped.program
    rows, columns = list(program.rows), list(program.columns)
    matrix = program.matrix.tocoo()
    found: dict[tuple[object, object], float] = {
        (rows[i], columns[j]): value
        for i, j, value in zip(*matrix.coords, matrix.data, strict=True)
        if rows[i].block in blocks
    }
    for i, key in enumerate(rows):
        if key.block in blocks:
            found |= {(key, "least"): program.row_lower[i], (key, "most"): program.row_upper[i]}
    for j, column in enumerate(columns):
        if column.block in blocks:
            bounds = (program.lower[j], program.upper[j], program.cost[j])
            found |= {(column, name): x for name, x in zip(("a", "b", "c"), bounds, strict=True)}
    return found


@pytest.mark.parametrize("seed", range(12))
def test_data_cut_by_block_are_stamped_to_the_rows_of_those_blocks(seed: int) -> None:
    """The nominal years and one scenario, for which nothing else needs to be at hand."""
    worlds = Worlds.of(random_instance(seed))
    compiled = compile_worlds(worlds)
    whole, nominal = stamp_compiled(worlds, *compiled), worlds.frame.nominal
    for scenario in worlds.frame.probabilities:
        which = [b for b, (s, _) in enumerate(worlds.blocks) if s in (nominal, scenario)]
        part = stamp_compiled(worlds.taken(which), *compiled)
        blocks = {worlds.blocks[b] for b in which}

        assert entries(part, blocks) == entries(whole, blocks)


def test_a_block_is_not_cut_off_from_what_it_takes_over() -> None:
    worlds = Worlds.of(hand_reserve.hand_instance())
    last = len(worlds.frame.q.years) - 1

    assert worlds.net.remembers
    with pytest.raises(ValueError, match="without the year before it"):
        worlds.taken([last])


@pytest.mark.parametrize("first", ["scipy.sparse", "optimizer.program.compile"])
def test_pyomo_does_not_load_the_statistics_of_scipy(first: str) -> None:
    """Whichever comes first; it takes a second of CPU at every start, and nothing needs it."""
    code = (
        f"import {first}, sys, optimizer.program.compile, scipy.sparse\n"
        "from pyomo.common.dependencies import scipy_available\n"
        "print('scipy.stats' in sys.modules, bool(scipy_available))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT, text=True
    )

    assert said.stdout.split() == ["False", "True"]
