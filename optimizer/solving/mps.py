"""The first step as a free-format MPS file, with names that a person can read.

Enters: an instance. Leaves: a file that any solver reads. Its optimum is the product's objective,
because the constant part is in the file; where an instance maximises, MPS minimises, so that the
optimum is the objective's negative. Where rows of rule 18 are in force the optimum is a bound of
the objective, because no linear file holds their cone; and further steps may give up some of it.
The file's first lines say which of these it is.

    w[nolans-1,2030]                     nolans-1 has been started by 2030
    activity[mp,main]@nominal,2031       kt that mp makes in recipe main in the nominal year 2031
    balance[usa,magnet]@nominal,2031     rule 11 in that year
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from optimizer.model.worlds import Worlds
from optimizer.solving.stamp import stamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from optimizer.instance import Instance
    from optimizer.solving.program import Program
    from optimizer.solving.stamp import Stamped

OBJECTIVE = "objective"
QUOTES = str.maketrans("", "", "'\" ")
"""Pyomo quotes some parts of a name; free-format MPS allows no blanks."""


def export_mps(instance: Instance, path: Path) -> None:
    """Write an instance's first step to a file."""
    stamped = stamp(Worlds.of(instance))
    names = (column_names(stamped), row_names(stamped))
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(line + "\n" for line in _header(instance))
        file.writelines(line + "\n" for line in mps_lines(stamped.program, *names))


def column_names(stamped: Stamped) -> list[str]:
    """Name of every column of the program: investment, tail, and operation block by block."""
    year = stamped.year
    operation = [
        name
        for name, own in zip(year.compiled.column_names(), year.is_recourse, strict=True)
        if own
    ]
    names = [name.translate(QUOTES) for name in stamped.investment.column_names()]
    kept = stamped.position >= 0
    tail = len(stamped.program.cost) - len(names) - int(kept.sum())
    if tail:
        names += ["tail_threshold"]
        names += [f"beyond[{scenario}]" for scenario in stamped.worlds.probabilities]
        names += [f"shortage_cost@{block}" for block in _blocks(stamped)]
    for block, own in zip(_blocks(stamped), kept, strict=True):
        names += [f"{operation[j].translate(QUOTES)}@{block}" for j in np.flatnonzero(own)]
    return names


def row_names(stamped: Stamped) -> list[str]:
    """Name of every row of the program, in the same order."""
    names = [name.translate(QUOTES) for name in stamped.investment.row_names]
    operation = [name.translate(QUOTES) for name in stamped.year.compiled.row_names]
    for block, own in zip(_blocks(stamped), stamped.year.kept_rows, strict=True):
        names += [f"{operation[i]}@{block}" for i in np.flatnonzero(own)]
    if len(names) < len(stamped.program.row_lower):
        names += [f"shortage_cost@{block}" for block in _blocks(stamped)]
        names += [f"beyond[{scenario}]" for scenario in stamped.worlds.probabilities]
    return names


def mps_lines(program: Program, columns: list[str], rows: list[str]) -> Iterator[str]:
    """The program in free-format MPS.

    A row with two different finite sides is an L row with a range; a row with none is left out.

    Args:
        program: the program.
        columns: a name for each of its columns.
        rows: a name for each of its rows.
    """
    yield "NAME lodestone"
    yield "OBJSENSE"
    yield "    MIN"
    lower, upper = program.row_lower, program.row_upper
    there = np.isfinite(lower) | np.isfinite(upper)
    kind = np.where(lower == upper, "E", np.where(np.isfinite(upper), "L", "G"))
    yield "ROWS"
    yield f" N {OBJECTIVE}"
    yield from (f" {kind[i]} {rows[i]}" for i in np.flatnonzero(there))
    yield "COLUMNS"
    yield from _columns(program, columns, rows, there.tolist())
    yield "RHS"
    if program.offset:
        yield f" RHS {OBJECTIVE} {-program.offset!r}"
    side = np.where(np.isfinite(upper), upper, lower)
    yield from (f" RHS {rows[i]} {side[i].item()!r}" for i in np.flatnonzero(there & (side != 0)))
    yield "RANGES"
    both = np.isfinite(lower) & np.isfinite(upper) & (lower != upper)
    yield from (f" RNG {rows[i]} {(upper[i] - lower[i]).item()!r}" for i in np.flatnonzero(both))
    yield "BOUNDS"
    yield from _bounds(program, columns)
    yield "ENDATA"


def _header(instance: Instance) -> Iterator[str]:
    """Comment lines: what the file is and what its optimum means."""
    settings = instance.settings
    yield f"* First step of the instance {settings.id}, SHA-256 {instance.content_hash}"
    maximised = settings.objective.sense == "maximise"
    what = "the negative of the objective" if maximised else "the objective"
    if maximised:
        yield "* The instance maximises, this file minimises."
    if instance.steps:
        yield "* Further steps of the objective are not in it; they may give up some of this one."
    capped = [row.id for row in instance.policies if row.enabled and row.kind == "hhi_cap"]
    if capped:
        yield f"* The convex cone of rule 18 is not in it ({', '.join(capped)}):"
        yield f"* its optimum is no more than {what} of the best plan, and may be less."
    else:
        yield f"* Its optimum is {what} of the best plan of the first step."
    yield f"* Money in million USD of {settings.base_year}, quantities in kilotonnes a year."


def _blocks(stamped: Stamped) -> list[str]:
    """Scenario and year of each block of operation."""
    return [f"{scenario},{year}" for scenario, year in stamped.worlds.blocks]


def _columns(
    program: Program, columns: list[str], rows: list[str], there: list[bool]
) -> Iterator[str]:
    """Cost and entries of every column; integer columns stand between markers."""
    starts, indices = program.matrix.indptr.tolist(), program.matrix.indices.tolist()
    values, cost = program.matrix.data.tolist(), program.cost.tolist()
    runs = groupby(range(len(columns)), key=program.integer.tolist().__getitem__)
    for number, (integer, run) in enumerate(runs):
        if integer:
            yield f" MARKER{number} 'MARKER' 'INTORG'"
        for j in run:
            entries = range(starts[j], starts[j + 1])
            if cost[j] or not entries:
                yield f" {columns[j]} {OBJECTIVE} {cost[j]!r}"
            for k in entries:
                if there[indices[k]]:
                    yield f" {columns[j]} {rows[indices[k]]} {values[k]!r}"
        if integer:
            yield f" MARKER{number}E 'MARKER' 'INTEND'"


def _bounds(program: Program, columns: list[str]) -> Iterator[str]:
    """Bounds other than the default, 0 to infinity; integer columns always state theirs."""
    sides = zip(
        columns,
        program.lower.tolist(),
        program.upper.tolist(),
        program.integer.tolist(),
        strict=True,
    )
    for name, lower, upper, integer in sides:
        if lower == upper:
            yield f" FX BND {name} {lower!r}"
            continue
        if lower == -np.inf:
            yield f" {'FR' if upper == np.inf else 'MI'} BND {name}"
        elif lower or integer:
            yield f" LO BND {name} {lower!r}"
        if upper != np.inf:
            yield f" UP BND {name} {upper!r}"
        elif integer and lower != -np.inf:
            yield f" PL BND {name}"
