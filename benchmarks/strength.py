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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np
from scipy import sparse

from optimizer.model.worlds import Worlds
from optimizer.reader import load
from optimizer.solving.handover import hand_over
from optimizer.solving.stamp import Stamped, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from optimizer.solving.program import Program

    Floats = NDArray[np.float64]

ROOT_LIMIT_S = 60.0
SUMMED = ("capital", "instrument_share", "private_least", "private_most")
"""Rows of the investment, one for each year of a start, that `big-m` sums."""
PROMISED = ("instrument_share", "private_most")
"""Those whose share is then of the whole building cost, built or not."""


@dataclass(frozen=True)
class Named:
    """A program with the names of its rows, and what its binaries of starting stand for."""

    program: Program
    names: list[str]
    """Of all rows; those of operation are empty."""
    keys: list[tuple[str, int]]
    """Project and year of each column of w."""
    w: slice
    """Where those columns are."""

    @classmethod
    def of(cls, stamped: Stamped) -> Named:
        """The first step of an instance."""
        names = list(stamped.investment.row_names)
        names += [""] * (len(stamped.program.row_lower) - len(names))
        return cls(
            stamped.program, names, stamped.investment.keys["w"], stamped.investment.columns["w"]
        )

    def rows(self, *kinds: str) -> list[int]:
        """Positions of the rows of some kinds."""
        return [row for row, name in enumerate(self.names) if name.partition("[")[0] in kinds]

    def without(self, rows: list[int]) -> Named:
        """Fewer rows."""
        kept = np.ones(len(self.names), dtype=bool)
        kept[rows] = False
        program = replace(
            self.program,
            matrix=self.program.matrix.tocsr()[kept].tocsc(),
            row_lower=self.program.row_lower[kept],
            row_upper=self.program.row_upper[kept],
        )
        names = [name for name, keep in zip(self.names, kept, strict=True) if keep]
        return replace(self, program=program, names=names)

    def with_rows(self, matrix: Any, lower: Floats, upper: Floats) -> Named:
        """More rows, without a name."""
        program = replace(
            self.program,
            matrix=sparse.vstack([self.program.matrix.tocsr(), matrix]).tocsc(),
            row_lower=np.concatenate([self.program.row_lower, lower]),
            row_upper=np.concatenate([self.program.row_upper, upper]),
        )
        return replace(self, program=program, names=self.names + [""] * len(lower))


def ours(named: Named) -> Named:
    """As it is."""
    return named


def starts(named: Named) -> Named:
    """Binaries of starts: w[p,t] = Σ start[p,τ] over τ ≤ t."""
    program, first = named.program, named.w.start
    project = np.array([key[0] for key in named.keys])
    summing = sparse.eye_array(len(program.cost), format="lil")
    for k in range(len(project)):
        summing[first + k, first + np.nonzero(project[:k] == project[k])[0]] = 1.0
    cumulated = summing.tocsr()
    matrix = (program.matrix @ cumulated).tolil()
    before = program.matrix.tocsr()
    for row in named.rows("requires"):
        of_row = before[[row], :].tocoo()
        for column in of_row.coords[1][of_row.data > 0] - first:
            earlier = np.nonzero(project[:column] == project[column])[0]
            matrix[row, first + earlier] = 0.0
    own = np.arange(named.w.start, named.w.stop)
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[own], upper[own] = 0.0, 1.0
    cost = np.asarray(cumulated.T @ program.cost)
    changed = replace(program, cost=cost, lower=lower, upper=upper, matrix=matrix.tocsc())
    fewer = replace(named, program=changed).without(named.rows("once"))
    return fewer.with_rows(cumulated[own], program.lower[own], program.upper[own])


def big_m(named: Named) -> Named:
    """Money by one large number: see the module's docstring."""
    program, w = named.program, named.w
    matrix = program.matrix.tocsr()
    capital = named.rows("capital")
    if not capital:
        return named
    linked = matrix[capital].tocoo()
    at, inside = linked.coords[1], np.abs(linked.data)
    of_w = (at >= w.start) & (at < w.stop)
    linked.data[of_w] = np.sign(linked.data[of_w]) * inside[of_w].max()
    groups: dict[str, list[int]] = {}
    for row in named.rows(*SUMMED):
        groups.setdefault(named.names[row].rpartition(",")[0], []).append(row)
    loose = named.without(named.rows(*SUMMED))
    none = np.full(len(capital), -np.inf)
    loose = loose.with_rows(linked.tocsr(), none, np.zeros(len(capital)))
    totals, lower, upper = [], [], []
    for name, rows in groups.items():
        total = np.asarray(matrix[rows].sum(axis=0)).ravel()
        right = program.row_upper[rows].sum()
        if name.startswith(PROMISED):
            right += np.abs(total[w]).max()
            total[w] = 0.0
        totals.append(sparse.csr_array(total[None, :]))
        lower.append(program.row_lower[rows].sum())
        upper.append(right)
    return loose.with_rows(sparse.vstack(totals), np.array(lower), np.array(upper))


def rows(named: Named) -> Named:
    """Bounds of continuous columns, other than 0, as rows."""
    program = named.program
    bounded = ~program.integer & (np.isfinite(program.upper) | (program.lower != 0))
    which = np.nonzero(bounded)[0]
    picked = sparse.eye_array(len(program.cost), format="csr")[which]
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[which], upper[which] = np.minimum(lower[which], 0.0), np.inf
    free = replace(named, program=program.with_bounds(lower, upper))
    return free.with_rows(picked, program.lower[which], program.upper[which])


def everything(named: Named) -> Named:
    """All three."""
    return rows(starts(big_m(named)))


VARIANTS: dict[str, Callable[[Named], Named]] = {
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
    program = VARIANTS[variant](Named.of(stamped)).program
    found = measured(program, float(limit[0]) if limit else ROOT_LIMIT_S)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
