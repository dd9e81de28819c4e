"""How strong the formulation is: bounds of the first step as it is, and with one thing undone.

    python -m benchmarks.strength INSTANCE VARIANT [ROOT_LIMIT_S]

Prints, as JSON, the size of the program, its bound without integrality, the CPU seconds that took,
and, where the limit is above 0, the bound after the root node of HiGHS with its cuts. The variants
have the same plans:

- `ours`: as it is.
- `starts`: a binary for each start in place of the cumulative w; a project that requires another
  may start only after it, year by year.
- `big-m`: capital and its shares are summed over the years of a start; a start bounds the money of
  its year by one large number, and shares are of the building cost, whether it is built or not.
- `rows`: bounds of columns are rows.
- `all`: all three.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np
from scipy import sparse

from optimizer.blocks.worlds import Worlds
from optimizer.highs.handover import hand_over
from optimizer.instance.formats.reader import load
from optimizer.program.keys import INVESTMENT, Keys, row_component
from optimizer.program.stamp import stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from optimizer.program.program import Program

    Floats = NDArray[np.float64]

ROOT_LIMIT_S = 60.0
SUMMED = ("capital", "instrument_share", "private_least", "private_most")
"""Rows of the investment, one for each year of a start, that `big-m` sums."""
PROMISED = ("instrument_share", "private_most")
"""Those whose share is then of the whole building cost, built or not."""


def rows_of(program: Program, *components: str) -> list[int]:
    """Positions of the rows of some components."""
    return [int(row) for row in program.rows.where(*components)]


def starting(program: Program) -> slice:
    """Where the columns of w are, one after the other."""
    found = program.columns.where("w")
    return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, 0)


def without(program: Program, rows: list[int]) -> Program:
    """Fewer rows."""
    kept = np.ones(len(program.rows), dtype=bool)
    kept[rows] = False
    return replace(
        program,
        matrix=program.matrix.tocsr()[kept].tocsc(),
        row_lower=program.row_lower[kept],
        row_upper=program.row_upper[kept],
        rows=program.rows.taken(kept),
    )


def with_rows(program: Program, name: str, matrix: Any, lower: Floats, upper: Floats) -> Program:
    """More rows, by number."""
    keys = row_component(name, name, [(i,) for i in range(len(lower))])
    return replace(
        program,
        matrix=sparse.vstack([program.matrix.tocsr(), matrix]).tocsc(),
        row_lower=np.concatenate([program.row_lower, lower]),
        row_upper=np.concatenate([program.row_upper, upper]),
        rows=program.rows.joined(Keys.once([keys], INVESTMENT)),
    )


def ours(program: Program) -> Program:
    """As it is."""
    return program


def starts(program: Program) -> Program:
    """Binaries of starts: w[p,t] = Σ start[p,τ] over τ ≤ t."""
    w = starting(program)
    first, own = w.start, np.arange(w.start, w.stop)
    project = np.array([program.columns[column].key[0] for column in own])
    summing = sparse.eye_array(len(program.cost), format="lil")
    for k in range(len(project)):
        summing[first + k, first + np.nonzero(project[:k] == project[k])[0]] = 1.0
    cumulated = summing.tocsr()
    matrix = (program.matrix @ cumulated).tolil()
    before = program.matrix.tocsr()
    for row in rows_of(program, "requires"):
        of_row = before[[row], :].tocoo()
        for column in of_row.coords[1][of_row.data > 0] - first:
            earlier = np.nonzero(project[:column] == project[column])[0]
            matrix[row, first + earlier] = 0.0
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[own], upper[own] = 0.0, 1.0
    cost = np.asarray(cumulated.T @ program.cost)
    changed = replace(program, cost=cost, lower=lower, upper=upper, matrix=matrix.tocsc())
    fewer = without(changed, rows_of(changed, "once"))
    return with_rows(fewer, "started", cumulated[own], program.lower[own], program.upper[own])


def big_m(program: Program) -> Program:
    """Money by one large number: see the module's docstring."""
    w, matrix = starting(program), program.matrix.tocsr()
    capital = rows_of(program, "capital")
    if not capital:
        return program
    linked = matrix[capital].tocoo()
    at, inside = linked.coords[1], np.abs(linked.data)
    of_w = (at >= w.start) & (at < w.stop)
    linked.data[of_w] = np.sign(linked.data[of_w]) * inside[of_w].max()
    groups: dict[tuple[Any, ...], list[int]] = {}
    for row in rows_of(program, *SUMMED):
        key = program.rows[row]
        groups.setdefault((key.component, *key.key[:-1]), []).append(row)
    loose = without(program, rows_of(program, *SUMMED))
    none = np.full(len(capital), -np.inf)
    loose = with_rows(loose, "large", linked.tocsr(), none, np.zeros(len(capital)))
    totals, lower, upper = [], [], []
    for (component, *_), rows in groups.items():
        total = np.asarray(matrix[rows].sum(axis=0)).ravel()
        right = program.row_upper[rows].sum()
        if component in PROMISED:
            right += np.abs(total[w]).max()
            total[w] = 0.0
        totals.append(sparse.csr_array(total[None, :]))
        lower.append(program.row_lower[rows].sum())
        upper.append(right)
    return with_rows(loose, "summed", sparse.vstack(totals), np.array(lower), np.array(upper))


def rows(program: Program) -> Program:
    """Bounds of continuous columns, other than 0, as rows."""
    bounded = ~program.integer & (np.isfinite(program.upper) | (program.lower != 0))
    which = np.nonzero(bounded)[0]
    picked = sparse.eye_array(len(program.cost), format="csr")[which]
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[which], upper[which] = np.minimum(lower[which], 0.0), np.inf
    free = program.with_bounds(lower, upper)
    return with_rows(free, "bound", picked, program.lower[which], program.upper[which])


def everything(program: Program) -> Program:
    """All three."""
    return rows(starts(big_m(program)))


VARIANTS: dict[str, Callable[[Program], Program]] = {
    "ours": ours,
    "starts": starts,
    "big-m": big_m,
    "rows": rows,
    "all": everything,
}


def handed(program: Program, **options: object) -> highspy.Highs:
    """HiGHS with a program in it."""
    h = highspy.Highs()
    for name, value in {"output_flag": False, "threads": 1, "parallel": "off", **options}.items():
        h.setOptionValue(name, value)
    hand_over(h, program.arrays())
    return h


def measured(program: Program, limit_s: float) -> dict[str, Any]:
    """Bounds of a program, and what the first took; no root without a limit for it."""
    began = time.process_time()
    relaxed = handed(program.relaxed())
    relaxed.run()
    lp_s = time.process_time() - began
    said = {
        "rows": program.matrix.shape[0],
        "lp": relaxed.getInfo().objective_function_value,
        "lp_s": lp_s,
    }
    if limit_s > 0:
        root = handed(program, mip_max_nodes=1, time_limit=limit_s)
        root.run()
        said["root"] = root.getInfo().mip_dual_bound
    return said


def main() -> None:
    """One instance, one variant."""
    folder, variant, *limit = sys.argv[1:]
    stamped = stamp(Worlds.of(load(Path(folder))))
    program = VARIANTS[variant](stamped.program)
    found = measured(program, float(limit[0]) if limit else ROOT_LIMIT_S)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
